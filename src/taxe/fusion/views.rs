//! The pages of a merge: which other file, then both side by side.

use maud::{Markup, html};

use super::model::{Hote, PARTS, Part, refus};
use super::queries::Autre;
use crate::platform::http::Address;
use crate::taxe::hebergeurs::TYPES;
use crate::taxe::ressemblance::Alike;
use crate::taxe::{HEBERGEURS, LOGEMENTS};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};
use crate::ui::{format, siret};

/// Title of both pages.
pub const TITLE: &str = "Fusionner deux fiches";

/// Lodgings are told by their number.
fn lodgings(hote: &Hote) -> String {
    if hote.ailleurs == 0 {
        return LOGEMENTS.counted(hote.logements);
    }
    format!("{}, et {} hors de votre périmètre", LOGEMENTS.counted(hote.logements), format::integer(hote.ailleurs))
}

pub fn link(id: i64) -> Markup {
    html! { a class="bouton" id="f-fusionner" href={ "/hebergeurs/" (id) "/fusion" } { (icon("merge")) "Fusionner" } }
}

fn trail(hote: &Hote) -> Markup {
    HEBERGEURS.trail(&[(&HEBERGEURS.row(hote.id), hote.nom())], "Fusionner")
}

/// The page where `other` is merged into `kept`.
fn merging(kept: i64, other: i64) -> Address {
    HEBERGEURS.page(format_args!("{kept}/fusion")).with("avec", other)
}

/// Which other file: those that look like this one, or one that is looked for.
pub fn choose(kept: &Hote, alike: &[Alike], typed: &str, found: Option<&[(i64, String, String)]>) -> Markup {
    let address = |id: i64| merging(kept.id, id);
    html! {
        (trail(kept))
        h1 { "Fusionner la fiche de " (kept.nom()) }
        p { "Deux fiches du même hébergeur n’en font plus qu’une\u{a0}: ses logements et leurs séjours se retrouvent sur la fiche gardée, l’autre est archivée. Rien n’est fait avant que vous ayez comparé les deux." }
        form class="recherche-fiche" method="get" action={ "/hebergeurs/" (kept.id) "/fusion" } {
            div class="champ" {
                label for="autre" { "L’autre fiche" }
                p class="indice" id="autre-indice" { "Son numéro, ou son nom" }
                input id="autre" name="autre" type="search" value=(typed) maxlength="120" autocomplete="off" aria-describedby="autre-indice";
            }
            button class="bouton" type="submit" { (icon("search")) "Chercher" }
        }
        @if let Some(found) = found {
            section aria-labelledby="trouvees" {
                h2 id="trouvees" { "Ce qui répond à «\u{a0}" (typed) "\u{a0}»" }
                @if found.is_empty() { p { "Aucune autre fiche de votre périmètre ne répond à ces mots. Essayez son numéro, ou un seul mot de son nom." } }
                ul { @for (id, numero, nom) in found { li { a href=(address(*id)) { (nom) } " (" span class="code" { (numero) } ")" } } }
            }
        }
        section aria-labelledby="ressemblent" {
            h2 id="ressemblent" { "Fiches qui lui ressemblent" }
            @if alike.is_empty() { p { "Aucune fiche de votre périmètre n’a le même SIRET, le même courriel, le même téléphone ni un nom proche." } }
            ul { @for one in alike { li { a href=(address(one.id)) { (one.nom) } " (" span class="code" { (one.numero) } ")\u{a0}: " (one.why) } } }
        }
        p class="actions" { a class="bouton" href={ "/hebergeurs/" (kept.id) } { "Annuler" } }
    }
}

/// Two files to be compared.
pub struct Comparison<'a> {
    pub kept: &'a Hote,
    pub other: &'a Hote,
    /// Whether the other's value is the one chosen for a part.
    pub chosen: &'a dyn Fn(&Part) -> bool,
    /// What went wrong.
    pub above: Option<&'a str>,
}

/// A part as people read it.
fn in_words(hote: &Hote, part: &Part) -> String {
    let value = |column: &str| hote.value(column).unwrap_or_default().to_string();
    let words: Vec<String> = match part.name {
        "type" => {
            let label = TYPES.iter().find(|(code, ..)| Some(*code) == hote.value("type")).map_or("", |(_, label, _)| *label);
            vec![label.to_string(), siret::in_groups(&value("siret")).into_owned()]
        }
        "inscrit_le" => vec![value("inscrit_le").parse().map_or_else(|_| String::new(), format::date)],
        "adresse" => vec![value("adresse"), format!("{} {}", value("code_postal"), value("ville")).trim().to_string()],
        other => vec![value(other)],
    };
    words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Both files side by side, and what is kept of each.
pub fn compare(comparison: &Comparison<'_>) -> Markup {
    let Comparison { kept, other, chosen, above } = comparison;
    let refused = refus(kept, other);
    html! {
        (trail(kept))
        h1 { "Fusionner deux fiches" }
        @match (above, refused) {
            (Some(sentence), _) => (notice(Tone::Warning, &html! { p role="alert" { (sentence) } })),
            (None, Some(refus)) => (notice(Tone::Warning, &html! { p role="alert" { (refus.sentence()) } })),
            (None, None) => {}
        }
        form method="post" action={ "/hebergeurs/" (kept.id) "/fusion" } {
            input type="hidden" name="avec" value=(other.id);
            input type="hidden" name="version" value=(kept.version);
            input type="hidden" name="version_avec" value=(other.version);
            div class="comparaison" {
                div class="comparaison-tete" {
                    p { strong { "Fiche gardée" } br; a href={ "/hebergeurs/" (kept.id) } { (kept.nom()) } " " span class="code" { (kept.numero) } br; (lodgings(kept)) }
                    p { strong { "Fiche absorbée, puis archivée" } br; a href={ "/hebergeurs/" (other.id) } { (other.nom()) } " " span class="code" { (other.numero) } br; (lodgings(other)) }
                }
                @for part in PARTS {
                    @let (mine, theirs) = (in_words(kept, part), in_words(other, part));
                    @if kept.agrees(other, part) {
                        div class="comparaison-part" { p class="libelle" { (part.label) } p { (shown(&mine)) " " span class="discret" { "(les deux disent la même chose)" } } }
                    } @else {
                        fieldset class="comparaison-part" {
                            legend { (part.label) }
                            (choice(part, "gardee", &mine, !chosen(part)))
                            (choice(part, "absorbee", &theirs, chosen(part)))
                        }
                    }
                }
            }
            @if refused.is_none() {
                p { (sentence(kept, other)) }
            }
            p class="actions" {
                @if refused.is_none() { button class="bouton principal" type="submit" { (icon("merge")) "Fusionner" } }
                @if kept.id != other.id { a class="bouton" href=(merging(other.id, kept.id)) { "Garder plutôt l’autre fiche" } }
                a class="bouton" href={ "/hebergeurs/" (kept.id) } { "Annuler" }
            }
        }
    }
}

fn shown(words: &str) -> Markup {
    html! { @if words.is_empty() { span class="discret" { "non renseigné" } } @else { (words) } }
}

fn choice(part: &Part, of: &str, words: &str, checked: bool) -> Markup {
    html! { label class="case" { input type="radio" name=(part.name) value=(of) checked[checked]; " " (shown(words)) } }
}

/// What will happen.
fn sentence(kept: &Hote, other: &Hote) -> String {
    let moved = match other.logements {
        0 => "Elle n’a pas de logement.".into(),
        1 => format!("Son logement et tous ses séjours passent à {}.", kept.nom()),
        several => format!("Ses {} et tous leurs séjours passent à {}.", LOGEMENTS.counted(several), kept.nom()),
    };
    let past = match other.anciens {
        0 => "",
        1 => " Les séjours qu’elle doit d’un ancien logement passent aussi.",
        _ => " Les séjours qu’elle doit de ses anciens logements passent aussi.",
    };
    format!(
        "La fiche {} est archivée et mène à celle que vous gardez. {moved}{past} {} Les montants ne changent pas. Vous pourrez annuler la fusion.",
        other.numero,
        added(other)
    )
}

/// What stays on the file that is absorbed.
fn added(other: &Hote) -> String {
    let counted = |count: i64, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{} {several}", format::integer(more))),
    };
    let what: Vec<String> =
        [counted(other.notes, "note", "notes"), counted(other.pieces, "pièce jointe", "pièces jointes")].into_iter().flatten().collect();
    match what.as_slice() {
        [] => "Elle n’a ni note ni pièce jointe.".into(),
        what => {
            let stay = if other.notes + other.pieces == 1 { "reste" } else { "restent" };
            format!("{} {stay} sur sa fiche, que la fiche gardée nomme.", what.join(" et "))
        }
    }
}

/// What the file of a host says of the merges that it is part of.
pub fn told(id: i64, into: Option<&Autre>, absorbed: &[Autre]) -> Markup {
    html! {
        @if let Some(other) = into {
            (notice(Tone::Info, &html! {
                p {
                    strong { "Fondue dans la fiche de " a href={ "/hebergeurs/" (other.id) } { (other.nom) } } " (" span class="code" { (other.numero) } "), "
                    (format::instant(other.faite_le)) @if let Some(who) = &other.par { ", par " (who) } "."
                }
                form class="en-ligne" method="post" action={ "/hebergeurs/" (id) "/fusion/annulation" } { button class="bouton" type="submit" { (icon("undo-2")) "Annuler la fusion" } }
            }))
        }
        @if !absorbed.is_empty() {
            p class="discret" {
                "Fiches fondues dans celle-ci\u{a0}: "
                @for (rank, other) in absorbed.iter().enumerate() { @if rank > 0 { ", " } a href={ "/hebergeurs/" (other.id) } { (other.nom) } " (" span class="code" { (other.numero) } ")" } "."
            }
        }
    }
}
