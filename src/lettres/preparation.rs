//! From hosts to letters: who is written to, by which template, with what typed for them; the page where that is asked, seen and confirmed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rocket::http::{ContentType, Status};
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};

use super::composition;
use super::gabarit::Gabarit;
use super::genres::Maison;
use super::jobs::{self as travail, Lease, LettresEnNombre};
use super::list::LETTRES;
use super::maison::expediteur;
use super::model::{ARRETE, DESTINATAIRES_MAX, Envoi};
use super::pages::{Choisi, Vue, unknown};
use super::queries::{self, Voulu};
use super::{envois, vues};
use crate::actions::{Ailleurs, Suite};
use crate::champs::Saisie;
use crate::comptes::{Paires, Personne};
use crate::context::Context;
use crate::listing::{Arg, Module, Narrowed, Niveau, Query, Statement, describe, within_scope};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::platform::jobs::{self, JobError, Requester};
use crate::ui::reply::Reply;
use crate::ui::{format, layout};

/// Letters that a person waits for, in their request: more make a job.
const TOUT_DE_SUITE: i64 = 1;
/// Characters of what is typed for letters.
const SAISIE_MAX: usize = 4_000;
/// The list of those who are written to.
const HEBERGEURS: &str = "hebergeurs";

/// « Écrire une lettre », above the list of hosts.
pub static ECRIRE: Ailleurs = Ailleurs { liste: HEBERGEURS, name: "ecrire", label: "Écrire une lettre", niveau: Niveau::Saisir, suite: &Ecrire };

struct Ecrire;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![write_to_one, open, sheet, ask]
}

/// Keeps the hosts of a statement of keys as a preparation of the person's; its key and how many there are.
async fn prepare(context: &Context, personne: &Personne, keys: Statement, question: (&str, &str)) -> Result<(i64, i64)> {
    let places = personne.reader.collectivites(Module::Taxe);
    let place = personne.principale.filter(|place| places.contains(place)).or_else(|| places.first().copied());
    let place = place.ok_or_else(|| Error::forbidden("Vos droits ne permettent d’écrire au nom d’aucune collectivité."))?;
    let mut write = context.db.write().await?;
    let id = queries::insert(&mut write.tx, place, personne.reader.user_id, question).await?;
    let count = queries::choose(&mut write.tx, id, keys, DESTINATAIRES_MAX).await?;
    if count == 0 {
        return Err(Error::Conflict("Aucun hébergeur ne reste à qui écrire\u{a0}: ils ne sont plus dans votre périmètre.".into()));
    }
    if count > DESTINATAIRES_MAX {
        return Err(Error::invalid(format!(
            "Un envoi va à {} hébergeurs au plus. Resserrez le filtre, et faites plusieurs envois.",
            format::integer(DESTINATAIRES_MAX)
        )));
    }
    write.commit().await?;
    Ok((id, count))
}

#[rocket::async_trait]
impl Suite for Ecrire {
    async fn prend(&self, context: &Context, personne: &Personne, query: &Query, keys: Option<&[i64]>) -> Result<(String, String)> {
        let words = describe(&context.desk, query, &personne.reader).await?;
        let keys = match keys {
            Some(keys) => chosen(context, personne, keys)?,
            None => Narrowed::look_up(&context.db, &context.choices, query, &personne.reader).await?.keys()?,
        };
        let (id, count) = prepare(context, personne, keys, (&query.canonical(), &words)).await?;
        Ok((format!("/envois/{id}"), format!("{}. Choisissez le modèle.", format::counted(count, "hébergeur choisi", "hébergeurs choisis"))))
    }
}

/// The hosts of `keys` that the person may write to.
fn chosen(context: &Context, personne: &Personne, keys: &[i64]) -> Result<Statement> {
    let list = context.catalogue.named(HEBERGEURS).ok_or_else(unknown)?;
    let mut statement = Statement::default();
    let bound = statement.bind(Arg::Ints(keys.to_vec()));
    let rights = within_scope(&mut statement, list, &personne.reader, "k.cle")?;
    statement.sql = format!("SELECT k.cle, k.rang - 1 AS rang FROM unnest({bound}::bigint[]) WITH ORDINALITY k (cle, rang) WHERE {rights}");
    Ok(statement)
}

#[post("/hebergeurs/<id>/lettres")]
async fn write_to_one(id: i64, personne: Personne, context: &State<Context>) -> Result<Flash<Redirect>> {
    let personne = personne.at(LETTRES.access, Niveau::Saisir)?;
    let keys = chosen(context, &personne, &[id])?;
    let (envoi, _) = prepare(context, &personne, keys, ("", "depuis la fiche de l’hébergeur")).await?;
    Ok(Flash::success(Redirect::to(format!("/envois/{envoi}")), "Choisissez le modèle de la lettre."))
}

/// The templates that a collectivité may use, its own first.
pub async fn offered(context: &Context, place: i32) -> Result<Vec<Choisi>> {
    type Row = (i64, i32, String, String, String, String, bool, bool);
    let own: Vec<Row> = sqlx::query_as(
        "SELECT id, version, nom::text, genre, objet, corps, recommande, par_courriel FROM lettre_modele
         WHERE collectivite_id = $1 AND archive_le IS NULL ORDER BY nom, id",
    )
    .bind(place)
    .fetch_all(context.db.statement())
    .await?;
    let own = own.into_iter().map(|(id, version, nom, genre, objet, corps, recommande, par_courriel)| Choisi {
        code: id.to_string(),
        nom,
        genre,
        objet,
        corps,
        recommande,
        par_courriel,
        modele: Some((id, version)),
    });
    let house = super::genres::MAISON.iter().map(|one: &Maison| {
        let (objet, corps) = one.textes();
        Choisi {
            code: format!("maison:{}", one.genre),
            nom: format!("{} (texte de Gardel)", one.nom),
            genre: one.genre.into(),
            objet: objet.into(),
            corps: corps.into(),
            recommande: one.recommande,
            par_courriel: one.par_courriel,
            modele: None,
        }
    });
    Ok(own.chain(house).collect())
}

/// The page of a preparation that waits for its author, `typed` being what its form held.
async fn vue<'a>(context: &Context, personne: &Personne, envoi: &'a Envoi, typed: &BTreeMap<String, String>) -> Result<Vue<'a>> {
    let mine = personne.reader.at(Niveau::Saisir);
    let mine = mine.collectivites(Module::Taxe);
    let places: Vec<(i32, String)> =
        sqlx::query_as("SELECT id, nom::text FROM collectivite WHERE id = ANY($1) ORDER BY nom").bind(mine).fetch_all(context.db.statement()).await?;
    let asked = typed.get("collectivite").and_then(|text| text.parse::<i32>().ok());
    let place = asked.filter(|place| mine.contains(place)).unwrap_or(envoi.collectivite_id);
    let modeles = offered(context, place).await?;
    let code = typed.get("modele").map_or("", String::as_str);
    let choisi = modeles.iter().find(|one| one.code == code).cloned();
    let names = match &choisi {
        Some(one) => Gabarit::lu(&one.objet, &one.corps).map(|gabarit| gabarit.saisies()).unwrap_or_default(),
        None => Vec::new(),
    };
    let saisies = names.into_iter().map(|name| {
        let text = typed.get(&format!("saisie.{name}")).cloned().unwrap_or_default();
        (name, text)
    });
    let jour = typed.get("jour").cloned().unwrap_or_else(|| format::date(context.clock.today()));
    let mut connection = context.db.statement().acquire().await?;
    let expediteur = expediteur(&mut connection, place).await?.unwrap_or_default();
    let par_courriel = typed.get("par_courriel").is_some_and(|text| text == "oui");
    Ok(Vue { envoi, places, place, choisi, saisies: saisies.collect(), modeles, jour, par_courriel, expediteur, faults: Vec::new(), apercu: None })
}

fn page(personne: &Personne, status: Status, vue: &Vue<'_>) -> Reply {
    Reply::Page((status, layout::page(&personne.frame, "Écrire une lettre", &vues::preparation(vue))))
}

#[get("/envois/<id>?<modele>&<collectivite>")]
async fn open(id: i64, modele: Option<&str>, collectivite: Option<&str>, personne: Personne, context: &State<Context>) -> Result<Reply> {
    let personne = personne.at(LETTRES.access, Niveau::Lire)?;
    let envoi = queries::seen(context.db.statement(), &personne.reader, id).await?.ok_or_else(unknown)?;
    if !envoi.brouillon() {
        return envois::page(context, &personne, &envoi).await;
    }
    let given = [("modele", modele), ("collectivite", collectivite)];
    let typed = given.into_iter().filter_map(|(name, text)| Some((name.to_string(), text?.to_string()))).collect();
    Ok(page(&personne, Status::Ok, &vue(context, &personne, &envoi, &typed).await?))
}

/// What was typed, or what is wrong with it.
fn check(vue: &mut Vue<'_>, today: NaiveDate) -> Option<NaiveDate> {
    let mut wrong = |field: &str, sentence: String| vue.faults.push((field.to_string(), sentence));
    if vue.choisi.is_none() {
        wrong("modele", "Modèle\u{a0}: choisissez-en un.".into());
    }
    let jour = match Saisie::Jour.check(&vue.jour, &[], today) {
        Ok(text) => text.parse::<NaiveDate>().ok(),
        Err(why) => {
            wrong("jour", format!("Date de la lettre\u{a0}: {why}"));
            None
        }
    };
    for (name, text) in &vue.saisies {
        if text.chars().count() > SAISIE_MAX {
            let label = super::sources::libelle_de_saisie(name);
            wrong(&format!("saisie.{name}"), format!("{label}\u{a0}: {SAISIE_MAX} caractères au plus."));
        }
    }
    if !vue.expediteur.complet() {
        wrong("collectivite", "Qui écrit\u{a0}: donnez d’abord l’adresse du service et la qualité du signataire de cette collectivité.".into());
    }
    jour.filter(|_| vue.faults.is_empty())
}

#[post("/envois/<id>", data = "<sent>")]
async fn ask(id: i64, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let personne = personne.at(LETTRES.access, Niveau::Saisir)?;
    let typed: BTreeMap<String, String> = sent.0.iter().map(|(name, text)| (name.clone(), text.trim().to_string())).collect();
    let envoi = queries::seen(context.db.statement(), &personne.reader, id).await?.ok_or_else(unknown)?;
    if !envoi.brouillon() {
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(format!("/envois/{id}")), "Ces lettres étaient déjà demandées."))));
    }
    let mut vue = vue(context, &personne, &envoi, &typed).await?;
    let (Some(jour), Some(choisi)) = (check(&mut vue, context.clock.today()), vue.choisi.clone()) else {
        return Ok(page(&personne, Status::UnprocessableEntity, &vue));
    };
    let saisies: BTreeMap<String, String> = vue.saisies.iter().cloned().collect();
    let voulu = Voulu {
        collectivite: vue.place,
        modele_id: choisi.modele.map(|(id, _)| id),
        modele_version: choisi.modele.map(|(_, version)| version),
        modele: &choisi.nom,
        genre: &choisi.genre,
        objet: &choisi.objet,
        corps: &choisi.corps,
        saisies: &saisies,
        recommande: choisi.recommande,
        par_courriel: choisi.par_courriel && vue.par_courriel,
        jour,
    };
    let mut write = context.db.write().await?;
    if !queries::keep(&mut write.tx, id, &voulu).await? {
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(format!("/envois/{id}")), "Ces lettres étaient déjà demandées."))));
    }
    let envoi = queries::seen(&mut *write.tx, &personne.reader, id).await?.ok_or_else(unknown)?;
    write.commit().await?;
    let first = composition::premiere(context, &envoi, personne.reader.communes(Module::Taxe)).await?;
    let confirmed = typed.get("fait").is_some_and(|text| text == "envoyer");
    match first {
        // One host, whose letter cannot be written: that is for the form.
        Err(reason) if !confirmed || envoi.choisis <= TOUT_DE_SUITE => {
            let field = vue
                .saisies
                .iter()
                .find(|(name, _)| reason.contains(&format!("(saisie.{name})")))
                .map_or("modele".to_string(), |(name, _)| format!("saisie.{name}"));
            vue.faults.push((field, format!("Cette lettre ne peut pas être écrite\u{a0}: {reason}")));
            Ok(page(&personne, Status::UnprocessableEntity, &vue))
        }
        first if !confirmed => {
            vue.apercu = Some(first);
            Ok(page(&personne, Status::Ok, &vue))
        }
        _ => confirm(context, &personne, &envoi).await,
    }
}

/// Writes the letter of one host at once, asks a job for those of many.
async fn confirm(context: &Context, personne: &Personne, envoi: &Envoi) -> Result<Reply> {
    let id = envoi.id;
    let mut write = context.db.write().await?;
    if !queries::ask(&mut write.tx, id).await? {
        return Ok(Reply::Done(Box::new(Flash::warning(Redirect::to(format!("/envois/{id}")), "Ces lettres étaient déjà demandées."))));
    }
    let titre = format!("Lettres\u{a0}: {}, {}", envoi.modele, format::counted(envoi.choisis, "hébergeur", "hébergeurs"));
    let requester = Requester { user_id: Some(envoi.demandeur_id), collectivite_id: Some(envoi.collectivite_id) };
    let alone = envoi.choisis <= TOUT_DE_SUITE;
    if !alone {
        let job = jobs::enqueue(&mut write, &LettresEnNombre { envoi: id, titre }, requester).await?;
        queries::attach(&mut write.tx, id, job).await?;
    }
    write.commit().await?;
    if !alone {
        return Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/envois/{id}")), "Les lettres sont demandées."))));
    }
    let envoi = queries::envoi(context.db.statement(), id).await?.ok_or_else(unknown)?;
    let done = match travail::lot(context, envoi, &personne.reader, &Lease { run: None, total: 1 }).await {
        Ok(done) => done,
        Err(error) => {
            // It can be taken up again from its page.
            let mut write = context.db.write().await?;
            queries::end(&mut write.tx, id, &ARRETE, Some(&error.to_string())).await?;
            write.commit().await?;
            return Err(away(error));
        }
    };
    let mut write = context.db.write().await?;
    travail::close(&mut write, &done, &personne.actor).await?;
    let made: Option<i64> = sqlx::query_scalar("SELECT id FROM lettre WHERE envoi_id = $1").bind(id).fetch_optional(&mut *write.tx).await?;
    write.commit().await?;
    Ok(Reply::Done(Box::new(match made {
        Some(letter) => {
            Flash::success(Redirect::to(format!("/lettres/{letter}")), "La lettre est prête\u{a0}: imprimez-la, puis dites ici ce qu’elle devient.")
        }
        None => Flash::warning(Redirect::to(format!("/envois/{id}")), "La lettre n’a pas pu être écrite\u{a0}: la raison est ci-dessous."),
    })))
}

/// What a person reads when their letter could not be kept.
fn away(error: JobError) -> Error {
    match error {
        JobError::LostLease => Error::Conflict("Cette lettre vient d’être écrite par une autre demande. Rouvrez la fiche.".into()),
        error => Error::Unavailable(error.to_string()),
    }
}

/// The letter of the first host as it would be, on paper.
#[get("/envois/<id>/apercu")]
async fn sheet(id: i64, personne: Personne, context: &State<Context>) -> Result<(ContentType, Vec<u8>)> {
    let personne = personne.at(LETTRES.access, Niveau::Saisir)?;
    let envoi = queries::seen(context.db.statement(), &personne.reader, id).await?.ok_or_else(unknown)?;
    let made = composition::premiere(context, &envoi, personne.reader.communes(Module::Taxe)).await?;
    let made = made.map_err(|reason| Error::Conflict(format!("Cette lettre ne peut pas être écrite\u{a0}: {reason}").into()))?;
    let bytes = composition::imprime(composition::document(&envoi, vec![made.lettre])).await;
    Ok((ContentType::PDF, bytes.map_err(|error| Error::Conflict(error.to_string().into()))?))
}
