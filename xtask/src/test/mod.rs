//! `cargo xtask test`: builds everything once, runs the unit tests, then the same black-box suite on each runtime.

mod compare;
mod leaks;
mod new_resource;
mod results;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use harness::process::{OnLine, Supervised};
use harness::{Runtime, evidence, state};

use crate::cli::{NewResource, Test};
use crate::{build, cargo, ui};

use results::Counts;

/// One run of `cargo test`, with its name in the summary.
struct Suite {
    name: &'static str,
    command: Command,
    /// Where its servers' logs are kept until they have been searched for secrets.
    evidence: Option<PathBuf>,
    /// Whether all its tests run.
    whole: bool,
}

/// What came of it.
struct Report {
    name: &'static str,
    counts: Counts,
    took: Duration,
}

/// Builds and runs what the options ask for.
///
/// # Errors
/// When something does not compile or cannot be started; failed tests are a failure code instead.
pub(crate) fn run(options: &Test) -> Result<ExitCode> {
    let runtimes: Vec<Runtime> = options.only.map_or_else(|| Runtime::ALL.to_vec(), |only| vec![only]);
    let with_unit_tests = options.only.is_none();
    build_for(&runtimes, with_unit_tests)?;

    let mut reports = Vec::new();
    if with_unit_tests {
        ui::step("running the unit tests");
        reports.push(run_suite(&unit_tests(&options.filter), "")?);
    }
    if with_unit_tests && options.filter.is_empty() {
        reports.push(new_resource::run(&new_resource::example())?);
    }
    compare::prepare(&runtimes)?;
    ui::step(&format!("running the black-box suite on {}", names(&runtimes)));
    let suites = runtimes.iter().map(|runtime| black_box(*runtime, &options.filter));
    reports.extend(run_side_by_side(suites.collect::<Result<_>>()?)?);
    reports.extend(compare::run(&runtimes)?);
    Ok(summarize(&reports))
}

/// Proves that a new resource passes as it is written.
///
/// # Errors
/// When something cannot be started; what fails is a failure code instead.
pub(crate) fn new_resource(options: &NewResource) -> Result<ExitCode> {
    Ok(summarize(&[new_resource::run(options)?]))
}

fn build_for(runtimes: &[Runtime], with_unit_tests: bool) -> Result<()> {
    runtimes.iter().try_for_each(|runtime| build::build_for_tests(*runtime))?;
    ui::step("building the tests");
    let failure = "the tests did not compile: see cargo's messages above";
    if with_unit_tests {
        let mut command = unit_tests(&[]).command;
        cargo::run("cargo", command.args(["--no-run", "--quiet"]), failure)?;
    }
    let mut command = cargo::command("cargo");
    cargo::run("cargo", command.args(["test", "-p", "ashlar-tests", "--no-run", "--quiet"]), failure)
}

/// Tests inside the crates, and of the crates without a runtime.
fn unit_tests(filter: &[String]) -> Suite {
    let mut command = cargo::command("cargo");
    command.args(["test", "--workspace", "--exclude", "ashlar-tests", "--no-fail-fast"]);
    // The same features as `build_native`, or this would leave a native program without the test routes.
    command.args(["--features", "ashlar-native/test-routes"]);
    Suite { name: "unit", command: with_filter(command, filter), evidence: None, whole: filter.is_empty() }
}

fn black_box(runtime: Runtime, filter: &[String]) -> Result<Suite> {
    let evidence = state::new_server_directory(runtime)?;
    let mut command = cargo::command("cargo");
    command.args(["test", "-p", "ashlar-tests", "--no-fail-fast"]).env("ASHLAR_RUNTIME", runtime.name());
    command.env(evidence::DIRECTORY, &evidence);
    let command = with_filter(command, filter);
    Ok(Suite { name: runtime.name(), command, evidence: Some(evidence), whole: filter.is_empty() })
}

fn with_filter(mut command: Command, filter: &[String]) -> Command {
    if !filter.is_empty() {
        command.arg("--").args(filter);
    }
    command
}

/// Runs all suites at once; each line starts with its suite's name.
fn run_side_by_side(suites: Vec<Suite>) -> Result<Vec<Report>> {
    let prefixed = suites.len() > 1;
    std::thread::scope(|scope| {
        let running: Vec<_> = suites
            .into_iter()
            .map(|suite| {
                let prefix = if prefixed { format!("{:>7} | ", suite.name) } else { String::new() };
                scope.spawn(move || run_suite(&suite, &prefix))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a test runner panicked"))))
            .collect()
    })
}

fn run_suite(suite: &Suite, prefix: &str) -> Result<Report> {
    let started = Instant::now();
    let counts = Arc::new(Mutex::new(Counts::default()));
    let process = Supervised::start(suite.name, &suite.command, &show_and_count(prefix, &counts))?;
    let status = process.wait()?;
    let mut counts = *counts.lock().unwrap_or_else(PoisonError::into_inner);
    if !status.success() && counts.failed == 0 {
        // A test program that does not compile or crashes prints no result line.
        counts.failed = 1;
    }
    if let Some(directory) = &suite.evidence {
        let found = leaks::check(directory, suite.whole);
        let verdict = if found.is_ok() { "ok" } else { "FAILED" };
        ui::say(&format!("{prefix}test no_secret_is_logged ... {verdict}"));
        match found {
            Ok(()) => counts.passed += 1,
            Err(error) => {
                counts.failed += 1;
                ui::say(&format!("{prefix}{error:#}"));
            }
        }
    }
    Ok(Report { name: suite.name, counts, took: started.elapsed() })
}

fn show_and_count(prefix: &str, counts: &Arc<Mutex<Counts>>) -> OnLine {
    let (prefix, counts) = (prefix.to_owned(), Arc::clone(counts));
    Arc::new(move |line: &str| {
        if let Some(found) = Counts::from_line(line) {
            counts.lock().unwrap_or_else(PoisonError::into_inner).add(found);
        }
        ui::say(&format!("{prefix}{line}"));
    })
}

/// Prints a line per suite and the total as the last line of all.
fn summarize(reports: &[Report]) -> ExitCode {
    let mut total = Counts::default();
    ui::say("");
    for Report { name, counts, took } in reports {
        total.add(*counts);
        ui::say(&format!(
            "{name:>7}: {} passed, {} failed, {} ignored in {:.1} s",
            counts.passed,
            counts.failed,
            counts.ignored,
            took.as_secs_f64()
        ));
    }
    ui::say(&format!("{} passed, {} failed", total.passed, total.failed));
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn names(runtimes: &[Runtime]) -> String {
    runtimes.iter().map(|runtime| runtime.name()).collect::<Vec<_>>().join(", ")
}
