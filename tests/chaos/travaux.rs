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
}

/// What was asked, and must be found.
pub struct Demande {
    travail: Travail,
}

impl Travail {
    pub const ALL: [Self; 3] = [Self::Export, Self::Action, Self::Planifie];

    pub fn label(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Action => "action en masse",
            Self::Planifie => "travail planifié",
        }
    }

    /// Its name in the table of jobs.
    pub fn job(self) -> &'static str {
        if self == Self::Action { "action_en_masse" } else { "export" }
    }

    pub fn queues(self) -> &'static str {
        if self == Self::Action { "high_priority=1" } else { "exports=1" }
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
        }
        Demande { travail: self }
    }
}

impl Demande {
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
