//! The program itself: how it starts, answers and ends. What it answers belongs to the black-box suites.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use anyhow::Context as _;

/// A bound to fail by, not a time to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// A state directory that is removed again.
struct State(PathBuf);

impl State {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("ashlar-native-{name}-{}", std::process::id())))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // What stays behind in the system's temporary directory harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(state: &State, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ashlar-native"));
    command.args(["--listen", "127.0.0.1:0"]).arg("--state-dir").arg(&state.0).args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn fail(state: &State, arguments: &[&str]) -> std::io::Result<Output> {
    command(state, arguments).output()
}

/// A running program.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(state: &State) -> anyhow::Result<Self> {
        let mut process =
            command(state, &["--variable", "ENVIRONMENT=development", "--variable", "LOG_LEVEL=error"])
                .spawn()?;
        let mut output = BufReader::new(process.stdout.take().context("a pipe")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address =
            line.trim_end().strip_prefix("Serving http://").with_context(|| format!("found {line:?}"))?;
        Ok(Self { address: address.to_owned(), process, output })
    }

    /// Sends a signal and answers the exit code and what the program printed since it was ready.
    fn end(mut self, signal: &str) -> anyhow::Result<(Option<i32>, String)> {
        Command::new("kill").args([signal, &self.process.id().to_string()]).status()?;
        let code = self.process.wait()?.code();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest)?;
        Ok((code, rest))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, or its test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request on a connection that stays open and answers the status line.
fn ask(stream: &mut TcpStream, target: &str) -> anyhow::Result<String> {
    write!(stream, "GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    answer(stream)
}

/// Reads a response and answers its status line.
fn answer(stream: &mut TcpStream) -> anyhow::Result<String> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_ascii_lowercase());
    }
    let length =
        lines.iter().find_map(|line| line.strip_prefix("content-length: ")).context("a content-length")?;
    let mut body = vec![0; length.parse()?];
    reader.read_exact(&mut body)?;
    lines.into_iter().next().context("a status line")
}

#[test]
fn a_connection_carries_many_requests() {
    let state = State::new("keep-alive");
    let server = Server::start(&state).unwrap();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for _ in 0..5 {
        assert_eq!(ask(&mut stream, "/healthz").unwrap(), "http/1.1 200 ok");
        assert_eq!(ask(&mut stream, "/nothing-is-here").unwrap(), "http/1.1 404 not found");
    }
}

#[test]
fn a_body_that_nobody_wants_does_not_cost_the_response() {
    let state = State::new("large-body");
    let server = Server::start(&state).unwrap();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = vec![b' '; 8 * 1024 * 1024];
    for _ in 0..5 {
        let head =
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        write!(stream, "{head}content-length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(&body).unwrap();
        assert_eq!(answer(&mut stream).unwrap(), "http/1.1 413 payload too large");
        assert_eq!(ask(&mut stream, "/healthz").unwrap(), "http/1.1 200 ok");
    }
}

#[test]
fn signals_end_it_and_its_state_can_be_used_again() {
    let state = State::new("signals");
    for signal in ["-TERM", "-INT", "-KILL", "-TERM"] {
        let server = Server::start(&state).unwrap();
        let mut open = TcpStream::connect(&server.address).unwrap();
        open.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(ask(&mut open, "/readyz").unwrap(), "http/1.1 200 ok");
        let (code, rest) = server.end(signal).unwrap();
        assert_eq!(code, if signal == "-KILL" { None } else { Some(0) }, "{signal}");
        assert_eq!(rest, "", "standard output is one line");
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let state = State::new("settings");
    let wrong = [
        (&["--variable", "ENVIRONMENT=staging"][..], "ENVIRONMENT"),
        (&["--variable", "ENVIRONMENT=production"], "PUBLIC_URL"),
        (&["--variable", "ENVIRONMENT=development", "--variable", "LOGIN_LIMT=5"], "LOGIN_LIMT"),
        (&["--variable", "ENVIRONMENT"], "NAME=VALUE"),
        (&["--tick-ms", "0"], "--tick-ms"),
    ];
    for (arguments, named) in wrong {
        let output = fail(&state, arguments).unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(named), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty());
    }
    assert!(!state.0.exists(), "wrong settings leave nothing behind");
}

#[test]
fn an_address_in_use_is_named() {
    let (state, other) = (State::new("in-use"), State::new("in-use-other"));
    let server = Server::start(&state).unwrap();
    let mut taken = Command::new(env!("CARGO_BIN_EXE_ashlar-native"));
    taken
        .args(["--listen", &server.address, "--variable", "ENVIRONMENT=development", "--state-dir"])
        .arg(&other.0);
    let output = taken.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&server.address));
}
