//! The rows of a small set, collected then sorted: for filters that no index serves together with the order, and
//! for orders that no index gives.

use super::builder::Builder;
use super::query::Position;
use super::resolved::COLLECTED_MAX;
use super::sql::Walk;
use super::statement::Statement;
use crate::platform::error::Result;

impl Builder<'_> {
    /// The statement of a page over a collection. `ensemble` tells how many rows were collected: one too many means
    /// that the set is larger than a page may sort, and then no row is given. A page without rows tells it too.
    pub(super) fn collected(mut self, position: &Position, walk: Walk) -> Result<Statement> {
        let set = self.computed(Some(COLLECTED_MAX + 1))?;
        let place = self.parts(position, walk.backwards).iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" OR ");
        let (select, order, limit, joins) = (self.select(), self.order(walk.backwards), walk.limit, self.query.list.joins);
        let mut statement = self.statement;
        statement.sql = format!(
            "WITH ensemble AS MATERIALIZED ({set}) \
             SELECT page.*, tout.nombre AS ensemble FROM (SELECT count(*) AS nombre FROM ensemble) tout LEFT JOIN \
             (SELECT {select}, row_number() OVER (ORDER BY {order}) AS rang_de_page FROM (SELECT b.* FROM ensemble b \
             WHERE ({place}) AND (SELECT count(*) FROM ensemble) <= {COLLECTED_MAX} ORDER BY {order} LIMIT {limit}) b {joins}) page \
             ON true ORDER BY page.rang_de_page"
        );
        Ok(statement)
    }
}
