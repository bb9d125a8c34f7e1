//! Files loaded into the records: what is found of each line, what is written, the way back. What is expected is computed by plain SQL.

mod chemin;
mod classements;
mod communes;
mod decides;
mod deliberations;
mod dossiers;
mod doutes;
mod droits;
mod ecrans;
mod envois;
mod gardes;
mod hostile;
mod lots;
mod mille_morts;
mod morts;
mod nouveaux;
mod profils;
mod refus_base;
mod retour;
mod robuste;
mod seau;
mod sejours;
mod suites;
mod utilisateurs;
mod utilisateurs_lots;

use rocket::http::Status;

use crate::support::{App, Browser, Page};

/// Sends a file; the number of its import.
pub async fn sent(browser: &Browser<'_>, genre: &str, name: &str, content: &str) -> i64 {
    let answer = browser.send_files("/imports", &[("genre", genre)], &[(name, content.as_bytes())]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    let place = answer.header("Location").expect("the import");
    place.trim_start_matches("/imports/").trim_end_matches("/lecture").parse().expect("a number")
}

/// What the form of the reading holds as it is shown.
async fn form(app: &App, id: i64) -> Vec<(String, String)> {
    let map: sqlx::types::JsonValue =
        sqlx::query_scalar("SELECT correspondance FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import");
    let columns = map["colonnes"].as_array().expect("columns").iter().enumerate();
    let mut form: Vec<(String, String)> =
        columns.map(|(place, name)| (format!("colonne-{place}"), name.as_str().unwrap_or_default().to_string())).collect();
    for (name, value) in map["constantes"].as_object().expect("constants") {
        form.push((format!("constante-{name}"), value.as_str().unwrap_or_default().to_string()));
    }
    form
}

/// Answers the page of the reading as it is shown, but for `changes`.
pub async fn read(app: &App, browser: &Browser<'_>, id: i64, changes: &[(&str, &str)]) -> Page {
    let mut form = form(app, id).await;
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push(((*name).to_string(), (*value).to_string()));
    }
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("/imports/{id}/lecture"), &pairs).await
}

/// Sends a file and has it checked.
pub async fn checked(app: &App, browser: &Browser<'_>, (genre, name, content): (&str, &str, &str), mode: &str) -> i64 {
    let id = sent(browser, genre, name, content).await;
    let answer = read(app, browser, id, &[("mode", mode), ("faire", "verifier")]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(state(app, id).await, "a_confirmer");
    id
}

/// Where an import stands.
pub async fn state(app: &App, id: i64) -> String {
    sqlx::query_scalar("SELECT etat FROM import WHERE id = $1").bind(id).fetch_one(app.pool()).await.expect("the import")
}

/// New, changed, same and refused lines, as the import tells them.
pub async fn counts(app: &App, id: i64) -> (i64, i64, i64, i64) {
    sqlx::query_as("SELECT nouvelles, changees, identiques, refusees FROM import WHERE id = $1")
        .bind(id)
        .fetch_one(app.pool())
        .await
        .expect("the import")
}

/// Asks for the writing of what the page of an import shows.
pub async fn asked(browser: &Browser<'_>, id: i64) -> Page {
    let page = browser.get(&format!("/imports/{id}")).await.ok();
    let shown = |name: &str| page.attributes(&format!("input[name={name}]"), "value").first().cloned().expect("something to confirm");
    browser.post(&format!("/imports/{id}/ecriture"), &[("lignes", &shown("lignes")), ("revision", &shown("revision"))]).await
}

/// Confirms what an import would write.
pub async fn confirm(app: &App, browser: &Browser<'_>, id: i64) {
    let answer = asked(browser, id).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
}

/// The whole way of a file.
pub async fn loaded(app: &App, browser: &Browser<'_>, file: (&str, &str, &str), mode: &str) -> i64 {
    let id = checked(app, browser, file, mode).await;
    confirm(app, browser, id).await;
    assert_eq!(state(app, id).await, "termine");
    id
}

/// Takes an import back.
pub async fn undone(app: &App, browser: &Browser<'_>, id: i64) {
    let answer = browser.post(&format!("/imports/{id}/annulation"), &[]).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.text());
    app.run_jobs().await;
    assert_eq!(state(app, id).await, "annule");
}

/// The digest of the records, each row whole but for what says when and by whom: the same keys, the same values.
pub async fn base(app: &App) -> String {
    app.one(
        "SELECT md5(coalesce((SELECT string_agg(concat_ws('|', id, numero, nom, type, siret, courriel, telephone, adresse, code_postal, ville, inscrit_le, archive_le), ';' ORDER BY id) FROM hebergeur), '')
             || coalesce((SELECT string_agg(concat_ws('|', hebergeur_id, code_insee, nom, inscrit_le, type), ';' ORDER BY hebergeur_id, code_insee) FROM hebergeur_commune), '')
             || coalesce((SELECT string_agg(concat_ws('|', id, reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, classe_le, classe_jusqu_au, capacite, actif, numero_enregistrement), ';' ORDER BY id) FROM logement), ''))",
    )
    .await
}

/// The same without keys and numbers, which sequences give: what two bases have in common that were fed the same.
pub async fn content(app: &App) -> String {
    app.one(
        "SELECT md5(coalesce((SELECT string_agg(concat_ws('|', h.nom, h.type, h.siret, h.courriel, h.telephone, h.adresse, h.code_postal, h.ville, h.inscrit_le, h.archive_le,
                 (SELECT string_agg(c.code_insee, ',' ORDER BY c.code_insee) FROM hebergeur_commune c WHERE c.hebergeur_id = h.id)), ';'
                 ORDER BY h.nom, h.siret, h.courriel, h.telephone, h.adresse, h.inscrit_le, h.numero) FROM hebergeur h), '')
             || coalesce((SELECT string_agg(concat_ws('|', h.nom, l.code_insee, l.nom, l.adresse, l.nature_id, l.categorie_id, l.classe_le, l.classe_jusqu_au, l.capacite, l.actif, l.numero_enregistrement), ';'
                 ORDER BY l.nom, l.adresse, l.numero_enregistrement, h.nom) FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id), ''))",
    )
    .await
}

/// A host of Le Gosier, the `place`-th by its key: number, name, e-mail, telephone.
pub async fn host(app: &App, place: i64) -> (String, String, Option<String>, Option<String>) {
    sqlx::query_as(
        "SELECT h.numero, h.nom::text, h.courriel, h.telephone FROM hebergeur h JOIN hebergeur_commune c ON c.hebergeur_id = h.id
         WHERE c.code_insee = '97113' AND h.archive_le IS NULL ORDER BY h.id OFFSET $1 LIMIT 1",
    )
    .bind(place)
    .fetch_one(app.pool())
    .await
    .expect("a host")
}
