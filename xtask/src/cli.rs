//! What can be typed after `cargo xtask`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use harness::Runtime;

use crate::audit::Anchor;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project commands", disable_version_flag = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Install every tool and target that the other commands need; they also do it themselves
    Setup,
    /// Build, migrate, seed and serve API and consumer on this machine, with a mail sink
    Dev(Dev),
    /// Fill the database that `dev` serves with products and users, always the same ones; stop `dev` first
    Seed(Seed),
    /// Build Wasm: Workers and Spin components; nothing happens when nothing changed
    Build(Build),
    /// Run everything that CI runs: unit tests, then the black-box suite on each runtime
    Test(Test),
    /// Send made-up requests to the API, driven by its OpenAPI document, and hold the answers to it
    FuzzApi(FuzzApi),
    /// Measure what requests cost, beside a reference in the same run (Linux)
    Bench(Bench),
    /// Run clippy for the three targets, where warnings are errors, `generate --check` and `lint-api`
    Lint,
    /// Run redocly and spectral on the OpenAPI document; warnings are errors
    LintApi,
    /// Write the documents that are made from code
    Generate(Generate),
    /// Write every file of a new resource, and its line in each registry
    NewResource(NewResource),
    /// Make and change the keys that tokens are signed with
    Keys {
        #[command(subcommand)]
        command: Keys,
    },
    /// Look at the audit log of a database
    #[command(subcommand)]
    Audit(Audit),
    /// Check the licences and sources of all dependencies
    Deny,
    /// Build the edge Worker and fail when it is larger than its budget
    Size,
    /// Run a command and end its process group when standard input closes
    #[command(hide = true)]
    Supervise {
        /// The command and its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Port of the API
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// What to run on: workerd through wrangler, or Spin (`spin` when it is on PATH, else the embedded host)
    #[arg(long, value_enum, default_value_t = DevRuntime::Workerd)]
    pub(crate) runtime: DevRuntime,
    /// Where the database and the admin's login are kept [default: .ashlar/dev-RUNTIME]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Forget the state first
    #[arg(long)]
    pub(crate) fresh: bool,
    /// How many products to start with
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) seed: u32,
    /// Port of the mail sink
    #[arg(long, value_name = "PORT", default_value_t = 8025)]
    pub(crate) mail_port: u16,
    /// Whether rate limits hold; switch them off for benchmarks
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) limits: Switch,
}

#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// How many products there are to be; ones that exist stay as they are
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) products: u32,
    /// How many users there are to be, beside the admin; nobody can sign in as one of them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) users: u32,
    /// Whose database
    #[arg(long, value_enum, default_value_t = DevRuntime::Workerd)]
    pub(crate) runtime: DevRuntime,
    /// The state directory that `dev` is given [default: .ashlar/dev-RUNTIME]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DevRuntime {
    Workerd,
    Spin,
}

impl From<DevRuntime> for Runtime {
    fn from(runtime: DevRuntime) -> Self {
        match runtime {
            DevRuntime::Workerd => Self::Workerd,
            DevRuntime::Spin => Self::Spin,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Switch {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Compute the chain of hashes anew, and fail where it does not hold
    Verify(AuditVerify),
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// An SQLite file: Spin's, or an export of D1 that was read into one [default: what `dev` keeps]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["runtime", "state"])]
    pub(crate) database: Option<PathBuf>,
    /// Of `dev` on this runtime
    #[arg(long, value_enum, default_value_t = DevRuntime::Workerd)]
    pub(crate) runtime: DevRuntime,
    /// The state directory that `dev` was given
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// A place in the chain that was kept elsewhere, from the log or from `GET /audit/verify`; may be given several times
    #[arg(long, value_name = "SEQ:HASH")]
    pub(crate) expect: Vec<Anchor>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// What to build
    #[arg(value_enum, default_value_t = BuildTarget::All)]
    pub(crate) target: BuildTarget,
    /// With the routes that exist only for tests; goes to a place of its own
    #[arg(long)]
    pub(crate) test_routes: bool,
    /// Without wasm-opt: what `dev` does after a change
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuildTarget {
    /// The API Worker
    Edge,
    /// The consumer Worker
    QueueConsumer,
    /// Both Spin components, and the embedded host when there is no `spin`
    Spin,
    /// The files that the API page loads; the other targets bring them too
    Page,
    /// The native program that tests and tools use
    Native,
    /// All of them
    All,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Write nothing, and fail when a document is stale
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewResource {
    /// The resource in the plural: lower-case words with `_` between them, such as `order_items`
    pub(crate) name: String,
    /// One of them, where the plural does not tell
    #[arg(long, value_name = "NAME")]
    pub(crate) singular: Option<String>,
    /// Write nothing here, but into a copy of the repository, and run its checks and tests
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Write a fresh key to standard output, as `KID:KEY`
    New,
    /// Put a fresh key in front of the present ones and drop those that nothing is signed with any more
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Change the line `JWT_KEYS=…` of this file, such as `.dev.vars`; else the present value comes from the environment's
    /// `JWT_KEYS` or from standard input, and the new one goes to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// How many days a key stays that does not sign any more: as many as `SESSION_LIFETIME_DAYS`
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) keep_days: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only the black-box suite, on this runtime
    #[arg(long, value_name = "native|workerd|spin")]
    pub(crate) only: Option<Runtime>,
    /// Only tests whose name contains this, and further arguments of the test programs
    #[arg(last = true, value_name = "FILTER")]
    pub(crate) filter: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What is measured
    #[arg(value_enum)]
    pub(crate) what: BenchTarget,
    /// On which runtime; may be given several times [default: all three]
    #[arg(long, value_name = "native|workerd|spin")]
    pub(crate) runtime: Vec<Runtime>,
    /// How many requests of each kind [default: 200, of `http` 2000]
    #[arg(long, value_name = "N")]
    pub(crate) requests: Option<u32>,
    /// Further arguments of the measuring program, as `--products 1000000`
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchTarget {
    /// Processor time of a login and of `GET /me`, beside Argon2id alone
    Login,
    /// What health, lists, `get`, `me` and `create` cost beside a bare Worker (workerd, Spin)
    Http,
    /// Time of lists and reads of products, in tables of 1,000, 100,000 and 1,000,000 of them
    Growth,
    /// Whether the work for a login tells unknown address, wrong password and locked account apart (native)
    LoginAlike,
}

#[derive(Debug, Args)]
pub(crate) struct FuzzApi {
    /// On which runtime; may be given several times [default: all three]
    #[arg(long, value_name = "native|workerd|spin")]
    pub(crate) runtime: Vec<Runtime>,
    /// The most requests that each phase makes up for an operation
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) examples: u32,
    /// The same seed makes up the same requests
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Further arguments of `schemathesis run`
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
