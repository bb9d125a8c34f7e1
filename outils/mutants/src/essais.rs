//! Tests: what each reaches, and which one sees a fault.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, atomic};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use crate::arbre::Compiled;
use crate::faute::Fault;

/// A test that takes longer, alone, is not quick.
const QUICK: Duration = Duration::from_secs(10);
/// Time given to a test of which nothing is known yet.
const FIRST: Duration = Duration::from_secs(40);
/// What runs other programs, other machines or the rules of the sources says nothing of these faults, or not quickly.
const LEFT_OUT: &[&str] = &[
    "tidy::",
    "typographie::",
    "modele",
    "mille_morts::",
    "chaos_court::",
    "redis_pannes::",
    "stampede::",
    "bases::",
    "freins::",
    "garde::",
    "interruptions::",
    "plans::",
    "filtres_faces::",
    "cache_oracle::",
];
/// Statements written down, compared in an instant: asked first.
const WRITTEN: &str = "instantanes::";
/// Tests in one program, as long as none has seen the fault; 0 for the statements written down.
const BATCHES: [usize; 6] = [0, 1, 2, 5, 16, usize::MAX];

/// A test of one of the two programs.
#[derive(Clone, Debug)]
pub struct Test {
    pub program: PathBuf,
    pub name: String,
    pub time: Duration,
    pub reached: BTreeSet<usize>,
    unit: bool,
}

/// How a fault ended.
#[derive(Clone, Debug)]
pub enum End {
    Unreached,
    Lives(usize),
    Seen(String),
}

struct Outcome {
    failed: Option<String>,
    passed: Vec<String>,
    time: Duration,
}

/// Tests by name, with their time and the faults that they reach.
pub type Known = HashMap<String, (Duration, BTreeSet<usize>)>;
/// By file and test: the faults seen, and those asked.
type Luck = HashMap<(String, String), (u32, u32)>;

pub struct Bench<'a> {
    pub root: &'a Path,
    pub scratch: &'a Path,
    pub workers: usize,
    /// Only the tests that see most are asked.
    pub short: bool,
}

impl Bench<'_> {
    /// Runs `names`, stops at the first that fails.
    fn run(&self, program: &Path, names: &[String], fault: Option<usize>, reached: Option<&Path>, most: Duration) -> io::Result<Outcome> {
        let mut command = Command::new(program);
        command.arg("--exact").args(names).args(["--test-threads", if names.len() > 2 { "3" } else { "1" }]);
        command.current_dir(self.root).env("CARGO_MANIFEST_DIR", self.root).env_remove("MUTANT").env_remove("MUTANT_REACHED");
        command.env("RUST_BACKTRACE", "0");
        if let Some(id) = fault {
            command.env("MUTANT", id.to_string());
        }
        if let Some(path) = reached {
            command.env("MUTANT_REACHED", path);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let (lines, received) = channel();
        let reader = thread::spawn(move || {
            let mut read = BufReader::new(output);
            let mut line = Vec::new();
            while read.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                let _nobody = lines.send(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
        });
        let mut passed = Vec::new();
        let failed = loop {
            match received.recv_timeout(most.saturating_sub(begin.elapsed())) {
                Ok(line) => {
                    let Some(rest) = line.trim_end().strip_prefix("test ") else { continue };
                    if let Some(name) = rest.strip_suffix(" ... FAILED") {
                        break Some(name.to_string());
                    } else if let Some(name) = rest.strip_suffix(" ... ok") {
                        passed.push(name.to_string());
                    }
                }
                Err(RecvTimeoutError::Timeout) => break Some(format!("{} (trop long)", names.first().map_or("", String::as_str))),
                Err(RecvTimeoutError::Disconnected) => break None,
            }
        };
        if failed.is_some() {
            // With whatever it started.
            Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status()?;
        }
        let status = child.wait()?;
        let _ended = reader.join();
        let failed = failed.or_else(|| (!status.success()).then(|| format!("{} (arrêt)", names.first().map_or("", String::as_str))));
        Ok(Outcome { failed, passed, time: begin.elapsed() })
    }

    /// Every quick test, with what it reaches; `known` holds those of an interrupted run, by their names.
    pub fn tests(&self, compiled: &Compiled, known: &Known) -> io::Result<Vec<Test>> {
        let mut all = Vec::new();
        for (program, unit) in [(&compiled.library, true), (&compiled.it, false)] {
            let listed = Command::new(program).args(["--list", "--format", "terse"]).current_dir(self.root).output()?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            for name in
                listed.lines().filter_map(|line| line.strip_suffix(": test")).filter(|name| !LEFT_OUT.iter().any(|left| name.starts_with(left)))
            {
                all.push(Test { program: program.clone(), name: name.into(), time: Duration::ZERO, reached: BTreeSet::new(), unit });
            }
        }
        if !known.is_empty() {
            let of = |test: Test| known.get(&test.name).cloned().map(|(time, reached)| Test { time, reached, ..test });
            return Ok(all.into_iter().filter_map(of).collect());
        }
        let measured = Mutex::new(Vec::new());
        self.share(&all, |test, worker| {
            let file = self.scratch.join(format!("atteintes-{worker}"));
            // Once more when it was not quick: it may have made the base that the others copy.
            for _ in 0..if test.unit { 1 } else { 2 } {
                let _absent = fs::remove_file(&file);
                let outcome = self.run(&test.program, std::slice::from_ref(&test.name), None, Some(&file), FIRST)?;
                if let Some(why) = &outcome.failed {
                    eprintln!("   Échoue sans faute : {why}");
                    return Ok(());
                }
                if outcome.time <= QUICK {
                    let reached = fs::read_to_string(&file).unwrap_or_default().lines().filter_map(|line| line.parse().ok()).collect();
                    measured.lock().map_err(poisoned)?.push(Test { time: outcome.time, reached, ..test.clone() });
                    return Ok(());
                }
                eprintln!("   {} : {} s", test.name, outcome.time.as_secs());
            }
            Ok(())
        })?;
        measured.into_inner().map_err(poisoned)
    }

    /// Tries every fault; `tell` hears of each as it ends. `seen` says which tests saw faults of which files before: they come first.
    pub fn trials(&self, faults: &[Fault], tests: &[Test], seen: &[(String, String)], tell: &(dyn Fn(&Fault, &End) + Sync)) -> io::Result<()> {
        let mut luck = Luck::new();
        for one in seen {
            let (seen, asked) = luck.entry(one.clone()).or_default();
            (*seen, *asked) = (*seen + 1, *asked + 1);
        }
        let luck = Mutex::new(luck);
        self.share(faults, |fault, _| {
            let end = self.trial(fault, tests, &luck)?;
            tell(fault, &end);
            Ok(())
        })
    }

    fn trial(&self, fault: &Fault, tests: &[Test], luck: &Mutex<Luck>) -> io::Result<End> {
        let reaching: Vec<&Test> = tests.iter().filter(|test| test.reached.contains(&fault.id)).collect();
        if reaching.is_empty() {
            return Ok(End::Unreached);
        }
        let (units, mut left): (Vec<&Test>, Vec<&Test>) = reaching.iter().partition(|test| test.unit);
        if !units.is_empty()
            && let Some(name) = self.batch(fault, &units, luck)?
        {
            return Ok(End::Seen(name));
        }
        // What sees the faults of this file most often in the least time comes first.
        let known = luck.lock().map_err(poisoned)?.clone();
        let worth = |test: &Test| {
            let (seen, asked) = known.get(&(fault.file.clone(), test.name.clone())).copied().unwrap_or_default();
            f64::from(seen * 2 + 1) / f64::from(asked + 2) / (test.time.as_secs_f64() + 1.0)
        };
        left.sort_by(|one, other| worth(other).total_cmp(&worth(one)));
        let (mut written, mut left): (Vec<&Test>, Vec<&Test>) = left.into_iter().partition(|test| test.name.starts_with(WRITTEN));
        let mut sizes = BATCHES.iter();
        while !left.is_empty() || !written.is_empty() {
            let batch: Vec<&Test> = match sizes.next() {
                Some(0) => std::mem::take(&mut written),
                None if self.short => break,
                Some(&usize::MAX) if self.short => break,
                size => left.drain(..size.copied().unwrap_or(usize::MAX).min(left.len())).collect(),
            };
            if !batch.is_empty()
                && let Some(name) = self.batch(fault, &batch, luck)?
            {
                return Ok(End::Seen(name));
            }
        }
        Ok(End::Lives(reaching.len()))
    }

    fn batch(&self, fault: &Fault, tests: &[&Test], luck: &Mutex<Luck>) -> io::Result<Option<String>> {
        let names: Vec<String> = tests.iter().map(|test| test.name.clone()).collect();
        let usual: Duration = tests.iter().map(|test| test.time).sum();
        let Some(program) = tests.first().map(|test| test.program.clone()) else { return Ok(None) };
        let outcome = self.run(&program, &names, Some(fault.id), None, usual * 4 + Duration::from_secs(20))?;
        let mut luck = luck.lock().map_err(poisoned)?;
        for name in &outcome.passed {
            luck.entry((fault.file.clone(), name.clone())).or_default().1 += 1;
        }
        if let Some(name) = &outcome.failed {
            let (seen, asked) = luck.entry((fault.file.clone(), name.clone())).or_default();
            *seen += 1;
            *asked += 1;
        }
        Ok(outcome.failed)
    }

    /// Gives each of `all` to one of the workers.
    fn share<T: Sync>(&self, all: &[T], work: impl Fn(&T, usize) -> io::Result<()> + Sync) -> io::Result<()> {
        let next = atomic::AtomicUsize::new(0);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.workers)
                .map(|worker| {
                    let (next, work) = (&next, &work);
                    scope.spawn(move || {
                        while let Some(one) = all.get(next.fetch_add(1, atomic::Ordering::Relaxed)) {
                            work(one, worker)?;
                        }
                        Ok(())
                    })
                })
                .collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a worker fell"))?)
        })
    }
}

fn poisoned<T>(_: std::sync::PoisonError<T>) -> io::Error {
    io::Error::other("a worker fell")
}
