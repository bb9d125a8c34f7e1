//! Of which kind of page each route is, as objectives speak of them: a list and the download of a file are not held to one time.

use rocket::Route;
use rocket::http::Method;

/// Parts of pages that come after them, and what a page asks for as one types.
const FRAGMENTS: &[(Method, &str)] = &[
    (Method::Get, "/tuiles"),
    (Method::Get, "/accueil/suite"),
    (Method::Get, "/attente"),
    (Method::Get, "/vues"),
    (Method::Get, "/<liste>/choisir/<field>"),
    (Method::Post, "/<liste>/calcul"),
    (Method::Post, "/<liste>/registre/ligne"),
];
/// Files that are sent.
const FILES: &[(Method, &str)] = &[
    (Method::Get, "/exports/<id>/fichier"),
    (Method::Get, "/exports/<id>/manifeste"),
    (Method::Get, "/imports/<id>/fichier"),
    (Method::Get, "/imports/<id>/refusees"),
    (Method::Get, "/<liste>/<id>/pieces/<piece>"),
];
/// Files that are received.
const UPLOADS: &[(Method, &str)] =
    &[(Method::Post, "/imports"), (Method::Post, "/imports/envois/<id>/morceaux"), (Method::Post, "/<liste>/<id>/pieces")];
/// The one search box.
const SEARCHES: &[(Method, &str)] = &[(Method::Get, "/recherche")];
/// Beginnings of the paths where somebody proves who they are, which is slow on purpose.
const SESSIONS: &[&str] =
    &["/connexion", "/deconnexion", "/invitation", "/compte/mot-de-passe", "/compte/confirmation", "/compte/second-facteur", "/compte/identite"];

/// What is told apart by its address.
const NAMED: [(&str, &[(Method, &str)]); 4] = [("fragment", FRAGMENTS), ("file", FILES), ("upload", UPLOADS), ("search", SEARCHES)];

/// The class of a route.
pub(super) fn of(route: &Route) -> &'static str {
    let path = route.uri.path();
    let below = |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let named = NAMED.iter().find(|(_, routes)| routes.contains(&(route.method, path)));
    // The three faces of a list are named by it.
    let face = route.name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, face)| face);
    match (named, face) {
        (Some((class, _)), _) => class,
        (None, Some("liste")) => "list",
        (None, Some("compte" | "facettes")) => "fragment",
        _ if below("/static") => "asset",
        _ if below("/api") => "api",
        _ if SESSIONS.iter().any(|start| below(start)) => "session",
        _ if route.method == Method::Get => "page",
        _ => "write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::all_routes;

    #[test]
    fn what_is_named_is_mounted() {
        let routes = all_routes();
        for (_, named) in NAMED {
            for (method, path) in named {
                assert!(routes.iter().any(|route| (route.method, route.uri.path()) == (*method, path)), "{method} {path}");
            }
        }
        for start in SESSIONS {
            assert!(routes.iter().any(|route| route.uri.path().starts_with(start)), "{start}");
        }
    }

    #[test]
    fn each_route_is_of_its_kind() {
        let class = |method: Method, path: &str| {
            let routes = all_routes();
            let route = routes.iter().find(|route| (route.method, route.uri.path()) == (method, path)).expect("mounted");
            of(route)
        };
        for (method, path, expected) in [
            (Method::Get, "/sejours", "list"),
            (Method::Get, "/sejours/compte", "fragment"),
            (Method::Get, "/sejours/<id>", "page"),
            (Method::Post, "/sejours/<id>/statut", "write"),
            (Method::Post, "/connexion", "session"),
            (Method::Get, "/compte", "page"),
            (Method::Get, "/static/<name>", "asset"),
            (Method::Get, "/recherche", "search"),
        ] {
            assert_eq!(class(method, path), expected, "{method} {path}");
        }
        assert!(all_routes().iter().filter(|route| route.uri.path().starts_with("/api/")).all(|route| of(route) == "api"));
    }
}
