//! Request and response bodies that every runtime can make and consume.

use std::net::IpAddr;

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

/// The client's address as the runtime itself saw it; a request extension that the entry sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
