//! `xtask supervise` ends everything that it started, however its own starter ends.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test fails by panicking and may wait")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn supervise(script: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["supervise", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The process ids that the script prints on its first line.
fn printed_pids(child: &mut Child) -> Vec<u32> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// Whether `kill -0` reaches the process and it is no zombie.
fn runs(pid: u32) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn wait_until_gone(pids: &[u32], limit: Duration) {
    let start = Instant::now();
    while pids.iter().any(|pid| runs(*pid)) {
        assert!(start.elapsed() < limit, "still running: {pids:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn closing_standard_input_ends_the_command_and_its_children() {
    let mut child = supervise("sleep 1000 & echo $$ $!; wait");
    let pids = printed_pids(&mut child);
    assert!(pids.iter().all(|pid| runs(*pid)));
    drop(child.stdin.take());
    wait_until_gone(&pids, Duration::from_secs(4));
    child.wait().unwrap();
}

#[test]
fn what_ignores_sigterm_is_killed() {
    let mut child = supervise("trap '' TERM; echo $$; while true; do sleep 1; done");
    let pids = printed_pids(&mut child);
    drop(child.stdin.take());
    wait_until_gone(&pids, Duration::from_secs(15));
    child.wait().unwrap();
}

#[test]
fn a_killed_starter_leaves_nothing_behind() {
    let xtask = Path::new(env!("CARGO_BIN_EXE_xtask")).display();
    // The outer shell holds the pipe; SIGKILL gives it no chance to clean up.
    let script = format!("sleep 1000 | '{xtask}' supervise -- sh -c 'sleep 1000 & echo $$ $!; wait'");
    let mut starter = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let pids = printed_pids(&mut starter);
    let writer =
        Command::new("ps").args(["-o", "pid=,args=", "--ppid", &starter.id().to_string()]).output().unwrap();
    let writer = String::from_utf8(writer.stdout).unwrap();
    let writer = writer.lines().find(|line| line.contains("sleep 1000") && !line.contains("supervise"));
    let writer = writer.and_then(|line| line.split_whitespace().next()).unwrap();
    Command::new("kill").args(["-KILL", writer]).status().unwrap();
    wait_until_gone(&pids, Duration::from_secs(4));
    starter.wait().unwrap();
}

#[test]
fn the_exit_code_is_the_commands_own() {
    let mut child = supervise("exit 7");
    // `wait` closes the pipe of a child that still has it, which asks the supervisor to end.
    let pipe = child.stdin.take();
    assert_eq!(child.wait().unwrap().code(), Some(7));
    drop(pipe);
}

#[test]
fn children_that_outlive_the_command_are_ended() {
    let mut child = supervise("sleep 1000 & echo $!");
    let pids = printed_pids(&mut child);
    child.wait().unwrap();
    wait_until_gone(&pids, Duration::from_secs(1));
}
