//! What a template may be written with: texts, variables, conditions, loops over what a source gives. Read here before the engine sees
//! it, so that a mistake is told by its line, and that nothing else of the engine can be asked: no arithmetic, no concatenation, no
//! definition, which are what could fill the memory.

/// What is wrong with a template, for whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faute {
    /// Line, from 1; 0 when it is of no line.
    pub ligne: usize,
    /// A sentence.
    pub dit: String,
}

impl Faute {
    /// What is wrong at a line.
    pub fn new(ligne: usize, dit: impl Into<String>) -> Self {
        Self { ligne, dit: dit.into() }
    }

    /// The sentence with its line.
    pub fn phrase(&self) -> String {
        if self.ligne == 0 { self.dit.clone() } else { format!("ligne {}\u{a0}: {}", self.ligne, self.dit) }
    }
}

/// A variable that a template names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nomme {
    /// Line, from 1.
    pub ligne: usize,
    /// As sources call it: the field of what a loop goes through begins with the name of the list.
    pub nom: String,
    /// It is gone through.
    pub liste: bool,
    /// It is only looked at: a condition may ask for what is not there.
    pub conditionnel: bool,
}

/// Filters that a variable may go through.
pub const FILTRES: &[(&str, &str)] =
    &[("majuscules", "en capitales"), ("minuscules", "en petites lettres"), ("defaut", "un texte quand il n’y a rien\u{a0}: defaut(\"…\")")];

/// A word inside braces.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mot {
    Nom(String),
    Texte,
    Nombre,
    Signe(&'static str),
}

const SIGNES: &[&str] = &["==", "!=", "<=", ">=", "<", ">", ".", "|", "(", ")"];

/// The words of what stands between braces.
fn mots(interieur: &str, ligne: usize) -> Result<Vec<Mot>, Faute> {
    let mut found = Vec::new();
    let mut rest = interieur.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|one: char| !(one.is_ascii_alphanumeric() || one == '_')).unwrap_or(rest.len());
            found.push(Mot::Nom(rest[..end].to_string()));
            end
        } else if first.is_ascii_digit() {
            found.push(Mot::Nombre);
            rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len())
        } else if first == '"' || first == '\'' {
            found.push(Mot::Texte);
            let end = rest[1..].find(first).ok_or_else(|| Faute::new(ligne, "un texte entre guillemets n’est pas fermé."))?;
            if rest[1..=end].contains('\\') {
                return Err(Faute::new(ligne, "le signe \\ n’a pas de sens dans un texte entre guillemets. Retirez-le."));
            }
            end + 2
        } else if let Some(signe) = SIGNES.iter().find(|signe| rest.starts_with(**signe)) {
            found.push(Mot::Signe(signe));
            signe.len()
        } else if first.is_alphabetic() {
            return Err(Faute::new(ligne, format!("le nom d’une variable s’écrit sans accent\u{a0}: «\u{a0}{first}\u{a0}» n’en fait pas partie.")));
        } else {
            return Err(Faute::new(ligne, format!("le signe «\u{a0}{first}\u{a0}» ne s’emploie pas entre accolades.")));
        };
        rest = rest[taken..].trim_start();
    }
    Ok(found)
}

/// A dotted name at the beginning of `mots`, and what follows it.
fn chemin(mots: &[Mot]) -> Option<(String, &[Mot])> {
    let [Mot::Nom(first), rest @ ..] = mots else { return None };
    let (mut name, mut rest) = (first.clone(), rest);
    while let [Mot::Signe("."), Mot::Nom(part), after @ ..] = rest {
        name.push('.');
        name.push_str(part);
        rest = after;
    }
    Some((name, rest))
}

/// What is open at some place of a template.
enum Ouvert {
    /// A condition, and its line.
    Si(usize),
    /// A loop: its line, the word for each, the list.
    Pour(usize, String, String),
}

/// What was read so far.
#[derive(Default)]
struct Lecture {
    nommes: Vec<Nomme>,
    ouverts: Vec<Ouvert>,
}

impl Lecture {
    /// A name as sources have it: the word of a loop stands for an item of its list.
    fn resolu(&self, nom: &str) -> String {
        let (first, rest) = nom.split_once('.').map_or((nom, None), |(first, rest)| (first, Some(rest)));
        for ouvert in self.ouverts.iter().rev() {
            if let Ouvert::Pour(_, each, list) = ouvert
                && each == first
            {
                return rest.map_or_else(|| list.clone(), |rest| format!("{list}.{rest}"));
            }
        }
        nom.to_string()
    }

    fn nomme(&mut self, ligne: usize, nom: &str, liste: bool, conditionnel: bool) {
        let nom = self.resolu(nom);
        self.nommes.push(Nomme { ligne, nom, liste, conditionnel });
    }

    /// `{{ … }}`.
    fn valeur(&mut self, interieur: &str, ligne: usize) -> Result<(), Faute> {
        let mots = mots(interieur, ligne)?;
        let (nom, mut rest) = chemin(&mots).ok_or_else(|| Faute::new(ligne, "des accolades doubles attendent le nom d’une variable."))?;
        let mut facultatif = false;
        while let [Mot::Signe("|"), Mot::Nom(filtre), after @ ..] = rest {
            if !FILTRES.iter().any(|(known, _)| known == filtre) {
                return Err(Faute::new(ligne, format!("le filtre «\u{a0}{filtre}\u{a0}» n’existe pas. Il y a majuscules, minuscules et defaut.")));
            }
            rest = match (filtre.as_str(), after) {
                ("defaut", [Mot::Signe("("), Mot::Texte, Mot::Signe(")"), after @ ..]) => {
                    facultatif = true;
                    after
                }
                ("defaut", _) => return Err(Faute::new(ligne, "le filtre defaut dit entre parenthèses le texte à mettre\u{a0}: defaut(\"néant\").")),
                (_, after) => after,
            };
        }
        if !rest.is_empty() {
            return Err(Faute::new(ligne, format!("ce qui suit «\u{a0}{nom}\u{a0}» entre les accolades n’est pas compris.")));
        }
        self.nomme(ligne, &nom, false, facultatif);
        Ok(())
    }

    /// `{% … %}`.
    fn commande(&mut self, interieur: &str, ligne: usize) -> Result<(), Faute> {
        let mots = mots(interieur, ligne)?;
        let mal = |dit: &str| Err(Faute::new(ligne, dit.to_string()));
        match mots.as_slice() {
            [Mot::Nom(word), rest @ ..] if word == "if" => {
                self.condition(rest, ligne)?;
                self.ouverts.push(Ouvert::Si(ligne));
            }
            [Mot::Nom(word), rest @ ..] if word == "elif" => {
                if !matches!(self.ouverts.last(), Some(Ouvert::Si(_))) {
                    return mal("«\u{a0}elif\u{a0}» vient sans «\u{a0}if\u{a0}» avant lui.");
                }
                self.condition(rest, ligne)?;
            }
            [Mot::Nom(word)] if word == "else" => {
                if self.ouverts.is_empty() {
                    return mal("«\u{a0}else\u{a0}» vient sans «\u{a0}if\u{a0}» avant lui.");
                }
            }
            [Mot::Nom(word)] if word == "endif" => {
                if !matches!(self.ouverts.pop(), Some(Ouvert::Si(_))) {
                    return mal("«\u{a0}endif\u{a0}» ne ferme aucun «\u{a0}if\u{a0}».");
                }
            }
            [Mot::Nom(word)] if word == "endfor" => {
                if !matches!(self.ouverts.pop(), Some(Ouvert::Pour(..))) {
                    return mal("«\u{a0}endfor\u{a0}» ne ferme aucun «\u{a0}for\u{a0}».");
                }
            }
            [Mot::Nom(word), Mot::Nom(each), Mot::Nom(dans), rest @ ..] if word == "for" && dans == "in" => {
                let Some((list, [])) = chemin(rest) else { return mal("une boucle s’écrit «\u{a0}for logement in logements\u{a0}».") };
                self.nomme(ligne, &list, true, false);
                let list = self.resolu(&list);
                self.ouverts.push(Ouvert::Pour(ligne, each.clone(), list));
            }
            _ => return mal("cette commande n’existe pas. Il y a if, elif, else, endif, for et endfor."),
        }
        Ok(())
    }

    fn condition(&mut self, mots: &[Mot], ligne: usize) -> Result<(), Faute> {
        let mut rest = mots;
        if rest.is_empty() {
            return Err(Faute::new(ligne, "une condition dit ce qu’elle regarde\u{a0}: «\u{a0}if hebergeur.siret\u{a0}»."));
        }
        while let Some(first) = rest.first() {
            rest = match first {
                Mot::Nom(word) if ["and", "or", "not"].contains(&word.as_str()) => &rest[1..],
                Mot::Nom(_) => {
                    let Some((nom, after)) = chemin(rest) else { break };
                    self.nomme(ligne, &nom, false, true);
                    after
                }
                Mot::Texte | Mot::Nombre | Mot::Signe("==" | "!=" | "<" | ">" | "<=" | ">=") => &rest[1..],
                Mot::Signe(_) => return Err(Faute::new(ligne, "cette condition n’est pas comprise.")),
            };
        }
        Ok(())
    }
}

/// The variables that a template names, in its order.
///
/// # Errors
/// The first thing that is not understood, with its line.
pub fn nommes(texte: &str) -> Result<Vec<Nomme>, Faute> {
    let mut lecture = Lecture::default();
    let mut from = 0;
    while let Some(place) = texte[from..].find("{{").into_iter().chain(texte[from..].find("{%")).chain(texte[from..].find("{#")).min() {
        let start = from + place;
        let ligne = texte[..start].matches('\n').count() + 1;
        let kind = &texte[start..start + 2];
        let end = match kind {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let Some(length) = texte[start + 2..].find(end) else {
            return Err(Faute::new(ligne, format!("«\u{a0}{kind}\u{a0}» n’est pas fermé par «\u{a0}{end}\u{a0}».")));
        };
        let interieur = &texte[start + 2..start + 2 + length];
        match kind {
            "{{" => lecture.valeur(interieur, ligne)?,
            "{%" => lecture.commande(interieur, ligne)?,
            _ => {}
        }
        from = start + 2 + length + 2;
    }
    match lecture.ouverts.pop() {
        Some(Ouvert::Si(ligne)) => Err(Faute::new(ligne, "ce «\u{a0}if\u{a0}» n’est jamais fermé par «\u{a0}endif\u{a0}».")),
        Some(Ouvert::Pour(ligne, ..)) => Err(Faute::new(ligne, "ce «\u{a0}for\u{a0}» n’est jamais fermé par «\u{a0}endfor\u{a0}».")),
        None => Ok(lecture.nommes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_their_lines() {
        let texte = "Bonjour {{ hebergeur.nom|majuscules }},\n{% for l in logements %}\n- {{ l.nom }}{% if l.numero %} ({{ l.numero }}){% endif %}\n{% endfor %}\n{{ saisie.x|defaut(\"néant\") }}{# rien #}";
        let found: Vec<(usize, String, bool, bool)> =
            nommes(texte).expect("a template").into_iter().map(|one| (one.ligne, one.nom, one.liste, one.conditionnel)).collect();
        let one = |ligne, nom: &str, liste, conditionnel| (ligne, nom.to_string(), liste, conditionnel);
        assert_eq!(
            found,
            [
                one(1, "hebergeur.nom", false, false),
                one(2, "logements", true, false),
                one(3, "logements.nom", false, false),
                one(3, "logements.numero", false, true),
                one(3, "logements.numero", false, false),
                one(5, "saisie.x", false, true),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        let wrong = |texte: &str| nommes(texte).expect_err(texte).phrase();
        for (texte, ligne, word) in [
            ("\n{{ hebergeur.nom }", 2, "n’est pas fermé"),
            ("{{ a ~ a }}", 1, "«\u{a0}~\u{a0}»"),
            ("{{ 'a' * 9999999 }}", 1, "«\u{a0}*\u{a0}»"),
            ("{{ a * 9 }}", 1, "«\u{a0}*\u{a0}»"),
            ("{{ a[0] }}", 1, "«\u{a0}[\u{a0}»"),
            ("{{ a() }}", 1, "n’est pas compris"),
            ("{{ a|join('x') }}", 1, "le filtre «\u{a0}join\u{a0}»"),
            ("{{ a|defaut }}", 1, "entre parenthèses"),
            ("\n\n{% set a = 1 %}", 3, "«\u{a0}=\u{a0}»"),
            ("{% set a %}", 1, "n’existe pas"),
            ("{% macro m() %}{% endmacro %}", 1, "n’existe pas"),
            ("{% include 'x' %}", 1, "n’existe pas"),
            ("{% if a %}\nb", 1, "jamais fermé"),
            ("{% for a in b %}", 1, "jamais fermé"),
            ("{% for a in b recursive %}{% endfor %}", 1, "s’écrit"),
            ("{% endif %}", 1, "ne ferme aucun"),
            ("{% else %}", 1, "sans"),
            ("{{ hébergeur.nom }}", 1, "sans accent"),
            ("{{ }}", 1, "attendent le nom"),
            ("{% if (a) %}{% endif %}", 1, "n’est pas comprise"),
        ] {
            let said = wrong(texte);
            assert!(said.starts_with(&format!("ligne {ligne}\u{a0}: ")) && said.contains(word), "{texte}: {said}");
        }
    }
}
