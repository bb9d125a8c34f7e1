//! `gardel check`: everything that an installation needs, each on its own line with what to do. What one line finds wrong keeps none of the others
//! from being looked at.

mod base;
mod machine;
mod services;

use std::sync::Arc;

use rocket::figment::Figment;

use super::rapport::{Etat, Forme, Rapport};
use super::sortie::dire;
use super::{refuse_demo_accounts, repliques, roles};
use crate::comptes;
use crate::context::{Context, StartError};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::jobs::table;
use crate::web;

/// Looks at everything and tells it; fails when something must be mended.
pub(super) async fn run(figment: &Figment, form: Forme) -> Result<(), StartError> {
    let mut report = Rapport::new(form == Forme::Texte);
    match Config::from_figment(figment) {
        Ok(config) => look(figment, &config, &mut report).await,
        Err(error) => report.echec("Réglages", error.to_string(), "Le reste attend qu’ils soient lisibles."),
    }
    if form == Forme::Json {
        dire(report.json());
    }
    let end = report.fin();
    if report.combien(Etat::Echec) > 0 {
        return Err(StartError::Other(end));
    }
    if form == Forme::Texte {
        dire(end);
    }
    Ok(())
}

/// Looks at everything.
pub(super) async fn look(figment: &Figment, config: &Config, report: &mut Rapport) {
    machine::settings(config, report);
    let db = reached(config, report).await;
    let migrated = match &db {
        Some(db) => migrated(db, report).await,
        None => false,
    };
    let tables = db.as_ref().filter(|_| migrated);
    if let Some(db) = tables {
        people(config, db, report).await;
    }
    services::keys(config, tables, report).await;
    services::identity(config, tables, report).await;
    services::mail(config, report).await;
    services::traces(config, report).await;
    let files = services::store(config, report).await;
    services::redis(config, report).await;
    if let (Some(db), Some(_)) = (tables, files) {
        // What made it fail has a line already.
        if let Ok(context) = Context::new(config.clone(), db.clone(), Clock::System, Arc::new(web::declared())).await {
            services::announced(&context, report).await;
        }
    }
    machine::ports(figment, config, report).await;
    machine::certificate(config, report).await;
    machine::units(report).await;
    // Last, as it is what an operator looks for: who does the work.
    if let Some(db) = tables {
        match table::queue_states(db.pool()).await {
            Ok(states) => services::queues(&states, report),
            Err(error) => report.echec("Ouvriers", format!("les files n’ont pas pu être lues ({error})."), ""),
        }
    }
}

/// The base, when it answers.
async fn reached(config: &Config, report: &mut Rapport) -> Option<Db> {
    let db = match Db::connect(config, None).await {
        Ok(db) => db,
        Err(error) => {
            report.echec("Base de données", error.to_string(), "");
            return None;
        }
    };
    report.bien("Base de données", "joignable.");
    base::road(config, report);
    base::server(config, &db, report).await;
    Some(db)
}

/// Whether the tables are those of this version.
async fn migrated(db: &Db, report: &mut Rapport) -> bool {
    match db.check_migrated().await {
        Ok(()) => {
            report.bien("Migrations", "à jour.");
            true
        }
        Err(error) => {
            report.echec("Migrations", error.to_string(), "");
            false
        }
    }
}

/// Who connects, who reads from replicas, which accounts open.
async fn people(config: &Config, db: &Db, report: &mut Rapport) {
    roles::tell(config, db, report).await;
    base::rights(db, report).await;
    repliques::check(config, db, report).await;
    if let Err(error) = refuse_demo_accounts(config, db).await {
        report.echec("Comptes de démonstration", error.to_string(), "");
    }
    match comptes::without_second_factor(db.pool(), config).await {
        Ok(0) => report.bien("Second facteur", "personne ne doit encore l’installer."),
        Ok(bare) => {
            report.bien("Second facteur", format!("{bare} compte(s) doivent encore l’installer\u{a0}; ce sera demandé à leur prochaine page."));
        }
        Err(error) => report.echec("Second facteur", format!("les comptes n’ont pas pu être lus ({error})."), ""),
    }
}
