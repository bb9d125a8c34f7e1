//! The web server, from its settings to its end.

use rocket::fairing::AdHoc;
use rocket::figment::Figment;

use super::{refuse_demo_accounts, settings};
use crate::context::{Context, StartError};
use crate::platform::db::Db;
use crate::platform::http::Doors;
use crate::platform::otlp::Traces;
use crate::platform::{systemd, telemetry};
use crate::web;

/// Opens everything and serves until it is asked to stop.
pub(super) async fn serve(figment: Figment) -> Result<(), StartError> {
    // First of all: what the system handed is nobody else's.
    let doors = Doors::handed().map_err(StartError::Other)?;
    let config = settings(&figment)?;
    let _log = telemetry::start_log(config.journaux);
    let traces = Traces::start(&config.otel, "gardel", config.environnement.code()).map_err(StartError::Other)?;
    systemd::status("Démarrage : la base de données est cherchée.");
    // Rocket tells a failed ignition in English and in part: the base and the tables are looked at first.
    let db = Db::connect(&config, None).await?;
    db.check_migrated().await?;
    refuse_demo_accounts(&config, &db).await?;
    db.pool().close().await;
    let rocket = match doors {
        Some(doors) => {
            let (names, callable) = doors.told();
            web::rocket(Doors::before(figment)).attach(doors).attach(words(Some(names), callable))
        }
        None => web::rocket(figment).attach(words(None, None)),
    };
    let stopping = AdHoc::on_shutdown("arrêt", |_| Box::pin(async { systemd::stopping("Arrêt : les réponses en cours finissent.") }));
    let rocket = rocket.attach(stopping).ignite().await.map_err(|error| StartError::Other(rocket_sentence(&error)))?;
    let context = rocket.state::<Context>().cloned().ok_or_else(|| StartError::Other("le serveur n’a pas pu s’ouvrir".into()))?;
    let management = context.manage();
    let launched = rocket.launch().await;
    if let Some(management) = management {
        management.abort();
    }
    traces.stop().await;
    launched.map(|_| ()).map_err(|error| StartError::Other(rocket_sentence(&error)))
}

/// What the manager of the system is told once the port listens: by then the base was found up to date. `names` are the sockets that it
/// handed, `callable` the address of one of them.
fn words(names: Option<String>, callable: Option<std::net::SocketAddr>) -> AdHoc {
    AdHoc::on_liftoff("systemd", move |rocket| {
        let own = std::net::SocketAddr::new(rocket.config().address, rocket.config().port);
        let names = names.clone().unwrap_or_else(|| own.to_string());
        Box::pin(async move {
            tracing::info!(address = %names, "web server started");
            systemd::ready(&format!("En service : {names}."));
            systemd::watched(move |_| systemd::answers(callable.unwrap_or(own)));
        })
    })
}

/// What Rocket could not do, in French.
fn rocket_sentence(error: &rocket::Error) -> String {
    use rocket::error::ErrorKind;
    match error.kind() {
        ErrorKind::Bind(cause) => {
            format!("L’adresse ou le port d’écoute est refusé ({cause}). Un autre programme l’utilise peut-être : changez ROCKET_PORT.")
        }
        ErrorKind::Config(cause) => format!("Rocket.toml ou une variable ROCKET_… n’est pas valable : {cause}."),
        other => format!("Le serveur n’a pas pu démarrer : {other}."),
    }
}
