//! What the reader of the settings says, in French.

/// What is wrong with a setting, in one sentence.
pub(super) fn explain(error: &rocket::figment::Error) -> String {
    use rocket::figment::error::Kind;
    let path: Vec<&str> = error.path.iter().map(String::as_str).filter(|part| *part != "gardel").collect();
    let setting = if path.is_empty() { "un réglage de la section gardel".to_string() } else { format!("le réglage « {} »", path.join(".")) };
    match &error.kind {
        Kind::UnknownField(name, known) => format!("Le réglage « {name} » n’existe pas. Les réglages possibles sont : {}.", known.join(", ")),
        Kind::UnknownVariant(value, known) => {
            format!("La valeur « {value} » n’existe pas pour {setting}. Les valeurs possibles sont : {}.", known.join(", "))
        }
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("La valeur reçue ({}) ne convient pas pour {setting} : il faut {}.", found_in_words(found), expected_in_words(expected))
        }
        other => format!("La valeur donnée pour {setting} ne convient pas : {other}."),
    }
}

fn found_in_words(found: &rocket::figment::error::Actual) -> String {
    use rocket::figment::error::Actual;
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => format!("«\u{a0}{value}\u{a0}»"),
        Actual::Str(value) => format!("«\u{a0}{value}\u{a0}»"),
        Actual::Seq => "une liste".into(),
        Actual::Map => "une section".into(),
        _ => "autre chose".into(),
    }
}

fn expected_in_words(expected: &str) -> &str {
    match expected {
        "u16" | "u32" | "u64" | "usize" => "un nombre entier positif",
        "i32" | "i64" => "un nombre entier",
        "a string" => "un texte",
        "a boolean" => "true ou false",
        other => other,
    }
}
