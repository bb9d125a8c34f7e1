//! Hébergeurs and logements as they are created and corrected: their fields, what is checked across them, what looks like them.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::declarations::{CAMPAGNE, ECHEANCE};
use super::deliberations::DELIBERATION;
use super::fusion;
use super::hebergeurs::{HEBERGEURS, TYPES};
use super::logements::{ACTIFS, LOGEMENTS};
use super::modifications::HOTE_ARCHIVE;
use super::reference::{CATEGORIES_SQL, NATURES_SQL};
use super::ressemblance::{Alike, alike};
use super::sejours::{NATURE_A_ETOILES_MAX, SEJOUR};
use crate::champs::{Parent, Saisie};
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::Module;
use crate::platform::error::Result;
use crate::records::{Computed, Draft, Field, Hooks, Record, Section, Similar, Unique};
use crate::ui::format;

/// Longest name and address.
const NAME_MAX: usize = 120;
/// Largest number of persons in a lodging, held by its CHECK.
const CAPACITE_MAX: i64 = 5_000;
/// Why an archived host gets no lodging.
pub(super) const ARCHIVED: &str = "Hébergeur\u{a0}: sa fiche est archivée. Remettez-la en activité d’abord, ou choisissez-en un autre.";
/// Rows told as alike.
const ALIKE_MAX: i64 = 5;

/// Every record of the room.
pub static RECORDS: &[&Record] = &[&HEBERGEUR, &LOGEMENT, &SEJOUR, &DELIBERATION, &CAMPAGNE, &ECHEANCE];

pub(super) static HEBERGEUR: Record = Record {
    list: &HEBERGEURS,
    table: "hebergeur",
    object: "hébergeur",
    name: "t.nom",
    domains: &["hebergeurs", "logements"],
    communes: "ARRAY(SELECT hc.code_insee FROM hebergeur_commune hc WHERE hc.hebergeur_id = t.id)",
    sections: &[
        Section {
            title: "Qui déclare",
            about: "Le logeur, l’hôtelier, le propriétaire ou l’intermédiaire (CGCT, art. L2333-33).",
            fields: &[
                Field::new("nom", "Nom ou raison sociale", "text", Saisie::Texte(NAME_MAX)),
                Field::new("type", "Type", "text", Saisie::Choix(TYPES)).preset("particulier"),
                Field::new("siret", "SIRET", "text", Saisie::Siret).optional().hint("Exigé d’un professionnel"),
                Field::new("inscrit_le", "Inscrit le", "date", Saisie::JourPasse).optional().hint("Aujourd’hui si vous ne dites rien"),
                Field::new("commune", "Commune où il loue", "", Saisie::Commune)
                    .fixed()
                    .hint("Celle de son premier logement\u{a0}: ses agents voient sa fiche"),
            ],
        },
        Section {
            title: "Le joindre",
            about: "",
            fields: &[
                Field::new("telephone", "Téléphone", "text", Saisie::Telephone).optional(),
                Field::new("courriel", "Courriel", "text", Saisie::Courriel).optional(),
                Field::new("adresse", "Adresse", "text", Saisie::Texte(NAME_MAX)).or("").hint("Numéro et voie, comme sur une enveloppe"),
                Field::new("code_postal", "Code postal", "text", Saisie::CodePostal).or(""),
                Field::new("ville", "Ville", "text", Saisie::Texte(NAME_MAX)).or(""),
            ],
        },
    ],
    computed: &[
        Computed { name: "numero", cast: "text", once: true, told: None },
        Computed { name: "archive_le", cast: "date", once: false, told: Some(("Archivé le", Saisie::JourPasse)) },
    ],
    uniques: &[Unique { constraint: "hebergeur_numero_key", field: "nom", sentence: "Ce numéro vient d’être pris. Enregistrez de nouveau." }],
    archive: Some("archive_le"),
    fiche: None,
    grid: None,
    hooks: &OfHebergeur,
    live: None,
    personal: true,
    dossier: true,
    creation: "Nouvel hébergeur",
};

struct OfHebergeur;

#[rocket::async_trait]
impl Hooks for OfHebergeur {
    async fn complete(&self, context: &Context, _: &Personne, draft: &mut Draft) -> Result<()> {
        if draft.value("type") == Some("professionnel") && draft.value("siret").is_none() && draft.fault("siret").is_none() {
            draft.wrong("siret", "SIRET\u{a0}: un professionnel en a un, donnez-le.");
        }
        if draft.value("inscrit_le").is_none() && draft.fault("inscrit_le").is_none() {
            draft.set("inscrit_le", Some(context.clock.today().to_string()));
        }
        Ok(())
    }

    async fn number(&self, connection: &mut PgConnection, draft: &mut Draft) -> Result<()> {
        draft.set("numero", Some(next_number(connection, "hebergeur").await?));
        Ok(())
    }

    async fn similar(&self, connection: &mut PgConnection, personne: &Personne, draft: &Draft) -> Result<Vec<Similar>> {
        let value = |column: &str| draft.value(column);
        let known = [value("nom"), value("siret"), value("courriel"), value("telephone")];
        let similar = |alike: Alike| Similar {
            address: format!("/hebergeurs/{}", alike.id),
            name: format!("{} ({})", alike.nom, alike.numero),
            why: alike.why,
        };
        Ok(alike(connection, personne.reader.communes(Module::Taxe), known, None).await?.into_iter().map(similar).collect())
    }

    async fn kept(&self, connection: &mut PgConnection, personne: &Personne, id: i64, away: bool) -> Result<Option<String>> {
        if !away {
            return fusion::into_whom(connection, &personne.reader, id).await;
        }
        let (let_here, elsewhere): (i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE code_insee = ANY($2)), count(*) FILTER (WHERE code_insee <> ALL($2)) FROM logement WHERE hebergeur_id = $1 AND actif",
        )
        .bind(id)
        .bind(personne.reader.communes(Module::Taxe))
        .fetch_one(connection)
        .await?;
        Ok(match (let_here, elsewhere) {
            (0, 0) => None,
            (0, _) => Some("Cet hébergeur loue encore dans des communes hors de votre périmètre\u{a0}: sa fiche reste en activité.".into()),
            (1, _) => Some("Cet hébergeur a encore 1 logement en location\u{a0}: retirez-le de la location, puis archivez sa fiche.".into()),
            (here, _) => Some(format!(
                "Cet hébergeur a encore {} en location\u{a0}: retirez-les de la location, puis archivez sa fiche.",
                LOGEMENTS.counted(here)
            )),
        })
    }

    async fn created(&self, connection: &mut PgConnection, id: i64, draft: &Draft) -> Result<()> {
        sqlx::query(attach_sql!("$2::text", "hebergeur h WHERE h.id = $1")).bind(id).bind(draft.value("commune")).execute(connection).await?;
        Ok(())
    }
}

/// Makes hosts `h` known in a commune, `$code` in SQL, before their first lodging is there: its agents see them.
macro_rules! attach_sql {
    ($code:literal, $from:literal) => {
        concat!(
            "INSERT INTO hebergeur_commune (code_insee, hebergeur_id, nom, inscrit_le, type) SELECT DISTINCT ",
            $code,
            ", h.id, h.nom, h.inscrit_le, h.type FROM ",
            $from
        )
    };
}

pub(super) use attach_sql;

/// A number that nobody has.
pub(super) async fn next_number(connection: &mut PgConnection, object: &str) -> Result<String> {
    Ok(sqlx::query_scalar("SELECT prochain_numero($1)").bind(object).fetch_one(connection).await?)
}

/// Hosts, for the form of a lodging.
pub(super) static HOSTS: Parent = Parent {
    list: &HEBERGEURS,
    by_reference: "SELECT h.id, h.numero, h.nom || CASE WHEN h.archive_le IS NULL THEN '' ELSE ' (archivé)' END FROM hebergeur h WHERE h.numero = $1 \
                   AND EXISTS (SELECT 1 FROM hebergeur_commune hc WHERE hc.hebergeur_id = h.id AND hc.code_insee = ANY($2))",
    by_id: "SELECT h.id, h.numero, h.nom || CASE WHEN h.archive_le IS NULL THEN '' ELSE ' (archivé)' END FROM hebergeur h WHERE h.id = $1",
};

pub(super) static LOGEMENT: Record = Record {
    list: &LOGEMENTS,
    table: "logement",
    object: "logement",
    name: "t.nom",
    domains: &["logements", "hebergeurs"],
    communes: "ARRAY[t.code_insee]",
    sections: &[
        Section {
            title: "Le logement",
            about: "",
            fields: &[
                Field::new("hebergeur_id", "Hébergeur", "bigint", Saisie::Fiche(&HOSTS)).fixed(),
                Field::new("nom", "Nom", "text", Saisie::Texte(NAME_MAX)),
                Field::new("adresse", "Adresse", "text", Saisie::Texte(NAME_MAX)).hint("Numéro, voie, bâtiment, étage"),
                Field::new("code_insee", "Commune", "text", Saisie::Commune).fixed(),
                Field::new("capacite", "Capacité", "integer", Saisie::Entier(1, CAPACITE_MAX)).hint("Personnes"),
                Field::new("numero_enregistrement", "N° d’enregistrement", "text", Saisie::Enregistrement)
                    .optional()
                    .hint("Code du tourisme, art. L324-1-1"),
                Field::new("actif", "État", "boolean", Saisie::Choix(ACTIFS)).preset("true"),
            ],
        },
        Section {
            title: "Nature et classement",
            about: "La catégorie fixe le tarif (CGCT, art. L2333-30). Un classement vaut jusqu’à son dernier jour\u{a0}; ensuite, le logement est sans classement.",
            fields: &[
                Field::new("nature_id", "Nature", "smallint", Saisie::Reference(NATURES_SQL)),
                Field::new("categorie_id", "Catégorie", "smallint", Saisie::Reference(CATEGORIES_SQL)),
                Field::new("classe_le", "Classé le", "date", Saisie::JourPasse).optional(),
                Field::new("classe_jusqu_au", "Classé jusqu’au", "date", Saisie::Jour).optional(),
            ],
        },
    ],
    computed: &[Computed { name: "reference", cast: "text", once: true, told: None }],
    uniques: &[
        Unique {
            constraint: "logement_numero_enregistrement_key",
            field: "numero_enregistrement",
            sentence: "N° d’enregistrement\u{a0}: un autre logement le porte déjà. Relisez-le, ou cherchez ce logement.",
        },
        Unique { constraint: "logement_reference_key", field: "nom", sentence: "Cette référence vient d’être prise. Enregistrez de nouveau." },
    ],
    archive: None,
    fiche: None,
    grid: None,
    hooks: &OfLogement,
    live: None,
    personal: false,
    dossier: true,
    creation: "Nouveau logement",
};

struct OfLogement;

#[rocket::async_trait]
impl Hooks for OfLogement {
    async fn complete(&self, context: &Context, personne: &Personne, draft: &mut Draft) -> Result<()> {
        self.complete_many(context, personne, std::slice::from_mut(draft)).await
    }

    async fn complete_many(&self, context: &Context, _: &Personne, drafts: &mut [Draft]) -> Result<()> {
        let again = |draft: &Draft| {
            draft.value("actif") == Some("true") && draft.before.get("actif").is_some_and(|before| before.as_deref() == Some("false"))
        };
        // The host of a new lodging, and of one that is let again.
        let host = |draft: &Draft| draft.parsed::<i64>("hebergeur_id").filter(|_| draft.id.is_none() || again(draft));
        let mut hosts: Vec<i64> = drafts.iter().filter_map(host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let away: Vec<i64> = if hosts.is_empty() {
            Vec::new()
        } else {
            sqlx::query_scalar("SELECT id FROM hebergeur WHERE id = ANY($1) AND archive_le IS NOT NULL")
                .bind(hosts)
                .fetch_all(context.db.statement())
                .await?
        };
        for draft in drafts {
            match host(draft).filter(|id| away.contains(id)) {
                Some(_) if draft.id.is_none() => draft.wrong("hebergeur_id", ARCHIVED),
                Some(_) => draft.wrong("actif", HOTE_ARCHIVE),
                None => {}
            }
            classified(draft, context.clock.today());
        }
        Ok(())
    }

    async fn number(&self, connection: &mut PgConnection, draft: &mut Draft) -> Result<()> {
        // Whoever archives this host, or merges it into another, waits for this lodging, or this one for them.
        let away: Option<bool> = sqlx::query_scalar("SELECT archive_le IS NOT NULL FROM hebergeur WHERE id = $1 FOR SHARE")
            .bind(draft.parsed::<i64>("hebergeur_id"))
            .fetch_optional(&mut *connection)
            .await?;
        if away == Some(true) {
            draft.wrong("hebergeur_id", ARCHIVED);
        }
        draft.set("reference", Some(next_number(connection, "logement").await?));
        Ok(())
    }

    async fn similar(&self, connection: &mut PgConnection, personne: &Personne, draft: &Draft) -> Result<Vec<Similar>> {
        let Some(host) = draft.parsed::<i64>("hebergeur_id") else { return Ok(Vec::new()) };
        let found: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT id, reference, nom FROM logement WHERE hebergeur_id = $1 AND code_insee = $2 AND code_insee = ANY($5)
               AND (sans_accents(nom) = sans_accents($3) OR adresse <> '' AND sans_accents(adresse) = sans_accents($4)) ORDER BY nom, id LIMIT $6",
        )
        .bind(host)
        .bind(draft.value("code_insee"))
        .bind(draft.value("nom"))
        .bind(draft.value("adresse"))
        .bind(personne.reader.communes(Module::Taxe))
        .bind(ALIKE_MAX)
        .fetch_all(connection)
        .await?;
        let similar = |(id, reference, nom): (i64, String, String)| Similar {
            address: format!("/logements/{id}"),
            name: format!("{nom} ({reference})"),
            why: "le même hébergeur, et le même nom ou la même adresse".into(),
        };
        Ok(found.into_iter().map(similar).collect())
    }
}

/// What the fields of a lodging say together: its classification, its category, its number.
fn classified(draft: &mut Draft, today: NaiveDate) {
    let day = |column: &str| draft.parsed::<NaiveDate>(column);
    let (from, until) = (day("classe_le"), day("classe_jusqu_au"));
    let expired = until.is_some_and(|until| until < today);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        draft.wrong("classe_jusqu_au", "Classé jusqu’au\u{a0}: ce jour doit venir après celui du classement.");
    }
    if until.is_some() && draft.value("categorie_id") == Some("9") {
        draft.wrong(
            "categorie_id",
            "Catégorie\u{a0}: un logement classé n’est pas «\u{a0}sans classement\u{a0}». Corrigez l’une ou retirez les dates.",
        );
    }
    if expired && draft.parsed::<i16>("nature_id").is_some_and(|nature| nature <= NATURE_A_ETOILES_MAX) {
        let since = until.map(|until| format!(" depuis le {}", format::date(until))).unwrap_or_default();
        draft.warnings.push(format!("Ce classement est expiré{since}\u{a0}: ses séjours sont taxés comme sans classement."));
    }
    let number = draft.value("numero_enregistrement").map(str::to_string);
    let old = number.as_deref().filter(|number| number.len() == 13 && !number.starts_with("FRA"));
    if let (Some(number), Some(code)) = (old, draft.value("code_insee").map(str::to_string))
        && !number.starts_with(&code)
    {
        draft.warnings.push(format!("Le n° d’enregistrement commence par {}, et le logement est à {code}.", &number[..5]));
    }
}
