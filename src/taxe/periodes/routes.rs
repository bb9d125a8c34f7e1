//! Routes of the periods of a lodging: added, corrected, removed, given back, by whoever may open the lodging.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rocket::http::Status;
use rocket::request::FromParam;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;

use super::model::{self, COLLECTE, Etat, FERMETURE, Genre, MOST, Typed};
use super::queries::{self, Logement, Periode, Seen};
use super::views::{self, Shown};
use crate::comptes::{self, Envoi, Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Choice, Niveau};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::token::Purpose;
use crate::taxe::LOGEMENTS;
use crate::taxe::reference::COLLECTEURS_SQL;
use crate::taxe::sejours::allowed;
use crate::ui::layout;
use crate::ui::message::Next;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![new, add, edit, correct, remove, undo]
}

/// A kind of period named by an address; any other name is another room's.
pub struct Named(&'static Genre);

impl<'r> FromParam<'r> for Named {
    type Error = ();

    fn from_param(name: &'r str) -> std::result::Result<Self, Self::Error> {
        [FERMETURE, COLLECTE].into_iter().find(|genre| genre.name == name).map(Self).ok_or(())
    }
}

/// One kind of periods of one lodging, and who looks.
struct LodgingPeriods<'a> {
    context: &'a Context,
    personne: Personne,
    genre: &'static Genre,
    lodging: Logement,
    /// Collectors on offer.
    options: Vec<Choice>,
}

fn unknown() -> Error {
    Error::out_of_reach("Ce logement n’existe pas ou n’est pas dans votre périmètre.")
}

impl<'a> LodgingPeriods<'a> {
    async fn open(context: &'a Context, personne: &Personne, genre: &'static Genre, id: i64) -> Result<Self> {
        allowed(personne)?;
        let personne = personne.at(LOGEMENTS.access, Niveau::Saisir)?;
        let mut connection = context.db.statement().acquire().await?;
        let lodging = queries::lodging(&mut connection, &personne.reader, id, false).await?.ok_or_else(unknown)?;
        drop(connection);
        let options = if genre.begins { Vec::new() } else { context.choices.of(&context.db, COLLECTEURS_SQL).await?.to_vec() };
        Ok(Self { context, personne, genre, lodging, options })
    }

    /// A transaction in which nobody else changes the periods of this lodging, once the right to it has been asked again.
    async fn begin(&self) -> Result<Write> {
        let mut write = self.context.db.write().await?;
        queries::lodging(&mut write.tx, &self.personne.reader, self.lodging.id, true).await?.ok_or_else(unknown)?;
        Ok(write)
    }

    async fn one(&self, id: i64) -> Result<Periode> {
        let mut connection = self.context.db.statement().acquire().await?;
        let found = queries::one(&mut connection, self.genre, self.lodging.id, id).await?;
        found.ok_or_else(|| Error::not_found(format!("{} n’existe pas. Revenez à la fiche du logement.", self.genre.this)))
    }

    /// What the field of a period reads as: the name of a collector, the motive as it is.
    fn what(&self, quoi: &str) -> String {
        self.options.iter().find(|(code, _)| code == quoi).map_or(quoi, |(_, name)| name).to_string()
    }

    fn words(&self, etat: &Etat) -> String {
        model::words(self.genre, etat.debut, etat.fin, &self.what(&etat.quoi))
    }

    fn page(&self, status: Status, seen: Option<(i64, i32)>, typed: &Typed, faults: &[(&'static str, String)], above: &Markup) -> Reply {
        let shown = Shown { genre: self.genre, lodging: (self.lodging.id, &self.lodging.nom), seen, typed, faults, options: &self.options, above };
        Reply::Page((status, layout::page(&self.personne.frame, &views::title(&shown), &views::form(&shown))))
    }

    fn back(&self, kind: &'static str, text: impl Into<String>) -> Reply {
        Reply::Done(Box::new(Flash::new(Redirect::to(format!("/logements/{}", self.lodging.id)), kind, text)))
    }

    /// What another period says against this one.
    fn against(&self, other: &Periode) -> Vec<(&'static str, String)> {
        let words = self.words(&other.etat());
        let why = if self.genre.begins {
            format!(
                "{}\u{a0}: une autre fermeture couvre déjà certaines de ces nuits, {words}. Changez ces dates, ou corrigez l’autre.",
                self.genre.from.0
            )
        } else {
            format!(
                "{}\u{a0}: ce collecteur est déjà noté pour ces jours ({words}). Changez ces dates, ou corrigez l’autre ligne.",
                self.genre.from.0
            )
        };
        vec![("debut", why)]
    }

    /// Notes what became of a period, and says to whom it shows.
    async fn note(&self, write: &mut Write, before: Option<String>, after: Option<String>) -> Result<()> {
        let change = json!({"avant": before, "apres": after});
        let detail = if self.genre.begins { json!({"fermeture": change}) } else { json!({"collecte": change}) };
        let object = self.lodging.id.to_string();
        let communes = std::slice::from_ref(&self.lodging.code_insee);
        journal::note_at(&mut write.tx, &self.personne.actor, Action::Change, ("logement", &object), &detail, communes).await?;
        write.touch("logements", &self.lodging.code_insee);
        Ok(())
    }

    /// What gives back the period as it was, while its version is the one just written.
    fn way_back(&self, id: i64, written: i32, was: &Etat, removed: bool) -> Next {
        let content = (self.genre.name, self.lodging.id, id, written, was, removed, self.personne.reader.user_id);
        // Texts, days and numbers always serialise.
        let token = self.context.key.sign(Purpose::Undoing, &serde_json::to_vec(&content).unwrap_or_default());
        let file = format!("/logements/{}", self.lodging.id);
        Next::Undo { address: format!("{file}/{}/{id}/retour", self.genre.name), token, back: file }
    }

    /// How many stays have a night in a closure, as the message that follows says it.
    async fn met(&self, write: &mut Write, etat: &Etat) -> Result<Option<String>> {
        if !self.genre.begins {
            return Ok(None);
        }
        Ok(match queries::stays(&mut write.tx, self.lodging.id, etat).await? {
            0 => None,
            1 => Some("1 séjour déjà déclaré a une nuit dans cette fermeture\u{a0}: sa ligne y mène.".into()),
            several => Some(format!("{several} séjours déjà déclarés ont une nuit dans cette fermeture\u{a0}: sa ligne y mène.")),
        })
    }
}

fn typed(genre: &Genre, sent: &BTreeMap<String, String>) -> Typed {
    let text = |name: &str| sent.get(name).map_or("", |text| text.trim()).to_string();
    Typed { debut: text("debut"), fin: text("fin"), quoi: text(genre.column) }
}

/// What is said once it is written, with the way back.
fn said(periods: &LodgingPeriods<'_>, done: &str, met: Option<String>, next: &Next) -> Reply {
    let noun = if periods.genre.begins { "La fermeture" } else { "Le collecteur" };
    let text = format!("{noun} est {done}{}.", periods.genre.ending);
    match met {
        Some(met) => periods.back("warning", next.after(&format!("{text} {met}"))),
        None => periods.back("success", next.after(&text)),
    }
}

#[get("/logements/<id>/<genre>/nouvelle?<reprise>", rank = 4)]
async fn new(id: i64, genre: Named, reprise: Option<i64>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    let above = html! { @if kept.is_some() { (comptes::reminder()) } };
    let typed = kept.map_or_else(Typed::default, |kept| typed(periods.genre, &kept.pairs().into_iter().collect()));
    Ok(periods.page(Status::Ok, None, &typed, &[], &above))
}

#[post("/logements/<id>/<genre>", data = "<sent>", rank = 5)]
async fn add(id: i64, genre: Named, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let typed = typed(periods.genre, &sent.0);
    let etat = match typed.check(periods.genre, &periods.options, context.clock.today()) {
        Ok(etat) => etat,
        Err(faults) => return Ok(periods.page(Status::UnprocessableEntity, None, &typed, &faults, &html! {})),
    };
    let mut write = periods.begin().await?;
    if let Some(other) = queries::in_the_way(&mut write.tx, periods.genre, id, &etat, None).await? {
        write.rollback().await?;
        // Sent twice: it is there.
        if other.etat() == etat {
            return Ok(periods.back("info", format!("{} est déjà là\u{a0}: {}.", periods.genre.this, periods.words(&etat))));
        }
        return Ok(periods.page(Status::Conflict, None, &typed, &periods.against(&other), &html! {}));
    }
    if queries::count(&mut write.tx, periods.genre, id).await? >= MOST {
        write.rollback().await?;
        let why = format!("Ce logement a déjà {MOST} lignes ici. Retirez celles qui ne servent plus.");
        return Ok(periods.page(Status::Conflict, None, &typed, &[("debut", why)], &html! {}));
    }
    let added = queries::insert(&mut write.tx, periods.genre, id, &etat, personne.reader.user_id).await?;
    periods.note(&mut write, None, Some(periods.words(&etat))).await?;
    let met = periods.met(&mut write, &etat).await?;
    write.commit().await?;
    Ok(said(&periods, "enregistré", met, &periods.way_back(added, 1, &etat, true)))
}

#[get("/logements/<id>/<genre>/<periode>?<reprise>", rank = 5)]
async fn edit(id: i64, genre: Named, periode: i64, reprise: Option<i64>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let held = periods.one(periode).await?;
    if held.retire_le.is_some() {
        return Err(Error::Gone(format!("{} a été retiré{}. Revenez à la fiche du logement.", periods.genre.this, periods.genre.ending).into()));
    }
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    // Over the version that was on the screen: what was written meanwhile is a conflict, as if it had been sent in time.
    let (typed, version, above) = match kept.as_ref().and_then(|kept| Some((kept, kept.version()?))) {
        Some((kept, version)) => (typed(periods.genre, &kept.pairs().into_iter().collect()), version, comptes::reminder()),
        None => (Typed::of(&held.etat()), held.version, html! {}),
    };
    Ok(periods.page(Status::Ok, Some((periode, version)), &typed, &[], &above))
}

#[post("/logements/<id>/<genre>/<periode>", data = "<sent>", rank = 5)]
async fn correct(id: i64, genre: Named, periode: i64, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let typed = typed(periods.genre, &sent.0);
    let version: i32 = sent.0.get("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let again = |status, faults: &[(&'static str, String)], version, above: Markup| {
        Ok(periods.page(status, Some((periode, version)), &typed, faults, &above))
    };
    let etat = match typed.check(periods.genre, &periods.options, context.clock.today()) {
        Ok(etat) => etat,
        Err(faults) => return again(Status::UnprocessableEntity, &faults, version, html! {}),
    };
    let mut write = periods.begin().await?;
    let held = one_of(&periods, &mut write, periode).await?;
    if held.retire_le.is_some() {
        write.rollback().await?;
        // Removed in another window: what was typed goes on as a period of its own, if somebody wants it to.
        return Ok(periods.page(Status::Conflict, None, &typed, &[], &views::removed(periods.genre)));
    }
    if held.version == version && held.etat() == etat {
        write.rollback().await?;
        return Ok(periods.back("info", "Rien à changer\u{a0}: ce sont déjà les valeurs enregistrées."));
    }
    if held.version != version {
        write.rollback().await?;
        return again(Status::Conflict, &[], held.version, views::clash(&held, &periods.words(&held.etat()), &periods.words(&etat)));
    }
    if let Some(other) = queries::in_the_way(&mut write.tx, periods.genre, id, &etat, Some(periode)).await? {
        write.rollback().await?;
        return again(Status::Conflict, &periods.against(&other), version, html! {});
    }
    let seen = Seen { lodging: id, id: periode, version };
    if !queries::write(&mut write.tx, periods.genre, seen, (&etat, false), personne.reader.user_id).await? {
        return Err(Error::Internal("a period changed while its lodging was held".into()));
    }
    periods.note(&mut write, Some(periods.words(&held.etat())), Some(periods.words(&etat))).await?;
    let met = periods.met(&mut write, &etat).await?;
    write.commit().await?;
    Ok(said(&periods, "corrigé", met, &periods.way_back(periode, version + 1, &held.etat(), false)))
}

/// Period `id` of the lodging of `periods`, in the transaction that holds that lodging.
async fn one_of(periods: &LodgingPeriods<'_>, write: &mut Write, id: i64) -> Result<Periode> {
    let found = queries::one(&mut write.tx, periods.genre, periods.lodging.id, id).await?;
    found.ok_or_else(|| Error::not_found(format!("{} n’existe pas. Revenez à la fiche du logement.", periods.genre.this)))
}

#[derive(FromForm)]
struct Removed {
    version: i32,
}

#[post("/logements/<id>/<genre>/<periode>/suppression", data = "<sent>", rank = 5)]
async fn remove(id: i64, genre: Named, periode: i64, personne: Personne, sent: Envoi<Removed>, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let mut write = periods.begin().await?;
    let held = one_of(&periods, &mut write, periode).await?;
    let (this, e) = (periods.genre.this, periods.genre.ending);
    if held.retire_le.is_some() {
        write.rollback().await?;
        return Ok(periods.back("info", format!("{this} était déjà retiré{e}.")));
    }
    let seen = Seen { lodging: id, id: periode, version: sent.version };
    if !queries::write(&mut write.tx, periods.genre, seen, (&held.etat(), true), personne.reader.user_id).await? {
        write.rollback().await?;
        return Ok(
            periods.back("warning", format!("{this} a été corrigé{e} entre-temps\u{a0}: rien n’est retiré. Relisez sa ligne, puis recommencez."))
        );
    }
    periods.note(&mut write, Some(periods.words(&held.etat())), None).await?;
    write.commit().await?;
    Ok(said(&periods, "retiré", None, &periods.way_back(periode, sent.version.saturating_add(1), &held.etat(), false)))
}

#[derive(FromForm)]
struct Back<'r> {
    jeton: &'r str,
}

/// What a way back says: kind, lodging, period, version written, what it was, whether it was removed, for whom.
type WayBack = (String, i64, i64, i32, Etat, bool, i64);

#[post("/logements/<id>/<genre>/<periode>/retour", data = "<back>", rank = 5)]
async fn undo(id: i64, genre: Named, periode: i64, personne: Personne, back: Envoi<Back<'_>>, context: &State<Context>) -> Result<Reply> {
    let periods = LodgingPeriods::open(context, &personne, genre.0, id).await?;
    let stale = || Error::invalid("Cette annulation n’est pas valable. Ouvrez la fiche du logement et corrigez vous-même.");
    let content = context.key.verify(Purpose::Undoing, back.jeton).ok_or_else(stale)?;
    let (kind, lodging, of, version, was, removed, who): WayBack = serde_json::from_slice(&content).map_err(|_| stale())?;
    if (kind.as_str(), lodging, of, who) != (periods.genre.name, id, periode, personne.reader.user_id) {
        return Err(stale());
    }
    let mut write = periods.begin().await?;
    let held = one_of(&periods, &mut write, periode).await?;
    let other = if removed { None } else { queries::in_the_way(&mut write.tx, periods.genre, id, &was, Some(periode)).await? };
    if let Some(other) = other {
        write.rollback().await?;
        let words = periods.words(&other.etat());
        return Ok(periods.back("warning", format!("Rien n’est rétabli\u{a0}: une autre ligne couvre ces jours depuis, {words}.")));
    }
    let seen = Seen { lodging: id, id: periode, version };
    if !queries::write(&mut write.tx, periods.genre, seen, (&was, removed), personne.reader.user_id).await? {
        write.rollback().await?;
        return Ok(periods.back("warning", "Cette ligne a été modifiée depuis\u{a0}: rien n’est rétabli. Corrigez-la vous-même."));
    }
    let now = held.retire_le.is_none().then(|| periods.words(&held.etat()));
    periods.note(&mut write, now, (!removed).then(|| periods.words(&was))).await?;
    write.commit().await?;
    Ok(periods.back("success", "C’est annulé\u{a0}: tout est comme avant."))
}
