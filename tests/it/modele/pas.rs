//! What each action needs and does. `effect` returns `None` when the action cannot happen.

use super::alentours;
use super::protocole::{Action, Ending, Life, Row, State, Step, Task, Tx, Variant, World};

/// Sizes of a model.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub variant: Variant,
    pub workers: u8,
    /// Jobs with the same unique key: one there from the start, the others to be inserted.
    pub jobs: u8,
    /// Pieces of work between a claim and its end.
    pub pieces: u8,
    /// `max_attempts`.
    pub attempts: i8,
    pub misfortunes: u8,
}

/// Runs a worker holds at once: two are enough for a lost one and its successor.
const TASKS_MAX: usize = 2;

impl Bounds {
    pub fn start(&self) -> World {
        let mut jobs = vec![Row::new(State::Absent); usize::from(self.jobs)];
        jobs[0].state = State::Ready;
        let worker = super::protocole::Worker { life: Life::Up, stopping: false, tasks: Vec::new() };
        World { jobs, workers: vec![worker; usize::from(self.workers)], cancelling: None, misfortunes: self.misfortunes }
    }

    /// The actions that may be possible, at a glance; `effect` decides.
    pub fn candidates(&self, world: &World) -> Vec<Action> {
        use Action::*;
        let mut all = vec![Insert, CancelRunning];
        for (j, row) in (0..).zip(&world.jobs) {
            match row.state {
                State::Running => all.extend([Expire { j }, Rescue { j }, Cancel { j }]),
                State::Ready => all.push(Cancel { j }),
                State::Failed | State::Cancelled => all.push(Retry { j }),
                State::Absent | State::Done => {}
            }
        }
        let ready = |j: &u8| world.jobs[usize::from(*j)].state == State::Ready;
        for (w, worker) in (0..).zip(&world.workers) {
            match worker.life {
                Life::Up => {
                    all.extend([Heartbeat { w }, LookForCancel { w }, Freeze { w }, Kill { w }, Term { w }, Exit { w }]);
                    all.extend((0..self.jobs).filter(ready).flat_map(|j| [Claim { w, j }, ClaimUnheard { w, j }]));
                }
                Life::Frozen => all.extend([Resume { w }, Kill { w }]),
                Life::Dead => all.push(Restart { w }),
            }
            for (t, task) in (0..).zip(&worker.tasks) {
                match (task.step, worker.life) {
                    (Step::Open(_), Life::Up) => all.extend([Commit { w, t }, CommitUnheard { w, t }, Cut { w, t }]),
                    (Step::Open(_), _) => all.push(DropTransaction { w, t }),
                    (Step::Work, Life::Up) => all.extend([Begin { w, t }, Obey { w, t }, Fail { w, t }, Wait { w, t }]),
                    (Step::End(_), Life::Up) => all.extend([End { w, t }, EndUnheard { w, t }, AbandonEnd { w, t }]),
                    _ => {}
                }
            }
        }
        all.retain(|action| world.misfortunes > 0 || !action.is_misfortune());
        all
    }

    /// The world after `action`; `None` when it cannot happen, or changes nothing.
    pub fn after(&self, world: &World, action: Action) -> Option<World> {
        let mut costs = action.is_misfortune();
        if let Action::Expire { j } = action {
            // The lease of a run that is kept alive runs out only when a machine stalls.
            costs = world.is_kept_alive(&world.jobs[usize::from(j)]);
        }
        let misfortunes = if costs { world.misfortunes.checked_sub(1)? } else { world.misfortunes };
        let mut next = World { misfortunes, ..world.clone() };
        self.effect(&mut next, action)?;
        (next != *world).then_some(next)
    }

    fn effect(&self, world: &mut World, action: Action) -> Option<()> {
        use Action::*;
        match action {
            Insert => alentours::insert(world),
            Claim { w, j } => self.claim(world, w, j, true),
            ClaimUnheard { w, j } => self.claim(world, w, j, false),
            Heartbeat { w } => self.heartbeat(world, w.into()),
            LookForCancel { w } => alentours::look_for_cancel(world, w.into()),
            Begin { w, t } => self.begin(world, w.into(), t.into()),
            Commit { w, t } => self.commit(world, w.into(), t.into(), true),
            CommitUnheard { w, t } => self.commit(world, w.into(), t.into(), false),
            Cut { w, t } => self.abort(world, w.into(), t.into(), |life| life == Life::Up),
            DropTransaction { w, t } => self.abort(world, w.into(), t.into(), |life| life != Life::Up),
            Obey { w, t } => self.obey(world, w.into(), t.into()),
            Fail { w, t } => self.work_ends(world, w.into(), t.into(), Ending::Retry),
            Wait { w, t } => self.work_ends(world, w.into(), t.into(), Ending::GiveBack),
            End { w, t } => self.end(world, w.into(), t.into(), true),
            EndUnheard { w, t } => self.end(world, w.into(), t.into(), false),
            AbandonEnd { w, t } => self.abandon_end(world, w.into(), t.into()),
            Expire { j } => alentours::expire(&mut world.jobs[usize::from(j)]),
            Rescue { j } => self.rescue(world, j.into()),
            Freeze { w } => alentours::freeze(world, w.into()),
            Resume { w } => alentours::change_life(world, w.into(), Life::Frozen, Life::Up),
            Kill { w } => alentours::kill(world, w.into()),
            Term { w } => alentours::term(world, w.into()),
            Exit { w } => alentours::exit(world, w.into()),
            Restart { w } => alentours::restart(world, w),
            Cancel { j } => self.cancel(world, j),
            CancelRunning => alentours::cancel_running(world),
            Retry { j } => alentours::retry(world, j.into()),
        }
    }

    /// `table::claim`: state 'ready', row not locked; lease + 1, attempts + 1, a fresh deadline.
    fn claim(&self, world: &mut World, w: u8, j: u8, heard: bool) -> Option<()> {
        let worker = &world.workers[usize::from(w)];
        if worker.life != Life::Up || worker.stopping || worker.tasks.len() >= TASKS_MAX {
            return None;
        }
        let row = &mut world.jobs[usize::from(j)];
        if row.state != State::Ready || !row.free() {
            return None;
        }
        if !(self.variant == Variant::RescueKeepsNumber && row.rescued) {
            row.lease += 1;
        }
        row.state = State::Running;
        row.overdue = false;
        row.worker = w;
        row.attempts += 1;
        row.run += 1;
        if heard {
            // Work already published is seen at the start of the run, and only needs its end.
            let step = if row.published > 0 { Step::End(Ending::Done) } else { Step::Work };
            let task = Task {
                job: j,
                lease: row.lease,
                attempt: row.attempts,
                run: row.run,
                at: row.checkpoint,
                step,
                lost: false,
                cancelled: false,
                known: true,
            };
            if self.variant == Variant::RunsKnownByJob {
                world.workers[usize::from(w)].tasks.iter_mut().filter(|old| old.job == j).for_each(|old| old.known = false);
            }
            world.workers[usize::from(w)].tasks.push(task);
        }
        Some(())
    }

    /// `table::heartbeat`: `lease_until` moves where the lease is held; a run that is not in the
    /// answer has lost its lease; `cancel_requested` comes with it.
    fn heartbeat(&self, world: &mut World, w: usize) -> Option<()> {
        let worker = &mut world.workers[w];
        if worker.life != Life::Up || worker.tasks.iter().any(|task| task.known && !world.jobs[usize::from(task.job)].free()) {
            return None;
        }
        for task in worker.tasks.iter_mut().filter(|task| task.known) {
            let row = &mut world.jobs[usize::from(task.job)];
            if row.passes(self.variant, task) {
                row.stale_write |= !row.truly_held_by(task);
                row.overdue = false;
                task.cancelled |= row.cancel_requested;
            } else {
                task.lost = true;
            }
        }
        Some(())
    }

    /// `table::progress` (a checkpoint) or `table::hold`, first in a transaction: locks the row.
    fn begin(&self, world: &mut World, w: usize, t: usize) -> Option<()> {
        if world.workers[w].life != Life::Up {
            return None;
        }
        let task = &mut world.workers[w].tasks[t];
        let row = &mut world.jobs[usize::from(task.job)];
        if task.step != Step::Work || !row.free() {
            return None;
        }
        let tx = if task.at < self.pieces { Tx::Checkpoint } else { Tx::Publish };
        let passes = match (tx, self.variant) {
            (Tx::Checkpoint, Variant::CheckpointUnfenced) | (Tx::Publish, Variant::PublishedWithoutHold) => true,
            _ => row.passes(self.variant, task),
        };
        if passes {
            row.locked_by = Some(task.run);
            task.step = Step::Open(tx);
        } else {
            // `JobError::LostLease`: the run ends without a word.
            world.forget(self.variant, w, t);
        }
        Some(())
    }

    fn commit(&self, world: &mut World, w: usize, t: usize, heard: bool) -> Option<()> {
        if world.workers[w].life != Life::Up {
            return None;
        }
        let last = self.attempts;
        let task = &mut world.workers[w].tasks[t];
        let Step::Open(tx) = task.step else { return None };
        let row = &mut world.jobs[usize::from(task.job)];
        row.locked_by = None;
        row.stale_write |= !row.truly_held_by(task);
        match tx {
            Tx::Checkpoint => {
                row.went_back |= task.at + 1 < row.checkpoint;
                row.checkpoint = task.at + 1;
            }
            Tx::Publish => row.published += 1,
        }
        task.step = match (heard, tx) {
            (false, _) => Step::End(failed_run(task, last)),
            (true, Tx::Checkpoint) => Step::Work,
            (true, Tx::Publish) => Step::End(Ending::Done),
        };
        if heard && tx == Tx::Checkpoint {
            task.at += 1;
        }
        Some(())
    }

    /// An open transaction ends without a trace; its run, if it lives or wakes, meets an error.
    fn abort(&self, world: &mut World, w: usize, t: usize, when: impl Fn(Life) -> bool) -> Option<()> {
        if !when(world.workers[w].life) {
            return None;
        }
        let dead = world.workers[w].life == Life::Dead;
        let task = &mut world.workers[w].tasks[t];
        let Step::Open(_) = task.step else { return None };
        world.jobs[usize::from(task.job)].locked_by = None;
        task.step = Step::End(failed_run(task, self.attempts));
        if dead {
            world.workers[w].tasks.remove(t);
        }
        Some(())
    }

    /// `Run::still_wanted`: lost, then cancelled, then stopping.
    fn obey(&self, world: &mut World, w: usize, t: usize) -> Option<()> {
        let worker = &mut world.workers[w];
        if worker.life != Life::Up || worker.tasks[t].step != Step::Work {
            return None;
        }
        let stopping = worker.stopping && worker.tasks[t].known;
        let task = &mut worker.tasks[t];
        if task.lost {
            world.forget(self.variant, w, t);
        } else if task.cancelled {
            task.step = Step::End(Ending::Cancelled);
        } else if stopping {
            task.step = Step::End(Ending::GiveBack);
        } else {
            return None;
        }
        Some(())
    }

    /// The work ends by itself between two steps.
    fn work_ends(&self, world: &mut World, w: usize, t: usize, ending: Ending) -> Option<()> {
        if world.workers[w].life != Life::Up {
            return None;
        }
        let task = &mut world.workers[w].tasks[t];
        if task.step != Step::Work {
            return None;
        }
        task.step = Step::End(if ending == Ending::Retry { failed_run(task, self.attempts) } else { ending });
        Some(())
    }

    /// `table::end`.
    fn end(&self, world: &mut World, w: usize, t: usize, heard: bool) -> Option<()> {
        if world.workers[w].life != Life::Up {
            return None;
        }
        let task = &world.workers[w].tasks[t];
        let Step::End(ending) = task.step else { return None };
        let row = &mut world.jobs[usize::from(task.job)];
        if !row.free() {
            return None;
        }
        if row.passes(self.variant, task) {
            row.stale_write |= !row.truly_held_by(task);
            row.overdue = false;
            row.rescued = false;
            match ending {
                Ending::Done => (row.state, row.completed) = (State::Done, row.completed + 1),
                Ending::Failed => row.state = State::Failed,
                Ending::Cancelled => row.state = State::Cancelled,
                Ending::Retry => row.state = State::Ready,
                // As if it had not been taken.
                Ending::GiveBack => (row.state, row.attempts) = (State::Ready, row.attempts - 1),
            }
        }
        if heard {
            world.forget(self.variant, w, t);
        }
        Some(())
    }

    /// `write_end` gave up: the run is forgotten, its lease will run out.
    fn abandon_end(&self, world: &mut World, w: usize, t: usize) -> Option<()> {
        if world.workers[w].life != Life::Up || !matches!(world.workers[w].tasks[t].step, Step::End(_)) {
            return None;
        }
        world.forget(self.variant, w, t);
        Some(())
    }

    /// `table::rescue`: overdue and not locked; cancelled, failed or ready. It asks for no lease.
    fn rescue(&self, world: &mut World, j: usize) -> Option<()> {
        let row = &mut world.jobs[j];
        let somebody = world.workers.iter().any(|worker| worker.life == Life::Up);
        if self.variant == Variant::NoRescue || !somebody || row.state != State::Running || !row.overdue || !row.free() {
            return None;
        }
        row.overdue = false;
        row.rescued = true;
        row.state = if row.cancel_requested {
            State::Cancelled
        } else if row.attempts >= self.attempts {
            State::Failed
        } else {
            State::Ready
        };
        Some(())
    }

    /// `table::request_cancel`: a waiting job is cancelled, a running one is told, in one statement.
    fn cancel(&self, world: &mut World, j: u8) -> Option<()> {
        let row = &mut world.jobs[usize::from(j)];
        if !row.lives() || !row.free() || world.cancelling.is_some() {
            return None;
        }
        if row.state == State::Ready {
            (row.state, row.cancel_requested) = (State::Cancelled, true);
        } else if self.variant == Variant::CancelInTwoStatements {
            world.cancelling = Some(j);
            return Some(());
        } else {
            row.cancel_requested = true;
        }
        row.cancel_taken = true;
        Some(())
    }
}

fn failed_run(task: &Task, max_attempts: i8) -> Ending {
    if task.attempt >= max_attempts { Ending::Failed } else { Ending::Retry }
}
