//! A base held against a statement of what it held.
//!
//! A dump that was read back is the statement to the row. A base that went on since, or came back to a later second, is held to it by what it
//! says itself: rows that older transactions than the statement wrote, and that nothing touched since, are those that the statement counted.
//! Where none of a slice was touched, its sum is the same; where some were, fewer are left and only that is known. Of the journal, which is
//! only added to, none may be fewer.

use std::collections::{BTreeMap, BTreeSet};

use super::constat::Constat;
use super::releve::{Contenu, Releve, Tranche};
use crate::cli::sortie::dire;
use crate::context::StartError;
use crate::ui::format;

/// The table that is only added to, whose months leave whole, and the part of it from which lines go one by one.
const JOURNAL: &str = "journal";
const JOURNAL_AUTRES: &str = "journal_autres";

/// Tells what differs.
///
/// # Errors
/// The statement is of a later instant than the base.
pub(super) fn compare(held: &Releve, now: &Releve, exact: bool, constat: &mut Constat) -> Result<(), StartError> {
    let same = (&held.instant.systeme, held.instant.base) == (&now.instant.systeme, now.instant.base);
    if same && now.instant.xmax < held.instant.xmax {
        return Err(StartError::Other(format!(
            "Le relevé ({}) est d’après l’instant où la base est revenue : comparez-la à celui d’une copie plus ancienne.",
            held.instant.le
        )));
    }
    let exact = exact || !same;
    let (mut compared, mut touched) = (0, 0);
    for (name, before) in &held.tables {
        let Some(after) = now.tables.get(name) else {
            if !exact && before.partie_de.as_deref() == Some(JOURNAL) {
                dire(format_args!("Le mois {name} du journal n’y est plus : purgé depuis le relevé."));
            } else {
                constat.faute(&format!("la table {name} est au relevé, et manque."));
            }
            continue;
        };
        if before.colonnes != after.colonnes {
            constat.faute(&format!("la table {name} n’a plus les colonnes du relevé : comparez avant « gardel migrate »."));
            continue;
        }
        if exact {
            compared += before.tranches.len();
            whole(name, before, after, constat);
        } else {
            let fixed = before.partie_de.as_deref() == Some(JOURNAL) && name != JOURNAL_AUTRES;
            let here = untouched(name, (before, after), fixed, constat);
            let fewer = before.lignes() - after.lignes();
            if fewer > 0 {
                constat.a_voir(&format!(
                    "{name} a {} ligne(s) de moins qu’au relevé : supprimées depuis, ou perdues. Si rien n’a été écrit depuis, « --exact » le dit.",
                    format::integer(fewer)
                ));
            }
            compared += before.tranches.len() - here;
            touched += here;
        }
    }
    for name in now.tables.keys().filter(|name| exact && !held.tables.contains_key(*name)) {
        constat.faute(&format!("la table {name} n’est pas au relevé."));
    }
    sequences(held, now, constat);
    let number = |count: usize| format::integer(i64::try_from(count).unwrap_or(i64::MAX));
    let since =
        if touched == 0 { String::new() } else { format!(", {} écrites depuis, dont les autres lignes ne se comparent pas", number(touched)) };
    constat.partie(&format!("Relevé du {} : {} tranches de lignes comparées, toutes les mêmes{since}.", held.instant.le, number(compared)));
    Ok(())
}

/// Where these slices of a table are, in words.
fn place(table: &Contenu, slices: &[i64]) -> String {
    let Some(key) = &table.cle else { return String::new() };
    let first = |slice: &i64| format!("{} à {}", slice << 14, ((slice + 1) << 14) - 1);
    let told: Vec<String> = slices.iter().take(3).map(first).collect();
    format!(" ({key} de {}{})", told.join(", de "), if slices.len() > 3 { "…" } else { "" })
}

/// Every row is the one of the statement.
fn whole(name: &str, before: &Contenu, after: &Contenu, constat: &mut Constat) {
    let all: BTreeSet<i64> = before.tranches.keys().chain(after.tranches.keys()).copied().collect();
    let sum = |tranches: &BTreeMap<i64, Tranche>, slice: &i64| tranches.get(slice).copied().unwrap_or_default().toutes();
    let other: Vec<i64> = all.into_iter().filter(|slice| sum(&before.tranches, slice) != sum(&after.tranches, slice)).collect();
    if !other.is_empty() {
        constat.faute(&format!(
            "la table {name} n’est pas celle du relevé : {} ligne(s) au relevé, {} ici{}.",
            format::integer(before.lignes()),
            format::integer(after.lignes()),
            place(before, &other)
        ));
    }
}

/// Every row that nothing touched since is the one of the statement; gives the number of slices of which some were.
fn untouched(name: &str, (before, after): (&Contenu, &Contenu), fixed: bool, constat: &mut Constat) -> usize {
    let (mut other, mut touched) = (Vec::new(), 0);
    let all: BTreeSet<i64> = before.tranches.keys().chain(after.tranches.keys()).copied().collect();
    for slice in all {
        let was = before.tranches.get(&slice).copied().unwrap_or_default().anciennes;
        let is = after.tranches.get(&slice).copied().unwrap_or_default().anciennes;
        if was == is {
            continue;
        }
        if is.lignes >= was.lignes || fixed {
            other.push(slice);
        } else {
            touched += 1;
        }
    }
    if !other.is_empty() {
        constat.faute(&format!(
            "des lignes de {name} que rien n’a écrites depuis le relevé n’y étaient pas ainsi{}{}.",
            if fixed { ", ou n’y sont plus" } else { "" },
            place(before, &other)
        ));
    }
    touched
}

/// No sequence gives again a number that it gave before the statement.
fn sequences(held: &Releve, now: &Releve, constat: &mut Constat) {
    for (name, before) in &held.suites {
        match now.suites.get(name) {
            None => constat.faute(&format!("la suite {name} est au relevé, et manque.")),
            Some(after) if after < before => {
                let told = |last: &Option<i64>| last.map_or_else(|| "aucun numéro".into(), |last| format!("le numéro {last}"));
                constat.faute(&format!("la suite {name} avait donné {} au relevé, et n’a donné ici que {}.", told(before), told(after)));
            }
            Some(_) => {}
        }
    }
}
