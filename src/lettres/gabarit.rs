//! A template and what it gives with values: the subject and the blocks of a letter, or what is missing and where.

use std::io::{self, Write};

use rocket_dyn_templates::minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Engine};
use serde_json::Value;

use super::balisage::{self, DEBUT, FIN};
use super::ecriture::{Faute, Nomme, nommes};
use super::sources::{Connues, SAISIE};
use crate::platform::pdf::{Block, montre};

/// Steps of the engine for one letter: a loop over a thousand lodgings takes some ten thousand.
const PAS_MAX: u64 = 400_000;
/// Bytes of what a template gives.
const OCTETS_MAX: usize = 512 * 1024;

/// The two texts of a template.
pub const OBJET: &str = "objet";
/// The second one.
pub const CORPS: &str = "corps";

/// What is wrong, and in which of the two texts.
pub type Ecart = (&'static str, Faute);

/// A template that was read.
pub struct Gabarit {
    environment: Environment<'static>,
    nommes: [(&'static str, Vec<Nomme>); 2],
}

/// What a template gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ecrit {
    /// The subject.
    pub objet: String,
    /// What the letter says.
    pub corps: Vec<Block>,
}

/// Writes no more than a letter may hold.
struct Borne(Vec<u8>);

impl Write for Borne {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OCTETS_MAX {
            return Err(io::Error::other("trop long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A template as its author typed it, without the signs that mark values.
fn nu(texte: &str) -> String {
    texte.replace("\r\n", "\n").chars().filter(|un| !('\u{e000}'..='\u{f8ff}').contains(un)).collect()
}

impl Gabarit {
    /// Reads both texts.
    ///
    /// # Errors
    /// What is not understood.
    pub fn lu(objet: &str, corps: &str) -> Result<Self, Ecart> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_fuel(Some(PAS_MAX));
        environment.set_formatter(|out, _, value| {
            // A name that is none is a mistake, not an empty place.
            if value.is_undefined() || value.is_none() {
                return Err(ErrorKind::UndefinedError.into());
            }
            let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
            write!(out, "{DEBUT}{}{FIN}", montre(&text)).map_err(Error::from)
        });
        environment.add_filter("majuscules", |text: &str| text.to_uppercase());
        environment.add_filter("minuscules", |text: &str| text.to_lowercase());
        environment.add_filter("defaut", |value: Engine, text: &str| {
            let empty = value.is_undefined() || value.is_none() || value.as_str().is_some_and(|known| known.trim().is_empty());
            if empty { Engine::from(text) } else { value }
        });
        let mut read = [(OBJET, Vec::new()), (CORPS, Vec::new())];
        for ((name, known), texte) in read.iter_mut().zip([objet, corps]) {
            let texte = nu(texte);
            *known = nommes(&texte).map_err(|faute| (*name, faute))?;
            let ligne = |error: &Error| error.line().unwrap_or(0);
            environment.add_template_owned(*name, texte).map_err(|error| (*name, Faute::new(ligne(&error), "cette écriture n’est pas comprise.")))?;
        }
        Ok(Self { environment, nommes: read })
    }

    /// The variables that it names, with the text where each stands.
    pub fn nommes(&self) -> impl Iterator<Item = (&'static str, &Nomme)> {
        self.nommes.iter().flat_map(|(texte, nommes)| nommes.iter().map(move |nomme| (*texte, nomme)))
    }

    /// What people type for these letters: names after « saisie. », each once, in their order.
    pub fn saisies(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (_, nomme) in self.nommes() {
            if let Some(name) = nomme.nom.strip_prefix(SAISIE).and_then(|rest| rest.strip_prefix('.'))
                && !found.iter().any(|known| known == name)
            {
                found.push(name.into());
            }
        }
        found
    }

    /// What it gives with values, as sources nest them.
    ///
    /// # Errors
    /// The first variable that is missing, by its label and its line; or what cannot be laid out.
    pub fn ecrit(&self, valeurs: &Value, connues: &Connues) -> Result<Ecrit, Ecart> {
        let objet = self.rendu(OBJET, valeurs, connues)?;
        let objet: String = objet.chars().filter(|un| *un != DEBUT && *un != FIN).map(|un| if un == '\n' { ' ' } else { un }).collect();
        let objet = montre(objet.trim());
        if objet.is_empty() {
            return Err((OBJET, Faute::new(0, "l’objet de la lettre est vide.")));
        }
        let corps = balisage::blocs(&self.rendu(CORPS, valeurs, connues)?).map_err(|dit| (CORPS, Faute::new(0, format!("{dit}."))))?;
        if corps.is_empty() {
            return Err((CORPS, Faute::new(0, "la lettre est vide.")));
        }
        Ok(Ecrit { objet, corps })
    }

    fn rendu(&self, texte: &'static str, valeurs: &Value, connues: &Connues) -> Result<String, Ecart> {
        let mut borne = Borne(Vec::new());
        let rendered = self.environment.get_template(texte).and_then(|template| template.render_captured_to(valeurs, &mut borne).map(|_| ()));
        match rendered {
            Ok(()) => String::from_utf8(borne.0).map_err(|_| (texte, Faute::new(0, "la lettre ne peut pas être écrite."))),
            Err(error) => Err((texte, self.faute(texte, &error, valeurs, connues))),
        }
    }

    /// What an error of the engine says: a variable of its line that is not there, most of the time.
    fn faute(&self, texte: &str, error: &Error, valeurs: &Value, connues: &Connues) -> Faute {
        let ligne = error.line().unwrap_or(0);
        let here = self.nommes.iter().filter(|(name, _)| *name == texte).flat_map(|(_, nommes)| nommes);
        let missing = here.filter(|nomme| nomme.ligne == ligne && !nomme.conditionnel).find(|nomme| manque(valeurs, &nomme.nom));
        match (error.kind(), missing) {
            (_, Some(nomme)) => Faute::new(ligne, format!("il manque {}.", connues.mots(&nomme.nom))),
            (ErrorKind::OutOfFuel | ErrorKind::WriteFailure, _) => Faute::new(ligne, "ce modèle donne une lettre trop longue. Retirez une boucle."),
            _ => Faute::new(ligne, "cette écriture n’est pas comprise."),
        }
    }
}

/// Whether a name leads to nothing; for the field of a list, in one of its items at least.
fn manque(valeurs: &Value, nom: &str) -> bool {
    let mut here = vec![valeurs];
    for part in nom.split('.') {
        let mut next = Vec::new();
        for one in here {
            match one {
                Value::Array(items) => {
                    for item in items {
                        match item.get(part) {
                            None | Some(Value::Null) => return true,
                            Some(found) => next.push(found),
                        }
                    }
                }
                one => match one.get(part) {
                    None | Some(Value::Null) => return true,
                    Some(found) => next.push(found),
                },
            }
        }
        here = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::pdf::Run;

    fn ecrit(corps: &str, valeurs: &Value) -> Result<Vec<Block>, String> {
        let gabarit = Gabarit::lu("Objet", corps).map_err(|(_, faute)| faute.phrase())?;
        gabarit.ecrit(valeurs, &Connues::default()).map(|ecrit| ecrit.corps).map_err(|(_, faute)| faute.phrase())
    }

    #[test]
    fn values_are_put_in_and_stay_text() {
        let valeurs = json!({"hebergeur": {"nom": "# <b> {{ 7 * 7 }} **x**"}, "logements": [{"nom": "A"}, {"nom": "- B"}]});
        let corps = "{{ hebergeur.nom }}\n{% for l in logements %}\n- {{ l.nom|majuscules }}\n{% endfor %}\n{{ hebergeur.siret|defaut(\"néant\") }}";
        let expected = [
            Block::Paragraph(vec![Run::plain("# <b> {{ 7 * 7 }} **x**")]),
            Block::List { ordered: false, items: vec![vec![Run::plain("A")], vec![Run::plain("- B")]] },
            Block::Paragraph(vec![Run::plain("néant")]),
        ];
        assert_eq!(ecrit(corps, &valeurs).expect("a letter"), expected);
    }

    #[test]
    fn what_is_missing_is_told_by_its_line() {
        let valeurs = json!({"hebergeur": {"nom": "A"}, "logements": [{"nom": "A", "numero": "1"}, {"nom": "B"}]});
        let wrong = |corps: &str| ecrit(corps, &valeurs).expect_err(corps);
        assert_eq!(wrong("Un\n{{ hebergeur.nom }} {{ hebergeur.siret }}"), "ligne 2\u{a0}: il manque «\u{a0}hebergeur.siret\u{a0}».");
        assert_eq!(wrong("{{ hebergeur.siret|majuscules }}"), "ligne 1\u{a0}: il manque «\u{a0}hebergeur.siret\u{a0}».");
        assert_eq!(wrong("{% for l in logements %}\n{{ l.numero }}\n{% endfor %}"), "ligne 2\u{a0}: il manque «\u{a0}logements.numero\u{a0}».");
        assert_eq!(wrong("{% for l in sejours %}\n{{ l.numero }}\n{% endfor %}"), "ligne 1\u{a0}: il manque «\u{a0}sejours\u{a0}».");
        assert_eq!(wrong("   \n\n"), "la lettre est vide.");
        assert!(ecrit("{% if hebergeur.siret %}x{% else %}y{% endif %}", &valeurs).is_ok());
    }

    #[test]
    fn a_template_does_not_fill_the_machine() {
        let many: Vec<Value> = (0..200).map(|n| json!({"nom": format!("Logement {n}")})).collect();
        let valeurs = json!({"logements": many});
        let loops = "{% for a in logements %}".repeat(4) + "{{ a.nom }}" + &"{% endfor %}".repeat(4);
        assert!(ecrit(&loops, &valeurs).expect_err("too long").contains("trop longue"));
    }
}
