//! The two calendars of a collectivité: campaigns, for which one declares, and due dates, at which one pays.

use chrono::NaiveDate;

use super::etats;
use crate::champs::Saisie;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{Access, Branching, Column, Filter, FilterKind, Kind, List, Menu, Module, Niveau, Options, Reader, Sort};
use crate::platform::error::Result;
use crate::records::{Draft, Fiche, Field, Hooks, Record, Section, Values};
use crate::ui::format;
use crate::ui::layout::Group;

/// The kinds of collector that declare and pay apart.
pub const GENRES: &[(&str, &str, &str)] = &[("hote", "Hébergeurs", ""), ("plateforme", "Plateformes", "info")];
/// Longest name.
const NOM_MAX: usize = 80;

/// The rows of the reader's collectivités.
pub fn by_collectivite(reader: &Reader) -> Branching {
    Branching::Ints("b.collectivite_id", reader.collectivites(Module::Taxe).iter().map(|id| i64::from(*id)).collect())
}

const GENRE: Filter = Filter {
    name: "genre",
    label: "Collecteurs",
    kind: FilterKind::Choice { sql: "b.genre", cast: "text", options: Options::Fixed(GENRES), nullable: false },
    daily: true,
};

const fn day(name: &'static str, label: &'static str, column: &'static str, led_by: &'static [&'static str]) -> Sort {
    Sort { name, label, column, kind: Kind::Date, cast: "date", nullable: false, descending: true, led_by, indexed: true }
}

/// The campaigns of the reader's collectivités.
pub static CAMPAGNES: List = List {
    name: "campagnes",
    title: "Campagnes",
    noun: ("campagne", "campagnes"),
    feminine: true,
    about: "Une campagne dit pour quels jours on déclare, et jusqu’à quand. Créez celles de l’année, puis ouvrez-les : les déclarations attendues sont faites pour vous.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "campagne",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN collectivite o ON o.id = b.collectivite_id",
    distinct: false,
    scope: by_collectivite,
    domains: &["campagnes"],
    columns: &[
        Column::new("nom", "Campagne", "b.nom", Kind::Text).linked("/campagnes/", "b.id"),
        Column::new("collectivite", "Collectivité", "o.nom", Kind::Text),
        Column::new("genre", "Collecteurs", "b.genre", Kind::Choice(GENRES)),
        Column::new("debut", "Premier jour", "b.debut", Kind::Date).sorted("debut"),
        Column::new("fin", "Dernier jour", "b.fin", Kind::Date),
        Column::new("limite", "À déclarer avant le", "b.limite", Kind::Date).sorted("limite"),
        Column::new("etat", "État", "b.etat", Kind::Choice(etats::CAMPAGNE.known)),
        Column::new("ouverte_le", "Ouverte le", "b.ouverte_le", Kind::Instant).hidden(),
        Column::new("close_le", "Close le", "b.close_le", Kind::Instant).hidden(),
        Column::new("numero", "N°", "b.id", Kind::Int).hidden(),
    ],
    filters: &[
        GENRE,
        Filter {
            name: "etat",
            label: "État",
            kind: FilterKind::Choice { sql: "b.etat", cast: "text", options: Options::Fixed(etats::CAMPAGNE.known), nullable: false },
            daily: true,
        },
        Filter::range("debut", "Premier jour", "b.debut", Kind::Date, false),
        Filter::range("fin", "Dernier jour", "b.fin", Kind::Date, false),
        Filter::range("limite", "À déclarer avant le", "b.limite", Kind::Date, false),
        Filter::range("ouverte_le", "Ouverte le", "b.ouverte_le", Kind::Instant, true),
        Filter::range("close_le", "Close le", "b.close_le", Kind::Instant, true),
        Filter::range("numero", "N°", "b.id", Kind::Int, false),
    ],
    sorts: &[day("debut", "premier jour", "b.debut", &["debut"]), day("limite", "date limite", "b.limite", &["limite"])],
    exportable: true,
    create: Some(("Nouvelle campagne", "/campagnes/nouveau")),
    menu: Some(Menu::at(Group::Levy, 32, "calendar")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// A campaign as it is entered and corrected; what opens and closes it are gestures of its page.
pub static CAMPAGNE: Record = Record {
    list: &CAMPAGNES,
    table: "campagne",
    object: "campagne",
    name: "t.nom",
    domains: &["campagnes"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: &[Section {
        title: "Campagne",
        about: "On déclare ce qui a été perçu (CGCT, art. L2333-34)\u{a0}: les périodes et les dates sont celles de la délibération. Quand on paie est dit par les échéances.",
        fields: &[
            Field::new("collectivite_id", "Collectivité", "integer", Saisie::Collectivite).fixed(),
            Field::new("genre", "Qui déclare", "text", Saisie::Choix(GENRES)).fixed().preset("hote"),
            Field::new("nom", "Nom", "text", Saisie::Texte(NOM_MAX)).hint("Par exemple «\u{a0}Premier trimestre 2026\u{a0}»"),
            Field::new("debut", "Premier jour", "date", Saisie::Jour).hint("Un séjour est de la campagne où il commence"),
            Field::new("fin", "Dernier jour", "date", Saisie::Jour).hint("Compris"),
            Field::new("limite", "À déclarer au plus tard le", "date", Saisie::Jour),
        ],
    }],
    computed: &[],
    uniques: &[],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &OfCampagne,
    live: None,
    personal: false,
    dossier: false,
    creation: "Nouvelle campagne",
};

struct OfCampagne;

#[rocket::async_trait]
impl Hooks for OfCampagne {
    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        period(context, draft, "campagne").await?;
        if let (Some(debut), Some(limite)) = (draft.parsed::<NaiveDate>("debut"), draft.parsed::<NaiveDate>("limite"))
            && limite < debut
        {
            draft.wrong("limite", format!("À déclarer au plus tard le\u{a0}: ce jour vient avant le {}. Vérifiez les deux.", format::date(debut)));
        }
        let Some(id) = draft.id else { return Ok(()) };
        let opened: Option<bool> =
            sqlx::query_scalar("SELECT etat <> 'preparee' FROM campagne WHERE id = $1").bind(id).fetch_optional(context.db.statement()).await?;
        for (column, label) in [("debut", "Premier jour"), ("fin", "Dernier jour")] {
            if opened == Some(true) && draft.values.get(column) != draft.before.get(column) {
                draft.wrong(column, format!("{label}\u{a0}: la campagne a été ouverte, ses déclarations portent ces jours. Seuls le nom et la date limite changent encore."));
            }
        }
        Ok(())
    }

    async fn written(&self, connection: &mut sqlx::PgConnection, _: &Personne, id: i64, changed: &Values) -> Result<()> {
        if changed.contains_key("limite") {
            sqlx::query(
                "UPDATE declaration d SET limite = c.limite FROM campagne c WHERE c.id = $1 AND d.campagne_id = c.id AND d.limite <> c.limite",
            )
            .bind(id)
            .execute(connection)
            .await?;
        }
        Ok(())
    }
}

/// The due dates of the reader's collectivités.
pub static ECHEANCES: List = List {
    name: "echeances",
    title: "Échéances",
    noun: ("échéance", "échéances"),
    feminine: true,
    about: "Une échéance est une date de paiement, avec les jours qu’elle couvre : une déclaration se paie à l’échéance qui couvre le dernier jour de sa période.",
    access: Access::Droit(Module::Taxe, Niveau::Lire),
    table: "echeance",
    row: "b.*",
    id: ("b.id", "bigint"),
    joins: "LEFT JOIN collectivite o ON o.id = b.collectivite_id",
    distinct: false,
    scope: by_collectivite,
    domains: &["echeances"],
    columns: &[
        Column::new("nom", "Échéance", "b.nom", Kind::Text).linked("/echeances/", "b.id"),
        Column::new("collectivite", "Collectivité", "o.nom", Kind::Text),
        Column::new("genre", "Collecteurs", "b.genre", Kind::Choice(GENRES)),
        Column::new("jour", "À payer avant le", "b.jour", Kind::Date).sorted("jour"),
        Column::new("debut", "Couvre du", "b.debut", Kind::Date),
        Column::new("fin", "Couvre au", "b.fin", Kind::Date),
        Column::new("numero", "N°", "b.id", Kind::Int).hidden(),
    ],
    filters: &[
        GENRE,
        Filter::range("jour", "À payer avant le", "b.jour", Kind::Date, false),
        Filter::range("debut", "Couvre du", "b.debut", Kind::Date, false),
        Filter::range("fin", "Couvre au", "b.fin", Kind::Date, false),
        Filter::range("numero", "N°", "b.id", Kind::Int, false),
    ],
    sorts: &[day("jour", "date de paiement", "b.jour", &["jour"])],
    exportable: true,
    create: Some(("Nouvelle échéance", "/echeances/nouveau")),
    menu: Some(Menu::at(Group::Levy, 33, "clock")),
    searched: None,
    suivis: &[],
    rollup: None,
};

/// A due date.
pub static ECHEANCE: Record = Record {
    list: &ECHEANCES,
    table: "echeance",
    object: "échéance",
    name: "t.nom",
    domains: &["echeances"],
    communes: "ARRAY['c:' || t.collectivite_id]",
    sections: &[Section {
        title: "Échéance",
        about: "Les dates sont celles de la délibération\u{a0}; les plateformes versent au plus tard le 30 juin et le 31 décembre (CGCT, art. L2333-34, I).",
        fields: &[
            Field::new("collectivite_id", "Collectivité", "integer", Saisie::Collectivite).fixed(),
            Field::new("genre", "Qui paie", "text", Saisie::Choix(GENRES)).fixed().preset("hote"),
            Field::new("nom", "Nom", "text", Saisie::Texte(NOM_MAX)).hint("Par exemple «\u{a0}Premier versement 2026\u{a0}»"),
            Field::new("jour", "À payer au plus tard le", "date", Saisie::Jour),
            Field::new("debut", "Couvre du", "date", Saisie::Jour).hint("Les périodes qu’elle fait payer"),
            Field::new("fin", "Couvre au", "date", Saisie::Jour).hint("Compris"),
        ],
    }],
    computed: &[],
    uniques: &[],
    archive: None,
    fiche: Some(&Fiche { state: None, lists: &[] }),
    grid: None,
    hooks: &OfEcheance,
    live: None,
    personal: false,
    dossier: false,
    creation: "Nouvelle échéance",
};

struct OfEcheance;

#[rocket::async_trait]
impl Hooks for OfEcheance {
    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        period(context, draft, "echeance").await
    }
}

/// The days of a row of `table`: in their order, and those of no other row of the same kind and collectivité.
async fn period(context: &Context, draft: &mut Draft, table: &'static str) -> Result<()> {
    let (Some(debut), Some(fin)) = (draft.parsed::<NaiveDate>("debut"), draft.parsed::<NaiveDate>("fin")) else { return Ok(()) };
    if fin < debut {
        draft.wrong("fin", format!("Ce jour vient avant le {}. Vérifiez les deux.", format::date(debut)));
        return Ok(());
    }
    let sql = format!(
        "SELECT nom::text, debut, fin FROM {table} WHERE collectivite_id = $1 AND genre = $2 AND debut <= $4 AND fin >= $3 AND id IS DISTINCT FROM $5 ORDER BY debut LIMIT 1"
    );
    let other: Option<(String, NaiveDate, NaiveDate)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(draft.parsed::<i32>("collectivite_id"))
        .bind(draft.value("genre"))
        .bind(debut)
        .bind(fin)
        .bind(draft.id)
        .fetch_optional(context.db.statement())
        .await?;
    if let Some((nom, from, until)) = other {
        let days = format!("du {} au {}", format::date(from), format::date(until));
        draft.wrong("debut", format!("«\u{a0}{nom}\u{a0}» couvre déjà certains de ces jours ({days}). Changez ces dates, ou corrigez l’autre."));
    }
    Ok(())
}
