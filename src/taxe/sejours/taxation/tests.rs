//! The tax of a stay, on the tariffs of Marie-Galante.

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
        applicable_du: jour(&format!("{annee}-01-01")),
        valable_au: Some(jour(&format!("{annee}-12-31"))),
        debut: debut.into(),
        fin: fin.into(),
        taxe_departementale: false,
        taxe_departementale_du: None,
        taxe_departementale_au: None,
        loyer_minimum_nuit: Some(3_000),
        categories: tarifs.iter().map(|(categorie, _)| *categorie).collect(),
        valeurs: tarifs.iter().map(|(_, valeur)| *valeur).collect(),
    }
}

const MARIE_GALANTE: &[(i16, i32)] = &[(1, 200), (2, 200), (3, 200), (4, 120), (5, 70), (6, 60), (7, 55), (8, 20), (9, 500)];
const TOUTE: (&str, &str) = ("01-01", "12-31");

/// Dix pour cent, puis douze en 2031 : le taux d'une nuit est celui de son jour.
const TAUX: &[Taux] = &[
    Taux { du: NaiveDate::from_ymd_opt(2015, 1, 1).expect("un jour"), au: NaiveDate::from_ymd_opt(2030, 12, 31), taux: 1_000 },
    Taux { du: NaiveDate::from_ymd_opt(2031, 1, 1).expect("un jour"), au: None, taux: 1_200 },
];

fn connu(deliberations: &[Deliberation]) -> Connu<'_> {
    Connu { deliberations, taux: TAUX }
}

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
    let taxation = taxer(&demande("2026-12-29", "2027-01-03", 4), connu(&connues)).expect("deux délibérations");
    assert_eq!(montants(&taxation), [("2026-12-29".into(), 3, 4, 720), ("2027-01-01".into(), 2, 4, 600)]);
    assert_eq!(taxation.base(), 1_320);
    assert_eq!(taxation.parts[0].derniere(), jour("2026-12-31"));
    // La nuit du 1er janvier n'a pas de délibération.
    assert_eq!(taxer(&demande("2026-12-29", "2027-01-03", 4), connu(&connues[..1])), Err(Impossible::SansDeliberation(jour("2027-01-01"))));
}

#[test]
fn la_commune_l_emporte_sur_l_epci_dans_sa_periode() {
    let connues = [
        deliberation("249710047", 2026, TOUTE, MARIE_GALANTE),
        // Haute saison de la seule commune, à cheval sur la fin de l'année.
        deliberation("219711041", 2026, ("12-20", "04-15"), &[(4, 180), (9, 100)]),
    ];
    let taxation = taxer(&demande("2026-04-14", "2026-04-17", 4), connu(&connues)).expect("des tarifs");
    assert_eq!(montants(&taxation), [("2026-04-14".into(), 2, 4, 720), ("2026-04-16".into(), 1, 4, 240)]);
    assert_eq!(
        taxer(&demande("2026-01-05", "2026-01-06", 5), connu(&connues)),
        Err(Impossible::SansTarif(jour("2026-01-05"), 5, "219711041".into()))
    );
}

#[test]
fn un_classement_expire_passe_en_categorie_neuf() {
    let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
    let expire = Demande { classe_jusqu_au: Some(jour("2026-05-10")), ..demande("2026-05-09", "2026-05-13", 4) };
    // Deux nuits à 1,20 € ; puis 5 % de 133,33 € ÷ 3 = 2,22 €, plafonné à 2,00 €.
    let taxation = taxer(&expire, connu(&connues)).expect("des tarifs");
    assert_eq!(montants(&taxation), [("2026-05-09".into(), 2, 4, 480), ("2026-05-11".into(), 2, 9, 800)]);
    assert!(taxation.parts[1].plafonne && !taxation.parts[0].plafonne);
    assert_eq!(taxer(&Demande { prix_nuit: None, ..expire }, connu(&connues)), Err(Impossible::SansPrix(jour("2026-05-11"))));
}

#[test]
fn le_seuil_de_loyer_est_dit() {
    let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
    let modeste = Demande { prix_nuit: Some(2_999), ..demande("2026-05-09", "2026-05-10", 4) };
    assert_eq!(taxer(&modeste, connu(&connues)).expect("un tarif").sous_le_seuil, Some(3_000));
    assert_eq!(taxer(&Demande { prix_nuit: Some(3_000), ..modeste }, connu(&connues)).expect("un tarif").sous_le_seuil, None);
}

#[test]
fn un_ancien_sejour_garde_son_tarif() {
    let ancien =
        Demande { repli: Some(Repli { categorie: 4, tarif: 110, plafond: None, departementale: false }), ..demande("2019-05-09", "2019-05-11", 4) };
    let taxation = taxer(&ancien, connu(&[])).expect("le tarif enregistré");
    assert_eq!((taxation.base(), taxation.departemental(), taxation.parts[0].collectivite.as_deref()), (440, 0, None));
    // Sa part du département reste ; une catégorie 9 sans plafond ne se calcule pas.
    let part = Demande { repli: Some(Repli { categorie: 4, tarif: 110, plafond: None, departementale: true }), ..ancien.clone() };
    assert_eq!(taxer(&part, connu(&[])).expect("le tarif enregistré").departemental(), 44);
    let neuf = Demande { repli: Some(Repli { categorie: 9, tarif: 500, plafond: None, departementale: false }), ..ancien };
    assert_eq!(taxer(&neuf, connu(&[])), Err(Impossible::SansPlafond));
}

#[test]
fn hors_de_la_periode_rien_n_est_du() {
    let connues = [deliberation("249710047", 2026, ("05-01", "09-30"), MARIE_GALANTE)];
    let taxation = taxer(&demande("2026-09-29", "2026-10-03", 4), connu(&connues)).expect("une délibération de l’année");
    assert_eq!(montants(&taxation), [("2026-09-29".into(), 2, 4, 480), ("2026-10-01".into(), 2, 4, 0)]);
    assert!(taxation.parts[1].hors_periode && !taxation.parts[0].hors_periode);
}

#[test]
fn ce_qui_ne_se_classe_pas_par_etoiles_garde_sa_categorie() {
    let connues = [deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)];
    let camping = Demande { nature: 8, classe_jusqu_au: Some(jour("2026-05-10")), prix_nuit: None, ..demande("2026-05-12", "2026-05-14", 7) };
    assert_eq!(montants(&taxer(&camping, connu(&connues)).expect("un tarif")), [("2026-05-12".into(), 2, 7, 220)]);
}

#[test]
fn une_nouvelle_deliberation_prend_la_suite_a_sa_date() {
    let ancienne = Deliberation { valable_au: Some(jour("2026-06-30")), ..deliberation("249710047", 2026, TOUTE, MARIE_GALANTE) };
    let suivante =
        Deliberation { applicable_du: jour("2026-07-01"), valable_au: None, ..deliberation("249710047", 2026, TOUTE, &[(4, 150), (9, 500)]) };
    let taxation = taxer(&demande("2026-06-29", "2026-07-02", 4), connu(&[suivante.clone(), ancienne])).expect("deux délibérations");
    assert_eq!(montants(&taxation), [("2026-06-29".into(), 2, 4, 480), ("2026-07-01".into(), 1, 4, 300)]);
    // Sans fin dite, elle vaut encore les années suivantes.
    assert_eq!(taxer(&demande("2028-12-30", "2029-01-02", 4), connu(&[suivante])).expect("reconduite").base(), 900);
}

#[test]
fn la_part_du_departement_a_ses_dates() {
    let connue = Deliberation {
        taxe_departementale: true,
        taxe_departementale_du: Some(jour("2026-05-10")),
        taxe_departementale_au: Some(jour("2026-05-10")),
        ..deliberation("249710047", 2026, TOUTE, MARIE_GALANTE)
    };
    let taxation = taxer(&demande("2026-05-09", "2026-05-12", 4), connu(&[connue])).expect("un tarif");
    assert_eq!(taxation.parts.iter().map(|part| part.departemental).collect::<Vec<_>>(), [0, 24, 0]);
}

#[test]
fn la_part_du_departement_est_a_part() {
    let connues = [Deliberation { taxe_departementale: true, ..deliberation("249710047", 2026, TOUTE, MARIE_GALANTE) }];
    let taxation = taxer(&demande("2026-05-09", "2026-05-11", 4), connu(&connues)).expect("un tarif");
    assert_eq!((taxation.base(), taxation.departemental()), (480, 48));
}

#[test]
fn le_taux_du_departement_est_celui_de_la_nuit() {
    let deliberation = Deliberation { taxe_departementale: true, valable_au: None, ..deliberation("249710047", 2026, TOUTE, MARIE_GALANTE) };
    let connues = [deliberation];
    let taxation = taxer(&demande("2030-12-31", "2031-01-02", 4), connu(&connues)).expect("deux taux");
    // 120 centimes : 12 puis, à 12 %, 14,4 arrondis à 14 ; deux personnes.
    assert_eq!(
        taxation.parts.iter().map(|part| (part.nuits, part.taux_departemental, part.departemental)).collect::<Vec<_>>(),
        [(1, Some(1_000), 24), (1, Some(1_200), 28)]
    );
    let sans_taux = Connu { deliberations: &connues, taux: &TAUX[1..] };
    assert_eq!(taxer(&demande("2030-12-31", "2031-01-02", 4), sans_taux), Err(Impossible::SansTaux(jour("2030-12-31"))));
}
