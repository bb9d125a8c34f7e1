//! What actions did to one row: part of the history on its file. The journal has one line for a whole
//! action; its rows are known as long as it can be undone.

use chrono::{DateTime, Utc};

use super::list::ACTIONS;
use crate::listing::{Arg, List, Reader, Statement, within_scope};
use crate::motifs::Motif;
use crate::platform::db::Db;
use crate::platform::error::Result;

/// An action that changed a row, or its undoing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Touch {
    /// The action.
    pub action: i64,
    /// Name of what it does.
    pub nom: String,
    /// Value of the row before it.
    pub avant: Option<String>,
    /// Value that it gave.
    pub apres: String,
    /// Reason given with it.
    pub motif_id: Option<i32>,
    /// Its label.
    pub motif_libelle: Option<String>,
    /// Words written with it.
    pub motif_precision: Option<String>,
    /// Who asked for it.
    pub par: String,
    /// When it was done, or asked for as long as it goes on.
    pub moment: DateTime<Utc>,
    /// Whether the row was put back.
    pub retablie: bool,
    /// Who put it back.
    pub annuleur: Option<String>,
    /// When.
    pub annule_le: Option<DateTime<Utc>>,
    /// Whether the reader may open its page.
    pub visible: bool,
}

impl Touch {
    /// The reason given with it.
    pub fn motif(&self) -> Option<Motif> {
        Motif::of(self.motif_id, self.motif_libelle.clone(), self.motif_precision.clone())
    }
}

/// The last actions that changed row `key` of `list`, which the caller has checked to be the reader's.
pub async fn touched(db: &Db, reader: &Reader, list: &List, key: i64, most: i64) -> Result<Vec<Touch>> {
    let mut statement = Statement::default();
    let row = statement.bind(Arg::Int(key));
    let name = statement.bind(Arg::Text(list.name.into()));
    let most = statement.bind(Arg::Int(most));
    let seen = within_scope(&mut statement, &ACTIONS, reader, "a.id")?;
    statement.sql = format!(
        "SELECT a.id AS action, a.nom, l.avant, a.valeur AS apres, a.motif_id, m.libelle::text AS motif_libelle, a.motif_precision,
             u.nom::text AS par, coalesce(a.fini_le, a.cree_le) AS moment, l.etat = 'prevue' AND l.rang < a.annule_avancement AS retablie,
             d.nom::text AS annuleur, a.annule_le, {seen} AS visible
         FROM action_ligne l JOIN action a ON a.id = l.action_id JOIN utilisateur u ON u.id = a.demandeur_id
         LEFT JOIN utilisateur d ON d.id = a.annule_par LEFT JOIN motif m ON m.id = a.motif_id
         WHERE l.cle = {row}::bigint AND a.liste = {name}::text AND l.etat IN ('prevue', 'laissee') AND l.rang < a.avancement
         ORDER BY l.action_id DESC LIMIT {most}::bigint"
    );
    let arguments = statement.arguments()?;
    Ok(sqlx::query_as_with(sqlx::AssertSqlSafe(statement.sql), arguments).fetch_all(db.statement()).await?)
}
