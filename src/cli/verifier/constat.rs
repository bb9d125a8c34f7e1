//! What was found, told line by line, and how far a long reading is.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::sortie::dire;

/// Faults told of one kind of thing; the others are counted.
const TOLD_MAX: u64 = 20;

/// The faults found so far.
#[derive(Default)]
pub(super) struct Constat {
    fautes: u64,
    /// Those of the part being looked at.
    ici: u64,
    /// Things that may be as they should, which somebody must look at.
    a_voir: u64,
}

impl Constat {
    /// How many there are.
    pub(super) fn fautes(&self) -> u64 {
        self.fautes
    }

    /// One more.
    pub(super) fn faute(&mut self, sentence: &str) {
        self.fautes += 1;
        self.ici += 1;
        if self.ici <= TOLD_MAX {
            dire(format_args!("Faute : {sentence}"));
        }
    }

    /// Something that may be right, and may not: told, and no fault.
    pub(super) fn a_voir(&mut self, sentence: &str) {
        self.a_voir += 1;
        dire(format_args!("À voir : {sentence}"));
    }

    /// A part was looked at: `sentence` when nothing of it is wrong, else how many faults of it were not told. A new part begins.
    pub(super) fn partie(&mut self, sentence: &str) {
        match std::mem::take(&mut self.ici) {
            0 => dire(format_args!("{sentence}")),
            more if more > TOLD_MAX => dire(format_args!("Et {} autre(s) de la même sorte.", more - TOLD_MAX)),
            _ => {}
        }
    }

    /// The last line; whether all is as it should be.
    pub(super) fn ends(&self) -> bool {
        match self.fautes {
            0 if self.a_voir > 0 => dire("Aucune faute ; ce qui est à voir demande une personne."),
            0 => dire("Tout est en ordre."),
            1 => dire("Une faute a été trouvée."),
            many => dire(format_args!("{many} fautes ont été trouvées.")),
        }
        self.fautes == 0
    }
}

/// How far a long reading is: a bar before a person, a line for each tenth in a log.
pub(super) struct Avance {
    bar: ProgressBar,
    nom: &'static str,
    total: u64,
    done: u64,
    terminal: bool,
}

impl Avance {
    /// Nothing of `total` is read.
    pub(super) fn new(nom: &'static str, total: u64) -> Self {
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template("{prefix:<12} {bar:40} {percent:>3} % ({eta}) {msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(nom);
        Self { bar, nom, total, done: 0, terminal: std::io::stderr().is_terminal() }
    }

    /// `more` was read, of `what`.
    pub(super) fn plus(&mut self, more: u64, what: &str) {
        let tenth = |done: u64| done.saturating_mul(10) / self.total.max(1);
        let (before, after) = (tenth(self.done), tenth(self.done + more));
        self.done += more;
        self.bar.set_message(what.to_string());
        self.bar.set_position(self.done);
        if !self.terminal && after > before && after < 10 {
            eprintln!("{} : {} % ({what})", self.nom, after * 10);
        }
    }
}

impl Drop for Avance {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
