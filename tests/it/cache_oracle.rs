//! A seeded run of writes and reads, from several people on two web servers that share a Redis and a
//! base. Two judges: the oracle (each page beside the same one of a server that keeps nothing), and the test
//! itself, which knows what it committed before each read began.
//!
//! `ESSAI_ORACLE_TOURS` sets the rounds of each reader, `ESSAI_ORACLE_GRAINE` the seed
//! (`just oracle` runs long).

use std::cell::RefCell;

use gardel::platform::db::EVERYWHERE;
use gardel::web::LISTS;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rocket::http::Status;
use rocket::local::asynchronous::Client;

use crate::cache::redis_url;
use crate::support::app::{CONTESTED, GRAND_SUD, LE_GOSIER, REJECTED, RIVIERA};
use crate::support::dice::setting;
use crate::support::oracle::Oracle;
use crate::support::{App, Browser};

/// The values that one thing has had, in order, and the first that a read may still show.
struct History {
    values: RefCell<Vec<String>>,
    committed: RefCell<usize>,
}

impl History {
    fn new(first: String) -> Self {
        Self { values: RefCell::new(vec![first]), committed: RefCell::new(0) }
    }

    /// Before the write is sent: from here on a read may see it.
    fn intend(&self, value: String) {
        self.values.borrow_mut().push(value);
    }

    /// After the write was answered: from here on a read must see it, or a later one.
    fn commit(&self) {
        *self.committed.borrow_mut() = self.values.borrow().len() - 1;
    }

    fn floor(&self) -> usize {
        *self.committed.borrow()
    }

    /// Asserts that what a read showed was the value at its beginning or later.
    fn allows(&self, floor: usize, shown: &str, what: &str) {
        let values = self.values.borrow();
        assert!(values[floor..].iter().any(|value| value == shown), "{what}: « {shown} », after {:?} was committed", &values[floor..]);
    }
}

/// A séjour that one writer changes, at the top of the list of its commune.
struct Stay {
    id: i64,
    statut: History,
}

const STATUTS: [(&str, &str); 4] = [("a_verifier", "À vérifier"), ("valide", "Validé"), ("conteste", "Contesté"), ("rejete", "Rejeté")];

async fn top_stay(app: &App, commune: &'static str) -> Stay {
    let (id, statut): (i64, String) = sqlx::query_as("SELECT id, statut FROM sejour WHERE code_insee = $1 ORDER BY date_debut DESC, id DESC LIMIT 1")
        .bind(commune)
        .fetch_one(app.pool())
        .await
        .expect("a stay");
    let label = STATUTS.iter().find(|(code, _)| *code == statut).expect("a known statut").1;
    Stay { id, statut: History::new(label.into()) }
}

/// Changes the statut of a stay, as its agent does, on either server.
async fn change_statuts(app: &App, browser: &Browser<'_>, stay: &Stay, rounds: u64, mut random: StdRng) {
    for _ in 0..rounds {
        let version: i32 = sqlx::query_scalar("SELECT version FROM sejour WHERE id = $1").bind(stay.id).fetch_one(app.pool()).await.expect("it");
        let (code, label) = STATUTS[random.random_range(0..STATUTS.len())];
        stay.statut.intend(label.into());
        let motif = if code == "conteste" { CONTESTED } else { REJECTED };
        let form = [("statut", code), ("motif", motif), ("version", &version.to_string())];
        let answer = browser.post(&format!("/sejours/{}/statut", stay.id), &form).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
        stay.statut.commit();
    }
}

/// Renames a commune and its EPCI's label, as `gardel migrate` does when the reference moved.
async fn rename(app: &App, name: &History, rounds: u64) {
    for round in 1..=rounds {
        let new = format!("Baillif-{round}");
        name.intend(new.clone());
        let mut write = app.owner.write().await.expect("a transaction");
        sqlx::query("UPDATE commune SET nom = $1 WHERE code_insee = '97104'").bind(&new).execute(&mut *write.tx).await.expect("renamed");
        LISTS.iter().flat_map(|list| list.domains).for_each(|domain| write.touch(domain, EVERYWHERE));
        write.commit().await.expect("commits");
        name.commit();
    }
}

/// Moves a person from one collectivité to the other and back.
async fn move_person(app: &App, user_id: i64, place: &History, rounds: u64) {
    for round in 0..rounds {
        let siren = if round % 2 == 0 { GRAND_SUD } else { LE_GOSIER };
        place.intend(siren.into());
        let mut tx = app.pool().begin().await.expect("a transaction");
        sqlx::query("DELETE FROM utilisateur_collectivite WHERE utilisateur_id = $1").bind(user_id).execute(&mut *tx).await.expect("removed");
        sqlx::query("INSERT INTO utilisateur_collectivite SELECT $1, id FROM collectivite WHERE siren = $2")
            .bind(user_id)
            .bind(siren)
            .execute(&mut *tx)
            .await
            .expect("added");
        tx.commit().await.expect("commits");
        place.commit();
    }
}

/// Invites people, whose rows appear in lists that are never cached, and whose rights are counted.
async fn invite(app: &App, administrateur: &Browser<'_>, rounds: u64) {
    let place: i32 = sqlx::query_scalar("SELECT id FROM collectivite WHERE siren = $1").bind(RIVIERA).fetch_one(app.pool()).await.expect("it");
    for round in 0..rounds {
        let courriel = format!("invite.{round}@test.gardel");
        let nom = format!("Invitée {round}");
        let form = [("courriel", courriel.as_str()), ("nom", nom.as_str()), ("role", "agent"), ("collectivites", &place.to_string())];
        let answer = administrateur.post("/utilisateurs", &form).await;
        assert_eq!(answer.status, Status::Ok, "{}", answer.text());
        let list = administrateur.get("/utilisateurs?q=invite").await.ok();
        assert!(list.text().contains(&courriel), "{courriel} is not in the list");
    }
}

/// What a run shares: two servers, and the truth.
struct Run<'a> {
    servers: [&'a Client; 2],
    oracle: &'a Oracle,
    gosier: &'a Stay,
    sud: &'a Stay,
    name: &'a History,
    place: &'a History,
}

impl Run<'_> {
    fn server(&self, random: &mut StdRng) -> &Client {
        self.servers[random.random_range(0..2)]
    }

    /// Reads the lists where `stay` may be, and asserts that its statut is fresh.
    async fn read_stay(&self, browser: &Browser<'_>, stay: &Stay, rounds: u64, mut random: StdRng) {
        let headers = [("HX-Request", "true"), ("HX-Request-Type", "partial"), ("HX-Current-URL", "http://localhost/sejours")];
        for _ in 0..rounds {
            let floor = stay.statut.floor();
            let headers = if random.random() { &headers[..] } else { &[] };
            let page = self.oracle.read(browser, self.server(&mut random), "/sejours?colonnes=statut", headers).await;
            let place = page.rows().iter().position(|id| *id == stay.id.to_string());
            let shown = place.map(|place| page.texts(&format!("tbody tr:nth-child({}) td", place + 1)).remove(0));
            stay.statut.allows(floor, &shown.expect("the stay is on the first page"), "statut");
            // In the list of one statut, or not.
            let (code, label) = STATUTS[random.random_range(0..STATUTS.len())];
            let floor = stay.statut.floor();
            let page = self.oracle.read(browser, self.server(&mut random), &format!("/sejours?statut={code}"), &[]).await;
            if page.rows().contains(&stay.id.to_string()) {
                stay.statut.allows(floor, label, "list by statut");
            }
        }
    }

    /// Reads the other pages, and asserts that the commune's name is fresh wherever it is shown.
    async fn read_reference(&self, browser: &Browser<'_>, rounds: u64, mut random: StdRng) {
        let pages = ["/communes", "/communes/compte", "/sejours/facettes", "/sejours/compte", "/logements?tri=capacite", "/hebergeurs", "/tuiles"];
        for _ in 0..rounds {
            let floor = self.name.floor();
            let page = self.oracle.read(browser, self.server(&mut random), "/communes", &[]).await;
            let place = page.rows().iter().position(|code| code == "97104").expect("on the only page");
            let names = page.texts(&format!("#liste tbody tr:nth-child({}) > *", place + 1));
            self.name.allows(floor, names.first().map_or("", String::as_str), "name of a commune");
            let floor = self.name.floor();
            let page = self.oracle.read(browser, self.server(&mut random), "/sejours", &[]).await;
            let form = String::from(page.text());
            let label = form.split("name=\"commune\" value=\"97104\"").nth(1).and_then(|rest| rest.split('>').nth(1)?.split('<').next());
            self.name.allows(floor, label.map_or("", str::trim), "name in the form");
            self.oracle.read(browser, self.server(&mut random), pages[random.random_range(0..pages.len())], &[]).await;
        }
    }

    /// Reads as somebody whose rights move, and asserts that the rows are those of their rights.
    async fn read_elsewhere(&self, browser: &Browser<'_>, rounds: u64, mut random: StdRng) {
        for _ in 0..rounds {
            let floor = self.place.floor();
            let page = self.oracle.read(browser, self.server(&mut random), "/sejours?colonnes=statut", &[]).await;
            let rows = page.rows();
            let (here, there) = (rows.contains(&self.gosier.id.to_string()), rows.contains(&self.sud.id.to_string()));
            assert!(!(here && there), "two perimeters in one page");
            self.place.allows(floor, if here { LE_GOSIER } else { GRAND_SUD }, "perimeter");
        }
    }
}

async fn run(redis: Option<String>, rounds: u64, seed: u64) {
    let app = App::with(|config| config.redis_url.clone_from(&redis)).await;
    play(&app, &Oracle::over(&app.context), rounds, seed).await;
}

/// Plays a seeded run on `app` and on another server like it, judged by `oracle`.
pub async fn play(app: &App, oracle: &Oracle, rounds: u64, seed: u64) {
    let twin = app.twin().await;
    let seeded = |number: u64| StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number));
    let gosier = top_stay(app, "97113").await;
    // The top of the whole of Grand Sud: what its agent sees first.
    let sud_agent = app.agent(GRAND_SUD).await;
    let first: i64 = sud_agent.get("/sejours?colonnes=statut").await.ok().rows()[0].parse().expect("an id");
    let statut: String = sqlx::query_scalar("SELECT statut FROM sejour WHERE id = $1").bind(first).fetch_one(app.pool()).await.expect("it");
    let label = STATUTS.iter().find(|(code, _)| *code == statut).expect("a known statut").1;
    let sud = Stay { id: first, statut: History::new(label.into()) };
    let name: String = app.one("SELECT nom FROM commune WHERE code_insee = '97104'").await;
    let (name, place) = (History::new(name), History::new(LE_GOSIER.into()));
    let (agent, twin_agent) = (app.agent(LE_GOSIER).await, app.agent(LE_GOSIER).await);
    // What a change leaves to say is said once, on whichever page comes next: those who write have sessions of their own.
    let (writer, sud_writer) = (app.agent(LE_GOSIER).await, app.agent(GRAND_SUD).await);
    let (everywhere, mover, administrateur) = (app.everywhere().await, app.agent(LE_GOSIER).await, app.administrateur(RIVIERA).await);
    let run = Run { servers: [&app.client, &twin], oracle, gosier: &gosier, sud: &sud, name: &name, place: &place };
    futures::join!(
        change_statuts(app, &writer, &gosier, rounds, seeded(1)),
        change_statuts(app, &sud_writer, &sud, rounds, seeded(2)),
        rename(app, &name, rounds / 4 + 1),
        move_person(app, mover.user_id, &place, rounds / 3 + 1),
        invite(app, &administrateur, rounds / 8 + 1),
        run.read_stay(&agent, &gosier, rounds, seeded(3)),
        run.read_stay(&twin_agent, &gosier, rounds, seeded(4)),
        run.read_stay(&sud_agent, &sud, rounds, seeded(5)),
        run.read_reference(&everywhere, rounds / 2 + 1, seeded(6)),
        run.read_elsewhere(&mover, rounds, seeded(7)),
    );
    // And once more in the calm: every page is compared, none is left undecided.
    for _ in 0..2 {
        run.read_stay(&agent, &gosier, 2, seeded(8)).await;
        run.read_reference(&everywhere, 4, seeded(9)).await;
    }
    let (compared, undecided, gaps) = oracle.counts();
    println!("graine {seed} : {compared} pages comparées, {undecided} sans décision, {gaps} écarts");
    assert_eq!(gaps, 0, "{}", oracle.gaps().join("\n"));
    assert!(compared > 20, "the oracle compared {compared} pages, {undecided} were left undecided");
}

#[rocket::async_test]
async fn two_servers_and_a_redis_never_serve_the_past() {
    run(Some(redis_url()), setting("ESSAI_ORACLE_TOURS", 12), setting("ESSAI_ORACLE_GRAINE", 971)).await;
}

#[rocket::async_test]
async fn two_servers_with_their_own_memory_never_serve_the_past() {
    run(None, setting("ESSAI_ORACLE_TOURS", 12), setting("ESSAI_ORACLE_GRAINE", 590)).await;
}

/// The oracle can tell: a write that forgets `touch` is found out, in a page, a count and the figures.
#[rocket::async_test]
async fn a_write_that_touches_nothing_is_found_out() {
    for redis in [None, Some(redis_url())] {
        let app = App::with(|config| config.redis_url.clone_from(&redis)).await;
        let oracle = Oracle::over(&app.context);
        let browser = app.agent(LE_GOSIER).await;
        let pages = ["/sejours", "/sejours/compte", "/tuiles"];
        for path in pages {
            oracle.read(&browser, &app.client, path, &[]).await;
        }
        assert_eq!(oracle.counts(), (3, 0, 0));
        app.run_sql("UPDATE sejour SET statut = CASE statut WHEN 'a_verifier' THEN 'valide' ELSE 'a_verifier' END").await;
        app.run_sql("DELETE FROM sejour WHERE id IN (SELECT id FROM sejour WHERE code_insee = '97113' ORDER BY date_debut LIMIT 1)").await;
        for path in pages {
            oracle.read(&browser, &app.client, path, &[]).await;
        }
        let ((compared, _, gaps), words) = (oracle.counts(), oracle.gaps());
        assert_eq!((compared, gaps), (3, 3), "redis {redis:?}: {words:?}");
        assert!(words[0].starts_with("/sejours"), "{words:?}");
    }
}
