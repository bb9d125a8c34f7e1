//! The notes and the files of a row, on its page and on theirs.

use maud::{Markup, html};

use super::contenu::Contenu;
use super::model::{Note, PIECES_MAX, Piece, RETIRE_JOURS, SHOWN, TEXTE_MAX, is_token};
use super::nature::{ACCEPT, ACCEPTES, Nature};
use super::queries::Seen;
use super::reception::{ENVOI_FICHIERS_MAX, ENVOI_MIO_MAX, FICHIER_MIO_MAX};
use crate::records::Record;
use crate::ui::form::error;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// What was typed in the form of a note, shown again.
#[derive(Default)]
pub struct Typed<'a> {
    pub texte: &'a str,
    /// What tells this form from another; a new one when there is none.
    pub jeton: Option<&'a str>,
    pub error: Option<&'a str>,
}

/// Letters of a removed note that say which one it was.
const EXCERPT: usize = 60;

/// The way from the list to a page of row `id`.
pub fn trail(record: &Record, id: i64, name: &str, here: &str) -> Markup {
    record.list.trail(&[(&record.list.row(id), name)], here)
}

/// Both parts on the page of the row: the last ones, and the way to the others. `back` is that page, with the list that
/// the person came from.
pub fn sections(content: &Contenu, back: &str) -> Markup {
    let shown = Shown { content, back, most: SHOWN, unfolded: false };
    html! { (notes(&shown, &Typed::default())) (pieces(&shown)) }
}

/// Both parts, whole.
pub fn all(content: &Contenu, typed: &Typed<'_>) -> Markup {
    let back = format!("/{}/{}/notes", content.record.list.name, content.id);
    let shown = Shown { content, back: &back, most: usize::MAX, unfolded: true };
    html! { (notes(&shown, typed)) (pieces(&shown)) }
}

/// What is shown, where one comes back, and how much of it.
struct Shown<'a> {
    content: &'a Contenu,
    back: &'a str,
    most: usize,
    unfolded: bool,
}

impl Shown<'_> {
    /// The address of what may be done here.
    fn address(&self) -> String {
        format!("/{}/{}", self.content.record.list.name, self.content.id)
    }

    /// The way to all of them, when only some are shown.
    fn more(&self, count: usize, anchor: &str, words: &str) -> Markup {
        html! { @if count > self.most { p { a href={ (self.address()) "/notes#" (anchor) } { "Voir les " (count) " " (words) } } } }
    }
}

fn counted(words: &str, count: usize) -> Markup {
    html! { (words) @if count > 0 { " (" (format::integer(i64::try_from(count).unwrap_or(i64::MAX))) ")" } }
}

fn notes(shown: &Shown<'_>, typed: &Typed<'_>) -> Markup {
    let content = shown.content;
    let (kept, removed): (Vec<&Note>, Vec<&Note>) = content.notes.iter().partition(|note| note.retire_le.is_none());
    let mine: Vec<&Note> = removed.into_iter().filter(|note| note.is_of(&content.reader)).collect();
    html! {
        section class="ajouts" id="notes" {
            h2 { (counted("Notes", kept.len())) }
            @if !kept.is_empty() {
                ol class="notes" { @for note in kept.iter().take(shown.most) { (one_note(shown, note)) } }
                (shown.more(kept.len(), "notes", "notes"))
            }
            @if kept.is_empty() && !content.may_write() { p class="discret" { "Aucune note." } }
            @if content.may_write() { details class="a-l-ecran" open[shown.unfolded] {
                summary { (icon("pencil")) "Écrire une note" }
                form method="post" action={ (shown.address()) "/notes" } data-fiche="oui" {
                    @let jeton = typed.jeton.filter(|jeton| is_token(jeton)).unwrap_or(&content.jetons[0]);
                    input type="hidden" name="jeton" value=(jeton);
                    input type="hidden" name="retour" value=(shown.back);
                    (text_field("Votre note", typed.texte, typed.error))
                    p class="actions" { button class="bouton principal" type="submit" { "Enregistrer la note" } }
                }
            } }
            @if content.may_write() && !mine.is_empty() {
                details class="a-l-ecran" {
                    summary { (counted("Vos notes retirées", mine.len())) }
                    ul class="retires" {
                        @for note in mine {
                            @let excerpt: String = note.texte.chars().take(EXCERPT).collect();
                            @let word = format!("la note du {}", format::instant(note.cree_le));
                            li { span { (excerpt) @if note.texte.chars().count() > EXCERPT { "…" } } (restore::<Note>(shown, "notes", Seen { id: note.id, version: note.version }, &word)) }
                        }
                    }
                }
            }
        }
    }
}

/// The field of a text of several lines.
fn text_field(label: &str, value: &str, wrong: Option<&str>) -> Markup {
    let described = if wrong.is_some() { "texte-indice texte-erreur" } else { "texte-indice" };
    html! {
        div class={ "champ large" (if wrong.is_some() { " en-erreur" } else { "" }) } {
            label for="texte" { (label) }
            p class="indice" id="texte-indice" {
                "Lue par tous ceux qui voient cette fiche ; une personne qui demande ses données peut la lire aussi. " (format::integer(i64::try_from(TEXTE_MAX).unwrap_or(i64::MAX))) " caractères au plus."
            }
            // The line break after the tag is eaten by the browser: the first one of the text is then its own.
            textarea id="texte" name="texte" rows="4" maxlength=(TEXTE_MAX) required autocomplete="off" aria-describedby=(described) aria-invalid=[wrong.map(|_| "true")] { "\n" (value) }
            (error("texte", wrong))
        }
    }
}

fn one_note(shown: &Shown<'_>, note: &Note) -> Markup {
    let word = format!("la note de {} du {}", note.auteur, format::instant(note.cree_le));
    html! {
        li id={ "note-" (note.id) } {
            p class="qui" {
                strong { (note.auteur) } ", " time datetime=(note.cree_le.to_rfc3339()) { (format::instant(note.cree_le)) }
                @if note.corrected() { ", corrigée le " time datetime=(note.modifie_le.to_rfc3339()) { (format::instant(note.modifie_le)) } }
            }
            p class="texte" dir="auto" { (note.texte) }
            @if shown.content.may_write() && note.is_of(&shown.content.reader) {
                div class="actions" {
                    a class="bouton" href={ (shown.address()) "/notes/" (note.id) } { (icon("pencil")) "Corriger" span class="visuellement-cache" { " " (word) } }
                    (remove(shown, "notes", Seen { id: note.id, version: note.version }, &word))
                }
            }
        }
    }
}

fn remove(shown: &Shown<'_>, kind: &str, seen: Seen, word: &str) -> Markup {
    html! {
        form class="en-ligne" method="post" action={ (shown.address()) "/" (kind) "/" (seen.id) "/suppression" } {
            input type="hidden" name="version" value=(seen.version);
            input type="hidden" name="retour" value=(shown.back);
            button class="bouton" type="submit" { (icon("trash")) "Retirer" span class="visuellement-cache" { " " (word) } }
        }
    }
}

fn restore<T: super::queries::Thing>(shown: &Shown<'_>, kind: &str, seen: Seen, word: &str) -> Markup {
    html! {
        form class="en-ligne" method="post" action={ (shown.address()) "/" (kind) "/" (seen.id) "/retablissement" } {
            input type="hidden" name="jeton" value=(shown.content.way_back::<T>(seen));
            input type="hidden" name="retour" value=(shown.back);
            button class="bouton" type="submit" { "Rétablir" span class="visuellement-cache" { " " (word) } }
        }
    }
}

fn pieces(shown: &Shown<'_>) -> Markup {
    let content = shown.content;
    let (kept, removed): (Vec<&Piece>, Vec<&Piece>) = content.pieces.iter().partition(|piece| piece.retire_le.is_none());
    let back: Vec<&Piece> = removed.into_iter().filter(|piece| content.may_write() && piece.may_remove(&content.reader, &content.places)).collect();
    html! {
        section class="ajouts" id="pieces-jointes" {
            h2 { (counted("Pièces jointes", kept.len())) }
            @if !kept.is_empty() {
                ul class="pieces" { @for piece in kept.iter().take(shown.most) { (one_piece(shown, piece)) } }
                (shown.more(kept.len(), "pieces-jointes", "pièces jointes"))
            }
            @if kept.is_empty() && !content.may_write() { p class="discret" { "Aucune pièce jointe." } }
            @if content.may_write() { details class="a-l-ecran" open[shown.unfolded] {
                summary { (icon("plus")) "Joindre des fichiers" }
                form method="post" action={ (shown.address()) "/pieces" } enctype="multipart/form-data" {
                    input type="hidden" name="jeton" value=(content.jetons[1]);
                    input type="hidden" name="retour" value=(shown.back);
                    div class="champ large" {
                        label for="fichiers" { "Fichiers" }
                        p class="indice" id="fichiers-indice" {
                            (ACCEPTES) ". " (FICHIER_MIO_MAX) " Mio par fichier, " (ENVOI_FICHIERS_MAX) " fichiers et " (ENVOI_MIO_MAX) " Mio par envoi, " (PIECES_MAX) " fichiers par fiche."
                        }
                        input id="fichiers" name="fichiers" type="file" multiple required accept=(ACCEPT) aria-describedby="fichiers-indice";
                    }
                    p class="actions" { button class="bouton principal" type="submit" { "Joindre" } }
                }
            } }
            @if !back.is_empty() {
                details class="a-l-ecran" {
                    summary { (counted("Pièces jointes retirées", back.len())) }
                    p class="indice" { "Elles se rétablissent pendant " (RETIRE_JOURS) " jours, puis leurs fichiers sont effacés." }
                    ul class="retires" {
                        @for piece in back { li { span { bdi { (piece.nom) } } (restore::<Piece>(shown, "pieces", Seen { id: piece.id, version: piece.version }, &piece.nom)) } }
                    }
                }
            }
        }
    }
}

fn one_piece(shown: &Shown<'_>, piece: &Piece) -> Markup {
    html! {
        li id={ "piece-" (piece.id) } {
            div {
                a href={ (shown.address()) "/pieces/" (piece.id) } { (icon("download")) bdi { (piece.nom) } }
                p class="qui" {
                    (piece.nature().map_or("Fichier", Nature::label)) ", " (format::bytes(piece.octets)) ", " strong { (piece.auteur) } ", "
                    time datetime=(piece.cree_le.to_rfc3339()) { (format::instant(piece.cree_le)) }
                }
            }
            @if shown.content.may_write() && piece.may_remove(&shown.content.reader, &shown.content.places) { (remove(shown, "pieces", Seen { id: piece.id, version: piece.version }, &piece.nom)) }
        }
    }
}

/// The form of a note that is corrected: key and version of the note, what is typed and what is wrong with it.
pub fn correction(address: &str, (id, version): (i64, i32), (texte, wrong): (&str, Option<&str>), back: &str) -> Markup {
    html! {
        form method="post" action={ (address) "/notes/" (id) } data-fiche="oui" {
            input type="hidden" name="version" value=(version);
            input type="hidden" name="retour" value=(back);
            (text_field("Votre note", texte, wrong))
            p class="actions" {
                button class="bouton principal" type="submit" { "Enregistrer la note" }
                a class="bouton" href=(back) { "Revenir sans enregistrer" }
            }
        }
    }
}

/// Both texts of a note that was corrected in two windows.
pub fn clash(now: &Note, mine: &str) -> Markup {
    html! {
        (notice(Tone::Warning, &html! {
            p { strong { "Cette note a été corrigée entre-temps" } ", le " (format::instant(now.modifie_le)) "." }
            p { "Rien n’est encore enregistré. Votre texte est dans le champ : « Enregistrer la note » le met à la place de l’autre." }
        }))
        dl class="versions" {
            div { dt { "Le vôtre" } dd class="texte" { (mine) } }
            div { dt { "Enregistré" } dd class="texte" { (now.texte) } }
        }
    }
}

/// Why nothing was attached: a sentence for each file.
pub fn refused(why: &[String]) -> Markup {
    html! {
        div class="message erreur" role="alert" tabindex="-1" data-focus="oui" {
            (icon("circle-x"))
            div {
                p { strong { "Rien n’a été joint" } }
                ul { @for sentence in why { li { (sentence) } } }
                p { a href="#fichiers" { "Choisir d’autres fichiers" } }
            }
        }
    }
}
