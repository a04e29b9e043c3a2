//! What a login costs, beside the password's hash alone in this process.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::wrangler::Vars;
use harness::{Options, Runtime, Server};
use reqwest::Client;
use serde_json::json;
use shared::auth::password::{self, Cost};

use crate::{cpu, entropy::Random};

const WARM_UP: u32 = 20;

/// Prints the processor time of a login, of `GET /me` and of a request that does nothing, for each runtime.
///
/// # Errors
/// When a server cannot be started or answers otherwise than expected.
pub(crate) async fn run(runtimes: &[Runtime], requests: u32) -> Result<()> {
    let hash = hash_alone(requests)?;
    println!("Argon2id alone, native, in this process: {} of processor time", milliseconds(hash));
    println!(
        "{:>8}  {:>9}  {:>9}  {:>9}  {:>12}  {:>12}",
        "", "login", "me", "healthz", "login, net", "by Argon2id"
    );
    for runtime in runtimes {
        let (server, client) = start(*runtime)?;
        let admin = server.admin();
        let login = each(requests, || sign_in(&server, &client, &admin.email, &admin.password)).await?;
        let cookies = sign_in(&server, &client, &admin.email, &admin.password).await?;
        let me = each(requests, || get(&server, &client, "/api/v1/me", &cookies)).await?;
        let idle = each(requests, || get(&server, &client, "/healthz", "")).await?;
        let net = login.saturating_sub(idle);
        println!(
            "{:>8}  {:>9}  {:>9}  {:>9}  {:>12}  {:>11.2}x",
            runtime.name(),
            milliseconds(login),
            milliseconds(me),
            milliseconds(idle),
            milliseconds(net),
            net.as_secs_f64() / hash.as_secs_f64(),
        );
    }
    println!(
        "login, net: without what the runtime and its development server need for a request that does nothing."
    );
    Ok(())
}

fn hash_alone(times: u32) -> Result<Duration> {
    let stored = password::hash("a long enough password", Cost::default(), &Random)?;
    let before = cpu::of_this_thread()?;
    for _ in 0..times {
        ensure!(
            password::verify("a long enough password", Some(&stored), Cost::default())?,
            "the password does not have its hash"
        );
    }
    Ok((cpu::of_this_thread()?.saturating_sub(before)) / times)
}

/// A server without limits.
pub(crate) fn start(runtime: Runtime) -> Result<(Server, Client)> {
    let vars = Vars::from([("LIMITS".to_owned(), "off".to_owned())]);
    let server = Server::start(runtime, Options { vars, ..Options::default() })?;
    Ok((server, Client::new()))
}

async fn each<T, F: Future<Output = Result<T>>>(requests: u32, request: impl Fn() -> F) -> Result<Duration> {
    for _ in 0..WARM_UP {
        request().await?;
    }
    let before = cpu::of_descendants()?;
    for _ in 0..requests {
        request().await?;
    }
    Ok(cpu::of_descendants()?.saturating_sub(before) / requests)
}

pub(crate) async fn sign_in(server: &Server, client: &Client, email: &str, password: &str) -> Result<String> {
    cookies(&server.base_url(), client, email, password).await
}

/// Signs in and answers the cookies.
pub(crate) async fn cookies(base: &str, client: &Client, email: &str, password: &str) -> Result<String> {
    let body = json!({ "email": email, "password": password }).to_string();
    let url = format!("{base}/api/v1/auth/login");
    let answer = client.post(url).header("content-type", "application/json").body(body).send().await?;
    ensure!(answer.status() == 200, "a login was answered by {}", answer.status());
    let cookies = answer.headers().get_all("set-cookie").iter();
    let pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let cookies = pairs.collect::<Vec<_>>().join("; ");
    answer.bytes().await?;
    Ok(cookies)
}

async fn get(server: &Server, client: &Client, path: &str, cookies: &str) -> Result<()> {
    let request = client.get(format!("{}{path}", server.base_url())).header("cookie", cookies);
    let answer = request.send().await?;
    ensure!(answer.status() == 200, "{path} was answered by {}", answer.status());
    answer.bytes().await?;
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
