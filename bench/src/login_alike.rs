//! Whether the work for a login tells an unknown address, a wrong password and a locked account apart.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use harness::{Runtime, Server};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{cpu, login};

/// How far the medians may be apart.
const TOLERANCE: f64 = 0.05;

const WARM_UP: u32 = 10;

/// Tries to sign in to each of the three in turn, and compares the medians of the processor time that the native
/// server needs for one try.
///
/// # Errors
/// When they are more than 5 % apart, or a server does not do as expected.
pub(crate) async fn run(tries: u32) -> Result<()> {
    let (server, client) = login::start(Runtime::Native)?;
    let (present, locked) = accounts(&server, &client).await?;
    let cases = [
        ("unknown address", "nobody@example.test"),
        ("wrong password", &present),
        ("locked account", &locked),
    ];
    let mut times = [const { Vec::new() }; 3];
    for turn in 0..WARM_UP + tries {
        for ((_, email), times) in cases.iter().zip(&mut times) {
            let before = cpu::of_descendants_threads()?;
            // The locked account is tried with its right password.
            let password = if *email == locked { PASSWORD } else { "not the password at all" };
            ensure!(try_once(&server, &client, email, password).await? == 401, "{email} was let in");
            if turn >= WARM_UP {
                times.push(cpu::of_descendants_threads()?.saturating_sub(before));
            }
        }
    }
    let medians: Vec<_> = times.iter_mut().map(|times| median(times)).collect();
    let first = medians.first().copied().unwrap_or_default().as_secs_f64();
    println!("Processor time of one try, median of {tries}:");
    let mut apart = false;
    for ((name, _), time) in cases.iter().zip(&medians) {
        let ratio = time.as_secs_f64() / first;
        apart |= (ratio - 1.0).abs() > TOLERANCE;
        println!("{name:>16}  {:.3} ms  {ratio:.3}x", time.as_secs_f64() * 1000.0);
    }
    if apart {
        bail!("the work tells them apart: more than {:.0} % between medians", TOLERANCE * 100.0);
    }
    Ok(())
}

const PASSWORD: &str = "a long enough password";

/// The addresses of one who can sign in and of one who is locked out.
async fn accounts(server: &Server, client: &Client) -> Result<(String, String)> {
    let mut ids = Vec::new();
    for email in ["present@example.test", "locked@example.test"] {
        let body = json!({ "email": email, "name": "Somebody", "password": PASSWORD });
        let answer = send(server, client, "POST", "/api/v1/auth/signup", "", &body).await?;
        ids.push(answer["data"]["id"].as_str().context("a sign-up answered no id")?.to_owned());
    }
    let admin = server.admin();
    let cookies = login::sign_in(server, client, &admin.email, &admin.password).await?;
    let path = format!("/api/v1/users/{}", ids.pop().unwrap_or_default());
    send(server, client, "PATCH", &path, &cookies, &json!({ "locked": true })).await?;
    Ok(("present@example.test".to_owned(), "locked@example.test".to_owned()))
}

async fn send(
    server: &Server,
    client: &Client,
    method: &str,
    path: &str,
    cookies: &str,
    body: &Value,
) -> Result<Value> {
    let url = format!("{}{path}", server.base_url());
    let request = client.request(method.parse()?, url).header("content-type", "application/json");
    let answer = request.header("cookie", cookies).body(body.to_string()).send().await?;
    ensure!(answer.status().is_success(), "{method} {path} was answered by {}", answer.status());
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

async fn try_once(server: &Server, client: &Client, email: &str, password: &str) -> Result<u16> {
    let url = format!("{}/api/v1/auth/login", server.base_url());
    let body = json!({ "email": email, "password": password }).to_string();
    let answer = client.post(url).header("content-type", "application/json").body(body).send().await?;
    let status = answer.status().as_u16();
    answer.bytes().await?;
    Ok(status)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
