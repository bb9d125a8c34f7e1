//! A filter shown is a filter applied: for every list, every pair and many triples of filters, in every face, the rows are those
//! of a plain SELECT written here, one condition per filter. Nothing of the code of the lists makes that SELECT.
//!
//! `bin/test` asks a sample, which another commit changes; `just filtres` asks everything. A failure names its seed:
//! `just filtres SEED` asks the same questions again.

mod faces;
mod hasard;
mod monde;
mod programme;
mod selects;
mod suites;

use gardel::listing::{Kind, List, Sort, parameters};
use gardel::web::LISTS;

use crate::support::App;
use crate::support::droits::opens;
use faces::{Epreuve, Question, Verdict};
use hasard::Hasard;
use monde::{Choix, Lecteur};

/// Questions of a sample to a list: as many as it has pairs of filters, up to this.
const SAMPLE_MAX: usize = 14;
/// Triples of a list in the whole proof.
const TRIPLES: usize = 150;
/// Faults told at once.
const TOLD_MAX: usize = 15;
/// Rows that any column must sort.
const FEW: usize = 1_000;
/// Rows that an action of this proof changes at most.
const CHANGED_MAX: usize = 1_500;

/// Nothing asked, each filter alone, every pair of values of two filters, and triples by chance.
fn combinations(all: &[Choix], hasard: &mut Hasard) -> Vec<Vec<Choix>> {
    let mut found = vec![Vec::new()];
    for (place, first) in all.iter().enumerate() {
        found.push(vec![first.clone()]);
        found.extend(all[place + 1..].iter().filter(|second| second.filter != first.filter).map(|second| vec![first.clone(), second.clone()]));
    }
    for _ in 0..TRIPLES {
        let three: Vec<Choix> = (0..3).map(|_| hasard.one(all).clone()).collect();
        if three[0].filter != three[1].filter && three[0].filter != three[2].filter && three[1].filter != three[2].filter {
            found.push(three);
        }
    }
    found
}

/// What a sample keeps: first words with a place or a parent, which once replaced it; then by chance.
fn sample(mut all: Vec<Vec<Choix>>, hasard: &mut Hasard) -> Vec<Vec<Choix>> {
    hasard.shuffle(&mut all);
    let place = |choices: &Vec<Choix>| {
        let names: Vec<&str> = choices.iter().map(|choice| choice.filter).collect();
        choices.len() == 2 && names.contains(&"q") && ["commune", "epci", "logement", "hebergeur"].iter().any(|name| names.contains(name))
    };
    let (mut kept, others): (Vec<_>, Vec<_>) = all.into_iter().partition(place);
    kept.truncate(SAMPLE_MAX / 3);
    kept.extend(others.into_iter().take(SAMPLE_MAX - kept.len()));
    kept
}

/// The orders of a list: those that it declares, twice as likely as those of its other columns; not those of what moves by itself.
fn orders(list: &'static List) -> Vec<&'static Sort> {
    let columns = list
        .columns
        .iter()
        .filter(|column| column.sorts() && column.kind != Kind::Progress && column.name != "attente")
        .map(|column| list.order_of(column));
    list.sorts.iter().chain(list.sorts).chain(list.sorts).chain(columns).collect()
}

/// What became of the questions.
#[derive(Default)]
struct Bilan {
    asked: usize,
    too_many: usize,
    rows: usize,
    faults: Vec<String>,
}

async fn prove(app: &App, list: &'static List, readers: &[Lecteur<'_>], whole: bool, hasard: &mut Hasard, bilan: &mut Bilan) {
    let all = combinations(&monde::choices(app, list, hasard).await, hasard);
    let asked = if whole { all } else { sample(all, hasard) };
    let open: Vec<&Lecteur<'_>> = readers.iter().filter(|reader| opens(list, reader.role)).collect();
    let orders = orders(list);
    for (number, choices) in asked.into_iter().enumerate() {
        let reader = *hasard.one(&open);
        let sort = *hasard.one(&orders);
        let mut question = Question { list, choices, sort, descending: hasard.below(2) == 0, size: 200 };
        let expected = question.expected(app, reader).await;
        question.size = (expected.len() / 4).clamp(5, 200);
        let proof = Epreuve { app, reader, question: &question, expected, whole };
        let mut read = proof.read().await;
        if matches!(read, Verdict::TooMany) && proof.expected.len() <= FEW {
            // A set is collected in a bounded time too, which a busy machine may spend once.
            read = proof.read().await;
        }
        let verdict = match read {
            Verdict::Same => match hands(&proof, number, whole).await {
                Ok(()) => Verdict::Same,
                Err(difference) => Verdict::Differs(difference),
            },
            other => other,
        };
        bilan.asked += 1;
        bilan.rows += proof.expected.len();
        match verdict {
            Verdict::Same => {}
            Verdict::TooMany if proof.expected.len() > FEW => bilan.too_many += 1,
            Verdict::TooMany => {
                bilan.faults.push(format!("/{}?{} : {} lignes, « trop pour ce tri »", list.name, question.ask(), proof.expected.len()))
            }
            Verdict::Differs(difference) => bilan.faults.push(format!("/{}?{} ({}) : {difference}", list.name, question.ask(), reader.nom)),
        }
    }
}

/// What leaves the list: files, views, schedules, changes. Slower: one question in some.
async fn hands(proof: &Epreuve<'_>, number: usize, whole: bool) -> Result<(), String> {
    let turn = |every: usize| number.is_multiple_of(every);
    if turn(3) || whole {
        proof.export().await?;
    }
    if turn(2) || whole {
        proof.programme().await?;
    }
    if turn(4) {
        proof.view().await?;
    }
    if turn(7) {
        proof.scheduled().await?;
    }
    if turn(5) && proof.expected.len() <= CHANGED_MAX {
        proof.action().await?;
    }
    Ok(())
}

/// A filter under a name that an address uses for something else would be taken for it, and the filter lost.
#[test]
fn no_filter_bears_a_name_that_addresses_use_for_something_else() {
    const RESERVED: [&str; 11] = ["apres", "avant", "fin", "vers", "tri", "taille", "colonnes", "densite", "vue", "selection", "exact"];
    for list in LISTS {
        for filter in list.filters {
            let taken: Vec<String> = parameters(filter).into_iter().filter(|name| RESERVED.contains(&name.as_str())).collect();
            assert!(taken.is_empty(), "{}: {taken:?}", list.name);
            let others: Vec<String> = list.filters.iter().flat_map(parameters).chain(RESERVED.map(String::from)).collect();
            for name in others {
                assert_eq!(filter.reads(&name), parameters(filter).contains(&name), "{}: {} and {name}", list.name, filter.name);
            }
        }
    }
}

#[rocket::async_test]
async fn every_question_shows_counts_exports_and_changes_the_same_rows() {
    let seed = std::env::var("ESSAI_FILTRES_GRAINE").ok().filter(|seed| !seed.is_empty()).unwrap_or_else(|| "971".into());
    let whole = std::env::var("ESSAI_FILTRES").is_ok_and(|what| what == "tout");
    let mut hasard = Hasard::of(&seed);
    let app = App::new().await;
    let readers = monde::readers(&app).await;
    monde::plant(&app).await;
    let mut bilan = Bilan::default();
    for list in LISTS {
        prove(&app, list, &readers, whole, &mut hasard, &mut bilan).await;
    }
    let Bilan { asked, too_many, rows, faults } = bilan;
    println!(
        "filtres : graine {seed}, {asked} questions, {rows} lignes attendues, {too_many} tris d'un trop grand ensemble, {} écarts",
        faults.len()
    );
    let told: Vec<&str> = faults.iter().take(TOLD_MAX).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} écarts sur {asked} questions (graine {seed}) :\n{}", faults.len(), told.join("\n"));
    assert!(
        asked > 100 && rows > 10_000 && too_many < asked / 5,
        "{asked} questions, {rows} lignes, {too_many} tris refusés : trop peu pour prouver quelque chose"
    );
}
