//! What happens around the runs: a job is asked for, a lease ends, a process freezes, dies, comes back, a
//! person cancels or retries. Each returns `None` when it cannot happen.

use super::protocole::{Life, Row, State, Step, World};

pub fn insert(world: &mut World) -> Option<()> {
    // ON CONFLICT (unique_key) WHERE state IN ('ready', 'running'): the living job is found instead.
    if world.jobs.iter().any(Row::lives) {
        return None;
    }
    let row = world.jobs.iter_mut().find(|row| row.state == State::Absent)?;
    row.state = State::Ready;
    Some(())
}

/// `table::cancelled` asks by id alone: a run that lost its lease may hear it too.
pub fn look_for_cancel(world: &mut World, w: usize) -> Option<()> {
    if world.workers[w].life != Life::Up {
        return None;
    }
    for task in world.workers[w].tasks.iter_mut().filter(|task| task.known) {
        task.cancelled |= world.jobs[usize::from(task.job)].cancel_requested;
    }
    Some(())
}

pub fn expire(row: &mut Row) -> Option<()> {
    if row.state != State::Running || row.overdue {
        return None;
    }
    row.overdue = true;
    Some(())
}

pub fn change_life(world: &mut World, w: usize, from: Life, to: Life) -> Option<()> {
    if world.workers[w].life != from {
        return None;
    }
    world.workers[w].life = to;
    Some(())
}

/// One worker at least is not frozen: with none, nothing can advance, whatever the protocol.
pub fn freeze(world: &mut World, w: usize) -> Option<()> {
    let frozen = world.workers.iter().filter(|worker| worker.life == Life::Frozen).count();
    if frozen + 1 >= world.workers.len() {
        return None;
    }
    change_life(world, w, Life::Up, Life::Frozen)
}

/// SIGKILL: what it knew is gone; a transaction it had open stays so until PostgreSQL notices.
pub fn kill(world: &mut World, w: usize) -> Option<()> {
    let worker = &mut world.workers[w];
    if worker.life == Life::Dead {
        return None;
    }
    (worker.life, worker.stopping) = (Life::Dead, false);
    worker.tasks.retain(|task| matches!(task.step, Step::Open(_)));
    Some(())
}

pub fn term(world: &mut World, w: usize) -> Option<()> {
    let worker = &mut world.workers[w];
    if worker.life != Life::Up || worker.stopping {
        return None;
    }
    worker.stopping = true;
    Some(())
}

pub fn exit(world: &mut World, w: usize) -> Option<()> {
    let worker = &mut world.workers[w];
    if worker.life != Life::Up || !worker.stopping || !worker.tasks.is_empty() {
        return None;
    }
    (worker.life, worker.stopping) = (Life::Dead, false);
    Some(())
}

/// `table::release_worker`: the leases of this name end at once.
pub fn restart(world: &mut World, w: u8) -> Option<()> {
    let worker = &mut world.workers[usize::from(w)];
    let mine = |row: &&mut Row| row.state == State::Running && row.worker == w;
    if worker.life != Life::Dead || !worker.tasks.is_empty() || world.jobs.iter_mut().filter(mine).any(|row| !row.free()) {
        return None;
    }
    worker.life = Life::Up;
    world.jobs.iter_mut().filter(mine).for_each(|row| row.overdue = true);
    Some(())
}

pub fn cancel_running(world: &mut World) -> Option<()> {
    let row = &mut world.jobs[usize::from(world.cancelling?)];
    if !row.free() {
        return None;
    }
    row.cancel_requested |= row.state == State::Running;
    row.cancel_taken = true;
    world.cancelling = None;
    Some(())
}

/// `table::retry`: fresh attempts, checkpoint kept; the unique index refuses it beside a living twin.
pub fn retry(world: &mut World, j: usize) -> Option<()> {
    if world.jobs.iter().any(Row::lives) || !matches!(world.jobs[j].state, State::Failed | State::Cancelled) {
        return None;
    }
    let row = &mut world.jobs[j];
    row.state = State::Ready;
    (row.attempts, row.cancel_requested, row.cancel_taken, row.rescued) = (0, false, false, false);
    Some(())
}
