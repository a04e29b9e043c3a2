//! The project commands: set up, build, serve, test. They drive cargo, worker-build, wrangler and Spin; what is built
//! and how it is bound stands in the manifests, which work without xtask too.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool for developers' machines: it has clocks, threads and an environment, and no ports"
)]

mod audit;
mod bench;
mod build;
mod cargo;
mod checks;
mod cli;
mod dev;
mod fuzz_api;
mod keys;
mod lint_api;
mod new_resource;
mod setup;
mod test;
mod ui;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Audit, Cli, Command};

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Audit(Audit::Verify(options)) => audit::verify(&options),
        Command::Setup => setup::everything().map(|()| ExitCode::SUCCESS),
        Command::Dev(options) => dev::run(&options),
        Command::Seed(options) => dev::seed(&options).map(|()| ExitCode::SUCCESS),
        Command::Build(options) => build::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Test(options) => test::run(&options),
        Command::FuzzApi(options) => fuzz_api::run(&options),
        Command::Bench(options) => bench::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Lint => checks::lint().map(|()| ExitCode::SUCCESS),
        Command::Generate(options) => checks::generate(&options).map(|()| ExitCode::SUCCESS),
        Command::LintApi => lint_api::run().map(|()| ExitCode::SUCCESS),
        Command::NewResource(options) => new_resource::run(&options),
        Command::Keys { command } => keys::run(&command).map(|()| ExitCode::SUCCESS),
        Command::Deny => checks::deny().map(|()| ExitCode::SUCCESS),
        Command::Size => build::size::check().map(|()| ExitCode::SUCCESS),
        Command::Supervise { command } => harness::supervise::run(&command),
    };
    result.unwrap_or_else(|error| {
        ui::error(&error);
        ExitCode::FAILURE
    })
}
