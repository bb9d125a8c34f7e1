//! How a file was understood, with its first lines; what a person corrects of it.

use maud::{Markup, html};

use super::apercu::premieres;
use super::colonnes::colonnes;
use super::montre::Lue;
use super::parcours;
use crate::champs::Saisie;
use crate::imports::model::{Correspondance, Import, Mode, titre};
use crate::pieces::montre;
use crate::records::Field;
use crate::sources::{Avis, ENCODAGES, Encodage, Nature};
use crate::ui::form::{error, select};
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// Separators on offer.
const SEPARATEURS: [(char, &str); 5] =
    [(';', "point-virgule"), (',', "virgule"), ('\t', "tabulation"), ('|', "barre verticale"), (':', "deux-points")];

/// The page.
pub fn lecture(lue: &Lue<'_>) -> Markup {
    let import = lue.import;
    html! {
        h1 { (titre(import, lue.genre)) }
        (parcours(1, Some(import)))
        @if let Some(erreur) = import.erreur.as_ref().filter(|_| import.question.is_some() && lue.faute.is_none()) { (notice(Tone::Warning, &html! { p { (erreur) } })) }
        @if let Some(faute) = &lue.faute { (notice(Tone::Failure, &html! { p { (faute) } })) }
        (autre(lue))
        (avis(&import.examen.doutes, Tone::Warning))
        (avis(&import.examen.avertissements, Tone::Info))
        @if lue.corrigeable { (formulaire(lue)) } @else { (lu(lue)) (premieres(lue)) }
    }
}

fn avis(avis: &[Avis], tone: Tone) -> Markup {
    html! { @if !avis.is_empty() { (notice(tone, &html! { ul { @for one in avis { li { (one.message) } } } })) } }
}

/// The kind that the file looks like, one click away.
fn autre(lue: &Lue<'_>) -> Markup {
    html! {
        @if let Some((genre, connues, ici)) = lue.autre {
            (notice(Tone::Warning, &html! {
                p {
                    "Ce fichier ressemble à «\u{a0}" (genre.titre()) "\u{a0}»\u{a0}: " (connues) " de ses colonnes y sont connues, et "
                    @match ici { 0 => "aucune", count => (count) } " dans «\u{a0}" (lue.genre.titre()) "\u{a0}»."
                }
                form method="post" action={ "/imports/" (lue.import.id) "/lecture" } {
                    button class="bouton" type="submit" name="faire" value={ "genre:" (genre.nom) } { (icon("refresh-cw")) "Le lire comme «\u{a0}" (genre.titre()) "\u{a0}»" }
                }
            }))
        }
    }
}

/// How it was read, when nothing is to be corrected any more.
fn lu(lue: &Lue<'_>) -> Markup {
    let import = lue.import;
    let lecture = &import.examen.lecture;
    html! {
        dl class="fiche" {
            div { dt { "Fichier" } dd { (import.nom) ", " (format::bytes(import.octets)) } }
            div { dt { "Nature" } dd { (lecture.nature.libelle()) } }
            @if lecture.nature == Nature::Texte {
                div { dt { "Encodage" } dd { (lecture.encodage.libelle()) } }
                div { dt { "Séparateur" } dd { (nom_de(lecture.separateur)) } }
            }
            div { dt { "Fiches qui existent" } dd { (mode_en_mots(import.mode())) } }
            @if let Some(places) = &import.complet { div { dt { "Complet pour" } dd { (places.iter().map(|code| lue.communes.iter().find(|(known, _)| known == code).map_or(code.as_str(), |(_, nom)| nom)).collect::<Vec<_>>().join(", ")) } } }
            @if let Some(profil) = &import.profil { div { dt { "Profil de lecture" } dd { (profil) } } }
        }
        p class="actions" { a class="bouton" href={ "/imports/" (import.id) "/fichier" } { (icon("download")) "Le fichier d’origine" } }
    }
}

fn mode_en_mots(mode: Mode) -> &'static str {
    Mode::TOUS.iter().find(|(known, ..)| *known == mode).map_or("", |(_, _, label, _)| label)
}

fn nom_de(separateur: char) -> String {
    SEPARATEURS.iter().find(|(sign, _)| *sign == separateur).map_or_else(|| separateur.to_string(), |(_, nom)| (*nom).to_string())
}

fn formulaire(lue: &Lue<'_>) -> Markup {
    let import = lue.import;
    html! {
        form class="import" method="post" action={ "/imports/" (import.id) "/lecture" } {
            section {
                h2 { "Comment le fichier est lu" }
                (super::profil::lu_avec(lue))
                (dialecte(import))
                p class="actions" { button class="bouton" type="submit" name="faire" value="voir" { (icon("refresh-cw")) "Voir l’effet" } }
            }
            (premieres(lue))
            section {
                h2 { "Ce que dit chaque colonne" }
                (colonnes(lue))
                (constantes(lue))
            }
            // Nothing is asked where a line changes no row.
            @if lue.genre.ecrits.is_none_or(|fields| !fields.is_empty()) { fieldset {
                legend { "Fiches qui existent déjà" }
                @for (mode, code, label, about) in Mode::TOUS {
                    div class="au-choix" {
                        input type="radio" id={ "mode-" (code) } name="mode" value=(code) checked[mode == import.mode()] aria-describedby={ "mode-" (code) "-indice" };
                        label for={ "mode-" (code) } { (label) }
                        p class="indice" id={ "mode-" (code) "-indice" } { (about) }
                    }
                }
            } }
            (complet(lue))
            (manquants(lue))
            (super::profil::promesse(lue))
            p class="actions a-portee" {
                (super::profil::verifier(lue))
                a class="bouton" href={ "/imports/" (import.id) "/fichier" } { (icon("download")) "Le fichier d’origine" }
            }
            (super::profil::a_garder(lue))
        }
        form method="post" action={ "/imports/" (import.id) "/abandon" } {
            button class="bouton" type="submit" { (icon("x")) "Abandonner cet import" }
        }
    }
}

fn dialecte(import: &Import) -> Markup {
    let (lecture, voulu) = (&import.examen.lecture, &import.voulu);
    let code = |encodage: Encodage| serde_json::to_value(encodage).ok().and_then(|value| value.as_str().map(str::to_string)).unwrap_or_default();
    let encodages: Vec<(String, String)> = ENCODAGES.iter().map(|one| (code(*one), one.libelle().to_string())).collect();
    let separateurs: Vec<(String, String)> = SEPARATEURS.iter().map(|(sign, nom)| (sign.to_string(), (*nom).to_string())).collect();
    let entete = [("oui".to_string(), "la première ligne".to_string()), ("non".to_string(), "aucune ligne".to_string())];
    html! {
        p { (lecture.nature.libelle()) ", " (format::bytes(import.octets)) ", lu ainsi\u{a0}:" }
        div class="rangee" {
            @if lecture.nature == Nature::Texte {
                (select("encodage", "Encodage", &encodages, &code(lecture.encodage), None))
                (select("separateur", "Séparateur", &separateurs, &lecture.separateur.to_string(), None))
            }
            @if !import.examen.feuilles.is_empty() {
                @let feuilles: Vec<(String, String)> = import.examen.feuilles.iter().map(|one| (one.nom.clone(), if one.masquee { format!("{} (masquée)", one.nom) } else { one.nom.clone() })).collect();
                (select("feuille", "Feuille", &feuilles, lecture.feuille.as_deref().unwrap_or_default(), None))
            }
            @if import.examen.membres.len() > 1 {
                @let membres: Vec<(String, String)> = import.examen.membres.iter().map(|one| (one.nom.clone(), montre(&one.nom))).collect();
                (select("membre", "Fichier de l’archive", &membres, lecture.membre.as_deref().unwrap_or_default(), None))
            }
            // The others say themselves what their columns are called.
            @if matches!(lecture.nature, Nature::Texte | Nature::Xlsx | Nature::Ods) {
                (select("entete", "Titres des colonnes", &entete, if lecture.entete { "oui" } else { "non" }, None))
                div class="champ" {
                    label for="titre" { "Lignes à passer avant" }
                    input id="titre" name="titre" type="text" inputmode="numeric" maxlength="5" value=(voulu.titre.unwrap_or(lecture.titre));
                }
            }
        }
    }
}

/// Values for all lines, of the fields that no column gives.
fn constantes(lue: &Lue<'_>) -> Markup {
    let map: &Correspondance = &lue.import.correspondance;
    let unfolded = |champ: &str| map.deplie.as_ref().is_some_and(|deplie| deplie.entete == champ || deplie.cellule == champ);
    let fields: Vec<_> =
        lue.genre.record.fields().filter(|field| !map.colonnes.iter().any(|name| name == field.name) && !unfolded(field.name)).collect();
    html! {
        @if !fields.is_empty() {
            details open[fields.iter().any(|field| field.required)] {
                summary { "Valeurs des champs qu’aucune colonne ne donne" }
                p class="indice" { "Elles valent pour toutes les fiches nouvelles de ce fichier. Laissez vide ce que vous ne savez pas." }
                div class="rangee" {
                    @for field in fields {
                        @let name = format!("constante-{}", field.name);
                        @let value = map.constantes.get(field.name).map_or("", String::as_str);
                        @let options: Vec<(String, String)> = match &field.saisie {
                            Saisie::Choix(known) => known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect(),
                            _ => (lue.options)(field.name),
                        };
                        @let wrong = lue.fautes.get(field.name).map(String::as_str);
                        @let hint = attendu(field);
                        @let told = wrong.map(|_| format!("{name}-erreur")).or_else(|| hint.is_some().then(|| format!("{name}-indice")));
                        div class="champ" {
                            label for=(name) { (field.label) }
                            @if field.saisie.is_choice() {
                                select id=(name) name=(name) aria-invalid=[wrong.map(|_| "true")] aria-describedby=[told] {
                                    option value="" { "(rien)" }
                                    @for (code, label) in &options { option value=(code) selected[*code == value] { (label) } }
                                }
                            } @else {
                                @if let Some(hint) = hint { p class="indice" id={ (name) "-indice" } { (hint) } }
                                input id=(name) name=(name) type="text" value=(value) maxlength=(field.saisie.longest()) aria-invalid=[wrong.map(|_| "true")] aria-describedby=[told];
                            }
                            (error(&name, wrong))
                        }
                    }
                }
            }
        }
    }
}

/// What is expected of a value that is typed: as a cell of the file would say it.
fn attendu(field: &Field) -> Option<&str> {
    match &field.saisie {
        Saisie::Fiche(_) => Some("Sa référence, son nom exact, ou ce qu’une cellule du fichier en dirait."),
        Saisie::Jour | Saisie::JourPasse => Some("Une date\u{a0}: 31/12/2026."),
        Saisie::Nombre(..) if field.hint.is_empty() => Some("Un nombre."),
        _ => Some(field.hint).filter(|hint| !hint.is_empty()),
    }
}

/// Whether the file says all the rows of a place.
fn complet(lue: &Lue<'_>) -> Markup {
    let said = lue.import.complet.as_deref().unwrap_or_default();
    let chosen = match said {
        [] => String::new(),
        [one] => one.clone(),
        _ => "*".into(),
    };
    let several = (lue.communes.len() > 1).then(|| ("*".to_string(), "toutes vos communes".to_string()));
    let options: Vec<(String, String)> = several.into_iter().chain(lue.communes.iter().cloned()).collect();
    html! {
        @if !lue.communes.is_empty() {
            fieldset {
                legend { "Fiches que le fichier ne nomme pas" }
                (select("complet", "Ce fichier est complet pour", &options, &chosen, Some("(non)")))
                p class="indice" { "Complet, la vérification dit aussi quelles fiches de ce périmètre il ne nomme pas. Elles ne sont retirées que si vous le demandez en confirmant." }
            }
        }
    }
}

fn manquants(lue: &Lue<'_>) -> Markup {
    let missing = lue.import.correspondance.manquants(lue.genre);
    html! {
        @if !missing.is_empty() {
            (notice(Tone::Warning, &html! { p {
                "Rien ne donne\u{a0}: " (missing.join(", ")) ". Choisissez la colonne qui le dit, ou donnez une valeur pour tout le fichier. Sans cela, aucune fiche nouvelle ne peut être créée\u{a0}; celles qui existent peuvent être complétées."
            } }))
        }
    }
}
