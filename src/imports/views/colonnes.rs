//! What each column of a file fills, and what is asked of its values.

use maud::{Markup, html};

use super::montre::Lue;
use crate::imports::deplie::{self, DEPLIEE};
use crate::imports::model::{A_PART, Import};
use crate::imports::opposees;
use crate::imports::questions::{self, Question, question};
use crate::imports::suggestions::proche;
use crate::imports::texte::titre_de_colonne;
use crate::sources::valeurs::Colonne;
use crate::sources::{Rang, Role};
use crate::ui::form::{error, select};
use crate::ui::format;

/// Columns offered to be mapped at most: the others are not read.
pub const COLONNES_MAX: usize = 120;
/// Values of a column that are shown.
const EXEMPLES: usize = 3;

/// The columns that are shown, by their places: one without a name, of which the first lines hold nothing, is what stands between two
/// others of a sheet.
pub fn montrees(import: &Import) -> Vec<usize> {
    let names = &import.examen.lecture.colonnes;
    let held = |place: usize| import.examen.premieres.iter().any(|rang| rang.cellules.get(place).is_some_and(|cell| !cell.trim().is_empty()));
    let read = |place: usize| import.correspondance.colonnes.get(place).is_some_and(|champ| !champ.is_empty());
    (0..names.len()).filter(|place| !names[*place].trim().is_empty() || read(*place) || held(*place)).take(COLONNES_MAX).collect()
}

/// The columns of the file, each with the field that it fills and what is asked of its values.
pub fn colonnes(lue: &Lue<'_>) -> Markup {
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
                    @for place in montrees(import) {
                        @let choisi = import.correspondance.colonnes.get(place).map_or("", String::as_str);
                        @let nom = titre_de_colonne(names, place);
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
                                        (demande(lue, place, &asked))
                                    }
                                    @if choisi.is_empty() { @if let Some(proche) = proche(genre, &nom, &valeurs(&import.examen.premieres, place)).filter(|champ| !import.correspondance.colonnes.iter().any(|taken| taken == champ)) { p class="indice" { "Serait-ce «\u{a0}" (genre.label(proche)) "\u{a0}»\u{a0}?" } } }
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
                    @for place in [columns, columns + 1] { @if let Some(asked) = vues.get(place).and_then(|vue| question(import, genre, place, vue)) { (demande(lue, place, &asked)) } }
                }
            }
        }
    }
}

/// What the data of a column do not decide, with what each answer makes of them.
fn demande(lue: &Lue<'_>, place: usize, asked: &Question) -> Markup {
    let name = format!("{}-{place}", asked.nom());
    let chosen = asked.repondu();
    let missing = asked.open() && lue.faute.is_some();
    let deduced = lue.import.correspondance.formats.get(&place).is_some_and(|format| format.deduit);
    let proof = deduced.then(|| questions::d_apres(lue.import, lue.genre)).flatten();
    let told = format!("{name}-{}", if missing { "erreur" } else { "indice" });
    html! {
        div class="champ" {
            label for=(name) { "Ces valeurs se lisent de deux façons" }
            select id=(name) name=(name) aria-invalid=[missing.then_some("true")] aria-describedby=[(missing || proof.is_some()).then_some(told)] {
                option value="" { "(à dire)" }
                @for (code, label) in asked.reponses() { option value=(code) selected[code == chosen] { (label) } }
            }
            @if let Some(label) = proof { p class="indice" id={ (name) "-indice" } { "D’après «\u{a0}" (label) "\u{a0}», dont les dates ne se lisent qu’ainsi." } }
            (error(&name, missing.then_some("Dites laquelle est la bonne.")))
        }
    }
}

/// The first different values of a column.
fn valeurs(rangs: &[Rang], place: usize) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::new();
    let cells = rangs.iter().filter(|rang| rang.role == Role::Donnee).filter_map(|rang| rang.cellules.get(place));
    for cell in cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) {
        if seen.len() < EXEMPLES && !seen.contains(&cell) {
            seen.push(cell);
        }
    }
    seen
}

/// The same, to be shown.
fn exemples(rangs: &[Rang], place: usize) -> String {
    let seen = valeurs(rangs, place);
    if seen.is_empty() {
        "vide".into()
    } else {
        seen.iter().map(|cell| cell.chars().take(40).collect::<String>()).collect::<Vec<_>>().join("\u{a0}; ")
    }
}
