//! Request and response bodies that every runtime can make and consume.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::LocalBoxStream;

/// A request body that has not been read yet.
pub struct RequestBody(LocalBoxStream<'static, anyhow::Result<Bytes>>);

impl RequestBody {
    /// A body that arrives in chunks.
    pub fn from_stream(stream: impl futures::Stream<Item = anyhow::Result<Bytes>> + 'static) -> Self {
        Self(stream.boxed_local())
    }

    /// Reads the body as long as it has at most `cap` bytes; `Ok(None)` as soon as it has more.
    ///
    /// # Errors
    /// When the client or the runtime breaks off.
    pub async fn read(mut self, cap: usize) -> anyhow::Result<Option<Bytes>> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.0.next().await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > cap {
                return Ok(None);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Some(whole.into()))
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self(futures::stream::iter([Ok(bytes)]).boxed_local())
    }
}

/// A response body: whole, or in chunks that are made while they are sent.
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// Chunks. When one is an error, the runtime must break off, so that nobody takes a part for the whole.
    Chunks(LocalBoxStream<'static, anyhow::Result<Bytes>>),
}

impl Body {
    /// Whether it comes in chunks.
    pub fn is_chunked(&self) -> bool {
        matches!(self, Self::Chunks(_))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self::Whole(bytes.into())
    }
}

/// What there is of it before it is sent: nothing of one that comes in chunks.
impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if let Self::Whole(bytes) = self { bytes } else { &[] }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => bytes.fmt(f),
            Self::Chunks(_) => f.write_str("chunks"),
        }
    }
}

/// The client's address as the runtime itself saw it; a request extension that the entry sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
