//! What requests take in small tables and in large ones: the work of a list must not grow with its table.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool for developers' machines: it has a clock and no ports"
)]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use harness::wrangler::Vars;
use harness::{Options, Runtime, Server};
use reqwest::Client;
use serde_json::Value;

/// Rows in a page, and the page that cursors lead to where the table has so many.
const LIMIT: u32 = 20;
const DEEP_PAGE: u32 = 10_000;

/// The largest page, and the last one of it that has a number.
const LARGEST: u32 = 100;
const LAST_NUMBERED: u32 = 1000;

const WARM_UP: u32 = 20;

/// 2026-01-01: everything that is seeded is older.
const AFTER_ALL: i64 = 1_767_225_600;

/// Prints the median time of each kind of request for tables of these sizes, and how many times that of the first it is.
///
/// # Errors
/// When a server cannot be started or answers otherwise than expected.
pub(crate) async fn run(runtimes: &[Runtime], sizes: &[u32], requests: u32) -> Result<()> {
    println!("{:>8}  {:>9}  {:>30}  {:>9}  {:>7}", "", "products", "", "median", "ratio");
    for runtime in runtimes {
        let mut first: Vec<Duration> = Vec::new();
        for size in sizes {
            let times = measure(*runtime, *size, requests).await?;
            if first.is_empty() {
                first = times.iter().map(|(_, time)| *time).collect();
            }
            for ((what, time), first) in times.iter().zip(&first) {
                let ratio = time.as_secs_f64() / first.as_secs_f64();
                let milliseconds = time.as_secs_f64() * 1000.0;
                println!(
                    "{:>8}  {size:>9}  {what:>30}  {milliseconds:>6.2} ms  {ratio:>6.2}x",
                    runtime.name()
                );
            }
        }
    }
    println!(
        "Each request is another one, so that no cache answers; one after the other, the client's time among it."
    );
    Ok(())
}

async fn measure(runtime: Runtime, size: u32, requests: u32) -> Result<Vec<(&'static str, Duration)>> {
    let vars = Vars::from([("LIMITS".to_owned(), "off".to_owned())]);
    let server = Server::start(runtime, Options { vars, products: size, ..Options::default() })?;
    let shop = Shop { client: Client::new(), url: format!("{}/api/v1/products", server.base_url()) };
    let before = |number: u32| format!("created_at[lt]={}", moment(AFTER_ALL + i64::from(number)));
    let ids = shop.ids().await?;
    let mut times = vec![
        ("list, page 1", shop.each(requests, |number| format!("?{}", before(number))).await?),
        (
            "list, page 1, count=none",
            shop.each(requests, |number| format!("?count=none&{}", before(number))).await?,
        ),
    ];
    let filtered = |number: u32| format!("?category=garden&sort=-price&price[lt]={}", 200_000 + number);
    times.push(("list, filtered and ordered", shop.each(requests, filtered).await?));
    times.push(("list, deep by cursor", shop.deep(requests).await?));
    let get = |number: u32| {
        ids.get(number as usize % ids.len().max(1)).map_or(String::new(), |id| format!("/{id}"))
    };
    times.push(("get", shop.each(requests, get).await?));
    Ok(times)
}

/// The products of one server.
struct Shop {
    client: Client,
    url: String,
}

impl Shop {
    async fn get(&self, rest: &str) -> Result<(Value, Duration)> {
        let rest = rest.replace('[', "%5B").replace(']', "%5D");
        let started = Instant::now();
        let answer = self.client.get(format!("{}{rest}", self.url)).send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        let took = started.elapsed();
        ensure!(status == 200, "{rest} was answered by {status}: {}", String::from_utf8_lossy(&bytes));
        Ok((serde_json::from_slice(&bytes)?, took))
    }

    /// The median of so many requests, each another one.
    async fn each(&self, requests: u32, rest: impl Fn(u32) -> String) -> Result<Duration> {
        let mut times = Vec::new();
        for number in 0..WARM_UP + requests {
            let (_, took) = self.get(&rest(number)).await?;
            if number >= WARM_UP {
                times.push(took);
            }
        }
        Ok(median(&mut times))
    }

    async fn ids(&self) -> Result<Vec<String>> {
        let (page, _) = self.get(&format!("?limit={LARGEST}&count=none")).await?;
        let rows = page["data"].as_array().context("a list has no rows")?;
        Ok(rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect())
    }

    /// Pages by cursors, far behind the first: by number as far as numbers reach, then by cursors.
    async fn deep(&self, requests: u32) -> Result<Duration> {
        let by_number = |page: u32| format!("?count=none&limit={LARGEST}&page={page}");
        let mut page = self.get(&by_number(LAST_NUMBERED)).await?.0;
        let mut passed = LAST_NUMBERED * LARGEST;
        if page["meta"]["next_cursor"].is_null() {
            page = self.get(&by_number(2)).await?.0;
            passed = DEEP_PAGE * LIMIT;
        }
        while passed < DEEP_PAGE * LIMIT {
            let Some(cursor) = page["meta"]["next_cursor"].as_str() else { break };
            page = self.get(&format!("?count=none&limit={LARGEST}&after={cursor}")).await?.0;
            passed += LARGEST;
        }
        let start = page["meta"]["next_cursor"].as_str().context("the table is too small")?.to_owned();
        let (mut cursor, mut times) = (start.clone(), Vec::new());
        for number in 0..WARM_UP + requests {
            // Where the table ends, from the start again, with pages of another size.
            let size = LIMIT - number % 3;
            let (page, took) = self.get(&format!("?count=none&limit={size}&after={cursor}")).await?;
            if number >= WARM_UP {
                times.push(took);
            }
            page["meta"]["next_cursor"].as_str().unwrap_or(&start).clone_into(&mut cursor);
        }
        Ok(median(&mut times))
    }
}

/// RFC 3339 of a second in January 2026.
fn moment(seconds: i64) -> String {
    let past = seconds - AFTER_ALL;
    let (day, rest) = (past / 86_400 + 1, past % 86_400);
    format!("2026-01-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
