//! What only tests need. Never in a build that is deployed.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Value, json};
use shared::Error;
use shared::auth::Public;
use shared::limits::Quota;
use shared::query::Format;

use crate::app::Services;
use crate::http::extract::Extract;
use crate::http::failure::{Code, Failure};
use crate::http::{Data, File, Request, Result};

const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// The base URL of the harness's echo server, from the header `x-echo-url`.
#[derive(Debug)]
pub struct EchoUrl(Option<String>);

#[async_trait(?Send)]
impl Extract for EchoUrl {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        Ok(Self(request.header("x-echo-url").map(str::to_owned)))
    }
}

/// The segment `{name}`, whatever it says.
#[derive(Debug)]
pub struct Name(String);

#[async_trait(?Send)]
impl Extract for Name {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        Ok(Self(request.param("name").unwrap_or_default().to_owned()))
    }
}

/// Panics.
///
/// # Panics
/// Always.
#[expect(clippy::panic, reason = "this is what it is for")]
pub async fn panic(_: Rc<Services>, _: Public) -> Result<Data<Value>> {
    panic!("a test asked for a panic")
}

/// Answers once the echo server has, two seconds later: a request that is in flight meanwhile.
pub async fn wait(services: Rc<Services>, _: Public, EchoUrl(url): EchoUrl) -> Result<Data<Value>> {
    let missing = || Failure::new(Code::BadRequest, "The header x-echo-url is missing.");
    let request = http::Request::get(format!("{}/slow/2000", url.ok_or_else(missing)?)).body(Bytes::new());
    let request = request.map_err(Error::internal)?;
    let response = services.ports().http.send(request, WAIT_TIMEOUT).await.map_err(Error::internal)?;
    Data::new(&json!({ "status": response.status().as_u16() }))
}

/// The names of the contract suite's cases.
pub async fn list_contract(_: Rc<Services>, _: Public) -> Result<Data<Value>> {
    let names: Vec<_> = contract::cases().iter().map(|case| case.name).collect();
    Data::new(&json!(names))
}

/// Runs one case of the contract suite against this runtime's ports; `data` is null, or says what went wrong.
pub async fn run_contract(
    services: Rc<Services>,
    _: Public,
    Name(name): Name,
    EchoUrl(echo_url): EchoUrl,
) -> Result<Data<Value>> {
    let case = contract::cases().into_iter().find(|case| case.name == name).ok_or(Error::NotFound("case"))?;
    let context = contract::Context { ports: services.ports().clone(), echo_url };
    Data::new(&json!(case.run(&context).await.err().map(|error| format!("{error:#}"))))
}

/// A file of two chunks; of one chunk and a failure, when it is to be `broken`.
pub async fn chunks(_: Rc<Services>, _: Public, Name(name): Name) -> Result<File> {
    let second = if name == "broken" { Err(anyhow::anyhow!("a test asked for it")) } else { Ok("two\n") };
    let chunks = [Ok("one\n"), second].map(|chunk| chunk.map(|text| Bytes::from_static(text.as_bytes())));
    Ok(File::new("chunks", Format::Ndjson, futures::stream::iter(chunks).boxed_local()))
}

/// Takes a slot of five an hour: 204 when admitted, 429 when not.
pub async fn take_slot(services: Rc<Services>, _: Public, Name(name): Name) -> Result<Data<Value>> {
    let quota = Quota { limit: 5, window: Duration::from_hours(1) };
    let decision =
        services.ports().limiter.take(&format!("test:{name}"), quota).await.map_err(Error::from)?;
    if decision.admitted {
        return Data::new(&json!({ "remaining": decision.remaining }));
    }
    Err(Error::TooManyRequests { policy: "test", retry_after: decision.retry_after }.into())
}
