//! After any sequence of changes of rights, by a page, by a statement, two at once: what each person opens (pages, lists,
//! files, links, sessions, and what their jobs write) is what the rights of that moment say. Those are read from the tables
//! by statements of the test, never by the functions that decide.
//!
//! `ESSAI_DROITS_GRAINE` replays a seed, `ESSAI_DROITS_TOURS` makes the sequence longer.

use std::collections::BTreeSet;

use rocket::http::Status;

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::dice::{Dice, setting};
use crate::support::{App, Browser};

const PLACES: [&str; 3] = [LE_GOSIER, RIVIERA, GRAND_SUD];

/// What the tables say of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rights {
    role: String,
    active: bool,
    places: Vec<i32>,
    /// Collectivité, module, level.
    levels: BTreeSet<(i32, String, i16)>,
    /// Where they read the tax, where they decide of it, and what they manage.
    communes: BTreeSet<String>,
    decides: BTreeSet<String>,
    managed: BTreeSet<String>,
    /// Every commune of their places.
    all: BTreeSet<String>,
}

impl Rights {
    async fn read(app: &App, id: i64) -> Self {
        let (role, active): (String, bool) =
            sqlx::query_as("SELECT role, actif FROM utilisateur WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("an account");
        let places = sqlx::query_scalar("SELECT collectivite_id FROM utilisateur_collectivite WHERE utilisateur_id = $1 ORDER BY 1");
        let places: Vec<i32> = places.bind(id).fetch_all(app.pool()).await.expect("places");
        let levels = sqlx::query_as("SELECT collectivite_id, module, niveau FROM droit WHERE utilisateur_id = $1");
        let levels: Vec<(i32, String, i16)> = levels.bind(id).fetch_all(app.pool()).await.expect("rights");
        let of: Vec<(i32, String)> = sqlx::query_as("SELECT collectivite_id, code_insee::text FROM collectivite_commune WHERE jusqu_au IS NULL")
            .fetch_all(app.pool())
            .await
            .expect("communes");
        let communes_of = |kept: &dyn Fn(i32) -> bool| of.iter().filter(|(place, _)| kept(*place)).map(|(_, code)| code.clone()).collect();
        let at = |module: &str, least: i16| {
            communes_of(&|place| levels.iter().any(|(one, name, level)| (*one, name.as_str()) == (place, module) && *level >= least))
        };
        let (communes, decides, managed) = (at("taxe", 1), at("taxe", 3), at("administration", 4));
        let all = communes_of(&|place| places.contains(&place));
        Self { role, active, places, levels: levels.into_iter().collect(), communes, decides, managed, all }
    }

    fn sees_tax(&self) -> bool {
        self.active && self.role != "exploitant" && self.levels.iter().any(|(_, module, _)| module == "taxe")
    }

    /// Whether whoever has these rights manages an account that has those: every commune of each of its places is theirs.
    fn manages(&self, other: &Self) -> bool {
        self.active && !self.managed.is_empty() && !other.places.is_empty() && other.all.is_subset(&self.managed)
    }
}

/// A link, and what the rights were when it was made.
struct Link {
    path: String,
    author: i64,
    account: i64,
    before: (Rights, Rights),
    void: bool,
}

/// A file, or one that is being made, and the communes that its owner had.
struct File {
    address: String,
    owner: usize,
    communes: BTreeSet<String>,
}

struct Sequence<'a> {
    app: &'a App,
    people: Vec<Browser<'a>>,
    ended: Vec<bool>,
    files: Vec<File>,
    links: Vec<Link>,
    stays: Vec<(i64, String)>,
}

impl<'a> Sequence<'a> {
    async fn begin(app: &'a App) -> Self {
        let mut people = Vec::new();
        for (role, places) in
            [("agent", &[LE_GOSIER][..]), ("agent", &[GRAND_SUD]), ("administrateur", &[RIVIERA]), ("administrateur", &[RIVIERA, GRAND_SUD])]
        {
            people.push(app.person(role, places).await);
        }
        let stays = sqlx::query_as("SELECT min(id), code_insee::text FROM sejour GROUP BY code_insee").fetch_all(app.pool()).await.expect("stays");
        Self { app, ended: vec![false; people.len()], people, files: Vec::new(), links: Vec::new(), stays }
    }

    async fn rights(&self, place: usize) -> Rights {
        Rights::read(self.app, self.people[place].user_id).await
    }

    /// A change by a statement, as an older version or an operator would write it.
    async fn by_statement(&self, dice: &mut Dice) {
        let id = self.people[dice.roll(self.people.len())].user_id;
        let place = *dice.pick(&PLACES);
        let sql = match dice.roll(7) {
            // Rights of their own: a role that gives none, then a level of one module in each place, or none.
            5 => format!("UPDATE utilisateur SET role = 'sur_mesure' WHERE id = {id}"),
            6 => {
                let (module, level) = (*dice.pick(&["taxe", "administration", "labo"]), 1 + dice.roll(4));
                format!(
                    "INSERT INTO droit SELECT uc.utilisateur_id, uc.collectivite_id, '{module}', {level} FROM utilisateur_collectivite uc
                         JOIN utilisateur u ON u.id = uc.utilisateur_id JOIN collectivite c ON c.id = uc.collectivite_id
                     WHERE u.id = {id} AND u.role = 'sur_mesure' AND c.siren = '{place}'
                     ON CONFLICT (utilisateur_id, collectivite_id, module) DO UPDATE SET niveau = excluded.niveau"
                )
            }
            0 => format!("UPDATE utilisateur SET role = '{}' WHERE id = {id}", dice.pick(&["agent", "administrateur", "exploitant"])),
            1 => format!("UPDATE utilisateur SET actif = NOT actif WHERE id = {id}"),
            2 => format!("INSERT INTO utilisateur_collectivite SELECT {id}, id FROM collectivite WHERE siren = '{place}' ON CONFLICT DO NOTHING"),
            3 => format!(
                "DELETE FROM utilisateur_collectivite WHERE utilisateur_id = {id} AND collectivite_id = (SELECT id FROM collectivite WHERE siren = '{place}')"
            ),
            _ => format!("UPDATE utilisateur SET nom = nom || '.' WHERE id = {id}"),
        };
        self.app.run_sql(&sql).await;
    }

    /// A change by the page of an account; whether it ended its sessions.
    async fn by_page(&mut self, dice: &mut Dice) {
        let (author, account) = (dice.roll(self.people.len()), dice.roll(self.people.len()));
        let id = self.people[account].user_id;
        let version: String =
            sqlx::query_scalar("SELECT version::text FROM utilisateur WHERE id = $1").bind(id).fetch_one(self.app.pool()).await.expect("a version");
        let places: Vec<String> = sqlx::query_scalar("SELECT id::text FROM collectivite WHERE siren = ANY($1) ORDER BY 1")
            .bind(&PLACES[..])
            .fetch_all(self.app.pool())
            .await
            .expect("places");
        let grid: Vec<String> = places
            .iter()
            .flat_map(|place| {
                [("taxe", 1 + dice.roll(4)), ("administration", if dice.roll(2) == 0 { 1 } else { 4 })]
                    .map(|(module, level)| format!("{place}.{module}.{level}"))
            })
            .collect();
        let mut form = vec![("nom", "Changé"), ("role", *dice.pick(&["agent", "administrateur", "sur_mesure"])), ("version", version.as_str())];
        form.extend(grid.iter().filter(|_| dice.roll(3) > 0).map(|right| ("droits", right.as_str())));
        let active = dice.roll(3) > 0;
        form.extend(active.then_some(("actif", "true")));
        form.extend(places.iter().filter(|_| dice.roll(2) == 0).map(|place| ("collectivites", place.as_str())));
        let answer = self.people[author].post(&format!("/utilisateurs/{id}"), &form).await;
        assert!(answer.status.code < 500, "{}", answer.status);
        let saved = answer.status == Status::SeeOther && answer.header("Location").is_some_and(|place| place == format!("/utilisateurs/{id}"));
        if saved && !active {
            self.ended[account] = true;
        }
    }

    async fn make_link(&mut self, dice: &mut Dice) {
        let (author, account) = (dice.roll(self.people.len()), dice.roll(self.people.len()));
        let (by, of) = (self.people[author].user_id, self.people[account].user_id);
        let (mine, theirs) = (self.rights(author).await, self.rights(account).await);
        let page = self.people[author].post(&format!("/utilisateurs/{of}/liens"), &[]).await;
        let may = !self.ended[author] && mine.manages(&theirs) && theirs.role != "exploitant" && theirs.active;
        assert_eq!(page.status == Status::Ok, may, "a link by {mine:?} for {theirs:?}: {}", page.status);
        if may {
            for link in self.links.iter_mut().filter(|link| link.account == of) {
                link.void = true;
            }
            let href = page.attributes(".lettre a", "href")[0].clone();
            let path = href.split_once("localhost").map_or(href.as_str(), |(_, path)| path).to_string();
            self.links.push(Link { path, author: by, account: of, before: (mine, theirs), void: false });
        }
    }

    async fn ask_file(&mut self, dice: &mut Dice) {
        let owner = dice.roll(self.people.len());
        let rights = self.rights(owner).await;
        self.app.run_sql("UPDATE export SET cree_le = cree_le - interval '1 minute' WHERE etat = 'pret'").await;
        let answer = self.people[owner].post("/sejours/exports", &[("requete", ""), ("format", "csv_fr")]).await;
        let may = rights.sees_tax() && !self.ended[owner];
        let address = answer.header("Location").filter(|place| place.starts_with("/exports/"));
        assert_eq!(address.is_some(), may, "a file for {rights:?}: {}", answer.status);
        self.files.extend(address.map(|address| File { address, owner, communes: rights.communes }));
    }

    /// Links whose rights have moved since they were made are void for good, even when the rights come back.
    async fn note_changes(&mut self) {
        for link in &mut self.links {
            let (mine, theirs) = (Rights::read(self.app, link.author).await, Rights::read(self.app, link.account).await);
            link.void |= (&mine, &theirs) != (&link.before.0, &link.before.1);
        }
    }

    /// Everything, against the rights of now.
    async fn check(&mut self, step: &str) {
        for (place, browser) in self.people.iter().enumerate() {
            let rights = self.rights(place).await;
            let alive = rights.active && !self.ended[place];
            for (id, commune) in &self.stays {
                let page = browser.get(&format!("/sejours/{id}")).await;
                let opened = page.status == Status::Ok;
                assert_eq!(opened, alive && rights.sees_tax() && rights.communes.contains(commune), "{step}: stay of {commune} by {rights:?}");
                let decides = opened && !page.attributes("form[action$='/statut']", "action").is_empty();
                assert_eq!(decides, opened && rights.decides.contains(commune), "{step}: decision of {commune} by {rights:?}");
            }
            let page = browser.get("/compte").await;
            assert_eq!(page.status == Status::Ok, alive, "{step}: session of {rights:?}: {}", page.status);
            let expected: i64 = sqlx::query_scalar("SELECT count(*) FROM sejour WHERE code_insee = ANY($1)")
                .bind(rights.communes.iter().cloned().collect::<Vec<_>>())
                .fetch_one(self.app.pool())
                .await
                .expect("a count");
            let count = browser.fragment("/sejours/compte?exact=1").await;
            if alive && rights.sees_tax() {
                let digits: String = count.texts("#compte strong").join("").chars().filter(char::is_ascii_digit).collect();
                assert_eq!(digits.parse::<i64>().unwrap_or(0), expected, "{step}: rows of {rights:?}");
            } else {
                assert_ne!(count.status, Status::Ok, "{step}: rows of {rights:?}");
            }
        }
        for file in &self.files {
            let rights = self.rights(file.owner).await;
            let (ready, written): (bool, Option<i64>) = sqlx::query_as("SELECT etat = 'pret', lignes_ecrites FROM export WHERE id = $1")
                .bind(file.address.trim_start_matches("/exports/").parse::<i64>().expect("a number"))
                .fetch_one(self.app.pool())
                .await
                .expect("an export");
            let covered = rights.sees_tax() && !self.ended[file.owner] && file.communes.is_subset(&rights.communes);
            let opened = self.people[file.owner].get(&format!("{}/fichier", file.address)).await.status == Status::Ok;
            assert_eq!(opened, ready && covered, "{step}: file of {:?} ({written:?} rows) by {rights:?}", file.communes);
        }
        for link in &self.links {
            let opened = self.app.anonymous().get(&link.path).await.status == Status::Ok;
            assert_eq!(opened, !link.void, "{step}: link of {:?}", link.before);
        }
    }

    /// What waits is done with the rights of now: the files take the communes of this moment, or are not made.
    async fn work(&mut self, step: &str) {
        let waiting: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM export WHERE etat = 'en_attente'").fetch_all(self.app.pool()).await.expect("exports");
        self.app.run_jobs().await;
        for id in waiting {
            let address = format!("/exports/{id}");
            let owner = self.files.iter().find(|file| file.address == address).expect("a file that was asked").owner;
            let rights = self.rights(owner).await;
            let (state, written): (String, Option<i64>) =
                sqlx::query_as("SELECT etat, lignes_ecrites FROM export WHERE id = $1").bind(id).fetch_one(self.app.pool()).await.expect("an export");
            assert_eq!(state == "pret", rights.sees_tax(), "{step}: {state} for {rights:?}");
            if state == "pret" {
                let communes: Vec<&String> = rights.communes.iter().collect();
                let expected: i64 = sqlx::query_scalar("SELECT count(*) FROM sejour WHERE code_insee = ANY($1)")
                    .bind(communes)
                    .fetch_one(self.app.pool())
                    .await
                    .expect("a count");
                assert_eq!(written, Some(expected), "{step}: rows of a file for {rights:?}");
                // Asked twice, it is one file.
                self.files.iter_mut().filter(|file| file.address == address).for_each(|file| file.communes.clone_from(&rights.communes));
            }
        }
    }
}

#[rocket::async_test]
async fn what_opens_is_what_the_rights_of_now_say() {
    let (seed, rounds) = (setting("ESSAI_DROITS_GRAINE", 971), setting("ESSAI_DROITS_TOURS", 40));
    let app = App::new().await;
    let mut dice = Dice(seed);
    let mut sequence = Sequence::begin(&app).await;
    for round in 0..rounds {
        let step = format!("seed {seed}, round {round}");
        match dice.roll(10) {
            0 | 1 => sequence.by_statement(&mut dice).await,
            2 => sequence.by_page(&mut dice).await,
            3..=5 => sequence.make_link(&mut dice).await,
            6 | 7 => sequence.ask_file(&mut dice).await,
            8 => sequence.work(&step).await,
            _ => {
                // Two changes at the same moment, of whoever they are of.
                let (mut one, mut other) = (Dice(dice.roll(usize::MAX) as u64), Dice(dice.roll(usize::MAX) as u64));
                let this = &sequence;
                futures::join!(this.by_statement(&mut one), this.by_statement(&mut other));
            }
        }
        sequence.note_changes().await;
        sequence.check(&step).await;
    }
    assert!(!sequence.files.is_empty() || !sequence.links.is_empty(), "seed {seed}: {} files, {} links", sequence.files.len(), sequence.links.len());
}
