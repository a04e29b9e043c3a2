//! The contract suite on the native adapter: in memory, and on a file that another process has open too.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use contract::Context;
use native::echo::EchoServer;
use native::{Instance, SystemClock};
use tokio::task::LocalSet;

/// A directory that is removed again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("ashlar-contract-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind in the system's temporary directory harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, future)
}

/// Runs every case and fails with all failures at once.
async fn run_all(instance: Instance, echo: &EchoServer) -> anyhow::Result<()> {
    let context = Context { ports: instance.ports, echo_url: Some(echo.url().to_owned()) };
    let mut failures = Vec::new();
    for case in contract::cases() {
        if let Err(error) = case.run(&context).await {
            failures.push(format!("{}: {error:#}", case.name));
        }
    }
    anyhow::ensure!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

fn run_on_file(state: &Path) -> anyhow::Result<()> {
    let echo = EchoServer::start()?;
    block_on(async { run_all(Instance::open(state, Rc::new(SystemClock)).await?, &echo).await })
}

#[test]
fn the_contract_holds_in_memory() {
    let echo = EchoServer::start().unwrap();
    block_on(async { run_all(Instance::in_memory(Rc::new(SystemClock)).await?, &echo).await }).unwrap();
}

#[test]
fn the_contract_holds_on_a_file() {
    let scratch = Scratch::new("file").unwrap();
    run_on_file(&scratch.0).unwrap();
}

/// Threads with connections of their own stand for processes: `SQLite` locks between connections.
#[test]
fn the_contract_holds_while_others_use_the_file() {
    let scratch = Scratch::new("shared").unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| run_on_file(&scratch.0))).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
}
