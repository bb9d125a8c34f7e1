//! One's own identity: linked, taken away; and the collectivités that require one.

use maud::Markup;
use rocket::http::{Header, Status};
use rocket::response::Redirect;
use rocket::{FromForm, Responder, Route, State, get, post, routes as collect};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{MINUTES, PAGE, provider, queries, views};
use crate::avis::{self, Notice};
use crate::comptes::envoi::Envoi;
use crate::comptes::guard::{Administrateur, Confirmed, Personne};
use crate::comptes::queries as accounts;
use crate::comptes::utilisateurs::not_exploitant;
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::oidc::{Identity, Provider};
use crate::platform::token::Purpose;

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![own, link, unlink, unlink_of, require]
}

/// What the provider told, until its person says that it is them.
#[derive(Serialize, Deserialize)]
struct Proposed {
    session: i64,
    le: i64,
    identity: Identity,
}

#[get("/compte/identite")]
async fn own(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let provider = provider(context)?;
    let linked = queries::linked(context.db.statement(), personne.reader.user_id, provider.issuer()).await?;
    let manager = personne.reader.at(Niveau::Gerer);
    let managed = manager.collectivites(Module::Administration);
    let places =
        if !managed.is_empty() && !personne.must_link() { queries::places(&context.db, managed, provider.issuer()).await? } else { Vec::new() };
    Ok(views::own_page(&personne, provider.name(), linked.as_ref(), &places))
}

/// The page where somebody who comes back from the provider says that it is them. Nothing is linked before: an identity
/// that another site had proposed would open their account to somebody else.
pub(super) fn propose(context: &Context, personne: &Personne, provider: &Provider, identity: &Identity) -> Result<Markup> {
    let proposed = Proposed { session: personne.session_id, le: context.clock.now().timestamp(), identity: identity.clone() };
    let payload = serde_json::to_vec(&proposed).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(views::propose_page(personne, provider.name(), identity, &context.key.sign(Purpose::Identity, &payload)))
}

#[derive(FromForm)]
struct Accepted<'r> {
    identite: &'r str,
}

#[post("/compte/identite", data = "<form>")]
async fn link(
    personne: Personne,
    _fresh: Confirmed,
    form: Envoi<Accepted<'_>>,
    context: &State<Context>,
) -> Result<std::result::Result<Flash<Redirect>, (Status, Markup)>> {
    let provider = provider(context)?;
    let user = personne.reader.user_id;
    let proposed = context.key.verify(Purpose::Identity, form.identite).and_then(|payload| serde_json::from_slice::<Proposed>(&payload).ok());
    let now = context.clock.now().timestamp();
    let Some(Proposed { identity, .. }) = proposed.filter(|one| one.session == personne.session_id && (0..=MINUTES * 60).contains(&(now - one.le)))
    else {
        let page =
            views::refused_page(&personne, "Cette proposition a attendu plus de dix minutes, ou n’est pas de votre session. Recommencez.".into());
        return Ok(Err((Status::UnprocessableEntity, page)));
    };
    let mut write = context.db.write().await?;
    accounts::lock(&mut write.tx, user).await?;
    // What mends an account ends its sessions under the same lock: an acceptance that was on its way finds that.
    if !queries::is_open(&mut write.tx, personne.session_id, user).await? {
        return Err(Error::SignedOut);
    }
    if !queries::link(&mut write.tx, user, provider.issuer(), &identity).await? {
        write.rollback().await?;
        let same = queries::linked(context.db.statement(), user, provider.issuer()).await?;
        let sentence = if same.is_some() {
            format!("Votre compte est déjà relié à une identité {}. Retirez-la d’abord pour en relier une autre.", provider.name())
        } else {
            format!("Cette identité {} ouvre déjà un autre compte de Gardel. Retirez-la de ce compte d’abord.", provider.name())
        };
        return Ok(Err((Status::Conflict, views::refused_page(&personne, sentence))));
    }
    queries::opened_by(&mut write.tx, personne.session_id, user, provider.issuer(), &identity.jeton).await?;
    let told = format!(
        "Une identité {} a été reliée à votre compte : elle l’ouvre sans votre mot de passe. Si ce n’est pas vous, retirez-la et parlez-en à votre collectivité.",
        provider.name()
    );
    avis::add(&mut write.tx, user, &Notice { ton: "info", texte: &told, lien: PAGE }).await?;
    journal::note(&mut write.tx, &personne.actor, Action::Change, "identité", "", &json!({"identite": "reliée"})).await?;
    write.commit().await?;
    let said = format!("Votre compte est relié. À la prochaine connexion, choisissez {}.", provider.name());
    Ok(Ok(Flash::success(Redirect::to(PAGE), said)))
}

#[post("/compte/identite/retrait")]
async fn unlink(personne: Personne, _fresh: Confirmed, context: &State<Context>) -> Result<Flash<Redirect>> {
    let user = personne.reader.user_id;
    // Their password opens nothing here any more: it does not put another identity in place of theirs.
    if personne.must_link() {
        return Err(Error::forbidden(
            "Votre collectivité exige cette identité : connectez-vous par elle pour la changer, ou voyez un administrateur.",
        ));
    }
    let mut write = context.db.write().await?;
    if !queries::unlink(&mut write.tx, user, Some(personne.session_id)).await? {
        return Ok(Flash::new(Redirect::to(PAGE), "info", "Votre compte n’est relié à aucune identité."));
    }
    let told = "L’identité reliée à votre compte a été retirée depuis votre compte.";
    avis::add(&mut write.tx, user, &Notice { ton: "info", texte: told, lien: PAGE }).await?;
    journal::note(&mut write.tx, &personne.actor, Action::Change, "identité", "", &json!({"identite": "retirée"})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(PAGE), "L’identité est retirée ; les autres sessions qu’elle avait ouvertes sont terminées."))
}

/// Takes the identity of somebody away: they have left the employer who vouches for them, or doubt it.
#[post("/utilisateurs/<id>/identite/retrait")]
async fn unlink_of(admin: Administrateur, _fresh: Confirmed, id: i64, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = admin.0;
    let mut write = context.db.write().await?;
    accounts::lock_rights(&mut write.tx).await?;
    let user = accounts::user(&mut write.tx, &personne.reader, id)
        .await?
        .ok_or_else(|| Error::out_of_reach("Cet utilisateur n’existe pas ou n’est pas dans votre périmètre."))?;
    not_exploitant(&user)?;
    if !accounts::manages(&mut write.tx, personne.reader.user_id, id).await? {
        return Err(Error::forbidden("Vos droits ont changé : rien n’a été fait."));
    }
    let page = format!("/utilisateurs/{id}");
    if !queries::unlink(&mut write.tx, id, (id == personne.reader.user_id).then_some(personne.session_id)).await? {
        return Ok(Flash::new(Redirect::to(page), "info", "Ce compte n’est relié à aucune identité."));
    }
    let told = "L’identité reliée à votre compte a été retirée par un administrateur de votre collectivité : connectez-vous avec votre mot de passe.";
    avis::add(&mut write.tx, id, &Notice { ton: "alerte", texte: told, lien: PAGE }).await?;
    let about = accounts::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &about, Action::Change, "utilisateur", &id.to_string(), &json!({"identite": "retirée"})).await?;
    write.commit().await?;
    Ok(Flash::success(Redirect::to(page), "L’identité est retirée ; les sessions qu’elle avait ouvertes sont terminées."))
}

#[derive(FromForm)]
struct Requirement {
    collectivite: i32,
    exigee: bool,
}

/// Only somebody who came by the provider may require it of others: it has just worked for them.
#[post("/compte/identite/exigence", data = "<form>")]
async fn require(
    admin: Administrateur,
    _fresh: Confirmed,
    form: Envoi<Requirement>,
    context: &State<Context>,
) -> Result<std::result::Result<Flash<Redirect>, (Status, Markup)>> {
    let personne = admin.0;
    let provider = provider(context)?;
    if !personne.reader.collectivites(Module::Administration).contains(&form.collectivite) {
        return Err(Error::out_of_reach("Cette collectivité n’existe pas ou n’est pas dans votre périmètre."));
    }
    // Nor does whoever is held back by it take it away: a stolen password would undo it for everybody.
    if (form.exigee && !personne.external) || personne.must_link() {
        let sentence = format!("Connectez-vous d’abord par {} : vous saurez ainsi que cela marche avant de l’exiger.", provider.name());
        return Ok(Err((Status::Conflict, views::refused_page(&personne, sentence))));
    }
    let mut write = context.db.write().await?;
    accounts::lock_rights(&mut write.tx).await?;
    if !queries::may_require(&mut write.tx, personne.reader.user_id, form.collectivite).await? {
        return Err(Error::forbidden("Vos droits ont changé : rien n’a été fait."));
    }
    if queries::require(&mut write.tx, form.collectivite, form.exigee).await? {
        let detail = json!({"identite_exigee": form.exigee});
        journal::note(
            &mut write.tx,
            &personne.actor.at(Some(form.collectivite)),
            Action::Change,
            "collectivité",
            &form.collectivite.to_string(),
            &detail,
        )
        .await?;
    }
    write.commit().await?;
    let said = if form.exigee {
        "C’est exigé dès maintenant : un mot de passe n’ouvre plus que la page où l’on relie son identité."
    } else {
        "Ce n’est plus exigé : chacun se connecte comme il veut."
    };
    Ok(Ok(Flash::success(Redirect::to(PAGE), said)))
}

/// Where the provider ends its own session: asked for by the browser itself, a moment after the answer, for a form may not
/// lead to another site.
#[derive(Responder)]
pub(in crate::comptes) struct Leaving {
    page: Markup,
    to: Header<'static>,
    clear: Header<'static>,
}

/// The token of a session that the provider opened.
pub(in crate::comptes) async fn token_of(context: &Context, personne: &Personne) -> Result<Option<String>> {
    match &context.provider {
        Some(_) => Ok(queries::token_of(&context.db, personne.session_id).await?),
        None => Ok(None),
    }
}

/// Where the provider ends its own session, of one that it opened here.
pub(in crate::comptes) async fn end_of_session(context: &Context, token: Option<&str>) -> Option<String> {
    context.provider.as_ref()?.end_of_session(token?).await
}

/// The page that leads there.
pub(in crate::comptes) fn leaving(context: &Context, address: &str, clear: Header<'static>) -> Box<Leaving> {
    let name = context.provider.as_ref().map_or("", Provider::name);
    let page = views::leaving_page(context.config.environnement, name, address);
    Box::new(Leaving { page, to: Header::new("Refresh", format!("0; url={address}")), clear })
}
