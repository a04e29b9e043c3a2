//! The `HttpClient` port, against the echo server of [`Context::echo_url`].

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures::future::join_all;
use http::{Method, Request, Response, StatusCode};
use shared::ports::{HttpClientError, MAX_RESPONSE_BYTES};

use crate::support::{refused, same};
use crate::{Case, Context, case_list};

const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn cases() -> Vec<Case> {
    case_list!["http_client":
        any_status_is_a_response,
        no_redirect_is_followed,
        methods_arrive,
        headers_arrive,
        path_and_query_arrive_unchanged,
        a_body_arrives_and_comes_back,
        a_long_body_arrives_and_comes_back,
        the_largest_response_is_read,
        a_response_that_is_too_large_is_refused,
        a_slow_response_times_out,
        a_body_that_stalls_times_out,
        a_response_within_the_time_is_read,
        a_refused_connection_is_an_error,
        a_broken_connection_is_an_error,
        a_host_that_is_not_there_is_an_error,
        concurrent_requests_get_their_own_responses,
    ]
}

fn url(context: &Context, path: &str) -> anyhow::Result<String> {
    let base = context.echo_url.as_deref().context("this case needs the URL of an echo server")?;
    Ok(format!("{base}{path}"))
}

async fn send(context: &Context, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
    context.ports.http.send(request, TIMEOUT).await
}

async fn get(context: &Context, path: &str) -> anyhow::Result<Response<Bytes>> {
    Ok(send(context, Request::get(url(context, path)?).body(Bytes::new())?).await?)
}

/// The echo of a request part; empty when there is none.
fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn any_status_is_a_response(context: &Context) -> anyhow::Result<()> {
    for code in [200, 201, 202, 204, 400, 401, 404, 409, 418, 422, 429, 500, 502, 503] {
        let response = get(context, &format!("/status/{code}")).await?;
        same("the status", &response.status(), &StatusCode::from_u16(code)?)?;
    }
    Ok(())
}

async fn no_redirect_is_followed(context: &Context) -> anyhow::Result<()> {
    for code in [301, 302, 303, 307, 308] {
        let response = get(context, &format!("/status/{code}")).await?;
        same("the status", &response.status(), &StatusCode::from_u16(code)?)?;
        let location = header(&response, "location");
        ensure!(location.ends_with("/status/200"), "the location is {location:?}");
    }
    Ok(())
}

async fn methods_arrive(context: &Context) -> anyhow::Result<()> {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = Request::builder().method(&method).uri(url(context, "/echo")?).body(Bytes::new())?;
        let response = send(context, request).await?;
        same("the method", &header(&response, "x-echo-method"), &method.as_str())?;
    }
    Ok(())
}

async fn headers_arrive(context: &Context) -> anyhow::Result<()> {
    let headers = [
        ("authorization", "Bearer abc.def-123"),
        ("content-type", "application/json; charset=utf-8"),
        ("idempotency-key", "018f-42"),
        ("x-long", &"v".repeat(2000)),
    ];
    let mut request = Request::post(url(context, "/echo")?);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = send(context, request.body(Bytes::from_static(b"{}"))?).await?;
    for (name, value) in headers {
        same(name, &header(&response, &format!("x-echo-{name}")), &value)?;
    }
    Ok(())
}

async fn path_and_query_arrive_unchanged(context: &Context) -> anyhow::Result<()> {
    for target in
        ["/echo", "/echo/a%20b%2Fc", "/echo?q=%C3%BC&empty=&q=2", "/echo/?", "/echo/~a.b-c_d:@!$&'()*+,;="]
    {
        let response = get(context, target).await?;
        // A URL that ends in an empty query may lose its question mark: both name the same resource for us.
        let found = header(&response, "x-echo-target").trim_end_matches('?');
        same("the target", &found, &target.trim_end_matches('?'))?;
    }
    Ok(())
}

async fn echoes(context: &Context, body: Bytes) -> anyhow::Result<()> {
    let request = Request::post(url(context, "/echo")?).body(body.clone())?;
    let response = send(context, request).await?;
    ensure!(*response.body() == body, "{} bytes went out, {} came back", body.len(), response.body().len());
    Ok(())
}

async fn a_body_arrives_and_comes_back(context: &Context) -> anyhow::Result<()> {
    echoes(context, Bytes::new()).await?;
    echoes(context, Bytes::from("{\"to\":\"jörg@example.com\",\"subject\":\"🦀\"}")).await?;
    echoes(context, (0..=255).collect::<Vec<u8>>().into()).await
}

async fn a_long_body_arrives_and_comes_back(context: &Context) -> anyhow::Result<()> {
    let mut body = vec![0; 500_000];
    context.ports.entropy.fill(&mut body)?;
    echoes(context, body.into()).await
}

async fn the_largest_response_is_read(context: &Context) -> anyhow::Result<()> {
    for kind in ["bytes", "chunked"] {
        let response = get(context, &format!("/{kind}/{MAX_RESPONSE_BYTES}")).await?;
        same(kind, &response.body().len(), &MAX_RESPONSE_BYTES)?;
    }
    Ok(())
}

async fn a_response_that_is_too_large_is_refused(context: &Context) -> anyhow::Result<()> {
    for kind in ["bytes", "chunked"] {
        for length in [MAX_RESPONSE_BYTES + 1, 8 * MAX_RESPONSE_BYTES] {
            let request = Request::get(url(context, &format!("/{kind}/{length}"))?).body(Bytes::new())?;
            let error = refused(&format!("{length} {kind}"), send(context, request).await)?;
            ensure!(matches!(error, HttpClientError::Failed(_)), "{length} {kind}: found {error:?}");
        }
    }
    get(context, "/status/200").await.map(drop)
}

/// Sends a request that takes 30 s and fails unless the client gives up in time.
async fn times_out(context: &Context, path: &str) -> anyhow::Result<()> {
    let request = Request::get(url(context, path)?).body(Bytes::new())?;
    let start = context.ports.clock.now();
    let result = context.ports.http.send(request, Duration::from_millis(200)).await;
    let error = refused("a response after 30 s", result)?;
    ensure!(matches!(error, HttpClientError::TimedOut), "found {error:?}");
    let waited = context.ports.clock.now().since(start);
    ensure!(waited < Duration::from_secs(10), "a timeout of 200 ms took {waited:?}");
    Ok(())
}

async fn a_slow_response_times_out(context: &Context) -> anyhow::Result<()> {
    times_out(context, "/slow/30000").await
}

async fn a_body_that_stalls_times_out(context: &Context) -> anyhow::Result<()> {
    times_out(context, "/stall/30000").await
}

async fn a_response_within_the_time_is_read(context: &Context) -> anyhow::Result<()> {
    same("slow", &get(context, "/slow/100").await?.status(), &StatusCode::OK)?;
    same(
        "stalled",
        &get(context, "/stall/100").await?.body().as_ref(),
        &b"first half, second half".as_slice(),
    )
}

/// Fails unless a request to the URL fails otherwise than by time.
async fn fails(context: &Context, url: &str) -> anyhow::Result<()> {
    let error = refused(url, send(context, Request::get(url).body(Bytes::new())?).await)?;
    ensure!(matches!(error, HttpClientError::Failed(_)), "{url}: found {error:?}");
    Ok(())
}

async fn a_refused_connection_is_an_error(context: &Context) -> anyhow::Result<()> {
    // Nothing listens on port 1 of a machine that runs tests; a runtime that forbids it answers the same.
    fails(context, "http://127.0.0.1:1/").await
}

async fn a_broken_connection_is_an_error(context: &Context) -> anyhow::Result<()> {
    fails(context, &url(context, "/hangup")?).await?;
    get(context, "/status/200").await.map(drop)
}

async fn a_host_that_is_not_there_is_an_error(context: &Context) -> anyhow::Result<()> {
    // RFC 6761: this name never resolves. How long a resolver takes to say so is not ours to bound.
    let request = Request::get("http://ashlar.invalid/").body(Bytes::new())?;
    refused("a host that is not there", send(context, request).await).map(drop)
}

async fn concurrent_requests_get_their_own_responses(context: &Context) -> anyhow::Result<()> {
    let ask = async |number: usize| -> anyhow::Result<()> {
        let response = get(context, &format!("/echo?number={number}")).await?;
        same("the target", &header(&response, "x-echo-target"), &format!("/echo?number={number}").as_str())
    };
    join_all((0..20).map(ask)).await.into_iter().collect()
}
