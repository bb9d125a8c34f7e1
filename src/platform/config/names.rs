//! What settings are called: by the file and by the environment, and which are given without what they hold.

use rocket::figment::Figment;
use rocket::figment::value::{Dict, Value};

use super::told::MASK;

/// Settings that stand by themselves in the section `gardel`, each given by `GARDEL_…` too.
const OURS: &[&str] = &[
    "environnement",
    "adresse_publique",
    "replique_retard_secondes",
    "base_connexions",
    "cache_mio",
    "deposes",
    "cle_secrets",
    "second_facteur",
    "session_inactivite_minutes",
    "session_duree_heures",
    "export_conservation_jours",
    "journal_conservation_mois",
    "journal_sortie",
    "gestion_adresse",
    "gestion_port",
    "journaux",
    "mandataires",
    "exports_par_jour",
    "actions_par_jour",
    "consultations_par_heure",
];
/// Words of the sentences that are settings only when nothing else is meant by them.
const WORDS: &[&str] = &["environnement", "deposes", "journaux", "mandataires"];

/// The variable of the environment that gives the setting `name` of the section `gardel`.
fn variable_of(name: &str) -> Option<String> {
    let known = OURS.contains(&name) && !WORDS.contains(&name);
    let parts = name.split_once('.').filter(|(_, rest)| !rest.is_empty() && rest.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_'));
    match parts {
        Some(("otel", rest)) => Some(format!("OTEL_{}", rest.to_uppercase())),
        Some((part @ ("smtp" | "oidc"), rest)) => Some(format!("GARDEL_{}_{}", part.to_uppercase(), rest.to_uppercase())),
        _ if known => Some(format!("GARDEL_{}", name.to_uppercase())),
        _ => None,
    }
}

/// `sentence`, where each setting is told by the variable that gives it too: who wrote `GARDEL_SMTP_URL` does not look for `smtp.url`.
pub fn with_variables(sentence: &str) -> String {
    let mut told = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(start) = rest.find(|sign: char| sign.is_ascii_alphanumeric()) {
        let end = rest[start..].find(|sign: char| !(sign.is_ascii_alphanumeric() || "._".contains(sign))).map_or(rest.len(), |end| start + end);
        let word = rest[start..end].trim_end_matches('.');
        told.push_str(&rest[..start + word.len()]);
        rest = &rest[start + word.len()..];
        if let Some(variable) = variable_of(word).filter(|variable| !sentence.contains(variable.as_str()) && !told.contains(variable.as_str())) {
            // A name between « » is followed by what closes it.
            let closing = if rest.starts_with("\u{a0}»") { "\u{a0}»" } else { "" };
            told.push_str(closing);
            rest = &rest[closing.len()..];
            told.push_str(&format!(" ({variable})"));
        }
    }
    told.push_str(rest);
    told
}

/// The settings that are given, in a file or by the environment.
pub struct Given {
    names: Vec<String>,
    values: Vec<String>,
}

impl Given {
    /// Those of `figment` and of the environment above it.
    pub fn of(figment: &Figment) -> Self {
        let dict: Dict = super::with_environment(figment).extract_inner("gardel").unwrap_or_default();
        let mut given = Self { names: Vec::new(), values: Vec::new() };
        given.take("", &dict);
        // A value within another is hidden with it.
        given.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        given
    }

    fn take(&mut self, above: &str, dict: &Dict) {
        for (name, value) in dict {
            let name = format!("{above}{name}");
            match value {
                Value::Dict(_, inside) => self.take(&format!("{name}."), inside),
                Value::String(_, text) => self.values.push(text.clone()),
                _ => {}
            }
            if !matches!(value, Value::Dict(..)) {
                self.names.push(name);
            }
        }
    }

    /// What they are called, one after the other.
    pub fn names(&self) -> String {
        if self.names.is_empty() { "aucun".into() } else { self.names.join(", ") }
    }

    /// `text` without anything that they hold.
    pub fn hide(&self, text: &str) -> String {
        let long = |value: &&String| value.chars().count() > 3 && !OURS.contains(&value.as_str());
        self.values.iter().filter(long).fold(text.to_string(), |text, value| text.replace(value.as_str(), MASK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::config::Config;
    use rocket::figment::providers::{Format, Toml};

    #[test]
    fn a_setting_is_told_by_its_variable_too() {
        for (sentence, told) in [
            ("smtp.url doit commencer par smtp://.", "smtp.url (GARDEL_SMTP_URL) doit commencer par smtp://."),
            (
                "le réglage «\u{a0}otel.exporter_otlp_timeout\u{a0}» : il faut",
                "le réglage «\u{a0}otel.exporter_otlp_timeout\u{a0}» (OTEL_EXPORTER_OTLP_TIMEOUT) : il faut",
            ),
            ("Voyez cle_secrets (GARDEL_CLE_SECRETS).", "Voyez cle_secrets (GARDEL_CLE_SECRETS)."),
            ("base_connexions, puis base_connexions.", "base_connexions (GARDEL_BASE_CONNEXIONS), puis base_connexions."),
            ("https://smtp.ville.gp et l’environnement", "https://smtp.ville.gp et l’environnement"),
        ] {
            assert_eq!(with_variables(sentence), told);
        }
    }

    /// Each setting that the guide names by a variable is one of these, and the other way round.
    #[test]
    fn every_setting_has_its_variable() {
        let config: Config = serde_json::from_value(serde_json::json!({ "database_url": "postgres://x" })).expect("settings");
        let mut told: Vec<String> = config
            .told()
            .iter()
            .filter_map(|one| one.name.strip_prefix("GARDEL_"))
            .map(str::to_lowercase)
            .filter(|name| !name.starts_with("otel_"))
            .collect();
        let mut ours: Vec<String> = OURS.iter().map(ToString::to_string).collect();
        told.sort();
        ours.sort();
        assert_eq!(ours, told);
    }

    #[test]
    fn what_is_given_is_named_and_hidden() {
        let figment =
            Figment::from(Toml::string("[gardel]\nadresse_publique = 'ftp://marie:secret@x'\nbase_connexions = 4\nsmtp.url = 'secret-de-poste'"));
        let given = Given::of(&figment);
        for name in ["adresse_publique", "base_connexions", "smtp.url"] {
            assert!(given.names.iter().any(|one| one == name), "{name} of {:?}", given.names);
        }
        assert_eq!(given.hide("ftp://marie:secret@x ne convient pas ; secret-de-poste"), "•••• ne convient pas ; ••••");
    }
}
