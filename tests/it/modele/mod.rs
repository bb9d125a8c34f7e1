//! The lease protocol, model-checked: every order of claims, writes, crashes, freezes, cuts, rescues,
//! cancellations and retries, inside the bounds, keeps its promises; each protocol that lacks one
//! thing is shown to break one.
//!
//! `ESSAI_MODELE=long` widens the bounds (`just modele`).

mod alentours;
mod pas;
mod protocole;
mod rejeu;

use std::collections::HashMap;

use pas::Bounds;
use protocole::{Action, Life, State, Step, Variant, World};
use stateright::{Checker, Model, Property};

const ONCE: &str = "a job is completed and its work published at most once";
const FENCED: &str = "a run that lost its job writes nothing";
const FORWARD: &str = "a checkpoint never goes back";
const BOUNDED: &str = "attempts are bounded";
const UNIQUE: &str = "two living jobs never share a key";
const ALIVE: &str = "a run under way is kept alive";
const HEARD: &str = "a cancellation that was taken is not forgotten";

impl Model for Bounds {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.start()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // Those that cannot happen have no next state.
        actions.extend(self.candidates(world));
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        self.after(world, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, world: &World| world.jobs.iter().all(|row| row.completed <= 1 && row.published <= 1)),
            Property::always(FENCED, |_, world: &World| world.jobs.iter().all(|row| !row.stale_write)),
            Property::always(FORWARD, |_, world: &World| world.jobs.iter().all(|row| !row.went_back)),
            Property::always(BOUNDED, |model: &Self, world: &World| world.jobs.iter().all(|row| (0..=model.attempts).contains(&row.attempts))),
            Property::always(UNIQUE, |_, world: &World| world.jobs.iter().filter(|row| row.lives()).count() <= 1),
            Property::always(ALIVE, |_, world: &World| {
                let held = |task: &protocole::Task| world.jobs[usize::from(task.job)].truly_held_by(task);
                world.workers.iter().all(|worker| worker.life == Life::Dead || worker.tasks.iter().all(|task| task.known || !held(task)))
            }),
            Property::always(HEARD, |_, world: &World| world.jobs.iter().all(|row| !(row.cancel_taken && row.lives()) || row.cancel_requested)),
            // Without these the rest could hold because nothing happens.
            Property::sometimes("done after a rescue", |_, world: &World| world.jobs.iter().any(|row| row.state == State::Done && row.run > 1)),
            Property::sometimes("failed", |_, world: &World| world.jobs.iter().any(|row| row.state == State::Failed)),
            Property::sometimes("cancelled while it ran", |_, world: &World| {
                world.jobs.iter().any(|row| row.state == State::Cancelled && row.checkpoint > 0)
            }),
            Property::sometimes("a lost run is awake beside its successor", |_, world: &World| {
                let awake = world.workers.iter().filter(|worker| worker.life == Life::Up).flat_map(|worker| &worker.tasks);
                let (held, lost): (Vec<_>, Vec<_>) = awake.partition(|task| world.jobs[usize::from(task.job)].truly_held_by(task));
                !held.is_empty() && lost.iter().any(|task| task.step == Step::Work)
            }),
        ]
    }
}

fn long() -> bool {
    std::env::var("ESSAI_MODELE").is_ok_and(|value| value == "long")
}

/// One job; the rest is what may befall it.
fn bounds(variant: Variant) -> Bounds {
    if long() {
        Bounds { variant, workers: 3, jobs: 1, pieces: 2, attempts: 2, misfortunes: 3 }
    } else {
        Bounds { variant, workers: 2, jobs: 1, pieces: 2, attempts: 2, misfortunes: 3 }
    }
}

/// Two jobs with one unique key.
fn twins(variant: Variant) -> Bounds {
    let misfortunes = if long() { 4 } else { 2 };
    Bounds { variant, workers: 2, jobs: 2, pieces: 1, attempts: 2, misfortunes }
}

fn check(bounds: Bounds) -> impl Checker<Bounds> {
    bounds.checker().threads(2).spawn_bfs().join()
}

#[test]
fn the_protocol_keeps_its_promises() {
    let checked = check(bounds(Variant::Sound));
    println!("{} états, profondeur {}", checked.unique_state_count(), checked.max_depth());
    checked.assert_properties();
}

#[test]
fn a_unique_key_stays_unique() {
    let checked = check(twins(Variant::Sound));
    println!("{} états, profondeur {}", checked.unique_state_count(), checked.max_depth());
    for promise in [ONCE, FENCED, FORWARD, BOUNDED, UNIQUE, ALIVE, HEARD] {
        checked.assert_no_discovery(promise);
    }
}

/// The model can tell a broken protocol: for each, the promise that it breaks.
#[test]
fn broken_protocols_are_found_out() {
    let cases = [
        (Variant::NoFencing, ONCE),
        (Variant::AttemptNumber, FENCED),
        (Variant::AttemptNumber, ONCE),
        (Variant::CheckpointUnfenced, FORWARD),
        (Variant::RescueKeepsNumber, ONCE),
        (Variant::StateUnchecked, FENCED),
        (Variant::PublishedWithoutHold, ONCE),
        (Variant::RunsKnownByJob, ALIVE),
        (Variant::CancelInTwoStatements, HEARD),
    ];
    for (variant, promise) in cases {
        let wanted = stateright::HasDiscoveries::AnyOf([promise].into_iter().collect());
        let sizes = Bounds { workers: 2, ..bounds(variant) };
        let checked = sizes.checker().threads(2).finish_when(wanted).spawn_bfs().join();
        let Some(path) = checked.discovery(promise) else { panic!("{variant:?} does not break « {promise} »") };
        println!("{variant:?} : « {promise} » est rompu par {:?}", path.into_actions());
    }
}

/// No job is lost, and none turns round for ever. From every state that can be reached, with no
/// further misfortune, no person who helps and no frozen worker that wakes: every sequence of steps
/// ends, and it ends with the job done, failed or cancelled.
///
/// `Property::eventually` of stateright is unsound on graphs with joins: this walks the whole graph.
/// The steps that are left form no cycle, and a state without any is an end: hence all paths end.
#[test]
fn no_job_is_lost() {
    assert_eq!(stuck(Bounds { misfortunes: 3, workers: 2, ..bounds(Variant::Sound) }), None);
    assert_eq!(stuck(twins(Variant::Sound)), None);
    let lost = stuck(Bounds { misfortunes: 1, ..bounds(Variant::NoRescue) });
    assert!(lost.is_some(), "the walk can tell a job that nobody takes back");
}

/// A reachable state from which some path without misfortune turns round or stops before the end.
fn stuck(bounds: Bounds) -> Option<World> {
    let mut known: HashMap<World, usize> = HashMap::new();
    let mut worlds = Vec::new();
    // Of each state: how many steps of the ordinary course leave it, and who leads to it by one.
    let mut ahead: Vec<usize> = Vec::new();
    let mut behind: Vec<Vec<usize>> = Vec::new();
    let start = bounds.start();
    known.insert(start.clone(), 0);
    worlds.push(start);
    let mut from = 0;
    while from < worlds.len() {
        ahead.push(0);
        behind.resize_with(worlds.len(), Vec::new);
        let world = worlds[from].clone();
        for action in bounds.candidates(&world) {
            let Some(next) = bounds.after(&world, action) else { continue };
            let ordinary = next.misfortunes == world.misfortunes && !matches!(action, Action::Resume { .. });
            let to = *known.entry(next).or_insert_with_key(|next| {
                worlds.push(next.clone());
                worlds.len() - 1
            });
            behind.resize_with(worlds.len(), Vec::new);
            if ordinary {
                ahead[from] += 1;
                behind[to].push(from);
            }
        }
        from += 1;
    }
    println!("{} états parcourus", worlds.len());
    // From the ends backwards: a state all of whose steps lead to settled states is settled.
    let ended = |world: &World| world.jobs.iter().all(|row| !row.lives());
    let mut settled: Vec<usize> = (0..worlds.len()).filter(|at| ahead[*at] == 0 && ended(&worlds[*at])).collect();
    let mut count = 0;
    let mut left = ahead.clone();
    while let Some(at) = settled.pop() {
        count += 1;
        for before in &behind[at] {
            left[*before] -= 1;
            if left[*before] == 0 {
                settled.push(*before);
            }
        }
    }
    if count == worlds.len() {
        return None;
    }
    // The closest to an end first: the state whose own steps are the cause.
    (0..worlds.len()).filter(|at| left[*at] > 0 || (ahead[*at] == 0 && !ended(&worlds[*at]))).min_by_key(|at| left[*at]).map(|at| worlds[at].clone())
}
