//! The tree of faulty sources, and its compilation.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use serde_json::Value;

use crate::faute::{Fault, MODULE, Written, written};
use crate::recherche;

/// What is compiled, as bin/test compiles it.
const TARGETS: [&str; 5] = ["--locked", "--no-default-features", "--features", "s3,oidc,banc", "--message-format=json"];
/// Compilations after which a fault that still does not compile is one of this tool.
const ROUNDS_MAX: usize = 30;

/// A copy of the project.
pub struct Tree {
    pub root: PathBuf,
    /// What was written last time: what is written again as it was keeps its date, and is not compiled again.
    kept: PathBuf,
    /// Each file with faults, as it was.
    sources: Vec<(String, String)>,
}

/// Faults that compile, those that do not, and the test programs that hold the former.
pub struct Compiled {
    pub faults: Vec<Fault>,
    pub unviable: Vec<Fault>,
    pub library: PathBuf,
    pub it: PathBuf,
}

impl Tree {
    /// `folder` holds `arbre`, the copy.
    pub fn new(folder: &Path, files: &[String]) -> io::Result<Self> {
        let root = folder.join("arbre");
        let sources = files.iter().map(|file| Ok((file.clone(), fs::read_to_string(root.join(file))?))).collect::<io::Result<_>>()?;
        Ok(Self { root, kept: folder.join("ecrits"), sources })
    }

    fn put(&self, file: &str, text: &str) -> io::Result<()> {
        let kept = self.kept.join(file);
        if !fs::read_to_string(&kept).is_ok_and(|known| known == text) {
            fs::create_dir_all(kept.parent().unwrap_or(&self.kept))?;
            fs::write(&kept, text)?;
        }
        let there = self.root.join(file);
        fs::write(&there, text)?;
        fs::File::options().write(true).open(&there)?.set_modified(fs::metadata(&kept)?.modified()?)
    }

    /// Puts every fault that compiles into the tree; `refused` holds the keys of some that are known not to.
    pub fn compile(&self, refused: &HashSet<String>) -> io::Result<Compiled> {
        let mut faults: Vec<Fault> = Vec::new();
        for (file, source) in &self.sources {
            faults.extend(recherche::faults(file, source, faults.len()).map_err(|error| io::Error::other(format!("{file}: {error}")))?);
        }
        let text = fs::read_to_string(self.root.join("src/lib.rs"))?;
        self.put("src/lib.rs", &format!("{text}\n#[doc(hidden)]\npub mod mutant;\n"))?;
        self.put("src/mutant.rs", MODULE)?;
        let (mut unviable, mut faults): (Vec<Fault>, Vec<Fault>) = faults.into_iter().partition(|fault| refused.contains(&fault.key()));
        for round in 1..=ROUNDS_MAX {
            let places = self.write(&faults)?;
            eprintln!("   Compilation {round} : {} fautes, {} qui ne se compilent pas", faults.len(), unviable.len());
            let wrong = self.complaints(&places)?;
            if wrong.is_empty() {
                let [library, it] = self.programs()?;
                return Ok(Compiled { faults, unviable, library, it });
            }
            let (out, kept) = faults.into_iter().partition(|fault| wrong.contains(&fault.id));
            unviable.extend::<Vec<Fault>>(out);
            faults = kept;
        }
        Err(io::Error::other("trop de fautes ne se compilent pas"))
    }

    fn write(&self, faults: &[Fault]) -> io::Result<Vec<(String, Written)>> {
        let mut all = Vec::new();
        for (file, source) in &self.sources {
            let own: Vec<Fault> = faults.iter().filter(|fault| fault.file == *file).cloned().collect();
            let one = written(source, &own);
            self.put(file, &one.text)?;
            all.push((file.clone(), one));
        }
        Ok(all)
    }

    fn cargo(&self, arguments: &[&str]) -> io::Result<Vec<Value>> {
        let mut command = Command::new("cargo");
        command.args(arguments).args(TARGETS).current_dir(&self.root).stdin(Stdio::null()).stderr(Stdio::inherit());
        command.env_remove("RUSTC_WORKSPACE_WRAPPER").env_remove("RUSTFLAGS");
        // The text of the statements is long: its lines are no use here.
        let output = command.env("CARGO_TERM_QUIET", "true").output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !output.status.success() && !messages.iter().any(is_error) {
            return Err(io::Error::other("cargo a échoué"));
        }
        Ok(messages)
    }

    /// The faults that the compiler refuses.
    fn complaints(&self, written: &[(String, Written)]) -> io::Result<BTreeSet<usize>> {
        let messages = self.cargo(&["check", "--lib"])?;
        let mut wrong = BTreeSet::new();
        for message in messages.iter().filter(|message| is_error(message)) {
            let spans = message["message"]["spans"].as_array().cloned().unwrap_or_default();
            if spans.is_empty() {
                continue;
            }
            // What is complained of, else what is said beside it.
            let (first, others): (Vec<&Value>, Vec<&Value>) = spans.iter().partition(|span| span["is_primary"] == true);
            let guilty = first.iter().chain(&others).find_map(|span| guilty(span, written));
            let Some(id) = guilty else {
                return Err(io::Error::other(format!(
                    "ceci ne se compile pas, et n’est pas une faute :\n{}",
                    message["message"]["rendered"].as_str().unwrap_or_default()
                )));
            };
            wrong.insert(id);
        }
        Ok(wrong)
    }

    /// The test programs: that of the library, and `it`.
    fn programs(&self) -> io::Result<[PathBuf; 2]> {
        let messages = self.cargo(&["test", "--no-run", "--lib", "--test", "it"])?;
        if let Some(error) = messages.iter().find(|message| is_error(message)) {
            return Err(io::Error::other(error["message"]["rendered"].as_str().unwrap_or_default().to_string()));
        }
        let program = |kind: &str| {
            let of =
                |message: &&Value| message["target"]["kind"][0] == kind && message["executable"].is_string() && message["profile"]["test"] == true;
            let found = messages.iter().find(of).and_then(|message| message["executable"].as_str()).map(PathBuf::from);
            found.ok_or_else(|| io::Error::other(format!("cargo ne dit pas où est le programme de test « {kind} »")))
        };
        Ok([program("lib")?, program("test")?])
    }
}

fn is_error(message: &Value) -> bool {
    message["reason"] == "compiler-message" && message["message"]["level"] == "error"
}

/// The fault whose text is the smallest around a span.
fn guilty(span: &Value, written: &[(String, Written)]) -> Option<usize> {
    let file = span["file_name"].as_str()?;
    let (_, one) = written.iter().find(|(name, _)| Path::new(file).ends_with(name))?;
    let (start, end) = (span["byte_start"].as_u64()? as usize, span["byte_end"].as_u64()? as usize);
    let around = one.places.iter().filter(|(first, last, _)| *first <= start && end <= *last);
    around.min_by_key(|(first, last, _)| last - first).map(|(.., id)| *id)
}
