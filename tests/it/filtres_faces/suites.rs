//! What leaves a list: the file of an export, a view, its file when its time comes, the rows that an action changes.

use gardel::platform::jobs::schedules;
use gardel::worker;
use rocket::http::Status;

use super::faces::{Attendue, Checked, Epreuve, Seen, differ, number};
use super::monde::texts;
use super::selects::table;

impl Epreuve<'_> {
    /// The file of an export asked from the list.
    pub async fn export(&self) -> Checked {
        let Some(column) = table(self.question.list.name).named.filter(|_| self.question.list.exportable) else { return Ok(()) };
        let question = format!("{}&colonnes={column}", self.question.ask());
        let export = self.reader.browser.export(self.question.list.name, &question, "jsonl").await;
        // Asking is itself a line of the journal.
        let expected = self.question.expected(self.app, self.reader).await;
        self.app.run_jobs().await;
        self.file("export", &export, column, &expected).await
    }

    async fn file(&self, face: &str, export: &str, column: &str, expected: &[Attendue]) -> Checked {
        let file = self.reader.browser.get(&format!("{export}/fichier")).await;
        if file.status != Status::Ok {
            return Err(format!("{face} : {}", file.texts("main").join(" ")));
        }
        let read = |line: &str| -> Option<String> {
            let row: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(row[column].as_str().map_or_else(|| row[column].to_string(), ToString::to_string))
        };
        let rows: Vec<String> = file.text().lines().filter_map(read).collect();
        let expected: Vec<&str> = expected.iter().map(|row| row.temoin.as_str()).collect();
        differ(face, &rows, &expected)
    }

    /// The same question kept as a view, opened by its address.
    pub async fn view(&self) -> Checked {
        let id = self.kept().await?;
        // Keeping it may itself be a line of the journal.
        let expected = self.question.expected(self.app, self.reader).await;
        let opened = self.reader.browser.get(&format!("/vues/{id}")).await;
        let place = opened.header("Location").ok_or(format!("vue : {}", opened.status))?;
        let page = Seen::of(&self.reader.browser.get(&place).await);
        self.app.run_sql(&format!("DELETE FROM vue WHERE id = {id}")).await;
        let first: Vec<&str> = expected.iter().take(self.question.size).map(|row| row.cle.as_str()).collect();
        // A walk may stop before its page is full, or before its first row, which it says: what it shows is the beginning.
        let shown = page.rows.len().min(first.len());
        if shown == 0 && !first.is_empty() && !page.text.contains("s’est arrêtée en chemin") {
            return Err(format!("vue : aucune ligne à {place}"));
        }
        differ("vue", &page.rows, &first[..shown])
    }

    async fn kept(&self) -> Result<i64, String> {
        let column = table(self.question.list.name).named.unwrap_or("numero");
        let state = format!("{}&taille={}&colonnes={column}", self.question.ask(), self.question.size);
        let name = format!("Épreuve {}", self.app.one::<i64>("SELECT coalesce(max(id), 0) FROM vue").await);
        let kept = self.reader.browser.post("/vues", &[("liste", self.question.list.name), ("etat", &state), ("nom", &name)]).await;
        match kept.status {
            Status::SeeOther => Ok(self.app.one("SELECT max(id) FROM vue").await),
            status => Err(format!("vue : {status}, {}", kept.texts("main").join(" "))),
        }
    }

    /// The file of that view when its time comes.
    pub async fn scheduled(&self) -> Checked {
        let list = self.question.list;
        let Some(column) = table(list.name).named.filter(|_| list.exportable) else { return Ok(()) };
        let view = self.kept().await?.to_string();
        let form = [("vue", view.as_str()), ("format", "jsonl"), ("quand", "q"), ("heure", "6"), ("garder", "2")];
        let made = self.reader.browser.post("/programmes", &form).await;
        if made.status != Status::SeeOther {
            return Err(format!("export programmé : {}", made.texts("main").join(" ")));
        }
        self.app.run_sql("UPDATE planification SET prochaine_le = now() - interval '1 second' WHERE active AND origine = 'personne'").await;
        schedules::tick(&self.app.work.db, &worker::registry().names()).await.map_err(|error| error.to_string())?;
        self.app.run_jobs().await;
        let expected = self.question.expected(self.app, self.reader).await;
        let export = format!("/exports/{}", self.app.one::<i64>("SELECT max(id) FROM export").await);
        let checked = self.file("export programmé", &export, column, &expected).await;
        self.app.run_sql("UPDATE planification SET active = false WHERE origine = 'personne'").await;
        // There are more questions than one person may have of them.
        self.app.run_sql("DELETE FROM export_programme").await;
        self.app.run_sql("UPDATE vue SET supprime_le = now() WHERE supprime_le IS NULL").await;
        checked
    }

    /// The rows that an action on the whole filter counts, and those that it changes once confirmed; then taken back.
    pub async fn action(&self) -> Checked {
        let list = self.question.list.name;
        let (name, target, left) = match list {
            "sejours" => ("valider", "statut = 'a_verifier'", "statut"),
            "logements" => ("retirer", "actif", "actif"),
            _ => return Ok(()),
        };
        let object = list.trim_end_matches('s');
        let (state, versions) = (
            format!("SELECT md5(string_agg(id || ({left})::text, ',' ORDER BY id)) FROM {object}"),
            format!("SELECT id || ' ' || version FROM {object}"),
        );
        let (before, old) = (texts(self.app, &state).await, texts(self.app, &versions).await);
        let browser = &self.reader.browser;
        let form = [("requete", self.question.ask()), ("action", name.into()), ("etendue", "filtre".into())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = browser.post(&format!("/{list}/actions"), &form).await;
        // The title tells those that will change; the sentence below, all that were asked for.
        let counted = page.texts("main p strong").first().map_or(0, |words| number(words));
        if counted != self.expected.len() {
            return Err(format!("action : {counted} lignes à confirmer au lieu de {}", self.expected.len()));
        }
        let Some(token) = page.attributes("input[name=jeton]", "value").pop() else { return Ok(()) };
        browser.post("/actions", &[("jeton", &token)]).await;
        self.app.run_jobs().await;
        let now = texts(self.app, &versions).await;
        let known: std::collections::HashSet<&str> = old.iter().map(String::as_str).collect();
        let mut changed: Vec<String> =
            now.iter().filter(|row| !known.contains(row.as_str())).filter_map(|row| row.split(' ').next()).map(Into::into).collect();
        changed.sort();
        let action: i64 = self.app.one("SELECT max(id) FROM action").await;
        let undone = browser.post(&format!("/actions/{action}/annulation"), &[]).await;
        self.app.run_jobs().await;
        if undone.status != Status::SeeOther || texts(self.app, &state).await != before {
            return Err("action : l'annulation n'a pas tout remis".into());
        }
        let sql = format!(
            "SELECT DISTINCT t.cle FROM ({}) t WHERE {} AND t.{target} ORDER BY 1",
            table(list).rows,
            self.question.conditions(self.reader, None)
        );
        let mut expected = texts(self.app, &sql).await;
        expected.sort();
        differ("action", &changed, &expected.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
