//! What was typed into a form that was not kept: read and copied, never sent again from here.

use maud::{Markup, html};

/// Fields that nobody typed: they travel with the form and are not shown.
pub const UNSEEN: &[&str] =
    &["version", "jeton", "retour", "requete", "etat", "page", "coche", "dernier", "liste", "vue", "cle", "demande", "vu", "avec"];

/// What is chosen by a button or with a click, and says nothing to whoever reads it again.
const CHOSEN: &[&str] = &[
    "faire",
    "vus",
    "lignes",
    "format",
    "id",
    "role",
    "collectivites",
    "droits",
    "actif",
    "remise",
    "module",
    "voulu",
    "collectivite",
    "statut",
    "genre",
    "personnel",
];

/// Names of the fields of a secret: a form that has one is neither kept nor shown.
pub const SECRETS: [&str; 5] = ["mot_de_passe", "confirmation", "actuel", "code", "identite"];

/// Begins the name of the field that says what stood in another when the form was opened.
pub const ORIGIN: &str = "avant.";

/// Labels of fields whose name is not their word.
const LABELS: &[(&str, &str)] = &[
    ("valeur", "Valeur"),
    ("partage", "Partagée avec"),
    ("defaut", "Vue par défaut"),
    ("etendue", "Lignes"),
    ("quand", "Quand"),
    ("garder", "Fichiers à garder"),
    ("expression", "Échéances"),
    ("etalement", "Étalement"),
    ("par_personne", "Limite par personne"),
    ("globale", "Limite"),
    ("simultanees", "Lectures à la fois"),
    ("age_max", "Âge le plus grand"),
    ("lignes_mortes", "Lignes mortes"),
    ("precision", "Précision"),
    ("debut", "Début"),
    ("hebergeur_id", "Hébergeur"),
    ("libelle", "Libellé"),
    ("editeur", "Éditeur"),
    ("expire_le", "Date de fin"),
    ("adresses", "Réseaux autorisés"),
    ("appels_minute", "Appels par minute"),
    ("simultanes", "Appels en même temps"),
    ("lignes_jour", "Lignes lues par jour"),
];

/// « Par personne » of `par_personne`.
pub fn label(name: &str) -> String {
    if let Some((_, words)) = LABELS.iter().find(|(known, _)| *known == name) {
        return (*words).to_string();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What of a form its sender typed, under labels made of the names of its fields. What stands as it stood when the form was
/// opened is the row's, not theirs: it is left out.
pub fn readable(pairs: &[(String, String)]) -> Vec<(String, String)> {
    if pairs.iter().any(|(name, _)| SECRETS.contains(&name.as_str())) {
        return Vec::new();
    }
    let stood = |name: &str, text: &str| pairs.iter().any(|(known, before)| known.strip_prefix(ORIGIN) == Some(name) && before == text);
    let own = |(name, text): &&(String, String)| {
        // A reason is chosen by its number in some forms, and written in others.
        let chosen = name == "motif" && text.parse::<i64>().is_ok();
        let silent = chosen || UNSEEN.contains(&name.as_str()) || CHOSEN.contains(&name.as_str()) || name.starts_with(ORIGIN);
        !silent && !text.trim().is_empty() && !stood(name, text)
    };
    pairs.iter().filter(own).map(|(name, text)| (label(name), text.clone())).collect()
}

/// Lines of a text shown at once.
const LINES_MAX: usize = 12;

/// The part of a page that gives it back; nothing when nothing was typed.
pub fn section(typed: &[(String, String)]) -> Markup {
    if typed.is_empty() {
        return html! {};
    }
    html! {
        section class="saisi" aria-labelledby="saisi-titre" {
            h2 id="saisi-titre" { "Ce que vous aviez saisi" }
            p { "Rien n’a été enregistré. Copiez d’ici ce que vous voulez garder\u{a0}: cette page ne le garde pas." }
            @for (place, (label, text)) in typed.iter().enumerate() {
                @let id = format!("saisi-{place}");
                div class="champ" {
                    label for=(id) { (label) }
                    @if text.contains('\n') {
                        // A browser takes the first line end away: one stands before it.
                        textarea id=(id) readonly rows=(text.lines().count().clamp(2, LINES_MAX)) { "\n" (text) }
                    } @else {
                        input id=(id) type="text" readonly value=(text);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        readable(&pairs.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_was_typed_is_given_back() {
        let form =
            [("nom", "Zandronis"), ("avant.nom", "Zandronis"), ("code_postal", "97190"), ("avant.code_postal", ""), ("version", "3"), ("ville", " ")];
        assert_eq!(shown(&form), [("Code postal".to_string(), "97190".to_string())], "what nobody touched is the row's");
        assert_eq!(
            shown(&[("nom", "Rose"), ("role", "agent"), ("droits", "1.taxe.3")]),
            [("Nom".to_string(), "Rose".to_string())],
            "no code of ours"
        );
        assert_eq!(shown(&[("texte", "a"), ("code", "123456")]), [], "nothing of a form that holds a secret");
    }
}
