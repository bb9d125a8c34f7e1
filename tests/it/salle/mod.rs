//! A room of the tests: one list and one record over the rows of a collectivité, with a column of every kind. The engines are tested
//! on it, by HTTP, so that a real room tests only what is particular to it. What is expected is plain SQL.

mod fiche;
mod fichiers;
mod import;
mod liste;
mod programme;
mod retrait;
mod saisie;

use gardel::champs::Saisie;
use gardel::comptes::Personne;
use gardel::context::Context;
use gardel::listing::{
    Access, Branching, Column, Filter, FilterKind, Kind, List, Look, Menu, Module, Niveau, Number, Options, Reader, Searched, Sort, Words,
};
use gardel::platform::error::Result;
use gardel::records::{Draft, Fiche, Field, Hooks, Record, Section, Unique};
use gardel::ui::layout::Group;
use gardel::web;

use crate::support::app::ROLES;
use crate::support::{App, Browser};

const BRIX: Number = Number::new(2, "°Brix");
const TONNES: Number = Number::new(3, "t");
const ETATS: &[(&str, &str, &str)] = &[("pesee", "Pesée", "info"), ("refusee", "Écartée", "erreur"), ("payee", "Payée", "")];

/// Deliveries of cane to the mills: what each column holds has a kind of its own.
pub static LIVRAISONS: List = List {
    name: "livraisons",
    title: "Livraisons",
    noun: ("livraison", "livraisons"),
    feminine: true,
    about: "Les cannes livrées à l’usine.",
    access: Access::Droit(Module::Production, Niveau::Lire),
    table: "essai_livraison",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "",
    distinct: false,
    scope: |reader: &Reader| Branching::Ints("b.collectivite_id", reader.collectivites(Module::Production).iter().map(|id| i64::from(*id)).collect()),
    domains: &["essais"],
    columns: &[
        Column::new("reference", "Référence", "b.reference", Kind::Code),
        Column::new("nom", "Planteur", "b.nom", Kind::Text).sorted("nom").personal(),
        Column::new("observations", "Observations", "b.observations", Kind::LongText),
        Column::new("brix", "Richesse", "b.brix", Kind::Number(BRIX)),
        Column::new("tonnage", "Tonnage", "b.tonnage", Kind::Number(TONNES)).summed(),
        Column::new("camions", "Camions", "b.camions", Kind::Int).summed(),
        Column::new("montant", "Montant", "b.montant", Kind::Money).summed(),
        Column::new("jour", "Jour", "b.jour", Kind::Date).sorted("jour"),
        Column::new("campagne", "Campagne", "b.campagne", Kind::Month),
        Column::new("pesee", "Pesée le", "b.pesee_le", Kind::Instant),
        Column::new("duree", "Attente", "b.duree", Kind::Duration).summed(),
        Column::new("bio", "Bio", "b.bio", Kind::Bool),
        Column::new("etat", "État", "b.etat", Kind::Choice(ETATS)),
        Column::new("avancement", "Avancement", "b.faites || '/' || b.total", Kind::Progress),
        Column::new("courriel", "Courriel", "b.courriel", Kind::Email).personal(),
        Column::new("telephone", "Téléphone", "b.telephone", Kind::Telephone).personal(),
        Column::new("siret", "SIRET", "b.siret", Kind::Siret).withdrawn("2027-01-01", "2027-07-01"),
        Column::new("bon", "Bon de pesée", "b.bon", Kind::File).linked("/livraisons/", "b.id || '/bon'"),
    ],
    filters: &[
        Filter {
            name: "q",
            label: "Planteur",
            kind: FilterKind::Search {
                look: Look {
                    within: &[Words { from: "essai_livraison b", holds: "sans_accents(b.nom) %> sans_accents({})", table: None }],
                    key: "b.id",
                    seen: "",
                    parents: None,
                },
                on: "b.id",
                references: None,
            },
            daily: true,
        },
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: "b.etat", cast: "text", options: Options::Fixed(ETATS), nullable: true },
            daily: true,
        },
        Filter::range("brix", "Richesse", "b.brix", Kind::Number(BRIX), true),
        Filter::range("tonnage", "Tonnage", "b.tonnage", Kind::Number(TONNES), true),
        Filter::range("camions", "Camions", "b.camions", Kind::Int, true),
        Filter::range("montant", "Montant", "b.montant", Kind::Money, true),
        Filter::range("jour", "Jour", "b.jour", Kind::Date, false),
        Filter::range("campagne", "Campagne", "b.campagne", Kind::Month, true),
        Filter::range("pesee", "Pesée le", "b.pesee_le", Kind::Instant, true),
        Filter::range("duree", "Attente", "b.duree", Kind::Duration, true),
        Filter::presence("observations", "Observations", "b.observations"),
    ],
    sorts: &[
        Sort {
            name: "jour",
            label: "jour",
            column: "b.jour",
            kind: Kind::Date,
            cast: "date",
            nullable: false,
            descending: true,
            led_by: &["jour"],
            indexed: true,
        },
        Sort {
            name: "nom",
            label: "planteur",
            column: "b.nom",
            kind: Kind::Text,
            cast: "text",
            nullable: false,
            descending: false,
            led_by: &[],
            indexed: true,
        },
    ],
    exportable: true,
    create: Some(("Nouvelle livraison", "/livraisons/nouveau")),
    menu: Some(Menu::at(Group::Work, 60, "list")),
    searched: Some(Searched { rank: 50, details: &["reference", "brix", "campagne"] }),
    suivis: &[],
    rollup: None,
};

struct Rien;

#[rocket::async_trait]
impl Hooks for Rien {
    async fn complete(&self, _context: &Context, _personne: &Personne, _draft: &mut Draft) -> Result<()> {
        Ok(())
    }
}

/// Whatever may be typed, each in its manner.
pub static LIVRAISON: Record = Record {
    list: &LIVRAISONS,
    table: "essai_livraison",
    object: "livraison",
    name: "t.reference",
    domains: &["essais"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: &[Section {
        title: "Livraison",
        about: "",
        fields: &[
            Field::new("collectivite_id", "Usine", "integer", Saisie::Collectivite).fixed(),
            Field::new("reference", "Référence", "text", Saisie::Texte(20)),
            Field::new("nom", "Planteur", "text", Saisie::Texte(60)),
            Field::new("observations", "Observations", "text", Saisie::TexteLong(200)).optional(),
            Field::new("brix", "Richesse", "integer", Saisie::Nombre(BRIX, 0, 9_000)).optional(),
            Field::new("tonnage", "Tonnage", "bigint", Saisie::Nombre(TONNES, 1, 100_000_000)).optional(),
            Field::new("camions", "Camions", "smallint", Saisie::Entier(1, 99)).optional(),
            Field::new("montant", "Montant", "bigint", Saisie::Montant(0, 10_000_000)).optional(),
            Field::new("jour", "Jour", "date", Saisie::JourPasse),
            Field::new("campagne", "Campagne", "date", Saisie::Mois).optional(),
            Field::new("duree", "Attente", "integer", Saisie::Duree(0, 1_440)).optional(),
            Field::new("etat", "État", "text", Saisie::Choix(ETATS)).optional(),
            Field::new("courriel", "Courriel", "text", Saisie::Courriel).optional(),
            Field::new("telephone", "Téléphone", "text", Saisie::Telephone).optional(),
            Field::new("siret", "SIRET", "text", Saisie::Siret).optional(),
        ],
    }],
    computed: &[],
    uniques: &[Unique {
        constraint: "essai_livraison_reference_key",
        field: "reference",
        sentence: "Cette référence est prise. Donnez-en une autre.",
    }],
    archive: None,
    fiche: Some(&Fiche { state: Some("etat"), lists: &[] }),
    grid: None,
    hooks: &Rien,
    live: None,
    personal: false,
    dossier: false,
    creation: "Nouvelle livraison",
};

/// Rows of every kind of value, some of each without: 130 of one mill, 70 of another. Two are weighed half an hour before and after a
/// midnight of Guadeloupe.
const TABLE: &str = "
    CREATE TABLE essai_livraison (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, collectivite_id integer NOT NULL REFERENCES collectivite,
        reference text NOT NULL UNIQUE, nom text COLLATE \"fr-x-icu\" NOT NULL, observations text, brix integer, tonnage bigint, camions smallint,
        montant bigint, jour date NOT NULL, campagne date CHECK (extract(day FROM campagne) = 1), pesee_le timestamptz, duree integer, bio boolean,
        etat text, faites integer, total integer, courriel text, telephone text, siret text, bon text,
        version integer NOT NULL DEFAULT 1, modifie_le timestamptz NOT NULL DEFAULT now(), modifie_par bigint REFERENCES utilisateur);
    CREATE INDEX ON essai_livraison (collectivite_id, jour, id);
    CREATE INDEX ON essai_livraison (collectivite_id, nom, id);
    INSERT INTO collectivite (siren, nom, type) VALUES ('900000001', 'Usine de Gardel', 'agence'), ('900000002', 'Usine de Grosse-Montagne', 'agence');
    INSERT INTO essai_livraison (collectivite_id, reference, nom, observations, brix, tonnage, camions, montant, jour, campagne, pesee_le, duree, bio, etat,
                                 faites, total, courriel, telephone, siret, bon)
    SELECT c.id, 'L' || to_char(n, 'FM0000'), (ARRAY['Éloïse', 'Zénon', 'albert', 'Élie', 'Œdipe'])[n % 5 + 1] || ' ' || n,
        CASE WHEN n % 4 > 0 THEN E'Ligne 1 de ' || n || E'\\nligne 2; \"cannes\", =1+1' END, CASE WHEN n % 7 > 0 THEN 900 + n * 7 % 1100 END,
        CASE WHEN n % 6 > 0 THEN n * 1237 % 40000 + 1 END, CASE WHEN n % 5 > 0 THEN n % 9 + 1 END, CASE WHEN n % 8 > 0 THEN n * 991 % 250000 - 500 END,
        date '2026-02-01' + n % 90, CASE WHEN n % 9 > 0 THEN date '2026-01-01' + (n % 6) * interval '1 month' END,
        CASE WHEN n % 10 > 0 THEN timestamptz '2026-03-01 00:00-04' + n * interval '97 minutes' END, CASE WHEN n % 11 > 0 THEN n * 13 % 300 END,
        CASE WHEN n % 3 > 0 THEN n % 2 = 0 END, (ARRAY['pesee', 'refusee', 'payee', NULL])[n % 4 + 1], CASE WHEN n % 12 > 0 THEN n % 7 END, 1 + n % 8,
        CASE WHEN n % 2 = 0 THEN 'planteur' || n || '@exemple.gp' END, CASE WHEN n % 3 = 0 THEN '06 90 12 34 ' || to_char(n % 100, 'FM00') END,
        CASE WHEN n % 5 = 0 THEN '13002526500013' END, CASE WHEN n % 6 = 0 THEN 'bon ' || n || '.pdf' END
    FROM generate_series(1, 200) n JOIN collectivite c ON c.siren = CASE WHEN n <= 130 THEN '900000001' ELSE '900000002' END;
    UPDATE essai_livraison SET pesee_le = '2026-03-05 23:30-04' WHERE reference = 'L0001';
    UPDATE essai_livraison SET pesee_le = '2026-03-06 00:30-04' WHERE reference = 'L0002';
    ANALYZE essai_livraison";

pub const GARDEL: &str = "900000001";
const MONTAGNE: &str = "900000002";

/// The rows of Gardel alone.
const OF_GARDEL: &str = "collectivite_id = (SELECT id FROM collectivite WHERE siren = '900000001')";

/// An application that has the room.
async fn salle() -> App {
    with(web::declared().list(&LIVRAISONS).with(&[&LIVRAISON])).await
}

/// The same, with what else is declared.
pub async fn with(catalogue: gardel::catalogue::Catalogue) -> App {
    let app = App::declaring(catalogue).await;
    for statement in TABLE.split(";\n") {
        app.run_sql(statement).await;
    }
    let [serve, work] = ROLES;
    app.run_sql(&format!("GRANT SELECT, INSERT, UPDATE ON essai_livraison TO {serve}")).await;
    app.run_sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON essai_livraison TO {work}")).await;
    app
}

/// Texts of a statement, in its order.
async fn texts(app: &App, sql: &str) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_string())).fetch_all(app.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Keys of the rows of every page of a question, one after the other.
async fn walked(browser: &Browser<'_>, question: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut next = Some(format!("/livraisons?{question}&taille=30"));
    while let Some(address) = next {
        let page = browser.get(&address).await.ok();
        keys.extend(page.rows());
        next = page.pager("p-suivante");
        assert!(keys.len() <= 300, "{question}: pages without end");
    }
    keys
}

/// Somebody who enters and decides of the production of these collectivités, and does what an agent does of the rest.
pub async fn works_at<'a>(app: &'a App, sirens: &[&str]) -> Browser<'a> {
    let browser = app.person("agent", sirens).await;
    let who = browser.user_id;
    app.run_sql(&format!(
        "INSERT INTO droit SELECT {who}, collectivite_id, 'production', 3 FROM utilisateur_collectivite WHERE utilisateur_id = {who}"
    ))
    .await;
    browser
}
