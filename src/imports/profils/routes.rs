//! The page of a profile: what it says, its name, with whom it is shared, whether it is trusted.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::{Value, json};

use super::model::{Garde, nom_propre};
use super::queries;
use super::seuils::Seuils;
use super::views;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::imports::genre::Genre;
use crate::journal::{self, Action};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::OrForm;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![page, nomme, confie, retire]
}

/// What the journal calls one.
pub const OBJET: &str = "profil de lecture";

fn unknown() -> Error {
    Error::out_of_reach("Ce profil n’existe pas ou n’existe plus, ou il n’est pas partagé avec vous. Revenez à « Profils de lecture ».")
}

async fn found(context: &Context, personne: &Personne, id: i64) -> Result<(Garde, &'static Genre)> {
    let profil = queries::one(&context.db, &personne.reader, id).await?.ok_or_else(unknown)?;
    let genre = Genre::find(&context.catalogue, &profil.genre).ok_or_else(unknown)?;
    Ok((profil, genre))
}

fn may_change(profil: &Garde, personne: &Personne) -> Result<()> {
    let managed = profil.collectivite_id.is_some_and(|id| queries::gerees(&personne.reader).contains(&id));
    if managed || profil.est_de(personne.reader.user_id) {
        return Ok(());
    }
    Err(Error::forbidden(
        "Ce profil est partagé\u{a0}: seuls son auteur et les administrateurs de la collectivité le modifient. Gardez le vôtre sous un autre nom.",
    ))
}

fn meanwhile() -> Error {
    Error::Conflict(
        "Ce profil a été modifié entre-temps, ou il est de confiance et ne vous revient plus\u{a0}: rien n’a été changé. Rouvrez sa page.".into(),
    )
}

async fn show(context: &Context, personne: &Personne, (profil, genre): (&Garde, &'static Genre), fautes: &[(&str, String)]) -> Result<Markup> {
    let lieux = queries::lieux(&context.db, &personne.reader, genre).await?;
    let shown = views::Fiche {
        profil,
        genre,
        lieux: &lieux,
        change: may_change(profil, personne).is_ok(),
        confie: profil.collectivite_id.is_some_and(|id| queries::confiees(&personne.reader, genre).contains(&id)),
        moi: personne.reader.user_id,
        fautes,
    };
    Ok(layout::page(&personne.frame, &format!("Profil de lecture «\u{a0}{}\u{a0}»", profil.nom), &views::fiche(&shown)))
}

#[get("/profils/<id>")]
async fn page(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    let (profil, genre) = found(context, &personne, id).await?;
    show(context, &personne, (&profil, genre), &[]).await
}

async fn note(write: &mut Write, personne: &Personne, profil: &Garde, detail: &Value) -> Result<()> {
    let actor = personne.actor.at(profil.collectivite_id.or(personne.principale));
    Ok(journal::note(&mut write.tx, &actor, Action::Change, OBJET, &profil.id.to_string(), detail).await?)
}

#[derive(FromForm)]
struct Name<'r> {
    nom: &'r str,
    partage: &'r str,
    version: i32,
}

#[post("/profils/<id>", data = "<form>")]
async fn nomme(personne: Personne, id: i64, form: Envoi<Name<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let (profil, genre) = found(context, &personne, id).await?;
    may_change(&profil, &personne)?;
    let mut fautes = Vec::new();
    let nom = nom_propre(form.nom);
    if nom.is_none() {
        fautes.push(("nom", format!("Donnez un nom au profil, de 1 à {} caractères.", super::NOM_MAX)));
    }
    let lieux = queries::lieux(&context.db, &personne.reader, genre).await?;
    let lieu = match form.partage {
        "" => Some(None),
        text => text.parse().ok().filter(|id| profil.collectivite_id == Some(*id) || lieux.iter().any(|(known, _)| known == id)).map(Some),
    };
    if lieu.is_none() || lieu == Some(None) && profil.collectivite_id.is_some() && !profil.est_de(personne.reader.user_id) {
        fautes.push(("partage", "Choisissez une collectivité où vous pouvez saisir\u{a0}; seul son auteur garde un profil pour lui.".into()));
    }
    let (Some(nom), Some(lieu), true) = (nom, lieu, fautes.is_empty()) else {
        return Ok(Err((Status::UnprocessableEntity, show(context, &personne, (&profil, genre), &fautes).await?)));
    };
    let mut write = context.db.write().await?;
    match queries::nomme(&mut write.tx, (&personne.reader, &personne.nom), (id, form.version), (&nom, lieu)).await {
        Err(error) if queries::nom_pris(&error) => {
            write.rollback().await?;
            let fautes = [("nom", "Un autre profil de cet auteur porte déjà ce nom. Donnez-en un autre.".to_string())];
            return Ok(Err((Status::UnprocessableEntity, show(context, &personne, (&profil, genre), &fautes).await?)));
        }
        Ok(true) => {}
        Ok(false) => {
            write.rollback().await?;
            return Err(meanwhile());
        }
        Err(error) => return Err(error.into()),
    }
    let detail = json!({"nom": {"avant": profil.nom, "apres": nom}, "collectivite": {"avant": profil.collectivite_id, "apres": lieu}});
    note(&mut write, &personne, &profil, &detail).await?;
    write.commit().await?;
    Ok(Ok(Flash::success(Redirect::to(format!("/profils/{id}")), format!("Profil «\u{a0}{nom}\u{a0}» enregistré."))))
}

#[derive(FromForm)]
struct Trust<'r> {
    #[field(default = false)]
    confiance: bool,
    #[field(default = "")]
    refus: &'r str,
    #[field(default = "")]
    changements: &'r str,
    #[field(default = "")]
    min: &'r str,
    #[field(default = "")]
    max: &'r str,
    version: i32,
}

/// A threshold as typed: nothing when it is empty.
fn seuil(text: &str, most: i64) -> std::result::Result<Option<i64>, ()> {
    let clean: String = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '%').collect();
    if clean.is_empty() {
        return Ok(None);
    }
    clean.parse::<i64>().ok().filter(|value| (0..=most).contains(value)).map(Some).ok_or(())
}

impl Trust<'_> {
    fn seuils(&self) -> std::result::Result<Seuils, Vec<(&'static str, String)>> {
        let mut fautes: Vec<(&'static str, String)> = Vec::new();
        let mut part = |name: &'static str, text: &str| match seuil(text, 100) {
            Ok(Some(value)) => i32::try_from(value).ok(),
            Ok(None) | Err(()) => {
                fautes.push((name, "Donnez une part de 0 à 100 pour cent.".into()));
                None
            }
        };
        let (refus, changements) = (part("refus", self.refus), part("changements", self.changements));
        let mut count = |name: &'static str, text: &str| {
            seuil(text, 100_000_000).unwrap_or_else(|()| {
                fautes.push((name, "Donnez un nombre de lignes, ou laissez vide.".into()));
                None
            })
        };
        let (min, max) = (count("min", self.min), count("max", self.max));
        if let (Some(least), Some(most)) = (min, max)
            && least > most
        {
            fautes.push(("max", "Le plus grand nombre de lignes est au-dessous du plus petit.".into()));
        }
        if fautes.is_empty() { Ok(Seuils { refus, changements, min, max }) } else { Err(fautes) }
    }
}

#[post("/profils/<id>/confiance", data = "<form>")]
async fn confie(personne: Personne, id: i64, form: Envoi<Trust<'_>>, context: &State<Context>) -> OrForm<Flash<Redirect>> {
    let (profil, genre) = found(context, &personne, id).await?;
    if !profil.collectivite_id.is_some_and(|lieu| queries::confiees(&personne.reader, genre).contains(&lieu)) {
        return Err(Error::forbidden(
            "La confiance se donne à un profil partagé, par qui peut «\u{a0}Gérer\u{a0}» ces fiches dans la collectivité. Voyez un administrateur.",
        ));
    }
    if let Some(why) = genre.par_une_personne().filter(|_| form.confiance) {
        return Err(Error::invalid(why));
    }
    let seuils = match form.seuils() {
        _ if !form.confiance => None,
        Ok(seuils) => Some(seuils),
        Err(fautes) => return Ok(Err((Status::UnprocessableEntity, show(context, &personne, (&profil, genre), &fautes).await?))),
    };
    let mut write = context.db.write().await?;
    if !queries::confie(&mut write.tx, (&personne.reader, &personne.nom, genre), (id, form.version), seuils).await? {
        write.rollback().await?;
        return Err(meanwhile());
    }
    note(&mut write, &personne, &profil, &json!({"nom": profil.nom, "confiance": form.confiance})).await?;
    write.commit().await?;
    let said = if form.confiance { "Ce profil est de confiance." } else { "Ce profil n’est plus de confiance." };
    Ok(Ok(Flash::success(Redirect::to(format!("/profils/{id}")), said)))
}

#[derive(FromForm)]
struct Seen {
    version: i32,
}

#[post("/profils/<id>/retrait", data = "<form>")]
async fn retire(personne: Personne, id: i64, form: Envoi<Seen>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (profil, _) = found(context, &personne, id).await?;
    may_change(&profil, &personne)?;
    let mut write = context.db.write().await?;
    if !queries::retire(&mut write.tx, &personne.reader, (id, form.version)).await? {
        write.rollback().await?;
        return Err(meanwhile());
    }
    note(&mut write, &personne, &profil, &json!({"nom": profil.nom, "suppression": true})).await?;
    write.commit().await?;
    Ok(Flash::success(
        Redirect::to("/profils"),
        format!("Profil «\u{a0}{}\u{a0}» retiré. Les imports déjà lus avec lui restent comme ils sont.", profil.nom),
    ))
}
