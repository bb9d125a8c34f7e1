//! What is checked of a deliberation: its communes are known, the law allows its tariffs, its period crosses no other.

use std::collections::{BTreeSet, HashMap};

use super::grille::{TARIFS, liste, shown};
use super::periode;
use crate::comptes::Personne;
use crate::context::Context;
use crate::platform::error::Result;
use crate::records::{Draft, Hooks};

/// The hooks of a deliberation.
pub struct Controles;

/// The legal bounds of a year, by category.
type Bornes = HashMap<(i16, i16), (i32, i32)>;

#[rocket::async_trait]
impl Hooks for Controles {
    async fn complete(&self, context: &Context, personne: &Personne, draft: &mut Draft) -> Result<()> {
        self.complete_many(context, personne, std::slice::from_mut(draft)).await
    }

    async fn complete_many(&self, context: &Context, _: &Personne, drafts: &mut [Draft]) -> Result<()> {
        let years: BTreeSet<i16> = drafts.iter().filter_map(|draft| draft.parsed("annee")).collect();
        let years: Vec<i16> = years.into_iter().collect();
        let legal: Vec<(i16, i16, i32, i32)> = sqlx::query_as("SELECT annee, categorie_id, plancher, plafond FROM bareme WHERE annee = ANY($1)")
            .bind(&years)
            .fetch_all(context.db.statement())
            .await?;
        let legal: Bornes = legal.into_iter().map(|(year, category, low, high)| ((year, category), (low, high))).collect();
        let named: BTreeSet<String> = drafts.iter().filter_map(|draft| draft.value("communes")).flat_map(liste).map(String::from).collect();
        let known: BTreeSet<String> = sqlx::query_scalar("SELECT code_insee FROM commune WHERE code_insee = ANY($1)")
            .bind(named.into_iter().collect::<Vec<_>>())
            .fetch_all(context.db.statement())
            .await?
            .into_iter()
            .collect();
        let sirens: BTreeSet<String> = drafts.iter().filter_map(|draft| draft.value("siren").map(String::from)).collect();
        let held: Vec<(i64, String, i16, String, String)> =
            sqlx::query_as("SELECT id::bigint, siren, annee, debut, fin FROM deliberation WHERE siren = ANY($1) AND annee = ANY($2) AND etat = 'en_vigueur' AND source <> 'saisie'")
                .bind(sirens.iter().cloned().collect::<Vec<_>>())
                .bind(&years)
                .fetch_all(context.db.statement())
                .await?;
        let decided: BTreeSet<(String, i16)> = sqlx::query_as(
            "SELECT DISTINCT d.siren, y FROM deliberation d, unnest($2::smallint[]) y WHERE d.siren = ANY($1) AND d.etat = 'en_vigueur' AND d.source = 'saisie'
             AND d.applicable_du <= make_date(y, 12, 31) AND (d.valable_au IS NULL OR d.valable_au >= make_date(y, 1, 1))",
        )
        .bind(sirens.into_iter().collect::<Vec<_>>())
        .bind(&years)
        .fetch_all(context.db.statement())
        .await?
        .into_iter()
        .collect();
        for draft in &mut *drafts {
            connues(draft, &known);
            legaux(draft, &legal);
            decidees(draft, &decided);
        }
        chevauchent(drafts, held);
        Ok(())
    }
}

/// Keeps the communes that are known here.
fn connues(draft: &mut Draft, known: &BTreeSet<String>) {
    let Some(named) = draft.value("communes").map(String::from) else { return };
    let (here, lost): (Vec<&str>, Vec<&str>) = liste(&named).partition(|code| known.contains(*code));
    if here.is_empty() {
        let sentence = format!("Communes\u{a0}: aucune n’est connue de cette installation ({}). Chargez d’abord les communes.", lost.join(", "));
        draft.wrong("communes", sentence);
    } else if !lost.is_empty() {
        draft.set("communes", Some(here.join(" ")));
        draft.warnings.push(format!("Communes inconnues de cette installation, laissées\u{a0}: {}.", lost.join(", ")));
    }
}

/// What a collectivité entered itself is not written over by a file: what the file says of it is a draft, set beside what applies.
fn decidees(draft: &mut Draft, decided: &BTreeSet<(String, i16)>) {
    let own = draft.value("siren").map(String::from).zip(draft.parsed("annee")).is_some_and(|known| decided.contains(&known));
    draft.set("etat", Some(if own { "brouillon" } else { "en_vigueur" }.into()));
    draft.set("source", Some("delta".into()));
    if own {
        draft.warnings.push(
            "La collectivité a saisi sa délibération\u{a0}: celle du fichier est gardée comme brouillon, à comparer puis à mettre en vigueur par qui la gère.".into(),
        );
    }
}

/// Tells of the tariffs that the law does not allow: the file is official, it is loaded as it is.
fn legaux(draft: &mut Draft, legal: &Bornes) {
    let Some(year) = draft.parsed::<i16>("annee") else { return };
    let values: Vec<(usize, i64)> = (1..).zip(TARIFS).filter_map(|(category, champ)| Some((category, draft.parsed(champ)?))).collect();
    if values.is_empty() {
        draft.wrong("tarif_1", "Aucun tarif n’est donné. Donnez-en un par catégorie.");
        return;
    }
    let missing: Vec<String> =
        (1..=TARIFS.len()).filter(|category| values.iter().all(|(known, _)| known != category)).map(|category| category.to_string()).collect();
    if !missing.is_empty() {
        let which = if let [one] = missing.as_slice() { format!("la catégorie {one}") } else { format!("les catégories {}", missing.join(", ")) };
        draft.warnings.push(format!("Aucun tarif pour {which}\u{a0}: un séjour qui en relève ne pourra pas être taxé."));
    }
    let bounds = |category: usize| i16::try_from(category).ok().and_then(|category| legal.get(&(year, category)));
    if values.iter().all(|(category, _)| bounds(*category).is_none()) {
        draft.warnings.push(format!("Le barème légal de {year} n’est pas connu\u{a0}: les tarifs n’y sont pas comparés."));
        return;
    }
    for (category, value) in values {
        let Some((low, high)) = bounds(category).map(|(low, high)| (i64::from(*low), i64::from(*high))) else { continue };
        let said =
            |what: &str, bound: i64| format!("Catégorie {category}\u{a0}: {} {what} {year}, {}.", shown(category, value), shown(category, bound));
        if value > high {
            draft.warnings.push(said("dépasse le plafond légal de", high));
        } else if value < low {
            draft.warnings.push(said("est sous le plancher légal de", low));
        }
    }
}

/// The periods of each collectivité and year, with the place of the draft of each, if it is one of them.
type Connues = HashMap<(String, i16), Vec<(Option<usize>, (String, String))>>;

/// Refuses the periods of one collectivité and one year that share days: two tariffs would be due for one night.
fn chevauchent(drafts: &mut [Draft], held: Vec<(i64, String, i16, String, String)>) {
    let of = |draft: &Draft| {
        let text = |champ: &str| draft.value(champ).map(String::from);
        Some(((text("siren")?, draft.parsed::<i16>("annee")?), (text("debut")?, text("fin")?)))
    };
    let ids: BTreeSet<i64> = drafts.iter().filter_map(|draft| draft.id).collect();
    let mut known: Connues = HashMap::new();
    for (_, siren, year, from, to) in held.into_iter().filter(|(id, ..)| !ids.contains(id)) {
        known.entry((siren, year)).or_default().push((None, (from, to)));
    }
    for (place, (whose, period)) in drafts.iter().enumerate().filter_map(|(place, draft)| Some((place, of(draft)?))) {
        known.entry(whose).or_default().push((Some(place), period));
    }
    for (place, draft) in drafts.iter_mut().enumerate() {
        let Some((whose, period)) = of(draft) else { continue };
        // Of two lines of one period, the engine says that they speak of the same row.
        let crossed =
            known.get(&whose).into_iter().flatten().find(|(other, theirs)| {
                *other != Some(place) && theirs.0 != period.0 && periode::croise((&theirs.0, &theirs.1), (&period.0, &period.1))
            });
        let changes = draft.id.is_none() || draft.before.get("fin").cloned().flatten().as_deref() != Some(period.1.as_str());
        if let Some((_, theirs)) = crossed.filter(|_| changes) {
            draft.wrong(
                "debut",
                format!(
                    "Cette période partage des jours avec celle qui va {} de la même année. Chargez ensemble toutes les périodes de la collectivité, avec «\u{a0}Remplacer\u{a0}».",
                    periode::mots(&theirs.0, &theirs.1)
                ),
            );
        }
    }
}
