//! Every route × every kind of person × objects of here and of elsewhere. The routes are those that are mounted: one that
//! is new and has no line here fails. Who may is written by hand, by name; nothing is asked of the code that decides.
//!
//! Longer than 400 lines: the table of who may open what is read as one.

use std::collections::{BTreeMap, BTreeSet};

use rocket::http::{Method, Status};

use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::{App, Browser, Page};

/// Everybody, by what they are. `nobody` has no session, `disabled` had one.
const PEOPLE: [&str; 14] = [
    "nobody",
    "disabled",
    "gosier",
    "riviera",
    "demoted",
    "two",
    "south",
    "south_chief",
    "moved",
    "exploitant",
    "colleague",
    "reads",
    "enters",
    "audits",
];

/// Routes that open without a session, whoever asks.
const PUBLIC: &[&str] = &[
    "/connexion",
    "/connexion/code",
    "/connexion/oubli",
    "/connexion/externe",
    "/connexion/externe/retour",
    "/connexion/externe/fin",
    "/invitation/<jeton>",
    "/aide",
    "/aide/raccourcis",
    "/aide/<name>",
    "/mentions-legales",
    "/accessibilite",
    "/donnees-personnelles",
    "/static/<name>",
    "/refus-hote",
    "/refus-methode",
    "/refus-origine",
];

/// Beginnings of the routes without objects that not everybody opens, and who does.
const RESERVED: &[(&str, &[&str])] = &[
    ("/utilisateurs", &["riviera", "south_chief"]),
    ("/journal", &["riviera", "south_chief", "audits"]),
    ("/motifs", &["riviera", "south_chief"]),
    ("/deux-personnes", &["riviera", "south_chief"]),
    ("/textes", &["riviera", "south_chief"]),
    ("/travaux/files", &["exploitant"]),
    ("/travaux/lectures", &["exploitant"]),
    ("/exploitation", &["exploitant"]),
    ("/travaux/planifications", &["exploitant"]),
    ("/travaux/echecs", &["exploitant"]),
    ("/exports/controle", &["riviera", "south_chief", "exploitant", "audits"]),
    ("/sejours", TAX),
    ("/<liste>/nouveau", ENTERS),
    ("/<liste>/registre", ENTERS),
    ("/<liste>/calcul", ENTERS),
    ("/<liste>/choisir", ENTERS),
    ("/logements", TAX),
    ("/deliberations", TAX),
    ("/tarifs", TAX),
    ("/bareme", TAX),
    ("/bareme/<annee>", &["riviera", "south_chief"]),
    ("/hebergeurs", TAX),
    ("/campagnes", TAX),
    ("/echeances", TAX),
    ("/declarations", TAX),
    ("/paiements", TAX),
    ("/ecritures", TAX),
    ("/calendrier", TAX),
    ("/defaillants", TAX),
    ("/actions", HERE),
    ("/imports", HERE_OR_RUNS),
    ("/imports/nouveau", ENTERS_OR_RUNS),
    ("/lignes", HERE_OR_RUNS),
    ("/anomalies", HERE_OR_RUNS),
    ("/imports/dossiers", &["riviera", "south_chief"]),
    ("/profils", HERE),
    ("/jetons", HERE),
    ("/tuiles", TAX),
    ("/recherche", HERE),
    ("/lettres", TAX),
    ("/modeles", TAX),
];
const TAX: &[&str] = &["gosier", "riviera", "demoted", "two", "south", "south_chief", "moved", "colleague", "reads", "enters"];
const ENTERS: &[&str] = &["gosier", "riviera", "demoted", "two", "south", "south_chief", "moved", "colleague", "enters"];
/// The same, and who runs the installation: the reference data are theirs to load.
const ENTERS_OR_RUNS: &[&str] = &["gosier", "riviera", "demoted", "two", "south", "south_chief", "moved", "colleague", "enters", "exploitant"];
/// Everybody.
const HERE_OR_RUNS: &[&str] =
    &["gosier", "riviera", "demoted", "two", "south", "south_chief", "moved", "colleague", "reads", "enters", "audits", "exploitant"];
/// Everybody but who runs the installation.
const HERE: &[&str] = &["gosier", "riviera", "demoted", "two", "south", "south_chief", "moved", "colleague", "reads", "enters", "audits"];

/// The people who may do no more than read the tax, or than enter it, left out of who opens a row where more is asked.
fn left_out(method: Method, route: &str) -> &'static [&'static str] {
    // Who reads the administration sees a token, or an import; they change neither, and read nothing of what a file holds.
    if route == "/jetons/<id>/revocation" || route.starts_with("/imports/<id>/") {
        return &["audits"];
    }
    // Who sets how the tax is worked on puts a deliberation in force.
    if route == "/deliberations/<id>/vigueur" || route == "/deliberations/<id>/suivi" {
        return &["gosier", "colleague", "demoted", "two", "reads", "enters", "south", "moved"];
    }
    // Nobody trusts a profile that is shared with no place.
    if route == "/profils/<id>/confiance" {
        return &["gosier", "south"];
    }
    let decides = [
        "/champs/<champ>",
        "/archivage",
        "/statut",
        "/fusion",
        "/logements/<id>/hebergeur",
        "/campagnes/<id>/",
        "/declarations/<id>/retrait",
        "/declarations/<id>/regularisation",
        "/paiements/<id>/annulation",
    ]
    .iter()
    .any(|part| route.contains(part));
    let enters = route.contains("/modifier")
        || route == "/declarations/<id>/paiement"
        || route.starts_with("/expediteurs")
        || route == "/envois/<id>/apercu"
        || route.contains("<genre>")
        || method == Method::Post;
    match (decides, enters) {
        (true, _) => &["reads", "enters"],
        (_, true) => &["reads"],
        _ => &[],
    }
}

/// The objects of a side: where they are, and who may open each.
pub struct Side {
    /// By the beginning of the route: the value of its parameter, and who may open it.
    pub objects: BTreeMap<&'static str, (String, Vec<&'static str>)>,
}

pub struct World {
    pub app: App,
    pub cookies: BTreeMap<&'static str, i64>,
    pub sides: [Side; 2],
}

async fn one(app: &App, sql: String) -> String {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).fetch_one(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn number_in(page: &Page) -> String {
    let place = page.header("Location").unwrap_or_else(|| panic!("an address: {} {}", page.status, page.text()));
    place.split(['/', '?', '&', '=', '.']).rfind(|part| part.chars().all(|c| c.is_ascii_digit()) && !part.is_empty()).expect("a number").to_string()
}

/// And whoever reads the administration of that side.
fn with_auditor(mut who: Vec<&'static str>, side: &Makers) -> Vec<&'static str> {
    who.extend((side.author == "gosier").then_some("audits"));
    who
}

/// What an agent makes: each object, by the beginning of its route, with who may open it.
async fn made_by(app: &App, browser: &Browser<'_>, side: &Makers) -> Side {
    let Makers { here, chief, author, sirens, commune } = side;
    let mut objects = BTreeMap::new();
    let rows = |table: &str| format!("SELECT min(id)::text FROM {table} WHERE code_insee = '{commune}'");
    let host = format!(
        "SELECT min(h.id)::text FROM hebergeur h WHERE EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id)
         AND NOT EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = h.id AND l.code_insee <> '{commune}')"
    );
    for (route, sql) in [("/sejours/<id>", rows("sejour")), ("/logements/<id>", rows("logement")), ("/hebergeurs/<id>", host)] {
        objects.insert(route, (one(app, sql).await, here.clone()));
    }
    objects.insert("/utilisateurs/<id>", (browser.user_id.to_string(), vec![*chief]));
    let export = browser.export("sejours", &format!("commune={commune}"), "csv_fr").await;
    app.run_jobs().await;
    objects.insert("/exports/<id>", (export.trim_start_matches("/exports/").to_string(), vec![*author]));
    let job = one(app, "SELECT max(id)::text FROM job".into()).await;
    objects.insert("/travaux/<id>", (job, with_auditor(vec![*author, *chief, "exploitant"], side)));
    let place = one(app, format!("SELECT id::text FROM collectivite WHERE siren = '{}'", sirens)).await;
    let view = |name: &'static str, shared: String| async move {
        number_in(&browser.post("/vues", &[("liste", "sejours"), ("etat", "statut=valide"), ("nom", name), ("partage", &shared)]).await)
    };
    let mine = view("À moi", String::new()).await;
    let view_number = one(app, "SELECT max(id)::text FROM vue".into()).await;
    assert!(!mine.is_empty());
    objects.insert("/vues/<id>", (view_number.clone(), vec![*author]));
    let form = [("vue", view_number.as_str()), ("format", "csv_fr"), ("quand", "q"), ("heure", "6"), ("garder", "4")];
    browser.post("/programmes", &form).await;
    objects.insert("/programmes/<id>", (one(app, "SELECT max(id)::text FROM export_programme".into()).await, vec![*author]));
    let page = browser
        .post("/sejours/actions", &[("requete", &format!("commune={commune}&statut=a_verifier")), ("action", "valider"), ("etendue", "filtre")])
        .await
        .ok();
    let token = page.attributes("input[name=jeton]", "value").first().cloned().expect("a form to confirm");
    browser.post("/actions", &[("jeton", &token)]).await;
    objects.insert("/actions/<id>", (one(app, "SELECT max(id)::text FROM action".into()).await, with_auditor(vec![*author, *chief], side)));
    let lines = format!("nom;commune\nHôte de {commune};{commune}\n");
    let sent = browser.send_files("/imports", &[("genre", "hebergeurs")], &[("hotes.csv", lines.as_bytes())]).await;
    assert_eq!(sent.status, Status::SeeOther, "{}", sent.text());
    objects.insert("/imports/<id>", (one(app, "SELECT max(id)::text FROM import".into()).await, with_auditor(vec![*author, *chief], side)));
    let profile = "INSERT INTO import_profil (genre, nom, auteur_id, contenu) VALUES ('hebergeurs', 'Un profil', $1, '{\"colonnes\": {\"raison\": \"nom\"}}') RETURNING id::text";
    let profile: String = sqlx::query_scalar(profile).bind(browser.user_id).fetch_one(app.pool()).await.expect("a profile");
    objects.insert("/profils/<id>", (profile, vec![*author]));
    let envoi = "INSERT INTO import_envoi (demandeur_id, genre, nom, octets, morceau) VALUES ($1, 'hebergeurs', 'a.csv', 10, 10) RETURNING id::text";
    let envoi: String = sqlx::query_scalar(envoi).bind(browser.user_id).fetch_one(app.pool()).await.expect("a file on its way");
    objects.insert("/imports/envois/<id>", (envoi, vec![*author]));
    let dossier = "INSERT INTO dossier_surveille (collectivite_id, genre, compte_id, cree_par) SELECT c.id, 'hebergeurs', $1, $1 FROM collectivite c WHERE c.siren = $2
                   RETURNING id::text";
    let dossier: String = sqlx::query_scalar(dossier).bind(browser.user_id).bind(sirens).fetch_one(app.pool()).await.expect("a folder");
    objects.insert("/imports/dossiers/<id>", (dossier, vec![*chief]));
    let token = "INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, expire_le)
                 SELECT $1, c.id, 'Un jeton', 'personnel', sha256($2::text::bytea), 'gardel_x', '{\"taxe\": 1}', ARRAY[c.id], now() + interval '1 day'
                 FROM collectivite c WHERE c.siren = $2 RETURNING id::text";
    let token: String = sqlx::query_scalar(token).bind(browser.user_id).bind(sirens).fetch_one(app.pool()).await.expect("a token");
    objects.insert("/jetons/<id>", (token, with_auditor(vec![*author, *chief], side)));
    objects.insert(
        "/journal/<id>",
        (one(app, "SELECT max(id)::text FROM journal WHERE objet = 'action'".into()).await, with_auditor(vec![*chief], side)),
    );
    let kept = "INSERT INTO saisie_gardee (utilisateur_id, chemin, retour, corps) VALUES ($1, '/sejours/1/champs/statut/retour', '', 'valeur=secret') RETURNING id::text";
    let kept: String = sqlx::query_scalar(kept).bind(browser.user_id).fetch_one(app.pool()).await.expect("a form");
    objects.insert("/reprise/<id>", (kept, vec![*author]));
    let notice = "INSERT INTO avis (utilisateur_id, ton, texte, lien) VALUES ($1, 'info', 'Un avis', '/') RETURNING id::text";
    let notice: String = sqlx::query_scalar(notice).bind(browser.user_id).fetch_one(app.pool()).await.expect("a notice");
    objects.insert("/avis/<id>", (notice, vec![*author]));
    let session: String = sqlx::query_scalar("SELECT max(id)::text FROM session WHERE utilisateur_id = $1")
        .bind(browser.user_id)
        .fetch_one(app.pool())
        .await
        .expect("a session");
    objects.insert("/compte/sessions/<id>", (session, vec![*author]));
    objects.insert("/textes/<id>", (place, vec![*chief]));
    let stay = objects["/sejours/<id>"].0.clone();
    let token = format!("{commune}abcdefghijklmnopqrst");
    browser.post(&format!("/sejours/{stay}/notes"), &[("texte", "Une note"), ("jeton", &token)]).await;
    browser.send_files(&format!("/sejours/{stay}/pieces"), &[("jeton", &token)], &[("bail.pdf", b"%PDF-1.7\n")]).await;
    // Its author alone corrects a note; a file is everybody's to read, and its author's or an administrateur's to remove.
    objects.insert("<note>", (one(app, "SELECT max(id)::text FROM note".into()).await, vec![*author]));
    objects.insert("<piece>", (one(app, "SELECT max(id)::text FROM piece_jointe".into()).await, vec![*author, *chief]));
    // A draft is its collectivité's.
    let draft = "INSERT INTO deliberation (siren, collectivite, date_deliberation, annee, debut, fin, communes, etat, source, applicable_du, tarif_4)
                 SELECT c.siren, c.nom, '2026-05-01', 2027, '01-01', '12-31', $2, 'brouillon', 'saisie', '2027-01-01', 100 FROM collectivite c WHERE c.siren = $1 RETURNING id::text";
    let draft: String = sqlx::query_scalar(draft).bind(sirens).bind(commune).fetch_one(app.pool()).await.expect("a draft");
    objects.insert("/deliberations/<id>", (draft, here.clone()));
    // A letter, what it was sent with, its template, who writes: those of the collectivité, whoever wrote them.
    for (who, sql) in [
        (
            "/expediteurs/<id>",
            "INSERT INTO lettre_expediteur (collectivite_id, adresse, code_postal, ville, qualite) SELECT id, '1 rue', '97190', 'Ici', 'Le maire' FROM collectivite WHERE siren = $2 AND $1::bigint > 0 ON CONFLICT (collectivite_id) DO UPDATE SET adresse = '1 rue' RETURNING collectivite_id::text",
        ),
        (
            "/modeles/<id>",
            "INSERT INTO lettre_modele (collectivite_id, nom, genre, objet, corps, modifie_par) SELECT id, 'Un modèle', 'libre', 'Objet', 'Corps', $1 FROM collectivite WHERE siren = $2 RETURNING id::text",
        ),
    ] {
        let id: String = sqlx::query_scalar(sql).bind(browser.user_id).bind(sirens).fetch_one(app.pool()).await.expect("a row");
        objects.insert(who, (id, here.clone()));
    }
    let host = objects["/hebergeurs/<id>"].0.clone();
    app.run_sql(&format!("UPDATE hebergeur SET adresse = '1 rue', code_postal = '97190', ville = 'Ici' WHERE id = {host}")).await;
    let envoi = number_in(&browser.post(&format!("/hebergeurs/{host}/lettres"), &[]).await);
    let form = [("modele", "maison:libre"), ("saisie.objet", "Bonjour"), ("saisie.texte", "Un mot"), ("jour", "23/11/2026"), ("fait", "envoyer")];
    let letter = number_in(&browser.post(&format!("/envois/{envoi}"), &form).await);
    app.run_sql(&format!(
        "INSERT INTO lettre_volume (envoi_id, rang, premiere, derniere, lettres, chemin, octets, sha256) SELECT envoi_id, 0, 0, 0, 1, chemin, octets, sha256 FROM lettre WHERE id = {letter}"
    ))
    .await;
    objects.insert("/envois/<id>", (envoi, here.clone()));
    objects.insert("/lettres/<id>", (letter, here.clone()));
    // A closure is whoever sees its lodging's.
    let lodging = objects["/logements/<id>"].0.clone();
    browser.post(&format!("/logements/{lodging}/fermetures"), &[("debut", "01/03/2026"), ("fin", ""), ("motif", "Travaux")]).await;
    objects.insert("<periode>", (one(app, "SELECT max(id)::text FROM fermeture".into()).await, here.clone()));
    // A campaign of that collectivité, and the declaration of one of its hosts.
    let campaign = format!(
        "INSERT INTO campagne (collectivite_id, nom, debut, fin, limite, etat) SELECT id, 'Essai', '2019-01-01', '2019-03-31', '2019-04-15', 'ouverte' FROM collectivite WHERE siren = '{sirens}' RETURNING id::text"
    );
    let campaign = one(app, campaign).await;
    let declaration = format!(
        "INSERT INTO declaration (campagne_id, collectivite_id, code_insee, collecteur, hebergeur_id, debut, fin, limite)
         SELECT g.id, g.collectivite_id, '{commune}', 'hote', (SELECT min(hebergeur_id) FROM logement WHERE code_insee = '{commune}'), g.debut, g.fin, g.limite FROM campagne g WHERE g.id = {campaign} RETURNING id::text"
    );
    objects.insert("/declarations/<id>", (one(app, declaration).await, here.clone()));
    // A payment of it.
    app.run_sql(&format!("UPDATE declaration SET etat = 'deposee' WHERE campagne_id = {campaign}")).await;
    let paid = format!(
        "WITH d AS (SELECT * FROM declaration WHERE campagne_id = {campaign}),
              o AS (INSERT INTO operation (collectivite_id, genre, jour, libelle) SELECT collectivite_id, 'encaissement', '2019-04-01', 'Essai' FROM d RETURNING *),
              e AS (INSERT INTO ecriture (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)
                    SELECT o.id, o.collectivite_id, o.jour, c.compte, NULL, d.hebergeur_id, 'hote', c.debit, c.credit
                    FROM d, o, (VALUES ('especes', 100, 0), ('trop_percu', 0, 100)) c (compte, debit, credit) RETURNING 1)
         INSERT INTO paiement (operation_id, collectivite_id, hebergeur_id, collecteur, moyen, montant, recu_le, quittance_annee, quittance_numero, jeton)
         SELECT o.id, o.collectivite_id, d.hebergeur_id, 'hote', 'especes', 100, '2019-04-01', 2019, 1, 'essai-' || o.id FROM d, o RETURNING id::text"
    );
    let paid = one(app, paid).await;
    let entry = format!("SELECT min(e.id)::text FROM ecriture e JOIN paiement p USING (operation_id) WHERE p.id = {paid}");
    objects.insert("/ecritures/<id>", (one(app, entry).await, here.clone()));
    objects.insert("/paiements/<id>", (paid, here.clone()));
    objects.insert("/campagnes/<id>", (campaign, here.clone()));
    Side { objects }
}

struct Makers {
    here: Vec<&'static str>,
    chief: &'static str,
    author: &'static str,
    sirens: &'static str,
    commune: &'static str,
}

pub async fn world() -> World {
    // An identity provider that never answers: its pages are there.
    let provider = serde_json::json!({"emetteur": "http://127.0.0.1:9", "client": "a", "secret": "b", "nom": "Annuaire"});
    // A mail server too, whose pages are there.
    let post = serde_json::json!({"url": "smtp://127.0.0.1:9?tls=aucun", "expediteur": "x@ville.gp"});
    let app = App::with(|config| {
        config.adresse_publique = Some("http://localhost".into());
        config.oidc = Some(serde_json::from_value(provider).expect("settings"));
        config.smtp = Some(serde_json::from_value(post).expect("settings"));
    })
    .await;
    let mut cookies = BTreeMap::new();
    for (name, role, sirens) in [
        ("disabled", "agent", &[LE_GOSIER][..]),
        ("gosier", "agent", &[LE_GOSIER]),
        ("colleague", "agent", &[LE_GOSIER]),
        ("riviera", "administrateur", &[RIVIERA]),
        ("demoted", "administrateur", &[RIVIERA]),
        ("two", "agent", &[LE_GOSIER, GRAND_SUD]),
        ("south", "agent", &[GRAND_SUD]),
        ("south_chief", "administrateur", &[GRAND_SUD]),
        ("moved", "agent", &[RIVIERA]),
        ("exploitant", "exploitant", &[RIVIERA]),
        ("reads", "sur_mesure", &[LE_GOSIER]),
        ("enters", "sur_mesure", &[LE_GOSIER]),
        ("audits", "sur_mesure", &[LE_GOSIER]),
    ] {
        cookies.insert(name, app.person(role, sirens).await.user_id);
    }
    for (name, module, niveau) in [("reads", "taxe", 1), ("enters", "taxe", 2), ("audits", "administration", 1)] {
        let who = cookies[name];
        app.run_sql(&format!(
            "INSERT INTO droit SELECT {who}, collectivite_id, '{module}', {niveau} FROM utilisateur_collectivite WHERE utilisateur_id = {who}"
        ))
        .await;
    }
    let gosier = app.signed_in(cookies["gosier"]).await;
    let north = Makers {
        here: vec!["gosier", "colleague", "riviera", "demoted", "two", "reads", "enters"],
        chief: "riviera",
        author: "gosier",
        sirens: LE_GOSIER,
        commune: "97113",
    };
    let one = made_by(&app, &gosier, &north).await;
    let south = app.signed_in(cookies["south"]).await;
    let makers =
        Makers { here: vec!["south", "south_chief", "moved", "two"], chief: "south_chief", author: "south", sirens: GRAND_SUD, commune: "97105" };
    let two = made_by(&app, &south, &makers).await;
    // Rights of some change while their session lives.
    app.run_sql(&format!("UPDATE utilisateur SET role = 'agent' WHERE id = {}", cookies["demoted"])).await;
    app.run_sql(&format!("UPDATE utilisateur SET actif = false WHERE id = {}", cookies["disabled"])).await;
    app.run_sql(&format!(
        "UPDATE utilisateur_collectivite SET collectivite_id = (SELECT id FROM collectivite WHERE siren = '{GRAND_SUD}') WHERE utilisateur_id = {}",
        cookies["moved"]
    ))
    .await;
    World { app, cookies, sides: [one, two] }
}

impl World {
    async fn browser(&self, name: &str) -> Browser<'_> {
        match self.cookies.get(name) {
            None => self.app.anonymous(),
            Some(id) => self.app.signed_in(*id).await,
        }
    }

    /// Every mounted route of a method, without its query.
    pub fn routes(&self, method: Method) -> BTreeSet<String> {
        // Programs have a door of their own (`api::refus`), which no session opens.
        let routes = self.app.client.rocket().routes().filter(|route| route.method == method && !route.uri.path().starts_with("/api/"));
        routes.map(|route| route.uri.path().to_string()).collect()
    }

    /// The address of a route for the objects of a side, and who may open it; `None` when the route has no object of
    /// somebody.
    pub fn address(&self, route: &str, side: &Side) -> Option<(String, Vec<&'static str>)> {
        if let Some((key, (value, who))) =
            side.objects.iter().find(|(key, _)| route == **key || route.strip_prefix(**key).is_some_and(|rest| rest.starts_with('/')))
        {
            let address = route.replacen(key, &key.replacen("<id>", value, 1), 1);
            return Some((
                address.replace("<genre>", "fermetures").replace("<rang>", "0").replace("<periode>", &side.objects["<periode>"].0),
                who.clone(),
            ));
        }
        let stays = &side.objects["/sejours/<id>"];
        for (kind, name) in [("notes", "<note>"), ("pieces", "<piece>")] {
            let Some(rest) = route.strip_prefix(&format!("/<liste>/<id>/{kind}")) else { continue };
            let (value, makers) = &side.objects[name];
            // Read by whoever sees the row, but for the form that corrects a note.
            let who = if rest.is_empty() || rest == "/<piece>" { &stays.1 } else { makers };
            return Some((format!("/sejours/{}/{kind}{}", stays.0, rest.replace(name, value)), who.clone()));
        }
        for (start, of_stays) in [("/<liste>/<id>/champs/<champ>", "champs/statut"), ("/<liste>/<id>/modifier", "modifier")] {
            if route.starts_with(start) {
                return Some((route.replacen(start, &format!("/sejours/{}/{of_stays}", stays.0), 1), stays.1.clone()));
            }
        }
        // The page that a record makes, where its room writes none.
        if route == "/<liste>/<id>" {
            return Some((format!("/sejours/{}", stays.0), stays.1.clone()));
        }
        if route == "/<liste>/<id>/archivage" {
            let host = &side.objects["/hebergeurs/<id>"];
            return Some((format!("/hebergeurs/{}/archivage", host.0), host.1.clone()));
        }
        None
    }
}

fn is_signed_out(page: &Page) -> bool {
    let place = page.header("Location").unwrap_or_default();
    (page.status == Status::SeeOther && place.starts_with("/connexion")) || page.status == Status::Unauthorized
}

fn reserved(route: &str) -> Option<&'static [&'static str]> {
    let longest = RESERVED.iter().filter(|(start, _)| route == *start || route.strip_prefix(start).is_some_and(|rest| rest.starts_with('/')));
    longest.max_by_key(|(start, _)| start.len()).map(|(_, who)| *who)
}

/// A route with parameters that are not somebody's objects, filled.
pub fn filled(route: &str) -> String {
    let known = [
        ("<file>", "exports"),
        ("<code>", "97113"),
        ("<annee>", "2027"),
        ("<name>", "agent"),
        ("<jeton>", "inconnu"),
        ("<id>", "1"),
        ("<liste>", "sejours"),
        ("<field>", "logement_id"),
    ];
    known.iter().fold(route.to_string(), |text, (name, value)| text.replace(name, value))
}

#[rocket::async_test]
async fn every_page_opens_to_whom_it_must() {
    let world = world().await;
    let routes = world.routes(Method::Get);
    assert!(routes.len() > 50, "{routes:?}");
    let (mut asked, mut faults) = (0, Vec::new());
    for name in PEOPLE {
        let browser = world.browser(name).await;
        let out = ["nobody", "disabled"].contains(&name);
        for route in &routes {
            let public = PUBLIC.contains(&route.as_str());
            let objects: Vec<(String, Vec<&str>)> = world.sides.iter().filter_map(|side| world.address(route, side)).collect();
            for (address, who) in &objects {
                let who: Vec<&str> = who.iter().filter(|name| !left_out(Method::Get, route).contains(name)).copied().collect();
                let page = browser.get(address).await;
                asked += 1;
                // To the list, for a view; to the home page, for what is not theirs to take up again.
                let led = page.header("Location").is_some_and(|place| place != "/");
                let opened = page.status.class().is_success() || (page.status == Status::SeeOther && led && !is_signed_out(&page));
                let right =
                    if out { is_signed_out(&page) } else { opened == who.contains(&name) && (opened || [303, 403, 404].contains(&page.status.code)) };
                if !right {
                    faults.push(format!("{name} {address}: {} (for {who:?})", page.status));
                }
            }
            if !objects.is_empty() {
                continue;
            }
            assert!(public || !route.contains("<id>") || route.starts_with("/travaux/planifications"), "{route} has no line in this matrix");
            let page = browser.get(&filled(route)).await;
            asked += 1;
            let right = match reserved(route) {
                // Without a password given first, the page of the code leads back to it.
                _ if route == "/connexion/code" || route == "/connexion/externe/fin" => is_signed_out(&page),
                _ if route == "/connexion/externe" || (route == "/compte/identite/depart" && !out) => page.status == Status::ServiceUnavailable,
                _ if public => !is_signed_out(&page) && page.status.code < 500,
                _ if out => is_signed_out(&page),
                Some(who) => (page.status != Status::Forbidden) == who.contains(&name) && page.status.code < 500,
                None => page.status.code < 400 && !is_signed_out(&page),
            };
            if !right {
                faults.push(format!("{name} {route}: {}", page.status));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {asked}:\n{}", faults.len(), faults.join("\n"));
    assert!(asked > 800, "{asked}");
}

/// A form with every field that any of ours has: what it is refused for is the person, not what is missing.
pub fn everything(world: &World) -> Vec<(&'static str, String)> {
    let place = world.sides[0].objects["/textes/<id>"].0.clone();
    [
        ("nom", "Pris"),
        ("role", "administrateur"),
        ("actif", "true"),
        ("version", "1"),
        ("statut", "rejete"),
        ("motif", "1"),
        ("precision", "x"),
        ("valeur", "valide"),
        ("faire", "archiver"),
        ("avec", "2"),
        ("liste", "sejours"),
        ("etat", "statut=valide"),
        ("requete", ""),
        ("format", "csv_fr"),
        ("action", "valider"),
        ("etendue", "filtre"),
        ("quand", "q"),
        ("heure", "6"),
        ("garder", "4"),
        ("jeton", "x"),
        ("courriel", "pris@ville.gp"),
        ("demande", "1"),
        ("pause", "true"),
        ("suspendu", "true"),
        ("partage", ""),
        ("libelle", "Pris"),
        ("pour", "rejete"),
        ("par_personne", "1"),
        ("globale", "1"),
        ("simultanees", "1"),
        ("age_max", "10"),
        ("lignes_mortes", "1000"),
        ("expression", "0 0 * * *"),
        ("etalement", "0"),
        ("cause", ""),
        ("file", "exports"),
        ("texte", "Pris"),
        ("retour", "/"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_string()))
    .chain([("collectivites", place)])
    .collect()
}

/// What every table holds, but what a request leaves anyway: sessions seen, attempts counted.
async fn state(app: &App) -> BTreeMap<String, String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT c.relispartition
           AND c.relname NOT IN ('session', 'frein_connexion')",
    )
    .fetch_all(app.pool())
    .await
    .expect("the tables");
    let mut state = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t");
        state.insert(table, one(app, sql).await);
    }
    state
}

#[rocket::async_test]
async fn whoever_may_not_open_changes_nothing() {
    let world = world().await;
    let routes = world.routes(Method::Post);
    assert!(routes.len() > 40, "{routes:?}");
    let form = everything(&world);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let before = state(&world.app).await;
    assert!(before.len() > 25, "{before:?}");
    let mut asked = 0;
    for name in PEOPLE {
        let browser = world.browser(name).await;
        let out = ["nobody", "disabled"].contains(&name);
        for route in routes.iter().filter(|route| !PUBLIC.contains(&route.as_str()) && !route.ends_with("<_..>")) {
            let addresses: Vec<(String, bool)> = world
                .sides
                .iter()
                .filter_map(|side| world.address(route, side))
                .map(|(address, who)| (address, who.contains(&name) && !left_out(Method::Post, route).contains(&name)))
                .collect();
            let reserved = reserved(route).is_some_and(|who| !who.contains(&name));
            let lone = addresses.is_empty().then(|| (filled(route), !(out || reserved)));
            for (address, may) in addresses.into_iter().chain(lone) {
                if may {
                    continue;
                }
                let page = browser.post(&address, &form).await;
                asked += 1;
                // A form kept for somebody else is « no longer there ».
                let led = page.status == Status::SeeOther && route.starts_with("/reprise");
                let refused = if out { is_signed_out(&page) } else { led || (page.status.code >= 400 && page.status.code < 500) };
                assert!(refused, "{name} {address}: {} {:?}", page.status, page.header("Location"));
            }
        }
        let after = state(&world.app).await;
        let changed: Vec<&String> = before.iter().filter(|(table, content)| after.get(*table) != Some(content)).map(|(table, _)| table).collect();
        assert!(changed.is_empty(), "{name} changed {changed:?}");
    }
    assert!(asked > 500, "{asked}");
}
