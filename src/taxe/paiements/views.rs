//! The form of a payment, and its receipt.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::list::PAIEMENTS;
use super::queries::{Ecrite, Paiement};
use crate::champs::{Saisie, Whole, whole_field};
use crate::listing::{Around, Niveau};
use crate::taxe::declarations::{DECLARATIONS, Declaration};
use crate::taxe::fiche;
use crate::taxe::regie::{COMPTES, Du, ECRITURES, MOYENS, Solde};
use crate::ui::form::error_summary;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};

/// Title of the form.
pub const TITLE: &str = "Enregistrer un paiement";

/// The form of a payment.
pub struct Shown<'a> {
    pub declaration: &'a Declaration,
    /// What its payer owes.
    pub dues: &'a [Du],
    /// What they paid in excess, in cents.
    pub excess: i64,
    pub typed: &'a BTreeMap<String, String>,
    pub faults: &'a [(&'static str, String)],
    /// What is to be confirmed.
    pub confirm: Option<&'a [String]>,
}

/// The form.
pub fn form(shown: &Shown<'_>) -> Markup {
    let declaration = shown.declaration;
    let file = format!("/declarations/{}", declaration.id);
    let text = |name: &str| shown.typed.get(name).map_or("", String::as_str);
    let wrong = |field: &str| shown.faults.iter().find(|(known, _)| *known == field).map(|(_, why)| why.as_str());
    let one = |name, label, hint, saisie: &Saisie, required| {
        whole_field(&Whole { name, label, hint, saisie, options: &[], typed: text(name), wrong: wrong(name), required, focus: name == "moyen" })
    };
    html! {
        (DECLARATIONS.trail(&[(&file, &declaration.numero)], TITLE))
        h1 { (TITLE) "\u{a0}: " (declaration.declarant) }
        (error_summary(shown.faults))
        (owed(declaration, shown.dues, shown.excess))
        form class="etroite" method="post" action={ (file) "/paiement" } data-fiche="oui" {
            input type="hidden" name="jeton" value=(text("jeton"));
            input type="hidden" name="vu" value=(text("vu"));
            (one("moyen", "Moyen de paiement", "", &Saisie::Choix(MOYENS), true))
            (one("montant", "Montant", "", &Saisie::Montant(1, i64::MAX), true))
            (one("reference", "Référence", "Numéro du chèque, du virement, de la transaction", &Saisie::Texte(60), false))
            (one("recu_le", "Reçu le", "", &Saisie::JourPasse, true))
            @if let Some(doubts) = shown.confirm {
                (notice(Tone::Warning, &html! { @for doubt in doubts { p { (doubt) } } p { "Vérifiez. Si c’est bien un autre paiement, enregistrez-le\u{a0}: le trop-perçu paiera ce qui sera dû ensuite." } }))
                input type="hidden" name="confirme" value=(cents(text("montant")));
            }
            p class="actions" {
                button class="bouton principal" type="submit" { (icon("check")) @if shown.confirm.is_some() { "Enregistrer quand même" } @else { "Enregistrer" } }
                a class="bouton" href=(file) { "Annuler" }
            }
        }
    }
}

/// The cents of an amount that was read once already.
fn cents(typed: &str) -> String {
    crate::ui::read::money(typed).map(|cents| cents.to_string()).unwrap_or_default()
}

fn owed(declaration: &Declaration, dues: &[Du], excess: i64) -> Markup {
    let total: i64 = dues.iter().map(|due| due.reste).sum();
    html! {
        @if dues.is_empty() { p { "Rien n’est dû par " (declaration.declarant) "." } }
        @else {
            p { "Reste dû\u{a0}: " strong { (format::money(total)) } ". Le paiement va d’abord à cette déclaration, puis aux autres dans cet ordre." }
            ul class="periodes" { @for due in dues { li { div { a href={ "/declarations/" (due.declaration) } { (due.numero) } "\u{a0}: " (format::money(due.reste)) } } } }
        }
        @if excess > 0 { p { "Trop-perçu en attente\u{a0}: " (format::money(excess)) "." } }
    }
}

/// What cancelled a payment: reason, day, who.
type Annulation = (Option<String>, NaiveDate, Option<String>);

/// The receipt.
pub fn file((paiement, level): (&Paiement, Option<Niveau>), lines: &[Solde], cancelled: Option<&Annulation>, around: Option<&Around>) -> Markup {
    let word = MOYENS.iter().find(|(code, ..)| *code == paiement.moyen).map_or("", |(_, word, _)| word);
    html! {
        (fiche::trail(&PAIEMENTS, paiement.id, None, &paiement.quittance, around))
        div class="titre-page" {
            h1 { "Quittance " (paiement.quittance) }
            @if paiement.annule { (badge(Tone::Failure, "Annulée")) } @else { (badge(Tone::Success, "Encaissé")) }
        }
        (fiche::neighbours(&PAIEMENTS, paiement.id, around, &html! {}))
        dl class="fiche" {
            div { dt { "Collectivité" } dd { (paiement.collectivite) } }
            div { dt { "Reçu de" } dd { @match paiement.hebergeur_id { Some(id) => a href={ "/hebergeurs/" (id) } { (paiement.payeur) }, None => (paiement.payeur) } } }
            div { dt { "Montant" } dd { strong { (format::money(paiement.montant)) } } }
            div { dt { "Moyen" } dd { (word) @if !paiement.reference.is_empty() { ", " span class="code" { (paiement.reference) } } } }
            div { dt { "Reçu le" } dd { (format::date_long(paiement.recu_le)) } }
            div { dt { "Enregistré" } dd { (format::instant(paiement.fait_le)) @if let Some(who) = &paiement.par { ", par " (who) } } }
        }
        @if let Some((motif, day, who)) = cancelled {
            (notice(Tone::Warning, &html! { p { "Annulée le " (format::date_long(*day)) @if let Some(who) = who { " par " (who) } @if let Some(motif) = motif { "\u{a0}: " (motif) } ". Son montant est de nouveau dû\u{a0}; son numéro reste le sien." } }))
        }
        (entries(lines))
        @if !paiement.annule && level >= Some(Niveau::Valider) {
            form class="etroite a-l-ecran" method="post" action={ "/paiements/" (paiement.id) "/annulation" } {
                div class="champ" {
                    label for="motif" { "Motif de l’annulation" span class="exige" { " (obligatoire)" } }
                    p class="indice" { "Chèque impayé, erreur de saisie… Une opération de sens contraire est écrite, rien n’est effacé." }
                    input id="motif" name="motif" type="text" required maxlength="200" autocomplete="off";
                }
                p class="actions" { button class="bouton" type="submit" id="f-annuler" { (icon("undo-2")) "Annuler ce paiement" } }
            }
        }
    }
}

fn entries(lines: &[Solde]) -> Markup {
    let account = |code: &str| COMPTES.iter().find(|(known, ..)| *known == code).map_or("", |(_, label, _)| *label);
    html! {
        h2 id="ecritures" { "Écritures" }
        div class="defile" {
            table class="liste" {
                caption class="hors-ecran" { "Écritures de cette opération" }
                thead { tr { th scope="col" { "Compte" } th scope="col" { "Déclaration" } th scope="col" class="nombre" { "Débit" } th scope="col" class="nombre" { "Crédit" } } }
                tbody { @for line in lines { tr {
                    th scope="row" data-libelle="Compte" { (account(&line.compte)) }
                    td data-libelle="Déclaration" { @if let (Some(id), Some(numero)) = (line.declaration_id, &line.declaration) { a href={ "/declarations/" (id) } { (numero) } } }
                    td class="nombre" data-libelle="Débit" { @if line.debit > 0 { (format::money(line.debit)) } }
                    td class="nombre" data-libelle="Crédit" { @if line.credit > 0 { (format::money(line.credit)) } }
                } } }
            }
        }
    }
}

/// The page of an operation, by one of its lines.
pub fn operation((operation, id): (&Ecrite, i64), lines: &[Solde], around: Option<&Around>) -> Markup {
    let debit: i64 = lines.iter().map(|line| line.debit).sum();
    html! {
        (fiche::trail(&ECRITURES, id, None, &operation.libelle, around))
        div class="titre-page" { h1 { (operation.libelle) } }
        (fiche::neighbours(&ECRITURES, id, around, &html! {}))
        dl class="fiche" {
            div { dt { "N° d’opération" } dd { (format::integer(operation.id)) } }
            div { dt { "Collectivité" } dd { (operation.collectivite) } }
            div { dt { "Jour" } dd { (format::date_long(operation.jour)) } }
            div { dt { "Montant" } dd { (format::money(debit)) } }
            @if let Some(motif) = &operation.motif { div { dt { "Motif" } dd { (motif) } } }
            @if let (Some(paiement), Some(quittance)) = (operation.paiement, &operation.quittance) { div { dt { "Quittance" } dd { a href={ "/paiements/" (paiement) } { (quittance) } } } }
            div { dt { "Écrite" } dd { (format::instant(operation.fait_le)) @if let Some(who) = &operation.par { ", par " (who) } } }
        }
        (entries(lines))
    }
}
