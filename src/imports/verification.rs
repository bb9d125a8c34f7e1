//! The dry run: every line compared with the base, lot by lot, and nothing written to the records.

use std::time::Instant;

use serde_json::json;
use sqlx::types::Json;

use super::completude;
use super::confiance;
use super::copie;
use super::deplie::Deplieur;
use super::etats::{CONTROLE, Etape};
use super::genre::Genre;
use super::ligne::Ligne;
use super::lignes::Lecteur;
use super::model::Import;
use super::recherches;
use super::texte::plie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{JobError, Run};
use crate::sources::{Rang, Rangs, Refus, Reprise, Role};
use crate::ui::format;

/// What is read of a file in one go, on a thread that may wait for the disk.
pub struct Lu {
    /// What reads, to go on with.
    pub lecteur: Box<dyn Rangs + Send>,
    /// The rows.
    pub rangs: Vec<Rang>,
    /// Whether there is nothing after them.
    pub fini: bool,
}

/// Bytes of the cells of a lot: few large rows make one too.
const LOT_OCTETS: usize = 8 * 1024 * 1024;

/// Reads `count` rows, or those that fill a lot by their bytes, each being held as `lignes` lines; the refusal of a file that cannot be
/// read any further.
///
/// # Errors
/// The thread was lost.
pub async fn lit(
    mut lecteur: Box<dyn Rangs + Send>,
    (count, lignes): (usize, usize),
) -> std::result::Result<std::result::Result<Lu, Refus>, JobError> {
    let read = tokio::task::spawn_blocking(move || {
        let (mut rangs, mut octets) = (Vec::with_capacity(count.min(10_000)), 0);
        while rangs.len() < count && octets < LOT_OCTETS || !lecteur.coupable() {
            match lecteur.suivant() {
                Ok(Some(rang)) => {
                    octets += rang.poids() * lignes;
                    rangs.push(rang);
                }
                Ok(None) => return Ok(Lu { lecteur, rangs, fini: true }),
                Err(refus) => return Err(refus),
            }
        }
        Ok(Lu { lecteur, rangs, fini: false })
    });
    read.await.map_err(|error| JobError::Retry(error.to_string()))
}

/// What is left of the rows of a lot: those to be loaded, and what is said of the others.
fn retient(lecteur: &Lecteur<'_>, deplieur: Option<&Deplieur>, rangs: Vec<Rang>, first: i64) -> (Vec<Ligne>, Vec<Ligne>) {
    let mut all = (Vec::new(), Vec::new());
    let read = |place: usize| lecteur.colonnes.get(place).copied().flatten().is_some();
    for rang in rangs {
        let Some(deplieur) = deplieur else {
            retient_une(lecteur, rang, first, &mut all);
            continue;
        };
        let begun = all.0.len();
        for line in deplieur.deplie(rang, read) {
            retient_une(lecteur, line, first, &mut all);
        }
        // The row is kept with its first line: the others keep what is their own.
        let head = all.0.get(begun).map(|line| line.rang);
        for line in all.0.iter_mut().skip(begun + 1) {
            line.tete = head;
            line.brut.iter_mut().enumerate().filter(|(place, _)| deplieur.commune(*place)).for_each(|(_, cell)| *cell = String::new());
        }
    }
    all
}

/// Columns that a file reads at least, for a cell that stands alone to be no row of it.
const LUES_AU_MOINS: usize = 3;

/// The only cell of a row that has a text and no other: the title of a month, a signature under a register. A number alone is no text.
fn seule(lecteur: &Lecteur<'_>, cells: &[String]) -> Option<String> {
    if lecteur.colonnes.iter().flatten().count() < LUES_AU_MOINS {
        return None;
    }
    let mut full = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let text = full.next()?;
    (full.next().is_none() && text.chars().any(char::is_alphabetic)).then(|| text.to_string())
}

/// Words, folded, with which a mention under a register begins.
const MENTIONS: &[&str] = &["certifie", "signature", "signe", "fait a", "fait le", "lu et approuve", "le gerant", "la gerante", "cachet", "mois"];

/// Whether a text that stands alone is the title of a month or a mention, and no value: « MARS 2026 », « Fait à Le Gosier… ».
fn mention(text: &str) -> bool {
    let folded = plie(text);
    let begins = |word: &str| folded.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let month = (1..=12)
        .map(|month| plie(format::month_name(month)))
        .any(|name| folded.strip_prefix(&name).is_some_and(|rest| rest.trim_start().chars().all(|sign| sign.is_ascii_digit())));
    month || MENTIONS.iter().copied().any(begins)
}

/// The same of one row.
fn retient_une(lecteur: &Lecteur<'_>, mut rang: Rang, first: i64, (lines, apart): &mut (Vec<Ligne>, Vec<Ligne>)) {
    let physical = i64::try_from(rang.ligne).unwrap_or(i64::MAX);
    let place = first + i64::try_from(lines.len()).unwrap_or(0);
    let about = match rang.role {
        Role::Donnee => None,
        Role::EnteteRepetee => Some("Les titres des colonnes sont répétés ici\u{a0}: cette ligne n’est pas chargée."),
        Role::Total => Some("C’est une ligne de total\u{a0}: elle n’est pas chargée."),
        Role::Ecartee => Some("Le profil de lecture écarte ces lignes (un versement, un ajustement)\u{a0}: celle-ci n’est pas chargée."),
        Role::Note => Some("C’est un titre ou une remarque, pas une donnée\u{a0}: cette ligne n’est pas chargée."),
    };
    if let Some(sentence) = about {
        let mut line = Ligne { rang: place, ligne: physical, ..Ligne::default() };
        line.avertit("STR-06", "", &rang.cellules.join(" "), sentence);
        apart.push(line);
        return;
    }
    let alone = seule(lecteur, &rang.cellules);
    let mut line = lecteur.lit(place, physical, &mut rang);
    let of_its_own = line.typed.keys().any(|champ| !line.pour_tous.contains(champ));
    if let Some(text) = alone.filter(|text| rang.defaut.is_some() || line.est_refusee() || !of_its_own || mention(text)) {
        let mut apart_line = Ligne { rang: place, ligne: physical, ..Ligne::default() };
        apart_line.avertit(
            "STR-08",
            "",
            &text,
            "Un texte seul sur sa ligne (un mois, une mention, une signature)\u{a0}: cette ligne n’est pas chargée.",
        );
        apart.push(apart_line);
        return;
    }
    if rang.masque {
        line.avertit("STR-07", "", "", "Cette ligne est masquée dans le classeur\u{a0}: elle est chargée comme les autres.");
    }
    if let Some(defaut) = rang.defaut {
        // What could be read of it says nothing sure.
        line.anomalies.retain(|one| !one.refus);
        let colonne = defaut.colonne.and_then(|at| lecteur.colonnes.get(at).copied().flatten()).map_or("", |champ| lecteur.genre.label(champ));
        line.refuse(&defaut.code, colonne, "", defaut.message);
    }
    lines.push(line);
}

/// Checks a lot, and keeps what was found with the place where the reading goes on; gives the rank after it.
///
/// # Errors
/// The lease was lost, or PostgreSQL failed.
pub async fn lot(
    (context, run): (&Context, &Run),
    (lecteur, deplieur): (&Lecteur<'_>, Option<&Deplieur>),
    (import, genre, personne): (&Import, &'static Genre, &Personne),
    (rangs, first, reprise): (Vec<Rang>, i64, Reprise),
) -> std::result::Result<i64, JobError> {
    let start = Instant::now();
    let (mut lines, apart) = retient(lecteur, deplieur, rangs, first);
    let mut connection = context.db.statement().acquire().await?;
    // Before anything is looked at: what is not in it by then may change under what is found.
    let vu: String = sqlx::query_scalar("SELECT pg_current_snapshot()::text").fetch_one(&mut *connection).await?;
    recherches::liens(&mut connection, genre, &personne.reader, &mut lines).await?;
    for line in &mut lines {
        lecteur.cles(line);
    }
    recherches::existantes(&mut connection, genre, &personne.reader, &mut lines).await?;
    drop(connection);
    lecteur.juge(&mut lines).await?;
    if let Some(ecrivain) = genre.ecrivain {
        ecrivain.regarde(context, personne, &mut lines).await?;
    }
    let mut write = context.db.write().await?;
    recherches::prises(&mut write.tx, genre, &mut lines).await?;
    recherches::semblables(&mut write.tx, genre, &personne.reader, &mut lines).await?;
    if import.correspondance.deplie.is_some() {
        lines.iter_mut().for_each(|line| situe(line, import, genre));
    }
    copie::lignes(&mut write.tx, import, genre, &lines).await?;
    copie::remarques(&mut write.tx, import, &apart).await?;
    let end = first + i64::try_from(lines.len()).unwrap_or(0);
    let refused = lines.iter().filter(|line| line.est_refusee()).count();
    sqlx::query("UPDATE import SET lues = $2, reprise = $3, refusees = refusees + $4 WHERE id = $1 AND etat = 'verification'")
        .bind(import.id)
        .bind(end)
        .bind(Json(reprise))
        .bind(i64::try_from(refused).unwrap_or(0))
        .execute(&mut *write.tx)
        .await?;
    let told = json!({"lues": lines.len(), "refusees": refused});
    journal_de_lot(&mut write.tx, (import.id, Etape::Verification), (first, end), Some((reprise.ligne, &vu)), &told, start).await?;
    run.checkpoint(&mut write.tx, end, None).await?;
    write.commit().await?;
    Ok(end)
}

/// Says of what is wrong with a line in which column of the file it stands, when several columns fill one field.
fn situe(line: &mut Ligne, import: &Import, genre: &Genre) {
    let Some(deplie) = &import.correspondance.deplie else { return };
    let Some(titre) = line.brut.get(import.examen.lecture.colonnes.len()).cloned() else { return };
    let labels = [genre.label(&deplie.entete), genre.label(&deplie.cellule)];
    for one in line.anomalies.iter_mut().filter(|one| labels.contains(&one.colonne.as_str())) {
        one.colonne = format!("{} ({titre})", one.colonne);
    }
}

/// One line for a lot, in its transaction.
///
/// # Errors
/// PostgreSQL failed.
pub async fn journal_de_lot(
    connection: &mut sqlx::PgConnection,
    (import, etape): (i64, Etape),
    (first, end): (i64, i64),
    lu: Option<(u64, &str)>,
    told: &serde_json::Value,
    start: Instant,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO import_lot (import_id, etape, debut, fin, ligne, lignes, duree_ms, vu) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::pg_snapshot)
         ON CONFLICT (import_id, etape, debut) DO UPDATE SET fin = excluded.fin, lignes = excluded.lignes, duree_ms = excluded.duree_ms, vu = excluded.vu, fini_le = now()",
    )
    .bind(import)
    .bind(etape.code())
    .bind(first)
    .bind(end)
    .bind(lu.map(|(ligne, _)| i64::try_from(ligne).unwrap_or(i64::MAX)))
    .bind(told)
    .bind(i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX))
    .bind(lu.map(|(_, vu)| vu))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lines of one file that name the same row: those that say the same are one, of the others none can be believed. Looked at once all
/// lines are there, so that lots cut anywhere find the same.
async fn doubles(connection: &mut sqlx::PgConnection, import: i64, expression: &str) -> Result<()> {
    let sql = format!(
        "WITH tous AS (
             SELECT id, empreinte, ligne, rang, {expression} AS k FROM import_ligne WHERE import_id = $1 AND verdict <> 'refusee'),
         d AS (
             SELECT id, row_number() OVER w AS n, count(*) OVER p AS c, min(empreinte) OVER p = max(empreinte) OVER p AS pareilles,
                 first_value(ligne) OVER w AS premiere, lead(ligne) OVER w AS suivante
             FROM tous WHERE k IS NOT NULL WINDOW p AS (PARTITION BY k), w AS (PARTITION BY k ORDER BY rang)),
         vus AS (
             UPDATE import_ligne l SET verdict = CASE WHEN d.pareilles THEN 'identique' ELSE 'refusee' END FROM d
             WHERE l.id = d.id AND d.c > 1 AND (NOT d.pareilles OR d.n > 1)
             RETURNING l.demandeur_id, l.collectivite_id, l.rang, l.ligne, d.pareilles, CASE WHEN d.n > 1 THEN d.premiere ELSE d.suivante END AS autre)
         INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, message)
         SELECT $1, demandeur_id, collectivite_id, rang, ligne, CASE WHEN pareilles THEN 'avertissement' ELSE 'refus' END, CASE WHEN pareilles THEN 'DUP-01' ELSE 'DUP-02' END,
             CASE WHEN pareilles THEN 'La ligne ' || autre || ' dit déjà la même chose\u{a0}: celle-ci n’écrit rien.'
                  ELSE 'La ligne ' || autre || ' parle de la même fiche et dit autre chose. Gardez celle qui est juste, retirez l’autre.' END
         FROM vus v
         WHERE NOT v.pareilles OR NOT EXISTS (SELECT 1 FROM import_anomalie x WHERE x.import_id = $1 AND x.rang = v.rang AND x.code = 'DUP-01') ORDER BY rang"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(import).execute(connection).await?;
    Ok(())
}

/// Tells of the new lines that say what another said: each is a row, unless a person leaves it out.
async fn pareilles(connection: &mut sqlx::PgConnection, import: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, message)
         SELECT $1, demandeur_id, collectivite_id, rang, ligne, 'avertissement', 'DUP-06',
             'La ligne ' || premiere || ' dit la même chose : les deux sont gardées. Si c’est la même, excluez celle-ci.'
         FROM (SELECT demandeur_id, collectivite_id, rang, ligne, row_number() OVER w AS n, first_value(ligne) OVER w AS premiere
               FROM import_ligne WHERE import_id = $1 AND verdict = 'nouvelle' WINDOW w AS (PARTITION BY empreinte ORDER BY rang)) x
         WHERE n > 1 ORDER BY rang",
    )
    .bind(import)
    .execute(connection)
    .await?;
    Ok(())
}

/// Looks at the lines together, counts them, and leaves the import to a person.
///
/// # Errors
/// The lease was lost, or PostgreSQL failed.
pub async fn clot((context, run): (&Context, &Run), (import, genre, personne): (&Import, &Genre, &Personne)) -> std::result::Result<(), JobError> {
    let mut write = context.db.write().await?;
    run.hold(&mut write.tx).await?;
    doubles(&mut write.tx, import.id, "cle").await?;
    for cle in genre.cles {
        // Only constants of the declarations.
        doubles(&mut write.tx, import.id, &format!("CASE WHEN cle IS NULL THEN cles->>'{}' END", cle.nom)).await?;
    }
    for column in genre.uniques {
        doubles(&mut write.tx, import.id, &format!("CASE WHEN verdict IN ('nouvelle', 'changee') THEN valeurs->>'{column}' END")).await?;
    }
    if genre.pareilles {
        pareilles(&mut write.tx, import.id).await?;
    } else {
        // What nothing tells apart is one.
        doubles(&mut write.tx, import.id, "CASE WHEN verdict = 'nouvelle' THEN empreinte END").await?;
    }
    // What writes nothing after all is left out by nobody.
    sqlx::query(
        "UPDATE import_ligne SET etat = 'prevue', motif = NULL WHERE import_id = $1 AND etat = 'exclue' AND verdict NOT IN ('nouvelle', 'changee')",
    )
    .bind(import.id)
    .execute(&mut *write.tx)
    .await?;
    let missing = completude::absentes(&mut write.tx, context, (import, genre, personne)).await?;
    let done = sqlx::query(
        "UPDATE import a SET etat = $2, erreur = NULL, absentes = $4, proposees = l.proposees, nouvelles = l.nouvelles, changees = l.changees, identiques = l.identiques,
             refusees = l.refusees, avertissements = (SELECT count(*) FROM import_anomalie WHERE import_id = $1 AND gravite = 'avertissement')
         FROM (SELECT count(*) FILTER (WHERE verdict = 'nouvelle') AS nouvelles, count(*) FILTER (WHERE verdict = 'changee') AS changees,
                   count(*) FILTER (WHERE verdict IN ('identique', 'laissee')) AS identiques, count(*) FILTER (WHERE verdict = 'refusee') AS refusees, count(*) FILTER (WHERE verdict = 'proposee') AS proposees
               FROM import_ligne WHERE import_id = $1) l
         WHERE a.id = $1 AND a.etat = ANY($3)",
    )
    .bind(import.id)
    .bind(CONTROLE.to)
    .bind(CONTROLE.from)
    .bind(missing)
    .execute(&mut *write.tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Conflict("Cet import a changé d’état entre-temps. Rouvrez sa page.".into()).into());
    }
    confiance::decide(&mut write, import, genre, run.id).await?;
    write.commit().await?;
    Ok(())
}
