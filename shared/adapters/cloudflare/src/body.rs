//! Bodies that arrive in chunks.

use anyhow::Context as _;
use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::binding::explain;

/// The chunks of a stream, each an error when the sender or the runtime breaks off. (The crate's own `ByteStream`
/// takes an abort for the end, which would pass off half a body as a whole one.)
pub(crate) fn chunks(stream: &ReadableStream) -> impl Stream<Item = anyhow::Result<Bytes>> + use<> {
    // `getReader()` throws for a stream that somebody else reads; the error comes out with the first chunk.
    let reader = ReadableStreamDefaultReader::new(stream).map_err(|error| explain(&error));
    try_unfold(Some(reader), |reader| async {
        let Some(reader) = reader.transpose()? else { return Ok(None) };
        let step = JsFuture::from(reader.read()).await.map_err(|error| explain(&error))?;
        let field = |name| Reflect::get(&step, &JsValue::from_str(name)).map_err(|error| explain(&error));
        if field("done")?.is_truthy() {
            return Ok(None);
        }
        let chunk =
            field("value")?.dyn_into::<Uint8Array>().ok().context("a body of something else than bytes")?;
        Ok(Some((Bytes::from(chunk.to_vec()), Some(Ok(reader)))))
    })
}
