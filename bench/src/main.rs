//! What requests cost: processor time of the servers, beside a reference in the same run, because machines differ and
//! are noisy. Linux only. `cargo xtask bench` builds what it needs and calls it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool for developers' machines that shows figures"
)]

mod cpu;
mod entropy;
mod growth;
mod http;
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
    /// Health, lists from the cache and past it, `get`, `me` and `create`, beside a bare Worker
    Http {
        /// On which runtimes [default: workerd and spin]
        #[arg(long)]
        runtime: Vec<Runtime>,
        /// How many rows the table of products has
        #[arg(long, default_value_t = 100_000)]
        products: u32,
        /// How many requests of each kind in a round
        #[arg(long, default_value_t = 2_000)]
        requests: u32,
        /// How many requests at a time
        #[arg(long, default_value_t = 16)]
        concurrency: u32,
        /// How many rounds; the median is told
        #[arg(long, default_value_t = 3)]
        rounds: usize,
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
        What::Http { runtime, products, requests, concurrency, rounds } => {
            let runtimes = if runtime.is_empty() { vec![Runtime::Workerd, Runtime::Spin] } else { runtime };
            http::run(&runtimes, http::Load { products, requests, concurrency, rounds }).await
        }
        What::LoginAlike { tries } => login_alike::run(tries).await,
    }
}
