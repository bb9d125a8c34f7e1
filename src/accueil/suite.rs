//! What the home page shows beside the figures: what waits, the saved views, what was opened last, what was done lately.
//! Asked for once the page is there, in one request.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use rocket::{Route, State, get, routes};

use super::gestes;
use crate::catalogue::Catalogue;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, JOURNAL};
use crate::listing::{Page, Query, Reader, RowData, Value};
use crate::platform::error::Result;
use crate::platform::http::Wants;
use crate::recherche::{self, Hit};
use crate::ui::{format, layout};
use crate::vues::{self, Asker, Vue};

/// Lines of each part.
const SHOWN: usize = 5;
/// What an administrateur is shown of their collectivité: what was done, not what was read.
const DONE: [&str; 4] = ["creation", "modification", "export", "telechargement"];

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    routes![rest]
}

/// A part of the page: its title, its lines, what it says without any, where the rest is.
struct Part {
    title: &'static str,
    lines: Vec<Markup>,
    none: &'static str,
    rest: Option<(&'static str, String)>,
}

#[get("/accueil/suite")]
async fn rest(personne: Personne, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let parts = parts(context, &personne).await?;
    let body = html! { div id="accueil-suite" class="accueil-suite" { @for part in &parts { (shown(part)) } } };
    Ok(match wants {
        Wants::Fragment => body,
        Wants::Page => layout::page(&personne.frame, "Ce qui vous attend", &html! { h1 { "Ce qui vous attend" } (body) }),
    })
}

/// The places that the parts will take, and the request that fills them.
pub(super) fn place(reader: &Reader) -> Markup {
    html! {
        div id="accueil-suite" class="accueil-suite" hx-get="/accueil/suite" hx-trigger="load" hx-swap="outerHTML" {
            @for title in titles(reader) { section class="carte" { h2 { (title) } } }
        }
        noscript { p { a href="/accueil/suite" { "Voir ce qui vous attend, vos vues et ce que vous avez ouvert" } } }
    }
}

fn titles(reader: &Reader) -> &'static [&'static str] {
    if reader.exploitant {
        &["Ce qui demande un geste", "Vos vues"]
    } else if reader.may(JOURNAL.access) {
        &["Ce qui vous attend", "Ouvert récemment", "Vos vues", "Activité de votre collectivité"]
    } else {
        &["Ce qui vous attend", "Ouvert récemment", "Vos vues", "Ce que vous avez fait"]
    }
}

async fn parts(context: &Context, personne: &Personne) -> Result<Vec<Part>> {
    let mut titles = titles(&personne.reader).iter().copied();
    let mut title = || titles.next().unwrap_or_default();
    let views = vues::all(&context.db, &Asker::new(&personne.reader, context.catalogue.lists()), None).await?;
    if personne.reader.exploitant {
        let needed = gestes::of_the_installation(context, personne).await?;
        let none = "Rien\u{a0}: aucun travail en échec, aucune file en pause, aucun ouvrier perdu, aucune planification en retard.";
        return Ok(vec![
            Part { title: title(), lines: lines(&needed, gestes::Geste::view), none, rest: None },
            views_part(title(), &views, &context.catalogue),
        ]);
    }
    let waiting = gestes::of_the_tax(context, personne).await?;
    let recents = recherche::recents(context, personne).await?;
    let mut parts = vec![
        Part { title: title(), lines: lines(&waiting, gestes::Geste::view), none: "Rien ne vous attend.", rest: None },
        Part {
            title: title(),
            lines: lines(&recents[..recents.len().min(SHOWN)], opened),
            none: "Les fiches que vous ouvrirez se retrouveront ici, pour vous seul.",
            rest: Some(("Chercher partout", "/recherche".into())),
        },
        views_part(title(), &views, &context.catalogue),
    ];
    parts.push(activity(context, personne, title()).await?);
    Ok(parts)
}

fn lines<T>(all: &[T], view: impl Fn(&T) -> Markup) -> Vec<Markup> {
    all.iter().map(view).collect()
}

/// The views of the person: those that open by default first, then those that they wrote.
fn views_part(title: &'static str, views: &[Vue], lists: &Catalogue) -> Part {
    let mut views: Vec<&Vue> = views.iter().collect();
    // A stable sort: by list and by name among equals.
    views.sort_by_key(|vue| (!vue.defaut, vue.collectivite_id.is_some()));
    views.truncate(SHOWN);
    let of_list = |name: &str| lists.named(name).map_or("", |list| list.title);
    let view = |vue: &&Vue| html! { a href={ "/vues/" (vue.id) } { (vue.nom) } " " span class="discret" { (of_list(&vue.liste)) } };
    Part {
        title,
        lines: lines(&views, view),
        none: "Une vue garde sous un nom les filtres d’une liste\u{a0}: réglez la liste, puis «\u{a0}Vues\u{a0}».",
        rest: Some(("Toutes les vues", "/vues".into())),
    }
}

fn opened(hit: &Hit) -> Markup {
    html! { a href=(hit.address) { (hit.title) } @if !hit.details.is_empty() { " " span class="discret" { (hit.details.join(" · ")) } } }
}

/// What was done lately: in the collectivités of an administrateur, by the list of the journal; by themself, for an agent.
async fn activity(context: &Context, personne: &Personne, title: &'static str) -> Result<Part> {
    if !personne.reader.may(JOURNAL.access) {
        let own = journal::own(&context.db, &personne.reader, SHOWN).await?;
        let line = |line: &journal::Line| {
            let name = journal::object_name(line);
            let name = match &line.lien {
                Some(end) => html! { a href={ "/" (end) } { (name) } },
                None => html! { (name) },
            };
            done(&name, &journal::phrase(line), None, line.moment)
        };
        return Ok(Part { title, lines: lines(&own, line), none: "Ce que vous créerez, modifierez ou exporterez se retrouvera ici.", rest: None });
    }
    let all = JOURNAL.asked(&DONE.each_ref().map(|action| ("action", action as &dyn Display)));
    let few = all.clone().with("taille", SHOWN).with("colonnes", "acteur.objet.fait");
    let query = Query::parse_stored(&JOURNAL, few.question(), context.clock.today())?;
    let page = Page::there(&context.db, &context.choices, &query, &personne.reader).await?;
    let text = |row: &RowData, place: usize| match row.cells.get(place) {
        Some((Value::Text(text), _)) => text.clone(),
        _ => String::new(),
    };
    let line = |row: &RowData| match row.cells.first() {
        Some((Value::Instant(moment), address)) => {
            let name = html! { a href=(address.as_deref().unwrap_or("/journal")) { (text(row, 2)) } };
            done(&name, &text(row, 3), Some(&text(row, 1)), *moment)
        }
        _ => html! { (text(row, 3)) },
    };
    Ok(Part {
        title,
        lines: lines(&page.rows, line),
        none: "Rien n’a été créé, modifié ni exporté.",
        rest: Some(("Voir dans le journal", all.into())),
    })
}

fn done(name: &Markup, what: &str, who: Option<&str>, moment: DateTime<Utc>) -> Markup {
    html! {
        (name) " " span { (what) } " "
        span class="discret" { @if let Some(who) = who { (who) ", " } time datetime=(moment.to_rfc3339()) { (format::instant(moment)) } }
    }
}

fn shown(part: &Part) -> Markup {
    html! {
        section class="carte" {
            h2 { (part.title) }
            @if part.lines.is_empty() { p class="discret" { (part.none) } }
            @else { ul class="trouvailles" { @for line in &part.lines { li { (line) } } } }
            @if let Some((words, address)) = &part.rest { p { a href=(address) { (words) } } }
        }
    }
}
