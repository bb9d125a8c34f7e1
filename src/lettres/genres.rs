//! The kinds of letters, the texts that Gardel has for each, and what the law wants of one.

use super::ecriture::Faute;
use super::gabarit::{CORPS, Ecart, Gabarit, OBJET};
use super::sources::Connues;

/// Code, label, tone of each kind.
pub const GENRES: &[(&str, &str, &str)] = &[
    ("relance", "Relance de déclaration", ""),
    ("mise_en_demeure", "Mise en demeure", "alerte"),
    ("taxation_office", "Avis de taxation d’office", "erreur"),
    ("libre", "Courrier libre", ""),
];

/// How a kind is called.
pub fn libelle(genre: &str) -> &'static str {
    GENRES.iter().find(|(code, ..)| *code == genre).map_or("Courrier", |(_, label, _)| label)
}

/// A text of Gardel.
pub struct Maison {
    /// Its kind, and its name in addresses.
    pub genre: &'static str,
    /// As it is called.
    pub nom: &'static str,
    /// Its letters are registered.
    pub recommande: bool,
    /// Its letters may leave by e-mail.
    pub par_courriel: bool,
    texte: &'static str,
}

/// Those of the program: a collectivité copies them and makes them its own.
pub static MAISON: &[Maison] = &[
    Maison {
        genre: "relance",
        nom: "Relance de déclaration",
        recommande: false,
        par_courriel: true,
        texte: include_str!("../../templates/lettres/relance.txt.j2"),
    },
    Maison {
        genre: "mise_en_demeure",
        nom: "Mise en demeure",
        recommande: true,
        par_courriel: false,
        texte: include_str!("../../templates/lettres/mise-en-demeure.txt.j2"),
    },
    Maison {
        genre: "taxation_office",
        nom: "Avis de taxation d’office",
        recommande: true,
        par_courriel: false,
        texte: include_str!("../../templates/lettres/taxation-d-office.txt.j2"),
    },
    Maison {
        genre: "libre",
        nom: "Courrier libre",
        recommande: false,
        par_courriel: true,
        texte: include_str!("../../templates/lettres/courrier-libre.txt.j2"),
    },
];

impl Maison {
    /// The text of a kind.
    pub fn de(genre: &str) -> Option<&'static Self> {
        MAISON.iter().find(|one| one.genre == genre)
    }

    /// Its subject and its body: the first line says the subject.
    pub fn textes(&self) -> (&'static str, &'static str) {
        let (first, rest) = self.texte.split_once('\n').unwrap_or((self.texte, ""));
        let objet = first.split_once(':').map_or(first, |(_, objet)| objet);
        (objet.trim_matches(|un: char| un.is_whitespace()), rest.trim())
    }
}

/// What an act must say, by which variables it is known to.
struct Mention {
    /// Names, one of which at least the template prints, for each of the parts.
    parts: &'static [&'static [&'static str]],
    /// Words, one of which at least its text holds, for each of the parts.
    mots: &'static [&'static [&'static str]],
    /// What is missing then, with its article.
    dit: &'static str,
}

/// What a notice of assessment says, on pain of nullity for the last two (CGCT, art. R2333-48).
const TAXATION: &[Mention] = &[
    Mention {
        parts: &[&["logements.nature"], &["logements.categorie"], &["logements.adresse"]],
        mots: &[],
        dit: "la nature, la catégorie et la localisation exacte de chaque hébergement (CGCT, art. R2333-48, 1°)\u{a0}: logements.nature, logements.categorie et logements.adresse",
    },
    Mention {
        parts: &[&["saisie.nuitees_retenues", "taxation.nuitees"], &["saisie.sources", "taxation.sources"]],
        mots: &[],
        dit: "les nuitées retenues et leurs sources (CGCT, art. R2333-48, 2°)\u{a0}: saisie.nuitees_retenues et saisie.sources",
    },
    Mention {
        parts: &[&["saisie.observations", "taxation.observations"]],
        mots: &[],
        dit: "le rappel des observations de l’hébergeur et pourquoi elles ne suffisent pas (CGCT, art. R2333-48, 3°)\u{a0}: saisie.observations",
    },
    Mention {
        parts: &[&["saisie.liquidation", "taxation.liquidation"]],
        mots: &[],
        dit: "la liquidation, avec le tarif de chaque hébergement (CGCT, art. R2333-48, 4°)\u{a0}: saisie.liquidation",
    },
    Mention {
        parts: &[&["delai.observations"]],
        mots: &[&["observations"]],
        dit: "sous peine de nullité, le droit de présenter des observations et son délai (CGCT, art. R2333-48)\u{a0}: le mot «\u{a0}observations\u{a0}» et delai.observations",
    },
    Mention {
        parts: &[],
        mots: &[&["assister d’un conseil", "assister d’un conseil", "assisté d’un conseil", "assisté d’un conseil"]],
        dit: "sous peine de nullité, la faculté de se faire assister d’un conseil (CGCT, art. R2333-48)\u{a0}: les mots «\u{a0}assister d’un conseil\u{a0}»",
    },
];

/// What a summons says (CGCT, art. L2333-38).
const MISE_EN_DEMEURE: &[Mention] = &[Mention {
    parts: &[&["delai.mise_en_demeure"]],
    mots: &[&["L2333-38"]],
    dit: "le délai pour régulariser, et l’article qui le donne (CGCT, art. L2333-38)\u{a0}: delai.mise_en_demeure et «\u{a0}L2333-38\u{a0}»",
}];

/// What is missing from a template of a kind, in the words of the law.
fn manquantes(genre: &str, gabarit: &Gabarit, corps: &str) -> Vec<&'static str> {
    let mentions = match genre {
        "taxation_office" => TAXATION,
        "mise_en_demeure" => MISE_EN_DEMEURE,
        _ => &[],
    };
    // What a condition may leave out is not said.
    let printed: Vec<&str> =
        gabarit.nommes().filter(|(texte, nomme)| *texte == CORPS && !nomme.conditionnel).map(|(_, nomme)| nomme.nom.as_str()).collect();
    let plain = corps.replace("**", "").replace('\u{a0}', " ").to_lowercase();
    let there = |mention: &Mention| {
        mention.parts.iter().all(|names| names.iter().any(|nom| printed.contains(nom)))
            && mention.mots.iter().all(|words| words.iter().any(|word| plain.contains(&word.to_lowercase())))
    };
    mentions.iter().filter(|mention| !there(mention)).map(|mention| mention.dit).collect()
}

/// What is wrong with a template: what is not understood, names that nobody knows, what the law wants and is not there, what cannot be
/// laid out.
pub fn verifie(genre: &str, objet: &str, corps: &str, connues: &Connues) -> Vec<Ecart> {
    let gabarit = match Gabarit::lu(objet, corps) {
        Ok(gabarit) => gabarit,
        Err(ecart) => return vec![ecart],
    };
    let mut faults = Vec::new();
    for (texte, nomme) in gabarit.nommes().filter(|(_, nomme)| !connues.connait(&nomme.nom, nomme.liste)) {
        let near = connues.voisines(&nomme.nom);
        let near = if near.is_empty() { String::new() } else { format!(" Il y a {}.", near.join(", ")) };
        let what = if nomme.liste { "la liste" } else { "la variable" };
        faults.push((texte, Faute::new(nomme.ligne, format!("{what} «\u{a0}{}\u{a0}» n’existe pas.{near}", nomme.nom))));
    }
    if faults.is_empty()
        && let Err(ecart) = gabarit.ecrit(&connues.exemples(&gabarit.saisies()), connues)
    {
        faults.push(ecart);
    }
    faults.extend(manquantes(genre, &gabarit, corps).into_iter().map(|dit| (CORPS, Faute::new(0, format!("il manque {dit}.")))));
    if objet.trim().is_empty() {
        faults.push((OBJET, Faute::new(0, "l’objet de la lettre est vide.")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::lettres::SOURCES;

    fn connues() -> Connues {
        Connues::de(&Catalogue::of(&[]).with(SOURCES))
    }

    #[test]
    fn the_texts_of_gardel_say_what_the_law_wants() {
        for one in MAISON {
            let (objet, corps) = one.textes();
            let said: Vec<String> = verifie(one.genre, objet, corps, &connues()).into_iter().map(|(_, faute)| faute.phrase()).collect();
            assert!(said.is_empty() && !objet.is_empty(), "{}: {said:?}", one.nom);
        }
    }

    #[test]
    fn each_mention_that_is_taken_away_is_missed() {
        let (objet, corps) = Maison::de("taxation_office").expect("it is there").textes();
        for (part, article) in [
            ("logement.nature", "1°"),
            ("logement.categorie", "1°"),
            ("logement.adresse", "1°"),
            ("saisie.nuitees_retenues", "2°"),
            ("saisie.sources", "2°"),
            ("saisie.observations", "3°"),
            ("saisie.liquidation", "4°"),
            ("delai.observations", "nullité"),
            ("assister d’un conseil", "nullité"),
        ] {
            let without = corps
                .replace(&format!("{{{{ {part} }}}}"), "x")
                .replace("assister d’un conseil", if part.starts_with("assister") { "aider" } else { "assister d’un conseil" });
            let said: Vec<String> = verifie("taxation_office", objet, &without, &connues()).into_iter().map(|(_, faute)| faute.phrase()).collect();
            assert!(said.len() == 1 && said[0].contains(article), "{part}: {said:?}");
        }
        let wrong = verifie("relance", objet, "Bonjour\n{{ hebergeur.nomm }}", &connues());
        assert_eq!(wrong.len(), 1);
        assert!(
            wrong[0].1.phrase().starts_with("ligne 2\u{a0}: la variable «\u{a0}hebergeur.nomm\u{a0}» n’existe pas. Il y a hebergeur.adresse"),
            "{wrong:?}"
        );
    }
}
