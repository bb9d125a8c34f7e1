//! Where what one person enters has to be validated by another: asked for by a collectivité, module by module.

use maud::{Markup, html};
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes as collect};
use serde_json::json;
use sqlx::PgConnection;

use super::envoi::Envoi;
use super::guard::{Confirmed, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau, Reader};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::message::{Tone, badge};

/// Modules whose rows are entered and validated.
const MODULES: [Module; 1] = [Module::Taxe];

/// Routes to mount at `/`.
pub(super) fn routes() -> Vec<Route> {
    collect![page, set]
}

/// A collectivité and a module, and whether two persons are asked for.
#[derive(sqlx::FromRow)]
struct Ligne {
    id: i32,
    nom: String,
    voulu: bool,
    /// Others that ask for it and hold all of its communes.
    par: Option<String>,
    /// Others that ask for it and hold a part of its communes.
    en_partie: Option<String>,
    /// People who could validate what another entered.
    valideurs: i64,
}

/// The collectivités where `reader` sets how `module` works.
fn theirs(reader: &Reader, module: Module) -> Vec<i32> {
    let manager = reader.at(Niveau::Gerer);
    let mut all = [manager.collectivites(module), manager.collectivites(Module::Administration)].concat();
    all.sort_unstable();
    all.dedup();
    all
}

async fn lines(context: &Context, places: &[i32], module: Module) -> Result<Vec<Ligne>> {
    let lines = sqlx::query_as(
        "SELECT c.id, c.nom::text, EXISTS (SELECT 1 FROM deux_personnes p WHERE p.collectivite_id = c.id AND p.module = $2) AS voulu,
             (SELECT string_agg(o.nom, ', ' ORDER BY o.nom) FROM deux_personnes p JOIN collectivite o ON o.id = p.collectivite_id
              WHERE p.module = $2 AND o.id <> c.id AND NOT EXISTS (SELECT 1 FROM collectivite_commune a WHERE a.collectivite_id = c.id AND a.jusqu_au IS NULL
                  AND NOT EXISTS (SELECT 1 FROM collectivite_commune b WHERE b.collectivite_id = o.id AND b.code_insee = a.code_insee AND b.jusqu_au IS NULL))) AS par,
             (SELECT string_agg(o.nom, ', ' ORDER BY o.nom) FROM deux_personnes p JOIN collectivite o ON o.id = p.collectivite_id
              WHERE p.module = $2 AND o.id <> c.id AND EXISTS (SELECT 1 FROM collectivite_commune a JOIN collectivite_commune b USING (code_insee)
                  WHERE a.collectivite_id = c.id AND b.collectivite_id = o.id AND a.jusqu_au IS NULL AND b.jusqu_au IS NULL)) AS en_partie,
             (SELECT count(*) FROM utilisateur u WHERE u.actif AND u.mot_de_passe IS NOT NULL AND c.id = ANY (collectivites_gerees(u.id, $2, 3))
                AND EXISTS (SELECT 1 FROM droit d WHERE d.utilisateur_id = u.id AND d.module = $2 AND d.niveau >= 3)) AS valideurs
         FROM collectivite c WHERE c.id = ANY($1) ORDER BY c.type DESC, c.nom",
    )
    .bind(places)
    .bind(module.code())
    .fetch_all(context.db.statement())
    .await?;
    Ok(lines)
}

fn refused() -> Error {
    Error::forbidden("Vos droits ne permettent pas de régler ce module. Voyez un administrateur de votre collectivité.")
}

#[get("/deux-personnes")]
async fn page(personne: Personne, context: &State<Context>) -> Result<Markup> {
    let mut parts = Vec::new();
    for module in MODULES {
        let places = theirs(&personne.reader, module);
        if !places.is_empty() {
            parts.push((module, lines(context, &places, module).await?));
        }
    }
    if parts.is_empty() {
        return Err(refused());
    }
    Ok(layout::page(&personne.frame, "Deux personnes", &view(&parts)))
}

fn view(parts: &[(Module, Vec<Ligne>)]) -> Markup {
    html! {
        h1 { "Deux personnes" }
        p { "Là où deux personnes sont demandées, qui a saisi ou corrigé un séjour ne le valide pas lui-même\u{a0}: ni sur sa fiche, ni dans la liste, ni par une action sur plusieurs lignes. Demandées par un EPCI, elles valent dans toutes ses communes. Ce qui est déjà validé le reste\u{a0}; corrigé ensuite, c’est de nouveau à vérifier." }
        @for (module, lines) in parts {
            section class="defile" tabindex="0" aria-labelledby={ "titre-" (module.code()) } {
                table class="liste" {
                    caption id={ "titre-" (module.code()) } { (module.label()) }
                    thead { tr { th scope="col" { "Collectivité" } th scope="col" class="nombre" { "Peuvent valider" } th scope="col" { "Validation" } th scope="col" { "Changer" } } }
                    tbody { @for line in lines { (row(*module, line)) } }
                }
            }
        }
    }
}

fn row(module: Module, line: &Ligne) -> Markup {
    html! {
        tr {
            th scope="row" data-libelle="Collectivité" { (line.nom) }
            td class="nombre" data-libelle="Peuvent valider" { (line.valideurs) }
            td data-libelle="Validation" {
                @if line.voulu { (badge(Tone::Success, "À deux")) }
                @else if let Some(others) = &line.par { (badge(Tone::Success, "À deux")) ", demandé par " (others) }
                @else if let Some(others) = &line.en_partie { (badge(Tone::Plain, "Par une personne")) ", sauf ce que demande " (others) }
                @else { (badge(Tone::Plain, "Par une personne")) }
                @if (line.voulu || line.par.is_some()) && line.valideurs < 2 { " " (badge(Tone::Warning, "Une seule personne peut valider")) }
            }
            td data-libelle="Changer" {
                form method="post" action="/deux-personnes" {
                    input type="hidden" name="collectivite" value=(line.id);
                    input type="hidden" name="module" value=(module.code());
                    input type="hidden" name="voulu" value=(!line.voulu);
                    button class="bouton" type="submit" { (if line.voulu { "Ne plus demander" } else { "Demander deux personnes" }) span class="visuellement-cache" { "\u{a0}: " (line.nom) } }
                }
            }
        }
    }
}

#[derive(FromForm)]
struct Wanted<'r> {
    collectivite: i32,
    module: &'r str,
    voulu: bool,
}

#[post("/deux-personnes", data = "<wanted>")]
async fn set(personne: Personne, _fresh: Confirmed, wanted: Envoi<Wanted<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let module = Module::of(wanted.module).filter(|module| MODULES.contains(module));
    let module = module.ok_or_else(|| Error::invalid("Ce module ne demande pas deux personnes. Repartez de la page."))?;
    if !theirs(&personne.reader, module).contains(&wanted.collectivite) {
        return Err(Error::out_of_reach("Cette collectivité n’existe pas ou n’est pas de celles que vous réglez."));
    }
    let mut write = context.db.write().await?;
    if changed(&mut write.tx, wanted.collectivite, module, wanted.voulu).await? {
        let detail = json!({"module": module.label(), "deux_personnes": {"avant": !wanted.voulu, "apres": wanted.voulu}});
        let actor = personne.actor.at(Some(wanted.collectivite));
        journal::note(&mut write.tx, &actor, Action::Change, "collectivité", &wanted.collectivite.to_string(), &detail).await?;
    }
    write.commit().await?;
    let name: String =
        sqlx::query_scalar("SELECT nom::text FROM collectivite WHERE id = $1").bind(wanted.collectivite).fetch_one(context.db.statement()).await?;
    let said = format!("{name}\u{a0}: {}.", if wanted.voulu { "deux personnes sont demandées" } else { "une personne suffit de nouveau" });
    Ok(Flash::success(Redirect::to("/deux-personnes"), said))
}

/// Asks for two persons, or no more; whether that changed anything.
async fn changed(connection: &mut PgConnection, place: i32, module: Module, wanted: bool) -> Result<bool> {
    let sql = match wanted {
        true => "INSERT INTO deux_personnes (collectivite_id, module) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM deux_personnes WHERE collectivite_id = $1 AND module = $2",
    };
    Ok(sqlx::query(sql).bind(place).bind(module.code()).execute(connection).await?.rows_affected() == 1)
}
