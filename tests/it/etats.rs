//! States told by codes: those of the base are those declared, and no statement makes a passage that no table declares (see
//! `support/etats.rs`: every test of the suite is watched).

use std::collections::BTreeSet;

use crate::support::App;
use crate::support::etats::ALL;

#[rocket::async_test]
async fn the_states_declared_are_those_that_the_base_allows() {
    let app = App::new().await;
    for states in ALL {
        let (table, column) = states.column;
        let sql = format!(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = '{table}'::regclass AND c.contype = 'c'
             AND pg_get_constraintdef(c.oid) LIKE '%({column} = ANY%'"
        );
        let told: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(app.pool()).await.expect("the check of the states");
        let allowed: BTreeSet<&str> = told.split('\'').skip(1).step_by(2).collect();
        assert_eq!(states.known.iter().map(|(code, ..)| *code).collect::<BTreeSet<_>>(), allowed, "{table}");
        let first: String = sqlx::query_scalar(
            "SELECT split_part(column_default, '''', 2) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2",
        )
        .bind(table)
        .bind(column)
        .fetch_one(app.pool())
        .await
        .expect("the state of a new row");
        assert_eq!(states.known[0].0, first, "{table}");
    }
}

#[rocket::async_test]
async fn a_passage_that_no_table_declares_is_refused_to_the_program() {
    let app = App::new().await;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO job (queue, name, title, payload, state, finished_at) VALUES ('exports', 'essai', 'Essai', '{}', 'done', now()) RETURNING id",
    )
    .fetch_one(app.pool())
    .await
    .expect("a job");
    let again = "UPDATE job SET state = 'ready', finished_at = NULL WHERE id = $1";
    let refused = sqlx::query(again).bind(id).execute(app.work.db.pool()).await.expect_err("what is done is not done again");
    assert!(refused.to_string().contains("no passage of job leads from done to ready"), "{refused}");
}
