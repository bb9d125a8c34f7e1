//! What a function may answer instead of what it should.

use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// Answers of this type, as expressions; none for a type of which nothing is known.
pub fn answers(output: &ReturnType) -> Vec<String> {
    match output {
        ReturnType::Default => vec!["()".into()],
        ReturnType::Type(_, kind) => of(kind),
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn wrapped(inside: &[Type], before: &str, after: &str) -> Vec<String> {
    inside.first().map(of).unwrap_or_default().iter().map(|answer| format!("{before}{answer}{after}")).collect()
}

fn of(kind: &Type) -> Vec<String> {
    match kind {
        Type::Tuple(tuple) if tuple.elems.is_empty() => texts(&["()"]),
        Type::Tuple(tuple) => {
            let firsts: Option<Vec<String>> = tuple.elems.iter().map(|one| of(one).into_iter().next()).collect();
            firsts.map(|all| vec![format!("({})", all.join(", "))]).unwrap_or_default()
        }
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => texts(&["\"\"", "\"xyzzy\""]),
            _ => Vec::new(),
        },
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return Vec::new() };
            let inside: Vec<Type> = match &last.arguments {
                PathArguments::AngleBracketed(given) => {
                    given.args.iter().filter_map(|one| if let GenericArgument::Type(kind) = one { Some(kind.clone()) } else { None }).collect()
                }
                _ => Vec::new(),
            };
            match last.ident.to_string().as_str() {
                "bool" => texts(&["true", "false"]),
                "u8" | "u16" | "u32" | "u64" | "usize" => texts(&["0", "1"]),
                "i8" | "i16" | "i32" | "i64" | "isize" => texts(&["0", "1", "-1"]),
                "String" => texts(&["String::new()", "\"xyzzy\".into()"]),
                "Markup" => Vec::new(),
                "Option" => {
                    let mut all = texts(&["None"]);
                    all.extend(wrapped(&inside, "Some(", ")"));
                    all
                }
                "Vec" => {
                    let mut all = texts(&["vec![]"]);
                    all.extend(wrapped(&inside, "vec![", "]"));
                    all
                }
                "Result" => wrapped(&inside, "Ok(", ")"),
                // What has no default does not compile, and is dropped then.
                _ => texts(&["Default::default()"]),
            }
        }
        _ => Vec::new(),
    }
}
