//! The routes of a list, made from its declaration: page, fragment, count.

use std::marker::PhantomData;

use chrono::NaiveDate;
use maud::{PreEscaped, html};
use rocket::http::Method;
use rocket::request::FromRequest;
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use super::answer::Answer;
use super::count::Count;
use super::desk::{Desk, Viewer};
use super::facets;
use super::fetch::Page;
use super::offered::offered;
use super::options::Choices;
use super::query::Query;
use super::selection::Offer;
use super::spec::{List, Reader};
use super::state::{Opened, Selection};
use super::view;
use super::words::{sort_in_words, summary};
use crate::platform::cache::{Fragment, Made};
use crate::platform::error::{Error, Result};
use crate::platform::http::Wants;
use crate::ui::layout;
use crate::ui::message::{Flash as Said, Tone};

/// The routes of one list for viewers of type `V`.
pub struct Faces<V> {
    list: &'static List,
    face: Face,
    /// Actions on its rows.
    offers: std::sync::Arc<[Offer]>,
    viewer: PhantomData<fn() -> V>,
}

#[derive(Clone, Copy)]
enum Face {
    Index,
    Count,
    Facets,
}

impl<V> Clone for Faces<V> {
    fn clone(&self) -> Self {
        Self { list: self.list, face: self.face, offers: self.offers.clone(), viewer: PhantomData }
    }
}

impl<V> Faces<V>
where
    V: Viewer + for<'r> FromRequest<'r, Error = Error> + 'static,
{
    /// The routes of `list`, to mount at `/`; `offers` are the actions on the rows of every list.
    pub fn routes(list: &'static List, offers: &[Offer]) -> Vec<Route> {
        let offers: std::sync::Arc<[Offer]> = offers.iter().filter(|offer| offer.list == list.name).copied().collect();
        let route = |face: Face, path: String, name: String| {
            let mut route = Route::new(Method::Get, &path, Self { list, face, offers: offers.clone(), viewer: PhantomData });
            route.name = Some(name.into());
            route
        };
        vec![
            route(Face::Index, format!("/{}", list.name), format!("{}.liste", list.name)),
            route(Face::Count, format!("/{}/compte", list.name), format!("{}.compte", list.name)),
            route(Face::Facets, format!("/{}/facettes", list.name), format!("{}.facettes", list.name)),
        ]
    }

    async fn answer(&self, request: &Request<'_>) -> Result<Answer> {
        let desk = request.rocket().state::<std::sync::Arc<Desk>>().ok_or_else(|| Error::Internal("no desk".into()))?;
        let viewer = match request.guard::<V>().await {
            rocket::request::Outcome::Success(viewer) => viewer,
            rocket::request::Outcome::Error((_, error)) => return Err(error),
            rocket::request::Outcome::Forward(_) => return Err(Error::SignedOut),
        };
        if !viewer.reader().may(self.list.access) {
            return Err(Error::forbidden("Vos droits ne donnent pas accès à cette liste. Demandez à un administrateur si vous en avez besoin."));
        }
        let wants = match request.guard::<Wants>().await {
            rocket::request::Outcome::Success(wants) => wants,
            _ => Wants::Page,
        };
        let raw = request.uri().query().map(|query| query.as_str().to_string()).unwrap_or_default();
        match self.face {
            Face::Index => self.index(desk, &viewer, wants, &raw).await,
            Face::Count => self.count(desk, &viewer, wants, &raw).await,
            Face::Facets => self.facets(desk, &viewer, wants, &raw).await,
        }
    }

    async fn index(&self, desk: &Desk, viewer: &V, wants: Wants, raw: &str) -> Result<Answer> {
        let mut query = match Query::parse(self.list, raw, desk.clock.today(), &desk.key) {
            Err(Error::Field(name, sentence)) if wants == Wants::Page => return self.refused(desk, viewer, raw, (name, sentence.into_owned())).await,
            parsed => parsed?,
        };
        if let Some(opening) = self.opening(viewer, wants, raw, &query) {
            return Ok(opening);
        }
        if query.opened == Opened::Unsaid && viewer.default_view(self.list.name).is_some() {
            // Without this, taking the last filter off would lead back to the default view.
            query.opened = Opened::Without;
        }
        query.highest = viewer.reader().highest(self.list.access);
        let offers: Vec<Offer> = self.offers.iter().filter(|offer| query.highest >= Some(offer.niveau)).copied().collect();
        if offers.is_empty() {
            query.selection = Selection::Off;
        }
        query.leave_out_what_never_differs(viewer.reader());
        let choices = desk.choices.at(viewer.reference());
        let db = desk.reading(viewer, self.list.domains);
        // Asked for once, and not at all when a fragment comes from the cache.
        let mut known = None;
        let make = async || -> Result<Made> {
            let offered = offered(&db, &choices, &query, viewer.reader()).await?;
            let page = Page::fetch(&db, &choices, &query, viewer.reader()).await?;
            let shown = page.shown(query.clone());
            let body = view::fragment(&shown, &page, &offered, &offers, &desk.key).into_string().into();
            known = Some(offered);
            Ok(Made { body, lasting: !page.hurried })
        };
        let fragment = self.cached(desk, viewer, "liste", &query.canonical_page(), query.today, make).await?;
        if wants == Wants::Fragment {
            return Ok(Answer::Kept(fragment, Some(query.page_url())));
        }
        let offered = match known {
            Some(offered) => offered,
            None => offered(&db, &choices, &query, viewer.reader()).await?,
        };
        // Our own markup, made by `view::fragment` and kept as bytes by the cache.
        let body = view::page_body(&query, &offered, &PreEscaped(fragment.text().into_owned()));
        Ok(Answer::Html(layout::page(viewer.frame(), &super::words::title(&query, &offered), &body).into_string()))
    }

    /// The form as it was typed, with what is wrong beside its field; no rows, since nothing was asked that
    /// can be answered.
    async fn refused(&self, desk: &Desk, viewer: &V, raw: &str, wrong: (String, String)) -> Result<Answer> {
        let query = Query::as_typed(self.list, raw, desk.clock.today());
        let choices = desk.choices.at(viewer.reference());
        let mut offered = offered(&desk.db, &choices, &query, viewer.reader()).await?;
        offered.refused = Some(wrong);
        let body = view::page_body(&query, &offered, &super::form::refusal(&query, &offered));
        Ok(Answer::Refused(layout::page(viewer.frame(), self.list.title, &body).into_string()))
    }

    /// Where an address without a question leads: to the default view of the person, or to the view it
    /// names alone. Both end at an address that says the whole state.
    fn opening(&self, viewer: &V, wants: Wants, raw: &str, query: &Query) -> Option<Answer> {
        let asked = raw.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).count();
        if wants == Wants::Fragment || asked > 1 {
            return None;
        }
        // What another page had to say is said on the next one.
        let said = viewer.frame().flash.clone();
        match query.opened {
            Opened::View(id, None) => Some(Answer::To(format!("/vues/{id}"), said)),
            Opened::Unsaid if asked == 0 => {
                let view = viewer.default_view(self.list.name)?;
                let reopened = Query::reopen(self.list, view.question, query.today);
                let address = reopened.query.opened_as(Opened::View(view.id, Some(view.version))).url();
                Some(Answer::To(address, said.or_else(|| reopened.sentence().map(|text| Said { tone: Tone::Warning, text, next: None }))))
            }
            _ => None,
        }
    }

    async fn count(&self, desk: &Desk, viewer: &V, wants: Wants, raw: &str) -> Result<Answer> {
        let exact = raw.split('&').any(|pair| pair == "exact=1");
        let kept: Vec<&str> = raw.split('&').filter(|pair| *pair != "exact=1").collect();
        let query = Query::parse(self.list, &kept.join("&"), desk.clock.today(), &desk.key)?;
        let fragment = wants == Wants::Fragment;
        let choices = desk.choices.at(viewer.reference());
        // Before the cache is asked: whoever waits for the same count waits for nobody else's turn.
        let _turn = if exact { Some(desk.gate.turn(viewer.reader().user_id).await?) } else { None };
        let make = async || -> Result<Made> {
            let counted = Count::with_sums(&desk.reading(viewer, self.list.domains), &choices, &query, viewer.reader(), exact).await?;
            Ok(Made { body: view::count(&query, &counted, fragment).into_string().into(), lasting: !counted.hurried })
        };
        let name = match (exact, fragment) {
            (true, true) => "compte-exact",
            (true, false) => "compte-exact-page",
            (false, true) => "compte",
            (false, false) => "compte-page",
        };
        let counted = self.cached(desk, viewer, name, &query.canonical_filters(), query.today, make).await?;
        Ok(match wants {
            Wants::Fragment => Answer::Kept(counted, None),
            Wants::Page => {
                let body = html! {
                    h1 { (self.list.title) }
                    // Our own markup, as above.
                    (PreEscaped(counted.text()))
                    p { a class="bouton" href=(query.url()) { "Revenir à la liste" } }
                };
                Answer::Html(layout::page(viewer.frame(), self.list.title, &body).into_string())
            }
        })
    }

    async fn facets(&self, desk: &Desk, viewer: &V, wants: Wants, raw: &str) -> Result<Answer> {
        let query = Query::parse(self.list, raw, desk.clock.today(), &desk.key)?;
        let choices = desk.choices.at(viewer.reference());
        let make = async || -> Result<Made> {
            let facets = facets::fetch(&desk.reading(viewer, self.list.domains), &choices, &query, viewer.reader()).await?;
            Ok(Made { body: facets::view(&query, &facets).into_string().into(), lasting: facets.iter().all(facets::Facet::is_told) })
        };
        let found = self.cached(desk, viewer, "facettes", &query.canonical_state(), query.today, make).await?;
        Ok(match wants {
            Wants::Fragment => Answer::Kept(found, None),
            Wants::Page => {
                let title = format!("{} : répartition", self.list.title);
                let body = html! {
                    h1 { (title) }
                    // Our own markup, as above.
                    (PreEscaped(found.text()))
                    p { a class="bouton" href=(query.url()) { "Revenir à la liste" } }
                };
                Answer::Html(layout::page(viewer.frame(), &title, &body).into_string())
            }
        })
    }

    /// See [`Desk::kept`].
    async fn cached(
        &self,
        desk: &Desk,
        viewer: &V,
        name: &str,
        parameters: &str,
        today: NaiveDate,
        make: impl AsyncFnOnce() -> Result<Made>,
    ) -> Result<Fragment> {
        desk.kept(self.list, name, &format!("{today} {parameters}"), viewer, make).await
    }
}

#[rocket::async_trait]
impl<V> Handler for Faces<V>
where
    V: Viewer + for<'r> FromRequest<'r, Error = Error> + 'static,
{
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let answer: Result<Answer> = self.answer(request).await;
        match answer {
            Ok(answer) => Outcome::from(request, answer),
            Err(error) => Outcome::from(request, error),
        }
    }
}

/// The words of a stored question, for manifests and journals.
///
/// # Errors
/// PostgreSQL failed.
pub async fn describe(desk: &Desk, query: &Query, reader: &Reader) -> Result<String> {
    let offered = offered(&desk.db, &Choices::default(), query, reader).await?;
    Ok(format!("{} ; {}", summary(query, &offered), sort_in_words(query)))
}
