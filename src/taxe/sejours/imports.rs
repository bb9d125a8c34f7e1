//! Séjours as files bring them: the registers of hosts, the exports of platforms, the lines of FARITAS.

use super::deductions::{compare, deduit, nomme};
use super::plateformes::{ADRESSE, ADULTES, DECLAREE, ETAT, NUMERO, PROFILS};
use super::prix::{PRIX, PRIX_SEJOUR};
use super::record::{PERSONNES_MAX, PRIX_MAX, SEJOUR};
use super::taxation::NUITS_MAX;
use crate::champs::Saisie;
use crate::imports::{Cle, Genre, Lien, Numero, Semblable, Somme, Statut};
use crate::records::Field;

/// Person-nights of one stay at most: 5,000 persons, a year and a day.
const NUITEES_MAX: i64 = 5_000 * NUITS_MAX;

/// What files say that is no field of a stay.
static APPORTS: &[Field] = &[
    Field::new(ADULTES, "Adultes", "", Saisie::Entier(0, PERSONNES_MAX)).optional(),
    Field::new(PRIX_SEJOUR, "Prix du séjour, hors taxes", "", Saisie::Montant(0, PRIX_MAX)).optional(),
    Field::new(PRIX, "Prix (de la nuit ou du séjour)", "", Saisie::Montant(0, PRIX_MAX)).optional(),
    Field::new("nuits", "Nuits", "", Saisie::Entier(1, NUITS_MAX)).optional(),
    Field::new("nuitees", "Nuitées (personnes × nuits)", "", Saisie::Entier(1, NUITEES_MAX)).optional(),
    Field::new(NUMERO, "N°\u{a0}d’enregistrement du logement", "", Saisie::Texte(60)).optional(),
    Field::new(ADRESSE, "Adresse du logement", "", Saisie::Texte(240)).optional(),
    Field::new(ETAT, "État de la réservation", "", Saisie::Texte(120)).optional(),
    Field::new(DECLAREE, "Taxe déclarée", "", Saisie::Montant(0, 100_000_000)).optional(),
];

/// How files call the number that Gardel gives to a lodging.
const PRECISES: &[(&str, &[&str])] = &[("logement_id", &["reference logement", "reference du logement"])];

/// A stay as a host, a platform or another software says it.
pub static REGISTRES: Genre = Genre {
    synonymes: &[
        (
            "logement_id",
            &[
                "logement",
                "reference logement",
                "reference du logement",
                "nom du logement",
                "hebergement",
                "annonce",
                "listing",
                "propriete",
                "property",
            ],
        ),
        (
            "date_debut",
            &[
                "debut",
                "date debut",
                "date de debut",
                "debut du sejour",
                "debut sejour",
                "date de debut du sejour",
                "date d arrivee",
                "date arrivee",
                "arrivee le",
                "du",
                "check in",
                "checkin",
                "start date",
                "arrival",
                "entree",
                "date a laquelle debute le sejour",
            ],
        ),
        (
            "date_fin",
            &[
                "fin",
                "date fin",
                "date de fin",
                "fin du sejour",
                "fin sejour",
                "date de fin du sejour",
                "date de depart",
                "date depart",
                "depart le",
                "au",
                "check out",
                "checkout",
                "end date",
                "departure",
                "sortie",
            ],
        ),
        (
            "collecteur",
            &[
                "collecteur",
                "plateforme",
                "nom de la plateforme",
                "operateur",
                "operateur numerique",
                "intermediaire",
                "canal",
                "source de reservation",
            ],
        ),
        (
            "reference",
            &[
                "ref",
                "reference sejour",
                "reference du sejour",
                "n de reservation",
                "no de reservation",
                "numero de reservation",
                "reservation",
                "code de confirmation",
                "confirmation code",
                "numero de reference",
                "reference number",
                "identifiant du sejour",
                "identifiant",
            ],
        ),
        (
            "date_perception",
            &[
                "percue le",
                "perception",
                "date de perception",
                "date perception",
                "date de la perception",
                "date du paiement",
                "date de paiement",
                "payout date",
            ],
        ),
        (
            "nb_personnes",
            &[
                "personnes",
                "pers",
                "nb personnes",
                "nombre de personnes",
                "nombre de personnes ayant sejourne",
                "voyageurs",
                "nombre de voyageurs",
                "nb voyageurs",
                "occupants",
                "nb pers",
                "total personnes",
                "guests",
                "number of guests",
            ],
        ),
        (
            "nb_mineurs",
            &[
                "mineurs",
                "nb mineurs",
                "nombre de mineurs",
                "dont mineurs",
                "enfants",
                "nb enfants",
                "nombre d enfants",
                "dont enfants",
                "children",
                "number of children",
                "mineur",
                "moins de 18 ans",
                "personnes exonerees",
                "nombre d exoneres",
            ],
        ),
        (ADULTES, &["adultes", "adulte", "nb adultes", "nombre d adultes", "dont adultes", "adults", "number of adults", "majeurs", "nb majeurs"]),
        ("nb_saisonniers", &["saisonniers", "nb saisonniers", "saison"]),
        ("nb_urgence", &["urgence", "nb urgence", "relogement"]),
        ("nb_loyer_modique", &["loyer modique", "nb loyer modique"]),
        (
            "prix_nuit",
            &[
                "prix nuit",
                "prix de la nuit",
                "prix de la nuit ht",
                "prix par nuit",
                "prix de la nuitee",
                "prix de chaque nuitee",
                "tarif nuit",
                "prix nuit ht",
                "price per night",
            ],
        ),
        (
            PRIX_SEJOUR,
            &[
                "prix du sejour",
                "prix sejour",
                "prix du sejour ht",
                "prix total",
                "prix total ht",
                "loyer du sejour",
                "loyer total",
                "montant du sejour",
                "montant total du sejour",
                "total price",
            ],
        ),
        // Of the night or of the stay: nothing says it but the tax that goes with it.
        (PRIX, &["prix", "prix ht", "loyer", "loyer ht", "tarif", "price", "rent"]),
        ("nuits", &["nb nuits", "nombre de nuits", "nights", "duree", "duree du sejour"]),
        ("nuitees", &["nuitees", "nb nuitees", "nombre de nuitees", "nuitees constatees", "nombre de nuitees constatees"]),
        (
            NUMERO,
            &[
                "n d enregistrement",
                "no d enregistrement",
                "numero d enregistrement",
                "numero enregistrement",
                "registration number",
                "numero de declaration",
                "numero d enregistrement du logement",
            ],
        ),
        (ADRESSE, &["adresse", "adresse du logement", "adresse de l hebergement", "adresse hebergement", "address"]),
        (
            DECLAREE,
            &[
                "taxe",
                "taxe de sejour",
                "montant de la taxe",
                "montant de la taxe percue",
                "taxe collectee",
                "taxe percue",
                "tourist tax",
                "city tax",
                "montant taxe",
            ],
        ),
        (
            ETAT,
            &[
                "statut",
                "status",
                "etat",
                "statut de reservation",
                "statut de la reservation",
                "etat de la reservation",
                "booking status",
                "reservation status",
            ],
        ),
        // Other ways to say the same, in registers and in English.
        (ADULTES, &["of adults", "adultes payants"]),
        ("nuits", &["of nights"]),
        ("nb_personnes", &["persons", "people"]),
        ("nb_mineurs", &["of children"]),
        ("reference", &["book number", "booking number", "reservation number"]),
        ("nb_mineurs", &["dont mineurs", "nb enfants", "nombre d enfants", "dont enfants", "children", "kids"]),
        (DECLAREE, &["taxes de sejour", "taxe sejour", "total taxe de sejour", "occupancy taxes"]),
        ("logement_id", &["nom du meuble", "meuble", "gite", "nom de l hebergement"]),
    ],
    precises: PRECISES,
    profils: PROFILS,
    ..COMMUN
};

/// The lines that the State passes on from platforms: the content of the single declaration, whose headers are not public.
pub static FARITAS: Genre = Genre {
    nom: "faritas",
    titre: "Séjours de FARITAS",
    about: "Les lignes que l’État transmet des plateformes (déclaration unique)\u{a0}: la plateforme, l’adresse ou le numéro d’enregistrement, les dates, les personnes, le montant.",
    synonymes: REGISTRES.synonymes,
    precises: PRECISES,
    fixes: &[("source", "faritas")],
    // A platform, always: which one is for the file, or a person, to say.
    incertains: &[("collecteur", &["*"])],
    ..COMMUN
};

/// What all of them share.
const COMMUN: Genre = Genre {
    cles: &[Cle {
        nom: "reference",
        mot: "cette référence chez ce collecteur",
        colonnes: &["collecteur", "reference"],
        sur: "t.collecteur = {1} AND t.reference = {2}",
        partout: true,
    }],
    valeurs: &[
        ("collecteur", "Hébergeur (en direct)", &["hote", "direct", "en direct", "hebergeur", "proprietaire", "loueur", "particulier"]),
        ("collecteur", "Airbnb", &["airbnb ireland", "airbnb ireland uc", "airbnb ireland unlimited company", "air bnb"]),
        ("collecteur", "Booking.com", &["booking", "booking com b v", "booking com bv"]),
        ("collecteur", "Abritel", &["homeaway", "abritel homeaway", "vrbo", "expedia", "eg vacation rentals ireland"]),
        ("collecteur", "Gîtes de France", &["gite de france", "gites de france var"]),
        ("collecteur", "Autre plateforme", &["autre", "autres"]),
    ],
    apports: APPORTS,
    deduits: &[("nb_personnes", &[ADULTES]), ("date_fin", &["nuits", "nuitees"]), ("logement_id", &[NUMERO, ADRESSE])],
    deduit: Some(deduit),
    compare: Some(compare),
    liens: &[Lien {
        champ: "logement_id",
        // What `deduit` joins: a number, then an address or a name.
        sql: "SELECT x.t, array_agg(DISTINCT l.id ORDER BY l.id) FROM unnest($1::text[]) x (t)
              JOIN logement l ON l.reference = split_part(x.t, ' — ', 1) OR l.reference = split_part(x.t, ' · ', 2)
                  OR l.numero_enregistrement = regexp_replace(split_part(x.t, ' · ', 1), '[^0-9A-Z]', '', 'g')
              WHERE l.code_insee = ANY($2) GROUP BY x.t",
        sinon: Some(
            "WITH x AS (SELECT t, trim(regexp_replace(sans_accents(CASE WHEN strpos(t, ' · ') > 0 THEN split_part(t, ' · ', 2) ELSE t END), '[^a-z0-9]+', ' ', 'g')) AS k
                 FROM unnest($1::text[]) u (t)),
             l AS (SELECT l.id, trim(regexp_replace(sans_accents(m.mots), '[^a-z0-9]+', ' ', 'g')) AS k FROM logement l JOIN commune c ON c.code_insee = l.code_insee
                 CROSS JOIN LATERAL (VALUES (l.nom), (l.adresse), (l.adresse || ' ' || c.nom)) m (mots) WHERE l.code_insee = ANY($2)
                 UNION ALL
                 SELECT l.id, trim(regexp_replace(sans_accents(l.adresse || ' ' || p.cp || ' ' || c.nom), '[^a-z0-9]+', ' ', 'g')) FROM logement l JOIN commune c ON c.code_insee = l.code_insee
                 CROSS JOIN LATERAL unnest(c.codes_postaux) p (cp) WHERE l.code_insee = ANY($2))
             SELECT x.t, array_agg(DISTINCT l.id ORDER BY l.id) FROM x JOIN l ON l.k = x.k WHERE x.k <> '' GROUP BY x.t",
        ),
        noms: "SELECT l.id, l.reference || coalesce(' ' || nullif(l.nom, ''), '') FROM logement l WHERE l.id = ANY($1)",
        conseil: "Créez ce logement, ou donnez-lui ce numéro d’enregistrement ou cette adresse, puis rechargez les lignes refusées\u{a0}; s’il existe, donnez sa référence (LOG-…).",
    }],
    sommes: &[
        Somme { mots: ("nuit", "nuits"), sql: "({v}->>'date_fin')::date - ({v}->>'date_debut')::date", argent: false },
        Somme { mots: ("personne", "personnes"), sql: "({v}->>'nb_personnes')::bigint", argent: false },
        Somme {
            mots: ("de taxe", "de taxe"),
            sql: "coalesce(({v}->>'montant_base')::bigint, 0) + coalesce(({v}->>'montant_departemental')::bigint, 0)",
            argent: true,
        },
    ],
    pareilles: true,
    nomme: Some(nomme),
    fixes: &[("source", "import")],
    // Words of the files of platforms: who collected is asked, since these taxes are not the host’s to declare.
    incertains: &[(
        "collecteur",
        &[
            "code de confirmation",
            "confirmation code",
            "frais de service",
            "service fee",
            "frais d hote",
            "host fee",
            "commission",
            "payout",
            "payout date",
            "versement",
            "revenus bruts",
            "gross earnings",
            "booking number",
            "book number",
            "booked on",
            "reserve le",
            "montant de la commission",
            "commission amount",
            "reservation id",
        ],
    )],
    semblables: &[Semblable {
        colonne: "logement_id",
        avec: &["date_debut", "date_fin", "nb_personnes"],
        mot: "le même logement, les mêmes dates, autant de personnes",
        ecarte: true,
        distingue: Some(("reference", "SAI-")),
        sur: "t.logement_id = {1}::bigint AND t.date_debut = {2}::date AND t.date_fin = {3}::date
              AND t.nb_personnes = {4}::int AND t.statut <> 'rejete'",
    }],
    lieu: "code_insee",
    avant: Some(super::regard::AVANT),
    fermee: Some("t.statut = 'valide'"),
    statut: Some(Statut {
        colonne: "statut",
        seul: "a_deux('taxe', t.code_insee) AND {} = ANY (t.saisi_par)",
        auteurs: "saisi_par",
        rend_auteurs: "SELECT auteurs_rendus($1, $2, $3)",
        phrase: "Ici, qui a corrigé un séjour ne le valide pas\u{a0}: une autre personne doit reprendre l’annulation pour qu’il redevienne validé.",
    }),
    tenue: "EXISTS (SELECT 1 FROM note x WHERE x.liste = 'sejours' AND x.cle = t.id) OR EXISTS (SELECT 1 FROM piece_jointe x WHERE x.liste = 'sejours' AND x.cle = t.id)",
    ..Genre::sur(
        "sejours",
        &SEJOUR,
        "Une ligne par séjour\u{a0}: le registre d’un hébergeur, ou le fichier d’une plateforme (Airbnb, Booking, Abritel). Le logement par sa référence, son numéro d’enregistrement ou son adresse. La taxe est calculée comme à l’écran.",
        Numero { colonne: "reference", label: "Référence", objet: "sejour", donne: true },
    )
};
