//! What requests cost beside the floor of their runtime in the same run: a bare Worker on workerd, `GET /healthz` elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use harness::build_outputs::{Part, Variant};
use harness::process::{OnLine, Supervised};
use harness::template::{self, Content};
use harness::wrangler::{self, Vars};
use harness::{Admin, Options, Runtime, Server, ports, state, workspace};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{cpu, login};

/// How long a Worker may take to its first answer.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What is measured, and how much of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Rows in the table of products.
    pub(crate) products: u32,
    /// Requests of each kind in a round.
    pub(crate) requests: u32,
    /// Requests at a time.
    pub(crate) concurrency: u32,
    /// Rounds, of which the median is told.
    pub(crate) rounds: usize,
}

/// A server and what it is asked.
struct Target {
    name: &'static str,
    base: String,
    asked: Vec<Asked>,
    /// Ends with the target.
    _process: Box<dyn std::any::Any>,
}

struct Asked {
    what: &'static str,
    method: Method,
    path: Box<dyn Fn(u32) -> String>,
    cookies: String,
    body: Option<Value>,
}

impl Asked {
    fn get(what: &'static str, path: impl Fn(u32) -> String + 'static) -> Self {
        Self { what, method: Method::GET, path: Box::new(path), cookies: String::new(), body: None }
    }
}

/// Prints a table for each runtime.
///
/// # Errors
/// When a server cannot be started or answers otherwise than expected.
pub(crate) async fn run(runtimes: &[Runtime], load: Load) -> Result<()> {
    for runtime in runtimes {
        let targets = match runtime {
            Runtime::Workerd => vec![bare(load).await?, on_workerd(load).await?],
            other => vec![on(*other, load).await?],
        };
        println!("\n{}, {} products, {} requests at a time", runtime.name(), load.products, load.concurrency);
        println!("{:>22}  {:>12}  {:>10}  {:>9}", "", "CPU, ms", "x floor", "a second");
        let mut floor = None;
        for asked in targets.iter().flat_map(|target| target.asked.iter().map(move |asked| (target, asked))) {
            let (target, asked) = asked;
            let (cpu, rate) = measure(target, asked, load).await?;
            let floor = *floor.get_or_insert(cpu);
            let name = format!("{} {}", target.name, asked.what);
            println!("{name:>22}  {cpu:>12.3}  {:>10.2}  {rate:>9.0}", cpu / floor);
        }
    }
    Ok(())
}

/// The median of rounds: milliseconds of processor time a request, and requests a second.
async fn measure(target: &Target, asked: &Asked, load: Load) -> Result<(f64, f64)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let client = Client::new();
    let mut rounds = Vec::new();
    // The first round warms up.
    for round in 0..=load.rounds {
        let requests = if round == 0 { load.requests / 4 } else { load.requests };
        let (before, started) = (cpu::of_descendants()?, Instant::now());
        let one = async || {
            for _ in 0..requests / load.concurrency {
                ask(&client, target, asked, NEXT.fetch_add(1, Ordering::Relaxed)).await?;
            }
            anyhow::Ok(())
        };
        try_join_all((0..load.concurrency).map(|_| one())).await?;
        let (used, took) = (cpu::of_descendants()?.saturating_sub(before), started.elapsed());
        let requests = f64::from(requests / load.concurrency * load.concurrency);
        rounds.push((used.as_secs_f64() * 1000.0 / requests, requests / took.as_secs_f64()));
    }
    let mut rounds = rounds.split_off(1);
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    rounds.get(rounds.len() / 2).copied().context("no round was measured")
}

async fn ask(client: &Client, target: &Target, asked: &Asked, number: u32) -> Result<()> {
    let url = format!("{}{}", target.base, (asked.path)(number));
    let mut request = client.request(asked.method.clone(), &url).header("cookie", &asked.cookies);
    if let Some(body) = &asked.body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = request.send().await?;
    ensure!(answer.status().is_success(), "{url} was answered by {}", answer.status());
    answer.bytes().await?;
    Ok(())
}

/// A number that no cache has seen.
fn price(number: u32) -> u32 {
    100 + number.wrapping_mul(7919) % 90_000
}

async fn bare(load: Load) -> Result<Target> {
    let script = workspace::root().join("bench/bare.mjs");
    let worker = json!({
        "name": "bare", "modules": true, "scriptPath": script,
        "d1Databases": { "DB": "ashlar" }, "kvNamespaces": { "CACHE": "bare" },
    });
    let (base, process) = workerd(worker, load).await?;
    let ids = ids(&base, "/list?from=0").await?;
    let asked = vec![
        Asked::get("text", |_| "/text".to_owned()),
        Asked::get("one KV read", |_| "/kv".to_owned()),
        Asked::get("list, one query", |number| format!("/list?from={}", price(number))),
        Asked::get("get, one query", move |number| format!("/get?id={}", pick(&ids, number))),
    ];
    Ok(Target { name: "bare", base, asked, _process: Box::new(process) })
}

async fn on_workerd(load: Load) -> Result<Target> {
    let built = Part::Edge.worker_directory(Variant::Release);
    let module = |kind: &str, name: &str| json!({ "type": kind, "path": built.join(name) });
    let worker = json!({
        "name": "ashlar-api",
        "modulesRoot": built,
        "modules": [module("ESModule", "index.js"), module("CompiledWasm", "index_bg.wasm")],
        "bindings": { "ENVIRONMENT": "development", "LIMITS": "off", "LOG_LEVEL": "error", "SERVER_TIMING": "off" },
        "d1Databases": { "DB": "ashlar" },
        "kvNamespaces": { "CACHE": "ashlar-cache" },
        "queueProducers": { "JOBS": "ashlar-jobs" },
        "r2Buckets": { "IMAGES": "ashlar-images" },
        "durableObjects": { "LIMITER": { "className": "LimiterObject", "useSQLite": true } },
    });
    let (base, process) = workerd(worker, load).await?;
    ashlar(base, Box::new(process)).await
}

async fn on(runtime: Runtime, load: Load) -> Result<Target> {
    let quiet = [("LIMITS", "off"), ("LOG_LEVEL", "error"), ("SERVER_TIMING", "off")];
    let vars = Vars::from(quiet.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let server = Server::start(
        runtime,
        Options { vars, products: load.products, admin: admin(), ..Options::default() },
    )?;
    ashlar(server.base_url(), Box::new(server)).await
}

fn admin() -> Admin {
    Options::default().admin
}

async fn ashlar(base: String, process: Box<dyn std::any::Any>) -> Result<Target> {
    let Admin { email, password } = admin();
    let cookies = login::cookies(&base, &Client::new(), &email, &password).await?;
    let ids = ids(&base, "/api/v1/products?limit=100").await?;
    let product = json!({
        "name": "A product", "description": "Made by the benchmark.", "category": "toys", "price": 1999, "stock": 5,
        "status": "active",
    });
    let path = |path: &'static str| move |_| path.to_owned();
    let list = "/api/v1/products?page=2&limit=10&sort=-price";
    let asked = vec![
        Asked::get("healthz", path("/healthz")),
        Asked::get("list, cached", path(list)),
        Asked::get("list, not cached", move |number| format!("{list}&price[gte]={}", price(number))),
        Asked::get("get", move |number| format!("/api/v1/products/{}", pick(&ids, number))),
        Asked { cookies: cookies.clone(), ..Asked::get("me", path("/api/v1/me")) },
        Asked {
            method: Method::POST,
            cookies,
            body: Some(product),
            ..Asked::get("create", path("/api/v1/products"))
        },
    ];
    Ok(Target { name: "ashlar", base, asked, _process: process })
}

fn pick(ids: &[String], number: u32) -> &str {
    let index = number as usize % ids.len().max(1);
    ids.get(index).map_or("", String::as_str)
}

async fn ids(base: &str, path: &str) -> Result<Vec<String>> {
    let answer: Value = serde_json::from_slice(&reqwest::get(format!("{base}{path}")).await?.bytes().await?)?;
    let rows = answer.as_array().or_else(|| answer["data"].as_array()).context("no rows")?;
    Ok(rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect())
}

/// Serves a Worker on a seeded state of its own.
async fn workerd(worker: Value, load: Load) -> Result<(String, Supervised)> {
    let directory = state::new_server_directory(Runtime::Workerd)?;
    template::copy_to(&directory, Runtime::Workerd, Content { admin: &admin(), products: load.products })?;
    let port = ports::free()?;
    let process = serve(&directory, port, &worker)?;
    let base = format!("http://127.0.0.1:{port}");
    let started = Instant::now();
    while reqwest::get(format!("{base}/healthz")).await.is_err() {
        process.alive()?;
        ensure!(started.elapsed() < START_LIMIT, "workerd did not answer in {START_LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok((base, process))
}

fn serve(directory: &Path, port: u16, worker: &Value) -> Result<Supervised> {
    let node: PathBuf = workspace::node()?;
    let options = json!({ "port": port, "state": directory, "worker": worker });
    let mut command = Command::new(&node);
    command.arg(workspace::root().join("bench/workerd.mjs")).arg(options.to_string());
    command.current_dir(directory);
    if let Some(path) = wrangler::path_with_node(&node) {
        command.env("PATH", path);
    }
    let on_line: OnLine = Arc::new(|line: &str| eprintln!("workerd: {line}"));
    Supervised::start("workerd", &command, &on_line)
}
