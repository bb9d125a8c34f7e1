//! The settings of the read replicas.

use super::Config;

/// Seconds of lateness that are borne when the settings say nothing: as long as PostgreSQL lets a reading hold the replay up.
pub(super) fn lateness() -> u64 {
    30
}

impl Config {
    /// The address of each replica.
    pub fn replicas(&self) -> impl Iterator<Item = &str> {
        let all = self.database_replica_url.as_deref().unwrap_or_default();
        all.split(|sign: char| sign == ',' || sign.is_whitespace()).filter(|url| !url.is_empty())
    }

    /// What is wrong with them, in a sentence.
    pub(super) fn replicas_fault(&self) -> Option<&'static str> {
        if self.replicas().any(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
            return Some(
                "DATABASE_REPLICA_URL doit être une ou plusieurs adresses postgres://…, séparées par des espaces ou des virgules (une virgule dans un mot de passe s’écrit %2C).",
            );
        }
        (!(1..=3_600).contains(&self.replique_retard_secondes)).then_some("replique_retard_secondes doit être compris entre 1 et 3600.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: serde_json::Value) -> Config {
        serde_json::from_value(settings).expect("settings")
    }

    #[test]
    fn replicas_are_told_apart() {
        let one = |text: &str| config(serde_json::json!({"database_url": "postgres://x", "database_replica_url": text}));
        let told = one(" postgres://a/g?host=/run,postgres://b/g\n\tpostgres://c/g ");
        assert_eq!(told.replicas().collect::<Vec<_>>(), ["postgres://a/g?host=/run", "postgres://b/g", "postgres://c/g"]);
        assert_eq!((told.replicas_fault(), told.replique_retard_secondes), (None, 30));
        assert_eq!((one("").replicas().count(), one(" , ").replicas().count()), (0, 0), "an empty variable names none");
        assert_eq!(config(serde_json::json!({"database_url": "postgres://x"})).replicas().count(), 0);
        assert!(one("postgres://a, b").replicas_fault().is_some_and(|sentence| sentence.contains("DATABASE_REPLICA_URL")));
        let late = config(serde_json::json!({"database_url": "postgres://x", "replique_retard_secondes": 0}));
        assert!(late.replicas_fault().is_some_and(|sentence| sentence.contains("entre 1 et 3600")));
    }
}
