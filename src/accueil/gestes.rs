//! What waits for a person, as questions to lists: the number is that of the list which the line opens. For who runs the
//! installation, what needs a hand.

use std::fmt::Display;

use maud::{Markup, html};

use crate::comptes::{Personne, UTILISATEURS};
use crate::context::Context;
use crate::imports;
use crate::listing::{Count, List, Query};
use crate::platform::error::Result;
use crate::platform::http::Address;
use crate::platform::jobs::{QUEUES, schedules, table};
use crate::programmes;
use crate::taxe::{LOGEMENTS, SEJOURS};
use crate::travaux::TRAVAUX;
use crate::ui::format;

/// Days within which the end of a ranking is told.
const RANKING_DAYS: i64 = 90;
/// Days during which a failed job is told.
const FAILED_DAYS: i64 = 7;
/// Imports that wait, each by its name.
const IMPORTS_SHOWN: i64 = 5;
/// Late schedules that are named.
const LATE_SHOWN: i64 = 5;

/// A line: a number when there is one, words, and where it leads.
pub struct Geste {
    number: String,
    words: String,
    address: String,
}

impl Geste {
    /// The line as a link.
    pub fn view(&self) -> Markup {
        html! { a href=(self.address) { @if !self.number.is_empty() { strong { (self.number) } " " } (self.words) } }
    }
}

/// A question to a list, with its words for one and for several.
struct Counting(&'static List, Address, [&'static str; 2]);

impl Counting {
    fn of(list: &'static List, filters: &[(&str, &dyn Display)], words: [&'static str; 2]) -> Self {
        Self(list, list.asked(filters), words)
    }
}

/// What waits for somebody who works with the tax.
pub async fn of_the_tax(context: &Context, personne: &Personne) -> Result<Vec<Geste>> {
    let today = context.clock.today();
    let (soon, week) = (today + chrono::Days::new(RANKING_DAYS.unsigned_abs()), today - chrono::Days::new(FAILED_DAYS.unsigned_abs()));
    let mut asked = vec![
        Counting::of(&SEJOURS, &[("statut", &"a_verifier")], ["séjour à vérifier", "séjours à vérifier"]),
        Counting::of(&SEJOURS, &[("statut", &"conteste")], ["séjour contesté", "séjours contestés"]),
        Counting::of(
            &LOGEMENTS,
            &[("actif", &true), ("classe_jusqu_au_min", &today), ("classe_jusqu_au_max", &soon)],
            ["classement finit dans les trois mois", "classements finissent dans les trois mois"],
        ),
        Counting::of(
            &TRAVAUX,
            &[("etat", &"failed"), ("fini_le_min", &week)],
            ["travail a échoué depuis une semaine", "travaux ont échoué depuis une semaine"],
        ),
    ];
    if personne.reader.may(UTILISATEURS.access) {
        asked.push(Counting::of(
            &UTILISATEURS,
            &[("actif", &true), ("connecte_le", &"vide")],
            ["compte invité n’a jamais été ouvert", "comptes invités n’ont jamais été ouverts"],
        ));
    }
    let mut waiting = Vec::new();
    for one in &asked {
        waiting.extend(counted(context, personne, one).await?);
    }
    let troubled = programmes::troubled(&context.db, personne.reader.user_id).await?;
    let words = ["export programmé suspendu ou manqué", "exports programmés suspendus ou manqués"];
    waiting.extend(number_of(troubled, words, "/programmes".into()));
    waiting.extend(of_imports(context, personne).await?);
    waiting.extend(number_of(personne.frame.notices, ["avis non lu", "avis non lus"], "/avis".into()));
    Ok(waiting)
}

/// What needs a hand of who runs the installation.
pub async fn of_the_installation(context: &Context, personne: &Personne) -> Result<Vec<Geste>> {
    let failed = Counting::of(&TRAVAUX, &[("etat", &"failed")], ["travail en échec", "travaux en échec"]);
    let mut needed: Vec<Geste> = counted(context, personne, &failed).await?.into_iter().collect();
    needed.extend(of_imports(context, personne).await?);
    let asked = context.db.statement();
    let pool = &asked;
    for queue in table::queue_states(pool).await? {
        let name = QUEUES.iter().find(|(code, _)| *code == queue.queue).map_or("", |(_, label)| label);
        let address = format!("/travaux/files/{}", queue.queue);
        if queue.en_pause {
            let by = queue.pause_par.as_ref().map_or_else(String::new, |by| format!(" par {by}"));
            needed.push(Geste { number: String::new(), words: format!("File «\u{a0}{name}\u{a0}» mise en pause{by}"), address });
        } else if queue.is_stuck() {
            let words = format!("File «\u{a0}{name}\u{a0}»\u{a0}: du travail attend, aucun ouvrier ne la sert");
            needed.push(Geste { number: String::new(), words, address });
        }
    }
    let now = table::now(&context.db.statement()).await?;
    for worker in table::workers(&context.db.statement()).await?.into_iter().filter(|worker| !worker.vivant) {
        let words = format!("L’ouvrier {} ne répond plus, vu {}", worker.nom, format::ago(worker.vu_le, now));
        needed.push(Geste { number: String::new(), words, address: "/travaux/files".into() });
    }
    for (id, title, due) in schedules::late(&context.db.statement(), LATE_SHOWN).await? {
        let words = format!("Planification «\u{a0}{title}\u{a0}» en retard, attendue {}", format::ago(due, now));
        needed.push(Geste { number: String::new(), words, address: format!("/travaux/planifications/{id}") });
    }
    Ok(needed)
}

/// Their imports to confirm, and the proposals that they may decide.
async fn of_imports(context: &Context, personne: &Personne) -> Result<Vec<Geste>> {
    let waiting = imports::en_attente(&context.db, &personne.reader, IMPORTS_SHOWN).await?;
    let line = |one: imports::Attente| {
        let address = format!("/imports/{}", one.id);
        match one.propositions {
            None => Geste { number: String::new(), words: format!("Import à confirmer\u{a0}: {}", one.designe()), address },
            Some(count) => {
                let words = if count < 2 { "proposition d’import à décider" } else { "propositions d’import à décider" };
                Geste { number: format::integer(count), words: format!("{words}\u{a0}: {}", one.designe()), address }
            }
        }
    };
    let (all, shown) = (waiting.first().map_or(0, |one| one.toutes), i64::try_from(waiting.len()).unwrap_or(i64::MAX));
    let mut needed: Vec<Geste> = waiting.into_iter().map(line).collect();
    if all > shown {
        let words = if all - shown == 1 { "autre import attend" } else { "autres imports attendent" };
        needed.push(Geste { number: format::integer(all - shown), words: words.into(), address: "/imports?etat=a_confirmer".into() });
    }
    Ok(needed)
}

async fn counted(context: &Context, personne: &Personne, Counting(list, question, words): &Counting) -> Result<Option<Geste>> {
    let query = Query::parse_stored(list, question.question(), context.clock.today())?;
    let db = context.reading(personne, list.domains);
    Ok(match Count::fetch(&db, &context.choices, &query, &personne.reader, false).await? {
        Count::Exact(count) => number_of(count, *words, query.url()),
        Count::About(count) => Some(Geste { number: format!("environ {}", format::integer(count)), words: words[1].into(), address: query.url() }),
    })
}

fn number_of(count: i64, [one, several]: [&str; 2], address: String) -> Option<Geste> {
    (count > 0).then(|| Geste { number: format::integer(count), words: if count == 1 { one } else { several }.into(), address })
}
