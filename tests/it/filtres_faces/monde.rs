//! The data of this proof, who reads them, and the questions that can be asked of them. Values come from rows that exist.

use gardel::comptes::Role;
use gardel::listing::{Filter, FilterKind, Kind, List, Options};
use sqlx::AssertSqlSafe;

use super::hasard::Hasard;
use super::selects::{Table, holds, quoted, table};
use crate::support::app::{GRAND_SUD, LE_GOSIER, RIVIERA};
use crate::support::lettres::letters;
use crate::support::{App, Browser};

/// A word of thousands of lodgings, one of thousands of hosts, one of some users, one that some of those lodgings and hosts have
/// too: nothing else looks like them.
const COMMON: [&str; 4] = ["quimbois", "zandoli", "wassou", "kassav"];
/// Communes of the reader of one commune, of their EPCI, and of somebody else.
const COMMUNES: [&str; 4] = ["97113", "97125", "97105", "97107"];

/// One filter with a value: how it is asked, and what it means.
#[derive(Clone, Debug)]
pub struct Choix {
    pub filter: &'static str,
    pub ask: String,
    pub sql: String,
}

/// Somebody who reads.
pub struct Lecteur<'a> {
    pub nom: &'static str,
    pub role: Role,
    pub browser: Browser<'a>,
    pub communes: &'static str,
}

/// Enough rows for every way of the lists to be taken: a page that walks, a word that leads, a word that does not.
pub async fn plant(app: &App) {
    letters(app).await;
    // Thousands of hosts and lodgings of a common word, over three communes, then stays there, people, jobs, actions and lines.
    for sql in [
        "INSERT INTO hebergeur (numero, nom, type, adresse, code_postal, ville, inscrit_le) SELECT 'ZAN' || lpad(g::text, 6, '0'), 'Zandoli ' || CASE WHEN g % 11 = 0 THEN 'Kassav ' ELSE '' END || g, 'particulier', '', '97190', 'Le Gosier', '2024-01-01'::date + g % 400 FROM generate_series(1, 5200) g",
        "INSERT INTO logement (reference, hebergeur_id, code_insee, nom, adresse, nature_id, categorie_id, capacite, classe_le, classe_jusqu_au, actif)
         SELECT 'QUI' || lpad(g::text, 6, '0'), h.id, (ARRAY['97113','97125','97105'])[1 + g % 3], 'Quimbois ' || CASE WHEN g % 13 = 0 THEN 'Kassav ' ELSE '' END || g, '', (SELECT id FROM nature ORDER BY id OFFSET g % 4 LIMIT 1),
             1 + g % 9, 1 + g % 12, CASE WHEN g % 4 = 0 THEN '2024-01-01'::date END, CASE WHEN g % 4 = 0 THEN '2025-01-01'::date + g % 900 END, g % 7 > 0
         FROM generate_series(1, 5200) g JOIN hebergeur h ON h.numero = 'ZAN' || lpad(g::text, 6, '0')",
        "INSERT INTO sejour (collecteur, reference, logement_id, code_insee, date_debut, date_fin, date_perception, nb_personnes, nature_id, categorie_id, prix_nuit, tarif, montant_base, statut)
         SELECT (ARRAY['hote','airbnb','hote'])[1 + l.id % 3], 'ora-' || l.id, l.id, l.code_insee, '2025-06-01'::date + (l.id % 530)::int, '2025-06-04'::date + (l.id % 530)::int,
             CASE WHEN l.id % 5 > 1 THEN '2025-07-01'::date + (l.id % 500)::int END, 1 + l.id % 4, l.nature_id, l.categorie_id, 9000, 100, 100 + l.id * 37 % 9000,
             (ARRAY['a_verifier','valide','valide','conteste','rejete'])[1 + l.id % 5]
         FROM logement l WHERE l.reference LIKE 'QUI%' AND l.id % 3 = 0",
        "INSERT INTO utilisateur (courriel, nom, role, actif, connecte_le, cree_le) SELECT 'ora' || g || '@test.gardel', CASE WHEN g % 3 = 0 THEN 'Wassou ' ELSE 'Agent ' END || g % 40, (ARRAY['agent','administrateur'])[1 + g % 2], g % 4 > 0,
             CASE WHEN g % 3 > 0 THEN '2026-11-01'::timestamptz - g * interval '7 hours' END, '2026-01-01'::timestamptz + g % 50 * interval '1 day' FROM generate_series(1, 160) g",
        "INSERT INTO utilisateur_collectivite SELECT u.id, c.id FROM utilisateur u JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + u.id % 3] WHERE u.courriel LIKE 'ora%'",
        "INSERT INTO utilisateur_collectivite SELECT u.id, c.id FROM utilisateur u JOIN collectivite c ON c.siren = '249710070' WHERE u.courriel LIKE 'ora%5@test.gardel' ON CONFLICT DO NOTHING",
        "INSERT INTO job (queue, name, title, state, requested_by, collectivite_id, finished_at) SELECT (ARRAY['exports','maintenance','high_priority'])[1 + g % 3], 'essai', 'Essai ' || g, (ARRAY['done','done','failed','cancelled'])[1 + g % 4], l.id,
             c.id, now() FROM generate_series(1, 180) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3] CROSS JOIN LATERAL (SELECT id FROM utilisateur WHERE courriel LIKE '%.%@test.gardel' ORDER BY id OFFSET g % 3 LIMIT 1) l",
        "INSERT INTO action (jeton, liste, nom, libelle, valeur, requete, filtres, jour, etendue, instantane, demandeur_id, collectivite_id, etat, confirmees, annulable_jusqu_au)
         SELECT 'ora' || g, (ARRAY['sejours','logements'])[1 + g % 2], 'valider', 'Valider', 'valide', '', 'sans filtre', '2026-11-20', 'filtre', '', l.id, c.id,
             (ARRAY['appliquee','annulee','arretee'])[1 + g % 3], g, now() FROM generate_series(1, 150) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3]
             CROSS JOIN LATERAL (SELECT id FROM utilisateur WHERE courriel LIKE '%.%@test.gardel' ORDER BY id OFFSET g % 3 LIMIT 1) l",
        "INSERT INTO import (genre, demandeur_id, collectivite_id, nom, octets, sha256, chemin, examen, etat, lues, nouvelles, changees, identiques, refusees) SELECT (ARRAY['hebergeurs','logements'])[1 + g % 2], l.id, c.id, 'fichier ' || g, g, encode(sha256(g::text::bytea), 'hex'), 'x', '{\"lecture\":{\"nature\":\"texte\",\"encodage\":\"utf8\",\"separateur\":\";\",\"guillemet\":null,\"titre\":0,\"entete\":true,\"colonnes\":[]},\"titres\":[],\"premieres\":[],\"entier\":true,\"feuilles\":[],\"membres\":[],\"essais\":[],\"avertissements\":[],\"doutes\":[]}', (ARRAY['termine','termine','annule','a_confirmer'])[1 + g % 4], g % 500, g % 70, g % 30, g % 50, g % 20 FROM generate_series(1, 130) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3] CROSS JOIN LATERAL (SELECT id FROM utilisateur WHERE courriel LIKE '%.%@test.gardel' ORDER BY id OFFSET g % 3 LIMIT 1) l",
        "INSERT INTO import_ligne (import_id, demandeur_id, collectivite_id, rang, ligne, verdict, etat, liste, nom, reference) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['nouvelle','changee','identique','refusee'])[1 + g % 4], (ARRAY['prevue','ecrite','ecrite'])[1 + g % 3], i.genre, 'Nom ' || g, 'HEB-' || g FROM import i, generate_series(0, 2) g",
        "INSERT INTO import_anomalie (import_id, demandeur_id, collectivite_id, rang, ligne, gravite, code, colonne, contenu, message) SELECT i.id, i.demandeur_id, i.collectivite_id, g, g + 2, (ARRAY['refus','avertissement'])[1 + g % 2], 'VAL-06', 'Courriel', 'x' || g, 'Message ' || g FROM import i, generate_series(0, 1) g",
        "INSERT INTO import_profil (genre, nom, auteur_id, collectivite_id, contenu, colonnes, confiance, modifie_le) SELECT (ARRAY['hebergeurs','logements'])[1 + g % 2], 'Profil ' || g, l.id, CASE WHEN g % 3 > 0 THEN c.id END, '{}', g % 12, g % 6 = 1, now() - g * interval '7 hours' FROM generate_series(1, 90) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3] CROSS JOIN LATERAL (SELECT id FROM utilisateur WHERE courriel LIKE '%.%@test.gardel' ORDER BY id OFFSET g % 3 LIMIT 1) l",
        "INSERT INTO jeton_api (utilisateur_id, collectivite_id, nom, genre, empreinte, debut, droits, collectivites, personnel, cree_le, expire_le, revoque_le, utilise_le)
         SELECT l.id, c.id, 'Jeton ' || g % 20, (ARRAY['personnel','service','personnel'])[1 + g % 3], sha256(g::text::bytea), 'gardel_' || g, '{\"taxe\": 1}', ARRAY[c.id], g % 5 = 0,
             now() - interval '60 days', ((now() AT TIME ZONE 'America/Guadeloupe')::date + g % 90 - 40)::timestamp AT TIME ZONE 'America/Guadeloupe',
             CASE WHEN g % 6 = 0 THEN now() END, CASE WHEN g % 4 > 0 THEN now() - g * interval '5 hours' END
             FROM generate_series(1, 140) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3]
             CROSS JOIN LATERAL (SELECT id FROM utilisateur WHERE courriel LIKE '%.%@test.gardel' ORDER BY id OFFSET g % 3 LIMIT 1) l",
        "INSERT INTO journal (moment, action, objet, acteur, acteur_id, collectivite_id, requete_id) SELECT '2026-11-20'::timestamptz - g % 90 * interval '5 hours', (ARRAY['connexion','consultation','export','modification'])[1 + g % 4],
             (ARRAY['connexion','hébergeur','export','séjour'])[1 + g % 4], 'Personne ' || g % 5, (SELECT id FROM utilisateur WHERE courriel = 'ora' || 1 + g % 30 || '@test.gardel'), c.id, 'ora-' || g
             FROM generate_series(1, 260) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3]",
        "INSERT INTO deliberation (siren, collectivite, date_deliberation, annee, debut, fin, communes, etat, source, applicable_du, reference, transmise_le, loyer_minimum_nuit, tarif_1, tarif_2, tarif_4, tarif_9)
         SELECT c.siren, c.nom, '2025-03-01'::date + g % 40, 2024 + g % 4, (ARRAY['01-01','05-01'])[1 + g % 2], (ARRAY['12-31','04-30'])[1 + g % 2], '97113 97125', (ARRAY['brouillon','brouillon','remplacee','abandonnee'])[1 + g % 4],
             (ARRAY['saisie','delta','reference'])[1 + g % 3], make_date(2024 + g % 4, 1, 1), CASE WHEN g % 2 = 0 THEN 'D-' || g END, CASE WHEN g % 3 = 0 THEN '2025-06-01'::date + g % 60 END, CASE WHEN g % 5 = 0 THEN g END, 300 + g, 200 + g, 100 + g % 90, 100 + g % 450
         FROM generate_series(1, 90) g JOIN collectivite c ON c.siren = (ARRAY['219711132','200041507','249710070'])[1 + g % 3]",
        "ANALYZE",
    ] {
        app.run_sql(sql).await;
    }
}

/// One commune, an EPCI, two collectivités at once, everything, and nobody's rows.
pub async fn readers(app: &App) -> Vec<Lecteur<'_>> {
    vec![
        Lecteur { nom: "agent d'une commune", role: Role::Agent, browser: app.agent(LE_GOSIER).await, communes: "'97113'" },
        Lecteur {
            nom: "administrateur d'un EPCI",
            role: Role::Administrateur,
            browser: app.administrateur(RIVIERA).await,
            communes: "SELECT code_insee FROM commune WHERE epci_siren = '200041507'",
        },
        Lecteur {
            nom: "agent de deux collectivités",
            role: Role::Agent,
            browser: app.person("agent", &[LE_GOSIER, GRAND_SUD]).await,
            communes: "SELECT code_insee FROM commune WHERE epci_siren = '249710070' OR code_insee = '97113'",
        },
        Lecteur {
            nom: "administrateur de tous les EPCI",
            role: Role::Administrateur,
            browser: app.everywhere().await,
            communes: "SELECT code_insee FROM commune WHERE epci_siren IS NOT NULL",
        },
        Lecteur { nom: "exploitant", role: Role::Exploitant, browser: app.exploitant().await, communes: "SELECT ''" },
    ]
}

/// The values of a column, as text.
pub async fn texts(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.unwrap_or_else(|error| panic!("{error}: {sql}"))
}

/// Every filter of `list`, each with some values.
pub async fn choices(app: &App, list: &'static List, hasard: &mut Hasard) -> Vec<Choix> {
    let table = table(list.name);
    let mut all = Vec::new();
    for filter in list.filters {
        let name = filter.name;
        let before = all.len();
        match &filter.kind {
            FilterKind::Choice { options, .. } => {
                let column = table.choices.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
                let column = column.unwrap_or_else(|| panic!("write what « {name} » of « {} » compares", table.list));
                let values = chosen_values(app, table, column, options, hasard).await;
                all.extend(of_values(filter, &values, &format!("t.{column}::text")));
                if filter.is_nullable() {
                    let (one, sql) = (&values[0], format!("t.{column}::text = {} OR t.{column} IS NULL", quoted(&values[0])));
                    all.push(Choix { filter: name, ask: format!("{name}=vide"), sql: format!("t.{column} IS NULL") });
                    all.push(Choix { filter: name, ask: format!("{name}=vide&{name}={}", encoded(one)), sql: format!("({sql})") });
                    all.push(Choix { filter: name, ask: format!("{name}=vide&{name}_sauf=1"), sql: format!("t.{column} IS NOT NULL") });
                }
            }
            FilterKind::Commune => all.extend(of_values(filter, &COMMUNES.map(String::from), "t.code_insee")),
            FilterKind::Epci => all.extend(of_values(filter, &[RIVIERA.into(), GRAND_SUD.into()], "t.epci_siren")),
            FilterKind::Dates { relative, .. } => {
                let mut add = |ask: String, sql: String| all.push(Choix { filter: name, ask, sql });
                // The clock of the tests stands on 23 November 2026.
                add(format!("{relative}=mois_dernier"), "t.debut BETWEEN '2026-10-01' AND '2026-10-31'".into());
                add(format!("{relative}=annee"), "t.debut BETWEEN '2026-01-01' AND '2026-12-31'".into());
                let day = one(app, table, "debut", hasard).await;
                add(format!("{name}_min={day}"), format!("t.debut >= '{day}'"));
                add(format!("{name}_min=2026-02-01&{name}_max=2026-07-14"), "t.debut BETWEEN '2026-02-01' AND '2026-07-14'".into());
            }
            FilterKind::Range { kind, .. } => {
                let (value, column, read) = match *kind {
                    Kind::Instant => (format!("(t.{name} AT TIME ZONE 'America/Guadeloupe')::date"), "date", false),
                    Kind::Date => (format!("t.{name}"), "date", false),
                    Kind::Number(number) if number.scale == 2 => (format!("t.{name}"), "bigint", true),
                    _ => (format!("t.{name}"), "bigint", false),
                };
                let sql = format!("SELECT DISTINCT ({value})::text FROM ({}) t WHERE t.{name} IS NOT NULL ORDER BY 1", table.rows);
                let known = texts(app, &sql).await;
                for (end, operator) in [("min", ">="), ("max", "<=")] {
                    let bound = hasard.one(&known).clone();
                    let asked = if read { euros(bound.parse().expect("cents")) } else { bound.clone() };
                    all.push(Choix { filter: name, ask: format!("{name}_{end}={asked}"), sql: format!("{value} {operator} '{bound}'::{column}") });
                }
                if *kind == Kind::Money {
                    all.push(Choix { filter: name, ask: format!("{name}_min=20&{name}_max=60,50"), sql: format!("t.{name} BETWEEN 2000 AND 6050") });
                }
                if filter.is_nullable() {
                    all.extend(presence(name));
                }
            }
            FilterKind::Presence { .. } => all.extend(presence(name)),
            FilterKind::Search { .. } => {
                for words in searched(app, table, hasard).await {
                    all.push(Choix { filter: name, ask: format!("{name}={}", encoded(&words)), sql: holds(table, &words) });
                }
            }
            FilterKind::Parent { .. } => {
                let column = format!("{name}_id");
                if ["journal", "jetons", "lignes", "anomalies"].contains(&table.list) {
                    let rows = format!("SELECT DISTINCT t.{column}::text FROM ({}) t WHERE t.{column} IS NOT NULL ORDER BY 1", table.rows);
                    let person = hasard.one(&texts(app, &rows).await).clone();
                    all.push(Choix { filter: name, ask: format!("{name}={person}"), sql: format!("t.{column} = {person}") });
                    continue;
                }
                for code in COMMUNES {
                    let rows = format!(
                        "SELECT t.{column}::text FROM ({}) t WHERE t.code_insee = '{code}' AND t.{column} IS NOT NULL ORDER BY t.{column}",
                        table.rows
                    );
                    let parent = hasard.one(&texts(app, &rows).await).clone();
                    all.push(Choix { filter: name, ask: format!("{name}={parent}"), sql: format!("t.{column} = {parent}") });
                }
            }
        }
        assert!(all.len() > before, "no value of « {name} »");
    }
    all
}

/// Without a value, with one.
fn presence(name: &'static str) -> [Choix; 2] {
    [("vide", "IS NULL"), ("renseigne", "IS NOT NULL")].map(|(code, sql)| Choix {
        filter: name,
        ask: format!("{name}={code}"),
        sql: format!("t.{name} {sql}"),
    })
}

/// Each value alone; two at once, and all but one and all but two where the filter takes several.
fn of_values(filter: &Filter, values: &[String], column: &str) -> Vec<Choix> {
    let name = filter.name;
    let asked = |values: &[String]| values.iter().map(|value| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
    let among = |values: &[String]| format!("{column} IN ({})", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(","));
    let mut all: Vec<Choix> =
        values.chunks(1).map(|one| Choix { filter: name, ask: asked(one), sql: format!("{column} = {}", quoted(&one[0])) }).collect();
    let two = &values[..values.len().min(2)];
    all.push(Choix { filter: name, ask: asked(two), sql: among(two) });
    for but in [&values[values.len() - 1..], two] {
        // A row without a value is none of them.
        all.push(Choix { filter: name, ask: format!("{}&{name}_sauf=1", asked(but)), sql: format!("({}) IS NOT TRUE", among(but)) });
    }
    all
}

/// A frequent value, a rare one, and another.
async fn chosen_values(app: &App, table: &Table, column: &str, options: &Options, hasard: &mut Hasard) -> Vec<String> {
    let sql = format!("SELECT t.{column}::text FROM ({}) t WHERE t.{column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1", table.rows);
    let mut found = texts(app, &sql).await;
    if let Options::Fixed(known) = options {
        found.retain(|value| known.iter().any(|(code, ..)| code == value));
    }
    let mut kept = vec![found[0].clone(), found[found.len() - 1].clone(), hasard.one(&found).clone()];
    kept.sort();
    kept.dedup();
    kept
}

async fn one(app: &App, table: &Table, column: &str, hasard: &mut Hasard) -> String {
    let values = texts(app, &format!("SELECT DISTINCT t.{column}::text FROM ({}) t WHERE t.code_insee = '97113' ORDER BY 1", table.rows)).await;
    hasard.one(&values).clone()
}

/// Words of every weight. No word of the vocabulary looks like one of them, so that the tolerance for typing errors adds nothing;
/// and each is held by the same rows whether all that is known of a row is looked at or its usual fields only.
async fn searched(app: &App, table: &Table, hasard: &mut Hasard) -> Vec<String> {
    if ["utilisateurs", "journal"].contains(&table.list) {
        return vec!["wassou".into(), "xyzzy".into()];
    }
    let rest = if table.list == "hebergeurs" { "h.courriel" } else { "coalesce(h.courriel, '') || ' ' || h.ville || ' ' || l.reference" };
    let names = if table.list == "hebergeurs" { "h.nom" } else { "l.nom" };
    let fold = |text: &str| format!("' ' || regexp_replace(lower(unaccent({text})), '[^a-z0-9]+', ' ', 'g')");
    let sql = format!(
        "WITH noms AS (SELECT l.id, l.code_insee, {} AS nom, {} AS autres FROM logement l JOIN hebergeur h ON h.id = l.hebergeur_id),
         mots AS (SELECT mot, count(DISTINCT n.id) AS nombre FROM noms n, regexp_split_to_table(n.nom, ' ') AS mot
                  WHERE length(mot) >= 5 AND mot ~ '^[a-z]+$' AND mot NOT LIKE 'saint%' GROUP BY 1)
         SELECT mot FROM mots m WHERE nombre BETWEEN 2 AND 120
             AND NOT EXISTS (SELECT 1 FROM vocabulaire v WHERE similarity(v.mot, m.mot) >= 0.28 AND v.mot NOT LIKE m.mot || '%')
             AND NOT EXISTS (SELECT 1 FROM noms n WHERE n.autres LIKE '%' || m.mot || '%' AND n.nom NOT LIKE '% ' || m.mot || '%')
             AND EXISTS (SELECT 1 FROM noms n WHERE n.code_insee = '97113' AND n.nom LIKE '% ' || m.mot || '%') ORDER BY 1",
        fold(names),
        fold(rest)
    );
    let rare = texts(app, &sql).await;
    assert!(rare.len() > 1, "no word of {} stands alone: {rare:?}", table.list);
    let near = format!(
        "SELECT mot FROM vocabulaire WHERE mot NOT IN ({0}) AND EXISTS (SELECT 1 FROM unnest(ARRAY[{0}]) c WHERE similarity(mot, c) >= 0.28)",
        COMMON.map(quoted).join(",")
    );
    assert!(texts(app, &near).await.is_empty(), "a word looks like those of this test");
    let common = if table.list == "hebergeurs" { COMMON[1] } else { COMMON[0] };
    let (first, second) = (hasard.one(&rare).clone(), hasard.one(&rare).clone());
    vec![first, second, common.into(), format!("{common} kassav"), "xyzzy".into()]
}

fn euros(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents % 100)
}

pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
