//! What lines would change of rows that are closed: each is accepted by a person who may decide, and written then by the record's own
//! door over the version that was looked at, or refused.

use rocket::response::Redirect;
use rocket::{FromForm, Route, State, post, routes as collect};
use serde_json::Value;
use sqlx::PgConnection;

use super::acces::entered;
use super::genre::Genre;
use super::queries;
use super::retour::auteurs;
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::{Arg, Niveau, Statement, within_scope};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::records::{self, Values, Written};
use crate::ui::format;

/// Proposals that one click accepts at most: each is a change of its own, with its line in the journal.
const PAR_FOIS: i64 = 200;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![decide]
}

#[derive(FromForm)]
struct Decision<'r> {
    ligne: Vec<i64>,
    faire: &'r str,
}

/// A proposal that nobody decided.
#[derive(sqlx::FromRow)]
struct Proposition {
    id: i64,
    cle: i64,
    version: i32,
    valeurs: Option<Value>,
    avant: Option<Value>,
}

async fn ouvertes(context: &Context, import: i64, lignes: Option<&[i64]>) -> Result<Vec<Proposition>> {
    let open = sqlx::query_as(
        "SELECT l.id, l.cle, l.version, l.valeurs, l.avant FROM import_ligne l JOIN import a ON a.id = l.import_id
         WHERE l.import_id = $1 AND a.etat = 'termine' AND l.verdict = 'proposee' AND l.etat = 'prevue' AND l.cle IS NOT NULL AND l.version IS NOT NULL
           AND ($2::bigint[] IS NULL OR l.id = ANY($2)) ORDER BY l.rang LIMIT $3",
    )
    .bind(import)
    .bind(lignes)
    .bind(PAR_FOIS)
    .fetch_all(context.db.statement())
    .await?;
    Ok(open)
}

/// The values of a side, by the columns of the record.
fn cote(genre: &Genre, side: Option<&Value>) -> Values {
    let text = |column: &str| side?.get(column).map(|value| value.as_str().map(str::to_string));
    genre.record.columns().filter_map(|(column, _)| Some((column, text(column)?))).collect()
}

/// Why a proposal is no longer one.
const DECIDEE: &str = "Une proposition au moins est déjà décidée.";

/// Takes a proposal to write it, and counts it: the undoing of the import takes it back too. False when somebody decided it meanwhile.
async fn prise(connection: &mut PgConnection, import: i64, ligne: i64) -> Result<bool> {
    if !queries::tient(&mut *connection, import, "termine").await? {
        return Ok(false);
    }
    let done = sqlx::query("UPDATE import_ligne SET etat = 'ecrite' WHERE id = $1 AND import_id = $2 AND verdict = 'proposee' AND etat = 'prevue'")
        .bind(ligne)
        .bind(import)
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE import SET modifiees = modifiees + 1 WHERE id = $1").bind(import).execute(connection).await?;
    Ok(true)
}

/// Keeps with a line what its writing moved by itself, so that the undoing gives it back.
async fn retient(connection: &mut PgConnection, ligne: i64, (column, before, after): (&str, &str, &str)) -> Result<()> {
    sqlx::query("UPDATE import_ligne SET avant = coalesce(avant, '{}') || jsonb_build_object($2::text, $3::text), valeurs = valeurs || jsonb_build_object($2::text, $4::text) WHERE id = $1")
        .bind(ligne)
        .bind(column)
        .bind(before)
        .bind(after)
        .execute(connection)
        .await?;
    Ok(())
}

#[post("/imports/<id>/propositions", data = "<form>")]
async fn decide(personne: Personne, id: i64, form: Envoi<Decision<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, genre) = entered(context, &personne, id).await?;
    let own = personne.at(genre.record.list.access, Niveau::Valider)?;
    if import.state() != "termine" {
        return Err(Error::Conflict("Les propositions se décident une fois l’import écrit\u{a0}: rien n’a été fait. Voyez sa page.".into()));
    }
    let back = || Redirect::to(format!("/imports/{id}"));
    let (accept, all) = match form.faire {
        "accepter" => (true, false),
        "refuser" => (false, false),
        "tout-accepter" => (true, true),
        "tout-refuser" => (false, true),
        _ => return Err(Error::invalid("Ce bouton n’existe pas. Rouvrez la page de l’import.")),
    };
    if !all && form.ligne.is_empty() {
        return Ok(Flash::warning(back(), "Aucune proposition n’est cochée."));
    }
    let open = ouvertes(context, id, (!all).then_some(form.ligne.as_slice())).await?;
    let (mut done, mut left) = (0, Vec::new());
    for one in open {
        let why = if accept { ecrite(context, &own, (genre, id), &one).await? } else { refusee(context, &own, (genre, id), &one).await? };
        match why {
            None => done += 1,
            Some(why) if left.contains(&why) => {}
            Some(why) => left.push(why),
        }
    }
    let word = if accept { ("acceptée", "acceptées") } else { ("refusée", "refusées") };
    let said = format!("{} {}.", format::counted(done, "proposition", "propositions"), if done < 2 { word.0 } else { word.1 });
    Ok(if left.is_empty() && done > 0 { Flash::success(back(), said) } else { Flash::warning(back(), format!("{said} {}", left.join(" "))) })
}

/// Writes what a line proposes, with its mark: both or none; why not, when it cannot be.
async fn ecrite(context: &Context, own: &Personne, (genre, import): (&Genre, i64), one: &Proposition) -> Result<Option<String>> {
    let record = genre.record;
    let (before, changed) = (cote(genre, one.avant.as_ref()), cote(genre, one.valeurs.as_ref()));
    let detail = records::told(context, record, &before, &changed).await?;
    let mut write = context.db.write().await?;
    if !prise(&mut write.tx, import, one.id).await? {
        write.rollback().await?;
        return Ok(Some(DECIDEE.into()));
    }
    if let Some(statut) = genre.statut {
        let sql = auteurs(statut.auteurs, record.table, "l.id = $1");
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(one.id).execute(&mut *write.tx).await?;
    }
    let stood = record.hooks.moved(&mut write.tx, one.cle).await?;
    let written = records::within(&mut write, own, record, (one.cle, one.version), detail, &changed).await?;
    if let Written::Done(_) = written {
        if let (Some((column, before)), Some((_, after))) = (stood, record.hooks.moved(&mut write.tx, one.cle).await?)
            && before != after
        {
            retient(&mut write.tx, one.id, (column, &before, &after)).await?;
        }
        write.commit().await?;
        return Ok(None);
    }
    write.rollback().await?;
    Ok(match written {
        Written::Done(_) => None,
        Written::Meanwhile => Some("Une fiche au moins a changé depuis la vérification, ou n’est pas de votre périmètre\u{a0}: rejouez l’import pour la comparer de nouveau.".into()),
        Written::Taken(_) => Some("Une autre fiche a pris une de ces valeurs.".into()),
        Written::Kept(why) => Some(why),
    })
}

/// Refuses what a line proposes: the row stays as it is. Whoever decides of the row alone may.
async fn refusee(context: &Context, own: &Personne, (genre, import): (&Genre, i64), one: &Proposition) -> Result<Option<String>> {
    let mut write = context.db.write().await?;
    if !queries::tient(&mut write.tx, import, "termine").await? {
        write.rollback().await?;
        return Ok(Some(DECIDEE.into()));
    }
    let mut statement = Statement::default();
    let (line, own_import) = (statement.bind(Arg::Int(one.id)), statement.bind(Arg::Int(import)));
    let mine = within_scope(&mut statement, genre.record.list, &own.reader, "l.cle")?;
    statement.sql = format!(
        "UPDATE import_ligne l SET etat = 'ecartee' WHERE l.id = {line}::bigint AND l.import_id = {own_import}::bigint AND l.verdict = 'proposee' AND l.etat = 'prevue' AND {mine}"
    );
    if statement.query()?.execute(&mut *write.tx).await?.rows_affected() == 0 {
        write.rollback().await?;
        return Ok(Some("Une fiche au moins n’est pas de votre périmètre, ou sa proposition est déjà décidée.".into()));
    }
    write.commit().await?;
    Ok(None)
}
