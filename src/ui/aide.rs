//! Which part of the guides speaks of a screen.

/// Beginning of the address of a screen, and the section that speaks of it; the first that fits.
pub const SECTIONS: &[(&str, &str)] = &[
    ("/sejours/actions", "/aide/agent#agir-sur-beaucoup-de-lignes"),
    ("/logements/actions", "/aide/agent#agir-sur-beaucoup-de-lignes"),
    ("/sejours/registre", "/aide/agent#saisir-un-registre"),
    ("/sejours/nouveau", "/aide/agent#creer-et-corriger"),
    ("/logements/nouveau", "/aide/agent#creer-et-corriger"),
    ("/hebergeurs/nouveau", "/aide/agent#creer-et-corriger"),
    ("/sejours/", "/aide/agent#la-fiche-d-un-sejour"),
    ("/logements/", "/aide/agent#modifier-une-valeur-la-ou-elle-se-lit"),
    ("/hebergeurs/", "/aide/agent#modifier-une-valeur-la-ou-elle-se-lit"),
    ("/sejours", "/aide/agent#les-listes"),
    ("/logements", "/aide/agent#les-listes"),
    ("/hebergeurs", "/aide/agent#les-listes"),
    ("/communes", "/aide/agent#les-listes"),
    ("/deliberations/nouveau", "/aide/agent#saisir-une-deliberation"),
    ("/deliberations/simulateur", "/aide/agent#simuler-une-grille-de-tarifs"),
    ("/deliberations/calendrier", "/aide/agent#le-calendrier-des-deliberations"),
    ("/deliberations", "/aide/agent#les-deliberations-et-les-tarifs"),
    ("/tarifs", "/aide/agent#les-deliberations-et-les-tarifs"),
    ("/bareme", "/aide/administrateur#le-bareme-legal"),
    ("/vues", "/aide/agent#garder-un-affichage-les-vues"),
    ("/actions", "/aide/agent#agir-sur-beaucoup-de-lignes"),
    ("/imports/dossiers", "/aide/administrateur#les-dossiers-surveilles"),
    ("/imports", "/aide/agent#charger-un-fichier"),
    ("/lignes", "/aide/agent#charger-un-fichier"),
    ("/profils", "/aide/agent#les-profils-de-lecture"),
    ("/anomalies", "/aide/agent#charger-un-fichier"),
    ("/exports", "/aide/agent#exporter"),
    ("/programmes", "/aide/agent#programmer-un-export"),
    ("/recherche", "/aide/agent#chercher-partout"),
    ("/accueil", "/aide/agent#l-accueil"),
    ("/avis", "/aide/agent#programmer-un-export"),
    ("/exploitation", "/aide/exploitation#la-page-exploitation"),
    ("/travaux/files", "/aide/exploitation#la-page-files-et-ouvriers"),
    ("/travaux/lectures", "/aide/exploitation#grandes-lectures"),
    ("/travaux/planifications", "/aide/exploitation#planifications"),
    ("/travaux", "/aide/agent#les-travaux"),
    ("/jetons", "/aide/agent#donner-un-jeton-a-un-programme"),
    ("/api/documentation", "/aide/api#guide-de-l-api"),
    ("/compte/second-facteur", "/aide/agent#le-second-facteur"),
    ("/compte/identite", "/aide/agent#par-un-fournisseur-d-identite"),
    ("/compte/confirmation", "/aide/agent#confirmer-que-c-est-vous"),
    ("/compte", "/aide/agent#mon-compte-et-mes-sessions"),
    ("/connexion/code", "/aide/agent#le-second-facteur"),
    ("/connexion/oubli", "/aide/agent#mot-de-passe-oublie"),
    ("/connexion", "/aide/agent#se-connecter"),
    ("/invitation", "/aide/agent#se-connecter"),
    ("/utilisateurs/nouveau", "/aide/administrateur#inviter-quelqu-un"),
    ("/utilisateurs", "/aide/administrateur#modifier-ou-desactiver-un-compte"),
    ("/deux-personnes", "/aide/administrateur#deux-personnes"),
    ("/motifs", "/aide/administrateur#les-motifs"),
    ("/journal", "/aide/administrateur#le-journal"),
    ("/textes", "/aide/administrateur#les-textes-legaux"),
    ("/campagnes", "/aide/agent#les-campagnes-et-les-declarations"),
    ("/echeances", "/aide/agent#les-campagnes-et-les-declarations"),
    ("/calendrier", "/aide/agent#les-campagnes-et-les-declarations"),
    ("/declarations", "/aide/agent#les-campagnes-et-les-declarations"),
    ("/paiements", "/aide/agent#les-sommes-dues-et-les-paiements"),
    ("/ecritures", "/aide/agent#les-sommes-dues-et-les-paiements"),
    ("/lettres", "/aide/agent#les-lettres"),
    ("/envois", "/aide/agent#ecrire-une-lettre"),
    ("/modeles", "/aide/agent#les-modeles-de-lettres"),
    ("/expediteurs", "/aide/agent#les-modeles-de-lettres"),
    ("/", "/aide/agent#l-accueil"),
];

/// The section that speaks of the screen at `path`.
pub fn section_for(path: &str) -> &'static str {
    let exact = |start: &&(&str, &str)| match start.0 {
        "/" => path == "/",
        start => path.starts_with(start),
    };
    // What people add to any row, whatever its list.
    if path.split('/').nth(3).is_some_and(|part| part == "notes" || part == "pieces") {
        return "/aide/agent#les-notes-et-les-pieces-jointes";
    }
    // What happens to a lodging.
    match path.split('/').nth(3) {
        Some("fermetures") => return "/aide/agent#les-fermetures-d-un-logement",
        Some("collectes") => return "/aide/agent#qui-collecte",
        Some("hebergeur") => return "/aide/agent#changer-d-hebergeur",
        _ => {}
    }
    // The form of any row, whatever its list.
    if path.ends_with("/fusion") {
        return "/aide/agent#deux-fiches-du-meme-hebergeur";
    }
    if path.ends_with("/modifier") && !path.starts_with("/vues") && !path.starts_with("/utilisateurs") {
        return "/aide/agent#creer-et-corriger";
    }
    SECTIONS.iter().find(exact).map_or("/aide", |(_, section)| section)
}
