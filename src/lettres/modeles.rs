//! The page of a template: its text, its versions, what it gives for a host; and who writes the letters of a collectivité.

use std::collections::BTreeMap;

use maud::Markup;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, State, get, post, routes as collect};
use serde_json::{Value, json};

use super::composition;
use super::gabarit::Gabarit;
use super::list::MODELES;
use super::maison::{Expediteur, expediteur};
use super::pages::{Apercu, CHAMPS, Modele, Version};
use super::sources::{self, Connues, Demande, libelle_de_saisie};
use super::vues;
use crate::champs::Saisie;
use crate::comptes::{Paires, Personne};
use crate::context::Context;
use crate::journal::{self, Action};
use crate::listing::{Module, Niveau};
use crate::platform::error::{Error, Result};
use crate::platform::http::Flash;
use crate::ui::layout;
use crate::ui::reply::Reply;

/// Versions that the page shows.
const VERSIONS: i64 = 30;

/// Routes to mount at `/`.
pub fn routes() -> Vec<Route> {
    collect![file, sender, save_sender]
}

#[get("/modeles/<id>?<hebergeur>")]
async fn file(id: i64, hebergeur: Option<&str>, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let personne = personne.at(MODELES.access, Niveau::Lire)?;
    let modele: Modele = sqlx::query_as(
        "SELECT m.id, m.collectivite_id, c.nom::text AS collectivite, m.nom::text, m.genre, m.objet, m.corps, m.recommande, m.par_courriel,
             m.archive_le IS NOT NULL AS archive, m.version
         FROM lettre_modele m JOIN collectivite c ON c.id = m.collectivite_id WHERE m.id = $1 AND m.collectivite_id = ANY($2)",
    )
    .bind(id)
    .bind(personne.reader.collectivites(Module::Taxe))
    .fetch_optional(context.db.statement())
    .await?
    .ok_or_else(|| Error::out_of_reach("Ce modèle n’existe pas, ou il n’est pas de vos collectivités."))?;
    let versions: Vec<Version> = sqlx::query_as(
        "SELECT v.version, v.objet, v.corps, v.ecrit_le, u.nom AS par FROM lettre_modele_version v LEFT JOIN utilisateur u ON u.id = v.ecrit_par
         WHERE v.modele_id = $1 ORDER BY v.version DESC LIMIT $2",
    )
    .bind(id)
    .bind(VERSIONS)
    .fetch_all(context.db.statement())
    .await?;
    let apercu = match hebergeur.map(str::trim).filter(|text| !text.is_empty()) {
        Some(numero) => Some(apercu(context, &personne, &modele, numero).await?),
        None => None,
    };
    let level = personne.reader.level_of(MODELES.access, &[format!("c:{}", modele.collectivite_id)]);
    let body = vues::modele(&modele, &versions, (apercu.as_ref(), &Connues::de(&context.catalogue)), level);
    Ok(layout::page(&personne.frame, &modele.nom, &body))
}

/// What a template gives for the host of a number; what people type at each sending stands there by its label.
async fn apercu(context: &Context, personne: &Personne, modele: &Modele, numero: &str) -> Result<Apercu> {
    let communes = personne.reader.communes(Module::Taxe);
    let mut connection = context.db.statement().acquire().await?;
    let host: Option<i64> = sqlx::query_scalar(
        "SELECT h.id FROM hebergeur h WHERE h.numero = $1 AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
    )
    .bind(numero)
    .bind(communes)
    .fetch_optional(&mut *connection)
    .await?;
    let told = |ecrit| Apercu { numero: numero.to_string(), ecrit };
    let Some(host) = host else { return Ok(told(Err(format!("Aucun hébergeur de votre périmètre n’a le numéro «\u{a0}{numero}\u{a0}».")))) };
    let gabarit = match Gabarit::lu(&modele.objet, &modele.corps) {
        Ok(gabarit) => gabarit,
        Err(ecart) => return Ok(told(Err(composition::dit(&ecart)))),
    };
    let typed: BTreeMap<String, String> =
        gabarit.saisies().into_iter().map(|name| (name.clone(), format!("[{}]", libelle_de_saisie(&name)))).collect();
    let demande = Demande { hebergeurs: &[host], communes, collectivite: modele.collectivite_id, jour: context.clock.today() };
    let mut values = sources::lues(&mut connection, &context.catalogue, &demande, &typed).await?;
    let values = Value::Object(values.remove(&host).unwrap_or_default());
    Ok(told(gabarit.ecrit(&values, &Connues::de(&context.catalogue)).map_err(|ecart| composition::dit(&ecart))))
}

fn unknown_place() -> Error {
    Error::out_of_reach("Cette collectivité n’existe pas ou n’est pas des vôtres.")
}

/// Who writes for a collectivité of the person's.
async fn theirs(context: &Context, personne: &Personne, id: i32) -> Result<(Personne, Expediteur)> {
    let personne = personne.at(MODELES.access, Niveau::Saisir)?;
    if !personne.reader.collectivites(Module::Taxe).contains(&id) {
        return Err(unknown_place());
    }
    let mut connection = context.db.statement().acquire().await?;
    let known = expediteur(&mut connection, id).await?.ok_or_else(unknown_place)?;
    Ok((personne, known))
}

fn values(known: &Expediteur) -> BTreeMap<String, String> {
    let all = [
        ("service", &known.service),
        ("adresse", &known.adresse),
        ("code_postal", &known.code_postal),
        ("ville", &known.ville),
        ("telephone", &known.telephone),
        ("courriel", &known.courriel),
        ("qualite", &known.qualite),
        ("signataire", &known.signataire),
    ];
    all.into_iter().map(|(name, text)| (name.to_string(), text.clone())).collect()
}

#[get("/expediteurs/<id>")]
async fn sender(id: i32, personne: Personne, context: &State<Context>) -> Result<Markup> {
    let (personne, known) = theirs(context, &personne, id).await?;
    Ok(layout::page(&personne.frame, vues::QUI_ECRIT, &vues::expediteur(id, (&known.nom, known.version), &values(&known), &[])))
}

#[post("/expediteurs/<id>", data = "<sent>")]
async fn save_sender(id: i32, personne: Personne, sent: Paires, context: &State<Context>) -> Result<Reply> {
    let (personne, known) = theirs(context, &personne, id).await?;
    let typed: BTreeMap<String, String> = sent.0.iter().map(|(name, text)| (name.clone(), text.trim().to_string())).collect();
    let version = typed.get("version").and_then(|text| text.parse::<i32>().ok()).unwrap_or(-1);
    let again = |status, version, faults: &[(&str, String)]| {
        Reply::Page((status, layout::page(&personne.frame, vues::QUI_ECRIT, &vues::expediteur(id, (&known.nom, version), &typed, faults))))
    };
    let mut clean = BTreeMap::new();
    let mut faults = Vec::new();
    for (name, label, longest, required) in CHAMPS {
        let text = typed.get(*name).map_or("", String::as_str);
        let saisie = match *name {
            "code_postal" => Saisie::CodePostal,
            "courriel" => Saisie::Courriel,
            "telephone" => Saisie::Telephone,
            _ => Saisie::Texte(*longest),
        };
        if text.is_empty() {
            if *required {
                faults.push((*name, format!("{label}\u{a0}: donnez une valeur, elle est obligatoire.")));
            }
            clean.insert(*name, String::new());
            continue;
        }
        match saisie.check(text, &[], context.clock.today()) {
            Ok(text) => drop(clean.insert(*name, text)),
            Err(why) => faults.push((*name, format!("{label}\u{a0}: {why}"))),
        }
    }
    if !faults.is_empty() {
        return Ok(again(Status::UnprocessableEntity, version, &faults));
    }
    let text = |name: &str| clean.get(name).map_or("", String::as_str);
    let mut write = context.db.write().await?;
    let kept = sqlx::query(
        "INSERT INTO lettre_expediteur (collectivite_id, service, adresse, code_postal, ville, telephone, courriel, qualite, signataire, modifie_par)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (collectivite_id) DO UPDATE SET service = $2, adresse = $3, code_postal = $4, ville = $5, telephone = $6, courriel = $7, qualite = $8,
             signataire = $9, modifie_par = $10, modifie_le = now(), version = lettre_expediteur.version + 1
         WHERE lettre_expediteur.version = $11",
    )
    .bind(id)
    .bind(text("service"))
    .bind(text("adresse"))
    .bind(text("code_postal"))
    .bind(text("ville"))
    .bind(text("telephone"))
    .bind(text("courriel"))
    .bind(text("qualite"))
    .bind(text("signataire"))
    .bind(personne.reader.user_id)
    .bind(version)
    .execute(&mut *write.tx)
    .await?;
    if kept.rows_affected() == 0 {
        write.rollback().await?;
        let (_, now) = theirs(context, &personne, id).await?;
        let text =
            "Ces informations ont été modifiées entre-temps. Les vôtres sont ci-dessous\u{a0}: enregistrez de nouveau pour les garder.".to_string();
        return Ok(again(Status::Conflict, now.version, &[("service", text)]));
    }
    let detail = json!({"rubriques": "expéditeur des lettres"});
    journal::note(&mut write.tx, &personne.actor.at(Some(id)), Action::Change, "textes", &id.to_string(), &detail).await?;
    write.commit().await?;
    Ok(Reply::Done(Box::new(Flash::success(
        Redirect::to(format!("/expediteurs/{id}")),
        "Qui écrit est enregistré\u{a0}: les prochaines lettres le portent.",
    ))))
}
