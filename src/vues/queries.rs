//! The SQL of the saved views. The right to a view stands in one place: the function `vue_ouverte` of
//! the base, and the lists that their rights open.

use sqlx::{PgConnection, PgPool};

use super::model::{Place, Vue};
use crate::listing::{List, Module, Niveau, Reader};
use crate::platform::db::Db;

/// Views of a person at most, deleted ones left out.
pub const VIEWS_MAX: i64 = 100;
/// Views shown at once at most: one's own, and those of one's collectivités.
const SHOWN_MAX: i64 = 500;
/// Deleted views offered to be brought back.
const DELETED_SHOWN: i64 = 20;
/// Days during which a deleted view can be brought back.
pub const DELETED_DAYS: i32 = 30;

/// Who asks for views: their rights, and the lists that their rights open.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// The person.
    pub reader: &'a Reader,
    /// Names of those lists.
    pub lists: Vec<&'static str>,
}

impl<'a> Asker<'a> {
    /// `reader` among `lists`.
    pub fn new(reader: &'a Reader, lists: &[&'static List]) -> Self {
        Self { reader, lists: lists.iter().filter(|list| reader.may(list.access)).map(|list| list.name).collect() }
    }

    /// The collectivités whose shared views they look after.
    fn managed(&self) -> Vec<i32> {
        self.reader.at(Niveau::Gerer).collectivites(Module::Administration).to_vec()
    }
}

/// `$1` person, `$2` their collectivités, `$3` their lists.
const SEEN: &str = "SELECT v.id, v.liste, v.nom, v.requete, v.auteur_id, u.nom AS auteur, v.collectivite_id, c.nom AS collectivite, v.version,
         v.modifie_le, v.modifie_par, v.supprime_le,
         coalesce(u.actif AND (v.collectivite_id IS NULL OR u.id = $1 OR v.collectivite_id = ANY (collectivites_gerees(u.id))), false) AS auteur_present,
         EXISTS (SELECT 1 FROM vue_par_defaut d WHERE d.utilisateur_id = $1 AND d.vue_id = v.id) AS defaut
     FROM vue v LEFT JOIN utilisateur u ON u.id = v.auteur_id LEFT JOIN collectivite c ON c.id = v.collectivite_id
     WHERE v.liste = ANY($3) AND vue_ouverte(v, $1, $2)";

/// Which row a change is about: `$4` are the collectivités that the person manages, `$5` is the view, `$6`
/// the version they saw.
const CHANGED: &str = "WHERE v.id = $5 AND v.version = $6 AND v.liste = ANY($3) AND vue_ouverte(v, $1, $2)
     AND (v.auteur_id = $1 OR v.collectivite_id = ANY ($4))";

/// The views open to a person, of one list or of all, by list then name.
pub async fn all(db: &Db, asker: &Asker<'_>, list: Option<&str>) -> Result<Vec<Vue>, sqlx::Error> {
    let sql = format!("{SEEN} AND v.supprime_le IS NULL AND ($4::text IS NULL OR v.liste = $4) ORDER BY v.liste, v.nom, v.id LIMIT $5");
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(asker.reader.user_id)
        .bind(asker.reader.all_collectivites())
        .bind(&asker.lists)
        .bind(list)
        .bind(SHOWN_MAX)
        .fetch_all(db.statement())
        .await
}

/// The views that a person may bring back, last deleted first.
pub async fn deleted(db: &Db, asker: &Asker<'_>) -> Result<Vec<Vue>, sqlx::Error> {
    let sql = format!(
        "{SEEN} AND v.supprime_le > now() - make_interval(days => $4) AND (v.auteur_id = $1 OR v.collectivite_id = ANY ($5))
         ORDER BY v.supprime_le DESC LIMIT $6"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(asker.reader.user_id)
        .bind(asker.reader.all_collectivites())
        .bind(&asker.lists)
        .bind(DELETED_DAYS)
        .bind(asker.managed())
        .bind(DELETED_SHOWN)
        .fetch_all(db.statement())
        .await
}

/// One view, if it is open to the person.
pub async fn one(db: &Db, asker: &Asker<'_>, id: i64) -> Result<Option<Vue>, sqlx::Error> {
    let sql = format!("{SEEN} AND v.supprime_le IS NULL AND v.id = $4");
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(asker.reader.user_id)
        .bind(asker.reader.all_collectivites())
        .bind(&asker.lists)
        .bind(id)
        .fetch_optional(db.statement())
        .await
}

/// The collectivités with which a person may share a view: those where they have rights.
pub async fn places(db: &Db, reader: &Reader) -> Result<Vec<Place>, sqlx::Error> {
    sqlx::query_as("SELECT id, nom FROM collectivite WHERE id = ANY($1) ORDER BY type DESC, nom")
        .bind(reader.all_collectivites())
        .fetch_all(db.statement())
        .await
}

/// A view to add.
pub struct NewVue<'a> {
    pub liste: &'a str,
    pub nom: &'a str,
    pub requete: &'a str,
    pub collectivite_id: Option<i32>,
}

/// What became of a view to add.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// Its id; its version is 1.
    Done(i64),
    /// The person has a view of that name on that list.
    NameTaken,
    /// The person has as many views as they may.
    TooMany,
}

/// Adds a view of `reader`, whose account is locked while their views are counted.
pub async fn add(connection: &mut PgConnection, reader: &Reader, author: &str, new: &NewVue<'_>) -> Result<Added, sqlx::Error> {
    sqlx::query("SELECT 1 FROM utilisateur WHERE id = $1 FOR NO KEY UPDATE").bind(reader.user_id).execute(&mut *connection).await?;
    let held: i64 = sqlx::query_scalar("SELECT count(*) FROM vue WHERE auteur_id = $1 AND supprime_le IS NULL")
        .bind(reader.user_id)
        .fetch_one(&mut *connection)
        .await?;
    if held >= VIEWS_MAX {
        return Ok(Added::TooMany);
    }
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO vue (liste, nom, requete, auteur_id, collectivite_id, modifie_par) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (auteur_id, liste, lower(nom)) WHERE supprime_le IS NULL DO NOTHING RETURNING id",
    )
    .bind(new.liste)
    .bind(new.nom)
    .bind(new.requete)
    .bind(reader.user_id)
    .bind(new.collectivite_id)
    .bind(author)
    .fetch_optional(connection)
    .await?;
    Ok(id.map_or(Added::NameTaken, Added::Done))
}

/// The view of `reader` that holds exactly what `new` asks for: what a form posted twice had made the first time.
pub async fn same(connection: &mut PgConnection, reader: &Reader, new: &NewVue<'_>) -> Result<Option<(i64, i32)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, version FROM vue WHERE auteur_id = $1 AND liste = $2 AND nom = $3 AND requete = $4
             AND collectivite_id IS NOT DISTINCT FROM $5 AND supprime_le IS NULL",
    )
    .bind(reader.user_id)
    .bind(new.liste)
    .bind(new.nom)
    .bind(new.requete)
    .bind(new.collectivite_id)
    .fetch_optional(connection)
    .await
}

/// A change to view `id`, seen by the person at `version`.
pub struct Change<'a> {
    pub asker: &'a Asker<'a>,
    pub author: &'a str,
    pub id: i64,
    pub version: i32,
}

impl Change<'_> {
    fn query<'q>(&self, sql: String) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.asker.reader.user_id)
            .bind(self.asker.reader.all_collectivites().to_vec())
            .bind(self.asker.lists.iter().map(ToString::to_string).collect::<Vec<String>>())
            .bind(self.asker.managed())
            .bind(self.id)
            .bind(self.version)
            .bind(self.author.to_string())
    }

    async fn done(
        connection: &mut PgConnection,
        query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<bool, sqlx::Error> {
        Ok(query.execute(connection).await?.rows_affected() == 1)
    }

    /// Keeps another question under the same name; false when the version or the right is gone.
    pub async fn keep(&self, connection: &mut PgConnection, question: &str) -> Result<bool, sqlx::Error> {
        let sql =
            format!("UPDATE vue v SET requete = $8, version = version + 1, modifie_le = now(), modifie_par = $7 {CHANGED} AND v.supprime_le IS NULL");
        Self::done(connection, self.query(sql).bind(question.to_string())).await
    }

    /// Renames and shares; only its author makes a view personal. False when the version or the right is gone.
    pub async fn name(&self, connection: &mut PgConnection, name: &str, place: Option<i32>) -> Result<bool, sqlx::Error> {
        let sql = format!(
            "UPDATE vue v SET nom = $8, collectivite_id = $9, version = version + 1, modifie_le = now(), modifie_par = $7 {CHANGED}
             AND v.supprime_le IS NULL AND CASE WHEN $9::integer IS NULL THEN v.auteur_id = $1 ELSE $9 = ANY($2) END"
        );
        Self::done(connection, self.query(sql).bind(name.to_string()).bind(place)).await
    }

    /// Deletes, for a while; false when the version or the right is gone.
    pub async fn delete(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let sql = format!(
            "UPDATE vue v SET supprime_le = now(), version = version + 1, modifie_le = now(), modifie_par = $7 {CHANGED} AND v.supprime_le IS NULL"
        );
        Self::done(connection, self.query(sql)).await
    }

    /// Brings a deleted one back; false when the version or the right is gone.
    pub async fn restore(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let sql = format!(
            "UPDATE vue v SET supprime_le = NULL, version = version + 1, modifie_le = now(), modifie_par = $7 {CHANGED} AND v.supprime_le IS NOT NULL"
        );
        Self::done(connection, self.query(sql)).await
    }
}

/// Says whether PostgreSQL refused because the author has a view of that name already.
pub fn is_name_taken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(cause) if cause.constraint() == Some("vue_nom"))
}

/// Makes a view, which is open to the person, the one they find when opening its list.
pub async fn set_default(connection: &mut PgConnection, user_id: i64, list: &str, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO vue_par_defaut (utilisateur_id, liste, vue_id) VALUES ($1, $2, $3)
         ON CONFLICT (utilisateur_id, liste) DO UPDATE SET vue_id = excluded.vue_id",
    )
    .bind(user_id)
    .bind(list)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// View `id` is no longer the one that a person finds when opening its list.
pub async fn clear_default(connection: &mut PgConnection, user_id: i64, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM vue_par_defaut WHERE utilisateur_id = $1 AND vue_id = $2").bind(user_id).bind(id).execute(connection).await?;
    Ok(())
}

/// Removes for good what was deleted long ago, and the personal views of removed accounts.
pub async fn sweep(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM vue WHERE supprime_le < now() - make_interval(days => $1)").bind(DELETED_DAYS).execute(pool).await?;
    sqlx::query("DELETE FROM vue WHERE auteur_id IS NULL AND collectivite_id IS NULL").execute(pool).await?;
    Ok(())
}
