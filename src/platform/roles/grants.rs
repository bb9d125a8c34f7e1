//! Who may do what in the base: one line per table, one column per role. A table without a line is refused by
//! `tests/it/roles.rs`, and so is a right that PostgreSQL does not know.
//!
//! The server reads and writes what people see and change. The worker reads what it puts into files and writes what its
//! jobs leave; of what opens a session it knows dates only, to throw away what is over its time. Neither creates,
//! empties nor drops anything; what follows from cascades and from the triggers of `logement` and `hebergeur` is
//! written under the rights of the owner. Updates that lock a row (`FOR UPDATE`) need the right to change one column.

/// The rights of the two roles on one table, as GRANT reads them; nothing when the role has no business there.
pub struct Grant {
    /// The table.
    pub table: &'static str,
    /// Those of the role of `gardel serve`.
    pub serve: &'static str,
    /// Those of the role of `gardel-worker`.
    pub work: &'static str,
}

/// Columns of a line of the journal that a program says: the number and the instant are the base's own.
const JOURNAL: &str = "SELECT, INSERT (acteur_id, acteur, collectivite_id, action, objet, objet_id, detail, adresse_ip, requete_id)";

const fn line(table: &'static str, serve: &'static str, work: &'static str) -> Grant {
    Grant { table, serve, work }
}

/// Every table of the schema, partitions apart: those are reached through their parent alone.
#[rustfmt::skip]
pub const TABLES: &[Grant] = &[
    // What was migrated, and whom it was granted to.
    line("_sqlx_migrations", "SELECT", "SELECT"),
    line("role_base", "SELECT", "SELECT"),
    // Written by `gardel migrate` alone, but for what a collectivité requires.
    line("epci", "SELECT", "SELECT"),
    // Loaded by whoever runs the installation, through the worker.
    line("commune", "SELECT", "SELECT, INSERT, UPDATE (nom, siren, epci_siren, population, codes_postaux, version, modifie_le, modifie_par), DELETE"),
    line("commune_ancienne", "SELECT", "SELECT, INSERT, UPDATE (nom, type, commune_id, version, modifie_le, modifie_par), DELETE"),
    line("collectivite", "SELECT, UPDATE (identite_exigee)", "SELECT"),
    line("collectivite_commune", "SELECT", "SELECT"),
    line("nature", "SELECT", "SELECT"),
    line("categorie", "SELECT", "SELECT"),
    line("bareme", "SELECT, INSERT (annee, categorie_id, plancher, plafond, source, saisi_le, saisi_par), UPDATE (plancher, plafond, source, saisi_le, saisi_par)", "SELECT"),
    line("regle_legale", "SELECT", "SELECT"),
    // Entered on the screen as drafts, put in force; loaded from a file by the worker. What was in force is kept by a trigger.
    line("deliberation", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE (collectivite, date_deliberation, annee, debut, fin, siren, communes, taxe_departementale,
        loyer_minimum_nuit, loyer_minimum_semaine, loyer_minimum_mois, taxe_regionale, taxe_lgv, taxe_mobilites, regime_1, regime_2, regime_3, regime_4,
        regime_5, regime_6, regime_7, regime_8, regime_9, regime_10, regime_11, abattements, tarif_1, tarif_2, tarif_3, tarif_4, tarif_5, tarif_6, tarif_7, tarif_8, tarif_9,
        version, modifie_le, modifie_par), DELETE"),
    line("deliberation_commune", "SELECT", "SELECT"),
    line("tarif", "SELECT", "SELECT"),
    line("plateforme", "SELECT", "SELECT"),
    // The tax: the rows that people enter, and the fields that they correct, by themselves or many at once. The commune of a row is given once.
    line("hebergeur", "SELECT, INSERT, UPDATE (nom, type, siret, inscrit_le, courriel, telephone, adresse, code_postal, ville, archive_le, version, modifie_le, modifie_par)",
        "SELECT, INSERT, UPDATE (nom, type, siret, inscrit_le, courriel, telephone, adresse, code_postal, ville, archive_le, version, modifie_le, modifie_par), DELETE"),
    line("logement", "SELECT, INSERT, UPDATE (hebergeur_id, nom, adresse, capacite, numero_enregistrement, actif, nature_id, categorie_id, classe_le, classe_jusqu_au, version, modifie_le, modifie_par)",
        "SELECT, INSERT, UPDATE (nom, adresse, capacite, numero_enregistrement, actif, nature_id, categorie_id, classe_le, classe_jusqu_au, version, modifie_le, modifie_par), DELETE"),
    line("sejour", "SELECT, INSERT, UPDATE (date_debut, date_fin, date_perception, nb_personnes, nb_mineurs, nb_saisonniers, nb_urgence, nb_loyer_modique, prix_nuit, \
        categorie_id, tarif, plafond, montant_base, montant_departemental, calcul, statut, motif_id, motif_precision, version, modifie_le, modifie_par)",
        "SELECT, INSERT, UPDATE (date_debut, date_fin, date_perception, nb_personnes, nb_mineurs, nb_saisonniers, nb_urgence, nb_loyer_modique, prix_nuit, \
        categorie_id, tarif, plafond, montant_base, montant_departemental, calcul, statut, motif_id, motif_precision, version, modifie_le, modifie_par), DELETE"),
    // Counted beforehand by the triggers of `sejour`; the worker puts together what they added.
    line("sejour_compte", "SELECT", "SELECT, INSERT, DELETE"),
    // Campaigns, due dates, declarations: what stays make of them is added by triggers, and put together by the worker.
    line("campagne", "SELECT, INSERT (collectivite_id, genre, nom, debut, fin, limite, modifie_par), UPDATE (nom, debut, fin, limite, etat, ouverte_le, close_le, version, modifie_le, modifie_par)",
        "SELECT, UPDATE (etat, ouverte_le, version, modifie_le)"),
    line("echeance", "SELECT, INSERT (collectivite_id, genre, nom, jour, debut, fin, modifie_par), UPDATE (nom, jour, debut, fin, version, modifie_le, modifie_par)", "SELECT"),
    line("declaration", "SELECT, UPDATE (limite, etat, deposee_le, hors_delai, arrete_base, arrete_departemental, relances, relancee_le, version, modifie_le, modifie_par)",
        "SELECT, INSERT (campagne_id, collectivite_id, code_insee, collecteur, hebergeur_id, debut, fin, limite), UPDATE (attendu)"),
    line("declaration_compte", "SELECT, INSERT", "SELECT, INSERT, DELETE"),
    line("total_mensuel", "SELECT, INSERT (declaration_id, mois, nuitees, montant_base, montant_departemental, cree_par), UPDATE (version, retire_le)", "SELECT"),
    // The books of the régies: only added to.
    line("operation", "SELECT, INSERT (collectivite_id, genre, jour, libelle, motif, contre_id, fait_par)", "SELECT"),
    line("ecriture", "SELECT, INSERT (operation_id, collectivite_id, jour, compte, declaration_id, hebergeur_id, collecteur, debit, credit)", "SELECT"),
    line("paiement", "SELECT, INSERT (operation_id, collectivite_id, hebergeur_id, collecteur, moyen, montant, reference, recu_le, jeton, fait_par, quittance_annee, quittance_numero)", "SELECT"),
    line("hebergeur_commune", "SELECT, INSERT", "SELECT, INSERT"),
    line("fusion", "SELECT, INSERT, UPDATE (annulee_le, annulee_par)", "SELECT (gardee_id, absorbee_id)"),
    // What happens to a lodging. The worker reads its former hosts: the stays that it puts into files name who owes them.
    line("fermeture", "SELECT, INSERT (logement_id, debut, fin, motif, modifie_par), UPDATE (debut, fin, motif, version, modifie_le, modifie_par, retire_le)", "SELECT"),
    line("collecte", "SELECT, INSERT (logement_id, collecteur, debut, fin, modifie_par), UPDATE (collecteur, debut, fin, version, modifie_le, modifie_par, retire_le)", "SELECT"),
    line("ancien_hebergeur", "SELECT, INSERT (logement_id, hebergeur_id, debut, fin, motif, suivant_vu, fait_par), UPDATE (hebergeur_id), DELETE", "SELECT"),
    // What people add to a row: a removed note or file keeps its words, until the worker takes it away.
    line("note", "SELECT, INSERT (liste, cle, texte, auteur_id, jeton), UPDATE (texte, version, modifie_le, retire_le)", "SELECT (liste, cle, retire_le), DELETE"),
    line("piece_jointe", "SELECT, INSERT (liste, cle, nom, nature, octets, sha256, chemin, auteur_id, jeton, rang), UPDATE (version, retire_le)",
        "SELECT (id, liste, cle, chemin, retire_le), DELETE"),
    line("creation", "SELECT, INSERT", "SELECT (cree_le), DELETE"),
    line("vocabulaire", "SELECT", "SELECT"),
    line("motif", "SELECT, INSERT, UPDATE", "SELECT"),
    line("version_donnees", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    // Accounts.
    line("utilisateur", "SELECT, INSERT (courriel, nom, role), UPDATE (nom, courriel, role, actif, mot_de_passe, version, connecte_le, modifie_le, modifie_par)",
        "SELECT (id, courriel, nom, role, actif, version, cree_le, connecte_le)"),
    line("utilisateur_collectivite", "SELECT, INSERT, DELETE", "SELECT"),
    line("droit", "SELECT, INSERT, UPDATE (niveau), DELETE", "SELECT"),
    line("deux_personnes", "SELECT, INSERT (collectivite_id, module), DELETE", "SELECT"),
    line("identite", "SELECT, INSERT, UPDATE (servie_le), DELETE", ""),
    line("session", "SELECT, INSERT, UPDATE, DELETE", "SELECT (expire_le), DELETE"),
    line("invitation", "SELECT, INSERT, UPDATE", "SELECT (expire_le), DELETE"),
    // Letters: the server prepares them and says what becomes of them, the worker writes those of many hosts and sends.
    line("lettre_delai", "SELECT", "SELECT"),
    line("lettre_expediteur", "SELECT, INSERT, UPDATE", "SELECT"),
    line("lettre_modele", "SELECT, INSERT, UPDATE (nom, genre, objet, corps, recommande, par_courriel, archive_le, version, modifie_le, modifie_par)", "SELECT"),
    line("lettre_modele_version", "SELECT", "SELECT"),
    line("lettre_envoi", "SELECT, INSERT, UPDATE", "SELECT, UPDATE (etat, avancement, faites, ecartees, erreur, fini_le), DELETE"),
    line("lettre_destinataire", "SELECT, INSERT, UPDATE (motif)", "SELECT, UPDATE (motif)"),
    line("lettre", "SELECT, INSERT, UPDATE (numero_lrar, imprimee_le, envoyee_le, distribuee_le, retournee_le, retour_motif, reponse_le, reponse, version, modifie_le, modifie_par)",
        "SELECT, INSERT, UPDATE (courriel_etat, courriel_reponse, courriel_le)"),
    line("lettre_volume", "SELECT", "SELECT, INSERT"),
    line("courriel_envoi", "SELECT, INSERT (genre, utilisateur_id, demande_par)", "SELECT, UPDATE (etat, reponse, fini_le), DELETE"),
    line("frein_connexion", "SELECT, INSERT, UPDATE, DELETE", "SELECT (dernier_le), DELETE"),
    line("connexion_connue", "SELECT, INSERT, UPDATE, DELETE", "SELECT (vue_le), DELETE"),
    line("connexion_attente", "SELECT, INSERT, UPDATE, DELETE", "SELECT (cree_le), DELETE"),
    line("second_facteur", "SELECT, INSERT, UPDATE, DELETE", "SELECT (pose_le, propose_le), DELETE"),
    line("code_secours", "SELECT, INSERT, UPDATE, DELETE", ""),
    line("retrait_facteur", "SELECT, INSERT, UPDATE, DELETE", "SELECT (demande_le), DELETE"),
    line("ouverture", "SELECT, INSERT, UPDATE, DELETE", "SELECT, DELETE"),
    // Programs: what they bring, what they asked for, what they were answered.
    line("jeton_api", "SELECT, INSERT (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, adresses, expire_le, appels_minute, \
        simultanes, lignes_jour), UPDATE (revoque_le, revoque_par, utilise_le, utilise_de, ecrit_ligne, ecrit_position)", "SELECT (id, nom, expire_le, utilisateur_id, droits, collectivites, revoque_le), DELETE"),
    line("jeton_api_jour", "SELECT, INSERT, UPDATE (appels, refus, lignes)", "SELECT (jour), DELETE"),
    line("api_reponse", "SELECT, INSERT, UPDATE (empreinte, statut, entetes, corps, cree_le, pris_le), DELETE", "SELECT (cree_le), DELETE"),
    line("suivi_ere", "SELECT", ""),
    line("suivi_repere", "SELECT", "SELECT, INSERT, DELETE"),
    line("suppression", "SELECT", "SELECT (supprime_le), DELETE"),
    line("saisie_gardee", "SELECT, INSERT, DELETE", "SELECT (cree_le), DELETE"),
    line("secret", "SELECT", ""),
    // What happened.
    line("journal", JOURNAL, JOURNAL),
    // What ended badly, for who runs the installation.
    line("incident", "SELECT, INSERT (moment, genre, programme, machine, version, lieu, code, demande, travail, nombre)",
        "SELECT, INSERT (moment, genre, programme, machine, version, lieu, code, demande, travail, nombre), DELETE"),
    line("journal_sortie", "", "SELECT, INSERT, UPDATE"),
    line("avis", "SELECT, INSERT, UPDATE", "SELECT (cree_le), INSERT, DELETE"),
    line("textes_legaux", "SELECT, INSERT, UPDATE", ""),
    // Views, files, actions.
    line("vue", "SELECT, INSERT, UPDATE", "SELECT, DELETE"),
    line("vue_par_defaut", "SELECT, INSERT, UPDATE, DELETE", "SELECT"),
    line("export", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"),
    line("export_lot", "", "SELECT, INSERT, DELETE"),
    line("export_morceau", "", "SELECT, INSERT, DELETE"),
    line("export_programme", "SELECT, INSERT, UPDATE, DELETE", "SELECT, UPDATE"),
    line("export_programme_fois", "SELECT", "SELECT, INSERT, UPDATE"),
    line("action", "SELECT, INSERT, UPDATE", "SELECT, UPDATE, DELETE"),
    line("action_ligne", "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT, UPDATE, DELETE"),
    line("import", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"),
    // What people agreed to: the worker writes no account but by a function that asks it.
    line("import_accord", "SELECT, INSERT (import_id, auteur_id, empreinte, par_courriel)", ""),
    line("import_profil", "SELECT, INSERT, UPDATE, DELETE", "SELECT"),
    line("import_ligne", "SELECT, UPDATE (etat, valeurs, avant, motif), DELETE", "SELECT, INSERT, UPDATE, DELETE"),
    line("import_anomalie", "SELECT, DELETE", "SELECT, INSERT, DELETE"),
    line("import_lot", "SELECT, DELETE", "SELECT, INSERT, UPDATE"),
    // Folders where other programs leave files: administrateurs declare them, the worker goes over them.
    line("dossier_surveille", "SELECT, INSERT (collectivite_id, genre, compte_id, cree_par), UPDATE (compte_id, actif, avis)", "SELECT, UPDATE (passe_le, avis)"),
    line("fichier_depose", "SELECT, UPDATE (etat, import_id)", "SELECT, INSERT, UPDATE, DELETE"),
    // Files on their way, in chunks: the worker takes away what stopped coming.
    line("import_envoi", "SELECT, INSERT, UPDATE (assemble_le, import_id, refus, touche_le), DELETE", "SELECT, UPDATE (import_id), DELETE"),
    line("import_envoi_morceau", "SELECT, INSERT, DELETE", "SELECT, DELETE"),
    line("action_choix", "SELECT, INSERT, DELETE", "SELECT, DELETE"),
    // The queue.
    line("job", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"),
    line("planification", "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT, UPDATE, DELETE"),
    line("file_attente", "SELECT, INSERT, UPDATE", "SELECT, UPDATE (queue)"),
    line("lecture_lourde", "SELECT, UPDATE", "SELECT"),
    line("ouvrier", "SELECT", "SELECT, INSERT, UPDATE, DELETE"),
    line("file_mesure", "SELECT", "SELECT, INSERT, UPDATE, DELETE"),
];

/// Functions that run under the rights of the owner and that the worker calls: everybody else is refused.
pub const WORK_FUNCTIONS: &[&str] = &[
    "journal_partitions(date)",
    "journal_purge(integer)",
    "lien_par_courriel(bigint,bytea,text)",
    "prochain_numero(text)",
    "comptes_importes(bigint,bigint,bigint)",
    "comptes_repris(bigint,bigint,bigint)",
    "auteurs_rendus(bigint,bigint,bigint)",
];

/// The same for the server.
pub const SERVE_FUNCTIONS: &[&str] = &[
    "prochain_numero(text)",
    // What the page of the operator tells of PostgreSQL, without a value.
    "exploitation_vue()",
    "exploitation_requetes(integer,bigint[])",
    "exploitation_sessions(double precision)",
];

/// Those that triggers alone call.
pub const TRIGGER_FUNCTIONS: &[&str] = &[
    "logement_rattache()",
    "hebergeur_suit()",
    "apprend_mots()",
    "tenue_rattache()",
    "logement_remis()",
    "suivi_retire()",
    "sejour_compte_suit()",
    "declaration_compte_suit()",
    "declaration_compte_passe(bigint,bigint,bigint,date,date,boolean)",
    "declaration_compte_change_hote()",
    "total_mensuel_compte()",
    "operation_equilibree()",
    "regie_figee()",
];
