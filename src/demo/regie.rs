//! Campagnes, échéances, déclarations et paiements de démonstration : deux années de la Riviera du Levant et du Grand Sud Caraïbe, avec ceux
//! qui déclarent tard, ceux qui paient une partie, ceux qui paient trop. Tout vient d'instructions sur des ensembles de lignes ; les livres
//! s'équilibrent comme ceux d'une régie.

use chrono::{Datelike, NaiveDate};
use sqlx::PgConnection;

use crate::taxe;

/// SIREN, mois par campagne, jours laissés pour déclarer, jours laissés ensuite pour payer.
const COLLECTIVITES: [(&str, u32, i32, i32); 2] = [("200041507", 4, 20, 20), ("249710070", 6, 31, 15)];
/// En dessous de ce nombre de séjours, l'année en cours seulement : la base est celle d'un essai.
const SEJOURS_DE_DEUX_ANNEES: u64 = 20_000;

/// Engendre le tout, jusqu'au jour de la démonstration.
///
/// # Errors
/// Les erreurs de la base.
pub async fn engendrer(conn: &mut PgConnection, jour: NaiveDate, sejours: u64) -> sqlx::Result<()> {
    let premiere = if sejours < SEJOURS_DE_DEUX_ANNEES { jour.year() } else { jour.year() - 1 };
    for (siren, mois, declarer, payer) in COLLECTIVITES {
        calendriers(conn, (siren, mois, declarer, payer), (premiere, jour.year())).await?;
    }
    let ouvertes: Vec<i64> = sqlx::query_scalar("UPDATE campagne SET etat = 'ouverte', ouverte_le = fin + time '08:00' WHERE fin < $1 RETURNING id")
        .bind(jour)
        .fetch_all(&mut *conn)
        .await?;
    for campagne in ouvertes {
        taxe::ouvre(conn, campagne).await?;
    }
    deposer(conn, jour).await?;
    encaisser(conn, jour).await?;
    clore(conn, jour).await
}

/// Les campagnes d'hébergeurs et de plateformes d'une collectivité, et leurs échéances : deux calendriers.
async fn calendriers(conn: &mut PgConnection, (siren, mois, declarer, payer): (&str, u32, i32, i32), (de, a): (i32, i32)) -> sqlx::Result<()> {
    let parts = i32::try_from(12 / mois).unwrap_or(1);
    sqlx::query(
        "WITH p AS (
             SELECT o.id AS collectivite_id, g.genre, g.mot || n || CASE n WHEN 1 THEN 'er' ELSE 'e' END || ' ' || g.part || ' ' || y.annee AS nom,
                 make_date(y.annee, 1, 1) + make_interval(months => g.mois * (n - 1)) AS debut,
                 make_date(y.annee, 1, 1) + make_interval(months => g.mois * n) - interval '1 day' AS fin, g.declarer, g.payer
             FROM collectivite o, generate_series($5, $6) y (annee),
                 LATERAL (VALUES ('hote', '', CASE $2 WHEN 4 THEN 'quadrimestre' ELSE 'semestre' END, $2, $3, $4, $7),
                                 ('plateforme', 'Plateformes, ', 'semestre', 6, 0, 0, 2)) g (genre, mot, part, mois, declarer, payer, parts),
                 LATERAL generate_series(1, g.parts) n
             WHERE o.siren = $1),
         c AS (INSERT INTO campagne (collectivite_id, genre, nom, debut, fin, limite)
               SELECT collectivite_id, genre, nom, debut::date, fin::date, fin::date + declarer FROM p RETURNING 1)
         INSERT INTO echeance (collectivite_id, genre, nom, jour, debut, fin)
         SELECT collectivite_id, genre, 'Versement, ' || nom, fin::date + declarer + payer, debut::date, fin::date FROM p",
    )
    .bind(siren)
    .bind(i32::try_from(mois).unwrap_or(1))
    .bind(declarer)
    .bind(payer)
    .bind(de)
    .bind(a)
    .bind(parts)
    .execute(conn)
    .await
    .map(drop)
}

/// La plupart déposent à temps, certains tard, d'autres pas : ceux-là sont relancés.
async fn deposer(conn: &mut PgConnection, jour: NaiveDate) -> sqlx::Result<()> {
    sqlx::query(
        "WITH d AS (
             SELECT d.id, d.limite, t.base, t.departemental, t.nuitees, h.part,
                 CASE WHEN h.part < 800 THEN d.fin + 1 + h.part % greatest(d.limite - d.fin, 1) ELSE d.limite + 1 + h.part % 40 END AS le
             FROM declaration d, LATERAL (SELECT abs(hashint8(d.id) % 1000) AS part) h,
                 LATERAL (SELECT coalesce(sum(montant_base), 0)::bigint AS base, coalesce(sum(montant_departemental), 0)::bigint AS departemental,
                          coalesce(sum(nuitees), 0) AS nuitees FROM declaration_compte k WHERE k.declaration_id = d.id) t
             WHERE h.part < 880)
         UPDATE declaration b SET etat = CASE WHEN d.nuitees > 0 THEN 'deposee' ELSE 'neant' END, deposee_le = d.le, hors_delai = d.le > d.limite,
             arrete_base = d.base, arrete_departemental = d.departemental
         FROM d WHERE b.id = d.id AND d.le <= $1",
    )
    .bind(jour)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE declaration SET relances = 1 + abs(hashint8(id) % 3), relancee_le = least(limite + 15, $1) WHERE etat = 'attendue' AND limite < $1",
    )
    .bind(jour)
    .execute(&mut *conn)
    .await?;
    // Ce que chacune doit, une opération par déclaration.
    sqlx::query(
        "WITH d AS (SELECT *, 'Déclaration déposée, ' || numero AS libelle FROM declaration WHERE etat = 'deposee' AND arrete_base + arrete_departemental > 0),
         o AS (INSERT INTO operation (collectivite_id, genre, jour, libelle) SELECT collectivite_id, 'declaration', deposee_le, libelle FROM d ORDER BY deposee_le, id RETURNING id, libelle)
         INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)
         SELECT o.id, d.collectivite_id, d.deposee_le, e.compte, d.id, d.hebergeur_id, d.collecteur, e.debit, e.credit
         FROM d JOIN o ON o.libelle = d.libelle, LATERAL (VALUES ('redevables', d.arrete_base + d.arrete_departemental, 0::bigint), ('taxe', 0, d.arrete_base),
             ('additionnelle', 0, d.arrete_departemental)) e (compte, debit, credit)
         WHERE e.debit + e.credit > 0 ORDER BY d.deposee_le, d.id",
    )
    .execute(conn)
    .await
    .map(drop)
}

/// La plupart paient ce qu'ils doivent ; quelques-uns une partie, ou dix euros de trop.
async fn encaisser(conn: &mut PgConnection, jour: NaiveDate) -> sqlx::Result<()> {
    sqlx::query(
        "WITH d AS (
             SELECT d.id, d.numero, d.collectivite_id, d.hebergeur_id, d.collecteur, d.deposee_le + h.part % 25 AS le, d.arrete_base + d.arrete_departemental AS du,
                 CASE WHEN h.part < 780 THEN d.arrete_base + d.arrete_departemental WHEN h.part < 840 THEN (d.arrete_base + d.arrete_departemental + 1) / 2
                      ELSE d.arrete_base + d.arrete_departemental + 1000 END AS paye,
                 (ARRAY['cheques', 'virements', 'virements', 'en_ligne', 'cartes', 'especes'])[1 + h.part % 6] AS moyen, 'Paiement de ' || d.numero AS libelle
             FROM declaration d, LATERAL (SELECT abs(hashint8(d.id + 71) % 1000) AS part) h
             WHERE d.etat = 'deposee' AND d.arrete_base + d.arrete_departemental > 0 AND h.part < 860),
         p AS (SELECT d.*, row_number() OVER (PARTITION BY collectivite_id, extract(year FROM le) ORDER BY le, id) AS rang FROM d WHERE le <= $1 AND paye > 0),
         o AS (INSERT INTO operation (collectivite_id, genre, jour, libelle) SELECT collectivite_id, 'encaissement', le, libelle FROM p ORDER BY le, id RETURNING id, libelle),
         e AS (INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)
               SELECT o.id, p.collectivite_id, p.le, c.compte, c.declaration_id, p.hebergeur_id, p.collecteur, c.debit, c.credit
               FROM p JOIN o ON o.libelle = p.libelle, LATERAL (VALUES (p.moyen, NULL::bigint, p.paye, 0::bigint), ('redevables', p.id, 0, least(p.paye, p.du)),
                   ('trop_percu', NULL, 0, greatest(p.paye - p.du, 0))) c (compte, declaration_id, debit, credit)
               WHERE c.debit + c.credit > 0 ORDER BY p.le, p.id)
         INSERT INTO paiement (operation_id, collectivite_id, hebergeur_id, collecteur, moyen, montant, reference, recu_le, quittance_annee, quittance_numero, jeton, fait_le)
         SELECT o.id, p.collectivite_id, p.hebergeur_id, p.collecteur, p.moyen, p.paye, CASE WHEN p.moyen = 'especes' THEN '' ELSE upper(left(p.moyen, 3)) || '-' || p.numero END,
             p.le, extract(year FROM p.le), p.rang, 'demonstration-' || p.numero, p.le + time '14:00'
         FROM p JOIN o ON o.libelle = p.libelle ORDER BY p.le, p.id",
    )
    .bind(jour)
    .execute(conn)
    .await
    .map(drop)
}

/// Les campagnes finies depuis deux mois sont closes.
async fn clore(conn: &mut PgConnection, jour: NaiveDate) -> sqlx::Result<()> {
    sqlx::query(
        "WITH c AS (UPDATE campagne SET etat = 'close', close_le = limite + 60 + time '17:00' WHERE etat = 'ouverte' AND limite + 60 < $1 RETURNING id)
         UPDATE declaration d SET etat = CASE d.etat WHEN 'attendue' THEN 'defaillante' ELSE 'close' END FROM c WHERE d.campagne_id = c.id",
    )
    .bind(jour)
    .execute(conn)
    .await
    .map(drop)
}
