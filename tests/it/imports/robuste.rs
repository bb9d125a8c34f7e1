//! Imports that meet each other, that two people decide at once, or that ask for much: what each leaves can be told, and taken back.

use rocket::http::Status;

use super::{asked, base, checked, confirm, host, loaded, read, sent, state, undone};
use crate::support::app::LE_GOSIER;
use crate::support::{App, Browser};

async fn text(app: &App, sql: &str) -> String {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Waits until somebody waits for a lock of this base.
async fn blocked(app: &App) {
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()";
    while app.one::<i64>(waiting).await == 0 {
        tokio::task::yield_now().await;
    }
}

/// Leaves out the new lines of an import but the first.
async fn first_alone(app: &App, browser: &Browser<'_>, id: i64) {
    let lines: Vec<i64> = sqlx::query_scalar("SELECT id FROM import_ligne WHERE import_id = $1 AND verdict = 'nouvelle' ORDER BY rang OFFSET 1")
        .bind(id)
        .fetch_all(app.pool())
        .await
        .expect("lines");
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let form: Vec<(&str, &str)> = lines.iter().map(|line| ("ligne", line.as_str())).chain([("faire", "exclure")]).collect();
    assert_eq!(browser.post(&format!("/imports/{id}/exclusion"), &form).await.status, Status::SeeOther);
}

async fn replayed(app: &App, browser: &Browser<'_>, id: i64) -> i64 {
    let answer = browser.post(&format!("/imports/{id}/rejeu"), &[]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    answer.header("Location").and_then(|place| place.rsplit('/').next().map(str::to_string)).and_then(|id| id.parse().ok()).expect("a number")
}

/// The imports that hold a file.
async fn holders(app: &App) -> String {
    text(app, "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM import WHERE etat NOT IN ('annule', 'abandonne') AND NOT rejoue").await
}

#[rocket::async_test]
async fn a_replay_that_was_replayed_is_taken_back_and_the_file_has_one_holder() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "nom;commune\nChaîne A;97113\nChaîne B;97113\nChaîne C;97113\n";
    let first = checked(&app, &browser, ("hebergeurs", "chaine.csv", file), "completer").await;
    first_alone(&app, &browser, first).await;
    confirm(&app, &browser, first).await;
    let second = replayed(&app, &browser, first).await;
    first_alone(&app, &browser, second).await;
    confirm(&app, &browser, second).await;
    let third = replayed(&app, &browser, second).await;
    assert_eq!(holders(&app).await, third.to_string());
    undone(&app, &browser, second).await;
    assert_eq!(text(&app, "SELECT string_agg(nom, ' ') FROM hebergeur WHERE nom LIKE 'Chaîne %'").await, "Chaîne A");
    assert_eq!(holders(&app).await, third.to_string(), "the last replay still holds it");
    assert_eq!(browser.post(&format!("/imports/{third}/abandon"), &[]).await.status, Status::SeeOther);
    assert_eq!(holders(&app).await, first.to_string(), "the one that is left has it again");
    let again = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("chaine.csv", file.as_bytes())]).await;
    assert_eq!(again.status, Status::Conflict);
    undone(&app, &browser, first).await;
    assert_eq!(holders(&app).await, "");
}

async fn phone(app: &App, numero: &str) -> Option<String> {
    sqlx::query_scalar("SELECT telephone FROM hebergeur WHERE numero = $1").bind(numero).fetch_one(app.pool()).await.expect("the host")
}

async fn written(app: &App, browser: &Browser<'_>, numero: &str, phone: &str) -> i64 {
    let content = format!("Numéro;Téléphone\n{numero};{phone}\n");
    loaded(app, browser, ("hebergeurs", &format!("{phone}.csv"), &content), "remplacer").await
}

#[rocket::async_test]
async fn two_imports_of_one_row_are_taken_back_in_any_order() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (numero, ..) = host(&app, 0).await;
    app.run_sql(&format!("UPDATE hebergeur SET telephone = NULL WHERE numero = '{numero}'")).await;
    // The last first.
    let one = written(&app, &browser, &numero, "06 90 11 11 11").await;
    let two = written(&app, &browser, &numero, "06 90 22 22 22").await;
    undone(&app, &browser, two).await;
    assert_eq!(phone(&app, &numero).await.as_deref(), Some("06 90 11 11 11"));
    undone(&app, &browser, one).await;
    assert_eq!(phone(&app, &numero).await, None, "as before both");
    assert_eq!(app.one::<i64>("SELECT sum(gardees)::bigint FROM import").await, 0);
    // The first first: left, and told by whom; then the other, and the first again.
    let one = written(&app, &browser, &numero, "06 90 33 33 33").await;
    let two = written(&app, &browser, &numero, "06 90 44 44 44").await;
    undone(&app, &browser, one).await;
    assert_eq!(phone(&app, &numero).await.as_deref(), Some("06 90 44 44 44"));
    let why = text(&app, &format!("SELECT etat || ' ' || motif FROM import_ligne WHERE import_id = {one}")).await;
    assert!(why.starts_with("gardee ") && why.contains(&format!("l’import n°\u{a0}{two}\u{a0}:")), "{why}");
    undone(&app, &browser, two).await;
    assert_eq!(phone(&app, &numero).await.as_deref(), Some("06 90 33 33 33"), "as the first one left it");
    let page = browser.get(&format!("/imports/{one}")).await.ok();
    assert!(page.text().contains("Reprendre l’annulation"), "{}", page.text());
    undone(&app, &browser, one).await;
    assert_eq!(phone(&app, &numero).await, None, "as before both");
    assert_eq!(text(&app, &format!("SELECT defaites || ' ' || gardees FROM import WHERE id = {one}")).await, "1 0");
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_anomalie WHERE code = 'ETA-02'").await, 0, "nothing is said any more of what is undone");
    assert_eq!(browser.post(&format!("/imports/{one}/annulation"), &[]).await.status, Status::Conflict, "nothing is left to take back");
}

#[rocket::async_test]
async fn a_row_that_one_import_created_and_another_changed_goes_away_too() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let before = base(&app).await;
    let one = loaded(&app, &browser, ("hebergeurs", "cree.csv", "nom;commune\nCréé puis changé;97113\n"), "remplacer").await;
    let numero = text(&app, "SELECT numero FROM hebergeur WHERE nom = 'Créé puis changé'").await;
    let two = written(&app, &browser, &numero, "06 90 55 55 55").await;
    undone(&app, &browser, two).await;
    undone(&app, &browser, one).await;
    assert_eq!(base(&app).await, before);
    // What a person touched is theirs, and it is said so.
    let (numero, ..) = host(&app, 1).await;
    let one = written(&app, &browser, &numero, "06 90 66 66 66").await;
    app.run_sql(&format!("UPDATE hebergeur SET ville = 'Ailleurs', version = version + 1 WHERE numero = '{numero}'")).await;
    undone(&app, &browser, one).await;
    let why = text(&app, &format!("SELECT motif FROM import_ligne WHERE import_id = {one}")).await;
    assert!(why.contains("modifiée depuis, ailleurs que par un import"), "{why}");
}

/// An import of one validated stay with one person more, its writing done: the stay, the import, the line of the proposal.
async fn proposed(app: &App, browser: &Browser<'_>) -> (i64, i64, String) {
    let of = "code_insee = '97113' AND statut = 'valide' AND reference IS NOT NULL AND nb_mineurs + nb_saisonniers + nb_urgence + nb_loyer_modique = 0 AND prix_nuit IS NULL AND nb_personnes = 1";
    let line = text(app, &format!("SELECT id || ';' || reference || ';' || collecteur FROM sejour WHERE {of} ORDER BY id LIMIT 1")).await;
    let (stay, key) = line.split_once(';').expect("a stay");
    let import = sent(browser, "sejours", "corrige.csv", &format!("reference;collecteur;nb_personnes\n{key};2\n")).await;
    let answer = read(app, browser, import, &[("mode", "remplacer"), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(asked(browser, import).await.status, Status::SeeOther);
    app.run_jobs().await;
    let line = text(app, &format!("SELECT id::text FROM import_ligne WHERE import_id = {import} AND verdict = 'proposee'")).await;
    (stay.parse().expect("a number"), import, line)
}

#[rocket::async_test]
async fn a_proposal_that_is_refused_as_it_is_accepted_writes_nothing() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (stay, import, line) = proposed(&app, &browser).await;
    let mut other = app.pool().begin().await.expect("a transaction");
    sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE import_ligne SET etat = 'ecartee' WHERE id = {line}")))
        .execute(&mut *other)
        .await
        .expect("refused");
    let address = format!("/imports/{import}/propositions");
    let form = [("ligne", line.as_str()), ("faire", "accepter")];
    let accepted = browser.post(&address, &form);
    let refused = async {
        blocked(&app).await;
        other.commit().await.expect("refused");
    };
    let (answer, ()) = tokio::join!(accepted, refused);
    assert_eq!(answer.status, Status::SeeOther);
    assert_eq!(text(&app, &format!("SELECT nb_personnes::text FROM sejour WHERE id = {stay}")).await, "1", "the refusal stands alone");
    assert_eq!(text(&app, &format!("SELECT etat FROM import_ligne WHERE id = {line}")).await, "ecartee");
    assert_eq!(text(&app, &format!("SELECT modifiees::text FROM import WHERE id = {import}")).await, "0");
}

#[rocket::async_test]
async fn a_validated_stay_is_validated_again_once_its_correction_is_taken_back() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    app.run_sql(&format!("INSERT INTO deux_personnes (collectivite_id, module) SELECT id, 'taxe' FROM collectivite WHERE siren = '{LE_GOSIER}'"))
        .await;
    let (stay, import, line) = proposed(&app, &browser).await;
    let of_stay = format!("SELECT statut || ' ' || nb_personnes FROM sejour WHERE id = {stay}");
    assert_eq!(browser.post(&format!("/imports/{import}/propositions"), &[("ligne", &line), ("faire", "accepter")]).await.status, Status::SeeOther);
    assert_eq!(text(&app, &of_stay).await, "a_verifier 2", "two persons are asked for");
    // Whoever corrected it does not validate it: left, and why.
    undone(&app, &browser, import).await;
    assert_eq!(text(&app, &of_stay).await, "a_verifier 2");
    let why = text(&app, &format!("SELECT etat || ' ' || motif FROM import_ligne WHERE id = {line}")).await;
    assert!(why.starts_with("gardee Ici, qui a corrigé un séjour ne le valide pas"), "{why}");
    // Another person does.
    let other = app.administrateur(LE_GOSIER).await;
    undone(&app, &other, import).await;
    assert_eq!(text(&app, &of_stay).await, "valide 1");
}

#[rocket::async_test]
async fn lines_are_not_left_out_of_what_is_confirmed() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = checked(&app, &browser, ("hebergeurs", "a.csv", "nom;commune\nUn seul;97113\n"), "completer").await;
    let line = text(&app, "SELECT id::text FROM import_ligne").await;
    let address = format!("/imports/{id}/exclusion");
    assert_eq!(browser.post(&address, &[("ligne", &line), ("faire", "zz")]).await.status, Status::BadRequest);
    let mut other = app.pool().begin().await.expect("a transaction");
    sqlx::query("SELECT 1 FROM import WHERE id = $1 FOR UPDATE").bind(id).execute(&mut *other).await.expect("held");
    let form = [("ligne", line.as_str()), ("faire", "exclure")];
    let confirmed = async {
        blocked(&app).await;
        sqlx::query("UPDATE import SET etat = 'ecriture' WHERE id = $1").bind(id).execute(&mut *other).await.expect("confirmed");
        other.commit().await.expect("confirmed");
    };
    let (answer, ()) = tokio::join!(browser.post(&address, &form), confirmed);
    assert_eq!(answer.status, Status::Conflict, "{}", answer.text());
    assert_eq!(text(&app, "SELECT etat FROM import_ligne").await, "prevue");
}

#[rocket::async_test]
async fn a_writing_called_off_before_it_ran_keeps_nobody_waiting() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let first = checked(&app, &browser, ("hebergeurs", "a.csv", "nom;commune\nPremier;97113\n"), "completer").await;
    let second = checked(&app, &browser, ("hebergeurs", "b.csv", "nom;commune\nSecond;97113\n"), "completer").await;
    assert_eq!(asked(&browser, first).await.status, Status::SeeOther);
    assert_eq!(asked(&browser, second).await.status, Status::Conflict, "one at a time");
    let job = text(&app, &format!("SELECT job_id::text FROM import WHERE id = {first}")).await;
    assert_eq!(browser.post(&format!("/travaux/{job}/annulation"), &[("retour", "/")]).await.status, Status::SeeOther);
    confirm(&app, &browser, second).await;
    assert_eq!((state(&app, second).await, state(&app, first).await), ("termine".into(), "ecriture_arretee".into()));
    assert_eq!(browser.post(&format!("/imports/{first}/reprise"), &[]).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(state(&app, first).await, "termine");
}

#[rocket::async_test]
async fn a_file_that_is_gone_is_said_to_be() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let id = sent(&browser, "hebergeurs", "a.csv", "nom;commune\nUn;97113\n").await;
    let place = text(&app, "SELECT chemin FROM import").await;
    std::fs::remove_file(app.folder.path().join(place)).expect("the file");
    assert_eq!(read(&app, &browser, id, &[("titre", "1"), ("faire", "voir")]).await.status, Status::Gone);
}

#[rocket::async_test]
async fn large_rows_make_small_lots() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let long = "x".repeat(60_000);
    let rows: String = (0..300).map(|row| format!("Gros {row};97113;{long}\n")).collect();
    let id = checked(&app, &browser, ("hebergeurs", "gros.csv", &format!("nom;commune;divers\n{rows}")), "completer").await;
    let lots = "SELECT count(*) || ' ' || min(debut) || ' ' || max(fin) || ' ' || sum(fin - debut) FROM import_lot WHERE etape = 'verification'";
    let lots = text(&app, lots).await;
    // 18 MB, of which a lot holds eight mebibytes and a row at most.
    assert_eq!(lots, "3 0 300 300");
    assert_eq!(super::counts(&app, id).await, (300, 0, 0, 0));
}

#[rocket::async_test]
async fn a_row_is_kept_once_however_many_lines_it_gives() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let (rows, months, long) = (4, 60, "é".repeat(15_000));
    let head: String = (0..months).map(|month| format!(";m{month}")).collect();
    let cells = |row: usize| (1..months).map(|month| format!(";m{month}.{row}@exemple.gp")).collect::<String>();
    let body: String = (0..rows).map(|row| format!("97113;{row}{long}{};pas un courriel\n", cells(row))).collect();
    let file = format!("commune;divers{head}\n{body}");
    let id = sent(&browser, "hebergeurs", "large.csv", &file).await;
    let mut form: Vec<(String, &str)> = (2..2 + months).map(|place| (format!("colonne-{place}"), "*")).collect();
    form.extend([("deplie-entete".to_string(), "nom"), ("deplie-cellule".to_string(), "courriel")]);
    let form =
        |faire: &'static str| -> Vec<(&str, &str)> { form.iter().map(|(name, value)| (name.as_str(), *value)).chain([("faire", faire)]).collect() };
    assert_eq!(read(&app, &browser, id, &form("voir")).await.status, Status::SeeOther);
    let page = browser.get(&format!("/imports/{id}/lecture")).await.ok();
    assert!(page.body.len() < 600_000, "{} bytes shown of a file of {}", page.body.len(), file.len());
    assert_eq!(read(&app, &browser, id, &form("verifier")).await.status, Status::SeeOther);
    app.run_jobs().await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import_ligne").await, i64::try_from(rows * months).expect("a count"));
    let kept: i64 = app.one("SELECT sum(octet_length(brut::text))::bigint FROM import_ligne").await;
    assert!(kept < 2 * i64::try_from(file.len()).expect("a size"), "{kept} bytes kept of a file of {}", file.len());
    assert_eq!(app.one::<i64>("SELECT refusees FROM import").await, 4);
    // The refused lines load again: each has the cells of its row.
    let refused = browser.get(&format!("/imports/{id}/refusees")).await.ok().text();
    let lines: Vec<&str> = refused.lines().skip(1).collect();
    let empty = ";".repeat(months - 1);
    for (row, line) in lines.iter().enumerate() {
        assert!(line.starts_with(&format!("\"=\"\"97113\"\"\";{row}{long};{empty}pas un courriel;{};", row + 2)), "{}", line.replace(&long, "…"));
    }
    assert_eq!(lines.len(), rows);
}

#[rocket::async_test]
async fn the_titles_of_refused_lines_are_no_formulas() {
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    let file = "nom;commune;\"=HYPERLINK(\"\"x\"\")\";@SUM(1)\nRefusé;Atlantide;;\n";
    let id = checked(&app, &browser, ("hebergeurs", "titres.csv", file), "completer").await;
    let refused = browser.get(&format!("/imports/{id}/refusees")).await.ok().text();
    let head = refused.lines().next().expect("titles").to_string();
    assert!(head.contains("\"'=HYPERLINK(\"\"x\"\")\";'@SUM(1);"), "{head}");
}

/// All of them, over several pages, though PostgreSQL has no statistics of what was just checked; and whole or not at all: a file that stops at
/// the line that cannot be read would look like one that has no more.
#[rocket::async_test]
async fn refused_lines_are_all_there_or_the_file_is_cut() {
    const LINES: usize = 4_500;
    let app = App::new().await;
    let browser = app.agent(LE_GOSIER).await;
    // What autovacuum does of an empty table: one row is then expected of any import.
    app.run_sql("ANALYZE import_anomalie").await;
    app.run_sql("ANALYZE import_ligne").await;
    let mut file = String::from("nom;commune\n");
    (0..LINES).for_each(|n| file.push_str(&format!("Refusé {n};Atlantide\n")));
    let id = checked(&app, &browser, ("hebergeurs", "refusees.csv", &file), "completer").await;
    assert_eq!(app.one::<i64>("SELECT refusees FROM import").await, i64::try_from(LINES).expect("a count"));
    let refused = browser.get(&format!("/imports/{id}/refusees")).await.ok().text();
    let names: Vec<String> = refused.lines().skip(1).map(|line| line.split(';').next().unwrap_or_default().to_string()).collect();
    assert_eq!(names, (0..LINES).map(|n| format!("Refusé {n}")).collect::<Vec<_>>());
    // The connection breaks, which the tests see as no body at all.
    app.run_sql("UPDATE import_ligne SET brut = '\"abîmée\"' WHERE rang = 3000").await;
    assert!(browser.get(&format!("/imports/{id}/refusees")).await.ok().body.is_empty());
}
