//! Routes of the imports: a file that arrives, its page, what is confirmed.

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{FromForm, Route, State, get, post, routes};

use super::acces::{acted, lecture_page, options, seen};
use super::arrivee::{Envoye, FICHIER_MIO_MAX, FICHIERS_MAX, refusal};
use super::exclusions::{self, Choisies};
use super::genre::Genre;
use super::inscription::{self, Recue};
use super::model::titre;
use super::noms::noms;
use super::preuve::Prouve;
use super::sommes::Sommes;
use super::tranche::{MONTREES, Tranche};
use super::{envois, gestes, groupes, queries, views};
use crate::comptes::{Envoi, Personne};
use crate::context::Context;
use crate::listing::{Module, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Address, Flash, Wants};
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Anomalies shown there; the list has them all.
const DITES_MONTREES: i64 = 50;
/// Rows that no line names, until they are decided of.
const ABSENTES: &[&str] = &["exclue", "prevue", "depassee"];
/// Rows that no line names, shown there.
const ABSENTES_MONTREES: i64 = 20;
/// Lots shown there.
const LOTS_MONTRES: i64 = 100;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    routes![nouveau, envoi, page, exclut, ecrit]
}

/// The kinds that the person may load.
fn genres(context: &Context, personne: &Personne) -> Vec<&'static Genre> {
    context.catalogue.all::<Genre>().filter(|genre| genre.may(&personne.reader)).collect()
}

fn refused() -> Error {
    Error::forbidden(
        "Vos droits ne permettent de charger aucun fichier\u{a0}: ils demandent de pouvoir saisir. Voyez un administrateur de votre collectivité.",
    )
}

/// Whether the person sees the watched folders.
fn manages(personne: &Personne) -> bool {
    personne.reader.can(Module::Administration, Niveau::Gerer)
}

#[get("/imports/nouveau?<genre>")]
async fn nouveau(personne: Personne, genre: Option<&str>, context: &State<Context>) -> Result<Markup> {
    let genres = genres(context, &personne);
    if genres.is_empty() {
        return Err(refused());
    }
    let arrivants = envois::en_cours(&context.db, personne.reader.user_id).await?;
    let shown =
        views::Nouveau { genres: &genres, choisi: genre.unwrap_or_default(), refus: None, arrivants: &arrivants, dossiers: manages(&personne) };
    Ok(layout::page_with_head(&personne.frame, "Charger un fichier", &views::nouveau_head(), &views::nouveau(&shown)))
}

#[post("/imports", data = "<envoye>")]
async fn envoi(personne: Personne, envoye: Envoye, context: &State<Context>) -> Result<Reply> {
    let genres = genres(context, &personne);
    if genres.is_empty() {
        return Err(refused());
    }
    let arrivants = envois::en_cours(&context.db, personne.reader.user_id).await?;
    let again = |status: Status, choisi: &str, phrases: Vec<String>, premier: Option<i64>| {
        let refus = views::Refus { phrases, premier };
        let shown = views::Nouveau { genres: &genres, choisi, refus: Some(&refus), arrivants: &arrivants, dossiers: manages(&personne) };
        let body = views::nouveau(&shown);
        Ok(Reply::Page((status, layout::page_with_head(&personne.frame, "Charger un fichier", &views::nouveau_head(), &body))))
    };
    let recu = match envoye.0 {
        Ok(recu) => recu,
        Err(why) => {
            return match refusal(&why) {
                (Status::PayloadTooLarge, why) => Err(Error::TooLarge(why.into())),
                (status, why) => again(status, "", vec![why], None),
            };
        }
    };
    let Some(genre) = genres.iter().copied().find(|genre| recu.champs.get("genre").is_some_and(|said| said == genre.nom)) else {
        return again(Status::UnprocessableEntity, "", vec!["Dites ce que le fichier contient.".into()], None);
    };
    if recu.fichiers.is_empty() {
        return again(Status::UnprocessableEntity, genre.nom, vec!["Choisissez au moins un fichier, ou collez des lignes.".into()], None);
    }
    let (mut kept, mut phrases, mut premier) = (Vec::new(), Vec::new(), None);
    for arrive in &recu.fichiers {
        if arrive.trop_grand() {
            phrases.push(format!("«\u{a0}{}\u{a0}» dépasse {FICHIER_MIO_MAX} Mio. Coupez-le en plusieurs.", arrive.nom));
            continue;
        }
        match inscription::recoit(context, &personne, genre, arrive).await? {
            Recue::Gardee(id) => kept.push(id),
            Recue::Deja(id, phrase) => {
                premier = Some(id);
                phrases.push(phrase);
            }
            Recue::Refusee(phrase) => phrases.push(phrase),
        }
    }
    if recu.en_trop > 0 {
        phrases.push(format!("{FICHIERS_MAX} fichiers au plus par envoi\u{a0}: les autres n’ont pas été lus."));
    }
    match kept.as_slice() {
        [] => again(if premier.is_some() { Status::Conflict } else { Status::UnprocessableEntity }, genre.nom, phrases, premier),
        [id] if phrases.is_empty() => {
            Ok(Reply::Done(Box::new(Flash::success(Redirect::to(format!("/imports/{id}/lecture")), "Le fichier est reçu."))))
        }
        several => {
            let received = format!("{} fichiers sont reçus. Contrôlez la lecture de chacun.", several.len());
            let said = if phrases.is_empty() {
                Flash::success(Redirect::to("/imports"), received)
            } else {
                Flash::warning(Redirect::to("/imports"), format!("{received} {}", phrases.join(" ")))
            };
            Ok(Reply::Done(Box::new(said)))
        }
    }
}

/// What of the page of an import is asked for.
#[derive(FromForm)]
struct Montree<'r> {
    /// The lines after this rank.
    apres: Option<i64>,
    /// The state that the page shows, which asks whether it is still so.
    #[field(default = "")]
    vu: &'r str,
    /// All that the page holds, as htmx puts it there.
    #[field(default = false)]
    entier: bool,
}

#[get("/imports/<id>?<montree..>")]
async fn page(personne: Personne, id: i64, montree: Montree<'_>, wants: Wants, context: &State<Context>) -> Result<Markup> {
    let (import, genre, part) = seen(context, &personne, id).await?;
    if wants == Wants::Fragment && !montree.entier {
        return Ok(views::status(genre, &import, part, montree.vu));
    }
    if import.state() == "lecture" && part.lit {
        return lecture_page(context, &personne, (&import, genre, part.agit), None).await;
    }
    let tranche = if part.lit { Tranche::of(&context.db, id, montree.apres).await? } else { Tranche::default() };
    // Whoever only administers sees that a file was loaded, and none of its lines.
    let most = |count: i64| if part.lit { count } else { 0 };
    let dites = groupes::dites(&context.db, id, most(DITES_MONTREES)).await?;
    let sommes = Sommes::of(&context.db, (&import, genre), &tranche).await?;
    let doublons = exclusions::doublons(&context.db, &import).await?;
    let anomalies = queries::anomalies(&context.db, id).await?;
    let lots = queries::lots(&context.db, id, LOTS_MONTRES).await?;
    let offered = options(context, &personne, genre).await?;
    let absentes = queries::de_verdict(&context.db, id, ("absente", ABSENTES), most(ABSENTES_MONTREES)).await?;
    let proposees = queries::de_verdict(&context.db, id, ("proposee", &["prevue"]), most(MONTREES)).await?;
    let named = noms(&context.db, genre, tranche.lignes.iter().chain(&proposees)).await?;
    let options = |field: &str| named.get(field).or_else(|| offered.get(field)).cloned().unwrap_or_default();
    let valide = part.saisit && personne.at(genre.record.list.access, Niveau::Valider).is_ok();
    // Of what created nothing, nor will, there is nothing to say.
    let tells = import.creees > 0 || import.state() == "a_confirmer" && import.a_ecrire() > 0;
    let dit = genre.ecrivain.filter(|_| tells).and_then(|ecrivain| ecrivain.dit(context, id, import.state()));
    let shown = views::Suivi {
        import: &import,
        genre,
        part,
        valide,
        absentes: &absentes,
        proposees: &proposees,
        tranche: &tranche,
        doublons,
        sommes: &sommes,
        dites: &dites,
        anomalies,
        lots: &lots,
        options: &options,
        dit,
    };
    let body = views::suivi(&shown);
    Ok(match wants {
        Wants::Fragment => body,
        Wants::Page => layout::page_with_head(&personne.frame, &titre(&import, genre), &views::head(&import), &body),
    })
}

#[derive(FromForm)]
struct Exclusion<'r> {
    ligne: Vec<i64>,
    faire: &'r str,
    apres: Option<i64>,
}

#[post("/imports/<id>/exclusion", data = "<form>")]
async fn exclut(personne: Personne, id: i64, form: Envoi<Exclusion<'_>>, context: &State<Context>) -> Result<Flash<Redirect>> {
    let (import, _) = acted(context, &personne, id).await?;
    let which = match form.faire {
        "exclure" => Choisies::Exclues(&form.ligne),
        "reprendre" => Choisies::Reprises(&form.ligne),
        "exclure-doublons" => Choisies::Doublons,
        "reprendre-mises-de-cote" => Choisies::MisesDeCote,
        _ => return Err(Error::invalid("Ce bouton n’existe pas. Rouvrez la page de l’import.")),
    };
    let back = Redirect::to(Address::of(format!("/imports/{id}")).with_some("apres", form.apres).to_string());
    let (out, ticked) = (which.sortent(), matches!(which, Choisies::Exclues(_) | Choisies::Reprises(_)));
    if ticked && form.ligne.is_empty() {
        return Ok(Flash::warning(back, "Aucune ligne n’est cochée."));
    }
    let mut write = context.db.write().await?;
    let Some(changed) = exclusions::exclude(&mut write.tx, id, which).await? else {
        write.rollback().await?;
        return Err(Error::Conflict("Cet import n’est plus à confirmer\u{a0}: ses lignes ne changent plus. Rouvrez sa page.".into()));
    };
    if changed > 0 {
        gestes::note(&mut write, &personne, &import, if out { "lignes exclues" } else { "lignes reprises" }).await?;
    }
    write.commit().await?;
    let words = if out { ("exclue", "exclues") } else { ("reprise", "reprises") };
    let count = i64::try_from(changed).unwrap_or(i64::MAX);
    let said = format!("{} {}.", crate::ui::format::counted(count, "ligne", "lignes"), if count < 2 { words.0 } else { words.1 });
    Ok(if changed > 0 { Flash::success(back, said) } else { Flash::warning(back, "Aucune de ces lignes n’était à changer.") })
}

#[derive(FromForm)]
struct Confirmee {
    lignes: i64,
    revision: i32,
    #[field(default = false)]
    retirer: bool,
}

#[post("/imports/<id>/ecriture", data = "<form>")]
async fn ecrit(personne: Personne, id: i64, _prouve: Prouve, form: Envoi<Confirmee>, context: &State<Context>) -> Result<Flash<Redirect>> {
    gestes::confirme(context, &personne, id, (form.revision, form.lignes, form.retirer)).await?;
    Ok(Flash::success(Redirect::to(format!("/imports/{id}")), "L’écriture est demandée."))
}
