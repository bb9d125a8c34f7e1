//! La taxe d'un séjour, nuit par nuit : la délibération qui s'applique à chacune, la catégorie du logement cette nuit-là, et les
//! suites de nuits au même tarif. L'arithmétique est celle de `calcul.rs`.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::taxe::calcul::{self, Assiette, CalculError, SANS_CLASSEMENT};

/// Plus longue durée d'un séjour, en nuits : au-delà, une date est fausse.
pub const NUITS_MAX: i64 = 366;

/// Une délibération applicable une année, avec ses tarifs.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Deliberation {
    /// SIREN de la collectivité qui a délibéré.
    pub siren: String,
    /// Son nom.
    pub collectivite: String,
    /// Jour de la délibération.
    pub date_deliberation: NaiveDate,
    /// Premier jour où elle s'applique.
    pub applicable_du: NaiveDate,
    /// Dernier jour, le sien ou la veille de celle qui la remplace ; rien tant qu'aucune ne la remplace.
    pub valable_au: Option<NaiveDate>,
    /// Premier jour de la période de perception, MM-JJ.
    pub debut: String,
    /// Dernier jour, MM-JJ.
    pub fin: String,
    /// Elle porte la taxe additionnelle départementale (CGCT, art. L3333-1).
    pub taxe_departementale: bool,
    /// Premier et dernier jour de cette taxe, quand la délibération les dit.
    pub taxe_departementale_du: Option<NaiveDate>,
    pub taxe_departementale_au: Option<NaiveDate>,
    /// Loyer d'une nuit, en centimes, sous lequel rien n'est dû (CGCT, art. L2333-31, 4°).
    pub loyer_minimum_nuit: Option<i32>,
    /// Catégories dont elle fixe le tarif…
    pub categories: Vec<i16>,
    /// … et leurs tarifs : centimes, ou centièmes de pour cent pour la catégorie 9.
    pub valeurs: Vec<i32>,
}

/// Le taux légal de la taxe additionnelle départementale, et les nuits où il vaut (CGCT, art. L3333-1 ; table `regle_legale`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Taux {
    /// Première nuit.
    pub du: NaiveDate,
    /// Dernière, ou rien tant qu'aucun autre ne le remplace.
    pub au: Option<NaiveDate>,
    /// Centièmes de pour cent.
    pub taux: i32,
}

/// Ce qui se sait de la commune d'un séjour : ses délibérations, et les taux que la loi fixe.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connu<'a> {
    /// Celles de la commune et de son EPCI.
    pub deliberations: &'a [Deliberation],
    /// Taux de la taxe du département.
    pub taux: &'a [Taux],
}

impl Connu<'_> {
    /// Le taux du département une nuit où sa taxe est due.
    fn taux(&self, nuit: NaiveDate) -> Result<i64, Impossible> {
        let vaut = |connu: &&Taux| connu.du <= nuit && connu.au.is_none_or(|dernier| nuit <= dernier);
        self.taux.iter().find(vaut).map(|connu| i64::from(connu.taux)).ok_or(Impossible::SansTaux(nuit))
    }
}

impl Deliberation {
    /// Une commune qui délibère seule l'emporte sur son EPCI : son SIREN commence par 21.
    fn communale(&self) -> bool {
        self.siren.starts_with("21")
    }

    /// Elle vaut cette nuit-là, que sa période de perception la couvre ou non.
    fn vaut(&self, nuit: NaiveDate) -> bool {
        self.applicable_du <= nuit && self.valable_au.is_none_or(|dernier| nuit <= dernier)
    }

    fn couvre(&self, nuit: NaiveDate) -> bool {
        let jour = nuit.format("%m-%d").to_string();
        let dedans = if self.debut <= self.fin { self.debut <= jour && jour <= self.fin } else { jour >= self.debut || jour <= self.fin };
        self.vaut(nuit) && dedans
    }

    /// Elle porte la taxe du département cette nuit-là (CGCT, art. L3333-1).
    fn departementale(&self, nuit: NaiveDate) -> bool {
        self.taxe_departementale
            && self.taxe_departementale_du.is_none_or(|premier| premier <= nuit)
            && self.taxe_departementale_au.is_none_or(|dernier| nuit <= dernier)
    }

    fn tarif(&self, categorie: i16) -> Option<i64> {
        let place = self.categories.iter().position(|connue| *connue == categorie)?;
        self.valeurs.get(place).map(|valeur| i64::from(*valeur))
    }

    fn plafond(&self) -> Option<i64> {
        calcul::plafond(self.categories.iter().copied().zip(self.valeurs.iter().map(|valeur| i64::from(*valeur))))
    }
}

/// Ce qu'il faut savoir d'un séjour pour le taxer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demande {
    /// Première nuit.
    pub debut: NaiveDate,
    /// Jour du départ.
    pub fin: NaiveDate,
    /// Nature du logement, numéro du fichier DELTA.
    pub nature: i16,
    /// Catégorie du logement.
    pub categorie: i16,
    /// Dernier jour de son classement : ensuite il est sans classement, si sa nature se classe par étoiles.
    pub classe_jusqu_au: Option<NaiveDate>,
    /// Toutes les personnes.
    pub occupants: i64,
    /// Celles qui doivent la taxe.
    pub assujettis: i64,
    /// Prix de la nuit hors taxes, en centimes.
    pub prix_nuit: Option<i64>,
    /// Ce qui est déjà enregistré, pour corriger un séjour dont la délibération n'est plus connue.
    pub repli: Option<Repli>,
}

/// Le tarif d'un séjour déjà enregistré.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repli {
    /// Sa catégorie.
    pub categorie: i16,
    /// Centimes, ou centièmes de pour cent.
    pub tarif: i64,
    /// Plafond de la catégorie 9, en centimes.
    pub plafond: Option<i64>,
    /// Il portait une part du département.
    pub departementale: bool,
}

/// Une suite de nuits au même tarif.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Première nuit.
    pub debut: NaiveDate,
    /// Nombre de nuits.
    pub nuits: i64,
    /// Catégorie du logement ces nuits-là.
    pub categorie: i16,
    /// Qui a délibéré, et quand ; rien quand le tarif est celui qui était enregistré.
    pub collectivite: Option<String>,
    pub deliberation: Option<NaiveDate>,
    /// Centimes par personne et par nuit, ou centièmes de pour cent.
    pub tarif: i64,
    /// Plafond de la catégorie 9, en centimes.
    pub plafond: Option<i64>,
    /// Le plafond a joué.
    pub plafonne: bool,
    /// Hors de toute période de perception : rien n'est dû.
    #[serde(default)]
    pub hors_periode: bool,
    /// Taux de la part du département, en centièmes de pour cent ; rien dans ce qui a été calculé avant qu'il soit gardé.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taux_departemental: Option<i64>,
    /// Centimes d'une personne pour une nuit : part de la collectivité, part du département.
    pub unitaire_base: i64,
    pub unitaire_departemental: i64,
    /// Centimes pour ces nuits.
    pub base: i64,
    pub departemental: i64,
}

/// La taxe d'un séjour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxation {
    /// Ses suites de nuits.
    pub parts: Vec<Part>,
    /// Loyer sous lequel rien n'est dû, quand le prix donné est dessous.
    pub sous_le_seuil: Option<i64>,
}

impl Taxation {
    /// Part de la commune ou de l'EPCI, en centimes.
    pub fn base(&self) -> i64 {
        self.parts.iter().map(|part| part.base).sum()
    }

    /// Part du département, en centimes.
    pub fn departemental(&self) -> i64 {
        self.parts.iter().map(|part| part.departemental).sum()
    }
}

/// Pourquoi un séjour ne se taxe pas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// Aucune délibération connue ne couvre cette nuit.
    SansDeliberation(NaiveDate),
    /// Elle n'a pas de tarif pour cette catégorie.
    SansTarif(NaiveDate, i16, String),
    /// La catégorie 9 demande le prix de la nuit.
    SansPrix(NaiveDate),
    /// La taxe du département est due cette nuit-là, et aucun taux légal n'est connu.
    SansTaux(NaiveDate),
    /// Le tarif enregistré de catégorie 9 n'a pas de plafond : il ne se calcule pas.
    SansPlafond,
    /// Le calcul refuse ces nombres.
    Calcul(CalculError),
}

/// Ce qui fixe le montant d'une nuit.
#[derive(Clone, PartialEq, Eq)]
struct Regle<'a> {
    categorie: i16,
    deliberation: Option<&'a Deliberation>,
    tarif: i64,
    plafond: Option<i64>,
    taux_departemental: i64,
    hors_periode: bool,
}

/// Dernière des natures classées par étoiles : palaces, hôtels, résidences, meublés, villages de vacances. Les autres sont
/// taxées par équivalence, classées ou non (CGCT, art. L2333-30).
pub const NATURE_A_ETOILES_MAX: i16 = 5;

/// Taxe `demande` d'après ce qui est connu de sa commune (CGCT, art. L2333-30, L2333-31 et L3333-1).
///
/// # Errors
/// Dit ce qui manque : une délibération, un tarif, un prix, un taux.
pub fn taxer(demande: &Demande, connu: Connu<'_>) -> Result<Taxation, Impossible> {
    let mut suites: Vec<(NaiveDate, i64, Regle<'_>)> = Vec::new();
    for nuit in demande.debut.iter_days().take_while(|nuit| *nuit < demande.fin) {
        let regle = regle(demande, connu, nuit)?;
        match suites.last_mut() {
            Some((_, nuits, derniere)) if *derniere == regle => *nuits += 1,
            _ => suites.push((nuit, 1, regle)),
        }
    }
    let parts = suites.into_iter().map(|(debut, nuits, regle)| part(demande, debut, nuits, &regle)).collect::<Result<Vec<_>, _>>()?;
    let seuil = applicable(connu.deliberations, demande.debut).and_then(|known| known.loyer_minimum_nuit).map(i64::from);
    Ok(Taxation { parts, sous_le_seuil: seuil.filter(|seuil| demande.prix_nuit.is_some_and(|prix| prix < *seuil)) })
}

fn regle<'a>(demande: &Demande, connu: Connu<'a>, nuit: NaiveDate) -> Result<Regle<'a>, Impossible> {
    let expire = demande.nature <= NATURE_A_ETOILES_MAX && demande.classe_jusqu_au.is_some_and(|dernier| nuit > dernier);
    let categorie = if expire { SANS_CLASSEMENT } else { demande.categorie };
    let Some(deliberation) = applicable(connu.deliberations, nuit) else {
        // Une délibération vaut cette nuit-là, et sa période ne la couvre pas : rien n'est dû.
        if connu.deliberations.iter().any(|known| known.vaut(nuit)) {
            return Ok(Regle { categorie, deliberation: None, tarif: 0, plafond: None, taux_departemental: 0, hors_periode: true });
        }
        let Repli { categorie, tarif, plafond, departementale } = demande.repli.ok_or(Impossible::SansDeliberation(nuit))?;
        if categorie == SANS_CLASSEMENT && plafond.is_none() {
            return Err(Impossible::SansPlafond);
        }
        let taux_departemental = if departementale { connu.taux(nuit)? } else { 0 };
        return Ok(Regle { categorie, deliberation: None, tarif, plafond, taux_departemental, hors_periode: false });
    };
    let sans_tarif = || Impossible::SansTarif(nuit, categorie, deliberation.collectivite.clone());
    let tarif = deliberation.tarif(categorie).ok_or_else(sans_tarif)?;
    let plafond = if categorie == SANS_CLASSEMENT { Some(deliberation.plafond().ok_or_else(sans_tarif)?) } else { None };
    let taux_departemental = if deliberation.departementale(nuit) { connu.taux(nuit)? } else { 0 };
    Ok(Regle { categorie, deliberation: Some(deliberation), tarif, plafond, taux_departemental, hors_periode: false })
}

/// La délibération qui s'applique à une nuit : celle de la commune, sinon celle de l'EPCI, la plus récente.
fn applicable(deliberations: &[Deliberation], nuit: NaiveDate) -> Option<&Deliberation> {
    deliberations.iter().filter(|known| known.couvre(nuit)).max_by_key(|known| (known.communale(), known.applicable_du, known.date_deliberation))
}

fn part(demande: &Demande, debut: NaiveDate, nuits: i64, regle: &Regle<'_>) -> Result<Part, Impossible> {
    let assiette = match (regle.categorie, regle.plafond) {
        (SANS_CLASSEMENT, Some(plafond)) => {
            let prix_nuit = demande.prix_nuit.ok_or(Impossible::SansPrix(debut))?;
            Assiette::Proportion { prix_nuit, taux: regle.tarif, plafond }
        }
        _ => Assiette::Tarif(regle.tarif),
    };
    let (occupants, assujettis, taux_departemental) = (demande.occupants, demande.assujettis, regle.taux_departemental);
    let sejour = calcul::Sejour { assiette, occupants, assujettis, nuits, taux_departemental };
    let montant = calcul::calculer(&sejour).map_err(Impossible::Calcul)?;
    Ok(Part {
        debut,
        nuits,
        categorie: regle.categorie,
        collectivite: regle.deliberation.map(|known| known.collectivite.clone()),
        deliberation: regle.deliberation.map(|known| known.date_deliberation),
        tarif: regle.tarif,
        plafond: regle.plafond,
        plafonne: montant.plafonne,
        hors_periode: regle.hors_periode,
        taux_departemental: Some(taux_departemental).filter(|taux| *taux > 0),
        unitaire_base: montant.unitaire_base,
        unitaire_departemental: montant.unitaire_departemental,
        base: montant.base,
        departemental: montant.departemental,
    })
}

impl Part {
    /// Dernière nuit.
    pub fn derniere(&self) -> NaiveDate {
        self.debut + Days::new(u64::try_from(self.nuits - 1).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests;
