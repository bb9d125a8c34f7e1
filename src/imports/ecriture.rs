//! What was confirmed, written lot by lot: set-based, each row while it is still the one that was looked at. The lot, its counters, its
//! rank and the lease are one transaction.

use std::time::Instant;

use serde_json::json;
use sqlx::PgConnection;

use super::completude;
use super::etats::{ECRIT, Etape, TERMINE};
use super::genre::{Genre, condition};
use super::model::Import;
use super::travail::actor;
use super::verification::journal_de_lot;
use crate::comptes::Personne;
use crate::context::Context;
use crate::journal::{self, Action, Actor};
use crate::listing::{Arg, Niveau, Reader, Statement, within_scope};
use crate::platform::db::Write;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{JobError, Run};
use crate::records;

/// A lot: the import, what it feeds, in whose name, its ranks.
pub struct Lot<'a> {
    /// The import.
    pub id: i64,
    /// Its kind.
    pub genre: &'static Genre,
    /// Who confirmed it.
    pub reader: &'a Reader,
    /// The same, as the hooks of its record ask for them.
    pub personne: &'a Personne,
    /// First rank, and the one after the last.
    pub rangs: (i64, i64),
}

impl Lot<'_> {
    /// The lines of the lot that are in `state`, as a condition on `l`.
    pub(super) fn lignes(&self, statement: &mut Statement, state: &str) -> String {
        let own = statement.bind(Arg::Int(self.id));
        let (from, to) = (statement.bind(Arg::Int(self.rangs.0)), statement.bind(Arg::Int(self.rangs.1)));
        format!("l.import_id = {own}::bigint AND l.rang >= {from}::bigint AND l.rang < {to}::bigint AND l.etat = '{state}'")
    }

    /// Runs a statement made for this lot; gives how many rows it touched.
    pub(super) async fn run(connection: &mut PgConnection, statement: Statement) -> Result<u64> {
        Ok(statement.query()?.execute(connection).await?.rows_affected())
    }

    /// Locks the rows that the lot names, in the order of their keys; what writes them by itself locks them by itself.
    pub async fn verrouille(&self, connection: &mut PgConnection, state: &str) -> Result<()> {
        if self.genre.ecrivain.is_some() {
            return Ok(());
        }
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        statement.sql =
            format!("SELECT t.id FROM {} t JOIN import_ligne l ON l.cle = t.id WHERE {lines} ORDER BY t.id FOR UPDATE OF t", self.genre.record.table);
        Self::run(connection, statement).await.map(|_| ())
    }

    /// The columns that the values of the lot name, with their types.
    async fn colonnes(&self, connection: &mut PgConnection, state: &str, values: &str) -> Result<Vec<(&'static str, &'static str)>> {
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        statement.sql = format!("SELECT DISTINCT k FROM import_ligne l, jsonb_object_keys(l.{values}) k WHERE {lines} AND {}", changees(state));
        let arguments = statement.arguments()?;
        let named: Vec<String> = sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(connection).await?;
        let moved = self.genre.statut.map(|statut| (statut.colonne, "text"));
        Ok(self.genre.record.columns().chain(moved).filter(|(column, _)| named.iter().any(|name| name == column)).collect())
    }

    /// Sets lines aside: what they were checked against is not so any more.
    pub(super) async fn ecarte(&self, connection: &mut PgConnection, statement: &mut Statement, which: &str, why: &str, to: &str) -> Result<u64> {
        let why = statement.bind(Arg::Text(why.into()));
        let mut statement = std::mem::take(statement);
        statement.sql = format!("UPDATE import_ligne l SET etat = '{to}', motif = {why}::text WHERE {which}");
        Self::run(connection, statement).await
    }

    /// The new lines whose place is out of reach by now.
    async fn hors_de_portee(&self, connection: &mut PgConnection) -> Result<()> {
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, "prevue");
        let places = statement.bind(Arg::Texts(self.genre.places(self.reader)));
        let which = format!("{lines} AND l.verdict = 'nouvelle' AND ({} = ANY({places}::text[])) IS NOT TRUE", self.genre.place_sql());
        let why = "Vos droits ne vont plus jusqu’à cette commune\u{a0}: la fiche n’est pas créée.";
        self.ecarte(connection, &mut statement, &which, why, "depassee").await.map(|_| ())
    }

    /// The new lines that cannot be written any more.
    async fn nouvelles_depassees(&self, connection: &mut PgConnection) -> Result<()> {
        let record = self.genre.record;
        if self.genre.ecrivain.is_none() {
            self.hors_de_portee(connection).await?;
        }
        for cle in self.genre.cles {
            let mut statement = Statement::default();
            let lines = self.lignes(&mut statement, "prevue");
            let mine = if cle.partout { "true".into() } else { within_scope(&mut statement, record.list, self.reader, "t.id")? };
            let held = condition(cle.sur, &format!("(l.cles->>'{}')", cle.nom));
            let which = format!(
                "{lines} AND l.verdict = 'nouvelle' AND l.cles ? '{}' AND EXISTS (SELECT 1 FROM {} t WHERE {held} AND {mine})",
                cle.nom, record.table
            );
            let why = format!("Une fiche qui a {} a été créée depuis la vérification\u{a0}: celle-ci n’est pas créée.", cle.mot);
            self.ecarte(connection, &mut statement, &which, &why, "depassee").await?;
        }
        let Some(sql) = self.genre.avant else { return Ok(()) };
        let lost: Vec<(i64, String)> = sqlx::query_as(sql).bind(self.id).bind(self.rangs.0).bind(self.rangs.1).fetch_all(&mut *connection).await?;
        for (rang, why) in lost {
            sqlx::query("UPDATE import_ligne SET etat = 'depassee', motif = $3 WHERE import_id = $1 AND rang = $2 AND etat = 'prevue'")
                .bind(self.id)
                .bind(rang)
                .bind(why)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    /// The lines whose value another row holds since.
    async fn prises(&self, connection: &mut PgConnection, (state, values, to): (&str, &str, &str)) -> Result<()> {
        let table = self.genre.record.table;
        for column in self.genre.uniques {
            let mut statement = Statement::default();
            let lines = self.lignes(&mut statement, state);
            let which = format!(
                "{lines} AND l.verdict IN ('nouvelle', 'changee') AND EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = l.{values}->>'{column}' AND t.id IS DISTINCT FROM l.cle)"
            );
            let why = format!("{}\u{a0}: une autre fiche a pris cette valeur entre-temps.", self.genre.label(column));
            self.ecarte(connection, &mut statement, &which, &why, to).await?;
        }
        Ok(())
    }

    /// Changes rows that are as they were looked at; gives how many, and the communes that see them.
    async fn change(&self, connection: &mut PgConnection, (state, values, version, to): (&str, &str, &str, &str)) -> Result<(i64, Vec<String>)> {
        let columns = self.colonnes(connection, state, values).await?;
        if columns.is_empty() {
            return Ok((0, Vec::new()));
        }
        let (record, which) = (self.genre.record, changees(state));
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        let who = statement.bind(Arg::Int(self.reader.user_id));
        let mine = within_scope(&mut statement, record.list, self.reader, "t.id")?;
        let set: String = columns
            .iter()
            .map(|(column, cast)| {
                format!("{column} = CASE WHEN l.{values} ? '{column}' THEN (l.{values}->>'{column}')::{cast} ELSE t.{column} END, ")
            })
            .collect();
        let sql = format!(
            "WITH ecrites AS (
                 UPDATE {} t SET {set}version = t.version + 1, modifie_le = now(), modifie_par = {who}::bigint
                 FROM import_ligne l WHERE {lines} AND {which} AND t.id = l.cle AND t.version = {version} AND {mine}
                 RETURNING l.id AS ligne, {} AS communes),
             marque AS (UPDATE import_ligne l SET etat = '{to}' FROM ecrites e WHERE l.id = e.ligne)
             SELECT (SELECT count(*) FROM ecrites), ARRAY(SELECT DISTINCT unnest(communes) FROM ecrites)",
            record.table, record.communes
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(connection).await?)
    }

    /// Lines that put a row away, or that change one that is closed, ask for more than entering: they are left where that is not so.
    /// Whether the lot has some.
    async fn sans_droit(&self, connection: &mut PgConnection, (state, to): (&str, &str)) -> Result<bool> {
        let record = self.genre.record;
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        statement.sql = format!("SELECT EXISTS (SELECT 1 FROM import_ligne l WHERE {lines} AND {} AND l.verdict <> 'changee')", changees(state));
        let arguments = statement.arguments()?;
        let some: bool = sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_one(&mut *connection).await?;
        if !some {
            return Ok(false);
        }
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        let mine = within_scope(&mut statement, record.list, &self.reader.at(Niveau::Valider), "l.cle")?;
        let which = format!("{lines} AND {} AND l.verdict <> 'changee' AND NOT ({mine})", changees(state));
        self.ecarte(connection, &mut statement, &which, "Vos droits ne vont plus jusque-là\u{a0}: la fiche reste comme elle est.", to).await?;
        Ok(true)
    }

    /// What is still in `state` was not as it was looked at: it becomes `to`, and is told.
    async fn reste(&self, connection: &mut PgConnection, (state, to): (&str, &str), why: &str) -> Result<i64> {
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, state);
        let which = format!("{lines} AND (l.verdict = 'nouvelle' OR {})", changees(state));
        self.ecarte(connection, &mut statement, &which, why, to).await?;
        let mut statement = Statement::default();
        let lines = self.lignes(&mut statement, to);
        statement.sql = format!(
            "WITH dites AS (
                 INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, message)
                 SELECT l.import_id, l.demandeur_id, l.collectivite_id, l.rang, l.ligne, CASE WHEN l.etat = 'gardee' THEN 'avertissement' ELSE 'refus' END, 'ETA-02', coalesce(l.motif, '') FROM import_ligne l WHERE {lines} ORDER BY l.rang RETURNING 1)
             SELECT count(*) FROM dites"
        );
        let arguments = statement.arguments()?;
        Ok(sqlx::query_scalar_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_one(connection).await?)
    }
}

/// The lines whose row is changed, or changed back, as a condition on `l`: what is proposed is written by whoever accepts it, and
/// taken back like the others.
pub(super) fn changees(state: &str) -> &'static str {
    if state == "ecrite" { "l.verdict IN ('changee', 'absente', 'proposee')" } else { "l.verdict IN ('changee', 'absente')" }
}

/// Writes a lot.
///
/// # Errors
/// The lease was lost, or PostgreSQL failed.
pub async fn lot((context, run): (&Context, &Run), lot: &Lot<'_>) -> std::result::Result<(), JobError> {
    let start = Instant::now();
    let mut write = context.db.write().await?;
    let tx = &mut *write.tx;
    // The order of the creations of one kind: nobody creates what the lot is looking for.
    records::one_at_a_time(tx, lot.genre.record).await?;
    lot.verrouille(tx, "prevue").await?;
    lot.nouvelles_depassees(tx).await?;
    lot.apparues(tx).await?;
    if lot.sans_droit(tx, ("prevue", "depassee")).await? {
        completude::retenues(tx, (lot.genre, lot.personne), (lot.id, lot.rangs)).await?;
    }
    lot.prises(tx, ("prevue", "valeurs", "depassee")).await?;
    lot.retient_auteurs(tx).await?;
    let (changed, mut communes) = lot.change(tx, ("prevue", "valeurs", "l.version", "ecrite")).await?;
    let (created, places) = lot.cree(&mut write).await?;
    let tx = &mut *write.tx;
    communes.extend(places);
    let why = "La fiche a été modifiée depuis la vérification, ou n’est plus de votre périmètre\u{a0}: elle reste comme elle est.";
    let overtaken = lot.reste(tx, ("prevue", "depassee"), why).await?;
    let told = json!({"creees": created, "modifiees": changed, "depassees": overtaken});
    journal_de_lot(tx, (lot.id, Etape::Ecriture), lot.rangs, None, &told, start).await?;
    let advanced = sqlx::query(
        "UPDATE import SET avancement = $2, creees = creees + $3, modifiees = modifiees + $4, depassees = depassees + $5,
             communes = ARRAY(SELECT DISTINCT c FROM unnest(communes || $6::text[]) c ORDER BY c) WHERE id = $1 AND etat = $7",
    )
    .bind(lot.id)
    .bind(lot.rangs.1)
    .bind(created)
    .bind(changed)
    .bind(overtaken)
    .bind(&communes)
    .bind(ECRIT.to)
    .execute(tx)
    .await?;
    finit(write, run, lot, &communes, advanced.rows_affected()).await
}

/// Takes a lot back.
///
/// # Errors
/// The lease was lost, or PostgreSQL failed.
pub async fn defait((context, run): (&Context, &Run), lot: &Lot<'_>) -> std::result::Result<(), JobError> {
    let start = Instant::now();
    let mut write = context.db.write().await?;
    let tx = &mut *write.tx;
    records::one_at_a_time(tx, lot.genre.record).await?;
    lot.reprend_les_gardees(tx).await?;
    lot.verrouille(tx, "ecrite").await?;
    lot.sans_droit(tx, ("ecrite", "gardee")).await?;
    lot.prises(tx, ("ecrite", "avant", "gardee")).await?;
    lot.a_deux(tx).await?;
    let (restored, mut communes) = lot.change(tx, ("ecrite", "avant", "l.version + 1", "defaite")).await?;
    lot.rend_les_auteurs(tx).await?;
    let (removed, places) = lot.retire(&mut write).await?;
    let tx = &mut *write.tx;
    if let Some(sql) = lot.genre.rend {
        sqlx::query(sql).bind(lot.id).bind(lot.rangs.0).bind(lot.rangs.1).execute(&mut *tx).await?;
    }
    communes.extend(places);
    lot.rend_les_versions(tx).await?;
    lot.dit_pourquoi(tx).await?;
    let why = "La fiche a été touchée depuis l’import, ou sert à d’autres\u{a0}: elle reste comme elle est.";
    let kept = lot.reste(tx, ("ecrite", "gardee"), why).await?;
    let told = json!({"retirees": removed, "retablies": restored, "gardees": kept});
    journal_de_lot(tx, (lot.id, Etape::Annulation), lot.rangs, None, &told, start).await?;
    let advanced = sqlx::query(
        "UPDATE import SET annule_avancement = $2, defaites = defaites + $3, gardees = gardees + $4 WHERE id = $1 AND etat = 'annulation'",
    )
    .bind(lot.id)
    .bind(lot.rangs.1)
    .bind(restored + removed)
    .bind(kept)
    .execute(tx)
    .await?;
    finit(write, run, lot, &communes, advanced.rows_affected()).await
}

/// Says to whom it shows, proves the lease, and commits.
async fn finit(mut write: Write, run: &Run, lot: &Lot<'_>, communes: &[String], advanced: u64) -> std::result::Result<(), JobError> {
    if advanced == 0 {
        return Err(Error::Conflict("Cet import a changé d’état entre-temps. Rouvrez sa page.".into()).into());
    }
    for domain in lot.genre.record.domains {
        communes.iter().for_each(|commune| write.touch(domain, commune));
    }
    run.checkpoint(&mut write.tx, lot.rangs.1, None).await?;
    write.commit().await?;
    Ok(())
}

/// Says that the work is done, and what it did.
///
/// # Errors
/// The lease was lost, or PostgreSQL failed.
pub async fn clot((context, run): (&Context, &Run), import: &Import, genre: &Genre, etape: Etape) -> std::result::Result<(), JobError> {
    let mut write = context.db.write().await?;
    run.hold(&mut write.tx).await?;
    let sql = match etape {
        Etape::Annulation => "UPDATE import SET etat = $2, annule_le = now(), erreur = NULL WHERE id = $1 AND etat = ANY($3)",
        Etape::Verification | Etape::Ecriture => "UPDATE import SET etat = $2, fini_le = now(), erreur = NULL WHERE id = $1 AND etat = ANY($3)",
    };
    let end = if etape == Etape::Ecriture { &TERMINE } else { etape.end() };
    let done = sqlx::query(sql).bind(import.id).bind(end.to).bind(end.from).execute(&mut *write.tx).await?;
    if done.rows_affected() == 0 {
        return Err(Error::Conflict("Cet import a changé d’état entre-temps. Rouvrez sa page.".into()).into());
    }
    if etape == Etape::Annulation {
        super::rejeu::rend_le_fichier(&mut write.tx, import.id).await?;
    }
    let row = super::queries::row(&mut write.tx, import.id).await?.ok_or_else(|| Error::Internal(format!("import {} is gone", import.id)))?;
    note(&mut write, &row, genre, etape, &actor(&row, etape, run.id)).await?;
    write.commit().await?;
    Ok(())
}

/// One line: what an import did to how many rows. The rows themselves are in `import_ligne`.
///
/// # Errors
/// PostgreSQL failed.
pub async fn note(write: &mut Write, import: &Import, genre: &Genre, etape: Etape, actor: &Actor) -> Result<()> {
    let detail = match etape {
        Etape::Annulation => {
            json!({"import": format!("Annulation\u{a0}: {}", import.nom), "liste": genre.record.list.name, "defaites": import.defaites, "gardees": import.gardees})
        }
        Etape::Verification | Etape::Ecriture => json!({
            "import": import.nom, "liste": genre.record.list.name, "sha256": import.sha256, "lues": import.lues, "creees": import.creees,
            "modifiees": import.modifiees, "depassees": import.depassees, "refusees": import.refusees,
        }),
    };
    Ok(journal::note_at(&mut write.tx, actor, Action::Change, ("import", &import.id.to_string()), &detail, &import.communes).await?)
}
