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
            return Err(format!("file inconnue « {queue} » ; les files sont : {}", known.join(", ")));
        }
        match count.parse() {
            Ok(concurrency @ 1..=64) => Ok(Self { queue: queue.into(), concurrency }),
            _ => Err(format!("« {count} » : donnez un nombre de travaux simultanés entre 1 et 64")),
        }
    }
}

/// The queues that a worker serves, when its command line names some: those, and the others one job at a
/// time, so that no job waits for somebody who never comes. With `only` the others are left to other workers.
///
/// # Errors
/// A French sentence: a queue named twice, or `only` without a name.
pub fn served(named: Vec<QueueSetting>, only: bool) -> Result<Vec<QueueSetting>, String> {
    if let Some(twice) = named.iter().enumerate().find(|(place, setting)| named[..*place].iter().any(|before| before.queue == setting.queue)) {
        return Err(format!("la file « {} » est donnée deux fois", twice.1.queue));
    }
    match (named.is_empty(), only) {
        (true, true) => Err("--seulement demande au moins une file : --queue FILE=NOMBRE".into()),
        (true, false) => Ok(every(2)),
        (false, true) => Ok(named),
        (false, false) => {
            let others = every(1).into_iter().filter(|setting| !named.iter().any(|known| known.queue == setting.queue)).collect::<Vec<_>>();
            Ok([named, others].concat())
        }
    }
}

/// Every queue, so many jobs at once each.
fn every(concurrency: usize) -> Vec<QueueSetting> {
    super::QUEUES.iter().map(|(queue, _)| QueueSetting { queue: (*queue).into(), concurrency }).collect()
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
        Self {
            worker: "ouvrier".into(),
            machine: machine(),
            queues: every(2),
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

    #[test]
    fn every_queue_is_served_unless_told_otherwise() {
        let named = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a setting")).collect::<Vec<QueueSetting>>();
        for texts in [&[][..], &["exports=2"], &["exports=2", "maintenance=1"], &["etl_heavy=64"]] {
            let all = served(named(texts), false).expect("served");
            let mut queues: Vec<&str> = all.iter().map(|setting| setting.queue.as_str()).collect();
            queues.sort_unstable();
            let mut known: Vec<&str> = crate::platform::jobs::QUEUES.iter().map(|(queue, _)| *queue).collect();
            known.sort_unstable();
            assert_eq!(queues, known, "{texts:?}");
            assert!(named(texts).iter().all(|setting| all.contains(setting)), "{texts:?}");
        }
        assert_eq!(served(named(&["exports=2"]), true), Ok(named(&["exports=2"])));
        assert!(served(named(&["exports=2", "exports=1"]), false).is_err_and(|error| error.contains("deux fois")));
        assert!(served(Vec::new(), true).is_err());
    }
}
