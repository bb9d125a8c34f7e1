//! Which host owes a stay: the one of its lodging on the day that decides, which is that of the collection when it falls
//! within the stay, else that of the arrival (`jour_decisif`). The list, its filter, the file of a host and the change of
//! host all say it with these words.

/// The day that decides for a stay `b`.
macro_rules! day_sql {
    () => {
        "jour_decisif(b.date_debut, b.date_fin, b.date_perception)"
    };
}

/// The former host `lh` of the lodging of a stay `b`, when the stay is of its time.
macro_rules! former_sql {
    () => {
        concat!("lh.logement_id = b.logement_id AND lh.debut <= ", day_sql!(), " AND lh.fin > ", day_sql!())
    };
}

/// The joins that give the host `h` who owes a stay `b` of a lodging `l`.
macro_rules! owner_joins_sql {
    () => {
        concat!("LEFT JOIN ancien_hebergeur lh ON ", former_sql!(), " LEFT JOIN hebergeur h ON h.id = coalesce(lh.hebergeur_id, l.hebergeur_id)")
    };
}

pub(super) use {day_sql, former_sql, owner_joins_sql};

/// The day that decides for a stay `b`.
pub(super) const DAY: &str = day_sql!();

/// The key of the host who owes a stay `b`.
pub(super) const OWNER: &str = concat!(
    "coalesce((SELECT lh.hebergeur_id FROM ancien_hebergeur lh WHERE ",
    former_sql!(),
    "), (SELECT l.hebergeur_id FROM logement l WHERE l.id = b.logement_id))"
);

/// The lodgings that host `{}` has, or had.
pub(super) const LODGINGS: &str =
    "SELECT l.id FROM logement l WHERE l.hebergeur_id = {} UNION SELECT lh.logement_id FROM ancien_hebergeur lh WHERE lh.hebergeur_id = {}";

/// A stay `b` of a lodging that host `{}` has, or had: where those that it owes are looked for.
pub(super) const AMONG: &str = "b.logement_id IN (SELECT l.id FROM logement l WHERE l.hebergeur_id = {} UNION SELECT lh.logement_id FROM ancien_hebergeur lh WHERE lh.hebergeur_id = {})";
