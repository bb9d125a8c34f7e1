//! A fault, and the source that holds all the faults of a file, each behind a switch read when the program runs.

/// How the faulty text takes the place of the true one.
#[derive(Clone, Debug)]
pub enum Form {
    /// An expression instead of another of the same type.
    Instead(String),
    /// The contrary of a truth.
    Negated,
    /// A statement that is not run.
    Skipped,
    /// At the beginning of a function: it answers this at once.
    Answer(String),
    /// After a pattern: its arm is not taken.
    ArmSkipped,
}

/// One fault.
#[derive(Clone, Debug)]
pub struct Fault {
    pub id: usize,
    pub file: String,
    /// First and last byte (excluded) of what is replaced.
    pub start: usize,
    pub end: usize,
    pub line: usize,
    /// In words, for people: it is also what a fault is known by from one run to the next.
    pub what: String,
    pub form: Form,
}

impl Fault {
    /// What it is known by, whatever its line and its number.
    pub fn key(&self) -> String {
        format!("{}|{}", self.file, self.what)
    }
}

/// A file with its faults, and where each of them went.
pub struct Written {
    pub text: String,
    /// First and last byte of what each fault added, with its number: what a compiler complains of is a fault's.
    pub places: Vec<(usize, usize, usize)>,
}

const ON: &str = "crate::mutant::on";

/// Puts `faults` into `source`. The places that they replace are apart or one inside the other.
pub fn written(source: &str, faults: &[Fault]) -> Written {
    let mut faults: Vec<&Fault> = faults.iter().collect();
    // The outer first; of one place, all that replaces the expression side by side.
    faults.sort_by_key(|fault| (fault.start, usize::MAX - fault.end, fault.id));
    let mut written = Written { text: String::with_capacity(source.len() * 4), places: Vec::new() };
    let mut next = 0;
    emit(source, &faults, &mut next, 0, source.len(), &mut written);
    assert_eq!(next, faults.len(), "two places cross: {:?}", faults.get(next));
    written
}

fn emit(source: &str, faults: &[&Fault], next: &mut usize, from: usize, to: usize, out: &mut Written) {
    let mut at = from;
    while let Some(fault) = faults.get(*next).filter(|fault| fault.start >= at && fault.end <= to) {
        *next += 1;
        out.text.push_str(&source[at..fault.start]);
        at = fault.end;
        let begin = out.text.len();
        let id = fault.id;
        let after = match &fault.form {
            Form::Instead(faulty) => {
                out.text.push_str(&format!("(if {ON}({id}) {{ {faulty} }} else {{ "));
                " })"
            }
            Form::Negated => {
                out.text.push_str("((");
                // The switch is read once, after the truth.
                &format!(") != {ON}({id}))")
            }
            Form::Skipped => {
                out.text.push_str(&format!("if !{ON}({id}) {{ "));
                " }"
            }
            Form::Answer(answer) => {
                out.text.push_str(&format!(" if {ON}({id}) {{ return {answer}; }}"));
                ""
            }
            Form::ArmSkipped => {
                out.text.push_str(&format!(" if !{ON}({id})"));
                ""
            }
        };
        let faulty_end = out.text.len();
        let own = if matches!(fault.form, Form::Instead(_) | Form::Answer(_)) { (begin, faulty_end) } else { (begin, usize::MAX) };
        emit(source, faults, next, fault.start, fault.end, out);
        out.text.push_str(after);
        let end = out.text.len();
        out.places.push((own.0, if own.1 == usize::MAX { end } else { own.1 }, id));
        // A complaint about the whole expression comes after those about a part.
        out.places.push((begin, end, id));
    }
    out.text.push_str(&source[at..to]);
}

/// The module that the faulty sources ask: which fault is on, and which ones are passed by.
pub const MODULE: &str = r#"//! Which fault is on.
use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ACTIVE: LazyLock<usize> = LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX));
static REACHED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("MUTANT_REACHED").ok());
static SEEN: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];

/// Whether fault `id` is on.
pub fn on(id: usize) -> bool {
    if let Some(path) = REACHED.as_ref()
        && !SEEN[id].swap(true, Ordering::Relaxed)
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        let _lost = file.write_all(format!("{id}\n").as_bytes());
    }
    *ACTIVE == id
}
"#;
