//! Routes of the tokens: one's own, and those of the places that one answers for.

use maud::{Markup, html};
use rocket::http::{Header, Status};
use rocket::response::Redirect;
use rocket::{Either, FromForm, Responder, Route, State, get, post, routes};
use serde_json::json;

use super::draft::{Checked, Draft, Faults, Offer};
use super::list::GENRES;
use super::queries::{self, File};
use super::{form, model, views};
use crate::avis::{self, Notice};
use crate::comptes::{Confirmed, Envoi, Personne, given_back, reminder};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash, Visit};
use crate::platform::token;
use crate::ui::format;
use crate::ui::reply::OrForm;

/// Tokens of one person that still open.
const LIVING_MAX: i64 = 50;
/// Lines of the journal shown on the page of a token.
const LINES_SHOWN: i64 = 20;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![new, create, file, revoke]
}

#[derive(FromForm)]
struct Posted<'r> {
    #[field(default = "")]
    nom: &'r str,
    #[field(default = "personnel")]
    genre: &'r str,
    droits: Vec<&'r str>,
    collectivites: Vec<i32>,
    #[field(default = "")]
    expire_le: &'r str,
    #[field(default = false)]
    personnel: bool,
    #[field(default = "")]
    adresses: &'r str,
    #[field(default = "")]
    appels_minute: &'r str,
    #[field(default = "")]
    simultanes: &'r str,
    #[field(default = "")]
    lignes_jour: &'r str,
}

impl Posted<'_> {
    fn draft(&self) -> Draft {
        Draft {
            nom: self.nom.into(),
            genre: self.genre.into(),
            droits: self.droits.iter().map(ToString::to_string).collect(),
            collectivites: self.collectivites.clone(),
            expire_le: self.expire_le.into(),
            personnel: self.personnel,
            adresses: self.adresses.into(),
            limites: [self.appels_minute, self.simultanes, self.lignes_jour].map(str::to_string),
        }
    }
}

/// A page that no browser keeps: it shows what is shown once.
#[derive(Responder)]
struct Once {
    page: Markup,
    kept: Header<'static>,
}

/// What this person may give to a token.
async fn offer(context: &Context, personne: &Personne) -> Result<Offer> {
    if personne.reader.exploitant {
        return Err(Error::forbidden("Un compte d’exploitant ne lit aucune donnée\u{a0}: il n’a pas de jeton à créer."));
    }
    let mut connection = context.db.statement().acquire().await?;
    let offer = queries::offer(&mut connection, personne.reader.user_id).await?;
    if offer.places.is_empty() {
        return Err(Error::forbidden(
            "Vous n’avez de droits nulle part\u{a0}: un jeton ne pourrait rien. Voyez un administrateur de votre collectivité.",
        ));
    }
    Ok(offer)
}

#[get("/jetons/nouveau?<reprise>")]
async fn new(personne: Personne, _fresh: Confirmed, reprise: Option<i64>, context: &State<Context>) -> Result<Markup> {
    let offer = offer(context, &personne).await?;
    let Some(kept) = given_back(&context.db, personne.reader.user_id, reprise).await? else {
        return Ok(form::page(&personne, &offer, &Draft::new(&offer), (&Faults::new(), &html! {})));
    };
    let text = |name: &str| kept.typed(&[name]).unwrap_or_default();
    let draft = Draft {
        nom: text("nom"),
        genre: text("genre"),
        droits: kept.all("droits"),
        collectivites: kept.all("collectivites").iter().filter_map(|id| id.parse().ok()).collect(),
        expire_le: text("expire_le"),
        personnel: text("personnel") == "true",
        adresses: text("adresses"),
        limites: ["appels_minute", "simultanes", "lignes_jour"].map(text),
    };
    Ok(form::page(&personne, &offer, &draft, (&Faults::new(), &reminder())))
}

#[post("/jetons", data = "<posted>")]
async fn create(
    personne: Personne,
    _fresh: Confirmed,
    posted: Envoi<Posted<'_>>,
    context: &State<Context>,
    asked: Visit,
) -> OrForm<Either<Once, Flash<Redirect>>> {
    let offer = offer(context, &personne).await?;
    let draft = posted.draft();
    let refused = |faults: Faults| Ok(Err((Status::UnprocessableEntity, form::page(&personne, &offer, &draft, (&faults, &html! {})))));
    let checked = match draft.check(&offer) {
        Ok(checked) => checked,
        Err(faults) => return refused(faults),
    };
    let user_id = personne.reader.user_id;
    let mut write = context.db.write().await?;
    queries::lock(&mut write.tx, user_id).await?;
    match queries::namesake(&mut write.tx, user_id, &checked).await? {
        // Sent twice: it is made, and what was shown once is not shown again.
        Some((id, true)) => {
            write.rollback().await?;
            let said = "Ce jeton est déjà créé. Si vous ne l’avez pas copié quand il a été montré, révoquez-le et créez-en un autre.";
            return Ok(Ok(Either::Right(Flash::new(Redirect::to(format!("/jetons/{id}")), "info", said))));
        }
        Some((_, false)) => {
            write.rollback().await?;
            return refused(vec![("nom", "Un de vos jetons actifs porte déjà ce nom. Donnez-en un autre, ou révoquez d’abord celui-là.".into())]);
        }
        None => {}
    }
    if queries::living(&mut write.tx, user_id).await? >= LIVING_MAX {
        write.rollback().await?;
        return refused(vec![("nom", format!("Vous avez déjà {LIVING_MAX} jetons actifs. Révoquez ceux qui ne servent plus, puis recommencez."))]);
    }
    let random = token::random().map_err(|error| Error::Internal(error.to_string()))?;
    let text = model::text_of(&random);
    let Some(id) = queries::insert(&mut write.tx, user_id, (&token::hash(&text), &text[..model::SHOWN]), &checked).await? else {
        write.rollback().await?;
        return refused(vec![("droits", "Vos droits viennent de changer. Vérifiez ce que vous donnez à ce jeton, puis recommencez.".into())]);
    };
    told(&mut write, &personne, id, &checked).await?;
    // Rendered before anything is kept: a fault of the page loses no token.
    let page = form::shown(&personne, (id, &checked.nom, &text), &asked.origin);
    write.commit().await?;
    Ok(Ok(Either::Left(Once { page, kept: Header::new("Cache-Control", "private, no-store") })))
}

/// Notes the creation, and tells its person: a token outlives the session that made it.
async fn told(write: &mut Write, personne: &Personne, id: i64, checked: &Checked) -> Result<()> {
    let last = format::date(checked.dernier_jour);
    let genre = GENRES.iter().find(|(code, ..)| *code == checked.genre).map_or("", |(_, label, _)| label);
    let detail = json!({
        "nom": checked.nom, "genre": genre, "droits": model::in_words(checked.droits.iter().map(|(module, portee)| (*module, *portee))),
        "collectivites": checked.collectivites, "dernier_jour": last, "personnel": checked.personnel, "reseaux": checked.adresses.join(", "),
    });
    journal::note(&mut write.tx, &personne.actor, Action::Create, "jeton", &id.to_string(), &detail).await?;
    let texte = format!(
        "Le jeton «\u{a0}{}\u{a0}» a été créé depuis votre compte, valable jusqu’au {last}. Si ce n’est pas vous, révoquez-le et changez de mot de passe.",
        checked.nom
    );
    Ok(avis::add(&mut write.tx, personne.reader.user_id, &Notice { ton: "info", texte: &texte, lien: &format!("/jetons/{id}") }).await?)
}

async fn known(context: &Context, personne: &Personne, id: i64) -> Result<File> {
    let mut connection = context.db.statement().acquire().await?;
    queries::file(&mut connection, &personne.reader, id)
        .await?
        .ok_or_else(|| Error::out_of_reach("Ce jeton n’existe pas, ou n’est ni à vous ni dans votre périmètre."))
}

#[get("/jetons/<id>")]
async fn file(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    let file = known(context, &personne, id).await?;
    let days = queries::days(&context.db, id).await?;
    let lines = journal::history(&context.db.statement(), "jeton", &id.to_string(), LINES_SHOWN).await?;
    Ok(views::page(&personne.frame, &file, &days, &lines))
}

#[post("/jetons/<id>/revocation")]
async fn revoke(personne: Personne, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let file = known(context, &personne, id).await?;
    if !file.agit {
        return Err(Error::forbidden(
            "Ce jeton est celui de quelqu’un d’autre\u{a0}: son propriétaire, ou qui gère l’administration de sa collectivité, le révoque.",
        ));
    }
    let back = || Redirect::to(format!("/jetons/{id}"));
    let mut write = context.db.write().await?;
    if !queries::revoke(&mut write.tx, &personne.reader, id).await? {
        write.rollback().await?;
        return Ok(Flash::new(back(), "info", "Ce jeton était déjà révoqué."));
    }
    let actor = personne.actor.at(file.collectivite_id);
    journal::note(&mut write.tx, &actor, Action::Change, "jeton", &id.to_string(), &json!({"revocation": true})).await?;
    if file.utilisateur_id != personne.reader.user_id {
        let texte = format!("{} a révoqué votre jeton «\u{a0}{}\u{a0}»\u{a0}: le programme qui s’en sert n’entre plus.", personne.nom, file.nom);
        avis::add(&mut write.tx, file.utilisateur_id, &Notice { ton: "alerte", texte: &texte, lien: &format!("/jetons/{id}") }).await?;
    }
    write.commit().await?;
    Ok(Flash::success(back(), format!("Le jeton «\u{a0}{}\u{a0}» est révoqué.", file.nom)))
}
