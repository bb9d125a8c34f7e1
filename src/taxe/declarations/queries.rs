//! The SQL of campaigns and declarations. What changes a declaration holds its campaign first, then itself: a closing waits for the
//! deposits that are under way, and those that come after see that it is closed.

use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, PgConnection};

use super::etats::{A_DEPOSER, ARRETEES, CLOT, DEPOSEES, OUVRE, ROUVRE};
use super::list::{ETAT, MONTANT_SQL};
use super::model::{Campagne, Compte, Date, Declaration, Depot, Total};
use super::ouverture;
use crate::listing::{Module, Reader};
use crate::platform::db::Db;
use crate::ui::format;

/// A declaration of the reader's communes.
pub async fn one(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Declaration>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.id, d.numero, d.campagne_id, g.nom::text AS campagne, g.etat AS campagne_etat, d.collectivite_id, d.code_insee, c.nom::text AS commune,
             d.collecteur, coalesce(h.nom, p.nom)::text AS declarant, d.hebergeur_id, d.debut, d.fin, d.limite, d.attendu, d.etat, d.deposee_le, d.hors_delai,
             d.arrete_base, d.arrete_departemental, d.relances, d.relancee_le,
             coalesce(t.sejours, 0)::bigint AS sejours, coalesce(t.nuitees, 0)::bigint AS nuitees, coalesce(t.base, 0)::bigint AS base,
             coalesce(t.departemental, 0)::bigint AS departemental,
             (SELECT e.jour FROM echeance e WHERE e.collectivite_id = d.collectivite_id AND e.genre = g.genre AND d.fin BETWEEN e.debut AND e.fin) AS exigible_le
         FROM declaration d JOIN campagne g ON g.id = d.campagne_id JOIN commune c ON c.code_insee = d.code_insee
         JOIN plateforme p ON p.code = d.collecteur LEFT JOIN hebergeur h ON h.id = d.hebergeur_id
         LEFT JOIN LATERAL (SELECT sum(k.sejours) AS sejours, sum(k.nuitees) AS nuitees, sum(k.montant_base) AS base, sum(k.montant_departemental) AS departemental
                            FROM declaration_compte k WHERE k.declaration_id = d.id) t ON true
         WHERE d.id = $1 AND d.code_insee = ANY($2)",
    )
    .bind(id)
    .bind(reader.communes(Module::Taxe))
    .fetch_optional(connection)
    .await
}

/// The same, held until the end of the transaction with its campaign, once its totals are what its stays say at this instant.
pub async fn held(connection: &mut PgConnection, reader: &Reader, id: i64) -> Result<Option<Declaration>, sqlx::Error> {
    let campagne: Option<i64> =
        sqlx::query_scalar("SELECT campagne_id FROM declaration WHERE id = $1").bind(id).fetch_optional(&mut *connection).await?;
    sqlx::query("SELECT 1 FROM campagne WHERE id = $1 FOR SHARE").bind(campagne).execute(&mut *connection).await?;
    sqlx::query("SELECT 1 FROM declaration WHERE id = $1 FOR NO KEY UPDATE").bind(id).execute(&mut *connection).await?;
    ouverture::mend(&mut *connection, &[id]).await?;
    one(connection, reader, id).await
}

/// A campaign of the reader's collectivités; `held` against whoever closes it or deposits.
pub async fn campagne(connection: &mut PgConnection, reader: &Reader, id: i64, held: bool) -> Result<Option<Campagne>, sqlx::Error> {
    let lock = if held { " FOR NO KEY UPDATE" } else { "" };
    let sql = format!(
        "SELECT id, collectivite_id, nom::text AS nom, genre, debut, fin, limite, etat, ouverte_le, close_le FROM campagne
         WHERE id = $1 AND collectivite_id = ANY($2){lock}"
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(id).bind(reader.collectivites(Module::Taxe)).fetch_optional(connection).await
}

/// How its declarations stand, by state, in their order.
pub async fn comptes(db: &Db, campagne: i64) -> Result<Vec<Compte>, sqlx::Error> {
    let sql = format!(
        "SELECT etat, count(*) AS nombre, coalesce(sum(montant), 0)::bigint AS montant, coalesce(sum(attendu), 0)::bigint AS attendu
         FROM (SELECT {ETAT} AS etat, {MONTANT_SQL} AS montant, b.attendu FROM declaration b WHERE b.campagne_id = $1) d GROUP BY etat
         ORDER BY array_position(ARRAY['attendue', 'en_cours', 'deposee', 'neant', 'close', 'defaillante'], etat)"
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(campagne).fetch_all(db.statement()).await
}

/// The communes of the declarations of a campaign.
pub async fn communes(connection: &mut PgConnection, campagne: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT code_insee FROM declaration WHERE campagne_id = $1").bind(campagne).fetch_all(connection).await
}

/// Says that somebody opens a campaign.
pub async fn open(connection: &mut PgConnection, id: i64, who: i64) -> Result<bool, sqlx::Error> {
    passage(connection, id, (OUVRE.from, OUVRE.to), who, "").await
}

async fn passage(connection: &mut PgConnection, id: i64, (from, to): (&[&str], &str), who: i64, more: &str) -> Result<bool, sqlx::Error> {
    let sql =
        format!("UPDATE campagne SET etat = $2, {more} version = version + 1, modifie_le = now(), modifie_par = $4 WHERE id = $1 AND etat = ANY($3)");
    let done = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(to).bind(from).bind(who).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Closes a campaign that is held: what was deposited is fixed, the rest is missing. How many of each.
pub async fn close(connection: &mut PgConnection, id: i64, who: i64) -> Result<Option<(i64, i64)>, sqlx::Error> {
    if !passage(&mut *connection, id, (CLOT.from, CLOT.to), who, "close_le = now(),").await? {
        return Ok(None);
    }
    sqlx::query_as(
        "WITH fait AS (UPDATE declaration SET etat = CASE etat WHEN 'attendue' THEN 'defaillante' ELSE 'close' END, version = version + 1, modifie_le = now(), modifie_par = $2
                       WHERE campagne_id = $1 AND etat IN ('attendue', 'deposee', 'neant') RETURNING etat)
         SELECT count(*) FILTER (WHERE etat = 'close'), count(*) FILTER (WHERE etat = 'defaillante') FROM fait",
    )
    .bind(id)
    .bind(who)
    .fetch_optional(connection)
    .await
}

/// Opens again a campaign that is held.
pub async fn reopen(connection: &mut PgConnection, id: i64, who: i64) -> Result<bool, sqlx::Error> {
    if !passage(&mut *connection, id, (ROUVRE.from, ROUVRE.to), who, "close_le = NULL,").await? {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE declaration SET etat = CASE WHEN etat = 'defaillante' THEN 'attendue' WHEN arrete_base + arrete_departemental = 0 THEN 'neant' ELSE 'deposee' END,
             version = version + 1, modifie_le = now(), modifie_par = $2
         WHERE campagne_id = $1 AND etat IN ('close', 'defaillante')",
    )
    .bind(id)
    .bind(who)
    .execute(connection)
    .await?;
    Ok(true)
}

/// What whoever deposits had in front of them.
pub struct Vu<'a> {
    /// The state of the campaign.
    pub campagne: &'a str,
    /// What the stays made, in cents.
    pub montant: i64,
    /// There was nothing to declare.
    pub neant: bool,
}

/// Deposits a declaration that is held.
pub async fn deposit(connection: &mut PgConnection, now: &Declaration, vu: &Vu<'_>, (today, who): (NaiveDate, i64)) -> Result<Depot, sqlx::Error> {
    let left = |sentence: String| Ok(Depot::Laisse(sentence));
    if !now.a_deposer() {
        let when = now.deposee_le.map(|day| format!(" le {}", format::date(day))).unwrap_or_default();
        return left(format!("Cette déclaration a déjà été déposée{when}\u{a0}: rien n’a changé."));
    }
    if now.campagne_etat == "close" && vu.campagne != "close" {
        return left("La campagne a été close pendant que vous saisissiez\u{a0}: rien n’est déposé. Relisez, puis déposez de nouveau\u{a0}: la déclaration sera notée hors délai.".into());
    }
    if !["ouverte", "close"].contains(&now.campagne_etat.as_str()) {
        return left("Cette campagne n’est pas encore ouverte\u{a0}: rien n’est déposé.".into());
    }
    if vu.neant && (now.sejours > 0 || now.nuitees > 0) {
        return left(format!(
            "{} de cette période\u{a0}: ce n’est pas un néant. Rejetez ces séjours s’ils sont faux, ou déposez la déclaration.",
            format::counted(now.sejours.max(1), "séjour ou total est saisi", "séjours ou totaux sont saisis")
        ));
    }
    if !vu.neant && now.sejours == 0 && now.nuitees == 0 {
        return left("Aucun séjour n’est saisi pour cette période\u{a0}: saisissez-les, ou déclarez un néant.".into());
    }
    if !vu.neant && vu.montant != now.montant() {
        return left(format!(
            "Des séjours ont changé pendant que vous lisiez\u{a0}: la taxe est de {}, et non de {}. Relisez, puis déposez de nouveau.",
            format::money(now.montant()),
            format::money(vu.montant)
        ));
    }
    let late = today > now.limite || now.campagne_etat == "close";
    let to = match (now.campagne_etat.as_str(), vu.neant) {
        ("close", _) => "close",
        (_, true) => "neant",
        (_, false) => "deposee",
    };
    sqlx::query(
        "UPDATE declaration SET etat = $2, deposee_le = $3, hors_delai = $4, arrete_base = $5, arrete_departemental = $6, version = version + 1, modifie_le = now(), modifie_par = $7
         WHERE id = $1 AND etat = ANY($8)",
    )
    .bind(now.id)
    .bind(to)
    .bind(today)
    .bind(late)
    .bind(now.base)
    .bind(now.departemental)
    .bind(who)
    .bind(A_DEPOSER)
    .execute(connection)
    .await?;
    Ok(Depot::Fait(now.montant()))
}

/// Takes back a deposit of a declaration that is held; false when it is not deposited, or its campaign is closed.
pub async fn take_back(connection: &mut PgConnection, id: i64, who: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE declaration SET etat = 'attendue', deposee_le = NULL, hors_delai = false, arrete_base = 0, arrete_departemental = 0,
             version = version + 1, modifie_le = now(), modifie_par = $2 WHERE id = $1 AND etat = ANY($3)",
    )
    .bind(id)
    .bind(who)
    .bind(DEPOSEES)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Fixes a declaration that is held at what its stays say now.
pub async fn regularise(connection: &mut PgConnection, now: &Declaration, who: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE declaration SET arrete_base = $2, arrete_departemental = $3, version = version + 1, modifie_le = now(), modifie_par = $4
         WHERE id = $1 AND etat = ANY($5)",
    )
    .bind(now.id)
    .bind(now.base)
    .bind(now.departemental)
    .bind(who)
    .bind(ARRETEES)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes a reminder of a declaration, once a day; false when it was noted today, or there is nothing to remind of.
pub async fn remind(connection: &mut PgConnection, id: i64, (today, who): (NaiveDate, i64)) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE declaration SET relances = relances + 1, relancee_le = $2, version = version + 1, modifie_le = now(), modifie_par = $3
         WHERE id = $1 AND etat = ANY($4) AND relancee_le IS DISTINCT FROM $2",
    )
    .bind(id)
    .bind(today)
    .bind(who)
    .bind(A_DEPOSER)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The same of all who did not deposit in a campaign and let; how many.
pub async fn remind_all(connection: &mut PgConnection, campagne: i64, (today, who): (NaiveDate, i64)) -> Result<u64, sqlx::Error> {
    let sql = format!(
        "UPDATE declaration b SET relances = relances + 1, relancee_le = $2, version = version + 1, modifie_le = now(), modifie_par = $3
         WHERE campagne_id = $1 AND etat = ANY($4) AND relancee_le IS DISTINCT FROM $2 AND {}",
        super::list::LOUE
    );
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(campagne).bind(today).bind(who).bind(A_DEPOSER).execute(connection).await?.rows_affected())
}

/// The monthly totals of a declaration.
pub async fn totaux(db: &Db, declaration: i64) -> Result<Vec<Total>, sqlx::Error> {
    sqlx::query_as(
        "SELECT m.id, m.mois, m.nuitees, m.montant_base, m.montant_departemental, u.nom::text AS par FROM total_mensuel m
         LEFT JOIN utilisateur u ON u.id = m.cree_par WHERE m.declaration_id = $1 AND m.retire_le IS NULL ORDER BY m.mois",
    )
    .bind(declaration)
    .fetch_all(db.statement())
    .await
}

/// Adds the totals of a month to a declaration that is held; false when that month has some already.
pub async fn add_total(
    connection: &mut PgConnection,
    declaration: i64,
    (mois, nuitees, base, departemental): (NaiveDate, i32, i64, i64),
    who: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO total_mensuel (declaration_id, mois, nuitees, montant_base, montant_departemental, cree_par) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (declaration_id, mois) WHERE retire_le IS NULL DO NOTHING",
    )
    .bind(declaration)
    .bind(mois)
    .bind(nuitees)
    .bind(base)
    .bind(departemental)
    .bind(who)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes away the totals of a month; what they said, when they were there.
pub async fn remove_total(connection: &mut PgConnection, declaration: i64, id: i64) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar("UPDATE total_mensuel SET retire_le = now(), version = version + 1 WHERE id = $1 AND declaration_id = $2 AND retire_le IS NULL RETURNING mois")
        .bind(id)
        .bind(declaration)
        .fetch_optional(connection)
        .await
}

/// The dates of a year, for the reader's collectivités: the last day to declare of each campaign, the last day to pay.
pub async fn calendar(db: &Db, reader: &Reader, year: i32) -> Result<Vec<Date>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.quoi, d.id, d.nom, o.nom::text AS collectivite, d.genre, d.jour, d.debut, d.fin, d.etat FROM (
             SELECT 'campagne' AS quoi, id, nom::text AS nom, collectivite_id, genre, limite AS jour, debut, fin, etat FROM campagne
             UNION ALL SELECT 'echeance', id, nom::text, collectivite_id, genre, jour, debut, fin, '' FROM echeance) d
         JOIN collectivite o ON o.id = d.collectivite_id
         WHERE d.collectivite_id = ANY($1) AND d.jour BETWEEN make_date($2, 1, 1) AND make_date($2, 12, 31)
         ORDER BY d.jour, d.quoi, d.nom, d.id LIMIT 500",
    )
    .bind(reader.collectivites(Module::Taxe))
    .bind(year)
    .fetch_all(db.statement())
    .await
}

/// The declarations of a host in the reader's communes, the last first.
pub async fn of_host(db: &Db, communes: &[String], host: i64, most: i64) -> Result<Vec<DeLHote>, sqlx::Error> {
    let sql = format!(
        "SELECT b.id, b.numero, g.nom::text AS campagne, c.nom::text AS commune, b.limite, {ETAT} AS etat, {MONTANT_SQL} AS montant,
             CASE WHEN b.etat = ANY($4) THEN b.arrete_base + b.arrete_departemental END AS arrete
         FROM declaration b JOIN campagne g ON g.id = b.campagne_id JOIN commune c ON c.code_insee = b.code_insee
         WHERE b.hebergeur_id = $1 AND b.code_insee = ANY($2) ORDER BY b.limite DESC, b.id DESC LIMIT $3"
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(host).bind(communes).bind(most).bind(ARRETEES).fetch_all(db.statement()).await
}

/// A declaration on the page of its host.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeLHote {
    pub id: i64,
    pub numero: String,
    pub campagne: String,
    pub commune: String,
    pub limite: NaiveDate,
    pub etat: String,
    /// In cents: what its stays make, and what was fixed.
    pub montant: i64,
    pub arrete: Option<i64>,
}
