//! An action on all the rows of a question, whose number is confirmed with it: it changes those that were counted, and no other.

use rocket::http::Status;
use serde_json::json;

use super::{Appel, saisie};
use crate::actions::{self, BulkAction, Outcome, Row};
use crate::api::corps::{Champs, Donnee, short};
use crate::api::probleme::{COMPTE, DEMANDE, Erreur, Probleme, Result};
use crate::api::question::Demande;
use crate::api::reponse::{Issue, Reponse};
use crate::api::valeurs::BASE;
use crate::listing::parameters;
use crate::motifs::{self, Motif, Saisi};

/// What the body names.
const NAMES: [&str; 3] = ["action", "motif_id", "motif_precision"];

fn erreur(champ: &str, code: &'static str, message: impl Into<String>) -> Erreur {
    Erreur { champ: champ.into(), code, message: message.into() }
}

/// What is to be done, and to how many rows.
struct Ordre {
    action: &'static BulkAction,
    motif: Saisi,
    question: Demande,
    attendu: i64,
}

impl Ordre {
    fn read(appel: &Appel<'_>, fields: &Champs) -> Result<Self> {
        let (question, attendu) = question(appel)?;
        let (mut name, mut motif, mut wrong) = (None, Saisi::default(), Vec::new());
        for (field, donnee) in fields {
            match (field.as_str(), donnee) {
                ("action", Donnee::Texte(text)) => name = Some(text.as_str()),
                ("motif_id" | "motif_precision", Donnee::Rien) => {}
                ("motif_id", Donnee::Nombre(number)) => motif.motif = number.clone(),
                ("motif_precision", Donnee::Texte(text)) => motif.precision = text.trim().into(),
                (known, other) if NAMES.contains(&known) => {
                    let what = if known == "motif_id" { "le numéro d’un motif" } else { "un texte" };
                    wrong.push(erreur(known, "type", format!("Ici se donne {what}, et c’est {} qui est donné.", other.genre())));
                }
                (other, _) => {
                    let sentence = format!("«\u{a0}{}\u{a0}» n’est pas un champ d’une action. Champs\u{a0}: {}.", short(other), NAMES.join(", "));
                    wrong.push(erreur(&short(other), "inconnu", sentence));
                }
            }
        }
        let known: Vec<&str> = appel
            .context
            .catalogue
            .all::<BulkAction>()
            .filter(|action| action.champ.list.name == appel.list.name)
            .map(|action| action.name)
            .collect();
        let action = name.and_then(|name| BulkAction::find(&appel.context.catalogue, appel.list.name, name));
        if action.is_none() && !wrong.iter().any(|one| one.champ == "action") {
            let code = if name.is_none() { "obligatoire" } else { "valeur" };
            wrong.push(erreur("action", code, format!("«\u{a0}action\u{a0}» est l’une de\u{a0}: {}.", known.join(", "))));
        }
        match action {
            Some(action) if wrong.is_empty() => Ok(Self { action, motif, question, attendu }),
            _ => Err(saisie::refused(wrong)),
        }
    }

    /// The reason that goes with it, when it needs one.
    async fn reason(&self, appel: &Appel<'_>) -> Result<Option<Motif>> {
        if !self.action.needs_reason() {
            let none = self.motif == Saisi::default();
            let refused = || saisie::refused(vec![erreur("motif_id", "valeur", "Cette action ne prend pas de motif. Retirez-le.")]);
            return if none { Ok(None) } else { Err(refused()) };
        }
        let offered = motifs::offered(&appel.context.db, &appel.appelant.personne.reader).await?;
        let checked = self.motif.check(self.action.value, &offered).map_err(|(part, sentence)| {
            let (name, given) = if part == "motif" { ("motif_id", &self.motif.motif) } else { ("motif_precision", &self.motif.precision) };
            saisie::refused(vec![erreur(name, if given.is_empty() { "obligatoire" } else { "valeur" }, sentence)])
        });
        checked.map(Some)
    }
}

/// The question of the address, and how many rows it is said to have.
fn question(appel: &Appel<'_>) -> Result<(Demande, i64)> {
    let about = |name: &str, code, sentence: String| Probleme::about(DEMANDE, name, code, sentence);
    let filters: Vec<String> = appel.list.filters.iter().flat_map(parameters).collect();
    let (mut rest, mut attendu, mut all) = (Vec::new(), None, false);
    for (pair, (name, value)) in appel.pairs() {
        match name.as_str() {
            "attendu" if attendu.is_some() => return Err(about("attendu", "double", "«\u{a0}attendu\u{a0}» se donne une fois.".into())),
            "attendu" => {
                let wrong = || about("attendu", "valeur", "«\u{a0}attendu\u{a0}» est un nombre de lignes, par exemple attendu=12.".into());
                attendu = Some(value.parse::<i64>().ok().filter(|count| *count >= 0).ok_or_else(wrong)?);
            }
            "tout" if value == "1" => all = true,
            "tout" => return Err(about("tout", "valeur", "«\u{a0}tout\u{a0}» vaut 1, ou ne se donne pas.".into())),
            name if filters.iter().any(|known| known == name) => rest.push(pair),
            name => {
                let sentence = format!(
                    "«\u{a0}{}\u{a0}» n’est pas un paramètre d’une action. Paramètres\u{a0}: {}, attendu, tout.",
                    short(name),
                    filters.join(", ")
                );
                return Err(about(&short(name), "inconnu", sentence));
            }
        }
    }
    let Some(attendu) = attendu else {
        let sentence = "Dites combien de lignes vous attendez, par «\u{a0}attendu\u{a0}»\u{a0}: lisez d’abord la même question avec compte=exact.";
        return Err(about("attendu", "obligatoire", sentence.into()));
    };
    let (context, personal) = (appel.context, appel.appelant.jeton.personnel);
    let demande = Demande::read(appel.list, &rest.join("&"), personal, context.clock.today(), &context.key)?;
    if demande.query.active().next().is_none() && !all {
        let sentence = "Sans filtre, l’action porterait sur toutes les lignes de votre périmètre. Ajoutez un filtre, ou dites-le par tout=1.";
        return Err(about("tout", "obligatoire", sentence.into()));
    }
    Ok((demande, attendu))
}

/// Does an action on all the rows of a question.
pub async fn act(appel: &Appel<'_>, fields: &Champs) -> Issue {
    let ordre = Ordre::read(appel, fields)?;
    let (context, personne) = (appel.context, &appel.appelant.personne);
    // A call that was cut after its action was noted did it: nothing is counted again.
    if let Some(proof) = &appel.proof
        && let Some(id) = actions::made(context, proof).await?
    {
        return follow(appel, id);
    }
    let motif = ordre.reason(appel).await?;
    // A long reading, of a whole question: one at a time for each person.
    let _turn = context.gate.turn(personne.reader.user_id).await?;
    let prepared = actions::prepare_filter(context, personne, ordre.action, &ordre.question.query, appel.proof.as_deref()).await?;
    let count = prepared.counted.total();
    if count != ordre.attendu {
        let sentence = format!(
            "Cette question a {}, et vous en attendiez {}\u{a0}: rien n’a été changé. Relisez-la, puis recommencez avec attendu={count}.",
            appel.list.counted(count),
            ordre.attendu
        );
        return Err(Probleme::about(COMPTE, "attendu", "compte", sentence).member("nombre", count));
    }
    if count == 0 {
        // Nothing answers, as was expected: there is nothing to do, to note or to undo.
        let nothing = json!({"action": null, "attendues": 0, "modifiees": 0, "deja": 0, "laissees": 0, "modifiees_entre_temps": 0});
        return Reponse::json(&nothing);
    }
    match actions::confirm(context, personne, ordre.action, &prepared.demand, motif.as_ref()).await? {
        Outcome::Done(row, _) => done(appel, &row),
        Outcome::Follow(id) => follow(appel, id),
    }
}

fn address(appel: &Appel<'_>, id: i64) -> String {
    format!("{}{BASE}/actions/{id}", appel.origin)
}

/// What was done.
fn done(appel: &Appel<'_>, row: &Row) -> Issue {
    let address = address(appel, row.id);
    let body = json!({
        "action": {"id": row.id, "nom": row.nom, "url": address},
        "attendues": row.confirmees,
        "modifiees": row.modifiees,
        "deja": row.deja.unwrap_or(0),
        "laissees": row.refusees.unwrap_or(0),
        "modifiees_entre_temps": row.moved() + row.overtaken(),
    });
    Ok(Reponse::json(&body)?.header("Location", address))
}

/// Where it goes on.
fn follow(appel: &Appel<'_>, id: i64) -> Issue {
    let address = address(appel, id);
    Ok(Reponse::json(&json!({"action": {"id": id, "url": address}}))?.status(Status::Accepted).header("Location", address))
}
