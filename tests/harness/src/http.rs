//! The smallest HTTP client that can tell whether a server answers. Tests bring their own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One request; `body` is JSON.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, with a query if there is one.
    pub path: &'a str,
    /// The token of an `Authorization: Bearer` header.
    pub bearer: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

impl<'a> Request<'a> {
    /// Nothing but a path.
    pub fn get(path: &'a str) -> Self {
        Self { method: "GET", path, bearer: None, body: "" }
    }
}

/// Sends a request to a port of 127.0.0.1 and returns the status.
///
/// # Errors
/// When nobody listens, or what answers is not HTTP.
pub fn send(port: u16, request: Request<'_>) -> Result<u16> {
    let Request { method, path, bearer, body } = request;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let authorization = bearer.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).context("the connection was closed without an answer")?;
    let status =
        std::str::from_utf8(&head).ok().and_then(|text| text.strip_prefix("HTTP/1.1 ")?.parse().ok());
    status.context("the answer is not HTTP/1.1")
}

/// Waits until `path` answers 200, while `alive` says that there is something to wait for.
///
/// # Errors
/// When the time is over or `alive` gives up.
pub fn wait_until_ok(port: u16, path: &str, limit: Duration, alive: impl Fn() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        alive()?;
        let last = match send(port, Request::get(path)) {
            Ok(200) => return Ok(()),
            Ok(status) => format!("status {status}"),
            Err(error) => format!("{error:#}"),
        };
        if start.elapsed() > limit {
            bail!("GET {path} on port {port} did not answer 200 within {} s: {last}", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
