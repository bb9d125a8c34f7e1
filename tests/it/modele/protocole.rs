//! The lease protocol as a machine of small steps. One action is one statement of
//! `src/platform/jobs/table`, named beside it, or one thing that befalls a process. A row that an
//! open transaction has locked stops every other statement on it, as PostgreSQL does.
//!
//! Time is not counted: a lease may run out whenever it may. When its holder is dead or frozen that
//! is the course of things; when its holder lives, it is a misfortune (a stalled machine, a network
//! that was away), and misfortunes have a budget, which makes the model finite. `run_at` is taken
//! as passed: a claim that comes later is a longer wait for the same action.

use std::hash::Hash;

/// How the protocol is written. `Sound` is ours; each of the others lacks one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// As in `table`.
    Sound,
    /// Writes ask only that the job is running.
    NoFencing,
    /// Writes compare the attempt in place of the lease: give-backs and retries give a number again.
    AttemptNumber,
    /// The end compares the lease, the checkpoint does not.
    CheckpointUnfenced,
    /// A claim that follows a rescue keeps the number of the lost lease.
    RescueKeepsNumber,
    /// Writes compare the lease, but not that the job is running.
    StateUnchecked,
    /// The work is published without `hold`.
    PublishedWithoutHold,
    /// The worker knows its runs by job alone: a run it lost hides the next one of the same job.
    RunsKnownByJob,
    /// A cancellation looks for a waiting job, then for a running one, in two statements.
    CancelInTwoStatements,
    /// Nobody looks for leases that ran out.
    NoRescue,
}

/// Column `state` of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Absent,
    Ready,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// A row of `job`, with what an observer outside would note (`run` and below).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    pub state: State,
    /// `lease`.
    pub lease: u8,
    /// `lease_until < now()`.
    pub overdue: bool,
    pub attempts: i8,
    /// `worker`.
    pub worker: u8,
    pub cancel_requested: bool,
    /// How many pieces the checkpoint tells.
    pub checkpoint: u8,
    /// The run whose open transaction holds the row.
    pub locked_by: Option<u8>,
    /// True number of the last claim, whatever the variant writes as a lease.
    pub run: u8,
    /// How often the work was published (for an export: the file marked ready).
    pub published: u8,
    /// How often `done` was written.
    pub completed: u8,
    /// A run that had lost its job wrote something.
    pub stale_write: bool,
    /// A checkpoint told less than the one before it.
    pub went_back: bool,
    /// Somebody was told that their cancellation was taken.
    pub cancel_taken: bool,
    /// A rescue put it back.
    pub rescued: bool,
}

/// A run as its worker knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub job: u8,
    pub lease: u8,
    pub attempt: i8,
    pub run: u8,
    /// Pieces done, as far as this run knows.
    pub at: u8,
    pub step: Step,
    /// `Signals::lost`.
    pub lost: bool,
    /// `Signals::cancelled`.
    pub cancelled: bool,
    /// The worker's map of runs holds it: heartbeats prolong it, signals reach it.
    pub known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Between two steps.
    Work,
    /// Inside the transaction that keeps a piece or publishes the whole.
    Open(Tx),
    /// Writing how it ended.
    End(Ending),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tx {
    Checkpoint,
    Publish,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    Done,
    Failed,
    Cancelled,
    Retry,
    GiveBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    Up,
    /// SIGSTOP, or a machine that stalls.
    Frozen,
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    pub life: Life,
    /// SIGTERM was received.
    pub stopping: bool,
    pub tasks: Vec<Task>,
}

/// Everything: the base, the processes, and how many misfortunes may still happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub jobs: Vec<Row>,
    pub workers: Vec<Worker>,
    /// Jobs whose cancellation is between its two statements (broken variant).
    pub cancelling: Option<u8>,
    pub misfortunes: u8,
}

/// What may happen. `w` a worker, `t` the index of one of its runs, `j` a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `table::insert` of a second job with the same unique key.
    Insert,
    /// `table::claim`.
    Claim {
        w: u8,
        j: u8,
    },
    /// `table::claim` whose answer is lost on its way.
    ClaimUnheard {
        w: u8,
        j: u8,
    },
    /// `table::heartbeat`: one statement for all runs of a worker.
    Heartbeat {
        w: u8,
    },
    /// `table::cancelled`.
    LookForCancel {
        w: u8,
    },
    /// `BEGIN`, then `table::progress` with a checkpoint, or `table::hold` before publishing.
    Begin {
        w: u8,
        t: u8,
    },
    /// `COMMIT`.
    Commit {
        w: u8,
        t: u8,
    },
    /// `COMMIT` whose answer is lost.
    CommitUnheard {
        w: u8,
        t: u8,
    },
    /// The connection of an open transaction is cut.
    Cut {
        w: u8,
        t: u8,
    },
    /// PostgreSQL ends the transaction of a dead or frozen client.
    DropTransaction {
        w: u8,
        t: u8,
    },
    /// `Run::still_wanted` answers no.
    Obey {
        w: u8,
        t: u8,
    },
    /// The work fails.
    Fail {
        w: u8,
        t: u8,
    },
    /// The work may not begin yet and gives its place back: `JobError::Wait`.
    Wait {
        w: u8,
        t: u8,
    },
    /// `table::end`.
    End {
        w: u8,
        t: u8,
    },
    /// `table::end` whose answer is lost: it is written again.
    EndUnheard {
        w: u8,
        t: u8,
    },
    /// The end could not be written in the time allowed.
    AbandonEnd {
        w: u8,
        t: u8,
    },
    /// A lease runs out.
    Expire {
        j: u8,
    },
    /// `table::rescue` by any worker that lives.
    Rescue {
        j: u8,
    },
    Freeze {
        w: u8,
    },
    Resume {
        w: u8,
    },
    Kill {
        w: u8,
    },
    /// SIGTERM.
    Term {
        w: u8,
    },
    /// A stopping worker with nothing left ends.
    Exit {
        w: u8,
    },
    /// A dead worker starts again under its name: `table::release_worker`.
    Restart {
        w: u8,
    },
    /// `table::request_cancel`.
    Cancel {
        j: u8,
    },
    /// The second statement of `CancelInTwoStatements`.
    CancelRunning,
    /// `table::retry`.
    Retry {
        j: u8,
    },
}

impl Action {
    /// What does not happen by itself: it uses up the budget, and progress may not depend on it.
    pub fn is_misfortune(self) -> bool {
        use Action::*;
        matches!(
            self,
            Insert
                | ClaimUnheard { .. }
                | CommitUnheard { .. }
                | Cut { .. }
                | Fail { .. }
                | Wait { .. }
                | EndUnheard { .. }
                | AbandonEnd { .. }
                | Freeze { .. }
                | Kill { .. }
                | Term { .. }
                | Cancel { .. }
                | Retry { .. }
        )
    }
}

impl Row {
    pub fn new(state: State) -> Self {
        Self {
            state,
            lease: 0,
            overdue: false,
            attempts: 0,
            worker: 0,
            cancel_requested: false,
            checkpoint: 0,
            locked_by: None,
            run: 0,
            published: 0,
            completed: 0,
            stale_write: false,
            went_back: false,
            cancel_taken: false,
            rescued: false,
        }
    }

    /// The partial unique index: `WHERE state IN ('ready', 'running')`.
    pub fn lives(&self) -> bool {
        matches!(self.state, State::Ready | State::Running)
    }

    /// A statement of another connection does not wait.
    pub fn free(&self) -> bool {
        self.locked_by.is_none()
    }

    /// The truth that fencing must agree with.
    pub fn truly_held_by(&self, task: &Task) -> bool {
        self.state == State::Running && self.run == task.run
    }

    /// `WHERE id = $1 AND lease = $2 AND state = 'running'`, as the variant writes it.
    pub fn passes(&self, variant: Variant, task: &Task) -> bool {
        let running = self.state == State::Running;
        match variant {
            Variant::NoFencing => running,
            Variant::AttemptNumber => running && self.attempts == task.attempt,
            Variant::StateUnchecked => self.lease == task.lease,
            _ => running && self.lease == task.lease,
        }
    }
}

impl World {
    /// The worker's map of runs loses this one: by job alone in the broken variant.
    pub fn forget(&mut self, variant: Variant, w: usize, t: usize) {
        let gone = self.workers[w].tasks.remove(t);
        if variant == Variant::RunsKnownByJob {
            self.workers[w].tasks.iter_mut().filter(|task| task.job == gone.job).for_each(|task| task.known = false);
        }
    }

    /// Some worker that lives keeps the current run of `row` alive.
    pub fn is_kept_alive(&self, row: &Row) -> bool {
        self.workers.iter().any(|worker| worker.life == Life::Up && worker.tasks.iter().any(|task| task.known && row.truly_held_by(task)))
    }
}
