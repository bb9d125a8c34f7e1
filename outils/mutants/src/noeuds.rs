//! What a piece of the tree of a source is.

use syn::{BinOp, Expr};

/// Whether an expression binds names that what follows uses.
pub fn binds(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(node) => binds(&node.left) || binds(&node.right),
        Expr::Paren(node) => binds(&node.expr),
        _ => false,
    }
}

pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test")))
    })
}

pub fn answers_markup(output: &syn::ReturnType) -> bool {
    matches!(output, syn::ReturnType::Type(_, kind) if matches!(&**kind, syn::Type::Path(path) if path.path.is_ident("Markup")))
}

/// Whether a statement is there for what it does.
pub fn acts(expression: &Expr) -> bool {
    match expression {
        Expr::Try(node) => acts(&node.expr),
        Expr::Await(node) => acts(&node.base),
        Expr::MethodCall(_) | Expr::Call(_) | Expr::Assign(_) => true,
        Expr::Binary(node) => {
            matches!(node.op, BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_))
        }
        _ => false,
    }
}
