//! What is wrong with a command line, in French: the library that reads it speaks English.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// The words of `error` and the usage of the command; help and version, which are no faults, as the library writes them.
pub(super) fn told(error: &Error) -> String {
    let said = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(many)) => many.join(", "),
        _ => String::new(),
    };
    let argument = said(ContextKind::InvalidArg);
    let sentence = match error.kind() {
        ErrorKind::UnknownArgument => format!("l’option « {argument} » n’existe pas"),
        ErrorKind::InvalidSubcommand => format!("la commande « {} » n’existe pas", said(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand => "il manque une commande".into(),
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::ArgumentConflict => format!("« {argument} » ne va pas avec « {} »", said(ContextKind::PriorArg)),
        ErrorKind::InvalidValue if said(ContextKind::InvalidValue).is_empty() => format!("il manque une valeur pour « {argument} »"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            // What our own readers say is French; what the library's say is not told.
            let why = std::error::Error::source(error).map(ToString::to_string).filter(|why| why.contains('\u{a0}') || why.contains('’'));
            format!(
                "« {} » ne convient pas pour « {argument} »{}",
                said(ContextKind::InvalidValue),
                why.map_or_else(String::new, |why| format!(" : {why}"))
            )
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("« {argument} » n’a pas le bon nombre de valeurs")
        }
        ErrorKind::NoEquals => format!("« {argument} » attend « = » puis une valeur"),
        ErrorKind::InvalidUtf8 => "un argument n’est pas un texte lisible (UTF-8)".into(),
        _ => return error.render().to_string(),
    };
    let list = |kind: ContextKind, words: &str| Some(said(kind)).filter(|said| !said.is_empty()).map(|said| format!("\n{words} : {said}"));
    let offered = list(ContextKind::ValidValue, "Valeurs possibles").or_else(|| list(ContextKind::SuggestedArg, "Peut-être"));
    let offered = offered.or_else(|| list(ContextKind::SuggestedSubcommand, "Peut-être")).unwrap_or_default();
    let mut usage = String::new();
    if let Some(ContextValue::StyledStr(styled)) = error.get(ContextKind::Usage) {
        usage = styled.to_string().replace("Usage:", "Usage :");
    }
    let usage = if usage.is_empty() { String::new() } else { format!("\n\n{}", usage.trim()) };
    format!("Ligne de commande : {sentence}.{offered}{usage}\n\n« --help » dit tout.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> String {
        told(&crate::cli::gardel_command().try_get_matches_from(arguments).expect_err("a fault"))
    }

    #[test]
    fn faults_of_a_line_are_told_in_french() {
        for (arguments, words) in [
            (&["gardel", "chek"][..], "la commande « chek » n’existe pas"),
            (&["gardel", "verifier", "--rapid"], "l’option « --rapid » n’existe pas"),
            (&["gardel", "verifier", "--rapide", "--compare", "x"], "« --rapide » ne va pas avec « --compare <FICHIER> »"),
            (&["gardel", "check", "--format", "xml"], "« xml » ne convient pas pour « --format <FORME> »"),
            (&["gardel", "demo", "--sejours", "beaucoup"], "« beaucoup » ne convient pas pour « --sejours <SEJOURS> »"),
            (&["gardel", "identity"], "il manque --siren <SIREN>, --exigee <EXIGEE>"),
        ] {
            let said = said(arguments);
            assert!(said.contains(words), "{words} of\n{said}");
            assert!(!["error", "invalid", "cannot", "required"].iter().any(|english| said.contains(english)), "{said}");
        }
        assert!(said(&["gardel", "check", "--format", "xml"]).contains("Valeurs possibles : texte, json"));
    }
}
