//! The application: router and middleware chain, built once per instance; services are wired per request.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use shared::auth::KeySet;
use shared::config::Config;
use shared::ports::Ports;
use shared::services::sessions::Sessions;
use shared::time::Timestamp;

use crate::http::body::RequestBody;
use crate::http::failure::{Code, Failure};
use crate::http::request::header as one;
use crate::http::router::Matched;
use crate::http::{Request, Response, Result, Router, accept, conditional};
use crate::middleware::{cors, origin_check, request_id, security_headers};
use crate::{log_line, routes};

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

    /// The service of sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(&self.ports, self.config())
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

services! {
    accounts: Accounts;
    health: Health;
    jobs: Jobs;
    products: Products;
}

/// What the log line of a request tells, gathered on its way.
struct Trace {
    id: String,
    method: Method,
    template: &'static str,
    started: Timestamp,
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
        let (head, body) = request.into_parts();
        let headers = head.headers.clone();
        let mut trace = Trace {
            id: request_id::request_id(&headers, &ports),
            method: head.method.clone(),
            template: "",
            started: ports.clock.now(),
        };
        let answered = self.answer(&ports, head, body, &mut trace).await;
        let mut cause = None;
        let mut response = answered.unwrap_or_else(|mut failure| {
            cause = failure.source.take();
            failure.into_response(&trace.id, accept::prefers_problem(&headers))
        });
        self.finish(&headers, &trace, &mut response);
        let duration = ports.clock.now().since(trace.started);
        log_line::request(
            &trace.id,
            trace.method.as_str(),
            trace.template,
            response.status().as_u16(),
            duration,
            cause.as_ref(),
        );
        response
    }

    async fn answer(
        &self,
        ports: &Ports,
        head: http::request::Parts,
        body: RequestBody,
        trace: &mut Trace,
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
        trace.template = matched.template;
        origin_check::check(config, &head.method, &head.headers)?;
        let services = Rc::new(Services { instance: self.instance.clone(), ports: ports.clone() });
        run(matched, services, head, body).await
    }

    fn finish(&self, request: &HeaderMap, trace: &Trace, response: &mut Response) {
        conditional::not_modified(&trace.method, request, response);
        let headers = response.headers_mut();
        security_headers::add(headers);
        cors::add(&self.instance.config, request, headers);
        if let Ok(id) = HeaderValue::from_str(&trace.id) {
            headers.insert(HeaderName::from_static(request_id::HEADER), id);
        }
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if trace.method == Method::HEAD {
            let length = response.body().len();
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            *response.body_mut() = Bytes::new();
        }
    }
}

async fn run(
    matched: Matched<'_>,
    services: Rc<Services>,
    head: http::request::Parts,
    body: RequestBody,
) -> Result<Response> {
    let request = Request::new(head, body, matched.params.clone());
    matched.call(services, request).await
}

/// The response to a request whose handler panicked or that no application could be built for: everything that the
/// entries need to answer in the envelope without an [`App`].
pub fn emergency(code: Code, message: &str, request: &HeaderMap) -> Response {
    let id = one(request, request_id::HEADER).unwrap_or("00000000-0000-7000-8000-000000000000");
    let mut response = Failure::new(code, message).into_response(id, accept::prefers_problem(request));
    security_headers::add(response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HeaderName::from_static(request_id::HEADER), id);
    }
    debug_assert!(response.status() >= StatusCode::BAD_REQUEST);
    response
}
