//! Routes of a field: its form, its change, and the way back.

use maud::{Markup, html};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::response::Redirect;
use rocket::{FromForm, Request, Route, State, get, post, routes};
use serde_json::json;

use super::model::{Champ, Etat, Valeur};
use super::queries;
use super::views::{self, Subject, Typed as Shown};
use super::writing::{self, Change, Offre};
use crate::comptes::{self, Envoi, Personne};
use crate::context::Context;
use crate::journal::{self, Action, Borne};
use crate::listing::{Choice, Column, List, Query, RowData, cell, edit_cell, one_row, row_name};
use crate::motifs::{Offert, Saisi};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Wants, here, path_of};
use crate::platform::token::Purpose;
use crate::ui::layout;
use crate::ui::message::{self, Next, Tone};
use crate::ui::reply::{HxRedirect, Reply};

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![form, change, undo]
}

/// What a request says of where it comes from.
pub struct Caller {
    wants: Wants,
    /// Path and query of the page that the person was on.
    from: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Caller {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let Outcome::Success(wants) = Wants::from_request(request).await else { return Outcome::Forward(Status::InternalServerError) };
        let name = if wants == Wants::Fragment { "HX-Current-URL" } else { "Referer" };
        Outcome::Success(Self { wants, from: request.headers().get_one(name).and_then(path_of) })
    }
}

#[derive(FromForm)]
struct Typed<'r> {
    valeur: &'r str,
    version: i32,
    motif: Option<&'r str>,
    precision: Option<&'r str>,
    retour: Option<&'r str>,
}

#[derive(FromForm)]
struct Back<'r> {
    jeton: &'r str,
    retour: Option<&'r str>,
}

/// One field of one row, and who looks at it.
struct Editing<'a> {
    context: &'a Context,
    personne: Personne,
    champ: &'static Champ,
    id: i64,
    options: Vec<Choice>,
    /// Reasons on offer, for a field that has some.
    offered: Vec<Offert>,
    row: RowData,
    back: String,
    wants: Wants,
}

/// What is said to whoever sees a row and asks to change it without the right to.
const READ_ONLY: &str = "Vous lisez cette ligne, sans pouvoir la modifier\u{a0}: vos droits ne vont pas jusque-là pour cette commune. Voyez un administrateur de votre collectivité.";

fn unknown(list: &List) -> Error {
    Error::out_of_reach(format!("{} n’existe pas ou n’est pas dans votre périmètre.", views::this(list)))
}

/// `text` when it is an address of the list or of one of its files.
fn safe(list: &List, text: Option<&str>) -> Option<String> {
    let text = here(text?)?;
    let rest = text.strip_prefix('/')?.strip_prefix(list.name)?;
    let form = rest.contains("/champs/") || rest.contains("/actions");
    ((rest.is_empty() || rest.starts_with('?') || rest.starts_with('/')) && !form).then_some(text)
}

impl<'a> Editing<'a> {
    async fn open(context: &'a Context, personne: &'a Personne, champ: &'static Champ, id: i64, asked: &Caller, back: Option<&str>) -> Result<Self> {
        let list = champ.list;
        if !personne.reader.may(list.access) {
            return Err(Error::forbidden("Vos droits ne donnent pas accès à ces données."));
        }
        // Read and written where they may change it, and nowhere else.
        let personne = personne.at(list.access, champ.level())?;
        let query = Query::parse_stored(list, &format!("colonnes={}", champ.column), context.clock.today())?;
        let Some(row) = one_row(&context.db, &query, &personne.reader, id).await? else {
            let readable = one_row(&context.db, &query, &personne.reader.reading(), id).await?.is_some();
            return Err(if readable { Error::forbidden(READ_ONLY) } else { unknown(list) });
        };
        let Offre { options, motifs: offered } = champ.offers(context, &personne).await?;
        let back = safe(list, back).or_else(|| safe(list, asked.from.as_deref())).unwrap_or_else(|| format!("/{}/{id}", list.name));
        Ok(Self { context, personne, champ, id, options, offered, row, back, wants: asked.wants })
    }

    fn subject(&self) -> Subject<'_> {
        let partial = self.wants == Wants::Fragment;
        Subject { champ: self.champ, id: self.id, row: &self.row, options: &self.options, offered: &self.offered, back: &self.back, partial }
    }

    fn show(&self, status: Status, body: Markup) -> Reply {
        Reply::Page((
            status,
            match self.wants {
                Wants::Fragment => body,
                Wants::Page => layout::page(&self.personne.frame, &self.subject().title(), &body),
            },
        ))
    }

    /// The page that the person was on is the file of the row, which shows the value more than once.
    fn on_file(&self) -> bool {
        self.back.split('?').next() == Some(format!("/{}/{}", self.champ.list.name, self.id).as_str())
    }

    fn cell(&self) -> Markup {
        let column: &Column = self.champ.column();
        let (value, address) = self.row.cells.get(1).cloned().unwrap_or((crate::listing::Value::Null, None));
        let shown = cell::cell(column.kind, &value, address.as_deref());
        edit_cell(self.champ.list.name, &self.row.id, column, row_name(&self.row), &shown)
    }

    /// « Statut », and of which row when the person is led to the page of another.
    fn named(&self) -> String {
        let label = self.champ.column().label;
        let elsewhere = !self.on_file() && self.back.starts_with(&format!("/{}/", self.champ.list.name));
        if elsewhere { format!("{}, {}", row_name(&self.row), label.to_lowercase()) } else { label.to_string() }
    }

    /// What somebody reads here of a person is noted as the file of that person is.
    async fn note_reading(&self) -> Result<()> {
        if !self.champ.column().personal {
            return Ok(());
        }
        let mut write = self.context.db.write().await?;
        journal::within(self.context, &mut write.tx, &self.personne.actor, Borne::Consultations).await?;
        let communes = queries::communes(&mut write.tx, self.champ, self.id).await?;
        let object = (self.champ.object, self.id.to_string());
        journal::note_at(&mut write.tx, &self.personne.actor, Action::Read, (object.0, &object.1), &json!({}), &communes).await?;
        Ok(write.commit().await?)
    }

    async fn state(&self) -> Result<Etat> {
        writing::state(self.context, &self.personne, self.champ, self.id).await?.ok_or_else(|| unknown(self.champ.list))
    }

    /// Writes `held` over `version`, or shows both values when somebody came in between.
    async fn save(mut self, held: Valeur, version: i32, undoing: bool) -> Result<Reply> {
        let (champ, reader) = (self.champ, &self.personne.reader);
        let had = match writing::write(self.context, &self.personne, champ, (self.id, version), &held).await? {
            Change::Done(had) => had,
            Change::Gone => return Err(unknown(champ.list)),
            Change::Same => {
                return self
                    .done(message::Flash { tone: Tone::Info, text: "Rien à changer : c’est déjà la valeur enregistrée.".into(), next: None });
            }
            Change::Apart(why) => {
                let (typed, reason) = (champ.in_field(held.valeur.as_deref()), Saisi::from_motif(held.motif.as_ref()));
                let form = views::form(&self.subject(), &Shown { value: &typed, reason: &reason, version }, Some(&("valeur", why.into())));
                return Ok(self.show(Status::Conflict, form));
            }
            Change::Meanwhile(now) => {
                let body = views::clash(&self.subject(), &held, &now);
                return Ok(self.show(Status::Conflict, body));
            }
        };
        let words = champ.told(&held, &self.options);
        let (text, next) = if undoing {
            (format!("{} : {words}. C’est rétabli.", self.named()), None)
        } else {
            (format!("{} : {words}. C’est enregistré.", self.named()), Some(self.way_back(&had, version + 1)))
        };
        if self.wants == Wants::Fragment {
            let query = Query::parse_stored(champ.list, &format!("colonnes={}", champ.column), self.context.clock.today())?;
            self.row = one_row(&self.context.db, &query, reader, self.id).await?.ok_or_else(|| unknown(champ.list))?;
        }
        self.done(message::Flash { tone: Tone::Success, text, next })
    }

    /// What undoes the change: the value before, while the version is still the one just written.
    fn way_back(&self, before: &Valeur, written: i32) -> Next {
        let content = (self.champ.list.name, self.champ.column, self.id, before, written, self.personne.reader.user_id);
        // Texts and numbers always serialise.
        let token = self.context.key.sign(Purpose::Undoing, &serde_json::to_vec(&content).unwrap_or_default());
        Next::Undo { address: format!("{}/retour", self.champ.address(self.id)), token, back: self.back.clone() }
    }

    fn done(self, flash: message::Flash) -> Result<Reply> {
        let text = flash.next.as_ref().map_or_else(|| flash.text.clone(), |next| next.after(&flash.text));
        let kind = if flash.tone == Tone::Success { "success" } else { "info" };
        Ok(match self.wants {
            Wants::Page => Reply::Done(Box::new(Flash::new(Redirect::to(self.back), kind, text))),
            Wants::Fragment if self.on_file() => Reply::Reload(Box::new(Flash::new(HxRedirect(self.back), kind, text))),
            Wants::Fragment => Reply::Page((Status::Ok, views::saved(&self.cell(), &flash))),
        })
    }
}

fn known(context: &Context, liste: &str, champ: &str) -> Result<&'static Champ> {
    Champ::find(&context.catalogue, liste, champ)
        .ok_or_else(|| Error::not_found("Ce champ n’existe pas ou ne se modifie pas ainsi. Ouvrez la fiche."))
}

#[get("/<liste>/<id>/champs/<champ>?<vue>&<reprise>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn form(
    liste: &str,
    id: i64,
    champ: &str,
    vue: Option<&str>,
    reprise: Option<i64>,
    personne: Personne,
    asked: Caller,
    context: &State<Context>,
) -> Result<Reply> {
    let kept = comptes::given_back(&context.db, personne.reader.user_id, reprise).await?;
    let back = kept.as_ref().and_then(comptes::Saisie::back);
    let editing = Editing::open(context, &personne, known(context, liste, champ)?, id, &asked, back.as_deref()).await?;
    // The cell again, as the list shows it: nothing was opened.
    if vue.is_some() && asked.wants == Wants::Fragment {
        return Ok(editing.show(Status::Ok, editing.cell()));
    }
    editing.note_reading().await?;
    let state = editing.state().await?;
    // Over the version that was on the screen: what somebody wrote meanwhile is a conflict, as if it had been sent in time.
    if let Some((kept, typed, version)) = kept.as_ref().and_then(|kept| Some((kept, kept.typed(&["valeur", "statut"])?, kept.version()?))) {
        let reason = Saisi::of(kept.typed(&["motif"]).as_deref(), kept.typed(&["precision"]).as_deref());
        let form = views::form(&editing.subject(), &Shown { value: &typed, reason: &reason, version }, None);
        return Ok(editing.show(Status::Ok, html! { (comptes::reminder()) (form) }));
    }
    let held = state.held();
    let typed =
        Shown { value: &editing.champ.in_field(held.valeur.as_deref()), reason: &Saisi::from_motif(held.motif.as_ref()), version: state.version };
    Ok(editing.show(Status::Ok, views::form(&editing.subject(), &typed, None)))
}

#[post("/<liste>/<id>/champs/<champ>", data = "<typed>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn change(
    liste: &str,
    id: i64,
    champ: &str,
    personne: Personne,
    asked: Caller,
    typed: Envoi<Typed<'_>>,
    context: &State<Context>,
) -> Result<Reply> {
    let change = Changement { id, version: typed.version, typed: typed.valeur, reason: Saisi::of(typed.motif, typed.precision), back: typed.retour };
    save(context, &personne, &asked, known(context, liste, champ)?, change).await
}

/// What a form asks to change.
pub struct Changement<'a> {
    /// The row.
    pub id: i64,
    /// Its version, as the person saw it.
    pub version: i32,
    /// The value, as typed.
    pub typed: &'a str,
    /// The reason, as typed.
    pub reason: Saisi,
    /// Where to come back.
    pub back: Option<&'a str>,
}

/// Changes a field of a row; for the forms of files too.
///
/// # Errors
/// The row is not the person's, or PostgreSQL failed.
pub async fn save(context: &Context, personne: &Personne, asked: &Caller, champ: &'static Champ, change: Changement<'_>) -> Result<Reply> {
    let Changement { id, version, typed, reason, back } = change;
    let editing = Editing::open(context, personne, champ, id, asked, back).await?;
    let checked = champ.read(typed, &reason, (&editing.options, &editing.offered), context.clock.today());
    match checked {
        Ok(held) => editing.save(held, version, false).await,
        Err(wrong) => {
            let typed = Shown { value: typed, reason: &reason, version };
            Ok(editing.show(Status::UnprocessableEntity, views::form(&editing.subject(), &typed, Some(&wrong))))
        }
    }
}

#[post("/<liste>/<id>/champs/<champ>/retour", data = "<form>", rank = 6)]
#[allow(clippy::too_many_arguments)] // one per part of the request
async fn undo(
    liste: &str,
    id: i64,
    champ: &str,
    personne: Personne,
    asked: Caller,
    form: Envoi<Back<'_>>,
    context: &State<Context>,
) -> Result<Reply> {
    let champ = known(context, liste, champ)?;
    let stale = || Error::invalid("Cette annulation n’est pas valable. Ouvrez la fiche et rétablissez la valeur vous-même.");
    let content = context.key.verify(Purpose::Undoing, form.jeton).ok_or_else(stale)?;
    let (list, column, of, before, written, who): (String, String, i64, Valeur, i32, i64) = serde_json::from_slice(&content).map_err(|_| stale())?;
    if (list.as_str(), column.as_str(), of, who) != (champ.list.name, champ.column, id, personne.reader.user_id) {
        return Err(stale());
    }
    Editing::open(context, &personne, champ, id, &asked, form.retour).await?.save(before, written, true).await
}
