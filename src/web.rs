//! The map of the web server: every route, every list, on one screen.

mod classes;

use std::sync::Arc;

use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::http::{Method, Status};
use rocket::{Build, Request, Rocket, Route, State, catch, catchers, get, routes};
use rocket_db_pools::Database;
use rocket_dyn_templates::Template;

use crate::actions::{Ailleurs, BulkAction};
use crate::catalogue::Catalogue;
use crate::comptes::{Personne, UTILISATEURS};
use crate::context::Context;
use crate::jetons::{JETONS, Limites};
use crate::journal::JOURNAL;
use crate::listing::{Faces, List, Offer};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{Db, GardelDb};
use crate::platform::error::Error;
use crate::platform::http::{Crowd, Edge, Routes, assets};
use crate::platform::token;
use crate::taxe::{HEBERGEURS, LOGEMENTS, SEJOURS};
use crate::territoire::COMMUNES;
use crate::travaux::TRAVAUX;
use crate::ui::error_page::{self, Turned};
use crate::{
    accueil, actions, annuaire, api, avis, champs, comptes, exploitation, exports, fiches, imports, jetons, journal, lettres, motifs, pieces,
    programmes, recherche, records, taxe, territoire, textes, travaux, vues,
};

/// Every list. Adding one here gives its page, fragment, count, export and plan test.
pub static LISTS: &[&List] = &[
    &SEJOURS,
    &LOGEMENTS,
    &HEBERGEURS,
    &COMMUNES,
    &UTILISATEURS,
    &TRAVAUX,
    &actions::ACTIONS,
    &imports::IMPORTS,
    &imports::LIGNES,
    &imports::ANOMALIES,
    &imports::PROFILS,
    &JETONS,
    &JOURNAL,
    &lettres::LETTRES,
    &lettres::MODELES,
];

/// Pages about people that are no list: what somebody did or asked for, an account. A list is about people when one of its columns
/// is personal.
const PERSONAL: &[&str] = &[
    "/",
    "/tuiles",
    "/accueil",
    "/recherche",
    "/compte",
    "/connexion/externe",
    "/avis",
    "/reprise",
    "/invitation",
    "/exports",
    "/vues",
    "/programmes",
    "/envois",
];

/// What the rooms declare, in one value: the web server and the worker hold the same.
pub fn declared() -> Catalogue {
    let pages = [accueil::MENU, vues::MENU, exports::MENU, travaux::MENU, motifs::MENU, comptes::MENU, textes::MENU, exploitation::MENU];
    let jobs = [exports::JOBS, actions::JOBS, imports::JOBS, travaux::JOBS, programmes::JOBS, comptes::JOBS, lettres::JOBS];
    let mut all = Catalogue::of(LISTS)
        .with(taxe::CHAMPS)
        .with(taxe::RECORDS)
        .with(annuaire::RECORDS)
        .with(taxe::BULK_ACTIONS)
        .with(taxe::IMPORTS)
        .with(territoire::IMPORTS)
        .with(annuaire::IMPORTS)
        .with(lettres::RECORDS)
        .with(lettres::SOURCES)
        .with(lettres::AILLEURS)
        .with(&[&programmes::SUITE]);
    for rubriques in pages {
        all = all.with(rubriques);
    }
    for known in jobs {
        all = all.with(known);
    }
    all.with(exports::REGULAR).with(imports::REGULAR).with(travaux::REGULAR)
}

/// Every route of the program, to mount at `/`.
pub fn all_routes() -> Vec<Route> {
    routes_of(&declared())
}

/// Every route over what `catalogue` declares.
fn routes_of(catalogue: &Catalogue) -> Vec<Route> {
    let elsewhere = catalogue.all::<Ailleurs>().map(Ailleurs::offer);
    let offers: Vec<Offer> = catalogue.all::<BulkAction>().map(BulkAction::offer).chain(elsewhere).collect();
    let lists = catalogue.lists().iter().flat_map(|list| Faces::<Personne>::routes(list, &offers));
    let rooms = [
        accueil::routes(),
        taxe::routes(),
        territoire::routes(),
        champs::routes(),
        records::routes(),
        fiches::routes(),
        pieces::routes(),
        actions::routes(),
        motifs::routes(),
        exports::routes(),
        imports::routes(),
        travaux::routes(),
        comptes::routes(),
        jetons::routes(),
        journal::routes(),
        vues::routes(),
        programmes::routes(),
        avis::routes(),
        recherche::routes(),
        textes::routes(),
        exploitation::routes(),
        lettres::routes(),
        api::routes(),
        routes![asset, cross_site, method_claimed, other_host],
    ];
    lists.chain(rooms.into_iter().flatten()).collect()
}

/// The web server of `figment`, whose pool is opened when it ignites.
pub fn rocket(figment: Figment) -> Rocket<Build> {
    let catalogue = Arc::new(declared());
    let held = Arc::clone(&catalogue);
    let open = AdHoc::try_on_ignite("context", |rocket| async move {
        let Some(db) = GardelDb::fetch(&rocket).map(|db| (**db).clone()) else { return Err(rocket) };
        let built = match Config::from_figment(rocket.figment()) {
            Ok(config) => Context::new(config, db, Clock::System, held).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match built {
            Ok(context) => {
                let db = context.db.clone();
                let rocket = with_context(rocket, context);
                if let (Some(context), Some(limites)) = (rocket.state::<Context>().cloned(), rocket.state::<Limites>().cloned()) {
                    db.before_closing(move || {
                        Box::pin(async move {
                            limites.settle_all(&context.db).await;
                            // What could not be written is in the log.
                            let _told = context.incidents.write(context.db.pool()).await;
                        })
                    });
                }
                Ok(rocket)
            }
            Err(sentence) => {
                tracing::error!("{sentence}");
                Err(rocket)
            }
        }
    });
    let keys = AdHoc::on_liftoff("clés et jetons", |rocket| {
        Box::pin(async move {
            if let Some(context) = rocket.state::<Context>() {
                tokio::spawn(learn_keys(context.clone()));
                tokio::spawn(context.incidents.clone().follow(context.db.apart()));
            }
            if let (Some(context), Some(limites)) = (rocket.state::<Context>(), rocket.state::<Limites>()) {
                tokio::spawn(settle(context.clone(), limites.clone()));
            }
        })
    });
    mount(rocket::custom(figment), &catalogue).attach(GardelDb::init()).attach(open).attach(keys)
}

/// Writes down what the tokens were asked while this server runs, those that call no more too.
async fn settle(context: Context, limites: Limites) {
    loop {
        tokio::time::sleep(jetons::SETTLED_EVERY).await;
        limites.settle_all(&context.db).await;
    }
}

/// Learns the signing keys that are made while this server runs, until it ends.
async fn learn_keys(context: Context) {
    loop {
        tokio::time::sleep(token::REFRESH).await;
        if let Err(error) = context.key.refresh(context.db.pool()).await {
            tracing::warn!(%error, "new signing keys could not be looked for");
        }
    }
}

/// The web server over a context that exists already (tests).
pub fn rocket_with(figment: Figment, context: Context) -> Rocket<Build> {
    with_context(mount(rocket::custom(figment), &context.catalogue), context)
}

fn mount(rocket: Rocket<Build>, catalogue: &Catalogue) -> Rocket<Build> {
    let (routes, measured) = Routes::measuring(routes_of(catalogue), classes::of);
    rocket
        .manage(measured)
        .mount("/", routes)
        .register("/", catchers![refused])
        .register("/api", api::catchers())
        .attach(Template::fairing())
        .attach(comptes::messages())
        .attach(comptes::refusals())
}

fn with_context(rocket: Rocket<Build>, context: Context) -> Rocket<Build> {
    let host = context.config.public_host().map(str::to_string);
    let about_people = |list: &&&List| list.columns.iter().any(|column| column.personal);
    let lists = context.catalogue.lists().iter().filter(about_people).map(|list| format!("/{}", list.name));
    let personal = PERSONAL.iter().map(ToString::to_string).chain(lists).collect();
    let rooms = context.catalogue.lists().iter().map(|list| list.name.to_string()).collect();
    let routes = rocket.state::<Arc<Routes>>().cloned().unwrap_or_default();
    context.metrics.also(routes.clone());
    let edge = Edge::new(!context.config.plain_http(), host, personal, routes);
    rocket
        .manage(Config::clone(&context.config))
        .manage(Crowd::new(Db::places_of_a_room(&context.config), rooms))
        .manage(comptes::Memoire::default())
        .manage(comptes::Porteurs::default())
        .manage(Limites::new(context.clock.clone(), Arc::clone(&context.cache)))
        .manage(Arc::clone(&context.desk))
        .manage(context.incidents.clone())
        .manage(context)
        .attach(edge)
}

#[get("/static/<name>")]
fn asset(name: &str) -> Option<assets::Asset> {
    assets::find(name)
}

/// Where the edge sends a request that another site made.
#[get("/refus-origine")]
fn cross_site() -> Error {
    Error::forbidden("Cette demande vient d’un autre site : elle a été refusée. Ouvrez Gardel dans votre navigateur et recommencez depuis sa page.")
}

/// Where the edge sends a form that claims another method than the one it was sent with.
#[get("/refus-methode")]
fn method_claimed() -> Error {
    Error::invalid("Ce formulaire demande une autre méthode que celle de son envoi : il a été refusé. Repartez de la page de Gardel et recommencez.")
}

/// Where the edge sends what is asked of another host than the one of the settings.
#[get("/refus-hote")]
fn other_host(config: &State<Config>) -> Error {
    Error::invalid(format!("Cette adresse n’est pas celle de Gardel. Ouvrez {}.", config.adresse_publique.as_deref().unwrap_or_default()))
}

/// Guards that refuse, addresses that do not exist, bodies that cannot be read.
#[catch(default)]
async fn refused(status: Status, request: &Request<'_>) -> Error {
    // No guard was asked at an address that does not exist: whoever is signed in keeps their menu.
    if status == Status::NotFound {
        let _frame = request.guard::<Personne>().await;
    }
    match status.code {
        401 => Error::SignedOut,
        // A guard that refuses says why in its own words, to a page as to a form.
        403 => match error_page::turned(request) {
            Turned::Denied(sentence) => Error::forbidden(sentence),
            _ => Error::forbidden("Vos droits ne donnent pas accès à cette page. Demandez à un administrateur si vous en avez besoin."),
        },
        404 => Error::not_found("Cette page n’existe pas ou n’existe plus. Vérifiez l’adresse, ou repartez de l’accueil."),
        // An address whose number is no number.
        422 if request.method() == Method::Get => Error::not_found("Cette page n’existe pas. Vérifiez l’adresse, ou repartez de l’accueil."),
        409 => Error::Conflict("Vos droits ont changé pendant l’envoi de ce formulaire : rien n’a été fait. Ouvrez de nouveau la page.".into()),
        405 => Error::invalid("Cette adresse n’accepte pas cette action. Repartez de la page précédente."),
        400 | 411 | 413 | 415 | 422 => {
            Error::invalid("Le formulaire reçu est incomplet ou trop long. Revenez à la page précédente, vérifiez votre saisie et recommencez.")
        }
        // A guard that could not say who asks says why.
        503 => comptes::why(request).unwrap_or_else(|| Error::Unavailable("a guard could not reach the database".into())),
        _ => Error::Internal(format!("status {}", status.code)),
    }
}
