//! What requests cost: processor time of the servers, beside a reference in the same run, because machines differ and
//! are noisy. Linux only. `cargo xtask bench` builds what it needs and calls it.

#![expect(clippy::print_stdout, reason = "a tool for developers' machines that shows figures")]

mod cpu;
mod entropy;
mod growth;
mod login;
mod login_alike;

use anyhow::Result;
use clap::{Parser, Subcommand};
use harness::Runtime;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", about = "What requests cost", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A login, `GET /me`, and Argon2id alone
    Login {
        /// On which runtimes [default: all]
        #[arg(long)]
        runtime: Vec<Runtime>,
        /// How many of each
        #[arg(long, default_value_t = 200)]
        requests: u32,
    },
    /// Lists and reads in small tables and in large ones
    Growth {
        /// On which runtimes [default: all]
        #[arg(long)]
        runtime: Vec<Runtime>,
        /// How many products the tables have
        #[arg(long, value_delimiter = ',', default_values_t = [1000, 100_000, 1_000_000])]
        products: Vec<u32>,
        /// How many requests of each kind
        #[arg(long, default_value_t = 200)]
        requests: u32,
    },
    /// Unknown address, wrong password and locked account: fails when the work tells them apart
    LoginAlike {
        /// How many of each
        #[arg(long, default_value_t = 200)]
        tries: u32,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let or_all = |runtimes: Vec<Runtime>| if runtimes.is_empty() { Runtime::ALL.to_vec() } else { runtimes };
    match Cli::parse().what {
        What::Login { runtime, requests } => login::run(&or_all(runtime), requests).await,
        What::Growth { runtime, products, requests } => {
            growth::run(&or_all(runtime), &products, requests).await
        }
        What::LoginAlike { tries } => login_alike::run(tries).await,
    }
}
