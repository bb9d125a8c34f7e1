//! The kinds of job of the matrix: how each is asked for, and what is counted of it afterwards.

use std::collections::HashMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::support::App;
use super::support::app::LE_GOSIER;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travail {
    Export,
    Action,
    Planifie,
    Import,
    Annulation,
}

/// What was asked, and must be found.
pub struct Demande {
    travail: Travail,
}

impl Travail {
    pub const ALL: [Self; 5] = [Self::Export, Self::Action, Self::Planifie, Self::Import, Self::Annulation];

    pub fn label(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Action => "action en masse",
            Self::Planifie => "travail planifié",
            Self::Import => "import",
            Self::Annulation => "annulation d’un import",
        }
    }

    /// Its name in the table of jobs.
    pub fn job(self) -> &'static str {
        match self {
            Self::Action => "action_en_masse",
            Self::Export | Self::Planifie => "export",
            Self::Import | Self::Annulation => "import",
        }
    }

    pub fn queues(self) -> &'static str {
        match self {
            Self::Action => "high_priority=1",
            Self::Export | Self::Planifie => "exports=1",
            Self::Import | Self::Annulation => "etl_heavy=1",
        }
    }

    /// Asks for it, as a person or as a schedule does.
    pub async fn ask(self, app: &App) -> Demande {
        let browser = app.agent(LE_GOSIER).await;
        match self {
            Self::Export => {
                browser.export("sejours", "tri=-montant", "csv_fr").await;
            }
            Self::Action => {
                let page =
                    browser.post("/sejours/actions", &[("requete", "statut=a_verifier"), ("action", "valider"), ("etendue", "filtre")]).await.ok();
                let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
                // What must change, once each; the journal tells that it was asked, then done.
                app.run_sql("CREATE TABLE chaos_avant AS SELECT id, version FROM sejour WHERE code_insee = '97113' AND statut = 'a_verifier'").await;
                let answer = browser.post("/actions", &[("jeton", &token)]).await;
                assert_eq!(answer.status.code, 303, "{}", answer.text());
            }
            Self::Planifie => {
                browser.export("sejours", "tri=-montant", "csv_fr").await;
                let payload: Value = app.one("SELECT payload FROM job WHERE name = 'export'").await;
                app.run_sql("UPDATE export SET job_id = NULL").await;
                app.run_sql("DELETE FROM job").await;
                sqlx::query(
                    "INSERT INTO planification (nom, titre, origine, expression, travail, contenu, file, essais_max, proprietaire_id, prochaine_le)
                     VALUES ('chaos', 'Export programmé', 'personne', '0 3 1 1 *', 'export', $1, 'exports', 10, $2, now())",
                )
                .bind(payload)
                .bind(browser.user_id)
                .execute(app.pool())
                .await
                .expect("a schedule");
            }
            Self::Import => {
                let id = import(app, A_ECRIRE).await;
                let page = browser.get(&format!("/imports/{id}")).await.ok();
                let shown = |name: &str| page.attributes(&format!("input[name={name}]"), "value").first().cloned().expect("something to confirm");
                let answer =
                    browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", &shown("lignes")), ("revision", &shown("revision"))]).await;
                assert_eq!(answer.status.code, 303, "{}", answer.text());
            }
            Self::Annulation => {
                let answer = browser.post(&format!("/imports/{}/annulation", import(app, ECRIT).await), &[]).await;
                assert_eq!(answer.status.code, 303, "{}", answer.text());
            }
        }
        Demande { travail: self }
    }
}

/// The file of the import that is to be written, and of the one that is to be taken back.
const A_ECRIRE: &str = "chaos-neufs.csv";
const ECRIT: &str = "chaos-vieux.csv";
/// Lines of each.
const LIGNES: i64 = 30_000;

async fn import(app: &App, name: &str) -> i64 {
    sqlx::query_scalar("SELECT id FROM import WHERE nom = $1").bind(name).fetch_one(app.pool()).await.expect("the import")
}

/// The imports of the base that every cell copies: one checked and not written, one written.
pub async fn prepare(app: &App) {
    let browser = app.agent(LE_GOSIER).await;
    for (name, word) in [(ECRIT, "Vieux"), (A_ECRIRE, "Neuf")] {
        let mut file = String::from("Nom;Commune;Courriel\n");
        (0..LIGNES).for_each(|line| file.push_str(&format!("{word} {line};97113;{word}{line}@exemple.gp\n")));
        let answer = browser.send_files("/imports", &[("genre", "hebergeurs")], &[(name, file.as_bytes())]).await;
        assert_eq!(answer.status.code, 303, "{}", answer.text());
        let id = import(app, name).await;
        let columns = [("colonne-0", "nom"), ("colonne-1", "commune"), ("colonne-2", "courriel"), ("faire", "verifier")];
        let answer = browser.post(&format!("/imports/{id}/lecture"), &columns).await;
        assert_eq!(answer.status.code, 303, "{}", answer.text());
        app.run_jobs().await;
        if name == ECRIT {
            let lines = LIGNES.to_string();
            let page = browser.get(&format!("/imports/{id}")).await.ok();
            let revision = page.attributes("input[name=revision]", "value").first().cloned().expect("something to confirm");
            let answer = browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", &lines), ("revision", &revision)]).await;
            assert_eq!(answer.status.code, 303, "{}", answer.text());
            app.run_jobs().await;
        }
    }
    // Small lots: the blow falls between two of them.
    app.run_sql("UPDATE import SET lot = 500").await;
    app.run_sql("DELETE FROM job").await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom LIKE 'Vieux %'").await, LIGNES);
}

impl Demande {
    /// Rows that an import should have written, or taken back, and did not; those that it wrote twice.
    async fn verify_import(&self, app: &App) -> (i64, i64) {
        let (word, expected) = if self.travail == Travail::Import { ("Neuf", LIGNES) } else { ("Vieux", 0) };
        let (rows, different, places): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), count(DISTINCT nom), (SELECT count(*) FROM hebergeur_commune WHERE nom LIKE $1 || ' %') FROM hebergeur WHERE nom LIKE $1 || ' %'",
        )
        .bind(word)
        .fetch_one(app.pool())
        .await
        .expect("a count");
        ((expected - different).abs() + (different - places).abs(), rows - different)
    }

    /// How much was lost, and how much was done twice.
    pub async fn verify(&self, app: &App) -> (i64, i64) {
        if self.travail == Travail::Action {
            return sqlx::query_as(
                "SELECT count(*) FILTER (WHERE s.id IS NULL OR s.statut <> 'valide' OR s.version = a.version),
                        count(*) FILTER (WHERE s.version > a.version + 1) + (SELECT greatest(count(*) - 2, 0) FROM journal WHERE objet = 'action')
                 FROM chaos_avant a LEFT JOIN sejour s ON s.id = a.id",
            )
            .fetch_one(app.pool())
            .await
            .expect("a count");
        }
        if matches!(self.travail, Travail::Import | Travail::Annulation) {
            return self.verify_import(app).await;
        }
        let (mut lost, mut twice) = self.verify_file(app).await;
        if self.travail == Travail::Planifie {
            let runs: i64 = app.one("SELECT count(*) FROM job WHERE name = 'export'").await;
            lost += i64::from(runs == 0);
            twice += (runs - 1).max(0);
        }
        (lost, twice)
    }

    async fn verify_file(&self, app: &App) -> (i64, i64) {
        let found: Option<(Option<String>, Option<String>)> =
            sqlx::query_as("SELECT fichier, sha256 FROM export WHERE etat = 'pret'").fetch_optional(app.pool()).await.expect("the export");
        let expected: Vec<String> =
            sqlx::query_scalar("SELECT reference FROM sejour WHERE code_insee = '97113'").fetch_all(app.pool()).await.expect("rows");
        let Some((Some(path), Some(sha256))) = found else { return (i64::try_from(expected.len()).unwrap_or(i64::MAX), 0) };
        let bytes = super::file_of(app, &path).await;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, sha256, "the file is the one that the manifest tells");
        let text = String::from_utf8_lossy(&bytes);
        let mut seen: HashMap<&str, i64> = HashMap::new();
        for line in text.lines().skip(1) {
            *seen.entry(line.split(';').next().unwrap_or_default().trim_matches('"')).or_default() += 1;
        }
        let lost = expected.iter().filter(|reference| !seen.contains_key(reference.as_str())).count();
        let twice: i64 = seen.values().map(|count| count - 1).sum();
        (i64::try_from(lost).unwrap_or(i64::MAX), twice)
    }
}
