//! What lines would do, once the rows that they name are known: what rests on several fields is checked and computed for many at once.

use std::sync::Arc;

use super::ligne::{Anomalie, Ligne, Verdict};
use super::lignes::Lecteur;
use super::model::Mode;
use crate::platform::error::Result;
use crate::records::{self, Draft, Field};

/// Lines that are judged together: what is asked of the base for them is asked once.
const ENSEMBLE: usize = 1_000;

impl Lecteur<'_> {
    /// What lines do, once the rows they name are known.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn juge(&self, lines: &mut [Ligne]) -> Result<()> {
        // Those of one block are judged together.
        let together = if self.genre.replie.is_some() { lines.len().max(1) } else { ENSEMBLE };
        for lines in lines.chunks_mut(together) {
            let (mut drafts, mut kept) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
            for line in lines.iter_mut() {
                if let (None, Some(why)) = (&line.existante, self.genre.sans_creation.filter(|_| !line.est_refusee())) {
                    line.refuse("REF-05", "", "", why);
                }
                if let Some(reconnue) = self.genre.reconnue.filter(|_| line.existante.is_some()) {
                    reconnue(line);
                }
                let mut draft = Draft { options: Arc::clone(&self.options), ..Draft::default() };
                let beside = self.genre.apports.iter().filter_map(|field| Some((field.name, line.lues.get(field.name)?.clone())));
                draft.dits = beside.collect();
                kept.push(match &line.existante {
                    Some(row) => {
                        draft.id = Some(row.id);
                        draft.before = row.valeurs.clone();
                        draft.values = row.valeurs.clone();
                        self.corrige(&mut draft, line)
                    }
                    None if self.genre.sans_creation.is_some() => false,
                    None => {
                        self.cree(&mut draft, line);
                        false
                    }
                });
                drafts.push(draft);
            }
            // Nothing is computed of a line that is refused already: those come last.
            let mut order: Vec<usize> = (0..lines.len()).collect();
            order.sort_by_key(|at| lines[*at].est_refusee());
            let sound = lines.iter().filter(|line| !line.est_refusee()).count();
            let mut drafts: Vec<Draft> = order.iter().map(|at| std::mem::take(&mut drafts[*at])).collect();
            self.genre.record.hooks.complete_many(self.context, self.personne, &mut drafts[..sound]).await?;
            for (at, mut draft) in order.into_iter().zip(drafts) {
                self.conclut(&mut lines[at], &mut draft, kept[at]);
            }
        }
        Ok(())
    }

    /// What is said of a line, and what it does.
    fn conclut(&self, line: &mut Ligne, draft: &mut Draft, kept: bool) {
        for (field, sentence) in std::mem::take(&mut draft.faults) {
            let valeur = line.typed.get(field).cloned().unwrap_or_default();
            let code = if valeur.is_empty() { "VAL-05" } else { "COH-01" };
            line.refuse(code, self.colonne(field), &valeur, sentence);
        }
        self.rend(line, draft, kept);
        // Of a line that changes nothing, what is said of its row was said before, and stands on its page.
        let warnings = std::mem::take(&mut draft.warnings);
        if line.verdict != Some(Verdict::Identique) || self.genre.du_fichier {
            warnings.into_iter().for_each(|sentence| line.avertit("COH-02", "", "", sentence));
        }
        if let Some(compare) = self.genre.compare.filter(|_| !line.est_refusee()) {
            compare(line);
        }
    }

    /// Of several rows that answer to what a line says of a link, the one that its own row has already is meant.
    fn retrouve(&self, draft: &Draft, line: &mut Ligne) {
        for (champ, ids) in std::mem::take(&mut line.possibles) {
            let held = draft.parsed::<i64>(champ).filter(|id| ids.binary_search(id).is_ok());
            if let Some(held) = held {
                line.anomalies.retain(|one| one.code != "REF-02" || one.colonne != self.colonne(champ));
                line.lues.insert(champ, Some(held.to_string()));
            }
        }
    }

    /// The fields that a row takes from a line; whether it would take more without the mode.
    fn corrige(&self, draft: &mut Draft, line: &mut Ligne) -> bool {
        let mut kept = false;
        self.retrouve(draft, line);
        // A row that is recognised keeps what it hangs from, whatever a file calls it.
        let hung = |one: &Anomalie| one.code == "REF-02" && self.genre.liens.iter().any(|lien| self.colonne(lien.champ) == one.colonne);
        for one in line.anomalies.iter_mut().filter(|one| one.refus && hung(one)) {
            one.refus = false;
            one.message = format!("{}\u{a0}: «\u{a0}{}\u{a0}» n’est pas reconnu\u{a0}; la fiche garde ce qu’elle a.", one.colonne, one.valeur);
        }
        let taken = |field: &&Field| field.kept() && self.genre.ecrits.is_none_or(|only| only.contains(&field.name));
        for field in self.genre.record.fields().filter(taken) {
            // A value given to all lines is for those that have none.
            let said = line.lues.get(field.name).cloned().flatten().filter(|_| !self.constantes.iter().any(|(name, _)| *name == field.name));
            let Some(said) = said else { continue };
            let before = draft.before.get(field.name).cloned().flatten().unwrap_or_default();
            if before == said {
                continue;
            }
            if field.fixed {
                let valeur = line.typed.get(field.name).cloned().unwrap_or_default();
                let message = format!("{}\u{a0}: ne se change pas par un import. Ouvrez la fiche.", field.label);
                line.avertit("ETA-04", self.colonne(field.name), &valeur, message);
                continue;
            }
            match self.mode {
                Mode::Remplacer => draft.set(field.name, Some(said)),
                Mode::Completer if before.is_empty() => draft.set(field.name, Some(said)),
                Mode::Completer | Mode::Ajouter => kept = true,
            }
        }
        kept
    }

    /// The fields of a new row.
    fn cree(&self, draft: &mut Draft, line: &Ligne) {
        for field in self.genre.record.fields() {
            match line.lues.get(field.name) {
                Some(value) => draft.set(field.name, value.clone()),
                // Wrong, and told.
                None if line.typed.contains_key(field.name) => {}
                None => match records::worth_empty(field) {
                    Ok(value) => draft.set(field.name, value),
                    Err(sentence) => draft.wrong(field.name, sentence),
                },
            }
        }
    }

    fn rend(&self, line: &mut Ligne, draft: &mut Draft, kept: bool) {
        line.verdict = Some(if line.est_refusee() {
            Verdict::Refusee
        } else if line.existante.is_none() {
            line.ecrites = draft.values.iter().filter(|(_, value)| value.is_some()).map(|(column, value)| (*column, value.clone())).collect();
            Verdict::Nouvelle
        } else {
            line.ecrites = records::changed(self.genre.record, draft);
            line.avant = line.ecrites.keys().map(|column| (*column, draft.before.get(column).cloned().flatten())).collect();
            match (line.ecrites.is_empty(), kept) {
                (false, _) if line.existante.as_ref().is_some_and(|row| row.fermee) => Verdict::Proposee,
                (false, _) => Verdict::Changee,
                (true, true) => Verdict::Laissee,
                (true, false) => Verdict::Identique,
            }
        });
    }
}
