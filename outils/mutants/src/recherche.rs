//! Finds the places of a file where a fault can be put, and the faults of each.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Stmt, UnOp};

use crate::faute::{Fault, Form};
use crate::noeuds::{acts, answers_markup, binds, is_test};
use crate::{reponses, textes};

/// Macros whose arguments are expressions, and the place of their text.
const WITH_TEXT: &[(&str, usize)] = &[("format", 0), ("write", 1), ("writeln", 1)];
/// Methods that answer a truth, whose contrary is a fault.
const TRUTHS: &[&str] =
    &["is_empty", "is_some", "is_none", "is_some_and", "is_none_or", "contains", "starts_with", "ends_with", "is_ok_and", "any", "all"];
/// Methods, and what takes their place.
const METHODS: &[(&str, &str)] =
    &[("any", "all"), ("all", "any"), ("min", "max"), ("max", "min"), ("min_by", "max_by"), ("min_by_key", "max_by_key")];
/// Methods whose closure keeps or not.
const KEEPERS: &[&str] = &["filter", "retain", "any", "all", "is_some_and", "is_none_or", "partition", "find", "position"];

/// The faults of `source`, numbered from `first`.
pub fn faults(file: &str, source: &str, first: usize) -> syn::Result<Vec<Fault>> {
    let tree = syn::parse_file(source)?;
    let mut finder = Finder { file, source, first, found: Vec::new(), names: Vec::new(), constants: HashMap::new(), quiet: Vec::new() };
    for item in &tree.items {
        if let syn::Item::Const(one) = item
            && let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &*one.expr
        {
            finder.constants.insert(one.ident.to_string(), finder.text(text.span().byte_range()).to_string());
        }
    }
    finder.visit_file(&tree);
    let mut known: HashMap<String, usize> = HashMap::new();
    for fault in &mut finder.found {
        let times = known.entry(fault.what.clone()).or_default();
        *times += 1;
        if *times > 1 {
            fault.what = format!("{} ({times})", fault.what);
        }
    }
    Ok(finder.found)
}

struct Finder<'a> {
    file: &'a str,
    source: &'a str,
    first: usize,
    found: Vec<Fault>,
    /// Of the types and functions around.
    names: Vec<String>,
    /// Texts that have a name.
    constants: HashMap<String, String>,
    /// Truths whose contrary is a fault already.
    quiet: Vec<Range<usize>>,
}

impl Finder<'_> {
    fn text(&self, range: Range<usize>) -> &str {
        &self.source[range]
    }

    fn of(&self, node: &impl Spanned) -> &str {
        self.text(node.span().byte_range())
    }

    fn add(&mut self, range: Range<usize>, form: Form, what: &str) {
        let line = self.source[..range.start].lines().count().max(1);
        let line = if self.source[..range.start].ends_with('\n') { line + 1 } else { line };
        let what: String = what.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = if what.chars().count() > 140 { format!("{}…", what.chars().take(139).collect::<String>()) } else { what };
        self.found.push(Fault {
            id: self.first + self.found.len(),
            file: self.file.into(),
            start: range.start,
            end: range.end,
            line,
            what: format!("{} : {what}", self.names.join("::")),
            form,
        });
    }

    fn instead(&mut self, node: &impl Spanned, faulty: String, what: &str) {
        self.add(node.span().byte_range(), Form::Instead(faulty), what);
    }

    fn negate(&mut self, node: &impl Spanned) {
        let range = node.span().byte_range();
        if !self.quiet.contains(&range) {
            let what = format!("le contraire de {}", self.text(range.clone()));
            self.quiet.push(range.clone());
            self.add(range, Form::Negated, &what);
        }
    }

    /// A function that answers at once.
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if block.stmts.is_empty() {
            return;
        }
        let body = block.stmts.iter().map(|statement| self.of(statement).to_string()).collect::<Vec<_>>().join(" ");
        let place = block.brace_token.span.open().byte_range().end;
        for answer in reponses::answers(&signature.output) {
            if body != answer {
                self.add(place..place, Form::Answer(answer.clone()), &format!("répond {answer}"));
            }
        }
    }

    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.names.push(name);
        visit(self);
        self.names.pop();
    }

    /// The faults of a literal, and of the texts that it names; the whole `node` is written again.
    fn literal(&mut self, node: &impl Spanned, literal: Range<usize>) {
        let whole = node.span().byte_range();
        let text = self.text(literal.clone()).to_string();
        let mut all = textes::faults(&text);
        for (name, value) in self.constants.clone() {
            let named = format!("{{{name}}}");
            if whole != literal && text.contains(&named) {
                let faults = textes::faults(&value).into_iter();
                all.extend(faults.map(|(faulty, what)| (text.replace(&named, &faulty[1..faulty.len() - 1]), format!("{name} : {what}"))));
            }
        }
        for (faulty, what) in all {
            let before = self.text(whole.start..literal.start).to_string();
            let after = self.text(literal.end..whole.end).to_string();
            self.instead(node, format!("{before}{faulty}{after}"), &what);
        }
    }

    fn macro_call(&mut self, node: &impl Spanned, call: &syn::Macro) {
        let Some(name) = call.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        let text = WITH_TEXT.iter().find(|(known, _)| *known == name).map(|(_, place)| *place);
        if name == "matches" {
            self.negate(node);
            let parse = |input: syn::parse::ParseStream<'_>| {
                let value: Expr = input.parse()?;
                let _rest: TokenStream = input.parse()?;
                Ok(value)
            };
            if let Ok(value) = parse.parse2(call.tokens.clone()) {
                self.visit_expr(&value);
            }
            return;
        }
        if text.is_none() && name != "vec" {
            return;
        }
        let Ok(arguments) = Punctuated::<Expr, syn::Token![,]>::parse_terminated.parse2(call.tokens.clone()) else { return };
        for (place, argument) in arguments.iter().enumerate() {
            match argument {
                Expr::Lit(literal) if Some(place) == text => self.literal(node, literal.span().byte_range()),
                Expr::Assign(named) => self.visit_expr(&named.right),
                other => self.visit_expr(other),
            }
        }
    }

    fn binary(&mut self, node: &syn::ExprBinary) {
        let faulty: &[&str] = match node.op {
            BinOp::Eq(_) => &["!="],
            BinOp::Ne(_) => &["=="],
            BinOp::Lt(_) => &["==", ">", "<="],
            BinOp::Gt(_) => &["==", "<", ">="],
            BinOp::Le(_) => &[">", "<"],
            BinOp::Ge(_) => &["<", ">"],
            BinOp::And(_) => &["||"],
            BinOp::Or(_) => &["&&"],
            BinOp::Add(_) => &["-", "*"],
            BinOp::Sub(_) => &["+", "/"],
            BinOp::Mul(_) => &["+", "/"],
            BinOp::Div(_) => &["%", "*"],
            BinOp::AddAssign(_) => &["-=", "*="],
            BinOp::SubAssign(_) => &["+=", "/="],
            BinOp::MulAssign(_) => &["+=", "/="],
            _ => &[],
        };
        if binds(&node.left) || binds(&node.right) {
            return;
        }
        let (left, operator, right) = (self.of(&node.left).to_string(), self.of(&node.op).to_string(), self.of(&node.right).to_string());
        for other in faulty {
            // `a || b` and `a && c` together need their parentheses.
            self.instead(node, format!("({left}) {other} ({right})"), &format!("{left} ⟦{operator} → {other}⟧ {right}"));
        }
    }

    fn method(&mut self, node: &syn::ExprMethodCall) {
        let name = node.method.to_string();
        let range = node.span().byte_range();
        let method = node.method.span().byte_range();
        for (_, other) in METHODS.iter().filter(|(known, _)| *known == name) {
            let faulty = format!("{}{other}{}", self.text(range.start..method.start), self.text(method.end..range.end));
            let what = format!("⟦{name} → {other}⟧{}", self.text(method.end..range.end));
            self.instead(node, faulty, &what);
        }
        if TRUTHS.contains(&name.as_str()) {
            self.negate(node);
        }
        if KEEPERS.contains(&name.as_str())
            && let Some(Expr::Closure(closure)) = node.args.first()
        {
            let body = self.of(&closure.body).to_string();
            for truth in ["true", "false"] {
                self.instead(&closure.body, truth.into(), &format!("{name} : {truth} au lieu de {body}"));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        if !is_test(&node.attrs) {
            visit::visit_item_mod(self, node);
        }
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        let implemented = node.trait_.as_ref().and_then(|(_, path, _)| path.segments.last()).map(|segment| segment.ident.to_string());
        if implemented.is_some_and(|name| name == "Display" || name == "Debug") {
            return;
        }
        let name = self.of(&node.self_ty).to_string();
        self.inside(name, |finder| visit::visit_item_impl(finder, node));
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        if is_test(&node.attrs) || node.sig.constness.is_some() || answers_markup(&node.sig.output) {
            return;
        }
        self.inside(node.sig.ident.to_string(), |finder| {
            finder.function(&node.sig, &node.block);
            visit::visit_block(finder, &node.block);
        });
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        if node.sig.constness.is_some() || answers_markup(&node.sig.output) {
            return;
        }
        self.inside(node.sig.ident.to_string(), |finder| {
            finder.function(&node.sig, &node.block);
            visit::visit_block(finder, &node.block);
        });
    }

    fn visit_stmt(&mut self, node: &'ast Stmt) {
        match node {
            Stmt::Expr(expression, Some(_)) if acts(expression) => {
                let what = format!("sans {}", self.of(node));
                self.add(node.span().byte_range(), Form::Skipped, &what);
                visit::visit_stmt(self, node);
            }
            Stmt::Local(local) if matches!(local.pat, syn::Pat::Wild(_)) => {
                let what = format!("sans {}", self.of(node));
                self.add(node.span().byte_range(), Form::Skipped, &what);
                visit::visit_stmt(self, node);
            }
            Stmt::Macro(_) | Stmt::Item(_) => {}
            _ => visit::visit_stmt(self, node),
        }
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        if let Some((_, guard)) = &node.guard
            && !binds(guard)
        {
            for truth in ["true", "false"] {
                let what = format!("condition de branche {truth} au lieu de {}", self.of(guard));
                self.instead(&**guard, truth.into(), &what);
            }
        }
        visit::visit_arm(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        let wild = node.arms.iter().any(|arm| matches!(arm.pat, syn::Pat::Wild(_)) && arm.guard.is_none());
        for arm in node.arms.iter().filter(|arm| wild && arm.guard.is_none() && !matches!(arm.pat, syn::Pat::Wild(_))) {
            let pattern = arm.pat.span().byte_range();
            let what = format!("sans la branche {}", self.text(pattern.clone()));
            self.add(pattern.end..pattern.end, Form::ArmSkipped, &what);
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        if !binds(&node.cond) && !matches!(*node.cond, Expr::Binary(_)) {
            self.negate(&*node.cond);
        }
        visit::visit_expr_if(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        self.binary(node);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        match node.op {
            UnOp::Not(_) => {
                self.negate(node);
                // Its contrary is the same fault.
                self.quiet.push(node.expr.span().byte_range());
            }
            UnOp::Neg(_) => {
                let faulty = self.of(&node.expr).to_string();
                self.instead(node, faulty, &format!("sans le signe de {}", self.of(node)));
            }
            _ => {}
        }
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        self.method(node);
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_return(&mut self, node: &'ast syn::ExprReturn) {
        if let Some(Expr::MethodCall(call)) = node.expr.as_deref()
            && ["retain", "push", "extend"].iter().any(|name| call.method == name)
        {
            let what = format!("sans {}", self.of(call));
            self.instead(node, "return".into(), &what);
        }
        visit::visit_expr_return(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        if node.rest.is_some() {
            for field in &node.fields {
                let whole = node.span().byte_range();
                let mut range = field.span().byte_range();
                // With its comma.
                range.end += self.text(range.end..whole.end).find(',').map_or(0, |comma| comma + 1);
                let faulty = format!("{}{}", self.text(whole.start..range.start), self.text(range.end..whole.end));
                let what = format!("sans le champ {}", self.of(&field.member));
                self.instead(node, faulty, &what);
            }
        }
        visit::visit_expr_struct(self, node);
    }

    fn visit_expr_lit(&mut self, node: &'ast syn::ExprLit) {
        match &node.lit {
            syn::Lit::Str(text) => self.literal(node, text.span().byte_range()),
            syn::Lit::Bool(_) => self.negate(node),
            _ => {}
        }
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        let Some(value) = node.path.get_ident().and_then(|name| self.constants.get(&name.to_string())).cloned() else { return };
        let name = self.of(node).to_string();
        for (faulty, what) in textes::faults(&value) {
            self.instead(node, faulty, &format!("{name} : {what}"));
        }
    }

    fn visit_expr_macro(&mut self, node: &'ast syn::ExprMacro) {
        self.macro_call(node, &node.mac);
    }

    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}
