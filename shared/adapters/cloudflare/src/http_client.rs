//! Outbound HTTP through `fetch`.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::{Either, select};
use futures::{StreamExt as _, pin_mut};
use js_sys::Uint8Array;
use shared::ports::{HttpClient, HttpClientError, MAX_RESPONSE_BYTES};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use worker::Delay;
use worker::web_sys::{
    AbortController, AbortSignal, Request, RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};

use crate::binding::explain;
use crate::body::chunks;
use crate::exchange;

/// `fetch`, which resolves names, pools connections and unpacks compressed answers.
pub(crate) struct Fetch;

#[async_trait(?Send)]
impl HttpClient for Fetch {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, HttpClientError> {
        let abort = AbortController::new().map_err(|error| HttpClientError::Failed(explain(&error)))?;
        let answer = exchange_once(&request, abort.signal());
        pin_mut!(answer);
        let result = match select(answer, Delay::from(timeout)).await {
            Either::Left((answer, _)) => answer.map_err(HttpClientError::Failed),
            Either::Right(_) => Err(HttpClientError::TimedOut),
        };
        if result.is_err() {
            // Frees the connection; a Worker has six.
            abort.abort();
        }
        result
    }
}

async fn exchange_once(
    request: &http::Request<Bytes>,
    signal: AbortSignal,
) -> anyhow::Result<http::Response<Bytes>> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let promise = scope.fetch_with_request(&outgoing(request, &signal)?);
    let response = JsFuture::from(promise).await.map_err(|error| explain(&error))?;
    let response = response
        .dyn_into::<Response>()
        .map_err(|_| anyhow!("fetch answered something else than a response"))?;
    let mut answer = http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        exchange::read_headers(&response.headers(), headers)?;
    }
    Ok(answer.body(read(&response).await?)?)
}

fn outgoing(request: &http::Request<Bytes>, signal: &AbortSignal) -> anyhow::Result<Request> {
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    init.set_headers(exchange::headers(request.headers())?.as_ref());
    if !request.body().is_empty() {
        init.set_body(&Uint8Array::from(request.body().as_ref()));
    }
    Request::new_with_str_and_init(&request.uri().to_string(), &init).map_err(|error| explain(&error))
}

async fn read(response: &Response) -> anyhow::Result<Bytes> {
    let Some(stream) = response.body() else { return Ok(Bytes::new()) };
    let mut whole = Vec::new();
    let chunks = chunks(&stream);
    pin_mut!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.context("the response broke off")?;
        if whole.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(anyhow!("the response is over {MAX_RESPONSE_BYTES} bytes"));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}
