//! What a check found, line by line: what is well, what is to be looked at, what must be mended, each with what to do.

use serde_json::json;

use super::sortie::dire;
use crate::platform::config::with_variables;

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Etat {
    /// Well.
    Bien,
    /// It works; somebody should look at it.
    AVoir,
    /// It does not work, or must not go on so.
    Echec,
}

impl Etat {
    fn word(self) -> &'static str {
        match self {
            Self::Bien => "bien",
            Self::AVoir => "à voir",
            Self::Echec => "échec",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Bien => "bien",
            Self::AVoir => "a_voir",
            Self::Echec => "echec",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Constat {
    etat: Etat,
    sujet: &'static str,
    phrase: String,
    quoi_faire: Option<String>,
}

/// How a check is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Forme {
    /// Des lignes, au fur et à mesure.
    Texte,
    /// Un objet JSON, à la fin.
    Json,
}

/// All of it.
pub(super) struct Rapport {
    lines: Vec<Constat>,
    /// Whether each line is written as it comes.
    shown: bool,
}

impl Rapport {
    /// An empty one, whose lines are written as they come when `shown`.
    pub(super) fn new(shown: bool) -> Self {
        Self { lines: Vec::new(), shown }
    }

    fn add(&mut self, etat: Etat, sujet: &'static str, phrase: String, quoi_faire: Option<String>) {
        let line = Constat { etat, sujet, phrase: with_variables(&phrase), quoi_faire: quoi_faire.map(|what| with_variables(&what)) };
        if self.shown {
            dire(told(&line));
        }
        self.lines.push(line);
    }

    /// It is well.
    pub(super) fn bien(&mut self, sujet: &'static str, phrase: impl Into<String>) {
        self.add(Etat::Bien, sujet, phrase.into(), None);
    }

    /// It is to be looked at, and what to do.
    pub(super) fn a_voir(&mut self, sujet: &'static str, phrase: impl Into<String>, quoi_faire: impl Into<String>) {
        self.add(Etat::AVoir, sujet, phrase.into(), Some(quoi_faire.into()));
    }

    /// It must be mended; what to do stands in the sentence when `quoi_faire` is empty.
    pub(super) fn echec(&mut self, sujet: &'static str, phrase: impl Into<String>, quoi_faire: impl Into<String>) {
        self.add(Etat::Echec, sujet, phrase.into(), Some(quoi_faire.into()).filter(|what| !what.is_empty()));
    }

    /// How many lines stand so.
    pub(super) fn combien(&self, etat: Etat) -> usize {
        self.lines.iter().filter(|line| line.etat == etat).count()
    }

    /// Each line as text.
    pub(super) fn texte(&self) -> String {
        self.lines.iter().map(|line| told(line) + "\n").collect()
    }

    /// As programs read it.
    pub(super) fn json(&self) -> String {
        let worst = [Etat::Echec, Etat::AVoir].into_iter().find(|etat| self.combien(*etat) > 0).unwrap_or(Etat::Bien);
        let lines: Vec<serde_json::Value> = self
            .lines
            .iter()
            .map(|line| json!({"etat": line.etat.code(), "sujet": line.sujet, "phrase": line.phrase, "quoi_faire": line.quoi_faire}))
            .collect();
        json!({"resultat": worst.code(), "version": env!("CARGO_PKG_VERSION"), "lignes": lines}).to_string()
    }

    /// The last sentence.
    pub(super) fn fin(&self) -> String {
        match (self.combien(Etat::Echec), self.combien(Etat::AVoir)) {
            (0, 0) => "Tout est en ordre.".into(),
            (0, 1) => "Le reste est en ordre\u{a0}: un point à voir.".into(),
            (0, many) => format!("Le reste est en ordre\u{a0}: {many} points à voir."),
            (1, _) => "Un point à corriger.".into(),
            (many, _) => format!("{many} points à corriger."),
        }
    }
}

fn told(line: &Constat) -> String {
    let what = line.quoi_faire.as_ref().map_or_else(String::new, |what| format!("\n        → {what}"));
    format!("{:<7} {}\u{a0}: {}{what}", line.etat.word(), line.sujet, line.phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_told_to_people_and_programs() {
        let mut all = Rapport::new(false);
        all.bien("Base", "joignable.");
        assert_eq!((all.texte().as_str(), all.fin().as_str()), ("bien    Base\u{a0}: joignable.\n", "Tout est en ordre."));
        all.a_voir("Redis", "muet.", "Démarrez-le.");
        assert!(all.fin().starts_with("Le reste est en ordre") && all.json().contains("\"resultat\":\"a_voir\""));
        all.echec("Dépôt", "plein.", "");
        assert_eq!((all.combien(Etat::Echec), all.fin().as_str()), (1, "Un point à corriger."));
        assert!(all.texte().ends_with("à voir  Redis\u{a0}: muet.\n        → Démarrez-le.\néchec   Dépôt\u{a0}: plein.\n"));
        let read: serde_json::Value = serde_json::from_str(&all.json()).expect("JSON");
        assert_eq!(
            (read["resultat"].as_str(), read["lignes"][1]["quoi_faire"].as_str(), read["lignes"][2]["quoi_faire"].as_str()),
            (Some("echec"), Some("Démarrez-le."), None)
        );
    }
}
