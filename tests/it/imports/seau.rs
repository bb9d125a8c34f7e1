//! A watched place that is a bucket: what a store that speaks S3 is asked, over HTTP, by a file that arrives, is loaded and is put aside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gardel::platform::jobs::RunnerSettings;
use gardel::platform::store::Files;
use gardel::worker;
use object_store::ClientOptions;
use object_store::aws::AmazonS3Builder;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::dossiers::{FILE, declared};
use super::{confirm, state};
use crate::support::App;
use crate::support::app::{LE_GOSIER, RIVIERA};

type Seau = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// What a store is asked: the verb, the key, the question, the headers, the body.
struct Demande {
    verbe: String,
    cle: String,
    question: BTreeMap<String, String>,
    entetes: BTreeMap<String, String>,
    corps: Vec<u8>,
}

fn clair(texte: &str) -> String {
    percent_encoding::percent_decode_str(texte).decode_utf8_lossy().into_owned()
}

async fn lue(connexion: &mut BufReader<TcpStream>) -> Option<Demande> {
    let mut ligne = String::new();
    connexion.read_line(&mut ligne).await.ok()?;
    let mut mots = ligne.split_whitespace();
    let (verbe, adresse) = (mots.next()?.to_string(), mots.next()?.to_string());
    let mut entetes = BTreeMap::new();
    loop {
        let mut ligne = String::new();
        connexion.read_line(&mut ligne).await.ok()?;
        let Some((nom, valeur)) = ligne.trim_end().split_once(':') else { break };
        entetes.insert(nom.to_lowercase(), valeur.trim().to_string());
    }
    let mut corps = vec![0; entetes.get("content-length").and_then(|taille| taille.parse().ok()).unwrap_or(0)];
    connexion.read_exact(&mut corps).await.ok()?;
    let (chemin, question) = adresse.split_once('?').unwrap_or((&adresse, ""));
    let question = question.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")));
    Some(Demande {
        verbe,
        cle: clair(chemin.trim_start_matches('/').split_once('/').map_or("", |(_, cle)| cle)),
        question: question.map(|(nom, valeur)| (clair(nom), clair(valeur))).collect(),
        entetes,
        corps,
    })
}

/// The keys right under a prefix, and the folders.
fn liste(seau: &BTreeMap<String, Vec<u8>>, question: &BTreeMap<String, String>) -> String {
    let prefixe = question.get("prefix").map_or("", String::as_str);
    let (mut fichiers, mut dossiers) = (String::new(), std::collections::BTreeSet::new());
    for (cle, octets) in seau.iter().filter(|(cle, _)| cle.starts_with(prefixe)) {
        match cle[prefixe.len()..].split_once('/').filter(|_| question.contains_key("delimiter")) {
            Some((dossier, _)) => drop(dossiers.insert(format!("{prefixe}{dossier}/"))),
            None => {
                fichiers += &format!(
                    "<Contents><Key>{cle}</Key><LastModified>2026-11-23T14:00:00.000Z</LastModified><ETag>\"{}\"</ETag><Size>{}</Size></Contents>",
                    octets.len(),
                    octets.len()
                );
            }
        }
    }
    let dossiers: String = dossiers.iter().map(|dossier| format!("<CommonPrefixes><Prefix>{dossier}</Prefix></CommonPrefixes>")).collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{fichiers}{dossiers}</ListBucketResult>")
}

/// What it answers: a status, a body.
fn reponse(seau: &Seau, demande: &Demande) -> (&'static str, Vec<u8>) {
    let mut seau = seau.lock().expect("nobody panicked with it");
    match demande.verbe.as_str() {
        "GET" if demande.question.contains_key("list-type") => ("200 OK", liste(&seau, &demande.question).into_bytes()),
        "PUT" => {
            let copie = demande
                .entetes
                .get("x-amz-copy-source")
                .map(|source| clair(source.trim_start_matches('/').split_once('/').map_or("", |(_, cle)| cle)));
            let Some(octets) = copie.map_or_else(|| Some(demande.corps.clone()), |source| seau.get(&source).cloned()) else {
                return ("404 Not Found", Vec::new());
            };
            let part = demande.question.get("partNumber").map(|numero| format!("part:{}:{numero:0>5}", demande.cle));
            seau.insert(part.unwrap_or_else(|| demande.cle.clone()), octets);
            ("200 OK", b"<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>".to_vec())
        }
        "POST" if demande.question.contains_key("uploads") => {
            ("200 OK", b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>".to_vec())
        }
        "POST" if demande.question.contains_key("uploadId") => {
            let parts: Vec<String> = seau.keys().filter(|cle| cle.starts_with(&format!("part:{}:", demande.cle))).cloned().collect();
            let octets: Vec<u8> = parts.iter().filter_map(|part| seau.remove(part)).flatten().collect();
            seau.insert(demande.cle.clone(), octets);
            ("200 OK", b"<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>".to_vec())
        }
        // Several at once.
        "POST" => {
            let corps = String::from_utf8_lossy(&demande.corps).into_owned();
            let cles: Vec<&str> = corps.split("<Key>").skip(1).filter_map(|suite| suite.split("</Key>").next()).collect();
            cles.iter().for_each(|cle| drop(seau.remove(*cle)));
            let dites: String = cles.iter().map(|cle| format!("<Deleted><Key>{cle}</Key></Deleted>")).collect();
            ("200 OK", format!("<DeleteResult>{dites}</DeleteResult>").into_bytes())
        }
        "DELETE" => {
            seau.remove(&demande.cle);
            ("204 No Content", Vec::new())
        }
        _ => match (seau.get(&demande.cle), demande.entetes.get("range")) {
            (None, _) => ("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            (Some(octets), None) => ("200 OK", octets.clone()),
            (Some(octets), Some(part)) => {
                let (debut, fin) = part.trim_start_matches("bytes=").split_once('-').expect("a range");
                let (debut, fin): (usize, usize) = (debut.parse().expect("a place"), fin.parse().expect("a place"));
                ("206 Partial Content", octets[debut..octets.len().min(fin + 1)].to_vec())
            }
        },
    }
}

/// A bucket, and the store of it.
async fn seau() -> (Seau, Files) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seau = Seau::default();
    let tenu = Arc::clone(&seau);
    tokio::spawn(async move {
        while let Ok((connexion, _)) = listener.accept().await {
            let seau = Arc::clone(&tenu);
            tokio::spawn(async move {
                let mut connexion = BufReader::new(connexion);
                let Some(demande) = lue(&mut connexion).await else { return };
                let (statut, corps) = reponse(&seau, &demande);
                let part = demande.entetes.get("range").filter(|_| statut.starts_with("206")).map(|part| part.replace("bytes=", "bytes "));
                let part =
                    part.map_or(String::new(), |part| format!("Content-Range: {part}/{}\r\n", seau.lock().expect("whole")[&demande.cle].len()));
                let entete = format!(
                    "HTTP/1.1 {statut}\r\nContent-Length: {}\r\nETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 14:00:00 GMT\r\n{part}Connection: close\r\n\r\n",
                    corps.len()
                );
                let _sent = connexion.write_all(entete.as_bytes()).await;
                if demande.verbe != "HEAD" {
                    let _sent = connexion.write_all(&corps).await;
                }
            });
        }
    });
    gardel::platform::tls::install();
    let store = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_bucket_name("seau")
        .with_region("gp")
        .with_access_key_id("cle")
        .with_secret_access_key("secret");
    (seau, Files::from_store(Arc::new(store.build().expect("a store"))))
}

/// One pass, and the work that it asks for, by a worker whose files are in the bucket.
async fn passe(app: &App, files: &Files) {
    app.run_sql(
        "INSERT INTO job (queue, name, payload, title, priority, max_attempts) VALUES ('maintenance', 'dossiers_surveilles', '{}', 'x', 100, 1)",
    )
    .await;
    let runner = worker::runner(app.work_with_files(files.clone()), RunnerSettings { worker: "seau".into(), ..RunnerSettings::default() });
    runner.run_until_idle().await.expect("the queue answers");
}

fn noms(seau: &Seau, sous: &str) -> Vec<String> {
    seau.lock().expect("whole").keys().filter_map(|cle| cle.strip_prefix(sous).map(String::from)).collect()
}

#[rocket::async_test]
async fn a_bucket_is_watched() {
    let app = App::with(|config| config.deposes = Some("depot".into())).await;
    let agent = app.agent(LE_GOSIER).await;
    let chief = app.administrateur(RIVIERA).await;
    declared(&app, &chief, LE_GOSIER, "hebergeurs", agent.user_id).await;
    let (seau, files) = seau().await;
    let sous = format!("deposes/{LE_GOSIER}/hebergeurs/");
    for (nom, octets) in [("à lire.csv", FILE.as_bytes()), ("photo.csv", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..])] {
        files.put(&format!("{sous}{nom}"), octets.to_vec().into()).await.expect("put");
    }
    // Somebody's file already has the name that it would be given.
    files.put(&format!("{sous}traites/à lire.csv"), b"x".to_vec().into()).await.expect("put");
    for _ in 0..4 {
        passe(&app, &files).await;
    }
    let seen: Option<String> = app
        .one("SELECT (SELECT string_agg(concat_ws(' ', nom, etat, motif), '; ') FROM fichier_depose) || ' / ' || (SELECT string_agg(coalesce(avis, ''), '; ') FROM dossier_surveille)")
        .await;
    assert_eq!(app.one::<i64>("SELECT count(*) FROM import").await, 1, "{seen:?}");
    let id: i64 = app.one("SELECT id FROM import").await;
    assert_eq!(state(&app, id).await, "a_confirmer");
    confirm(&app, &agent, id).await;
    passe(&app, &files).await;
    assert_eq!(noms(&seau, &sous).iter().filter(|nom| !nom.contains('/')).count(), 0, "{:?}", noms(&seau, &sous));
    let traites = noms(&seau, &format!("{sous}traites/"));
    assert_eq!(traites.len(), 4, "{traites:?}");
    let place: i64 = app.one("SELECT f.id FROM fichier_depose f WHERE f.import_id IS NOT NULL").await;
    let contenu = |nom: &str| {
        seau.lock().expect("whole").get(&format!("{sous}traites/{nom}")).cloned().map(|octets| String::from_utf8_lossy(&octets).into_owned())
    };
    assert_eq!(contenu("à lire.csv").as_deref(), Some("x"), "nothing is written over");
    assert_eq!(contenu(&format!("{place}-à lire.csv")).as_deref(), Some(FILE));
    assert!(contenu(&format!("{place}-à lire.csv.rapport.txt")).is_some_and(|texte| texte.contains(&format!("/imports/{id}"))));
    assert_eq!(noms(&seau, &format!("{sous}refuses/")), ["photo.csv", "photo.csv.rapport.txt"]);
    assert_eq!(app.one::<i64>("SELECT count(*) FROM hebergeur WHERE nom = 'Hôte déposé'").await, 1);
}
