//! The page of a letter: what it says, what became of it, its file; and the part of the page of a host that shows theirs.

use maud::Markup;
use rocket::{Route, State, get, routes as collect};

use super::list::LETTRES;
use super::model::Lettre;
use super::records::LETTRE;
use super::{envois, queries, vues};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Niveau, Origin};
use crate::pieces;
use crate::platform::error::{Error, Result};
use crate::platform::http::{Opened, Part, Referrer};
use crate::recherche;
use crate::records;
use crate::ui::layout;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file, download]
}

async fn seen(context: &Context, personne: &Personne, id: i64) -> Result<(Personne, Lettre)> {
    let personne = personne.at(LETTRES.access, Niveau::Lire)?;
    let letter = queries::letter(context.db.statement(), &personne.reader, id).await?;
    let letter = letter.ok_or_else(|| Error::out_of_reach("Cette lettre n’existe pas, ou elle n’est pas de vos collectivités."))?;
    Ok((personne, letter))
}

#[get("/lettres/<id>?<de>")]
async fn file(id: i64, de: Option<&str>, personne: Personne, referrer: Referrer, context: &State<Context>) -> Result<Markup> {
    let (personne, letter) = seen(context, &personne, id).await?;
    records::note_reading(context, &personne, &LETTRE, id).await?;
    let around = match Origin::read(&LETTRES, de, referrer.0.as_deref(), context.clock.today(), &context.key) {
        Some(origin) => Some(origin.around(&context.db, &context.choices, &personne.reader, &context.key, id).await?),
        None => None,
    };
    recherche::opened(context, &personne, &LETTRES, id);
    let places = [format!("c:{}", letter.collectivite_id)];
    let added = pieces::read(context, &personne, &LETTRE, (id, &places)).await?;
    let back = around.as_ref().map_or_else(|| format!("/lettres/{id}"), |around| around.file(&LETTRES, id));
    let list = around.as_ref().map_or_else(|| "/lettres".to_string(), |around| around.back_to(id));
    let level = personne.reader.level_of(LETTRES.access, &places);
    let body = vues::lettre(&letter, (level, &list), &pieces::sections(&added, &back));
    Ok(layout::page(&personne.frame, &letter.reference, &body))
}

#[get("/lettres/<id>/fichier")]
async fn download(id: i64, personne: Personne, part: Part, context: &State<Context>) -> Result<Opened> {
    let (personne, letter) = seen(context, &personne, id).await?;
    let name = format!("{}.pdf", letter.reference);
    given(context, &personne, letter, name, &part).await
}

async fn given(context: &Context, personne: &Personne, letter: Lettre, name: String, part: &Part) -> Result<Opened> {
    envois::given(context, personne, (letter.chemin, name, letter.octets, letter.sha256), ("lettre", letter.id, letter.collectivite_id), part).await
}

/// The letters of a host, for their page, with what writes one.
///
/// # Errors
/// PostgreSQL failed.
pub async fn section(context: &Context, personne: &Personne, host: i64, away: bool) -> Result<Markup> {
    let letters = queries::of_host(&context.db, &personne.reader, host).await?;
    let writes = !away && personne.reader.at(Niveau::Saisir).may(LETTRES.access);
    Ok(vues::de_l_hebergeur(host, &letters, writes))
}
