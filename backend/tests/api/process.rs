//! The service as a process of its own.

use std::io::BufRead;
use std::process::{Child, Command, Stdio};

pub fn ringproof(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringproof"));
    command.args(arguments).env_clear().current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.env("HTTP_LISTEN", "127.0.0.1:0").env("OPS_LISTEN", "127.0.0.1:0");
    command
}

/// A process that ends with the test, also when the test fails.
pub struct Process(pub Child);

impl Process {
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Asks it to stop, as an orchestrator does, and returns its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails when it has ended already, which is as good.
        let _ = self.0.kill();
    }
}

/// The first line that a process prints with this word in it.
pub fn line_with(output: &mut impl BufRead, word: &str) -> String {
    for line in output.by_ref().lines() {
        let line = line.unwrap();
        if line.contains(word) {
            return line;
        }
    }
    panic!("the process ended without a line with {word}");
}
