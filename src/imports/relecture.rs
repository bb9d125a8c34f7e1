//! Routes of the reading of an import: what a person corrects of it, the profile that reads it or that is kept of it.

use std::collections::BTreeMap;

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};

use super::acces::{acted, lance, lecture_page, read, seen};
use super::etats::Etape;
use super::genre::Genre;
use super::lecture::{self, Corrigee};
use super::model::{Correspondance, Import, Mode};
use super::profils::{self, Contenu, Ecrit};
use super::{autre_genre, completude, confiance, constantes, gestes, queries, questions};
use crate::comptes::{Paires, Personne};
use crate::context::Context;
use crate::journal;
use crate::listing::Niveau;
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::sources::Examen;
use crate::ui::reply::Reply;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![lue, corrige]
}

#[get("/imports/<id>/lecture")]
async fn lue(personne: Personne, id: i64, context: &State<Context>) -> Result<Markup> {
    read(context, &personne, id).await?;
    let (import, genre, part) = seen(context, &personne, id).await?;
    lecture_page(context, &personne, (&import, genre, part.agit), None).await
}

#[post("/imports/<id>/lecture", data = "<form>")]
async fn corrige(personne: Personne, id: i64, form: Paires, context: &State<Context>) -> Result<Reply> {
    let (import, genre) = acted(context, &personne, id).await?;
    let faire = form.0.get("faire").map_or("", String::as_str);
    let (verify, held) = (["verifier", "verifier-sans-ecrire"].contains(&faire), faire == "verifier-sans-ecrire");
    if verify && import.state() == "verification" {
        // The same click, twice.
        return Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}")), "La vérification est demandée."))));
    }
    if !import.can_read_again() {
        return Err(Error::Conflict("Cet import n’en est plus à la lecture\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    if let Some(nom) = faire.strip_prefix("genre:") {
        return genre_change(context, &personne, (&import, genre), nom).await;
    }
    if faire == "profil" {
        return profile(context, &personne, (&import, genre), form.0.get("profil").map_or("", String::as_str)).await;
    }
    let corrected = match lecture::corrigee(context, &import, genre, &form.0).await? {
        Ok(corrected) => corrected,
        Err(faute) => {
            let page = lecture_page(context, &personne, (&import, genre, true), Some(faute)).await?;
            return Ok(Reply::Page((Status::UnprocessableEntity, page)));
        }
    };
    let Corrigee { voulu, examen, correspondance, mode } = corrected;
    let doubt = if verify { doute(context, &personne, (genre, mode), (&examen, &correspondance)).await? } else { None };
    let mut write = context.db.write().await?;
    // A check that was called off before it ran left the import as it was.
    queries::settle_one(&mut write.tx, id, Etape::Verification).await?;
    if !queries::read_as(&mut write.tx, id, (&voulu, &examen), (&correspondance, mode.code())).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import a changé d’état entre-temps\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    if let Some(text) = form.0.get("complet") {
        let valide = personne.reader.at(Niveau::Valider);
        let places = completude::possibles(genre, &valide);
        let wanted = match text.as_str() {
            "*" => Some(places.to_vec()),
            code => Some(places.iter().filter(|place| *place == code).cloned().collect::<Vec<_>>()),
        };
        queries::complete(&mut write.tx, id, wanted.filter(|places| !places.is_empty()).as_deref()).await?;
    }
    if let Some(doubt) = doubt {
        // What was chosen is kept: only the answer is missing.
        write.commit().await?;
        let (import, genre) = acted(context, &personne, id).await?;
        let page = lecture_page(context, &personne, (&import, genre, true), Some(doubt)).await?;
        return Ok(Reply::Page((Status::UnprocessableEntity, page)));
    }
    if !verify {
        write.commit().await?;
        if faire == "garder" {
            return garde(context, &personne, id, &form.0).await;
        }
        return Ok(Reply::Done(Box::new(Flash::success(
            Redirect::to(format!("/imports/{id}/lecture#effet")),
            "Voici comment le fichier est lu à présent.",
        ))));
    }
    if !queries::begin_check(&mut write.tx, id).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import a changé d’état entre-temps\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    confiance::sans_confiance(&mut write.tx, id, held).await?;
    lance(&mut write, (&import, genre), Etape::Verification, personne.reader.user_id).await?;
    gestes::note(&mut write, &personne, &import, "lecture acceptée, vérification demandée").await?;
    write.commit().await?;
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}")), "La vérification est demandée."))))
}

/// What is left to say before lines are checked: all the questions at once, else what is wrong with values given to all lines.
async fn doute(
    context: &Context,
    personne: &Personne,
    (genre, mode): (&'static Genre, Mode),
    (examen, map): (&Examen, &Correspondance),
) -> Result<Option<String>> {
    let own = personne.at(genre.record.list.access, Niveau::Saisir)?;
    let wrong = constantes::fautes(context, &own, (genre, mode), map).await?;
    let said: Vec<String> = questions::doute(genre, examen, map).into_iter().chain(wrong.into_values()).collect();
    Ok((!said.is_empty()).then(|| said.join(" ")))
}

/// The same file, as one of another kind.
async fn genre_change(context: &Context, personne: &Personne, (import, genre): (&Import, &'static Genre), nom: &str) -> Result<Reply> {
    match autre_genre::change(context, personne, (import, genre), nom).await? {
        Ok(()) => {
            let to = Redirect::to(format!("/imports/{}/lecture", import.id));
            Ok(Reply::Done(Box::new(Flash::success(to, "Le genre du fichier est changé. Contrôlez chaque colonne."))))
        }
        Err(faute) => {
            let page = lecture_page(context, personne, (import, genre, true), Some(faute)).await?;
            Ok(Reply::Page((Status::UnprocessableEntity, page)))
        }
    }
}

/// The same import, read with a profile or with none.
async fn profile(context: &Context, personne: &Personne, (import, genre): (&Import, &'static Genre), code: &str) -> Result<Reply> {
    let own = personne.at(genre.record.list.access, Niveau::Saisir)?;
    let lue = match profils::applique(context, &personne.reader, (import, genre, lecture::seule(&own, genre)), code).await? {
        Ok(lue) => lue,
        Err(faute) => {
            let page = lecture_page(context, personne, (import, genre, true), Some(faute)).await?;
            return Ok(Reply::Page((Status::UnprocessableEntity, page)));
        }
    };
    let mut write = context.db.write().await?;
    queries::settle_one(&mut write.tx, import.id, Etape::Verification).await?;
    if !queries::read_as(&mut write.tx, import.id, (&lue.voulu, &lue.examen), (&lue.correspondance, lue.mode.code())).await? {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import a changé d’état entre-temps\u{a0}: rien n’a été changé. Rouvrez sa page.".into()));
    }
    queries::lue_avec(&mut write.tx, import.id, (lue.profil, lue.nom.as_deref())).await?;
    write.commit().await?;
    let said = if lue.nom.is_some() { "Le fichier est lu avec ce profil." } else { "Le fichier est lu sans profil." };
    Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{}/lecture", import.id)), said))))
}

/// How an import is read, kept as a profile under the name that the form gives.
async fn garde(context: &Context, personne: &Personne, id: i64, form: &BTreeMap<String, String>) -> Result<Reply> {
    let (import, genre) = acted(context, personne, id).await?;
    let lieux = profils::lieux(&context.db, &personne.reader, genre).await?;
    let contenu = Contenu::de(&import);
    let typed = form.get("profil-nom").map_or("", String::as_str);
    let lieu = match form.get("profil-partage").map_or("", String::as_str) {
        "" => Some(None),
        text => text.parse().ok().filter(|id| lieux.iter().any(|(known, _)| known == id)).map(Some),
    };
    let faute = match (profils::nom_propre(typed), lieu) {
        _ if contenu.colonnes.is_empty() => {
            "Dites d’abord ce que remplit une colonne au moins\u{a0}: c’est à elles qu’un profil reconnaît un fichier.".to_string()
        }
        _ if contenu.entetes.len() > profils::COLONNES_MAX => {
            format!("Un profil se fait d’un fichier de {} colonnes au plus.", profils::COLONNES_MAX)
        }
        (None, _) => format!("Donnez un nom au profil, de 1 à {} caractères.", profils::NOM_MAX),
        (_, None) => "Choisissez une collectivité où vous pouvez saisir, ou gardez le profil pour vous.".into(),
        (Some(nom), Some(lieu)) => {
            let mut write = context.db.write().await?;
            match profils::garde(&mut write.tx, (&personne.reader, &personne.nom), (genre.nom, &nom, lieu), &contenu).await? {
                Ecrit::Trop => {
                    write.rollback().await?;
                    format!("Vous avez déjà {} profils. Retirez-en un dans «\u{a0}Profils de lecture\u{a0}», puis recommencez.", profils::PROFILS_MAX)
                }
                Ecrit::Cree(profil) | Ecrit::Remplace(profil) => {
                    queries::lue_avec(&mut write.tx, id, (Some(profil), Some(&nom))).await?;
                    let told = serde_json::json!({"nom": nom, "liste": genre.record.list.name, "collectivite": lieu});
                    let actor = personne.actor.at(lieu.or(personne.principale));
                    journal::note(&mut write.tx, &actor, journal::Action::Change, profils::OBJET, &profil.to_string(), &told).await?;
                    write.commit().await?;
                    let said = format!("Le profil «\u{a0}{nom}\u{a0}» est gardé\u{a0}: il lira de lui-même les fichiers qui ont ces titres.");
                    return Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}/lecture")), said))));
                }
            }
        }
    };
    let page = lecture_page(context, personne, (&import, genre, true), Some(faute)).await?;
    Ok(Reply::Page((Status::UnprocessableEntity, page)))
}
