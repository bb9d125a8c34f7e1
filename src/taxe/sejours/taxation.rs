//! La taxe d'un séjour, nuit par nuit : la délibération qui s'applique à chacune, la catégorie du logement cette nuit-là, et les
//! suites de nuits au même tarif. L'arithmétique est celle de `calcul.rs`.

use chrono::{Datelike, Days, NaiveDate};
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
    /// Année où elle s'applique.
    pub annee: i16,
    /// Premier jour de la période de perception, MM-JJ.
    pub debut: String,
    /// Dernier jour, MM-JJ.
    pub fin: String,
    /// Elle porte la taxe additionnelle départementale (CGCT, art. L3333-1).
    pub taxe_departementale: bool,
    /// Loyer d'une nuit, en centimes, sous lequel rien n'est dû (CGCT, art. L2333-31, 4°).
    pub loyer_minimum_nuit: Option<i32>,
    /// Catégories dont elle fixe le tarif…
    pub categories: Vec<i16>,
    /// … et leurs tarifs : centimes, ou centièmes de pour cent pour la catégorie 9.
    pub valeurs: Vec<i32>,
}

impl Deliberation {
    /// Une commune qui délibère seule l'emporte sur son EPCI : son SIREN commence par 21.
    fn communale(&self) -> bool {
        self.siren.starts_with("21")
    }

    fn couvre(&self, nuit: NaiveDate) -> bool {
        let jour = nuit.format("%m-%d").to_string();
        let dedans = if self.debut <= self.fin { self.debut <= jour && jour <= self.fin } else { jour >= self.debut || jour <= self.fin };
        i32::from(self.annee) == nuit.year() && dedans
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
    departementale: bool,
    hors_periode: bool,
}

/// Dernière des natures classées par étoiles : palaces, hôtels, résidences, meublés, villages de vacances. Les autres sont
/// taxées par équivalence, classées ou non (CGCT, art. L2333-30).
pub const NATURE_A_ETOILES_MAX: i16 = 5;

/// Taxe `demande` d'après les délibérations de sa commune (CGCT, art. L2333-30, L2333-31 et L3333-1).
///
/// # Errors
/// Dit ce qui manque : une délibération, un tarif, un prix.
pub fn taxer(demande: &Demande, deliberations: &[Deliberation]) -> Result<Taxation, Impossible> {
    let mut suites: Vec<(NaiveDate, i64, Regle<'_>)> = Vec::new();
    for nuit in demande.debut.iter_days().take_while(|nuit| *nuit < demande.fin) {
        let regle = regle(demande, deliberations, nuit)?;
        match suites.last_mut() {
            Some((_, nuits, derniere)) if *derniere == regle => *nuits += 1,
            _ => suites.push((nuit, 1, regle)),
        }
    }
    let parts = suites.into_iter().map(|(debut, nuits, regle)| part(demande, debut, nuits, &regle)).collect::<Result<Vec<_>, _>>()?;
    let seuil = applicable(deliberations, demande.debut).and_then(|known| known.loyer_minimum_nuit).map(i64::from);
    Ok(Taxation { parts, sous_le_seuil: seuil.filter(|seuil| demande.prix_nuit.is_some_and(|prix| prix < *seuil)) })
}

fn regle<'a>(demande: &Demande, deliberations: &'a [Deliberation], nuit: NaiveDate) -> Result<Regle<'a>, Impossible> {
    let expire = demande.nature <= NATURE_A_ETOILES_MAX && demande.classe_jusqu_au.is_some_and(|dernier| nuit > dernier);
    let categorie = if expire { SANS_CLASSEMENT } else { demande.categorie };
    let Some(deliberation) = applicable(deliberations, nuit) else {
        // Une délibération de l'année existe, et sa période ne couvre pas cette nuit : rien n'est dû.
        if deliberations.iter().any(|known| i32::from(known.annee) == nuit.year()) {
            return Ok(Regle { categorie, deliberation: None, tarif: 0, plafond: None, departementale: false, hors_periode: true });
        }
        let Repli { categorie, tarif, plafond, departementale } = demande.repli.ok_or(Impossible::SansDeliberation(nuit))?;
        if categorie == SANS_CLASSEMENT && plafond.is_none() {
            return Err(Impossible::SansPlafond);
        }
        return Ok(Regle { categorie, deliberation: None, tarif, plafond, departementale, hors_periode: false });
    };
    let sans_tarif = || Impossible::SansTarif(nuit, categorie, deliberation.collectivite.clone());
    let tarif = deliberation.tarif(categorie).ok_or_else(sans_tarif)?;
    let plafond = if categorie == SANS_CLASSEMENT { Some(deliberation.plafond().ok_or_else(sans_tarif)?) } else { None };
    let departementale = deliberation.taxe_departementale;
    Ok(Regle { categorie, deliberation: Some(deliberation), tarif, plafond, departementale, hors_periode: false })
}

/// La délibération qui s'applique à une nuit : celle de la commune, sinon celle de l'EPCI, la plus récente.
fn applicable(deliberations: &[Deliberation], nuit: NaiveDate) -> Option<&Deliberation> {
    deliberations.iter().filter(|known| known.couvre(nuit)).max_by_key(|known| (known.communale(), known.date_deliberation))
}

fn part(demande: &Demande, debut: NaiveDate, nuits: i64, regle: &Regle<'_>) -> Result<Part, Impossible> {
    let assiette = match (regle.categorie, regle.plafond) {
        (SANS_CLASSEMENT, Some(plafond)) => {
            let prix_nuit = demande.prix_nuit.ok_or(Impossible::SansPrix(debut))?;
            Assiette::Proportion { prix_nuit, taux: regle.tarif, plafond }
        }
        _ => Assiette::Tarif(regle.tarif),
    };
    let (occupants, assujettis, departementale) = (demande.occupants, demande.assujettis, regle.departementale);
    let sejour = calcul::Sejour { assiette, occupants, assujettis, nuits, departementale };
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
mod tests {
    use super::*;

    fn jour(texte: &str) -> NaiveDate {
        texte.parse().expect("un jour")
    }

    /// Marie-Galante et une commune imaginée de son territoire qui délibère seule ; tarifs de l'EPCI : fichier DELTA de 2026.
    fn deliberation(siren: &str, annee: i16, (debut, fin): (&str, &str), tarifs: &[(i16, i32)]) -> Deliberation {
        Deliberation {
            siren: siren.into(),
            collectivite: siren.into(),
            date_deliberation: jour("2019-09-10"),
            annee,
            debut: debut.into(),
            fin: fin.into(),
            taxe_departementale: false,
            loyer_minimum_nuit: Some(3_000),
            categories: tarifs.iter().map(|(categorie, _)| *categorie).collect(),
            valeurs: tarifs.iter().map(|(_, valeur)| *valeur).collect(),
        }
    }

    const MARIE_GALANTE: &[(i16, i32)] = &[(1, 200), (2, 200), (3, 200), (4, 120), (5, 70), (6, 60), (7, 55), (8, 20), (9, 500)];
    const TOUTE: (&str, &str) = ("01-01", "12-31");

    fn demande(debut: &str, fin: &str, categorie: i16) -> Demande {
        Demande {
            debut: jour(debut),
            fin: jour(fin),
            nature: 4,
            categorie,
            classe_jusqu_au: None,
            occupants: 3,
            assujettis: 2,
            prix_nuit: Some(13_333),
            repli: None,
        }
    }

    fn montants(taxation: &Taxation) -> Vec<(String, i64, i16, i64)> {
        taxation.parts.iter().map(|part| (part.debut.to_string(), part.nuits, part.categorie, part.base)).collect()
    }

    #[test]
    fn chaque_nuit_a_le_tarif_de_son_jour() {
        let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE), deliberation("249710047", 2027, TOUTE, &[(4, 150), (9, 500)])];
        // À cheval sur deux années : 3 nuits à 1,20 €, 2 à 1,50 €, deux assujettis.
        let taxation = taxer(&demande("2026-12-29", "2027-01-03", 4), &connues).expect("deux délibérations");
        assert_eq!(montants(&taxation), [("2026-12-29".into(), 3, 4, 720), ("2027-01-01".into(), 2, 4, 600)]);
        assert_eq!(taxation.base(), 1_320);
        assert_eq!(taxation.parts[0].derniere(), jour("2026-12-31"));
        // La nuit du 1er janvier n'a pas de délibération.
        assert_eq!(taxer(&demande("2026-12-29", "2027-01-03", 4), &connues[..1]), Err(Impossible::SansDeliberation(jour("2027-01-01"))));
    }

    #[test]
    fn la_commune_l_emporte_sur_l_epci_dans_sa_periode() {
        let connues = [
            deliberation("249710047", 2026, TOUTE, MARIE_GALANTE),
            // Haute saison de la seule commune, à cheval sur la fin de l'année.
            deliberation("219711041", 2026, ("12-20", "04-15"), &[(4, 180), (9, 100)]),
        ];
        let taxation = taxer(&demande("2026-04-14", "2026-04-17", 4), &connues).expect("des tarifs");
        assert_eq!(montants(&taxation), [("2026-04-14".into(), 2, 4, 720), ("2026-04-16".into(), 1, 4, 240)]);
        assert_eq!(taxer(&demande("2026-01-05", "2026-01-06", 5), &connues), Err(Impossible::SansTarif(jour("2026-01-05"), 5, "219711041".into())));
    }

    #[test]
    fn un_classement_expire_passe_en_categorie_neuf() {
        let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
        let expire = Demande { classe_jusqu_au: Some(jour("2026-05-10")), ..demande("2026-05-09", "2026-05-13", 4) };
        // Deux nuits à 1,20 € ; puis 5 % de 133,33 € ÷ 3 = 2,22 €, plafonné à 2,00 €.
        let taxation = taxer(&expire, &connues).expect("des tarifs");
        assert_eq!(montants(&taxation), [("2026-05-09".into(), 2, 4, 480), ("2026-05-11".into(), 2, 9, 800)]);
        assert!(taxation.parts[1].plafonne && !taxation.parts[0].plafonne);
        assert_eq!(taxer(&Demande { prix_nuit: None, ..expire }, &connues), Err(Impossible::SansPrix(jour("2026-05-11"))));
    }

    #[test]
    fn le_seuil_de_loyer_est_dit() {
        let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
        let modeste = Demande { prix_nuit: Some(2_999), ..demande("2026-05-09", "2026-05-10", 4) };
        assert_eq!(taxer(&modeste, &connues).expect("un tarif").sous_le_seuil, Some(3_000));
        assert_eq!(taxer(&Demande { prix_nuit: Some(3_000), ..modeste }, &connues).expect("un tarif").sous_le_seuil, None);
    }

    #[test]
    fn un_ancien_sejour_garde_son_tarif() {
        let ancien = Demande {
            repli: Some(Repli { categorie: 4, tarif: 110, plafond: None, departementale: false }),
            ..demande("2019-05-09", "2019-05-11", 4)
        };
        let taxation = taxer(&ancien, &[]).expect("le tarif enregistré");
        assert_eq!((taxation.base(), taxation.departemental(), taxation.parts[0].collectivite.as_deref()), (440, 0, None));
        // Sa part du département reste ; une catégorie 9 sans plafond ne se calcule pas.
        let part = Demande { repli: Some(Repli { categorie: 4, tarif: 110, plafond: None, departementale: true }), ..ancien.clone() };
        assert_eq!(taxer(&part, &[]).expect("le tarif enregistré").departemental(), 44);
        let neuf = Demande { repli: Some(Repli { categorie: 9, tarif: 500, plafond: None, departementale: false }), ..ancien };
        assert_eq!(taxer(&neuf, &[]), Err(Impossible::SansPlafond));
    }

    #[test]
    fn hors_de_la_periode_rien_n_est_du() {
        let connues = [deliberation("249710047", 2026, ("05-01", "09-30"), MARIE_GALANTE)];
        let taxation = taxer(&demande("2026-09-29", "2026-10-03", 4), &connues).expect("une délibération de l’année");
        assert_eq!(montants(&taxation), [("2026-09-29".into(), 2, 4, 480), ("2026-10-01".into(), 2, 4, 0)]);
        assert!(taxation.parts[1].hors_periode && !taxation.parts[0].hors_periode);
    }

    #[test]
    fn ce_qui_ne_se_classe_pas_par_etoiles_garde_sa_categorie() {
        let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
        let camping = Demande { nature: 8, classe_jusqu_au: Some(jour("2026-05-10")), prix_nuit: None, ..demande("2026-05-12", "2026-05-14", 7) };
        assert_eq!(montants(&taxer(&camping, &connues).expect("un tarif")), [("2026-05-12".into(), 2, 7, 220)]);
    }

    #[test]
    fn la_part_du_departement_est_a_part() {
        let connues = [Deliberation { taxe_departementale: true, ..deliberation("249710047", 2026, TOUTE, MARIE_GALANTE) }];
        let taxation = taxer(&demande("2026-05-09", "2026-05-11", 4), &connues).expect("un tarif");
        assert_eq!((taxation.base(), taxation.departemental()), (480, 48));
    }
}
