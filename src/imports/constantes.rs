//! Values given to all lines of a file, checked as those of a line are before any line is: what is wrong of one would be said of each.

use std::collections::BTreeMap;

use super::genre::Genre;
use super::lignes::Lecteur;
use super::model::{Correspondance, Mode};
use super::recherches;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::sources::Rang;

/// What is wrong with them, by field: the sentences of a line.
///
/// # Errors
/// PostgreSQL failed.
pub async fn fautes(
    context: &Context,
    personne: &Personne,
    (genre, mode): (&'static Genre, Mode),
    map: &Correspondance,
) -> Result<BTreeMap<&'static str, String>> {
    let given: Vec<(&'static str, String)> =
        genre.champs().filter_map(|(name, _)| Some((name, map.constantes.get(name).filter(|value| !value.is_empty())?.clone()))).collect();
    if given.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut lecteur = Lecteur::new(context, personne, genre, mode).await?;
    lecteur.constantes.clone_from(&given);
    let mut line = [lecteur.lit(0, 0, &mut Rang::default())];
    let mut connection = context.db.statement().acquire().await?;
    recherches::liens(&mut connection, genre, &personne.reader, &mut line).await?;
    let [line] = line;
    let said = |name: &str| line.anomalies.iter().find(|one| one.refus && one.colonne == genre.label(name)).map(|one| one.message.clone());
    Ok(given.into_iter().filter_map(|(name, _)| Some((name, said(name)?))).collect())
}
