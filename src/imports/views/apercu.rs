//! The first lines of a file, as they are and as they are understood.

use maud::{Markup, html};

use super::colonnes::montrees;
use super::montre::Lue;
use crate::imports::deplie::{self, Deplieur};
use crate::imports::questions::Comprise;
use crate::imports::texte::titre_de_colonne;
use crate::sources::{Rang, Role, valeurs};
use crate::ui::message::{Tone, badge};

/// Lines shown at most: an unfolded row is several.
const LIGNES_MAX: usize = 200;
/// Signs of a cell that are shown.
const CELLULE_MAX: usize = 240;

/// A column as it is shown.
struct Colonne {
    place: usize,
    nom: String,
    /// The field that it fills, in words.
    champ: &'static str,
    /// Both, where its header is not seen.
    libelle: String,
    /// How its cells are understood.
    comprise: Option<Comprise>,
}

impl Colonne {
    fn of(lue: &Lue<'_>, vues: &[valeurs::Colonne], (place, nom, champ): (usize, String, Option<&String>)) -> Self {
        let filled = champ.map_or("", |champ| lue.genre.label(champ));
        let format = lue.import.correspondance.formats.get(&place).copied().unwrap_or_default();
        let comprise = champ.and_then(|champ| Comprise::of(lue.genre, champ, vues.get(place), format));
        let libelle = if filled.is_empty() || filled == nom { nom.clone() } else { format!("{nom} → {filled}") };
        Self { place, nom, champ: filled, libelle, comprise }
    }
}

/// The first lines as they were understood, unfolded when they are.
pub fn premieres(lue: &Lue<'_>) -> Markup {
    let (examen, map) = (&lue.import.examen, &lue.import.correspondance);
    let deplieur = Deplieur::of(examen, map);
    let champs = deplie::champs(examen, map);
    let label = |champ: &String| lue.genre.label(champ).to_string();
    // The places shown, with their names.
    let shown = montrees(lue.import).into_iter().filter(|place| !deplieur.as_ref().is_some_and(|one| one.est_depliee(*place)));
    let shown = shown.map(|place| (place, titre_de_colonne(&examen.lecture.colonnes, place)));
    let added = champs.iter().enumerate().skip(examen.lecture.colonnes.len()).map(|(place, champ)| (place, label(champ)));
    let vues = deplie::vues(examen, map);
    let columns: Vec<Colonne> = shown.chain(added).map(|(place, nom)| Colonne::of(lue, &vues, (place, nom, champs.get(place)))).collect();
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
                    @for column in &columns {
                        th scope="col" {
                            (column.nom)
                            @if !column.champ.is_empty() { br; span class="discret" { "→ " (column.champ) } }
                        }
                    }
                } }
                tbody { @for rang in &rows { (rangee(rang, &columns)) } }
            }
        }
    }
}

fn rangee(rang: &Rang, columns: &[Colonne]) -> Markup {
    let width = columns.len().max(1);
    html! {
        tr {
            th scope="row" class="nombre" data-libelle="Ligne" { (rang.ligne) }
            @if let Some(defaut) = &rang.defaut {
                td colspan=(width) data-libelle="Refus" { (badge(Tone::Failure, &defaut.code)) " " (defaut.message) }
            } @else if rang.role != Role::Donnee {
                td colspan=(width) data-libelle="Hors données" { (badge(Tone::Plain, "Pas chargée")) " " (rang.cellules.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")) }
            } @else {
                @for column in columns {
                    @let text = rang.cellules.get(column.place).map_or("", String::as_str);
                    td data-libelle=(column.libelle) {
                        (text)
                        @match column.comprise.as_ref().and_then(|one| one.dit(text, rang.sorte(column.place))) {
                            Some(Ok(lue)) => { br; span class="compris" { "= " (lue) } },
                            Some(Err(())) => { br; span class="compris illisible" { "ne se lit pas" } },
                            None => {},
                        }
                    }
                }
            }
        }
    }
}
