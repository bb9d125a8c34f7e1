//! The page of a change of host, and the part of the file of a lodging that tells its former hosts.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::model::{Apercu, MOTIF_MAX, Typed, Voulu};
use super::queries::{Ancien, Cheval, Du, Logement, NAMED};
use crate::champs::{Saisie, Whole, whole_field};
use crate::listing::Niveau;
use crate::taxe::LOGEMENTS;
use crate::taxe::SEJOURS;
use crate::taxe::records::HOSTS;
use crate::ui::form::error_summary;
use crate::ui::format;
use crate::ui::icon::icon;
use crate::ui::message::{Tone, notice};

/// Title of the page.
pub const TITLE: &str = "Changer d’hébergeur";
/// By which rule a stay across the change goes to one host or to the other.
const RULE: &str = "Un séjour à cheval sur ce jour est dû par l’hébergeur du jour où la taxe a été perçue\u{a0}; tant qu’elle ne l’est pas, par celui du jour de l’arrivée.";

/// The last day before the one on which the next host begins.
fn eve(day: NaiveDate) -> String {
    format::date_long(day.pred_opt().unwrap_or(day))
}

/// The link to the page.
pub fn link(lodging: i64) -> Markup {
    html! { a class="bouton" id="f-changer-hebergeur" href={ "/logements/" (lodging) "/hebergeur" } { (icon("users")) (TITLE) } }
}

/// What the page shows.
#[derive(Clone)]
pub struct Shown<'a> {
    pub lodging: &'a Logement,
    pub typed: &'a Typed,
    pub version: i32,
    pub faults: &'a [(&'static str, String)],
    /// The change that would be made, and what each host would owe.
    pub voulu: Option<(&'a Voulu, &'a Apercu)>,
    pub above: Markup,
}

impl<'a> Shown<'a> {
    /// The form as it was typed, over the lodging as it is.
    pub fn of(lodging: &'a Logement, typed: &'a Typed) -> Self {
        Self { lodging, typed, version: lodging.version, faults: &[], voulu: None, above: html! {} }
    }
}

/// The form, and below it what each would owe.
pub fn page(shown: &Shown<'_>) -> Markup {
    let lodging = shown.lodging;
    let file = format!("/logements/{}", lodging.id);
    html! {
        (LOGEMENTS.trail(&[(&file, &lodging.nom)], TITLE))
        h1 { (TITLE) "\u{a0}: " (lodging.nom) }
        (shown.above)
        (error_summary(shown.faults))
        p {
            "Aujourd’hui\u{a0}: " a href={ "/hebergeurs/" (lodging.hebergeur_id) } { (lodging.hebergeur) } " (" span class="code" { (lodging.numero) } ")"
            @if let Some(since) = lodging.depuis { ", depuis le " (format::date_long(since)) } "."
        }
        form class="etroite" method="post" action={ (file) "/hebergeur" } data-fiche="oui" {
            input type="hidden" name="version" value=(shown.version);
            (fields(shown))
            @match shown.voulu {
                None => {
                    p class="actions" {
                        button class="bouton principal" type="submit" name="faire" value="verifier" { "Voir ce que chacun doit" }
                        a class="bouton" href=(file) { "Annuler" }
                    }
                }
                Some((voulu, apercu)) => {
                    input type="hidden" name="vu" value=(apercu.seen());
                    (preview(lodging, voulu, apercu))
                    p class="actions" {
                        button class="bouton principal" type="submit" name="faire" value="confirmer" { (icon("check")) "Changer d’hébergeur" }
                        button class="bouton" type="submit" name="faire" value="verifier" { "Calculer de nouveau" }
                        a class="bouton" href=(file) { "Annuler" }
                    }
                }
            }
        }
    }
}

fn fields(shown: &Shown<'_>) -> Markup {
    let wrong = |field: &str| shown.faults.iter().find(|(known, _)| *known == field).map(|(_, why)| why.as_str());
    let one = |name, (label, hint), saisie: &Saisie, typed, focus| {
        whole_field(&Whole { name, label, hint, saisie, options: &[], typed, wrong: wrong(name), required: true, focus })
    };
    let first = shown.voulu.is_none() && shown.faults.is_empty();
    html! {
        (one("hebergeur_id", ("Nouvel hébergeur", ""), &Saisie::Fiche(&HOSTS), &shown.typed.nouveau, first))
        div id="hebergeur_id-connus" class="connus" aria-live="polite" hx-get="/logements/choisir/hebergeur_id" hx-trigger="input from:'#hebergeur_id' delay:250ms"
            hx-include="#hebergeur_id" hx-swap="innerHTML" {}
        (one("jour", ("À compter du", "Son premier jour"), &Saisie::JourPasse, &shown.typed.jour, false))
        (one("motif", ("Motif", "Vente, succession, fin de mandat…"), &Saisie::Texte(MOTIF_MAX), &shown.typed.motif, false))
    }
}

/// What each would owe, in plain sums.
fn preview(lodging: &Logement, voulu: &Voulu, apercu: &Apercu) -> Markup {
    let day = format::date_long(voulu.jour);
    let names = [(&lodging.hebergeur, format!("jusqu’au {}", eve(voulu.jour))), (&voulu.nouveau.nom, format!("à compter du {day}"))];
    html! {
        section class="ajouts" aria-labelledby="du" {
            h2 id="du" { "Ce que chacun doit" }
            p { "Nouvel hébergeur\u{a0}: " a href={ "/hebergeurs/" (voulu.nouveau.id) } { (voulu.nouveau.nom) } " (" span class="code" { (voulu.nouveau.numero) } "). Aucun montant ne change." }
            section class="defile" tabindex="0" aria-labelledby="du-titre" {
                table class="liste" {
                    caption id="du-titre" { "Séjours de ce logement, sans ceux qui ont été rejetés" }
                    thead { tr {
                        th scope="col" { "Hébergeur" } th scope="col" class="nombre" { "Séjours" } th scope="col" class="nombre" { "Nuits" } th scope="col" class="nombre" { "Nuitées" }
                        th scope="col" class="nombre" { "Taxe de séjour" } th scope="col" class="nombre" { "Taxe additionnelle" } th scope="col" class="nombre" { "À vérifier" }
                    } }
                    tbody { @for ((name, time), du) in names.iter().zip(&apercu.du) { (owed((name, time), du)) } }
                }
            }
            @if lodging.depuis.is_some() { p class="discret" { "Les séjours d’avant le dernier changement restent à leur hébergeur d’alors." } }
            (across(lodging, voulu, &apercu.a_cheval))
            // A year mistyped gives everything to the new host: nothing else of the page would say it.
            @if let [avant, apres] = &apercu.du && avant.sejours == 0 && apres.sejours > 0 {
                (notice(Tone::Warning, &html! { p { "Aucun séjour ne reste à " (lodging.hebergeur) "\u{a0}: tous passent à " (voulu.nouveau.nom) ". Vérifiez que le " (day) " est bien le premier jour." } }))
            }
        }
    }
}

fn owed((name, time): (&str, &str), du: &Du) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Hébergeur" { (name) br; span class="discret" { (time) } }
            td class="nombre" data-libelle="Séjours" { (format::integer(du.sejours)) }
            td class="nombre" data-libelle="Nuits" { (format::integer(du.nuits)) }
            td class="nombre" data-libelle="Nuitées" { (format::integer(du.nuitees)) }
            td class="nombre" data-libelle="Taxe de séjour" { (format::money(du.base)) }
            td class="nombre" data-libelle="Taxe additionnelle" { (format::money(du.departemental)) }
            td class="nombre" data-libelle="À vérifier" { (format::integer(du.a_verifier)) }
        }
    }
}

fn across(lodging: &Logement, voulu: &Voulu, stays: &[Cheval]) -> Markup {
    let shown = usize::try_from(NAMED).unwrap_or(usize::MAX);
    html! {
        p { (RULE) }
        @if stays.is_empty() { p class="discret" { "Aucun séjour n’est à cheval sur ce jour." } } @else {
            ul {
                @for stay in stays.iter().take(shown) {
                    li {
                        a href={ "/sejours/" (stay.id) } { (stay.reference) } ", du " (format::date(stay.date_debut)) " au " (format::date(stay.date_fin)) ", " (format::money(stay.montant)) ", "
                        @match stay.date_perception { Some(day) => { "perçue le " (format::date(day)) } None => { "pas encore perçue" } }
                        "\u{a0}: " strong { (if stay.apres { &voulu.nouveau.nom } else { &lodging.hebergeur }) }
                    }
                }
            }
            @if stays.len() > shown { p class="discret" { "Et d’autres\u{a0}: les sommes les comptent tous." } }
        }
    }
}

/// Somebody changed the lodging meanwhile: both values, and what is typed stays in the form.
pub fn clash(now: &Logement, voulu: &Voulu) -> Markup {
    html! {
        (notice(Tone::Warning, &html! {
            p { strong { "Ce logement a été modifié entre-temps" } @if let Some(who) = &now.par { " par " (who) } ", " (format::instant(now.modifie_le)) "." }
            p { "Rien n’est encore fait. Relisez ce que chacun doit ci-dessous, puis confirmez si c’est encore ce que vous voulez." }
        }))
        dl class="versions" {
            div { dt { "L’hébergeur que vous voulez" } dd { (voulu.nouveau.nom) " (" (voulu.nouveau.numero) ")" } }
            div { dt { "Enregistré" } dd { (now.hebergeur) " (" (now.numero) ")" } }
        }
    }
}

/// Stays changed while the person was reading.
pub fn moved() -> Markup {
    notice(
        Tone::Warning,
        &html! { p { strong { "Des séjours ont changé pendant que vous lisiez." } " Rien n’est encore fait\u{a0}: relisez les sommes ci-dessous, puis confirmez." } },
    )
}

/// The former hosts, on the file of the lodging.
pub fn section((lodging, version): (i64, i32), former: &[Ancien], level: Option<Niveau>) -> Markup {
    html! {
        @if !former.is_empty() {
            section class="ajouts" id="hebergeurs-avant" {
                h2 { "Hébergeurs d’avant" }
                ul class="periodes" {
                    @for (rank, one) in former.iter().enumerate() {
                        li {
                            div {
                                a href={ "/hebergeurs/" (one.hebergeur_id) } { (one.nom) } " (" span class="code" { (one.numero) } ")"
                                @match one.debut { Some(since) => { ", du " (format::date_long(since)) " au " } None => { ", jusqu’au " } }
                                (eve(one.fin)) "\u{a0}: " (one.motif) br;
                                a href=(SEJOURS.asked(&[("logement", &lodging), ("hebergeur", &one.hebergeur_id)])) { "Séjours de son temps" }
                            }
                            @if rank == 0 && level >= Some(Niveau::Valider) {
                                form class="en-ligne a-l-ecran" method="post" action={ "/logements/" (lodging) "/hebergeur/annulation" } {
                                    input type="hidden" name="jeton" value=(version);
                                    button class="bouton" type="submit" { (icon("undo-2")) "Annuler ce changement" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
