//! Hébergeurs and logements as files bring them: how their columns are called, how a row is recognised.

use super::classements::{CLASSEMENTS, plus_ancien};
use super::records::{HEBERGEUR, LOGEMENT, attach_sql};
use super::sejours::{FARITAS, REGISTRES};
use crate::imports::{Cle, Genre, Lien, Ligne, Numero, Semblable, plie};

/// The kinds of import of the room.
pub static IMPORTS: &[&Genre] = &[&HEBERGEURS, &LOGEMENTS, &REGISTRES, &FARITAS, &CLASSEMENTS];

/// How files say the commune.
const COMMUNE: &[&str] = &["commune", "ville de location", "insee", "code insee", "code commune", "commune de location", "commune du logement"];
/// How they say its code: no two communes share it.
const CODE: &[&str] = &["insee", "code insee", "code commune"];
/// How they say an address.
const ADRESSE: &[&str] = &["adresse", "adresse 1", "adresse postale", "rue", "voie", "address", "adresse du logement", "adresse hebergement"];

static HEBERGEURS: Genre = Genre {
    cles: &[
        Cle { nom: "siret", mot: "ce SIRET", colonnes: &["siret"], sur: "t.siret = {}", partout: false },
        Cle {
            nom: "adresse",
            mot: "ce nom, cette adresse et ce code postal",
            colonnes: &["nom", "adresse", "code_postal"],
            sur: "sans_accents(t.nom) COLLATE \"C\" = sans_accents({1}) AND sans_accents(t.adresse) COLLATE \"C\" = sans_accents({2}) AND t.code_postal = {3}",
            partout: false,
        },
        // A file without postal codes: the commune where they let says as much.
        Cle {
            nom: "lieu",
            mot: "ce nom et cette adresse, dans cette commune",
            colonnes: &["nom", "adresse", "commune"],
            sur: "sans_accents(t.nom) COLLATE \"C\" = sans_accents({1}) AND sans_accents(t.adresse) COLLATE \"C\" = sans_accents({2}) AND t.adresse <> '' \
                  AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = t.id AND hc.code_insee = {3})",
            partout: false,
        },
    ],
    synonymes: &[
        ("numero", &["numero hebergeur", "n hebergeur", "no hebergeur", "numero declarant", "id hebergeur", "reference hebergeur", "reference"]),
        (
            "nom",
            &[
                "hebergeur",
                "nom de l hebergeur",
                "nom hebergeur",
                "raison sociale",
                "denomination",
                "nom ou denomination",
                "proprietaire",
                "nom du proprietaire",
                "loueur",
                "nom du loueur",
                "logeur",
                "declarant",
                "nom complet",
                "nom prenom",
                "nom et prenom",
                "name",
            ],
        ),
        ("type", &["statut", "type d hebergeur", "type hebergeur", "statut de l hebergeur", "nature juridique", "qualite"]),
        ("siret", &["n siret", "no siret", "numero siret", "siren siret", "numero de siret"]),
        ("inscrit_le", &["date d inscription", "date inscription", "inscription", "date de creation", "depuis le"]),
        ("commune", COMMUNE),
        ("telephone", &["tel", "tel mobile", "tel portable", "tel fixe", "telephone portable", "telephone fixe", "portable", "mobile", "n de telephone", "numero de telephone", "phone"]),
        ("courriel", &["email", "e mail", "mail", "adresse mail", "adresse email", "adresse electronique", "adresse e mail"]),
        ("adresse", ADRESSE),
        ("code_postal", &["cp", "code post", "c p", "zip", "codepostal", "code postal hebergeur"]),
        ("ville", &["ville", "localite", "bureau distributeur", "city"]),
    ],
    precises: &[("commune", CODE)],
    semblables: &[
        Semblable { colonne: "courriel", avec: &[], mot: "le même courriel", ecarte: true, distingue: None, sur: "t.courriel = {}" },
        Semblable { colonne: "telephone", avec: &[], mot: "le même téléphone", ecarte: true, distingue: None, sur: "t.telephone = {}" },
        Semblable { colonne: "nom", avec: &[], mot: "le même nom", ecarte: false, distingue: None, sur: "sans_accents(t.nom) COLLATE \"C\" = sans_accents({})" },
    ],
    deduit: Some(societe),
    reconnue: Some(garde_son_type),
    lieu: "commune",
    apres: Some(attach_sql!(
        "l.valeurs->>'commune'",
        "import_ligne l JOIN hebergeur h ON h.id = l.cle
         WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.verdict = 'nouvelle' AND l.etat = 'ecrite'"
    )),
    tenue: "EXISTS (SELECT 1 FROM logement x WHERE x.hebergeur_id = t.id) OR EXISTS (SELECT 1 FROM ancien_hebergeur x WHERE x.hebergeur_id = t.id)
            OR EXISTS (SELECT 1 FROM lettre x WHERE x.hebergeur_id = t.id)
            OR EXISTS (SELECT 1 FROM fusion x WHERE t.id IN (x.gardee_id, x.absorbee_id)) OR EXISTS (SELECT 1 FROM declaration x WHERE x.hebergeur_id = t.id)
            OR EXISTS (SELECT 1 FROM note x WHERE x.liste = 'hebergeurs' AND x.cle = t.id) OR EXISTS (SELECT 1 FROM piece_jointe x WHERE x.liste = 'hebergeurs' AND x.cle = t.id)",
    ..Genre::sur(
        "hebergeurs",
        &HEBERGEUR,
        "Une ligne par logeur, hôtelier, propriétaire ou intermédiaire\u{a0}: son nom, la commune où il loue, son SIRET, comment le joindre.",
        Numero { colonne: "numero", label: "Numéro", objet: "hebergeur", donne: false },
    )
};

/// First words, folded, of the name of a society, an association, a public body.
const FORMES: &[&str] = &[
    "sci",
    "sarl",
    "sas",
    "sasu",
    "eurl",
    "snc",
    "scp",
    "scea",
    "earl",
    "gaec",
    "gfa",
    "selarl",
    "sccv",
    "scic",
    "scop",
    "gie",
    "association",
    "commune",
    "mairie",
    "societe",
    "ste",
    "ccas",
    "comite",
    "cse",
    "syndicat",
];

/// Whether a name is that of a society: « SCI Les Flamboyants », « Les Flamboyants (SARL) ».
fn morale(nom: &str) -> bool {
    let folded = plie(nom);
    let mut words = folded.split(' ').filter(|word| !word.is_empty());
    // Those of one or two letters may be part of a name: only as the first word.
    let first = words.next().is_some_and(|word| FORMES.contains(&word));
    first || words.any(|word| ["sci", "sarl", "sas", "sasu", "eurl", "snc", "scea", "selarl", "sccv"].contains(&word))
}

/// A host whose type no cell says is a professional when it has the name of a society and a SIRET, whatever was chosen for the whole file:
/// a person who lets a furnished lodging has a SIRET too. The name of a society without a SIRET is told: a professional has one, and to
/// refuse the line would lose a host whose type is right but for a word.
fn societe(line: &mut Ligne) {
    let value = |champ: &str| line.lues.get(champ).and_then(Option::as_deref).filter(|value| !value.is_empty());
    let (named, numbered) = (value("nom").is_some_and(morale), value("siret").is_some());
    let private = value("type") == Some("particulier");
    let said = line.typed.get("type").is_some_and(|typed| !typed.trim().is_empty()) && !line.pour_tous.contains("type");
    let (nom, typed) = (value("nom").unwrap_or_default().to_string(), line.typed.get("type").cloned().unwrap_or_default());
    if named && numbered && !said {
        if private {
            let told = "Type\u{a0}: ce nom est celui d’une société, et cette ligne a un SIRET. Elle est «\u{a0}Professionnel\u{a0}», et non le type donné à tout le fichier.";
            line.avertit("COH-06", "Type", &typed, told);
        }
        line.lues.insert("type", Some("professionnel".into()));
    } else if named && private {
        let told = format!(
            "Type\u{a0}: «\u{a0}{nom}\u{a0}» a le nom d’une société, et sa ligne est «\u{a0}Particulier\u{a0}». Si c’en est une, donnez son SIRET et «\u{a0}Professionnel\u{a0}»."
        );
        line.avertit("COH-06", "Type", &typed, told);
    }
}

/// A row that exists keeps the type it has, unless a cell says another.
fn garde_son_type(line: &mut Ligne) {
    if !line.typed.contains_key("type") {
        line.lues.remove("type");
    }
}

static LOGEMENTS: Genre = Genre {
    cles: &[
        Cle { nom: "numero_enregistrement", mot: "ce numéro d’enregistrement", colonnes: &["numero_enregistrement"], sur: "t.numero_enregistrement = {}", partout: false },
        Cle {
            nom: "adresse",
            mot: "cet hébergeur, cette commune, ce nom et cette adresse",
            colonnes: &["hebergeur_id", "code_insee", "nom", "adresse"],
            sur: "t.hebergeur_id = {1}::bigint AND t.code_insee = {2} AND sans_accents(t.nom) = sans_accents({3}) AND sans_accents(t.adresse) = sans_accents({4})",
            partout: false,
        },
    ],
    synonymes: &[
        ("reference", &["reference logement", "ref", "n logement", "numero logement", "id logement"]),
        (
            "hebergeur_id",
            &["hebergeur", "numero hebergeur", "n hebergeur", "siret", "siret hebergeur", "siret de l hebergeur", "loueur", "proprietaire", "declarant"],
        ),
        ("nom", &["logement", "nom du logement", "nom logement", "designation", "nom commercial", "hebergement", "nom de l hebergement", "nom de la location"]),
        ("adresse", ADRESSE),
        ("code_insee", COMMUNE),
        ("capacite", &["capacite d accueil", "capacite personnes", "nombre de personnes", "nb personnes", "personnes", "couchages", "lits", "capacite max"]),
        (
            "numero_enregistrement",
            &[
                "numero d enregistrement",
                "numero enregistrement",
                "n enregistrement",
                "no enregistrement",
                "registration number",
                "numero de declaration",
                "declaration meuble",
            ],
        ),
        ("nom", &["nom du meuble", "nom du gite", "meuble", "gite"]),
        ("numero_enregistrement", &["nouveau n", "nouveau numero", "nouveau n d enregistrement", "nouveau n 2026"]),
        ("nature_id", &["type", "type de meuble"]),
        ("actif", &["en location", "etat", "actif", "loue"]),
        ("nature_id", &["nature", "nature de l hebergement", "type d hebergement", "type hebergement", "type de logement", "type logement"]),
        ("categorie_id", &["categorie", "classement", "etoiles", "nb etoiles", "categorie tarifaire"]),
        ("classe_le", &["date de classement", "date classement", "classement du"]),
        ("classe_jusqu_au", &["fin de classement", "date de fin de classement", "classement jusqu au", "echeance du classement"]),
    ],
    precises: &[
        ("hebergeur_id", &["numero de l hebergeur", "numero hebergeur", "n hebergeur", "n de l hebergeur"]),
        ("code_insee", CODE),
    ],
    valeurs: &[
        ("nature_id", "Meublé de tourisme", &["meuble", "gite", "gite rural", "location saisonniere", "location meublee", "appartement", "villa", "bungalow"]),
        ("nature_id", "Hôtel de tourisme", &["hotel", "hotellerie"]),
        ("nature_id", "Chambre d’hôtes", &["chambre d hote", "chambres d hotes", "chambres d hote", "maison d hotes"]),
        ("categorie_id", "Sans classement", &["non classe", "sans etoile", "non classee", "sans"]),
    ],
    liens: &[Lien {
        champ: "hebergeur_id",
        sql: "SELECT x.t, array_agg(DISTINCT h.id ORDER BY h.id) FROM unnest($1::text[]) x (t)
              JOIN hebergeur h ON h.numero = split_part(x.t, ' — ', 1) OR h.siret = replace(x.t, ' ', '')
              WHERE EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2)) GROUP BY x.t",
        sinon: Some(
            "SELECT x.t, array_agg(DISTINCT h.id ORDER BY h.id) FROM unnest($1::text[]) x (t)
              JOIN hebergeur h ON sans_accents(h.nom) COLLATE \"C\" = sans_accents(x.t)
              WHERE h.archive_le IS NULL AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2)) GROUP BY x.t",
        ),
        conseil: "Donnez son numéro, ou créez-la d’abord.",
        noms: "SELECT h.id, h.numero || ' ' || h.nom FROM hebergeur h WHERE h.id = ANY($1)",
    }],
    uniques: &["numero_enregistrement"],
    compare: Some(plus_ancien),
    semblables: &[Semblable {
        colonne: "adresse", avec: &[],
        mot: "la même adresse",
        ecarte: false, distingue: None,
        sur: "t.adresse <> '' AND sans_accents(t.adresse) COLLATE \"C\" = sans_accents({})",
    }],
    lieu: "code_insee",
    // Whoever archives a host, or merges it into another, waits for these lodgings, or they for them.
    avant: Some(
        "WITH tenus AS MATERIALIZED (
             SELECT h.id, h.archive_le FROM hebergeur h WHERE h.id IN (SELECT (l.valeurs->>'hebergeur_id')::bigint FROM import_ligne l
                 WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.verdict = 'nouvelle' AND l.etat = 'prevue') ORDER BY h.id FOR SHARE)
         SELECT l.rang, 'Son hébergeur a été archivé ou retiré depuis la vérification : le logement n’est pas créé.' FROM import_ligne l
         WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.verdict = 'nouvelle' AND l.etat = 'prevue'
           AND NOT EXISTS (SELECT 1 FROM tenus t WHERE t.id = (l.valeurs->>'hebergeur_id')::bigint AND t.archive_le IS NULL)",
    ),
    // A host seen in a commune before its first lodging is there is still seen when that lodging is taken away.
    memoire: Some(
        "UPDATE import_ligne l SET avant = '{\"rattache\": true}' WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.verdict = 'nouvelle' AND l.etat = 'prevue'
           AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = (l.valeurs->>'hebergeur_id')::bigint AND hc.code_insee = l.valeurs->>'code_insee')",
    ),
    rend: Some(attach_sql!(
        "l.valeurs->>'code_insee'",
        "import_ligne l JOIN hebergeur h ON h.id = (l.valeurs->>'hebergeur_id')::bigint
         WHERE l.import_id = $1 AND l.rang >= $2 AND l.rang < $3 AND l.verdict = 'nouvelle' AND l.etat = 'defaite' AND l.avant ? 'rattache' ON CONFLICT DO NOTHING"
    )),
    tenue: "EXISTS (SELECT 1 FROM sejour x WHERE x.logement_id = t.id) OR EXISTS (SELECT 1 FROM ancien_hebergeur x WHERE x.logement_id = t.id)
            OR EXISTS (SELECT 1 FROM fermeture x WHERE x.logement_id = t.id) OR EXISTS (SELECT 1 FROM collecte x WHERE x.logement_id = t.id)
            OR EXISTS (SELECT 1 FROM note x WHERE x.liste = 'logements' AND x.cle = t.id) OR EXISTS (SELECT 1 FROM piece_jointe x WHERE x.liste = 'logements' AND x.cle = t.id)",
    ..Genre::sur(
        "logements",
        &LOGEMENT,
        "Une ligne par logement\u{a0}: son hébergeur (par son numéro ou son SIRET), son nom, son adresse, sa commune, sa nature, sa catégorie, sa capacité.",
        Numero { colonne: "reference", label: "Référence", objet: "logement", donne: false },
    )
};
