//! The page of a declaration, and what a host's page says of theirs.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::list::{DECLARATIONS, ETATS};
use super::model::{Declaration, MOTIF_MAX, Total};
use super::queries::DeLHote;
use crate::journal::{self, Line};
use crate::listing::{Around, Niveau};
use crate::taxe::SEJOURS;
use crate::taxe::fiche;
use crate::taxe::regie::Solde;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};

/// The badge of a state.
pub fn etat(code: &str) -> Markup {
    let (_, label, tone) = ETATS.iter().find(|(known, ..)| *known == code).copied().unwrap_or(("", "", ""));
    badge(Tone::from_code(tone), label)
}

/// The page of a declaration.
pub fn file(
    (declaration, level): (&Declaration, Option<Niveau>),
    (totaux, books, cashes): (&[Total], &[Solde], bool),
    around: Option<&Around>,
    (lines, today): (&[Line], NaiveDate),
) -> Markup {
    let d = declaration;
    html! {
        (fiche::trail(&DECLARATIONS, d.id, Some((&d.code_insee, &d.commune)), &d.numero, around))
        div class="titre-page" { h1 { (d.numero) "\u{a0}: " (d.declarant) } (etat(d.etat_lu())) @if d.hors_delai { " " (badge(Tone::Warning, "Hors délai")) } }
        (fiche::neighbours(&DECLARATIONS, d.id, around, &html! {}))
        dl class="fiche" {
            div { dt { "Déclarant" } dd { @match d.hebergeur_id { Some(id) => a href={ "/hebergeurs/" (id) } { (d.declarant) }, None => (d.declarant) } } }
            div { dt { "Commune" } dd { a href={ "/communes/" (d.code_insee) } { (d.commune) } } }
            div { dt { "Campagne" } dd { a href={ "/campagnes/" (d.campagne_id) } { (d.campagne) } } }
            div { dt { "Période" } dd { "du " (format::date_long(d.debut)) " au " (format::date_long(d.fin)) } }
            div { dt { "À déclarer au plus tard le" } dd {
                (format::date_long(d.limite)) " "
                @if d.a_deposer() && d.limite < today { (badge(Tone::Failure, "Dépassé")) }
            } }
            div { dt { "À payer au plus tard le" } dd { @match d.exigible_le { Some(day) => (format::date_long(day)), None => "aucune échéance ne couvre cette période" } } }
            div { dt { "Déposée le" } dd { @match d.deposee_le { Some(day) => (format::date_long(day)), None => "pas encore" } } }
            div { dt { "Relances" } dd { (d.relances) @if let Some(day) = d.relancee_le { ", la dernière le " (format::date_long(day)) } } }
        }
        (amounts(d))
        (gestures(d, level))
        (account(d, books, cashes))
        (monthly(d, level, totaux))
        (history(lines))
    }
}

fn amounts(d: &Declaration) -> Markup {
    let (first, last) = (d.debut.to_string(), d.fin.to_string());
    let stays = SEJOURS.asked(&[
        ("debut_min", &first),
        ("debut_max", &last),
        ("collecteur", &d.collecteur),
        ("statut", &"rejete"),
        ("statut_sauf", &1),
        ("commune", &d.code_insee),
    ]);
    let stays = stays.with_some("hebergeur", d.hebergeur_id);
    let line = |label: &str, base: i64, departemental: i64| {
        html! { tr {
            th scope="row" data-libelle="" { (label) }
            td class="nombre" data-libelle="Taxe de séjour" { (format::money(base)) }
            td class="nombre" data-libelle="Taxe additionnelle" { (format::money(departemental)) }
            td class="nombre" data-libelle="Total" { strong { (format::money(base + departemental)) } }
        } }
    };
    let (base, departemental) = d.ecart();
    html! {
        h2 id="montants" { "Montants" }
        p {
            a href=(stays) { (SEJOURS.counted(d.sejours)) } ", " (format::counted(d.nuitees, "nuitée", "nuitées"))
            ". L’an passé, mêmes jours\u{a0}: " (format::money(d.attendu)) "."
        }
        div class="defile" {
            table class="liste" {
                caption { "Chaque taxe va à qui elle revient (CGCT, art. L2333-30 et L3333-1)\u{a0}: elles sont comptées à part." }
                thead { tr { th scope="col" { span class="hors-ecran" { "Montant" } } th scope="col" class="nombre" { "Taxe de séjour" } th scope="col" class="nombre" { "Taxe additionnelle" } th scope="col" class="nombre" { "Total" } } }
                tbody {
                    (line("Ce que disent les séjours", d.base, d.departemental))
                    @if d.arretee() {
                        (line("Arrêté", d.arrete_base, d.arrete_departemental))
                        @if (base, departemental) != (0, 0) { (line("Écart", base, departemental)) }
                    }
                }
            }
        }
    }
}

fn gestures(d: &Declaration, level: Option<Niveau>) -> Markup {
    let file = format!("/declarations/{}", d.id);
    let (base, departemental) = d.ecart();
    let enters = level >= Some(Niveau::Saisir);
    let decides = level >= Some(Niveau::Valider);
    html! {
        @if d.a_deposer() && enters {
            form class="a-l-ecran" method="post" action={ (file) "/depot" } {
                input type="hidden" name="vu" value=(d.campagne_etat);
                input type="hidden" name="montant" value=(d.montant());
                p class="actions" {
                    @if d.sejours > 0 || d.nuitees > 0 {
                        button class="bouton principal" type="submit" id="f-deposer" { (icon("check")) "Déposer\u{a0}: " (format::money(d.montant())) }
                    } @else {
                        button class="bouton principal" type="submit" id="f-neant" name="neant" value="oui" { (icon("check")) "Déclarer un néant" }
                    }
                    button class="bouton" type="submit" id="f-relancer" formaction={ (file) "/relance" } { (icon("bell")) "Noter une relance" }
                }
            }
        }
        @if (base, departemental) != (0, 0) {
            (notice(Tone::Warning, &html! { p {
                "Des séjours ont changé depuis le dépôt\u{a0}: ils disent " (format::money(d.montant())) ", et " (format::money(d.arrete())) " est arrêté. "
                @if decides { "Régularisez avec un motif, ou corrigez les séjours." } @else { "Quelqu’un qui valide peut régulariser." }
            } }))
            @if decides {
                form class="etroite a-l-ecran" method="post" action={ (file) "/regularisation" } {
                    input type="hidden" name="ecart" value=(base + departemental);
                    div class="champ" {
                        label for="motif" { "Motif de la régularisation" span class="exige" { " (obligatoire)" } }
                        input id="motif" name="motif" type="text" required maxlength=(MOTIF_MAX) autocomplete="off";
                    }
                    p class="actions" { button class="bouton principal" type="submit" id="f-regulariser" { "Régulariser\u{a0}: " (format::money(base + departemental)) } }
                }
            }
        }
        @if super::etats::DEPOSEES.contains(&d.etat.as_str()) && decides {
            form class="en-ligne a-l-ecran" method="post" action={ (file) "/retrait" } {
                button class="bouton" type="submit" id="f-retirer" { (icon("undo-2")) "Retirer le dépôt" }
            }
        }
    }
}

/// What is owed and what was paid, line by line.
/// `cashes`: whoever reads keeps the books of its collectivité, and may note a payment there.
fn account(d: &Declaration, books: &[Solde], cashes: bool) -> Markup {
    let rest: i64 = books.iter().map(|line| line.debit - line.credit).sum();
    if books.is_empty() && !d.arretee() {
        return html! {};
    }
    html! {
        section id="compte" {
            h2 { "Compte" }
            @if books.is_empty() { p class="discret" { "Rien n’est dû." } } @else {
                div class="defile" {
                    table class="liste" {
                        caption { @if rest == 0 { "Soldé" } @else { "Reste dû\u{a0}: " (format::money(rest)) } }
                        thead { tr { th scope="col" { "Jour" } th scope="col" { "Opération" } th scope="col" class="nombre" { "Dû" } th scope="col" class="nombre" { "Payé" } } }
                        tbody { @for line in books { tr {
                            th scope="row" data-libelle="Jour" { (format::date(line.jour)) }
                            td data-libelle="Opération" { (line.libelle) }
                            td class="nombre" data-libelle="Dû" { @if line.debit > 0 { (format::money(line.debit)) } }
                            td class="nombre" data-libelle="Payé" { @if line.credit > 0 { (format::money(line.credit)) } }
                        } } }
                    }
                }
            }
            @if cashes {
                p class="actions a-l-ecran" { a class="bouton" id="f-payer" href={ "/declarations/" (d.id) "/paiement" } { (icon("euro")) "Enregistrer un paiement" } }
            }
        }
    }
}

fn monthly(d: &Declaration, level: Option<Niveau>, totaux: &[Total]) -> Markup {
    let enters = level >= Some(Niveau::Saisir) && d.a_deposer();
    if totaux.is_empty() && !enters {
        return html! {};
    }
    let file = format!("/declarations/{}/totaux", d.id);
    html! {
        section class="ajouts" id="totaux" {
            h2 { "Totaux mensuels" }
            p class="discret" { "Pour ce qui n’est pas détaillé par séjour. La loi demande une ligne par perception (CGCT, art. L2333-34, III)\u{a0}: ces totaux s’ajoutent aux séjours saisis." }
            @if !totaux.is_empty() { ul class="periodes" { @for one in totaux { li {
                div { strong { (format::month(one.mois)) } "\u{a0}: " (format::counted(one.nuitees.into(), "nuitée", "nuitées")) ", " (format::money(one.montant_base)) @if one.montant_departemental > 0 { " et " (format::money(one.montant_departemental)) " de taxe additionnelle" } @if let Some(who) = &one.par { ", par " (who) } }
                @if enters { form class="en-ligne a-l-ecran" method="post" action={ (file) "/retrait" } {
                    input type="hidden" name="total" value=(one.id);
                    button class="bouton" type="submit" aria-label={ "Retirer les totaux de " (format::month(one.mois)) } { (icon("trash")) "Retirer" }
                } }
            } } } }
            @if enters {
                details class="a-l-ecran" {
                    summary { "Saisir les totaux d’un mois" }
                    form class="etroite" method="post" action=(file) {
                        @for (name, label, mode) in [("mois", "Mois, par exemple 03/2026", None), ("nuitees", "Nuitées", Some("numeric")), ("montant", "Taxe de séjour, en euros", Some("decimal")), ("departemental", "Taxe additionnelle, en euros", Some("decimal"))] {
                            div class="champ" { label for={ "t-" (name) } { (label) } input id={ "t-" (name) } name=(name) type="text" autocomplete="off" inputmode=[mode] required[name == "mois"]; }
                        }
                        p class="actions" { button class="bouton" type="submit" { (icon("plus")) "Enregistrer ces totaux" } }
                    }
                }
            }
        }
    }
}

/// What happened to a row, told by its lines of the journal.
pub fn history(lines: &[Line]) -> Markup {
    html! {
        section id="historique" {
            h2 { "Historique" }
            @if lines.is_empty() { p class="discret" { "Rien n’a été fait depuis sa création." } }
            @else { ol class="historique" { @for line in lines { li {
                time datetime=(line.moment.to_rfc3339()) { (format::instant(line.moment)) } ", " (line.acteur) "\u{a0}: " (journal::phrase(line))
            } } } }
        }
    }
}

/// The declarations of a host, for their page.
pub fn of_host(host: i64, declarations: &[DeLHote]) -> Markup {
    html! {
        section id="declarations" {
            h2 { "Déclarations" }
            @if declarations.is_empty() { p class="discret" { "Aucune campagne n’attend encore de déclaration de cet hébergeur ici." } }
            @else {
                div class="defile" {
                    table class="liste" {
                        caption class="hors-ecran" { "Ses déclarations, la dernière d’abord" }
                        thead { tr { th scope="col" { "Déclaration" } th scope="col" { "Campagne" } th scope="col" { "Commune" } th scope="col" { "Avant le" } th scope="col" { "État" } th scope="col" class="nombre" { "Taxe" } th scope="col" class="nombre" { "Arrêté" } } }
                        tbody { @for one in declarations { tr {
                            th scope="row" data-libelle="Déclaration" { a href={ "/declarations/" (one.id) } { (one.numero) } }
                            td data-libelle="Campagne" { (one.campagne) }
                            td data-libelle="Commune" { (one.commune) }
                            td data-libelle="Avant le" { (format::date(one.limite)) }
                            td data-libelle="État" { (etat(&one.etat)) }
                            td class="nombre" data-libelle="Taxe" { (format::money(one.montant)) }
                            td class="nombre" data-libelle="Arrêté" { @if let Some(cents) = one.arrete { (format::money(cents)) } }
                        } } }
                    }
                }
                p class="actions" { a class="bouton" href=(DECLARATIONS.asked(&[("hebergeur", &host)])) { "Toutes ses déclarations" } }
            }
        }
    }
}
