//! What a lot of lines asks the base: the rows that they name, those that hold their values already. One statement for all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sqlx::{PgConnection, Row};

use super::genre::{Genre, condition};
use super::ligne::{Existante, Ligne, Verdict};
use crate::listing::{Arg, Reader, Statement, within_scope};
use crate::platform::error::Result;
use crate::records::Values;

/// Looks for the rows whose `sur` is one of `paires`: place of the line, key of the row, its number, its name.
pub(super) async fn trouve(
    connection: &mut PgConnection,
    (genre, reader): (&Genre, Option<&Reader>),
    sur: &str,
    paires: Vec<(i64, String)>,
) -> Result<Vec<(i64, i64, String, String)>> {
    if paires.is_empty() {
        return Ok(Vec::new());
    }
    let record = genre.record;
    let (places, values): (Vec<i64>, Vec<String>) = paires.into_iter().unzip();
    let mut statement = Statement::default();
    let places = statement.bind(Arg::Ints(places));
    let values = statement.bind(Arg::Texts(values));
    let mine = match reader {
        Some(reader) => within_scope(&mut statement, record.list, reader, "t.id")?,
        None => "true".into(),
    };
    statement.sql = format!(
        "SELECT x.n, t.id::bigint, t.{}::text, ({})::text FROM unnest({places}::bigint[], {values}::text[]) x (n, k) JOIN {} t ON {} WHERE {mine} ORDER BY x.n, t.id",
        genre.numero.colonne,
        record.name,
        record.table,
        condition(sur, "x.k")
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(connection).await?)
}

/// A place among the lines of a lot, as PostgreSQL counts it.
fn place(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn at(lines: &mut [Ligne], place: i64) -> Option<&mut Ligne> {
    usize::try_from(place).ok().and_then(|at| lines.get_mut(at))
}

/// Rows of other lists that lines name, by their number.
pub async fn liens(connection: &mut PgConnection, genre: &Genre, reader: &Reader, lines: &mut [Ligne]) -> Result<()> {
    for lien in genre.liens {
        let mut texts: Vec<String> = lines.iter().filter_map(|line| line.typed.get(lien.champ)).map(|text| text.trim().to_uppercase()).collect();
        texts.sort_unstable();
        texts.dedup();
        if texts.is_empty() {
            continue;
        }
        let communes = reader.communes_of(genre.record.list.access);
        let mut known: HashMap<String, Arc<[i64]>> = HashMap::new();
        for sql in std::iter::once(lien.sql).chain(lien.sinon) {
            texts.retain(|text| !known.contains_key(text));
            if !texts.is_empty() {
                let found: Vec<(String, Vec<i64>)> = sqlx::query_as(sql).bind(&texts).bind(communes).fetch_all(&mut *connection).await?;
                known.extend(found.into_iter().map(|(text, ids)| (text, ids.into())));
            }
        }
        for line in &mut *lines {
            let Some(text) = line.typed.get(lien.champ).cloned() else { continue };
            let label = genre.label(lien.champ);
            match known.get(&text.trim().to_uppercase()).map(|ids| (ids, &**ids)) {
                Some((_, [id])) => drop(line.lues.insert(lien.champ, Some(id.to_string()))),
                Some((ids, [_, ..])) => {
                    line.possibles.insert(lien.champ, Arc::clone(ids));
                    line.refuse(
                        "REF-02",
                        label,
                        &text,
                        format!("{label}\u{a0}: plusieurs fiches de votre périmètre répondent à «\u{a0}{text}\u{a0}». Donnez le numéro de la bonne."),
                    );
                }
                Some((_, [])) | None => line.refuse(
                    "REF-02",
                    label,
                    &text,
                    format!("{label}\u{a0}: aucune fiche de votre périmètre ne répond à «\u{a0}{text}\u{a0}». {}", lien.conseil),
                ),
            }
        }
    }
    Ok(())
}

/// The rows that lines name: by their number, else by the first of the keys that finds one.
pub async fn existantes(connection: &mut PgConnection, genre: &'static Genre, reader: &Reader, lines: &mut [Ligne]) -> Result<()> {
    let mut named: BTreeMap<i64, i64> = BTreeMap::new();
    let numero = (genre.numero.colonne, "ce numéro", format!("t.{} = {{}}", genre.numero.colonne));
    let others = genre.cles.iter().map(|cle| (cle.nom, cle.mot, cle.sur.to_string()));
    for (nom, mot, sur) in (!genre.numero.donne).then_some(numero).into_iter().chain(others) {
        let asked = lines.iter().enumerate().filter(|(at, _)| !named.contains_key(&place(*at)));
        let paires = asked.filter_map(|(at, line)| Some((place(at), line.cles.get(nom)?.clone()))).collect();
        let mut several: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (n, id, numero, name) in trouve(connection, (genre, Some(reader)), &sur, paires).await? {
            several.entry(n).or_default().push(format!("{name} ({numero})"));
            named.insert(n, id);
        }
        for (n, names) in several.into_iter().filter(|(_, names)| names.len() > 1) {
            named.remove(&n);
            if let Some(line) = at(lines, n) {
                let valeur = line.cles.get(nom).cloned().unwrap_or_default();
                let message = format!("Plusieurs fiches ont {mot}\u{a0}: {}. Donnez le numéro de la bonne.", names.join(", "));
                line.refuse("DUP-04", genre.label(nom), &valeur, message);
            }
        }
        if nom == genre.numero.colonne && !genre.numero.donne {
            let lost = lines.iter_mut().enumerate().filter(|(at, line)| !named.contains_key(&place(*at)) && line.cles.contains_key(nom));
            for (_, line) in lost {
                let valeur = line.cles.get(nom).cloned().unwrap_or_default();
                let message = format!(
                    "{}\u{a0}: aucune fiche de votre périmètre n’a «\u{a0}{valeur}\u{a0}». Corrigez-le, ou laissez cette cellule vide pour créer une fiche.",
                    genre.numero.label
                );
                line.refuse("REF-02", genre.numero.label, &valeur, message);
            }
        }
    }
    let rows = lues(connection, genre, reader, named.values().copied().collect()).await?;
    let mut rows: HashMap<i64, Existante> = rows.into_iter().map(|row| (row.id, row)).collect();
    for (n, id) in named {
        // Two lines may name the same row: each has it.
        let Some(row) = rows.get_mut(&id) else { continue };
        let copy = Existante { id, version: row.version, nom: row.nom.clone(), valeurs: row.valeurs.clone(), fermee: row.fermee };
        if let Some(line) = at(lines, n) {
            line.existante = Some(copy);
        }
    }
    Ok(())
}

/// The rows `ids` as they are.
async fn lues(connection: &mut PgConnection, genre: &Genre, reader: &Reader, ids: Vec<i64>) -> Result<Vec<Existante>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let record = genre.record;
    let mut statement = Statement::default();
    let ids = statement.bind(Arg::Ints(ids));
    let mine = within_scope(&mut statement, record.list, reader, "t.id")?;
    let columns: Vec<&'static str> = record.columns().map(|(name, _)| name).collect();
    let closed = genre.fermee.unwrap_or("false");
    let shown: String = columns.iter().map(|column| format!(", t.{column}::text")).collect();
    statement.sql = format!(
        "SELECT t.id::bigint, t.version, ({})::text, ({closed}) IS TRUE{shown} FROM {} t WHERE t.id = ANY({ids}::bigint[]) AND {mine}",
        record.name, record.table
    );
    let arguments = statement.arguments()?;
    let rows = sqlx::query_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(connection).await?;
    let mut held = Vec::with_capacity(rows.len());
    for row in rows {
        let mut valeurs = Values::new();
        for (place, column) in columns.iter().enumerate() {
            valeurs.insert(column, row.try_get(place + 4)?);
        }
        held.push(Existante {
            id: row.try_get(0)?,
            version: row.try_get(1)?,
            nom: row.try_get::<Option<String>, _>(2)?.unwrap_or_default(),
            fermee: row.try_get(3)?,
            valeurs,
        });
    }
    Ok(held)
}

/// Refuses the lines whose value another row holds, which none of two can share.
pub async fn prises(connection: &mut PgConnection, genre: &Genre, lines: &mut [Ligne]) -> Result<()> {
    for column in genre.uniques {
        let asked = lines.iter().enumerate().filter(|(_, line)| !line.est_refusee());
        let paires = asked.filter_map(|(at, line)| Some((place(at), line.ecrites.get(column)?.clone()?))).collect();
        // Whoever holds it, here or elsewhere.
        for (n, id, ..) in trouve(connection, (genre, None), &format!("t.{column} = {{}}"), paires).await? {
            let Some(line) = at(lines, n).filter(|line| line.existante.as_ref().is_none_or(|row| row.id != id)) else { continue };
            let said = genre.record.uniques.iter().find(|unique| unique.field == *column);
            let sentence = said.map_or("Une autre fiche a déjà cette valeur.", |unique| unique.sentence);
            let valeur = line.typed.get(column).cloned().unwrap_or_default();
            line.refuse("DUP-03", genre.label(column), &valeur, sentence);
            line.verdict = Some(Verdict::Refusee);
        }
    }
    for cle in genre.cles.iter().filter(|cle| cle.partout) {
        let asked = lines.iter().enumerate().filter(|(_, line)| line.verdict == Some(Verdict::Nouvelle));
        let paires = asked.filter_map(|(at, line)| Some((place(at), line.cles.get(cle.nom)?.clone()))).collect();
        for (n, ..) in trouve(connection, (genre, None), cle.sur, paires).await? {
            let Some(line) = at(lines, n) else { continue };
            let champ = cle.colonnes.last().copied().unwrap_or_default();
            let valeur = line.typed.get(champ).cloned().unwrap_or_default();
            line.refuse("DUP-03", genre.label(champ), &valeur, format!("Une fiche hors de votre périmètre a déjà {}. Vérifiez-les.", cle.mot));
            line.verdict = Some(Verdict::Refusee);
        }
    }
    Ok(())
}

/// Under which name a line keeps the rows that it was told to look like, among what it is recognised by.
pub(super) const VUES: &str = "semblables";

/// The name of a row with its number, once.
pub(super) fn designe(name: &str, numero: &str) -> String {
    if name.contains(numero) { name.to_string() } else { format!("{name} ({numero})") }
}

/// Tells of new rows what they look like, among those of the reader, and keeps which ones were told: what looks like them and is not
/// among these appeared since, which the writing looks for again.
pub async fn semblables(connection: &mut PgConnection, genre: &Genre, reader: &Reader, lines: &mut [Ligne]) -> Result<()> {
    let mut seen: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for semblable in genre.semblables {
        let asked = lines.iter().enumerate().filter(|(_, line)| line.verdict == Some(Verdict::Nouvelle));
        let said = |line: &Ligne| semblable.dite(|column| line.ecrites.get(column)?.as_deref());
        let paires = asked.filter_map(|(at, line)| Some((place(at), said(line)?))).collect();
        let mut told = std::collections::BTreeSet::new();
        for (n, id, numero, name) in trouve(connection, (genre, Some(reader)), semblable.sur, paires).await? {
            seen.entry(n).or_default().push(id.to_string());
            let Some(line) = at(lines, n).filter(|_| told.insert(n)) else { continue };
            let valeur = line.typed.get(semblable.colonne).cloned().unwrap_or_default();
            let alike = format!("Ressemble à {}\u{a0}: {}.", designe(&name, &numero), semblable.mot);
            let column = format!(
                "Si c’est la même fiche et qu’elle est à corriger, donnez «\u{a0}{numero}\u{a0}» dans une colonne «\u{a0}{}\u{a0}» du fichier.",
                genre.numero.label
            );
            let apart = semblable.distincts(|column| line.ecrites.get(column)?.as_deref(), &numero);
            if semblable.ecarte && !apart {
                let message = format!("{alike} Cette ligne est mise de côté\u{a0}: reprenez-la si ce sont bien deux fiches. {column}");
                line.met_de_cote("DUP-05", genre.label(semblable.colonne), &valeur, &message);
            } else {
                line.avertit("DUP-05", genre.label(semblable.colonne), &valeur, format!("{alike} {column}"));
            }
        }
    }
    for (n, ids) in seen {
        if let Some(line) = at(lines, n) {
            line.cles.insert(VUES, ids.join(","));
        }
    }
    Ok(())
}
