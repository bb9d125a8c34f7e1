//! Lines and what is said of them, as `COPY` takes them: one statement a lot, whatever its size.

use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::genre::Genre;
use super::ligne::{Ligne, Verdict};
use super::model::Import;
use crate::records::Values;

/// Bytes that a `COPY` is fed at once.
const PART: usize = 128 * 1024;
/// Where lines go.
const LIGNES: &str = "COPY import_ligne (import_id, demandeur_id, collectivite_id, rang, ligne, verdict, etat, motif, liste, cle, version, reference, nom, valeurs, avant, cles, empreinte, brut, tete) FROM STDIN";
/// Where what is said of lines goes.
const ANOMALIES: &str =
    "COPY import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, colonne, contenu, message) FROM STDIN";

/// What every row says of its import.
struct Propre {
    import: String,
    demandeur: String,
    collectivite: Option<String>,
}

impl Propre {
    fn of(import: &Import) -> Self {
        Self {
            import: import.id.to_string(),
            demandeur: import.demandeur_id.to_string(),
            collectivite: import.collectivite_id.map(|id| id.to_string()),
        }
    }
}

/// Rows on their way to `COPY`, in its text format.
#[derive(Default)]
struct Copie(Vec<u8>);

impl Copie {
    /// One column; nothing for NULL.
    fn champ(&mut self, value: Option<&str>, last: bool) {
        match value {
            None => self.0.extend_from_slice(b"\\N"),
            Some(text) => {
                for byte in text.bytes() {
                    match byte {
                        b'\\' => self.0.extend_from_slice(b"\\\\"),
                        b'\t' => self.0.extend_from_slice(b"\\t"),
                        b'\n' => self.0.extend_from_slice(b"\\n"),
                        b'\r' => self.0.extend_from_slice(b"\\r"),
                        other => self.0.push(other),
                    }
                }
            }
        }
        self.0.push(if last { b'\n' } else { b'\t' });
    }

    /// A row.
    fn rangee(&mut self, columns: &[Option<&str>]) {
        for (at, column) in columns.iter().enumerate() {
            self.champ(*column, at + 1 == columns.len());
        }
    }

    /// What is said of a line, a row each.
    fn anomalies(&mut self, own: &Propre, line: &Ligne) {
        for one in &line.anomalies {
            let severity = if one.refus { "refus" } else { "avertissement" };
            let (rang, physical) = (line.rang.to_string(), line.ligne.to_string());
            let (valeur, message) = (tenu(&one.valeur), tenu(&one.message));
            self.rangee(&[
                Some(&own.import),
                Some(&own.demandeur),
                own.collectivite.as_deref(),
                Some(&rang),
                Some(&physical),
                Some(severity),
                Some(&one.code),
                Some(&one.colonne),
                Some(&valeur),
                Some(&message),
            ]);
        }
    }
}

/// A `COPY` under way, fed by parts: a lot is never held twice.
struct Envoi<'a> {
    vers: sqlx::postgres::PgCopyIn<&'a mut PgConnection>,
    copie: Copie,
}

impl<'a> Envoi<'a> {
    async fn ouvre(connection: &'a mut PgConnection, statement: &'static str) -> Result<Self, sqlx::Error> {
        Ok(Self { vers: connection.copy_in_raw(statement).await?, copie: Copie::default() })
    }

    /// Sends what is ready, once it is worth a journey. The copy of a lot that failed ends with its transaction.
    async fn avance(&mut self) -> Result<(), sqlx::Error> {
        if self.copie.0.len() >= PART {
            let ready = std::mem::take(&mut self.copie.0);
            self.vers.send(ready).await?;
        }
        Ok(())
    }

    async fn finit(mut self) -> Result<(), sqlx::Error> {
        let rest = std::mem::take(&mut self.copie.0);
        match self.vers.send(rest).await {
            Ok(_) => self.vers.finish().await.map(|_| ()),
            Err(error) => {
                self.vers.abort("envoi interrompu").await?;
                Err(error)
            }
        }
    }
}

/// A text that PostgreSQL can hold: it has no sign for zero.
fn tenu(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Values as an object, absent ones as null; nothing for none.
fn objet(values: &Values) -> Option<String> {
    let object: Map<String, Value> = values.iter().map(|(column, value)| ((*column).to_string(), json!(value.as_deref().map(tenu)))).collect();
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

/// Puts lines aside with what they would do, and what is said of them.
///
/// # Errors
/// PostgreSQL failed.
pub async fn lignes(connection: &mut PgConnection, import: &Import, genre: &Genre, lines: &[Ligne]) -> Result<(), sqlx::Error> {
    let own = Propre::of(import);
    let mut rows = Envoi::ouvre(connection, LIGNES).await?;
    for line in lines {
        let (rang, physical, head) = (line.rang.to_string(), line.ligne.to_string(), line.tete.map(|head| head.to_string()));
        let (key, version) = match &line.existante {
            Some(row) => (Some(row.id.to_string()), Some(row.version.to_string())),
            None => (None, None),
        };
        let name = line
            .existante
            .as_ref()
            .map(|row| row.nom.clone())
            .or_else(|| genre.record.name_among(&line.lues).map(tenu))
            .or_else(|| genre.nomme.and_then(|nomme| nomme(line)).as_deref().map(tenu));
        let aside = line.mise_de_cote.as_deref().map(tenu).filter(|_| matches!(line.verdict, Some(Verdict::Nouvelle | Verdict::Changee)));
        let number = line.existante.as_ref().and_then(|row| row.valeurs.get(genre.numero.colonne).cloned().flatten());
        let cles = json!(line.cles.iter().map(|(key, value)| (*key, tenu(value))).collect::<std::collections::BTreeMap<_, _>>()).to_string();
        let brut = json!(line.brut.iter().map(|cell| tenu(cell)).collect::<Vec<_>>()).to_string();
        rows.copie.rangee(&[
            Some(&own.import),
            Some(&own.demandeur),
            own.collectivite.as_deref(),
            Some(&rang),
            Some(&physical),
            Some(line.verdict.unwrap_or(Verdict::Refusee).code()),
            Some(if aside.is_some() { "exclue" } else { "prevue" }),
            aside.as_deref(),
            Some(genre.record.list.name),
            key.as_deref(),
            version.as_deref(),
            number.as_deref(),
            name.as_deref(),
            objet(&line.ecrites).as_deref(),
            objet(&line.avant).as_deref(),
            Some(&cles),
            Some(&line.empreinte()),
            Some(&brut),
            head.as_deref(),
        ]);
        rows.avance().await?;
    }
    rows.finit().await?;
    remarques(connection, import, lines).await
}

/// Keeps what is said of lines.
///
/// # Errors
/// PostgreSQL failed.
pub async fn remarques(connection: &mut PgConnection, import: &Import, lines: &[Ligne]) -> Result<(), sqlx::Error> {
    if lines.iter().all(|line| line.anomalies.is_empty()) {
        return Ok(());
    }
    let own = Propre::of(import);
    let mut told = Envoi::ouvre(connection, ANOMALIES).await?;
    for line in lines {
        told.copie.anomalies(&own, line);
        told.avance().await?;
    }
    told.finit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_reserves_is_kept_apart() {
        let mut copie = Copie::default();
        copie.rangee(&[Some("a\tb\\\n"), None, Some("")]);
        assert_eq!(String::from_utf8(copie.0).expect("text"), "a\\tb\\\\\\n\t\\N\t\n");
    }
}
