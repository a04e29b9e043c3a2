//! The application: router and middleware chain, built once per instance; services are wired per request.

use std::cell::RefCell;
use std::rc::Rc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use shared::Error;
use shared::auth::KeySet;
use shared::caller::Caller;
use shared::config::{Config, ConfigError, Problem};
use shared::cost::Cost;
use shared::error::{DetailCode, Violation};
use shared::limits::Gate;
use shared::panics;
use shared::ports::Ports;
use shared::services::context::Context;

use crate::http::body::{Body, ClientAddress, RequestBody};
use crate::http::failure::{Code, Failure};
use crate::http::request::{combine_repeated, header as one};
use crate::http::router::Matched;
use crate::http::{Request, Response, Result, Router, accept, conditional};
use crate::log_line::{End, Trace};
use crate::middleware::{
    caching, cors, origin_check, rate_limit, replicas, request_id, security_headers, server_timing,
};
use crate::routes;

const MAX_URI_BYTES: usize = 8192;

/// The HTTP application. Holds nothing of a request and no runtime object: those may not cross requests on Workers.
pub struct App {
    instance: Rc<Instance>,
    router: Router,
}

struct Instance {
    config: Config,
    keys: RefCell<Option<Rc<KeySet>>>,
}

/// The services of one request.
pub struct Services {
    instance: Rc<Instance>,
    ports: Ports,
    gate: Rc<Gate>,
    caller: Caller,
}

impl Services {
    /// The settings.
    pub fn config(&self) -> &Config {
        &self.instance.config
    }

    /// The ports that the services stand on.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What limits this request.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The signing keys, loaded once per instance.
    ///
    /// # Errors
    /// When there are none and none can be made.
    pub async fn keys(&self) -> Result<Rc<KeySet>> {
        if let Some(keys) = self.instance.keys.borrow().clone() {
            return Ok(keys);
        }
        let keys = Rc::new(KeySet::load(self.config(), &self.ports).await?);
        *self.instance.keys.borrow_mut() = Some(keys.clone());
        Ok(keys)
    }

    /// Where the request comes from.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    fn context(&self) -> Context<'_> {
        Context { ports: &self.ports, config: self.config(), gate: &self.gate, caller: &self.caller }
    }
}

/// Accessors of services that stand on nothing but the ports: the name of the module, and its type in there.
macro_rules! services {
    ($($module:ident: $service:ident;)+) => {
        impl Services {$(
            #[doc = concat!("The service of ", stringify!($module), ".")]
            pub fn $module(&self) -> shared::services::$module::$service<'_> {
                shared::services::$module::$service::new(&self.ports)
            }
        )+}
    };
}

/// Accessors of services that also need settings, limits or the caller.
macro_rules! services_with_context {
    ($($module:ident: $service:ident;)+) => {
        impl Services {$(
            #[doc = concat!("The service of ", stringify!($module), ".")]
            pub fn $module(&self) -> shared::services::$module::$service<'_> {
                shared::services::$module::$service::new(self.context())
            }
        )+}
    };
}

services! {
    health: Health;
    jobs: Jobs;
    posts: Posts;
    products: Products;
}

services_with_context! {
    accounts: Accounts;
    addresses: Addresses;
    passwords: Passwords;
    profile: Profile;
    api_keys: ApiKeys;
    audit: Audit;
    roles: Roles;
    sessions: Sessions;
    users: Users;
}

impl App {
    /// Builds the router.
    pub fn new(config: Config) -> Self {
        let mut router = Router::new();
        routes::mount(&mut router);
        Self { instance: Rc::new(Instance { config, keys: RefCell::new(None) }), router }
    }

    /// The route that a method and a path lead to.
    pub fn template(&self, method: &Method, path: &str) -> Option<&'static str> {
        self.router.find(method, path).ok().map(|matched| matched.template)
    }

    /// Answers one request. Never fails: every failure is a response in the envelope.
    pub async fn handle(&self, ports: Ports, request: http::Request<RequestBody>) -> Response {
        let (mut head, body) = request.into_parts();
        combine_repeated(&mut head.headers);
        let (method, headers) = (head.method.clone(), head.headers.clone());
        let cost = Rc::new(Cost::default());
        let ports = cost.meter(ports);
        let trace = Rc::new(Trace::start(&method, &headers, &ports));
        let gate = Rc::new(Gate::new(&ports, &self.instance.config, trace.id()));
        // A panic costs this request only, where the runtime lets it be caught.
        let answered = panics::catch(self.answer(&ports, head, body, &trace, &gate)).await;
        let answered = answered.unwrap_or_else(|panic| Err(Error::Internal(panic.into()).into()));
        let mut end = End::default();
        let mut response = answered.unwrap_or_else(|failure| fail(failure, &trace, &headers, &mut end));
        rate_limit::add(&gate, response.headers_mut());
        if self.instance.config.server_timing {
            server_timing::add(&method, &cost, trace.elapsed(), response.headers_mut());
        }
        self.finish(&headers, &method, &trace, &mut response);
        end.status = response.status();
        trace.end(&end, self.instance.config.log_sample);
        response
    }

    async fn answer(
        &self,
        ports: &Ports,
        head: http::request::Parts,
        body: RequestBody,
        trace: &Rc<Trace>,
        gate: &Rc<Gate>,
    ) -> Result<Response> {
        let config = &self.instance.config;
        let path = head.uri.path().to_owned();
        if head.uri.path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI_BYTES) {
            return Err(Failure::new(
                Code::UriTooLong,
                format!("Path and query have more than {MAX_URI_BYTES} bytes."),
            ));
        }
        if head.method == Method::OPTIONS {
            let allow = self.router.allow(&path);
            let allow = allow.ok_or_else(|| Failure::new(Code::NotFound, "There is nothing here."))?;
            return Ok(cors::options(config, &head.headers, &allow));
        }
        let matched = self.router.find(&head.method, &path)?;
        trace.note_route(matched.template);
        origin_check::check(config, &head.method, &head.headers)?;
        let services = Rc::new(Services {
            instance: self.instance.clone(),
            ports: ports.clone(),
            gate: Rc::clone(gate),
            caller: caller(trace.id(), &head),
        });
        if !config.read_replicas {
            return run(matched, services, head, body, trace).await;
        }
        replicas::anchor(&services, &head.method, &head.headers).await?;
        let writes = !head.method.is_safe();
        let mut response = run(matched, Rc::clone(&services), head, body, trace).await?;
        if writes {
            replicas::hand_over(&services, &mut response).await?;
        }
        Ok(response)
    }

    fn finish(&self, request: &HeaderMap, method: &Method, trace: &Trace, response: &mut Response) {
        conditional::not_modified(method, request, response);
        let headers = response.headers_mut();
        security_headers::add(headers);
        caching::add(headers);
        cors::add(&self.instance.config, method, request, headers);
        if let Ok(id) = HeaderValue::from_str(trace.id()) {
            headers.insert(HeaderName::from_static(request_id::HEADER), id);
        }
        // A 304 has the length of nothing, which its GET does not say either.
        if method == Method::HEAD && response.status() != StatusCode::NOT_MODIFIED {
            if !response.body().is_chunked() {
                let length = response.body().len();
                response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            *response.body_mut() = Body::default();
        }
    }
}

/// Where the request comes from.
fn caller(request_id: &str, head: &http::request::Parts) -> Caller {
    let address = head.extensions.get::<ClientAddress>().map(|address| address.0);
    Caller::new(request_id, address, one(&head.headers, "user-agent"))
}

async fn run(
    matched: Matched<'_>,
    services: Rc<Services>,
    head: http::request::Parts,
    body: RequestBody,
    trace: &Rc<Trace>,
) -> Result<Response> {
    let request = Request::new(head, body, matched.params.clone()).with_trace(Rc::clone(trace));
    matched.call(services, request).await
}

/// The response to a request that fails; its cause goes to the log line.
fn fail(mut failure: Failure, trace: &Trace, request: &HeaderMap, end: &mut End) -> Response {
    end.code = Some(failure.code);
    end.cause = failure.source.take();
    failure.into_response(trace.id(), accept::prefers_problem(request))
}

/// Answers a request that no application can be built for, and logs it as an application would.
pub fn refuse(failure: Failure, method: &Method, request: &HeaderMap, ports: &Ports) -> Response {
    let trace = Trace::start(method, request, ports);
    let mut end = End { status: failure.code.status(), ..End::default() };
    let response = fail(failure, &trace, request, &mut end);
    trace.end(&end, 1.0);
    with_basic_headers(response, trace.id())
}

/// The failure of every request while the settings cannot be used: names each that is missing or malformed, and what
/// is allowed. What was found is in the log; only in development anybody may read it.
pub fn misconfigured(error: &ConfigError) -> Failure {
    let sentence = |problem: &Problem| {
        if error.development { problem.to_string() } else { format!("allowed: {}", problem.allowed) }
    };
    let problems = error.problems.iter();
    let details = problems
        .map(|problem| Violation::new(problem.name, DetailCode::Invalid, sentence(problem)))
        .collect();
    let names: Vec<_> = error.problems.iter().map(|problem| problem.name).collect();
    let message = format!("The service is not configured: {}.", names.join(", "));
    Failure {
        source: Some(error.clone().into()),
        ..Failure::new(Code::Misconfigured, message).with_details(details)
    }
}

/// The response to a request that went wrong outside of the application. The caller logs why.
pub fn emergency(request: &HeaderMap) -> Response {
    let id = one(request, request_id::HEADER).unwrap_or("00000000-0000-7000-8000-000000000000");
    let failure = Failure::new(Code::InternalError, "Internal error.");
    with_basic_headers(failure.into_response(id, accept::prefers_problem(request)), id)
}

fn with_basic_headers(mut response: Response, id: &str) -> Response {
    security_headers::add(response.headers_mut());
    cors::vary(response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HeaderName::from_static(request_id::HEADER), id);
    }
    response
}
