//! What the commands say on their standard output.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

/// What a program ends with when nobody reads it any more, as the shell tells a closed pipe.
const NOBODY_READS: i32 = 141;

/// Says `text` and ends the line.
pub(super) fn dire(text: impl Display) {
    ecrire(format_args!("{text}\n"));
}

/// Says `text`. A reader that left (`gardel check | head`) ends the program: nothing of it is wrong.
pub(super) fn ecrire(text: impl Display) {
    let mut out = stdout().lock();
    let said = write!(out, "{text}").and_then(|()| out.flush());
    if said.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(NOBODY_READS);
    }
}
