//! `cargo xtask bench`: builds the servers and runs the measuring program, crate `bench`.

use anyhow::Result;
use harness::Runtime;

use crate::cli::{Bench, BenchTarget};
use crate::{build, cargo};

/// Measures, and prints the figures.
///
/// # Errors
/// When something does not compile, a server does not do as expected, or figures are what they must not be.
pub(crate) fn run(options: &Bench) -> Result<()> {
    let runtimes = match (options.what, options.runtime.as_slice()) {
        (BenchTarget::LoginAlike, _) => vec![Runtime::Native],
        (BenchTarget::Login | BenchTarget::Growth, []) => Runtime::ALL.to_vec(),
        (BenchTarget::Login | BenchTarget::Growth, chosen) => chosen.to_vec(),
    };
    runtimes.iter().try_for_each(|runtime| build::build_for_tests(*runtime))?;
    let mut command = cargo::command("cargo");
    command.args(["run", "--quiet", "--release", "--package", "ashlar-bench", "--"]);
    let requests = options.requests.to_string();
    match options.what {
        BenchTarget::Login => command.args(["login", "--requests", &requests]),
        BenchTarget::Growth => command.args(["growth", "--requests", &requests]),
        BenchTarget::LoginAlike => command.args(["login-alike", "--tries", &requests]),
    };
    if options.what != BenchTarget::LoginAlike {
        command.args(runtimes.iter().flat_map(|runtime| ["--runtime", runtime.name()]));
    }
    cargo::run("the benchmark", &command, "the benchmark did not end well: see its messages above")
}
