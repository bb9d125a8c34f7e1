//! A draft put in force: what applies today and what would, side by side, then a person's word. What it replaces stays readable.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::fiche::{held, places};
use super::list::DELIBERATIONS;
use super::model::{self, CATEGORIES, Ecart};
use super::queries::{self, Ligne};
use super::record::DELIBERATION;
use super::views;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::territoire::{croise, tarif_en_mots};
use crate::ui::icon::icon;
use crate::ui::message::{Tone, badge, notice};
use crate::ui::{format, layout};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![ask, put]
}

/// What the law refuses of the periods of a draft.
async fn refus(context: &Context, lines: &[Ligne]) -> Result<Vec<String>> {
    let mut refused = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let grid = line.grille();
        let outside: Vec<Ecart> = match queries::bornes(context.db.statement(), queries::annee(line.applicable_du)).await? {
            Some((year, limits)) => model::hors_bornes(&grid, &limits, year),
            None => Vec::new(),
        };
        refused.extend(outside.into_iter().chain(model::desordre(&grid)).map(|ecart| ecart.phrase));
        if grid.is_empty() {
            refused.push(format!("La période ({}) n’a aucun tarif.", views::periode(line)));
        }
        let crossed = lines.iter().take(place).find(|other| croise((&line.debut, &line.fin), (&other.debut, &other.fin)));
        refused.extend(crossed.map(|other| format!("Les périodes ({}) et ({}) partagent des jours.", views::periode(line), views::periode(other))));
    }
    Ok(refused)
}

#[get("/deliberations/<id>/vigueur")]
async fn ask(id: i64, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let one = held(context, &personne, id, Niveau::Gerer).await?;
    if one.etat != "brouillon" {
        return Err(Error::Conflict("Cette délibération n’est plus un brouillon. Relisez sa fiche.".into()));
    }
    let lines = queries::periodes(context.db.statement(), &one).await?;
    let stands = queries::en_vigueur(context.db.statement(), &one.siren, one.applicable_du).await?;
    let before = match stands.is_empty().then(|| one.applicable_du.pred_opt()).flatten() {
        Some(day) => queries::en_vigueur(context.db.statement(), &one.siren, day).await?,
        None => stands,
    };
    let refused = refus(context, &lines).await?;
    let body = html! {
        (DELIBERATIONS.trail(&[(&format!("/deliberations/{id}"), &views::nom(&one))], "Mettre en vigueur"))
        h1 { "Mettre en vigueur" }
        p { (views::nom(&one)) ", applicable à compter du " strong { (format::date_long(one.applicable_du)) } "." }
        @if before.is_empty() { p { "Aucune délibération de cette collectivité ne s’applique aujourd’hui." } }
        @else {
            p { "Elle prend la suite de la délibération du " (format::date_long(before[0].date_deliberation)) ", qui reste lisible et s’applique toujours aux nuits d’avant cette date." }
        }
        (differences(&before, &lines))
        @if refused.is_empty() {
            form method="post" action={ "/deliberations/" (id) "/vigueur" } {
                input type="hidden" name="versions" value=(versions(&lines));
                p class="actions" {
                    button class="bouton principal" type="submit" { (icon("check")) "Mettre en vigueur" }
                    a class="bouton" href={ "/deliberations/" (id) } { "Annuler" }
                }
            }
        } @else {
            (notice(Tone::Failure, &html! {
                p { strong { "Elle ne peut pas être mise en vigueur\u{a0}: corrigez-la d’abord." } }
                ul { @for why in &refused { li { (why) } } }
            }))
            p class="actions" { a class="bouton" href={ "/deliberations/" (id) "/modifier" } { (icon("pencil")) "Corriger" } a class="bouton" href={ "/deliberations/" (id) } { "Annuler" } }
        }
    };
    Ok(layout::page(&personne.frame, "Mettre en vigueur", &body))
}

/// The versions of drafts as they were shown: « 12:3 13:1 ».
fn versions(lines: &[Ligne]) -> String {
    lines.iter().map(|line| format!("{}:{}", line.id, line.version)).collect::<Vec<_>>().join(" ")
}

/// Each tariff as it applies, and as it would. Periods are set beside those that begin on the same day, else beside the first.
pub fn differences(before: &[Ligne], after: &[Ligne]) -> Markup {
    html! {
        @for line in after {
            @let other = before.iter().find(|known| known.debut == line.debut).or_else(|| before.first());
            @let (was, now) = (other.map(Ligne::grille).unwrap_or_default(), line.grille());
            section class="defile" tabindex="0" aria-label={ "Tarifs, " (views::periode(line)) } {
                table class="liste" {
                    caption { "Période\u{a0}: " (views::periode(line)) @if let Some(other) = other { @if other.fin != line.fin || other.debut != line.debut { ", avant " (views::periode(other)) } } }
                    thead { tr { th scope="col" { "Hébergements" } th scope="col" class="nombre" { "S’applique" } th scope="col" class="nombre" { "Deviendrait" } th scope="col" { "Différence" } } }
                    tbody {
                        @for (category, label) in (1..).zip(CATEGORIES) {
                            @let (old, new) = (was.get(&category), now.get(&category));
                            tr {
                                th scope="row" data-libelle="Hébergements" { (category) ". " (label) }
                                td class="nombre" data-libelle="S’applique" { @if let Some(old) = old { (tarif_en_mots(category, *old)) } @else { "—" } }
                                td class="nombre" data-libelle="Deviendrait" { @if let Some(new) = new { (tarif_en_mots(category, *new)) } @else { "—" } }
                                td data-libelle="Différence" {
                                    @match (old, new) {
                                        (Some(old), Some(new)) if old == new => "aucune",
                                        (Some(old), Some(new)) => (badge(if new > old { Tone::Info } else { Tone::Warning }, &format!("{}{}", if new > old { "+" } else { "" }, tarif_en_mots(category, new - old)))),
                                        (None, Some(_)) => (badge(Tone::Info, "nouveau")),
                                        (Some(_), None) => (badge(Tone::Warning, "plus de tarif")),
                                        (None, None) => {}
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(other) = other {
                @let gone = missing(&other.communes, &line.communes);
                @let come = missing(&line.communes, &other.communes);
                @if !gone.is_empty() { p { "Communes qui n’y sont plus\u{a0}: " (gone.join(", ")) "." } }
                @if !come.is_empty() { p { "Communes nouvelles\u{a0}: " (come.join(", ")) "." } }
            }
        }
    }
}

/// The codes of the first that the second has not.
fn missing<'a>(one: &'a str, other: &str) -> Vec<&'a str> {
    one.split_whitespace().filter(|code| !other.split_whitespace().any(|known| known == *code)).collect()
}

#[derive(FromForm)]
struct Confirmed<'r> {
    #[field(default = "")]
    versions: &'r str,
}

#[post("/deliberations/<id>/vigueur", data = "<confirmed>")]
async fn put(id: i64, personne: Personne, confirmed: Envoi<Confirmed<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let one = held(context, &personne, id, Niveau::Gerer).await?;
    let mut write = context.db.write().await?;
    queries::seul(&mut write.tx, &one.siren).await?;
    let state = queries::tenue(&mut write.tx, id).await?;
    let lines = queries::periodes(&mut *write.tx, &one).await?;
    if state.as_deref() != Some("brouillon") || versions(&lines) != confirmed.versions {
        write.rollback().await?;
        return Ok(Flash::warning(
            Redirect::to(format!("/deliberations/{id}")),
            "Cette délibération a changé depuis que vous l’avez relue\u{a0}: rien n’est mis en vigueur. Relisez-la, puis recommencez.",
        ));
    }
    if let Some(why) = refus(context, &lines).await?.first() {
        write.rollback().await?;
        return Err(Error::invalid(format!("La délibération n’est pas mise en vigueur. {why}")));
    }
    let ids: Vec<i64> = lines.iter().map(|line| line.id).collect();
    queries::met_en_vigueur(&mut write.tx, &one, &ids, personne.reader.user_id).await?;
    let since = format!("à compter du {}", format::date_long(one.applicable_du));
    for line in &lines {
        let detail = json!({"mise_en_vigueur": since});
        journal::note_at(&mut write.tx, &personne.actor, Action::Change, (DELIBERATION.object, &line.id.to_string()), &detail, &places(&one)).await?;
    }
    write.touch("communes", "");
    write.commit().await?;
    Ok(Flash::success(Redirect::to(format!("/deliberations/{id}")), format!("La délibération est en vigueur, {since}.")))
}
