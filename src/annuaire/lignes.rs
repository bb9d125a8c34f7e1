//! The lines of a file of people: what each says, and what stands against it.

use std::collections::HashMap;

use super::NAME_MAX;
use crate::comptes::{self, Collectivite, Personne, Role};
use crate::context::Context;
use crate::imports::{Ligne, Verdict, plie};
use crate::platform::error::Result;

/// Collectivités named in a sentence at most.
const CITEES_MAX: usize = 8;
/// Labels of the columns.
const NOM: &str = "Prénom et nom";
const COURRIEL: &str = "Courriel";
const ROLE: &str = "Rôle";
const COLLECTIVITES: &str = "Collectivités";

fn lue(line: &Ligne, champ: &str) -> Option<String> {
    line.lues.get(champ).cloned().flatten()
}

/// Refuses a line that was judged already.
fn refuse(line: &mut Ligne, code: &str, colonne: &str, champ: &str, message: String) {
    let valeur = line.typed.get(champ).cloned().unwrap_or_default();
    line.refuse(code, colonne, &valeur, message);
    line.verdict = Some(Verdict::Refusee);
}

/// The name is one, whatever columns it came in; roles are known by the words of people.
pub fn deduit(line: &mut Ligne) {
    let parts = [lue(line, "prenom"), lue(line, "nom")];
    if let [prenom, Some(nom)] = &parts {
        let words = prenom.iter().chain([nom]).flat_map(|part| part.split_whitespace());
        let whole = words.collect::<Vec<_>>().join(" ");
        if whole.chars().count() > NAME_MAX {
            line.lues.remove("nom");
            line.refuse("VAL-06", NOM, &whole, format!("{NOM}\u{a0}: {NAME_MAX} caractères au plus. Raccourcissez-le."));
        } else {
            line.lues.insert("nom", Some(whole));
        }
    }
    let Some(said) = line.typed.get("role").map(|text| plie(text)) else { return };
    let other = match said.as_str() {
        "agente" | "agents" => Role::Agent,
        "admin" | "administratrice" => Role::Administrateur,
        "sur mesure" => Role::SurMesure,
        "exploitant" | "exploitante" => Role::Exploitant,
        _ => return,
    };
    line.anomalies.retain(|one| one.colonne != ROLE);
    line.lues.insert("role", Some(other.code().to_string()));
}

/// Looks at lines together: their collectivités, the accounts that they name, those that look alike.
///
/// # Errors
/// PostgreSQL failed.
pub async fn regarde(context: &Context, personne: &Personne, lines: &mut [Ligne]) -> Result<()> {
    let gerees = comptes::collectivites(&context.db, &personne.reader).await?;
    let ids: Vec<i64> = lines.iter().filter_map(|line| line.existante.as_ref().map(|row| row.id)).collect();
    let connus = comptes::etats(&context.db, &ids).await?;
    for line in lines.iter_mut().filter(|line| !line.est_refusee()) {
        if line.existante.is_some() {
            existe(line, &gerees, &connus);
        } else {
            nouvelle(line, &gerees);
        }
    }
    let mut new: Vec<(&mut Ligne, String, String)> = Vec::new();
    for line in lines.iter_mut().filter(|line| line.verdict == Some(Verdict::Nouvelle)) {
        if let (Some(nom), Some(courriel)) = (lue(line, "nom"), lue(line, "courriel")) {
            new.push((line, nom, courriel));
        }
    }
    let asked: Vec<(&str, &str)> = new.iter().map(|(_, nom, courriel)| (nom.as_str(), courriel.as_str())).collect();
    let mut connection = context.db.statement().acquire().await?;
    let alike = comptes::semblables(&mut connection, personne.reader.user_id, &asked).await?;
    for (place, one) in alike {
        if let Some((line, nom, _)) = new.get_mut(place) {
            let message = format!("Ressemble au compte de {}\u{a0}: {}. Si c’est la même personne, excluez cette ligne.", one.name, one.why);
            line.avertit("DUP-05", NOM, nom, message);
        }
    }
    Ok(())
}

/// An account that exists: the line says the same of it, or is refused.
fn existe(line: &mut Ligne, gerees: &[Collectivite], connus: &HashMap<i64, (bool, Vec<i32>)>) {
    let Some(row) = &line.existante else { return };
    let held = |champ: &str| row.valeurs.get(champ).cloned().flatten().unwrap_or_default();
    let (actif, places) = connus.get(&row.id).cloned().unwrap_or_default();
    let differs = |champ: &str| lue(line, champ).is_some_and(|said| said != held(champ));
    let elsewhere = line.typed.get("collectivites").map(|text| lieux(text, gerees).ok());
    let other = differs("nom") || differs("role") || elsewhere.is_some_and(|said| said.is_none_or(|said| ids(&said) != places));
    if other {
        let role = held("role").parse::<Role>().map_or("", Role::label);
        let names = gerees.iter().filter(|one| places.contains(&one.id)).map(|one| one.nom.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Déjà un compte\u{a0}: {}, {role}, {names}. Un fichier ne change aucun compte\u{a0}: corrigez-le sur sa fiche, ou retirez cette ligne.",
            held("nom")
        );
        refuse(line, "DUP-03", COURRIEL, "courriel", message);
    } else if !actif {
        let valeur = line.typed.get("courriel").cloned().unwrap_or_default();
        line.avertit("ETA-04", COURRIEL, &valeur, "Déjà un compte, et il est désactivé\u{a0}: s’il doit servir, réactivez-le sur sa fiche.");
    }
}

/// A person to invite: a role that a file gives, collectivités that the reader manages.
fn nouvelle(line: &mut Ligne, gerees: &[Collectivite]) {
    match lue(line, "role").as_deref().and_then(|role| role.parse().ok()) {
        Some(Role::Exploitant) => {
            let why = format!("{ROLE}\u{a0}: un exploitant se nomme en ligne de commande, par « gardel user ». Donnez Agent ou Administrateur.");
            return refuse(line, "REF-01", ROLE, "role", why);
        }
        Some(Role::SurMesure) => {
            let why = format!(
                "{ROLE}\u{a0}: des droits sur mesure se donnent à l’écran. Invitez cette personne comme Agent, puis changez ses droits sur sa fiche."
            );
            return refuse(line, "REF-01", ROLE, "role", why);
        }
        _ => {}
    }
    let found = match line.typed.get("collectivites") {
        Some(text) => lieux(text, gerees),
        // Said of nobody: that of whoever has one.
        None => match gerees {
            [one] => Ok(vec![one]),
            _ => Err(format!("dites laquelle, par son nom ou son SIREN. Vous gérez\u{a0}: {}.", noms(gerees))),
        },
    };
    match found {
        Ok(found) => {
            let names = found.iter().map(|one| one.nom.clone()).collect::<Vec<_>>().join("\u{a0}; ");
            let keys = ids(&found).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            line.ecrites.insert("collectivites", Some(names));
            line.ecrites.insert("lieux", Some(keys));
        }
        Err(why) => {
            let code = if line.typed.contains_key("collectivites") { "REF-01" } else { "VAL-05" };
            refuse(line, code, COLLECTIVITES, "collectivites", format!("{COLLECTIVITES}\u{a0}: {why}"));
        }
    }
}

/// Their keys, in order.
fn ids(found: &[&Collectivite]) -> Vec<i32> {
    let mut ids: Vec<i32> = found.iter().map(|one| one.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn noms(gerees: &[Collectivite]) -> String {
    let more = if gerees.len() > CITEES_MAX { "…" } else { "" };
    gerees.iter().take(CITEES_MAX).map(|one| one.nom.as_str()).collect::<Vec<_>>().join(", ") + more
}

/// The collectivités of a cell: one, or several apart by « ; », « , », « | » or a line end; each by its name or its SIREN.
fn lieux<'a>(text: &str, gerees: &'a [Collectivite]) -> std::result::Result<Vec<&'a Collectivite>, String> {
    if let Ok(one) = lieu(text, gerees) {
        return Ok(vec![one]);
    }
    let parts = text.split([';', ',', '|', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let found: std::result::Result<Vec<_>, _> = parts.map(|part| lieu(part, gerees)).collect();
    found.and_then(|found| if found.is_empty() { lieu(text, gerees).map(|one| vec![one]) } else { Ok(found) })
}

/// The collectivité of a name or a SIREN.
fn lieu<'a>(text: &str, gerees: &'a [Collectivite]) -> std::result::Result<&'a Collectivite, String> {
    let (folded, digits) = (plie(text), text.chars().filter(|sign| !sign.is_whitespace()).collect::<String>());
    let named: Vec<&Collectivite> = gerees.iter().filter(|one| one.siren == digits || plie(&one.nom) == folded).collect();
    match named.as_slice() {
        [one] => Ok(one),
        [] => Err(format!("«\u{a0}{text}\u{a0}» n’est aucune de celles dont vous gérez les utilisateurs. Vous gérez\u{a0}: {}.", noms(gerees))),
        _ => Err(format!("plusieurs s’appellent «\u{a0}{text}\u{a0}». Donnez son SIREN.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gerees() -> Vec<Collectivite> {
        let one = |id, siren: &str, nom: &str| Collectivite { id, siren: siren.into(), nom: nom.into() };
        vec![one(1, "219711132", "Le Gosier"), one(2, "200041507", "CA La Riviéra du Levant"), one(3, "1", "Double"), one(4, "2", "Double")]
    }

    #[test]
    fn collectivites_are_told_by_name_or_siren() {
        let all = gerees();
        let found = |text: &str| lieux(text, &all).map(|found| ids(&found));
        assert_eq!(found("le gosier"), Ok(vec![1]));
        assert_eq!(found("219 711 132"), Ok(vec![1]));
        assert_eq!(found("Le Gosier ; CA la riviera du levant"), Ok(vec![1, 2]));
        assert_eq!(found("200041507, Le Gosier,"), Ok(vec![1, 2]));
        assert_eq!(found("Le Gosier|Le Gosier"), Ok(vec![1]), "once");
        for wrong in ["Atlantide", "Le Gosier;Atlantide", ";", "Double", "3"] {
            assert!(found(wrong).is_err(), "{wrong}");
        }
        assert_eq!(found("1"), Ok(vec![3]), "a SIREN is the whole of it");
    }
}
