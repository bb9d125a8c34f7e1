//! One pass over a folder. A file goes from seen to taken in the transaction that makes an import of it, and from taken to put aside once
//! its import is over: a worker that is killed anywhere leaves what the next pass goes on with.

use bytes::Bytes;

use super::depots::{Entree, Lu, Range};
use super::lieu::Lieu;
use super::queries::{self, Dossier, Fichier};
use super::{REFUSES, TRAITES, rapport};
use crate::comptes::Personne;
use crate::context::Context;
use crate::imports::depart;
use crate::imports::depot;
use crate::imports::genre::Genre;
use crate::imports::inscription::{self, Depose, Origine, Recue};
use crate::imports::model::Import;
use crate::journal::Actor;
use crate::pieces::cleaned;
use crate::platform::error::Error;
use crate::platform::jobs::{JobError, Run};

/// One pass over one folder.
pub struct Passage<'a> {
    pub context: &'a Context,
    pub run: &'a Run,
    pub lieu: &'a Lieu,
    pub dossier: &'a Dossier,
}

/// What lies beside a file that was put aside.
const RAPPORT: &str = ".rapport.txt";
const REFUSEES: &str = ".refusees.csv";
/// Names that are tried.
const AUTRES_MAX: usize = 20;

/// Why nothing of a folder is taken.
const PARTI: &str = "Le compte au nom duquel ce dossier est chargé est désactivé, ou n’a plus le droit de saisir ces fiches. Choisissez-en un autre.";

fn failed(error: Error) -> JobError {
    JobError::Retry(error.to_string())
}

/// Bytes of a name that a report lies beside: with the longest of what is put before it and after it, those of a file system (255).
const NOM_OCTETS_MAX: usize = 180;

/// A name cut to what may lie beside it, its extension kept.
fn court(nom: &str) -> String {
    if nom.len() <= NOM_OCTETS_MAX {
        return nom.to_string();
    }
    // One as long as a name is no extension.
    let (stem, end) = nom.rsplit_once('.').filter(|(_, end)| end.len() < 16).unwrap_or((nom, ""));
    let mut most = NOM_OCTETS_MAX - end.len() - '…'.len_utf8() - 1;
    while !stem.is_char_boundary(most.min(stem.len())) {
        most -= 1;
    }
    let stem = &stem[..most.min(stem.len())];
    if end.is_empty() { format!("{stem}…") } else { format!("{stem}….{end}") }
}

impl Passage<'_> {
    fn sous(&self) -> String {
        format!("{}/{}", self.dossier.siren, self.dossier.genre)
    }

    /// In whose name files are loaded, with the rights of now.
    async fn personne(&self, genre: &Genre) -> Result<Option<Personne>, JobError> {
        let reader = crate::comptes::reader_of(&self.context.db, self.dossier.compte_id).await?;
        let Some(reader) = reader.filter(|reader| self.dossier.du_lieu && genre.may(reader)) else { return Ok(None) };
        let place = Some(self.dossier.collectivite_id);
        let request = format!("travail {}", self.run.id);
        let actor = Actor { id: Some(self.dossier.compte_id), name: self.dossier.compte.clone(), collectivite_id: place, ip: None, request };
        let mut personne = Personne::absent(reader, actor);
        personne.principale = place;
        Ok(Some(personne))
    }

    /// The pass; what kept it from being whole is said of the folder.
    ///
    /// # Errors
    /// PostgreSQL failed, or the job is no longer wanted.
    pub async fn fait(&self) -> Result<(), JobError> {
        let avis = self.passe().await?;
        queries::passe(self.context.db.pool(), self.dossier.id, avis.as_deref()).await?;
        Ok(())
    }

    async fn passe(&self) -> Result<Option<String>, JobError> {
        let pool = self.context.db.pool();
        let Some(genre) = Genre::find(&self.context.catalogue, &self.dossier.genre) else {
            return Ok(Some("Ce genre d’import n’existe plus.".into()));
        };
        if let Some(why) = genre.par_une_personne() {
            return Ok(Some(why.into()));
        }
        let known = queries::presents(pool, self.dossier.id).await?;
        let waiting = known.iter().filter(|file| file.etat != "vu").map(|file| file.nom.clone()).collect();
        let here = match self.lieu.liste(&self.sous(), waiting).await {
            Ok(here) => here,
            Err(why) => return Ok(Some(why)),
        };
        for file in known.iter().filter(|file| file.etat == "vu" && !here.iter().any(|entry| file.est(entry))) {
            queries::oublie(pool, file.id).await?;
        }
        let personne = self.personne(genre).await?;
        let mut avis = personne.is_none().then(|| PARTI.to_string());
        for entry in &here {
            self.run.still_wanted()?;
            match (known.iter().find(|file| file.est(entry)), &personne) {
                (None, _) => queries::voit(pool, self.dossier.id, entry).await?,
                // The same size and the same instant twice: nobody writes it any more.
                (Some(file), Some(personne)) if file.etat == "vu" => {
                    if let Err(why) = self.prend(personne, genre, (file, entry)).await? {
                        avis = Some(why);
                    }
                }
                _ => {}
            }
        }
        for file in queries::presents(pool, self.dossier.id).await? {
            self.run.still_wanted()?;
            if let Err(why) = self.suit(genre, &here, file).await? {
                avis = Some(why);
            }
        }
        Ok(avis)
    }

    /// Makes an import of a file; a sentence when the place or the worker failed.
    async fn prend(&self, personne: &Personne, genre: &'static Genre, (file, entry): (&Fichier, &Entree)) -> Result<Result<(), String>, JobError> {
        let pool = self.context.db.pool();
        let arrive = match self.lieu.lit(&self.sous(), entry).await {
            Err(why) => return Ok(Err(why)),
            Ok(Lu::Change) => return Ok(Ok(())),
            Ok(Lu::Illisible(why)) => return Ok(Ok(queries::finit(pool, file.id, "refuse", Some(&why)).await?)),
            Ok(Lu::Entier(arrive)) => arrive,
        };
        let kept = depot::garde(self.context, arrive.contenu.as_file(), arrive.octets, &arrive.sha256).await;
        let Ok(chemin) = kept else { return Ok(Err("Le dépôt de fichiers de Gardel n’a pas pris un fichier\u{a0}: il sera repris.".into())) };
        let origine = Origine::Depose(file.id);
        let depose = Depose { nom: &arrive.nom, octets: arrive.octets, sha256: &arrive.sha256, chemin: &chemin, origine };
        match inscription::inscrit(self.context, personne, genre, &depose, arrive.contenu.path()).await.map_err(failed)? {
            Recue::Gardee(_) => {}
            Recue::Deja(_, why) | Recue::Refusee(why) => queries::finit(pool, file.id, "refuse", Some(&why)).await?,
        }
        Ok(Ok(()))
    }

    /// What becomes of a file that was taken or refused: its lines are checked; once it is over, it is put aside.
    async fn suit(&self, genre: &'static Genre, here: &[Entree], mut file: Fichier) -> Result<Result<(), String>, JobError> {
        let pool = self.context.db.pool();
        let import = match file.import_id {
            Some(id) => crate::imports::queries::row(&mut *self.context.db.statement().acquire().await?, id).await?,
            None => None,
        };
        if file.etat == "pris" {
            let over = match &import {
                None => Some(("refuse", "Son import n’existe plus.")),
                Some(import) => match import.state() {
                    "termine" => Some(("traite", "")),
                    "annule" => Some(("refuse", "Son import a été annulé.")),
                    "abandonne" => Some(("refuse", "Son import a été abandonné.")),
                    _ => None,
                },
            };
            match (over, &import) {
                (Some((etat, motif)), _) => {
                    queries::finit(pool, file.id, etat, Some(motif)).await?;
                    (file.etat, file.motif) = (etat.to_string(), Some(motif.to_string()));
                }
                // Once: what a person is asked is then theirs to answer.
                (None, Some(import)) if import.etat == "lecture" && import.job_id.is_none() && file.motif.is_none() => {
                    if let Some(doute) = depart::verifie(self.context, import, genre).await.map_err(failed)? {
                        queries::attend(pool, file.id, &doute).await?;
                    }
                }
                _ => {}
            }
        }
        if !["traite", "refuse"].contains(&file.etat.as_str()) {
            return Ok(Ok(()));
        }
        self.range(here, file, import.as_ref().map(|import| (import, genre))).await
    }

    /// Puts a file aside: its report first, then itself.
    async fn range(&self, here: &[Entree], file: Fichier, import: Option<(&Import, &'static Genre)>) -> Result<Result<(), String>, JobError> {
        let (pool, sous) = (self.context.db.pool(), self.sous());
        let folder = if file.etat == "traite" { TRAITES } else { REFUSES };
        let aside = format!("{sous}/{folder}");
        let nom = match &file.range_nom {
            Some(nom) => nom.clone(),
            None => {
                let nom = self.nom_libre(&aside, &file).await;
                queries::nomme(pool, file.id, Some(&nom)).await?;
                nom
            }
        };
        let mut beside = vec![(format!("{nom}{RAPPORT}"), rapport::texte(self.context, &file, import).await?)];
        if let Some((import, _)) = import
            && let Some(lines) = rapport::lignes(self.context, import).await?
        {
            beside.push((format!("{nom}{REFUSEES}"), lines));
        }
        let entry = here.iter().find(|entry| file.est(entry));
        for (name, content) in beside {
            match self.ecrit(&aside, &name, content).await {
                // Nobody waits for the report of a file that was taken away: it does not come back at each pass.
                Err(why) if entry.is_none() => tracing::warn!(%why, fichier = file.id, "the report of a file that is gone is not written"),
                Err(why) => return Ok(Err(why)),
                Ok(()) => {}
            }
        }
        // Another one may have taken its name, or somebody taken it away: the report stays all the same.
        if let Some(entry) = entry {
            match self.lieu.range(&sous, entry, (folder, &nom)).await {
                Ok(Range::Fait | Range::Parti) => {}
                Ok(Range::Occupe) => {
                    // Under another name, at the next pass.
                    queries::nomme(pool, file.id, None).await?;
                    return Ok(Ok(()));
                }
                Err(why) => return Ok(Err(why)),
            }
        }
        queries::range(pool, file.id).await?;
        Ok(Ok(()))
    }

    /// A name that nothing has there, nor anything that would lie beside it.
    async fn nom_libre(&self, aside: &str, file: &Fichier) -> String {
        let plain = court(&cleaned(&file.nom));
        for place in 0..AUTRES_MAX {
            let nom = match place {
                0 => plain.clone(),
                1 => format!("{}-{plain}", file.id),
                _ => format!("{}-{place}-{plain}", file.id),
            };
            let mut free = true;
            for beside in ["", RAPPORT, REFUSEES] {
                free = free && !self.lieu.pris(aside, &format!("{nom}{beside}")).await;
            }
            if free {
                return nom;
            }
        }
        format!("{}-{plain}", file.id)
    }

    /// Writes what lies beside a file, under another name when something took its own meanwhile.
    async fn ecrit(&self, aside: &str, name: &str, content: Bytes) -> Result<(), String> {
        for place in 0..AUTRES_MAX {
            let name = if place == 0 { name.to_string() } else { format!("{name}.{place}") };
            if self.lieu.ecrit(aside, &name, content.clone()).await? {
                return Ok(());
            }
        }
        Err(format!("«\u{a0}{name}\u{a0}» existe déjà\u{a0}: le compte rendu n’est pas écrit."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_leaves_room_for_what_lies_beside_it() {
        for long in ["🌴".repeat(62) + ".csv", "a".repeat(251) + ".csv", "é".repeat(120), ".".repeat(3) + &"x".repeat(250)] {
            let short = court(&long);
            assert!(format!("9223372036854775807-19-{short}{REFUSEES}.19").len() <= 255, "{short}");
            assert!(!short.contains(char::REPLACEMENT_CHARACTER) && short.ends_with(".csv") == long.ends_with(".csv"), "{short}");
        }
        assert_eq!(court("releve.csv"), "releve.csv");
    }
}
