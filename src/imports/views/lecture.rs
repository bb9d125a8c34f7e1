//! How a file was understood, with its first lines; what a person corrects of it.

use maud::{Markup, html};

use super::montre::Lue;
use super::parcours;
use crate::champs::Saisie;
use crate::imports::deplie::{self, DEPLIEE, Deplieur};
use crate::imports::lecture::{Question, question};
use crate::imports::model::{A_PART, Correspondance, Import, Mode, titre};
use crate::imports::opposees;
use crate::pieces::montre;
use crate::sources::valeurs::{Colonne, Ordre};
use crate::sources::{Avis, ENCODAGES, Encodage, Nature, Rang, Role};
use crate::ui::form::select;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};

/// Columns offered to be mapped at most: the others are not read.
pub const COLONNES_MAX: usize = 120;
/// Lines shown at most: an unfolded row is several.
const LIGNES_MAX: usize = 200;
/// Signs of a cell that are shown.
const CELLULE_MAX: usize = 240;
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
        (avis(&import.examen.doutes, Tone::Warning))
        (avis(&import.examen.avertissements, Tone::Info))
        @if lue.corrigeable { (formulaire(lue)) } @else { (lu(lue)) }
        (premieres(lue))
    }
}

fn avis(avis: &[Avis], tone: Tone) -> Markup {
    html! { @if !avis.is_empty() { (notice(tone, &html! { ul { @for one in avis { li { (one.message) } } } })) } }
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
            p class="actions" {
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
            (select("entete", "Titres des colonnes", &entete, if lecture.entete { "oui" } else { "non" }, None))
            div class="champ" {
                label for="titre" { "Lignes à passer avant" }
                input id="titre" name="titre" type="text" inputmode="numeric" maxlength="5" value=(voulu.titre.unwrap_or(lecture.titre));
            }
        }
    }
}

fn colonnes(lue: &Lue<'_>) -> Markup {
    let (import, genre) = (lue.import, lue.genre);
    let names = &import.examen.lecture.colonnes;
    let champs: Vec<(&str, &str)> = genre.champs().collect();
    let vues = deplie::vues(&import.examen, &import.correspondance);
    html! {
        section class="defile" tabindex="0" aria-labelledby="titre-colonnes" {
            table class="liste" {
                caption id="titre-colonnes" { "Colonnes du fichier, et le champ que chacune remplit" }
                thead { tr { th scope="col" { "Colonne" } th scope="col" { "Exemples" } th scope="col" { "Champ" } } }
                tbody {
                    @for (place, nom) in names.iter().enumerate().take(COLONNES_MAX) {
                        @let choisi = import.correspondance.colonnes.get(place).map_or("", String::as_str);
                        tr {
                            th scope="row" data-libelle="Colonne" id={ "colonne-" (place) "-nom" } { (nom) }
                            td data-libelle="Exemples" { (exemples(&import.examen.premieres, place)) }
                            td data-libelle="Champ" {
                                @if nom.starts_with(A_PART) { span class="discret" { "ajoutée par Gardel\u{a0}: pas lue" } }
                                @else {
                                    select name={ "colonne-" (place) } aria-labelledby={ "colonne-" (place) "-nom" } {
                                        option value="" { "Ne pas lire" }
                                        option value=(DEPLIEE) selected[choisi == DEPLIEE] { "(à déplier en lignes)" }
                                        @for (champ, label) in &champs { option value=(champ) selected[*champ == choisi] { (label) } }
                                    }
                                    @if let Some(asked) = vues.get(place).and_then(|vue| question(import, genre, place, vue)) {
                                        (demande(place, &asked))
                                    }
                                    @if choisi.is_empty() { @if let Some(proche) = genre.proche(nom) { p class="indice" { "Serait-ce «\u{a0}" (genre.label(proche)) "\u{a0}»\u{a0}?" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if opposees::deux(genre, &import.examen, &import.correspondance).is_some() {
            div class="champ" {
                label class="case" {
                    input type="checkbox" name="ordres-opposes" value="oui" checked[import.correspondance.ordres_opposes];
                    " Les dates de ce fichier sont bien écrites de deux façons"
                }
            }
        }
        (depliees(lue, &vues))
        @if names.len() > COLONNES_MAX {
            p { "Ce fichier a " (format::integer(i64::try_from(names.len()).unwrap_or(i64::MAX))) " colonnes\u{a0}: les " (COLONNES_MAX) " premières sont proposées, les autres ne sont pas lues." }
        }
    }
}

/// What the columns that become lines fill.
fn depliees(lue: &Lue<'_>, vues: &[Colonne]) -> Markup {
    let (import, genre) = (lue.import, lue.genre);
    let map = &import.correspondance;
    let deplie = map.deplie.clone().unwrap_or_default();
    // What the record has, and what fields follow from: nights give a departure.
    let all = genre.record.fields().chain(genre.apports.iter());
    let fields: Vec<(String, String)> = all.map(|field| (field.name.to_string(), field.label.to_string())).collect();
    let columns = import.examen.lecture.colonnes.len();
    html! {
        details open[map.deplie.is_some()] {
            summary { "Colonnes à déplier en lignes" }
            p class="indice" { "Pour un tableau large, de janvier à décembre par exemple\u{a0}: choisissez «\u{a0}(à déplier en lignes)\u{a0}» devant chacune de ces colonnes. Chaque cellule remplie fait une ligne." }
            div class="rangee" {
                (select("deplie-entete", "Le titre de la colonne remplit", &fields, &deplie.entete, Some("(à dire)")))
                div class="champ" {
                    label for="deplie-ajout" { "Mots à ajouter après le titre" }
                    p class="indice" id="deplie-ajout-indice" { "L’année, si les titres sont des mois." }
                    input id="deplie-ajout" name="deplie-ajout" type="text" value=(deplie.ajout) maxlength="40" aria-describedby="deplie-ajout-indice";
                }
                (select("deplie-cellule", "La cellule remplit", &fields, &deplie.cellule, Some("(à dire)")))
                @if map.deplie.is_some() {
                    @for place in [columns, columns + 1] { @if let Some(asked) = vues.get(place).and_then(|vue| question(import, genre, place, vue)) { (demande(place, &asked)) } }
                }
            }
        }
    }
}

/// What the data of a column do not decide.
fn demande(place: usize, asked: &Question) -> Markup {
    let code =
        |value: Result<serde_json::Value, serde_json::Error>| value.ok().and_then(|value| value.as_str().map(str::to_string)).unwrap_or_default();
    let (name, options, chosen) = match asked {
        Question::Dates(chosen) => {
            let all = [(Ordre::JourMois, "le jour, puis le mois"), (Ordre::MoisJour, "le mois, puis le jour")];
            let options: Vec<(String, String)> = all.iter().map(|(ordre, label)| (code(serde_json::to_value(ordre)), (*label).to_string())).collect();
            (format!("dates-{place}"), options, chosen.map(|ordre| code(serde_json::to_value(ordre))))
        }
        Question::Nombres(chosen, all) => {
            let options = all.iter().map(|one| (code(serde_json::to_value(one)), one.libelle().to_string())).collect();
            (format!("nombres-{place}"), options, chosen.map(|one| code(serde_json::to_value(one))))
        }
    };
    select(&name, "Ces valeurs se lisent de deux façons", &options, chosen.as_deref().unwrap_or_default(), Some("(à dire)"))
}

/// The first different values of a column.
fn exemples(rangs: &[Rang], place: usize) -> String {
    let mut seen: Vec<String> = Vec::new();
    for cell in rangs.iter().filter(|rang| rang.role == Role::Donnee).filter_map(|rang| rang.cellules.get(place)) {
        let cell: String = cell.trim().chars().take(40).collect();
        if !cell.is_empty() && !seen.contains(&cell) {
            seen.push(cell);
        }
        if seen.len() == 3 {
            break;
        }
    }
    if seen.is_empty() { "vide".into() } else { seen.join("\u{a0}; ") }
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
                        @let options = (lue.options)(field.name);
                        @if let Saisie::Choix(known) = &field.saisie {
                            @let known: Vec<(String, String)> = known.iter().map(|(code, label, _)| ((*code).to_string(), (*label).to_string())).collect();
                            (select(&name, field.label, &known, value, Some("(rien)")))
                        } @else if field.saisie.is_choice() {
                            (select(&name, field.label, &options, value, Some("(rien)")))
                        } @else {
                            div class="champ" {
                                label for=(name) { (field.label) }
                                input id=(name) name=(name) type="text" value=(value) maxlength=(field.saisie.longest());
                            }
                        }
                    }
                }
            }
        }
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
                "Rien ne donne\u{a0}: " (missing.join(", ")) ". Sans cela, aucune fiche nouvelle ne peut être créée\u{a0}; celles qui existent peuvent être complétées."
            } }))
        }
    }
}

/// The first lines as they were understood, unfolded when they are.
fn premieres(lue: &Lue<'_>) -> Markup {
    let (examen, map) = (&lue.import.examen, &lue.import.correspondance);
    let deplieur = Deplieur::of(examen, map);
    let champs = deplie::champs(examen, map);
    let label = |champ: &String| lue.genre.label(champ).to_string();
    // The places shown, with their names.
    let shown =
        examen.lecture.colonnes.iter().cloned().enumerate().filter(|(place, _)| !deplieur.as_ref().is_some_and(|one| one.est_depliee(*place)));
    let added = champs.iter().enumerate().skip(examen.lecture.colonnes.len()).map(|(place, champ)| (place, label(champ)));
    let columns: Vec<(usize, String)> = shown.take(COLONNES_MAX).chain(added).collect();
    // Cut to what is shown before anything is unfolded.
    let first = examen.premieres.iter().map(|rang| rang.abrege(CELLULE_MAX));
    let rows: Vec<Rang> = match &deplieur {
        Some(deplieur) => first.flat_map(|rang| deplieur.deplie(rang, |_| true)).take(LIGNES_MAX).collect(),
        None => first.take(LIGNES_MAX).collect(),
    };
    html! {
        section id="effet" class="defile" tabindex="0" aria-labelledby="titre-premieres" {
            table class="liste" {
                caption id="titre-premieres" {
                    @if examen.entier { "Toutes les lignes du fichier, comme elles sont lues" } @else { "Les premières lignes du fichier, comme elles sont lues" }
                }
                thead { tr {
                    th scope="col" class="nombre" { "Ligne" }
                    @for (place, nom) in &columns {
                        th scope="col" {
                            (nom)
                            @if let Some(champ) = champs.get(*place).filter(|champ| !champ.is_empty()) { br; span class="discret" { "→ " (lue.genre.label(champ)) } }
                        }
                    }
                } }
                tbody { @for rang in &rows { (rangee(rang, &columns)) } }
            }
        }
    }
}

fn rangee(rang: &Rang, columns: &[(usize, String)]) -> Markup {
    let width = columns.len().max(1);
    html! {
        tr {
            th scope="row" class="nombre" data-libelle="Ligne" { (rang.ligne) }
            @if let Some(defaut) = &rang.defaut {
                td colspan=(width) data-libelle="Refus" { (badge(Tone::Failure, &defaut.code)) " " (defaut.message) }
            } @else if rang.role != Role::Donnee {
                td colspan=(width) data-libelle="Hors données" { (badge(Tone::Plain, "Pas chargée")) " " (rang.cellules.join(" ")) }
            } @else {
                @for (place, nom) in columns {
                    td data-libelle=(nom) { (rang.cellules.get(*place).map_or("", String::as_str)) }
                }
            }
        }
    }
}
