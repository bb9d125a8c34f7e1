//! Reference data that the form and the chips of one question show.

use super::options::{Choice, Choices, CommuneChoice};
use super::query::Query;
use super::spec::{Branching, FilterKind, Options, Reader};
use crate::platform::db::Db;
use crate::platform::error::Result;

/// Reference data that the form and the chips show.
pub struct Offered {
    /// Communes of the reader's perimeter.
    pub communes: Vec<CommuneChoice>,
    /// Options read from SQL, by filter name.
    pub options: Vec<(&'static str, Vec<Choice>)>,
    /// Labels of the parents when the list is that of some, by filter name.
    pub parents: Vec<(&'static str, String)>,
    /// The field that was refused, and why.
    pub refused: Option<(String, String)>,
}

impl Offered {
    pub(super) fn of(&self, name: &str) -> &[Choice] {
        self.options.iter().find(|(known, _)| *known == name).map_or(&[], |(_, options)| options.as_slice())
    }

    /// The label of the parent that the filter called `name` asks for.
    pub(super) fn parent(&self, name: &str) -> Option<&str> {
        self.parents.iter().find(|(known, _)| *known == name).map(|(_, label)| label.as_str())
    }

    pub(super) fn epci(&self) -> Vec<Choice> {
        let mut epci: Vec<Choice> = self.communes.iter().filter_map(|commune| Some((commune.epci.clone()?, commune.epci_nom.clone()?))).collect();
        epci.sort_by(|a, b| a.1.cmp(&b.1));
        epci.dedup();
        epci
    }
}

/// Reference data for the form, the chips and the caption.
pub(super) async fn offered(db: &Db, choices: &Choices, query: &Query, reader: &Reader) -> Result<Offered> {
    let mine = reader.communes_of(query.list.access);
    let mut offered = Offered { communes: Vec::new(), options: Vec::new(), parents: Vec::new(), refused: None };
    for filter in query.list.filters {
        match &filter.kind {
            FilterKind::Commune | FilterKind::Epci if offered.communes.is_empty() => {
                let all = choices.communes(db).await?;
                let open = matches!(query.list.branches(reader), Branching::All);
                offered.communes = all.iter().filter(|commune| open || mine.contains(&commune.code)).cloned().collect();
            }
            FilterKind::Choice { options: Options::Sql(sql), .. } => {
                offered.options.push((filter.name, choices.of(db, sql).await?.to_vec()));
            }
            FilterKind::Parent { label, .. } => {
                if let Some(id) = query.value(filter.name).and_then(|id| id.parse::<i64>().ok()) {
                    let known: Option<String> = sqlx::query_scalar(*label).bind(id).bind(mine).fetch_optional(db.reading()).await?;
                    offered.parents.extend(known.map(|known| (filter.name, known)));
                }
            }
            _ => {}
        }
    }
    Ok(offered)
}
