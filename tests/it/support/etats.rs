//! A witness of every passage from a state to another, in every base of the tests: what no table of states declares is refused, to the
//! server and to the worker alike, whatever statement tried it. What a test writes itself, as the owner, is its own affair.

use gardel::platform::states::States;
use sqlx::PgPool;

/// The tables of states of the program.
pub static ALL: [&States; 6] = [
    &gardel::actions::ACTION,
    &gardel::exports::EXPORT,
    &gardel::imports::IMPORT,
    &gardel::platform::jobs::states::JOB,
    &gardel::taxe::ETATS_CAMPAGNE,
    &gardel::taxe::ETATS_DECLARATION,
];

/// Sets the witness.
pub async fn watch(pool: &PgPool) {
    for states in ALL {
        let (table, column) = states.column;
        let codes = || states.known.iter().map(|(code, ..)| *code);
        let declared: Vec<String> =
            codes().flat_map(|from| codes().filter(move |to| states.leads(from, to)).map(move |to| format!("'{from} {to}'"))).collect();
        let sql = format!(
            "CREATE FUNCTION essai_passage_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF OLD.{column} || ' ' || NEW.{column} <> ALL (ARRAY[{}]) AND current_user <> (SELECT tableowner FROM pg_tables
                     WHERE schemaname = current_schema() AND tablename = '{table}') THEN
                     RAISE EXCEPTION 'no passage of {table} leads from % to %', OLD.{column}, NEW.{column};
                 END IF;
                 RETURN NEW; END $$;
             CREATE TRIGGER essai_passage BEFORE UPDATE OF {column} ON {table} FOR EACH ROW
             WHEN (OLD.{column} IS DISTINCT FROM NEW.{column}) EXECUTE FUNCTION essai_passage_{table}()",
            declared.join(", ")
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.expect("the witness of the states");
    }
}
