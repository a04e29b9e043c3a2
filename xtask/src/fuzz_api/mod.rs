//! `cargo xtask fuzz-api`: requests that schemathesis makes up from the served OpenAPI document, by everybody who may
//! call: the administrator, somebody with an account, and anybody.

mod caller;
mod report;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use harness::wrangler::Vars;
use harness::{Options, Runtime, Server, process};

use crate::cli::FuzzApi;
use crate::{build, setup, ui};

use caller::Caller;
use report::Report;

/// Enough for lists to have several pages.
const PRODUCTS: u32 = 200;

/// Runs everybody on each runtime.
///
/// # Errors
/// When something does not compile or cannot be started; findings are a failure code instead.
pub(crate) fn run(options: &FuzzApi) -> Result<ExitCode> {
    let runtimes = if options.runtime.is_empty() { Runtime::ALL.to_vec() } else { options.runtime.clone() };
    let schemathesis = setup::for_fuzzing()?;
    runtimes.iter().try_for_each(|runtime| build::build_for_tests(*runtime))?;
    let mut lines = Vec::new();
    let mut good = true;
    for runtime in runtimes {
        let server = start(runtime)?;
        for caller in Caller::all(&server)? {
            ui::step(&format!("fuzzing {runtime} as {}", caller.name()));
            let started = Instant::now();
            let report = fuzz(&server, &caller, &schemathesis, options)?;
            good &= report.good();
            lines.push(format!(
                "{:>7}, {:<13}: {report} in {:.0} s",
                runtime.name(),
                caller.name(),
                started.elapsed().as_secs_f64()
            ));
        }
    }
    ui::say("");
    for line in lines {
        ui::say(&line);
    }
    ui::say(if good { "No failures." } else { "There are failures: see schemathesis's messages above." });
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Limits would answer most requests by 429; what they do has tests of its own.
fn start(runtime: Runtime) -> Result<Server> {
    let vars = Vars::from([("LIMITS".to_owned(), "off".to_owned())]);
    Server::start(runtime, Options { vars, products: PRODUCTS, ..Options::default() })
}

fn fuzz(
    server: &Server,
    caller: &Caller,
    schemathesis: &setup::Environment,
    options: &FuzzApi,
) -> Result<Report> {
    let directory = server.state().join(format!("fuzz-{}", caller.name()));
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let config = directory.join("schemathesis.toml");
    std::fs::write(&config, caller.config()?)
        .with_context(|| format!("cannot write {}", config.display()))?;
    let report = directory.join("report.json");
    let mut command = schemathesis.command();
    command.arg("--config-file").arg(&config).arg("run").arg(format!("{}/openapi.json", server.base_url()));
    command.args(["--max-examples", &options.examples.to_string(), "--seed", &options.seed.to_string()]);
    command.arg("--report-json-path").arg(&report).args(&options.arguments);
    let status = process::run_to_end("schemathesis", &command)?;
    let report = Report::read(&report)?;
    Ok(if status.success() { report } else { report.failed() })
}
