//! `cargo xtask bench`: builds the servers and runs the measuring program, crate `bench`.

use anyhow::Result;
use harness::Runtime;
use harness::build_outputs::{Part, Variant};

use crate::cli::{Bench, BenchTarget};
use crate::{build, cargo};

/// Measures, and prints the figures.
///
/// # Errors
/// When something does not compile, a server does not do as expected, or figures are what they must not be.
pub(crate) fn run(options: &Bench) -> Result<()> {
    let runtimes = match (options.what, options.runtime.as_slice()) {
        (BenchTarget::LoginAlike, _) => vec![Runtime::Native],
        (BenchTarget::Http, []) => vec![Runtime::Workerd, Runtime::Spin],
        (BenchTarget::Login | BenchTarget::Growth, []) => Runtime::ALL.to_vec(),
        (_, chosen) => chosen.to_vec(),
    };
    runtimes.iter().try_for_each(|runtime| build::build_for_tests(*runtime))?;
    if options.what == BenchTarget::Http && runtimes.contains(&Runtime::Workerd) {
        build::build_worker(Part::Edge, Variant::Release, build::Effort::Full)?;
    }
    let mut command = cargo::command("cargo");
    command.args(["run", "--quiet", "--release", "--package", "ashlar-bench", "--"]);
    let http = options.what == BenchTarget::Http;
    let requests = options.requests.unwrap_or(if http { 2_000 } else { 200 }).to_string();
    match options.what {
        BenchTarget::Http => command.args(["http", "--requests", &requests]),
        BenchTarget::Login => command.args(["login", "--requests", &requests]),
        BenchTarget::Growth => command.args(["growth", "--requests", &requests]),
        BenchTarget::LoginAlike => command.args(["login-alike", "--tries", &requests]),
    };
    if options.what != BenchTarget::LoginAlike {
        command.args(runtimes.iter().flat_map(|runtime| ["--runtime", runtime.name()]));
    }
    command.args(&options.arguments);
    cargo::run("the benchmark", &command, "the benchmark did not end well: see its messages above")
}
