//! What somebody may have written, made to be taken for something else, in every text that the base holds, then shown by
//! every page, every part of one, the welcome letter, and the log: it is words everywhere, and never an element, an
//! attribute, an address, a header or a line of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};
use std::process::Stdio;

use rocket::http::{Method, Status};
use scraper::{Html, Node};
use sqlx::AssertSqlSafe;

use crate::matrice::{World, filled, world};
use crate::support::program::{GARDEL, program};
use crate::support::{App, Page};

/// A word that nothing of ours contains.
const MARK: &str = "zqx7";

/// Each is turned against another place where a text may stand.
const PAYLOADS: [&str; 10] = [
    "<script>zqx7()</script>",
    "\"><img src=x onerror=zqx7()>",
    "' onmouseover='zqx7()",
    "javascript:zqx7()",
    "</title></textarea><svg onload=zqx7()>",
    "--><zqx7>",
    "{{ zqx7 }}{% zqx7 %}",
    "&lt;zqx7&gt;&#60;zqx7>",
    "zqx7\r\nSet-Cookie: zqx7=1",
    "//zqx7.example/\\zqx7",
];

/// Columns that only programs write, and read as codes: a name of a list, a state, a place in the store.
const CODES: &[&str] = &[
    "_sqlx_migrations",
    // Words of letters and digits alone: its trigger cuts them so.
    "vocabulaire",
    "secret",
    "version_donnees",
    "job.queue",
    "job.name",
    "job.state",
    "job.unique_key",
    "job.leased_by",
    "export.liste",
    "export.format",
    "export.etat",
    "export.cle",
    "export.fichier",
    "export.sha256",
    "export_programme.liste",
    "export_programme.format",
    "vue.liste",
    "action.liste",
    "action.nom",
    "action.etat",
    "saisie_gardee.chemin",
    "piece_jointe.chemin",
    "planification",
    "schedule",
    "file_limite",
    "journal.action",
    "journal.objet",
    "utilisateur.role",
    "collectivite.siren",
    "collectivite.type",
    "epci.siren",
    "commune.code_insee",
];

/// Columns that a rule of the base (a check, a domain, a key) keeps from any payload.
const GUARDED: &[&str] = &[
    "action.etendue",
    "action_ligne.etat",
    "avis.lien",
    "avis.ton",
    "campagne.etat",
    "campagne.genre",
    "collectivite_commune.code_insee",
    "commune.epci_siren",
    "commune.siren",
    "declaration.code_insee",
    "declaration.collecteur",
    "declaration.etat",
    "deliberation.communes",
    "deliberation.debut",
    "deliberation.etat",
    "deliberation.fin",
    "deliberation.regime_1",
    "deliberation.regime_10",
    "deliberation.regime_11",
    "deliberation.regime_2",
    "deliberation.regime_3",
    "deliberation.regime_4",
    "deliberation.regime_5",
    "deliberation.regime_6",
    "deliberation.regime_7",
    "deliberation.regime_8",
    "deliberation.regime_9",
    "deliberation.siren",
    "deliberation.source",
    "deliberation_commune.code_insee",
    "droit.module",
    "echeance.genre",
    "ecriture.collecteur",
    "ecriture.compte",
    "epci.type",
    "export_programme.rythme",
    "hebergeur.siret",
    "hebergeur.type",
    "hebergeur_commune.code_insee",
    "import.etat",
    "import.mode",
    "import.sha256",
    "jeton_api.genre",
    "lettre.genre",
    "lettre.sha256",
    "lettre_delai.code",
    "lettre_envoi.etat",
    "lettre_envoi.genre",
    "lettre_expediteur.code_postal",
    "lettre_modele.corps",
    "lettre_modele.genre",
    "lettre_modele.objet",
    "lettre_volume.sha256",
    "logement.code_insee",
    "logement.numero_enregistrement",
    "motif.statut",
    "note.liste",
    "operation.genre",
    "operation.libelle",
    "operation.motif",
    "paiement.collecteur",
    "paiement.jeton",
    "paiement.moyen",
    "paiement.reference",
    "piece_jointe.liste",
    "piece_jointe.nature",
    "piece_jointe.sha256",
    "plateforme.code",
    "regle_legale.code",
    "regle_legale.jour",
    "sejour.code_insee",
    "sejour.collecteur",
    "sejour.source",
    "sejour.statut",
];

/// Puts a payload into every row of every column of text that takes one; the columns that took it.
async fn poison(app: &App) -> BTreeSet<String> {
    app.run_sql("ALTER TABLE journal DISABLE TRIGGER journal_fige").await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
           AND format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) IN ('text', 'character varying', 'citext') ORDER BY 1, 2",
    )
    .fetch_all(app.pool())
    .await
    .expect("the columns");
    assert!(columns.len() > 60, "{} columns of text", columns.len());
    let (mut taken, mut guarded) = (BTreeSet::new(), BTreeSet::new());
    for (table, column, _) in columns {
        let name = format!("{table}.{column}");
        if CODES.contains(&table.as_str()) || CODES.contains(&name.as_str()) {
            continue;
        }
        let list = PAYLOADS.map(|payload| format!("'{}'", payload.replace('\'', "''"))).join(", ");
        // Different ones from row to row; some must be unique, or short, or have no line end.
        let numbered = format!("(ARRAY[{list}])[1 + (n + {}) % {}]", column.len() + table.len(), PAYLOADS.len());
        let shapes = [
            numbered.clone(),
            format!("{numbered} || n"),
            format!("translate({numbered}, E'\\r\\n', '')"),
            format!("'<{MARK}>'"),
            format!("'\"><{MARK}>' || n || '@{MARK}.gp'"),
        ];
        for shape in shapes {
            let sql = format!(
                "UPDATE {table} t SET {column} = {shape} FROM (SELECT ctid AS place, tableoid AS part, row_number() OVER ()::int AS n FROM {table}) r
                 WHERE t.ctid = r.place AND t.tableoid = r.part AND t.{column} IS NOT NULL"
            );
            // A column that a rule of the base guards keeps what it has.
            if let Ok(done) = sqlx::query(AssertSqlSafe(sql)).execute(app.pool()).await {
                if done.rows_affected() > 0 {
                    taken.insert(name.clone());
                }
                guarded.remove(&name);
                break;
            }
            guarded.insert(name.clone());
        }
    }
    assert_eq!(guarded.iter().map(String::as_str).collect::<Vec<_>>(), GUARDED, "columns that a rule of the base keeps from any payload");
    // What a line tells: names, reasons, values of before and after.
    app.run_sql(
        "UPDATE journal SET detail = detail || jsonb_build_object('nom', '<script>zqx7()</script>', 'motif', '\"><img src=x onerror=zqx7()>',
             'cause', 'javascript:zqx7()', 'fichier', '</td><zqx7>', 'libelle', jsonb_build_object('avant', '<zqx7>', 'apres', '<zqx7 onload=zqx7()>'))",
    )
    .await;
    taken
}

/// Attributes that lead somewhere.
const LEADING: [&str; 9] = ["href", "src", "action", "formaction", "hx-get", "hx-post", "poster", "data", "xlink:href"];

/// What a page holds that a text must never become.
fn faults(page: &Page) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in &page.headers {
        let named = ["location", "content-disposition", "hx-redirect", "hx-replace-url", "hx-push-url"].contains(&name.to_lowercase().as_str());
        if value.contains(['\r', '\n']) || (value.contains(MARK) && !named) || (name == "Set-Cookie" && value.contains(MARK)) {
            faults.push(format!("header {name}: {value}"));
        }
        let inside = value == "false" || (value.starts_with('/') && !value.starts_with("//") && !value.starts_with("/\\"));
        if named && name.to_lowercase() != "content-disposition" && !inside {
            faults.push(format!("leads out: {name}: {value}"));
        }
    }
    if page.header("X-Content-Type-Options").as_deref() != Some("nosniff") {
        faults.push("nosniff is missing".into());
    }
    if !page.header("Content-Type").is_some_and(|kind| kind.starts_with("text/html")) {
        return faults;
    }
    let text = page.text();
    for node in Html::parse_document(&text).tree.nodes() {
        match node.value() {
            Node::Comment(comment) if comment.contains(MARK) => faults.push(format!("comment {comment:?}")),
            Node::Element(element) => {
                let name = element.name();
                let inline = name == "script" && (element.attr("src").is_none() || node.has_children());
                if name.contains(MARK) || inline || ["style", "iframe", "object", "embed", "base", "template"].contains(&name) {
                    faults.push(format!("element {name}"));
                }
                for (attribute, value) in element.attrs() {
                    let meant: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>().to_lowercase();
                    let scheme = ["javascript:", "data:", "vbscript:"].iter().any(|scheme| meant.starts_with(scheme));
                    let out = value.contains(MARK) && !["/", "?", "#", "mailto:", "tel:"].iter().any(|start| meant.starts_with(start));
                    let host = meant.starts_with("//") || meant.starts_with("/\\");
                    if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" || attribute.contains(MARK) {
                        faults.push(format!("attribute {attribute} of {name}"));
                    }
                    if LEADING.contains(&attribute) && (scheme || out || host) {
                        faults.push(format!("{name} {attribute}={value}"));
                    }
                    if attribute.starts_with("hx-on") || (attribute == "hx-vals" && meant.starts_with("js:")) {
                        faults.push(format!("{attribute} of {name}"));
                    }
                }
            }
            _ => {}
        }
    }
    faults
}

/// Everything that can be opened, as those who see the most of it.
async fn pages(world: &World) -> BTreeMap<String, Page> {
    let mut pages = BTreeMap::new();
    for name in ["gosier", "riviera", "exploitant", "south_chief"] {
        let browser = world.app.signed_in(world.cookies[name]).await;
        for route in world.routes(Method::Get) {
            let mut addresses: Vec<String> = world.sides.iter().filter_map(|side| world.address(&route, side)).map(|(address, _)| address).collect();
            if addresses.is_empty() {
                addresses.push(filled(&route));
            }
            for address in addresses {
                // One thing wrong at a time: a list that refuses a question looks no further.
                for question in
                    ["", "?q=%3Czqx7%3E", "?statut=%22%3E%3Czqx7%3E", "?tri=%3Czqx7%3E", "?vers=%3Czqx7%3E", "?de=%3Czqx7%3E&retour=//zqx7.example"]
                {
                    let asked = format!("{address}{question}");
                    pages.insert(format!("{name} {asked}"), browser.get(&asked).await);
                    if question.len() < 20 {
                        pages.insert(format!("{name} {asked} (part)"), browser.fragment(&asked).await);
                    }
                }
            }
        }
    }
    pages
}

#[rocket::async_test]
async fn what_was_written_is_words_wherever_it_is_shown() {
    let world = world().await;
    let taken = poison(&world.app).await;
    for known in
        ["logement.nom", "hebergeur.nom", "utilisateur.nom", "utilisateur.courriel", "motif.libelle", "vue.nom", "avis.texte", "journal.acteur"]
    {
        assert!(taken.contains(known), "{known} took nothing: {taken:?}");
    }
    assert!(taken.len() > 40, "{taken:?}");
    // Each fault once, with the first page that has it.
    let (mut wrong, mut shown, mut opened) = (BTreeMap::new(), 0, 0);
    for (address, page) in pages(&world).await {
        for fault in faults(&page) {
            wrong.entry(fault).or_insert_with(|| address.clone());
        }
        if page.status.code >= 500 && !address.contains("/externe") && !address.contains("/identite") {
            wrong.insert(page.status.to_string(), address.clone());
        }
        opened += usize::from(page.status == Status::Ok);
        // Without a question: what it shows comes from the base.
        shown += usize::from(!address.contains('?') && page.text().contains(MARK));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(opened > 300 && shown > 150, "{opened} opened, {shown} show it");
    the_letter(&world).await;
}

/// The welcome letter is a template that a collectivité may write: what it is given is escaped all the same.
async fn the_letter(world: &World) {
    let chief = world.app.signed_in(world.cookies["riviera"]).await;
    world.app.run_sql("UPDATE session SET confirmee_le = now()").await;
    let account = &world.sides[0].objects["/utilisateurs/<id>"].0;
    let page = chief.post(&format!("/utilisateurs/{account}/liens"), &[]).await.ok();
    assert!(page.text().contains(MARK), "the letter names somebody");
    assert_eq!(faults(&page), Vec::<String>::new());
}

/// A line of the log is one object, whatever the address, the headers or the name of a program hold.
#[rocket::async_test]
async fn nothing_writes_a_line_of_the_log_of_its_own() {
    let app = App::new().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|door| door.local_addr()).expect("a port").port();
    let mut server = program(GARDEL, app.folder.path(), &app.url)
        .arg("serve")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs([("ROCKET_ADDRESS", "127.0.0.1"), ("GARDEL_JOURNAUX", "json"), ("GARDEL_ADRESSE_PUBLIQUE", "http://localhost")])
        .env("ROCKET_PORT", port.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let ask = |method: &'static str, path: &'static str, headers: &'static str| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let text = format!("{method} {path} HTTP/1.1\r\n{headers}User-Agent: {{\"level\":\"{MARK}\"}}\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()
    };
    let ours = "Host: localhost\r\n";
    let mut looks = 0;
    while ask("GET", "/connexion", ours).await.is_none() {
        looks += 1;
        assert!(looks < 1_200 && server.try_wait().expect("its state").is_none(), "the server does not answer");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for (method, path, headers) in [
        ("GET", "/sejours%0A%7B%22level%22:%22zqx7%22%7D", ours),
        ("GET", "/%0D%0Azqx7?q=%0Azqx7", ours),
        ("GET", "/connexion?retour=%1b%5b2Jzqx7", ours),
        ("GET", "/utilisateurs/%E2%80%A8zqx7", ours),
        // What the log tells of those who ask: another host, another site.
        ("GET", "/connexion", "Host: \"},{\"level\":\"zqx7\"}\t\u{2028}\r\n"),
        ("POST", "/connexion", "Host: localhost\r\nOrigin: \"}{\"level\":\"zqx7\"}\tx\r\nContent-Length: 0\r\n"),
    ] {
        ask(method, path, headers).await.expect("an answer");
    }
    // It writes its log beside its answers: a line may come after the answer that it tells of.
    let mut written = std::io::BufReader::new(server.stderr.take().expect("its log"));
    let (told, heard) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        while written.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            let _gone = told.send(std::mem::take(&mut line));
        }
    });
    let mut log = String::new();
    while !log.contains("\"path\":\"/refus-origine\"")
        && let Ok(line) = heard.recv_timeout(std::time::Duration::from_secs(60))
    {
        log.push_str(&line);
    }
    server.kill().expect("ended");
    reader.join().expect("the end of its log");
    log.extend(heard.try_iter());
    server.stdout.take().expect("its words").read_to_string(&mut log).expect("a text");
    server.wait().expect("ended");
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let marked = lines.iter().filter(|line| line.contains(MARK)).count();
    assert!(lines.len() > 6 && marked >= 4, "{marked} lines tell of it: {log}");
    for line in lines {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object() && value["level"] != MARK, "{line}");
        assert!(!line.contains('\u{1b}') && !line.contains('\u{2028}'), "{line}");
    }
}
