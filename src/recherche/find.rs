//! Asks each list, and puts first what the person opened last.

use rocket::futures::stream::{self, StreamExt, TryStreamExt};

use super::model::{Found, Group, Hit, Results, Source, sources, words};
use super::queries;
use crate::comptes::Personne;
use crate::context::Context;
use crate::listing::{CommuneChoice, Page, Query, rows_of, searched};
use crate::platform::error::Result;

/// Rows of a list that are read: those of a page of ten, and as many to count.
const READ: usize = 20;
/// Lists asked at once: somebody who types takes no more connections than this.
const AT_ONCE: usize = 2;
/// Answers of one kind that are shown.
const SHOWN: usize = 5;
/// Rows opened last that are shown when nothing is asked.
const RECENT_SHOWN: usize = 10;

/// What was typed in its one written form, empty when nothing was; or the sentence that says what is wrong with it.
pub fn read(typed: &str) -> std::result::Result<String, String> {
    if typed.contains('\0') {
        return Err("Cette recherche contient des caractères illisibles. Tapez-la de nouveau.".into());
    }
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    searched(typed.trim()).map_err(|sentence| {
        let mut signs = sentence.chars();
        signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
    })
}

/// What answers to `asked`, within the rights of the person; what they opened last when nothing is asked.
///
/// # Errors
/// PostgreSQL failed or took too long.
pub async fn answer(context: &Context, personne: &Personne, asked: &str) -> Result<Results> {
    let recents = recents(context, personne).await?;
    if asked.is_empty() {
        return Ok(Results { groups: opened_last(recents, RECENT_SHOWN, &[]).into_iter().collect() });
    }
    let lists: Vec<_> = sources(&context.catalogue, &personne.reader).map(|source| group(context, personne, source, asked)).collect();
    let mut groups: Vec<Group> = stream::iter(lists).buffered(AT_ONCE).try_collect().await?;
    groups.push(communes(&context.choices.communes(&context.db).await?, personne, asked));
    let asked = words(asked);
    let known = recents.into_iter().filter(|hit| hit.holds(&asked)).collect();
    let first = opened_last(known, SHOWN, &groups);
    for group in &mut groups {
        group.hits.retain(|hit| !first.iter().any(|group| group.hits.contains(hit)));
        group.hits.truncate(SHOWN);
    }
    groups.retain(|group| group.found != Found::Exactly(0));
    Ok(Results { groups: first.into_iter().chain(groups).collect() })
}

/// The group of what was opened last, which counts those that no list of `others` has found.
fn opened_last(mut hits: Vec<Hit>, most: usize, others: &[Group]) -> Option<Group> {
    hits.truncate(most);
    let unknown = hits.iter().filter(|hit| !others.iter().any(|group| group.hits.contains(hit))).count();
    (!hits.is_empty()).then_some(Group { name: "recents", title: "Ouvert récemment", hits, all: None, found: Found::Exactly(unknown) })
}

/// What the person opened last and may still see, the last first: a statement for the keys, one for each list that they are of.
pub async fn recents(context: &Context, personne: &Personne) -> Result<Vec<Hit>> {
    let opened = queries::opened(&context.db, personne.reader.user_id).await?;
    let mut hits: Vec<Hit> = Vec::with_capacity(opened.len());
    for source in sources(&context.catalogue, &personne.reader) {
        let keys: Vec<i64> = opened.iter().filter(|(list, _)| list == source.list.name).map(|(_, id)| *id).collect();
        if keys.is_empty() {
            continue;
        }
        let query = Query::parse_stored(source.list, source.list.asked(&[("colonnes", &source.columns())]).question(), context.clock.today())?;
        let rows = rows_of(&context.reading(personne, source.list.domains), &query, &personne.reader, keys).await?;
        hits.extend(rows.iter().map(|row| source.hit(row)));
    }
    Ok(opened.iter().filter_map(|(list, id)| hits.iter().find(|hit| hit.list == list && hit.id == id.to_string()).cloned()).collect())
}

/// The rows of a list that answer, as its own search finds them.
async fn group(context: &Context, personne: &Personne, source: Source, asked: &str) -> Result<Group> {
    let list = source.list;
    let all = list.asked(&[("q", &asked)]);
    let few = all.clone().with("taille", READ).with("colonnes", source.columns());
    let today = context.clock.today();
    let query = Query::parse_stored(list, few.question(), today)?;
    let page = Page::there(&context.reading(personne, list.domains), &context.choices, &query, &personne.reader).await?;
    let hits: Vec<Hit> = page.rows.iter().map(|row| source.hit(row)).collect();
    let found = if page.next.is_some() || page.unfinished { Found::More } else { Found::Exactly(hits.len()) };
    let several = list.noun.1;
    let words = match found {
        Found::Exactly(0 | 1) => format!("Voir dans la liste des {several}"),
        Found::Exactly(count) => format!("Voir les {count} {several} dans la liste"),
        Found::More => format!("Voir tous les {several} trouvés dans la liste"),
    };
    let address = Query::parse_stored(list, all.question(), today)?.url();
    Ok(Group { name: list.name, title: list.title, hits, all: Some((words, address)), found })
}

/// The communes whose name or code begins with each word, those of the person first. They are few, and in memory.
fn communes(known: &[CommuneChoice], personne: &Personne, asked: &str) -> Group {
    let asked = words(asked);
    let answers = |commune: &&CommuneChoice| {
        let shown = words(&format!("{} {}", commune.nom, commune.code));
        asked.iter().all(|word| shown.iter().any(|part| part.starts_with(word.as_str())))
    };
    let mine = |commune: &CommuneChoice| personne.reader.all_communes().contains(&commune.code);
    let mut found: Vec<&CommuneChoice> = known.iter().filter(answers).collect();
    // A stable sort: by name among those of the person, and among the others.
    found.sort_by_key(|commune| !mine(commune));
    let hit = |commune: &CommuneChoice| Hit {
        list: "communes",
        id: commune.code.clone(),
        address: format!("/communes/{}", commune.code),
        title: commune.nom.clone(),
        details: std::iter::once(commune.code.clone()).chain(commune.epci_nom.clone()).collect(),
    };
    let hits: Vec<Hit> = found.iter().map(|commune| hit(commune)).collect();
    Group {
        name: "communes",
        title: "Communes",
        found: Found::Exactly(hits.len()),
        hits,
        all: Some(("Voir toutes les communes".into(), "/communes".into())),
    }
}
