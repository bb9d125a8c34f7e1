//! What an operator may choose of a worker.

use std::time::Duration;

/// How many jobs of a queue this worker runs at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSetting {
    /// Queue.
    pub queue: String,
    /// Jobs at once.
    pub concurrency: usize,
}

impl std::str::FromStr for QueueSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (queue, count) = text.split_once('=').unwrap_or((text, "1"));
        if !super::QUEUES.iter().any(|(name, _)| *name == queue) {
            let known: Vec<&str> = super::QUEUES.iter().map(|(name, _)| *name).collect();
            return Err(format!("file inconnue « {queue} » ; les files sont : {}", known.join(", ")));
        }
        match count.parse() {
            Ok(concurrency @ 1..=64) => Ok(Self { queue: queue.into(), concurrency }),
            _ => Err(format!("« {count} » : donnez un nombre de travaux simultanés entre 1 et 64")),
        }
    }
}

/// Rhythms of a worker.
#[derive(Clone, Debug)]
pub struct RunnerSettings {
    /// Name shown on the jobs page; one per process.
    pub worker: String,
    /// Machine on which it runs, as the operator's page names it.
    pub machine: String,
    /// Queues and how many jobs of each at once.
    pub queues: Vec<QueueSetting>,
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    /// Longest time between two looks at the queue when no NOTIFY comes; some are shorter, so that workers spread.
    pub poll: Duration,
    /// Time given to running jobs to finish when the worker stops.
    pub grace: Duration,
}

impl Default for RunnerSettings {
    fn default() -> Self {
        let all = super::QUEUES.iter().map(|(queue, _)| QueueSetting { queue: (*queue).into(), concurrency: 2 });
        Self {
            worker: "ouvrier".into(),
            machine: machine(),
            queues: all.collect(),
            heartbeat: Duration::from_secs(10),
            poll: Duration::from_secs(2),
            grace: Duration::from_secs(20),
        }
    }
}

/// The name of this machine.
pub fn machine() -> String {
    std::fs::read_to_string("/etc/hostname").map(|name| name.trim().to_string()).unwrap_or_else(|_| "machine".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_settings_are_read_and_refused() {
        assert_eq!("exports=3".parse(), Ok(QueueSetting { queue: "exports".into(), concurrency: 3 }));
        assert_eq!("exports".parse(), Ok(QueueSetting { queue: "exports".into(), concurrency: 1 }));
        assert!("export=3".parse::<QueueSetting>().is_err_and(|error| error.contains("file inconnue")));
        assert!("exports=0".parse::<QueueSetting>().is_err());
    }
}
