//! The rows of each list in plain SQL: one SELECT, one condition per filter, one per right. Written from what the filter says to
//! a person, never from the code of the lists.

use gardel::comptes::Role;

/// A list as this test knows it.
pub struct Table {
    /// Its name in addresses.
    pub list: &'static str,
    /// Every row, with each column under its name; `id` orders rows that are equal, `cle` names a row on a page, `temoin` in a file.
    pub rows: &'static str,
    /// The column of a file that holds `temoin`; none when the list is not exported.
    pub named: Option<&'static str>,
    /// Filters that are one choice, and what they compare.
    pub choices: &'static [(&'static str, &'static str)],
    /// Where the words of its search are, all of them in one place.
    pub words: &'static [&'static str],
}

/// Words of a text, without accents nor case, each after a space.
macro_rules! mots {
    ($text:literal) => {
        concat!("' ' || regexp_replace(lower(unaccent(", $text, ")), '[^a-z0-9]+', ' ', 'g')")
    };
}

pub const TABLES: &[Table] = &[
    Table {
        list: "sejours",
        rows: concat!(
            "SELECT s.id, s.id::text AS cle, s.reference AS temoin, s.code_insee, c.epci_siren, s.logement_id, l.hebergeur_id, s.nature_id, s.categorie_id, \
             s.collecteur AS qui, s.reference, s.date_debut AS debut, s.date_fin AS fin, s.date_fin - s.date_debut AS nuits, l.nom AS logement, \
             h.nom AS hebergeur, c.nom AS commune, s.code_insee AS insee, s.nb_personnes AS personnes, s.nb_assujettis AS assujettis, \
             s.nb_mineurs AS mineurs, s.nb_personnes * (s.date_fin - s.date_debut) AS nuitees, n.libelle AS nature, k.libelle AS categorie, \
             s.prix_nuit, s.montant_base + s.montant_departemental AS montant, p.nom AS collecteur, s.date_perception AS perception, \
             l.numero_enregistrement AS numero, s.statut, m.libelle AS motif, s.motif_precision AS precision, l.reference AS reference_logement, ",
            mots!("l.nom || ' ' || l.adresse || ' ' || l.reference || ' ' || coalesce(l.numero_enregistrement, '')"),
            " AS mots_logement, ",
            mots!("h.nom || ' ' || h.numero || ' ' || h.adresse || ' ' || h.code_postal || ' ' || h.ville"),
            " AS mots_hebergeur FROM sejour s JOIN logement l ON l.id = s.logement_id JOIN hebergeur h ON h.id = l.hebergeur_id \
             JOIN commune c ON c.code_insee = s.code_insee JOIN nature n ON n.id = s.nature_id JOIN categorie k ON k.id = s.categorie_id \
             JOIN plateforme p ON p.code = s.collecteur LEFT JOIN motif m ON m.id = s.motif_id"
        ),
        named: Some("reference"),
        choices: &[("statut", "statut"), ("nature", "nature_id"), ("categorie", "categorie_id"), ("collecteur", "qui")],
        words: &["mots_logement", "mots_hebergeur"],
    },
    Table {
        list: "logements",
        rows: concat!(
            "SELECT l.id, l.id::text AS cle, l.reference AS temoin, l.code_insee, c.epci_siren, l.hebergeur_id, l.nature_id, l.categorie_id, l.nom, \
             l.reference, l.numero_enregistrement AS numero, h.nom AS hebergeur, c.nom AS commune, l.code_insee AS insee, l.adresse, \
             n.libelle AS nature, k.libelle AS categorie, l.classe_le, l.classe_jusqu_au, l.classe_jusqu_au AS classement, l.capacite, l.actif, h.numero AS numero_hebergeur, ",
            mots!("l.nom || ' ' || l.adresse || ' ' || l.reference || ' ' || coalesce(l.numero_enregistrement, '')"),
            " AS mots FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id JOIN commune c ON c.code_insee = l.code_insee \
             JOIN nature n ON n.id = l.nature_id JOIN categorie k ON k.id = l.categorie_id"
        ),
        named: Some("reference"),
        choices: &[("nature", "nature_id"), ("categorie", "categorie_id"), ("actif", "actif")],
        words: &["mots"],
    },
    Table {
        list: "hebergeurs",
        // Once per lodging: a host is of the communes of their lodgings.
        rows: concat!(
            "SELECT h.id, h.id::text AS cle, h.numero AS temoin, l.code_insee, c.epci_siren, h.nom, h.numero, h.type, h.siret, h.ville, h.adresse, \
             h.code_postal, h.courriel, h.telephone, h.inscrit_le, h.inscrit_le AS inscription, h.archive_le, (h.archive_le IS NOT NULL)::text AS archive, ",
            mots!("h.nom || ' ' || h.numero || ' ' || h.adresse || ' ' || h.code_postal || ' ' || h.ville"),
            " AS mots FROM hebergeur h JOIN logement l ON l.hebergeur_id = h.id JOIN commune c ON c.code_insee = l.code_insee"
        ),
        named: Some("numero"),
        choices: &[("type", "type"), ("archive", "archive")],
        words: &["mots"],
    },
    Table {
        list: "campagnes",
        rows: "SELECT g.id, g.id::text AS cle, g.id::text AS temoin, g.id AS numero, g.collectivite_id, g.nom, o.nom AS collectivite, g.genre, g.debut, g.fin, g.limite, g.etat, \
               g.ouverte_le, g.close_le FROM campagne g JOIN collectivite o ON o.id = g.collectivite_id",
        named: Some("numero"),
        choices: &[("genre", "genre"), ("etat", "etat")],
        words: &[],
    },
    Table {
        list: "echeances",
        rows: "SELECT e.id, e.id::text AS cle, e.id::text AS temoin, e.id AS numero, e.collectivite_id, e.nom, o.nom AS collectivite, e.genre, e.jour, e.debut, e.fin \
               FROM echeance e JOIN collectivite o ON o.id = e.collectivite_id",
        named: Some("numero"),
        choices: &[("genre", "genre")],
        words: &[],
    },
    Table {
        list: "declarations",
        rows: concat!(
            "SELECT d.id, d.id::text AS cle, d.numero AS temoin, d.code_insee, c.epci_siren, d.hebergeur_id, d.campagne_id, d.numero, \
             coalesce(h.nom, p.nom) AS declarant, c.nom AS commune, g.nom AS campagne, d.debut, d.fin, d.limite, s.sejours, s.nuitees, s.montant, d.attendu, \
             CASE WHEN d.etat = 'attendue' AND (s.sejours > 0 OR s.nuitees > 0) THEN 'en_cours' ELSE d.etat END AS etat, \
             CASE WHEN d.etat NOT IN ('attendue', 'defaillante') THEN d.arrete_base + d.arrete_departemental END AS arrete, \
             (d.hebergeur_id IS NULL OR EXISTS (SELECT 1 FROM logement l WHERE l.hebergeur_id = d.hebergeur_id AND l.code_insee = d.code_insee AND l.actif \
                 AND EXISTS (SELECT 1 FROM generate_series(d.debut, d.fin, '1 day') j WHERE NOT EXISTS (SELECT 1 FROM fermeture f WHERE f.logement_id = l.id \
                     AND f.retire_le IS NULL AND j::date >= f.debut AND (f.fin IS NULL OR j::date <= f.fin)))))::text AS loue, \
             (SELECT min(x.jour) FROM echeance x WHERE x.collectivite_id = d.collectivite_id AND x.genre = g.genre AND x.debut <= d.fin AND x.fin >= d.fin) AS exigible, \
             r.reste, d.arrete_base + d.arrete_departemental - r.reste AS paye, d.relances, d.relancee_le, d.deposee_le, d.hors_delai, h.numero AS numero_hebergeur, h.courriel, d.code_insee AS insee, ",
            mots!("h.nom || ' ' || h.numero || ' ' || h.adresse || ' ' || h.code_postal || ' ' || h.ville"),
            " AS mots FROM declaration d JOIN campagne g ON g.id = d.campagne_id JOIN commune c ON c.code_insee = d.code_insee \
             JOIN plateforme p ON p.code = d.collecteur LEFT JOIN hebergeur h ON h.id = d.hebergeur_id \
             CROSS JOIN LATERAL (SELECT coalesce(sum(k.sejours), 0)::bigint AS sejours, coalesce(sum(k.nuitees), 0)::bigint AS nuitees, \
                 coalesce(sum(k.montant_base + k.montant_departemental), 0)::bigint AS montant FROM declaration_compte k WHERE k.declaration_id = d.id) s \
             CROSS JOIN LATERAL (SELECT coalesce(sum(w.debit), 0)::bigint - coalesce(sum(w.credit), 0)::bigint AS reste FROM ecriture w \
                 WHERE w.declaration_id = d.id AND w.compte = 'redevables') r"
        ),
        named: Some("numero"),
        choices: &[("etat", "etat"), ("loue", "loue")],
        words: &["mots"],
    },
    Table {
        list: "paiements",
        rows: concat!(
            "SELECT p.id, p.id::text AS cle, p.id::text AS temoin, p.id AS numero, p.collectivite_id, p.quittance, p.recu_le, p.recu_le AS recu, coalesce(h.nom, f.nom) AS payeur, p.moyen, \
             p.reference, p.montant, (p.operation_id IN (SELECT o.contre_id FROM operation o WHERE o.contre_id IS NOT NULL))::text AS annule, u.nom AS par, p.fait_le, \
             h.numero AS numero_hebergeur, c.nom AS collectivite, ",
            mots!("h.nom || ' ' || h.numero || ' ' || h.adresse || ' ' || h.code_postal || ' ' || h.ville"),
            " AS mots FROM paiement p LEFT JOIN hebergeur h ON h.id = p.hebergeur_id JOIN plateforme f ON f.code = p.collecteur \
             LEFT JOIN utilisateur u ON u.id = p.fait_par JOIN collectivite c ON c.id = p.collectivite_id"
        ),
        named: Some("numero"),
        choices: &[("moyen", "moyen"), ("annule", "annule")],
        words: &["mots"],
    },
    Table {
        list: "ecritures",
        rows: "SELECT e.id, e.id::text AS cle, e.id::text AS temoin, e.collectivite_id, e.jour, o.libelle AS operation, o.genre, e.compte AS compte_comptable, d.numero AS declaration, \
               coalesce(h.nom, f.nom) AS payeur, e.debit, e.credit, o.motif, e.operation_id AS numero, e.id AS ecriture, c.nom AS collectivite \
               FROM ecriture e JOIN operation o ON o.id = e.operation_id LEFT JOIN declaration d ON d.id = e.declaration_id LEFT JOIN hebergeur h ON h.id = e.hebergeur_id \
               JOIN plateforme f ON f.code = e.collecteur JOIN collectivite c ON c.id = e.collectivite_id",
        named: Some("ecriture"),
        choices: &[("compte_comptable", "compte_comptable")],
        words: &[],
    },
    Table {
        list: "communes",
        rows: "SELECT c.code_insee AS id, c.code_insee AS cle, c.code_insee AS temoin, c.nom, c.code_insee AS insee, e.nom AS epci, c.epci_siren, \
               c.population, array_to_string(c.codes_postaux, ' ') AS codes_postaux, c.siren FROM commune c LEFT JOIN epci e ON e.siren = c.epci_siren",
        named: Some("insee"),
        choices: &[("epci", "epci_siren")],
        words: &[],
    },
    Table {
        list: "deliberations",
        rows: "SELECT d.id, d.id::text AS cle, d.id::text AS temoin, d.id AS numero, d.collectivite, d.siren, d.reference, d.date_deliberation, d.date_deliberation AS date, \
               d.date_deliberation AS deliberee, d.applicable_du, d.applicable_du AS effet, d.valable_au, d.annee, \
               format('du %s/%s au %s/%s', split_part(d.debut, '-', 2), split_part(d.debut, '-', 1), split_part(d.fin, '-', 2), split_part(d.fin, '-', 1)) AS periode, \
               d.etat, coalesce(array_length(regexp_split_to_array(nullif(d.communes, ''), ' '), 1), 0) AS nb_communes, \
               (SELECT max(t.valeur) FROM tarif t WHERE t.deliberation_id = d.id AND t.categorie_id < 9) AS plus_haut, \
               (SELECT t.valeur FROM tarif t WHERE t.deliberation_id = d.id AND t.categorie_id = 9) AS taux, d.taxe_departementale AS departementale, \
               d.loyer_minimum_nuit AS loyer_nuit, (SELECT count(*) > 0 FROM tarif t, bareme m WHERE t.deliberation_id = d.id AND m.annee = d.annee \
               AND m.categorie_id = t.categorie_id AND (t.valeur < m.plancher OR t.valeur > m.plafond)) AS hors_bareme, \
               d.transmise_le, d.transmise_le AS transmise, d.source, d.collectivite_id FROM deliberation d",
        named: Some("numero"),
        choices: &[("collectivite", "siren"), ("etat", "etat"), ("source", "source")],
        words: &[],
    },
    Table {
        list: "tarifs",
        rows: "SELECT t.id, t.id::text AS cle, t.id::text AS temoin, t.id AS numero, d.collectivite, d.siren, d.annee, d.annee::text AS annee_application, \
               t.categorie_id, t.categorie_id::text AS categorie_numero, k.libelle AS categorie, CASE WHEN t.categorie_id < 9 THEN t.valeur END AS tarif, \
               CASE WHEN t.categorie_id = 9 THEN t.valeur END AS taux, CASE WHEN t.categorie_id < 9 THEN m.plancher END AS plancher, \
               CASE WHEN t.categorie_id < 9 THEN m.plafond END AS plafond, (t.valeur >= m.plancher AND t.valeur <= m.plafond) AS dans_le_bareme, \
               d.date_deliberation, d.applicable_du, d.valable_au, d.etat, d.collectivite_id \
               FROM tarif t JOIN deliberation d ON d.id = t.deliberation_id JOIN categorie k ON k.id = t.categorie_id \
               LEFT JOIN bareme m ON m.annee = d.annee AND m.categorie_id = t.categorie_id",
        named: Some("numero"),
        choices: &[("collectivite", "siren"), ("categorie", "categorie_id"), ("etat", "etat")],
        words: &[],
    },
    Table {
        list: "utilisateurs",
        rows: concat!(
            "SELECT u.id, u.id::text AS cle, u.courriel AS temoin, u.nom, u.courriel, u.role, u.actif, u.connecte_le, u.connecte_le AS connexion, \
             u.cree_le, u.cree_le AS creation, ",
            "(SELECT string_agg(c.nom, ', ' ORDER BY c.nom) FROM utilisateur_collectivite uc JOIN collectivite c ON c.id = uc.collectivite_id \
             WHERE uc.utilisateur_id = u.id) AS collectivites, ",
            mots!("u.nom || ' ' || u.courriel"),
            " AS mots FROM utilisateur u"
        ),
        named: Some("courriel"),
        choices: &[("role", "role"), ("actif", "actif")],
        words: &["mots"],
    },
    Table {
        list: "travaux",
        rows: "SELECT j.id, j.id::text AS cle, j.id::text AS temoin, j.title AS titre, j.id AS numero, j.queue AS file, j.state AS etat, \
               j.attempts AS essais, coalesce(u.nom, 'Gardel') AS demandeur, j.created_at AS demande_le, j.finished_at AS fin, j.finished_at AS fini_le, j.worker AS ouvrier, \
               j.error AS erreur, j.requested_by, j.collectivite_id FROM job j LEFT JOIN utilisateur u ON u.id = j.requested_by",
        named: None,
        choices: &[("etat", "etat"), ("file", "file")],
        words: &[],
    },
    Table {
        list: "actions",
        rows: "SELECT a.id, a.id::text AS cle, a.id::text AS temoin, a.libelle, a.id AS numero, a.liste, a.etat, a.filtres, a.confirmees, \
               a.modifiees, a.restaurees AS retablies, u.nom AS demandeur, a.cree_le AS demande_le, a.demandeur_id, a.collectivite_id \
               FROM action a JOIN utilisateur u ON u.id = a.demandeur_id",
        named: Some("numero"),
        choices: &[("etat", "etat"), ("liste", "liste")],
        words: &[],
    },
    Table {
        list: "imports",
        rows: "SELECT i.id, i.id::text AS cle, i.id::text AS temoin, i.nom, i.id AS numero, i.genre, i.etat, i.lues, i.nouvelles, i.changees, \
               i.identiques, i.refusees, i.creees, i.modifiees, u.nom AS demandeur, i.cree_le AS charge_le, i.demandeur_id, i.collectivite_id \
               FROM import i JOIN utilisateur u ON u.id = i.demandeur_id",
        named: Some("numero"),
        choices: &[("etat", "etat"), ("genre", "genre")],
        words: &[],
    },
    Table {
        list: "lignes",
        rows: "SELECT l.id, l.id::text AS cle, l.id::text AS temoin, l.ligne, l.verdict, l.nom, l.reference, l.etat AS suite, l.motif, i.nom AS import, \
               l.id AS numero, l.import_id, i.demandeur_id, i.collectivite_id FROM import_ligne l JOIN import i ON i.id = l.import_id",
        named: None,
        choices: &[("verdict", "verdict"), ("suite", "suite")],
        words: &[],
    },
    Table {
        list: "anomalies",
        rows: "SELECT a.id, a.id::text AS cle, a.id::text AS temoin, a.ligne, a.gravite, a.code, a.colonne, a.contenu AS valeur, a.message, i.nom AS import, \
               a.id AS numero, a.import_id, i.demandeur_id, i.collectivite_id FROM import_anomalie a JOIN import i ON i.id = a.import_id",
        named: None,
        choices: &[("gravite", "gravite")],
        words: &[],
    },
    Table {
        list: "profils",
        rows: "SELECT p.id, p.id::text AS cle, p.id::text AS temoin, p.nom, p.id AS numero, p.genre, p.colonnes, c.nom AS partage, u.nom AS auteur, p.confiance, \
               p.modifie_le, p.auteur_id, p.collectivite_id FROM import_profil p LEFT JOIN utilisateur u ON u.id = p.auteur_id LEFT JOIN collectivite c ON c.id = p.collectivite_id",
        named: Some("numero"),
        choices: &[("genre", "genre")],
        words: &[],
    },
    Table {
        list: "jetons",
        rows: "SELECT j.id, j.id::text AS cle, j.id::text AS temoin, j.nom, j.id AS numero, u.nom AS proprietaire, j.genre, j.debut, j.personnel, \
               j.cree_le, j.utilise_le, (j.expire_le AT TIME ZONE 'America/Guadeloupe')::date - 1 AS expire_le, j.utilisateur_id, \
               j.utilisateur_id AS proprietaire_id, j.collectivite_id, CASE WHEN j.revoque_le IS NOT NULL THEN 'revoque' \
               WHEN now() >= j.expire_le THEN 'expire' ELSE 'actif' END AS etat FROM jeton_api j JOIN utilisateur u ON u.id = j.utilisateur_id",
        named: None,
        choices: &[("etat", "etat"), ("genre", "genre")],
        words: &[],
    },
    Table {
        list: "journal",
        rows: concat!(
            "SELECT j.id, j.id::text AS cle, j.requete_id AS temoin, j.moment, j.acteur, j.acteur_id, j.action, j.objet, j.objet_id, \
             host(j.adresse_ip) AS adresse, j.requete_id AS requete, j.collectivite_id, ",
            mots!("u.nom || ' ' || u.courriel"),
            " AS mots FROM journal j LEFT JOIN utilisateur u ON u.id = j.acteur_id"
        ),
        named: Some("requete"),
        choices: &[("action", "action"), ("objet", "objet")],
        words: &["mots"],
    },
    Table {
        list: "lettres",
        rows: concat!(
            "SELECT l.id, l.id::text AS cle, l.reference AS temoin, l.reference, l.id AS numero, l.destinataire, l.genre, l.objet, l.date_lettre, \
             CASE WHEN l.retournee_le IS NOT NULL THEN 'retournee' WHEN l.distribuee_le IS NOT NULL THEN 'distribuee' WHEN l.envoyee_le IS NOT NULL \
             THEN 'envoyee' WHEN l.imprimee_le IS NOT NULL THEN 'imprimee' ELSE 'preparee' END AS etat, l.recommande, l.numero_lrar, l.envoyee_le, \
             l.distribuee_le, l.retournee_le, l.reponse_le, l.courriel_etat, l.envoi_id AS envoi, l.collectivite_id, ",
            mots!("l.destinataire || ' ' || l.reference"),
            " AS mots FROM lettre l"
        ),
        named: Some("reference"),
        choices: &[("etat", "etat"), ("genre", "genre"), ("recommande", "recommande"), ("courriel_etat", "courriel_etat")],
        words: &["mots"],
    },
    Table {
        list: "modeles",
        rows: "SELECT m.id, m.id::text AS cle, m.id::text AS temoin, m.id AS numero, m.nom, m.genre, c.nom AS collectivite, m.objet, m.recommande, m.version, m.modifie_le, \
               (m.archive_le IS NOT NULL)::text AS archive, m.collectivite_id FROM lettre_modele m JOIN collectivite c ON c.id = m.collectivite_id",
        named: Some("numero"),
        choices: &[("genre", "genre"), ("archive", "archive")],
        words: &[],
    },
];

/// The table of a list.
pub fn table(list: &str) -> &'static Table {
    TABLES.iter().find(|table| table.list == list).unwrap_or_else(|| panic!("write the plain SELECT of the list « {list} » here"))
}

/// What a reader may see of a list, given their communes as a list of SQL texts.
pub fn rights(list: &str, role: Role, person: i64, communes: &str) -> String {
    // Theirs, and those all of whose communes are theirs.
    let managed = format!(
        "(SELECT cc.collectivite_id FROM collectivite_commune cc WHERE coalesce(cc.jusqu_au, 'infinity') >= current_date GROUP BY 1 HAVING bool_and(cc.code_insee IN ({communes})))"
    );
    match (list, role) {
        ("communes", _) | ("travaux", Role::Exploitant) => "true".into(),
        // A public act, or a draft of theirs.
        ("deliberations" | "tarifs", _) => format!("(t.etat IN ('en_vigueur', 'remplacee') OR t.collectivite_id IN {managed})"),
        ("campagnes" | "echeances" | "paiements" | "ecritures", _) => format!("t.collectivite_id IN {managed}"),
        ("sejours" | "logements" | "hebergeurs" | "declarations", _) => format!("t.code_insee IN ({communes})"),
        ("utilisateurs", _) => {
            format!("t.id IN (SELECT uc.utilisateur_id FROM utilisateur_collectivite uc GROUP BY 1 HAVING bool_and(uc.collectivite_id IN {managed}))")
        }
        ("travaux", Role::Agent) => format!("t.requested_by = {person}"),
        ("jetons", Role::Agent) => format!("t.utilisateur_id = {person}"),
        ("jetons", _) => format!("(t.utilisateur_id = {person} OR t.collectivite_id IN {managed})"),
        ("actions" | "imports" | "lignes" | "anomalies", Role::Agent) => format!("t.demandeur_id = {person}"),
        ("lignes" | "anomalies", _) => format!("(t.demandeur_id = {person} OR t.collectivite_id IN {managed})"),
        ("profils", _) => format!("(t.collectivite_id IN {managed} OR (t.collectivite_id IS NULL AND t.auteur_id = {person}))"),
        ("lettres" | "modeles", _) => format!("t.collectivite_id IN {managed}"),
        ("travaux" | "actions" | "imports" | "journal", _) => format!("t.collectivite_id IN {managed}"),
        _ => panic!("write here what a reader may see of « {list} »"),
    }
}

/// All of `words` begin a word of one of the places where `table` looks for them.
pub fn holds(table: &Table, words: &str) -> String {
    let place = |place: &&str| {
        let all: Vec<String> = words.split(' ').map(|word| format!("t.{place} LIKE '% {word}%'")).collect();
        format!("({})", all.join(" AND "))
    };
    format!("({})", table.words.iter().map(place).collect::<Vec<_>>().join(" OR "))
}

/// A text as SQL writes it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
