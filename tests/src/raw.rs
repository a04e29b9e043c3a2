//! Requests byte by byte over TCP, as no HTTP client would send them, and answers as they come.

use std::future::pending;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::Answer;

/// The most that an answer may take: a bound to fail by.
const PATIENCE: Duration = Duration::from_secs(20);

/// What [`Raw::send`] says when the connection was closed before the first byte of an answer.
pub const CLOSED: &str = "the connection was closed without an answer";

/// How many bytes of a chunked body go into one chunk.
const CHUNK: usize = 64 * 1024;

/// A request under construction. Nothing is checked, and nothing is added but `Host`.
#[derive(Debug, Clone)]
pub struct Raw {
    line: Vec<u8>,
    host: Option<Vec<u8>>,
    headers: Vec<u8>,
    body: Vec<u8>,
    half_close: bool,
}

impl Raw {
    /// A request in HTTP/1.1 to the server's own host.
    pub fn new(method: &str, target: impl AsRef<[u8]>) -> Self {
        Self::with_line([method.as_bytes(), b" ", target.as_ref(), b" HTTP/1.1"].concat())
    }

    /// A request with any first line.
    pub fn with_line(line: impl Into<Vec<u8>>) -> Self {
        let own = Some(b"{own}".to_vec());
        Self { line: line.into(), host: own, headers: Vec::new(), body: Vec::new(), half_close: false }
    }

    /// GET.
    pub fn get(target: impl AsRef<[u8]>) -> Self {
        Self::new("GET", target)
    }

    /// POST of JSON, or of what is called so.
    pub fn post_json(target: &str, body: impl AsRef<[u8]>) -> Self {
        Self::new("POST", target).header("content-type", "application/json").body(body)
    }

    /// With another `Host`, or none.
    #[must_use]
    pub fn host(mut self, host: Option<&[u8]>) -> Self {
        self.host = host.map(<[u8]>::to_vec);
        self
    }

    /// With one more header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.extend_from_slice(&[name.as_bytes(), b": ", value.as_ref(), b"\r\n"].concat());
        self
    }

    /// With a body and its length.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len().to_string();
        self.header("content-length", length).bytes(body)
    }

    /// With a body in chunks.
    #[must_use]
    pub fn chunked(self, body: impl AsRef<[u8]>) -> Self {
        let mut encoded = Vec::new();
        for chunk in body.as_ref().chunks(CHUNK) {
            encoded
                .extend_from_slice(&[format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        }
        encoded.extend_from_slice(b"0\r\n\r\n");
        self.header("transfer-encoding", "chunked").bytes(encoded)
    }

    /// With these bytes after the head, whatever the head says of them.
    #[must_use]
    pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.body.extend_from_slice(bytes.as_ref());
        self
    }

    /// After the last byte the client says that it has no more to say.
    #[must_use]
    pub fn half_closed(mut self) -> Self {
        self.half_close = true;
        self
    }

    /// The bytes on the wire.
    fn encode(&self, server: SocketAddr) -> Vec<u8> {
        let host = match self.host.as_deref() {
            Some(b"{own}") => format!("host: {server}\r\n").into_bytes(),
            Some(host) => [b"host: ", host, b"\r\n"].concat(),
            None => Vec::new(),
        };
        [&self.line, b"\r\n".as_slice(), &host, &self.headers, b"\r\n", &self.body].concat()
    }

    /// Sends the request from an address of this machine on a connection of its own, and reads one answer to its end.
    ///
    /// # Errors
    /// A sentence when there is no whole answer in HTTP/1.
    pub async fn send(&self, server: SocketAddr, from: IpAddr, what: &str) -> Result<Answer, String> {
        let exchange = self.exchange(server, from, what);
        let answer = tokio::time::timeout(PATIENCE, exchange).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")))
    }

    async fn exchange(&self, server: SocketAddr, from: IpAddr, what: &str) -> Result<Answer, String> {
        let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
        socket.bind((from, 0).into()).map_err(|error| error.to_string())?;
        let stream = socket.connect(server).await.map_err(|error| error.to_string())?;
        let (input, mut output) = stream.into_split();
        let bytes = self.encode(server);
        let write = async {
            // A server may answer and hang up before it has read everything: what it says counts.
            if output.write_all(&bytes).await.is_ok() && self.half_close {
                let _ = output.shutdown().await;
            }
            pending::<()>().await;
        };
        let head_only = self.line.starts_with(b"HEAD ");
        tokio::select! {
            answer = Reader { input, buffer: Vec::new() }.answer(what, head_only) => answer,
            () = write => Err("the request never ends".to_owned()),
        }
    }
}

/// Status and headers.
type Head = (u16, HeaderMap);

struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    async fn answer(mut self, what: &str, head_only: bool) -> Result<Answer, String> {
        let (status, headers) = loop {
            let head = self.head().await?;
            // An interim answer such as 100 comes before the one that counts.
            if head.0 >= 200 {
                break head;
            }
        };
        let empty = head_only || matches!(status, 204 | 304);
        let body = if empty { Vec::new() } else { self.body(&headers).await? };
        Ok(Answer { what: what.to_owned(), status, headers, body: Bytes::from(body) })
    }

    /// Reads more; an error at the end.
    async fn more(&mut self) -> Result<(), String> {
        let read = self.input.read_buf(&mut self.buffer).await;
        match read {
            Ok(0) if self.buffer.is_empty() => Err(CLOSED.to_owned()),
            Ok(0) => Err(format!("the answer breaks off: {}", String::from_utf8_lossy(&self.buffer))),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("the connection broke: {error}")),
        }
    }

    /// Takes what comes before a separator, and drops the separator.
    async fn until(&mut self, separator: &[u8]) -> Result<Vec<u8>, String> {
        loop {
            let found = self.buffer.windows(separator.len()).position(|window| window == separator);
            if let Some(length) = found {
                let taken = self.buffer.drain(..length).collect();
                self.buffer.drain(..separator.len());
                return Ok(taken);
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn head(&mut self) -> Result<Head, String> {
        let head = self.until(b"\r\n\r\n").await?;
        let text = String::from_utf8_lossy(&head);
        read_head(&text).ok_or_else(|| format!("not the head of an answer: {text}"))
    }

    async fn body(&mut self, headers: &HeaderMap) -> Result<Vec<u8>, String> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        if text("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.chunks().await;
        }
        if let Some(length) = text("content-length") {
            let length = length.parse().map_err(|_| format!("no content length: {length}"))?;
            return self.exactly(length).await;
        }
        let mut rest = std::mem::take(&mut self.buffer);
        self.input.read_to_end(&mut rest).await.map_err(|error| format!("the connection broke: {error}"))?;
        Ok(rest)
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut whole = Vec::new();
        loop {
            let line = self.until(b"\r\n").await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| format!("no chunk size: {line}"))?;
            if size == 0 {
                // Trailers, if any, up to an empty line.
                while !self.until(b"\r\n").await?.is_empty() {}
                return Ok(whole);
            }
            whole.extend(self.exactly(size).await?);
            self.until(b"\r\n").await?;
        }
    }
}

fn read_head(text: &str) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(name.parse::<HeaderName>().ok()?, value.trim().parse().ok()?);
    }
    Some((status, headers))
}
