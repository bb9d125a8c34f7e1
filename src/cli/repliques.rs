//! What `gardel check` says of the read replicas.

use super::rapport::Rapport;
use crate::platform::config::Config;
use crate::platform::db::{self, Db, ReplicaState, Road, Standing, Why};
use crate::web;

/// Tells how each replica is; what is wrong with one comes with what to do.
pub(super) async fn check(config: &Config, db: &Db, report: &mut Rapport) {
    const SUBJECT: &str = "Réplicas de lecture";
    let roads = db.clone().with_replicas(config, None).and_then(|db| Ok((db, db::roads_to_replicas(config)?)));
    let (db, roads) = match roads {
        Ok(found) => found,
        Err(error) => return report.echec(SUBJECT, error.to_string(), "Corrigez DATABASE_REPLICA_URL."),
    };
    let Some(replicas) = db.replicas() else { return report.bien(SUBJECT, "aucun (DATABASE_REPLICA_URL).") };
    db.probe_replicas().await;
    for ((state, road), (_, pool)) in replicas.states().iter().zip(roads).zip(replicas.apart()) {
        let name = format!("Réplica {} ({})", state.number, state.place);
        let fault = match fault(state, road, config.plain_http()) {
            Some(fault) => Some(fault),
            None => match unread(pool).await {
                Ok(tables) => tables.map(|tables| {
                    format!("le compte de son adresse n’y lit pas {tables}\u{a0}: donnez à DATABASE_REPLICA_URL le compte de DATABASE_URL.")
                }),
                Err(error) => Some(format!("ses tables n’ont pas pu être lues ({error}).")),
            },
        };
        match fault {
            Some(fault) => report.echec(SUBJECT, format!("{name}\u{a0}: {fault}"), ""),
            None => report.bien(SUBJECT, format!("{name}\u{a0}: en service, retard {} s.", state.lag.map_or(0, |lag| lag.as_secs()))),
        }
    }
}

/// What is wrong with a replica, and what to do.
fn fault(state: &ReplicaState, road: Road, plain: bool) -> Option<String> {
    let Standing::Aside(why) = state.standing else {
        let text = "il est joint par le réseau sans certificat vérifié\u{a0}: ajoutez sslmode=verify-full (et sslrootcert=…) à son adresse.";
        return (road == Road::Open && !plain).then(|| text.into());
    };
    let then = match why {
        Why::Unknown => {
            "La base principale ne dit pas qui elle est\u{a0}: DATABASE_URL nomme peut-être un réplica. Donnez-lui la base où l’on écrit."
        }
        Why::Unreachable => "Vérifiez son adresse dans DATABASE_REPLICA_URL, qu’il est démarré, et que son pg_hba.conf laisse entrer ce compte.",
        Why::Promoted => "S’il est la nouvelle base principale, donnez-le à DATABASE_URL\u{a0}; sinon, refaites-le par pg_basebackup.",
        Why::OtherCluster | Why::Ahead => "Refaites-le par pg_basebackup depuis la base principale, ou retirez-le de DATABASE_REPLICA_URL.",
        Why::OtherDatabase => "Donnez à son adresse le même nom de base qu’à DATABASE_URL.",
        Why::OtherTimeline => {
            "Après une bascule, attendez le prochain point de contrôle (quelques minutes)\u{a0}; si cela dure, refaites-le par pg_basebackup depuis la base principale."
        }
        Why::Late => "Voyez sur la base principale la vue pg_stat_replication, et sur le réplica pg_is_wal_replay_paused() et ses longues lectures.",
    };
    let lag = state.lag.map_or_else(String::new, |lag| format!(" de {} s", lag.as_secs()));
    Some(format!("{}{lag}. {then}", why.words()))
}

/// The tables of lists that may not be read there.
async fn unread(pool: &sqlx::PgPool) -> Result<Option<String>, sqlx::Error> {
    let tables: Vec<&str> = web::LISTS.iter().filter(|list| !list.domains.is_empty()).map(|list| list.table).collect();
    sqlx::query_scalar("SELECT string_agg(t, ', ' ORDER BY t) FROM unnest($1::text[]) t WHERE NOT has_table_privilege(t, 'SELECT')")
        .bind(tables)
        .fetch_one(pool)
        .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_fault_says_what_to_do() {
        let state = |standing, lag| ReplicaState { number: 1, place: "b:5432".into(), standing, lag };
        let well = state(Standing::Serves(1), Some(Duration::ZERO));
        assert_eq!(fault(&well, Road::Verified, false), None);
        assert!(fault(&well, Road::Open, false).is_some_and(|text| text.contains("sslmode=verify-full")));
        assert_eq!(fault(&well, Road::Open, true), None, "the demo");
        let late = fault(&state(Standing::Aside(Why::Late), Some(Duration::from_secs(90))), Road::Machine, false);
        assert!(late.is_some_and(|text| text.starts_with("trop en retard de 90 s. Voyez")));
        for why in [Why::Unknown, Why::Unreachable, Why::Promoted, Why::OtherCluster, Why::OtherDatabase, Why::OtherTimeline, Why::Ahead] {
            let told = fault(&state(Standing::Aside(why), None), Road::Machine, false).unwrap_or_default();
            assert!(told.starts_with(why.words()) && told.ends_with('.'), "{told}");
        }
    }
}
