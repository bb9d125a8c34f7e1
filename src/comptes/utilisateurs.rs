//! Users, as their administrateur manages them: invite, change, hand a new link.

use maud::{Markup, html};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, FromForm, Route, State, get, post, routes};
use rocket_dyn_templates::Metadata;
use serde_json::json;

use super::envoi::Envoi;
use super::fiche::{GIVEN, file_page, invite_page};
use super::grille;
use super::guard::{Administrateur, Confirmed, Personne};
use super::invitations::{Sheet, sheet};
use super::model::{Droit, UserForm, UserInput, Utilisateur};
use super::reprise::{REMINDER, Saisie, given_back};
use super::role::Role;
use super::{courriels, externe, facteur};
use super::{queries, semblables, sessions};
use crate::avis::{self, Notice};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Flash as Leading, Visit};
use crate::platform::token;
use crate::ui::alike::Similar;
use crate::ui::message::{Flash, Tone};
use crate::ui::reply::OrForm;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![new, create, file, change, new_link, end_sessions]
}

#[derive(FromForm)]
struct Posted<'r> {
    #[field(default = "")]
    courriel: &'r str,
    #[field(default = "")]
    nom: &'r str,
    role: &'r str,
    #[field(default = false)]
    actif: bool,
    collectivites: Vec<i32>,
    /// The grid: a right for each choice that is not empty.
    droits: Vec<&'r str>,
    #[field(default = 0)]
    version: i32,
    /// The accounts that look like a new one, and were shown.
    #[field(default = "")]
    vus: &'r str,
    /// How the link of a new account is handed over: « courriel », or by its sheet.
    #[field(default = "")]
    remise: &'r str,
}

impl Posted<'_> {
    fn form(&self) -> UserForm {
        UserForm {
            courriel: self.courriel.into(),
            nom: self.nom.into(),
            role: self.role.into(),
            actif: self.actif,
            collectivites: self.collectivites.clone(),
            ..read_grid(&self.droits)
        }
    }
}

/// What of a form its grid says.
fn read_grid(sent: &[&str]) -> UserForm {
    let given: Vec<Option<Droit>> = sent.iter().filter(|text| !text.is_empty()).map(|text| Droit::read(text)).collect();
    UserForm { illisible: given.iter().any(Option::is_none), droits: given.into_iter().flatten().collect(), ..UserForm::default() }
}

#[get("/utilisateurs/nouveau?<reprise>")]
async fn new(administrateur: Administrateur, _fresh: Confirmed, reprise: Option<i64>, context: &State<Context>) -> Result<Markup> {
    let collectivites = queries::collectivites(&context.db, &administrateur.0.reader).await?;
    let kept = given_back(&context.db, administrateur.0.reader.user_id, reprise).await?;
    let form = match &kept {
        Some(kept) => UserForm { actif: true, ..typed_form(kept) },
        None => UserForm { role: Role::Agent.code().into(), actif: true, ..UserForm::default() },
    };
    Ok(invite_page(&with_reminder(&administrateur.0, kept.is_some()), &form, &collectivites, (&[], &[], context.mailer.is_some())))
}

#[post("/utilisateurs", data = "<posted>")]
async fn create(
    administrateur: Administrateur,
    _fresh: Confirmed,
    posted: Envoi<Posted<'_>>,
    context: &State<Context>,
    asked: Visit,
    templates: Metadata<'_>,
) -> OrForm<Either<Markup, Leading<Redirect>>> {
    let personne = &administrateur.0;
    let collectivites = queries::collectivites(&context.db, &personne.reader).await?;
    let form = UserForm { actif: true, ..posted.form() };
    let again = |status: Status, errors: &[(&'static str, String)], similar: &[Similar]| {
        Ok(Err((status, invite_page(personne, &form, &collectivites, (errors, similar, context.mailer.is_some())))))
    };
    let refused = |errors: &[(&'static str, String)]| again(Status::UnprocessableEntity, errors, &[]);
    let input = match form.check(&collectivites, &GIVEN) {
        Ok(input) => input,
        Err(errors) => return refused(&errors),
    };
    let mut write = context.db.write().await?;
    let similar = semblables::of(&mut write.tx, personne.reader.user_id, &input.nom, &input.courriel).await?;
    if similar.iter().any(|one| !one.is_seen(posted.vus)) {
        write.rollback().await?;
        return again(Status::Conflict, &[], &similar);
    }
    let Some(id) = queries::add_user(&mut write.tx, (&input.courriel, &input.nom), input.role, (&input.collectivites, &input.droits)).await? else {
        write.rollback().await?;
        if let Some(id) = same_account(context, personne, &input).await? {
            let said = "Ce compte est déjà créé. Si vous n’avez pas vu sa fiche de bienvenue, remettez-lui un nouveau lien.";
            return Ok(Ok(Either::Right(Leading::success(Redirect::to(format!("/utilisateurs/{id}")), said))));
        }
        return refused(&[("courriel", "Ce courriel a déjà un compte. Cherchez-le dans la liste des utilisateurs ; s’il n’y est pas, il est d’une autre collectivité\u{a0}: voyez l’exploitant.".into())]);
    };
    if posted.remise == "courriel" && context.mailer.is_some() {
        return invited_by_mail(personne, write, id, &input).await.map(|page| Ok(Either::Right(page)));
    }
    let token = token::random().map_err(|error| Error::Internal(error.to_string()))?;
    if !queries::invite(&mut write.tx, &token::hash(&token), id, "invitation", Some(personne.reader.user_id)).await? {
        return Err(elsewhere());
    }
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Create, "utilisateur", &id.to_string(), &json!({"role": input.role.code()})).await?;
    let place = collectivites.iter().find(|one| Some(&one.id) == input.collectivites.first());
    // Rendered before anything is kept: a broken template loses no link.
    let page = sheet(
        &templates,
        &personne.frame,
        &Sheet {
            nom: &input.nom,
            courriel: &input.courriel,
            collectivite: place.map_or("", |one| one.nom.as_str()),
            siren: place.map_or("", |one| one.siren.as_str()),
            lien: &format!("{}/invitation/{token}", asked.origin),
            motif: "invitation",
        },
    )?;
    write.commit().await?;
    Ok(Ok(Either::Left(page)))
}

/// The end of a creation whose link goes by e-mail.
async fn invited_by_mail(personne: &Personne, mut write: Write, id: i64, input: &UserInput) -> Result<Leading<Redirect>> {
    let author = personne.reader.user_id;
    if !queries::manages(&mut write.tx, author, id).await? {
        return Err(elsewhere());
    }
    courriels::send_link(&mut write, "invitation", id, author).await?;
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    let detail = json!({"role": input.role.code(), "lien": "invitation", "envoi": "demande"});
    journal::note(&mut write.tx, &actor, Action::Create, "utilisateur", &id.to_string(), &detail).await?;
    write.commit().await?;
    let said = format!("Compte créé. Le courriel part à {}\u{a0}: ce qu’il devient se lit ci-dessous.", input.courriel);
    Ok(Leading::success(Redirect::to(format!("/utilisateurs/{id}#courriels")), said))
}

/// The account that a first post of the same form made, if nobody has used it yet.
async fn same_account(context: &Context, personne: &Personne, input: &UserInput) -> Result<Option<i64>> {
    let Some(id) = queries::id_of(&context.db, &input.courriel).await? else { return Ok(None) };
    let user = queries::user(&mut *context.db.statement().acquire().await?, &personne.reader, id).await?;
    let same = |user: &Utilisateur| {
        let same_rights =
            user.role == input.role && user.collectivites == input.collectivites && (input.role != Role::SurMesure || user.droits == input.droits);
        !user.a_mot_de_passe && user.actif && user.nom == input.nom && same_rights
    };
    Ok(user.filter(same).map(|user| user.id))
}

#[get("/utilisateurs/<id>?<reprise>")]
async fn file(administrateur: Administrateur, id: i64, reprise: Option<i64>, context: &State<Context>) -> Result<Markup> {
    let personne = &administrateur.0;
    let user = known(context, personne, id).await?;
    let collectivites = queries::collectivites(&context.db, &personne.reader).await?;
    let mut write = context.db.write().await?;
    journal::within(context, &mut write.tx, &personne.actor, journal::Borne::Consultations).await?;
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Read, "utilisateur", &id.to_string(), &json!({})).await?;
    let factor = facteur::section(personne, &user, &facteur::removal_of(&mut write.tx, personne, id).await?);
    write.commit().await?;
    let factor = html! { (courriels::section(context, &user).await?) (factor) @if user.role != Role::Exploitant { (externe::section_of(context, id).await?) } };
    let kept = given_back(&context.db, personne.reader.user_id, reprise).await?;
    if let Some((kept, version)) = kept.as_ref().and_then(|kept| Some((kept, kept.version()?))) {
        let form = UserForm { courriel: user.courriel.clone(), nom: user.nom.clone(), ..typed_form(kept) };
        return Ok(file_page(&with_reminder(personne, true), &user, (&form, version), &collectivites, &[], &factor));
    }
    Ok(file_page(personne, &user, (&form_of(&user), user.version), &collectivites, &[], &factor))
}

#[post("/utilisateurs/<id>", data = "<posted>")]
async fn change(
    administrateur: Administrateur,
    _fresh: Confirmed,
    id: i64,
    posted: Envoi<Posted<'_>>,
    context: &State<Context>,
) -> OrForm<Leading<Redirect>> {
    let personne = &administrateur.0;
    let author = personne.reader.user_id;
    let collectivites = queries::collectivites(&context.db, &personne.reader).await?;
    let mut write = context.db.write().await?;
    // From here on nobody else's rights change: two administrateurs who take each other's away come one after the other.
    // Whoever takes rights away keeps their own, and manages every place of the account: no place is left without anybody.
    queries::lock_rights(&mut write.tx).await?;
    if !queries::manages(&mut write.tx, author, id).await? {
        return Err(elsewhere());
    }
    let user = queries::user(&mut write.tx, &personne.reader, id).await?.ok_or_else(elsewhere)?;
    not_exploitant(&user)?;
    let form = UserForm { courriel: user.courriel.clone(), nom: user.nom.clone(), ..posted.form() };
    let refused = |status: Status, errors: &[(&'static str, String)]| {
        Ok(Err((status, file_page(personne, &user, (&form, user.version), &collectivites, errors, &html! {}))))
    };
    // A role that one may not give may still be kept.
    let roles: Vec<Role> = GIVEN.into_iter().chain([user.role]).collect();
    let input = match form.check(&collectivites, &roles) {
        Ok(input) => input,
        Err(errors) => return refused(Status::UnprocessableEntity, &errors),
    };
    let same_grid = input.role != Role::SurMesure || input.droits == user.droits;
    let same_rights = input.actif == user.actif && input.role == user.role && input.collectivites == user.collectivites && same_grid;
    let loses_rights = !input.actif || input.role != user.role || user.collectivites.iter().any(|one| !input.collectivites.contains(one));
    if id == author && (loses_rights || !same_grid) {
        let text = "Vous ne pouvez pas retirer vos propres droits, ni changer leurs niveaux : demandez à un autre administrateur.";
        return refused(Status::UnprocessableEntity, &[("role", text.into())]);
    }
    if !queries::change_user(&mut write.tx, (id, posted.version), author, &input).await? {
        let text = format!(
            "Ce compte a été modifié entre-temps. Valeurs enregistrées : {}, {}. Les vôtres sont ci-dessous ; enregistrez de nouveau pour les garder.",
            user.role.label(),
            if user.actif { "actif" } else { "désactivé" }
        );
        return refused(Status::Conflict, &[("role", text)]);
    }
    // The collectivités given were on a page that may be older than the rights of its reader.
    if !queries::manages(&mut write.tx, author, id).await? {
        return Err(elsewhere());
    }
    if !input.actif {
        sessions::end_sessions(&mut write.tx, id, None).await?;
    }
    let mut detail = json!({
        "avant": {"role": user.role.code(), "actif": user.actif, "collectivites": user.collectivites},
        "apres": {"role": input.role.code(), "actif": input.actif, "collectivites": input.collectivites},
    });
    let now = grille::of(&mut write.tx, id).await?;
    if now != user.droits {
        detail["avant"]["droits"] = grille::told(&user.droits, &collectivites);
        detail["apres"]["droits"] = grille::told(&now, &collectivites);
    }
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Change, "utilisateur", &id.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Ok(Leading::success(
        Redirect::to(format!("/utilisateurs/{id}")),
        format!("Compte enregistré\u{a0}: {}.{}", input.nom, if same_rights { "" } else { " Un lien déjà remis ne sert plus." }),
    )))
}

#[post("/utilisateurs/<id>/liens")]
async fn new_link(
    administrateur: Administrateur,
    _fresh: Confirmed,
    id: i64,
    context: &State<Context>,
    asked: Visit,
    templates: Metadata<'_>,
) -> Result<Markup> {
    let personne = &administrateur.0;
    let user = known(context, personne, id).await?;
    not_exploitant(&user)?;
    if !user.actif {
        return Err(Error::invalid("Ce compte est désactivé. Réactivez-le avant de remettre un lien."));
    }
    let collectivites = queries::collectivites(&context.db, &personne.reader).await?;
    let motive = if user.a_mot_de_passe { "renouvellement" } else { "invitation" };
    let token = token::random().map_err(|error| Error::Internal(error.to_string()))?;
    let mut write = context.db.write().await?;
    if !queries::invite(&mut write.tx, &token::hash(&token), id, motive, Some(personne.reader.user_id)).await? {
        return Err(elsewhere());
    }
    let told = format!(
        "{} a créé un lien pour choisir un nouveau mot de passe de votre compte. Si vous ne l’avez pas demandé, parlez-en à votre collectivité : \
         tant que le lien n’a pas servi, votre mot de passe reste le vôtre.",
        personne.nom
    );
    avis::add(&mut write.tx, id, &Notice { ton: "alerte", texte: &told, lien: "/compte" }).await?;
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Change, "utilisateur", &id.to_string(), &json!({"lien": motive})).await?;
    let place = collectivites.iter().find(|one| Some(&one.id) == user.collectivites.first());
    let page = sheet(
        &templates,
        &personne.frame,
        &Sheet {
            nom: &user.nom,
            courriel: &user.courriel,
            collectivite: place.map_or("", |one| one.nom.as_str()),
            siren: place.map_or("", |one| one.siren.as_str()),
            lien: &format!("{}/invitation/{token}", asked.origin),
            motif: motive,
        },
    )?;
    write.commit().await?;
    Ok(page)
}

#[post("/utilisateurs/<id>/sessions/fin")]
async fn end_sessions(administrateur: Administrateur, _fresh: Confirmed, id: i64, context: &State<Context>) -> Result<Leading<Redirect>> {
    let personne = &administrateur.0;
    let user = known(context, personne, id).await?;
    not_exploitant(&user)?;
    let mut write = context.db.write().await?;
    if !queries::manages(&mut write.tx, personne.reader.user_id, id).await? {
        return Err(elsewhere());
    }
    queries::lock(&mut write.tx, id).await?;
    let keep = (id == personne.reader.user_id).then_some(personne.session_id);
    let ended = sessions::end_sessions(&mut write.tx, id, keep).await?;
    let actor = queries::about(&mut write.tx, &personne.actor, id).await?;
    journal::note(&mut write.tx, &actor, Action::Change, "utilisateur", &id.to_string(), &json!({"fin": ended})).await?;
    write.commit().await?;
    Ok(Leading::success(Redirect::to(format!("/utilisateurs/{id}")), format!("Sessions terminées\u{a0}: {ended}.")))
}

/// An exploitant is named, changed and renewed on the command line only: an administrateur must not
/// be able to become one by a link.
pub(super) fn not_exploitant(user: &Utilisateur) -> Result<()> {
    if user.role == Role::Exploitant {
        return Err(Error::forbidden("Un compte d’exploitant se gère en ligne de commande, par « gardel user »."));
    }
    Ok(())
}

pub(super) async fn known(context: &Context, personne: &Personne, id: i64) -> Result<Utilisateur> {
    let mut connection = context.db.statement().acquire().await?;
    queries::user(&mut connection, &personne.reader, id).await?.ok_or_else(elsewhere)
}

pub(super) fn elsewhere() -> Error {
    Error::out_of_reach("Ce compte n’existe pas ou n’est pas dans votre périmètre.")
}

fn form_of(user: &Utilisateur) -> UserForm {
    UserForm {
        courriel: user.courriel.clone(),
        nom: user.nom.clone(),
        role: user.role.code().into(),
        actif: user.actif,
        collectivites: user.collectivites.clone(),
        droits: user.droits.clone(),
        illisible: false,
    }
}

/// What was typed when the session ended.
fn typed_form(kept: &Saisie) -> UserForm {
    let text = |name: &str| kept.typed(&[name]).unwrap_or_default();
    UserForm {
        courriel: text("courriel"),
        nom: text("nom"),
        role: text("role"),
        actif: text("actif") == "true",
        collectivites: kept.all("collectivites").iter().filter_map(|id| id.parse().ok()).collect(),
        ..read_grid(&kept.all("droits").iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// The person, whose page begins by saying that what it shows is not saved yet.
fn with_reminder(personne: &Personne, given_back: bool) -> Personne {
    let mut personne = personne.clone();
    if given_back {
        personne.frame.flash = Some(Flash { tone: Tone::Warning, text: REMINDER.into(), next: None });
    }
    personne
}
