//! A server written for node that a test starts: a mail server, an identity provider.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The server; it ends with its standard input, or with this.
pub struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        // For a test that stops on the way.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Node {
    /// Starts `tests/<script>`; the line that it says first.
    pub fn start(script: &str, arguments: &[&str]) -> (Self, String) {
        let mut process = Command::new("node")
            .arg(format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR")))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node, which bin/setup --tests installs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        (Self(process), line)
    }
}
