//! How the files that platforms give are called: their headers say which platform it is, and so who collected.

use crate::imports::Profil;

/// What a file says of the lodging by other means than its reference.
pub const NUMERO: &str = "numero_enregistrement";
pub const ADRESSE: &str = "adresse";
/// Those of age: with the minors, they are all who stayed.
pub const ADULTES: &str = "adultes";
/// What became of a booking.
pub const ETAT: &str = "etat_reservation";
/// The tax as whoever collected it says it.
pub const DECLAREE: &str = "taxe_declaree";

/// What hangs beside a stay in the files of platforms, whatever they call the rest.
macro_rules! platform {
    ($nom:literal, $code:literal, $hors:expr, $entetes:expr, [$($colonne:expr),* $(,)?]) => {
        Profil {
            nom: $nom,
            entetes: $entetes,
            colonnes: &[
                $($colonne,)*
                ("logement", "logement_id"), ("listing", "logement_id"), ("annonce", "logement_id"), ("propriete", "logement_id"), ("property", "logement_id"),
                ("adresse", ADRESSE), ("address", ADRESSE), ("numero d enregistrement", NUMERO), ("registration number", NUMERO),
                ("voyageurs", "nb_personnes"), ("personnes", "nb_personnes"), ("guests", "nb_personnes"), ("nombre de voyageurs", "nb_personnes"),
                ("mineurs", "nb_mineurs"), ("enfants", "nb_mineurs"), ("prix de la nuit", "prix_nuit"),
                ("depart", "date_fin"), ("end date", "date_fin"), ("check out", "date_fin"),
            ],
            constantes: &[("collecteur", $code)],
            hors: $hors,
            dates: None,
            nombres: None,
            mode: None,
            xml: None,
        }
    };
}

/// What Airbnb lists among the bookings: what it paid, what it corrected, the taxes that it passes on.
const VERSEMENTS: Option<(&str, &[&str])> = Some((
    "type",
    &[
        "payout",
        "versement",
        "virement",
        "adjustment",
        "ajustement",
        "resolution adjustment",
        "ajustement de la resolution",
        "resolution payout",
        "versement de la resolution",
        "pass through tot",
        "co-host payout",
        "versement au co-hote",
        "host remittance",
    ],
));

/// The headers that platforms give to the files that a host downloads.
pub static PROFILS: &[Profil] = &[
    platform!(
        "Airbnb",
        "airbnb",
        VERSEMENTS,
        &["date", "type", "code de confirmation", "debut|date de debut", "nuits", "devise", "montant"],
        [
            ("date", "date_perception"),
            ("code de confirmation", "reference"),
            ("debut", "date_debut"),
            ("date de debut", "date_debut"),
            ("date de fin", "date_fin"),
            ("nuits", "nuits"),
            ("taxe de sejour", DECLAREE),
            ("taxes de sejour", DECLAREE),
        ]
    ),
    platform!(
        "Airbnb (anglais)",
        "airbnb",
        VERSEMENTS,
        &["date", "type", "confirmation code", "start date", "nights", "currency", "amount"],
        [
            ("date", "date_perception"),
            ("confirmation code", "reference"),
            ("start date", "date_debut"),
            ("nights", "nuits"),
            ("occupancy taxes", DECLAREE),
        ]
    ),
    platform!(
        "Booking.com",
        "booking",
        None,
        &["type", "date du paiement", "numero de reference", "devise", "montant", "commission"],
        [
            ("date du paiement", "date_perception"),
            ("numero de reference", "reference"),
            ("taxe de sejour", DECLAREE),
            ("date d arrivee", "date_debut"),
            ("date de depart", "date_fin"),
            ("arrivee", "date_debut"),
        ]
    ),
    platform!(
        "Booking.com (anglais)",
        "booking",
        None,
        &["type", "payout date", "reference number", "currency", "amount", "commission"],
        [
            ("payout date", "date_perception"),
            ("reference number", "reference"),
            ("tourist tax", DECLAREE),
            ("city tax", DECLAREE),
            ("check in", "date_debut"),
            ("checkout", "date_fin"),
        ]
    ),
    platform!(
        "Abritel",
        "abritel",
        None,
        &["statut de reservation", "date de paiement", "n de reservation", "arrivee", "nuitees", "devise de paiement"],
        [("date de paiement", "date_perception"), ("n de reservation", "reference"), ("arrivee", "date_debut"), ("nuitees", "nuits")]
    ),
];
