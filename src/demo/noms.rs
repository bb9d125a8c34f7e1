//! Mots dont se composent les personnes, les logements et les adresses de démonstration. Les personnes
//! sont inventées : toute ressemblance tient au hasard d'un prénom et d'un nom courants.
//!
//! Les listes gardent leur mise en page : un mot par ligne ne se lirait plus.

/// Prénoms courants aux Antilles et en France.
#[rustfmt::skip]
pub const PRENOMS: [&str; 64] = [
    "Marlène", "Josiane", "Gérard", "Thierry", "Nadège", "Cédric", "Ghislaine", "Rosemonde",
    "Fabrice", "Solange", "Yannick", "Murielle", "Lucette", "Édouard", "Maryse", "Rodrigue",
    "Béatrice", "Christiane", "Jocelyn", "Élodie", "Mickaël", "Ketty", "Firmin", "Léonie",
    "Guylaine", "Patrick", "Aurélie", "Dimitri", "Raymonde", "Steeve", "Mélissa", "Olivier",
    "Claudine", "Éric", "Sabrina", "Hugues", "Mireille", "Laurent", "Viviane", "Joël", "Clarisse",
    "Frantz", "Annick", "Sébastien", "Tatiana", "Alain", "Huguette", "Grégory", "Corinne", "Max",
    "Noëlla", "Philippe", "Stéphanie", "Harry", "Danièle", "Camille", "Loïc", "Suzette", "Wilfrid",
    "Agnès", "Bruno", "Océane", "Félix", "Inès",
];

/// Noms de famille courants aux Antilles et en France.
#[rustfmt::skip]
pub const FAMILLES: [&str; 80] = [
    "Fessin", "Nestor", "Jean-Baptiste", "Coriolan", "Mirval", "Zénon", "Rosan", "Dorville",
    "Bordelais", "Kancel", "Montout", "Gélabale", "Sainte-Luce", "Bélair", "Théodore", "Saint-Ange",
    "Moutoussamy", "Ramassamy", "Virapin", "Nanette", "Pierre-Louis", "Charles-Nicolas", "Lubin",
    "Gustave", "Cornélie", "Siban", "Désiré", "Mathurin", "Hilaire", "Bazile", "Alexis", "Clairon",
    "Maragnès", "Beaujour", "Lurienne", "Vaïty", "Édom", "Palmier", "Toussaint", "Gaydu", "Durimel",
    "Lacrosse", "Bonneville", "Cléril", "Frédéric", "Nabal", "Procope", "Zami", "Baltus", "Féler",
    "Martin", "Bernard", "Petit", "Robert", "Durand", "Moreau", "Laurent", "Lefèvre", "Roux",
    "Garnier", "Chevalier", "Perrin", "Marchand", "Dufour", "Blanchard", "Meunier", "Lemaître",
    "Carpentier", "Renaud", "Guérin", "Tirolien", "Galbas", "Ozier", "Lamaille", "Rénier",
    "Céleste", "Noël", "Gobardhan", "Sitbon", "Uranie",
];

/// Arbres, oiseaux, lieux et humeurs dont se nomment les logements.
#[rustfmt::skip]
pub const THEMES: [&str; 72] = [
    "des Flamboyants", "des Hibiscus", "du Poirier-Pays", "des Alizés", "Bois-Lélé", "du Fromager",
    "des Alpinias", "du Gommier Rouge", "Karukéra", "du Colibri", "de la Pointe", "Ti Paradis",
    "du Lagon", "des Balisiers", "des Bougainvilliers", "de l'Anse", "Soleil Levant",
    "Fleur de Canne", "du Manguier", "des Cocotiers", "Zandoli", "du Corossol", "du Tamarin",
    "Ylang-Ylang", "Vanille", "Kannelle", "de la Mangrove", "Madras", "du Morne", "des Filaos",
    "du Tamarinier", "Bwa Mapou", "des Orchidées", "Goyavier", "Kaladja", "Gwo Ka", "de la Rivière",
    "du Moulin", "Ti Kaz Bleue", "Rêve Créole", "Douceur Caraïbe", "du Souffleur", "des Raisiniers",
    "du Pélican", "de la Frégate", "du Sucrier", "Étoile de Mer", "Lambi", "du Récif",
    "Belle Étoile", "Ciel et Mer", "Sable Blanc", "de l'Habitation", "du Fruit à Pain", "Maracudja",
    "Carambole", "Pomme Cannelle", "des Trois Îlets", "Bel Air", "du Petit Havre",
    "Vue sur les Saintes", "Jardin d'Éden", "des Palmistes", "Racoon", "Kolibri Lodge", "Bambou",
    "Acajou", "Galba", "Caféier", "Cacaoyère", "Grand Large", "Couleur Locale",
];

/// Premier mot du nom d'un meublé.
#[rustfmt::skip]
pub const MEUBLES: [&str; 12] = [
    "Villa", "Gîte", "Bungalow", "Appartement", "Studio", "Kaz", "Maison", "Lodge", "Case",
    "Duplex", "Chalet", "Résidence",
];

/// Précision qui distingue deux logements proches ; souvent vide.
#[rustfmt::skip]
pub const PRECISIONS: [&str; 12] = [
    "", "", "", "", "", "vue mer", "côté jardin", "avec piscine", "n° 2", "n° 3", "à l'étage",
    "sur la plage",
];

/// Formes de sociétés.
#[rustfmt::skip]
pub const SOCIETES: [&str; 6] = [
    "SARL", "SAS", "SCI", "EURL", "SASU", "Conciergerie",
];

/// Voies.
#[rustfmt::skip]
pub const VOIES: [&str; 10] = [
    "rue", "chemin", "allée", "impasse", "route", "résidence", "lotissement", "lot.", "ruelle",
    "sentier",
];

/// Ce qui suit la voie.
#[rustfmt::skip]
pub const NOMS_DE_VOIES: [&str; 20] = [
    "des Flamboyants", "du Général-Frébault", "de la Plage", "des Frangipaniers", "Schœlcher",
    "de l'Église", "des Amandiers", "de la Source", "du Calvaire", "des Lataniers",
    "Achille-René-Boisneuf", "de la Liberté", "des Orchidées", "du Moulin", "des Cocotiers",
    "de l'Usine", "du Stade", "des Alizés", "de la Mairie", "du Débarcadère",
];

/// Lieux-dits d'une commune, ou des lieux-dits passe-partout.
#[rustfmt::skip]
pub fn lieux_dits(code_insee: &str) -> &'static [&'static str] {
    match code_insee {
        "97103" => &["Jarry", "Destrellan", "Convenance", "La Jaille", "Birmingham"],
        "97106" => &["Malendure", "Pigeon", "Thomas", "Marigot", "Village", "Galets"],
        "97108" => &["Petite-Anse", "Bézard", "Les Galets", "Bellevue"],
        "97110" => &["Beauséjour", "Le Souffleur", "Les Galets", "Baie-Mahault"],
        "97111" => &["Ferry", "Rifflet", "Ziotte", "Grande-Anse", "Leroux"],
        "97112" => &["Les Basses", "Murat", "Ducos", "Grand-Case"],
        "97113" => &[
            "Mare-Gaillard", "Petit-Havre", "Saint-Félix", "Grande-Ravine",
            "Montauban", "Bas-du-Fort", "Pliane", "Périnette",
        ],
        "97117" => &["L'Autre-Bord", "Portland", "Gardel", "Zévallos", "Lauréal"],
        "97118" => &["Vernou", "Montebello", "Prise-d'Eau", "Viard", "Pointe-à-Bacchus"],
        "97121" => &["Les Plaines", "Mahaut", "Acomat", "La Caféière"],
        "97125" => &[
            "Sainte-Marthe", "Les Raisins-Clairs", "Anse-à-la-Gourde",
            "Bragelogne", "Pombiray", "Pradel",
        ],
        "97126" => &["Vieux-Fort", "Saint-Charles", "Chalet", "Le Bourg"],
        "97128" => &[
            "Durivage", "Bois-Jolan", "Castaing", "Douville",
            "Helleux", "Les Galbas", "Valette", "Gissac",
        ],
        "97129" => &["Sofaïa", "Nogent", "La Boucan", "Duzer", "Viard"],
        "97131" => &["Pompierre", "Fond-du-Curé", "Marigot", "Le Mouillage"],
        "97132" => &["Schœlcher", "La Plaine", "Grande-Anse", "Delgrès"],
        _ => &["Le Bourg", "Bellevue", "Morne-Rouge", "Belle-Plaine", "L'Habituée", "Beausoleil"],
    }
}

/// Met un nom en forme d'adresse électronique : minuscules sans accents, tiret pour le reste.
pub fn courriel(texte: &str, vers: &mut String) {
    for lettre in texte.chars().flat_map(char::to_lowercase) {
        vers.push(match lettre {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'a'..='z' | '0'..='9' => lettre,
            _ => '-',
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tous_les_noms_font_une_adresse_sans_accent() {
        for nom in PRENOMS.iter().chain(&FAMILLES) {
            let mut adresse = String::new();
            courriel(nom, &mut adresse);
            assert!(adresse.bytes().all(|o| o.is_ascii_lowercase() || o == b'-'), "{nom} → {adresse}");
        }
    }
}
