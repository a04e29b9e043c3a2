//! The router: method and path to handler, over a radix tree.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use http::{Method, header};

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::handler::Handler;
use crate::http::{Request, Response, Result};
use crate::openapi::{About, Tag};

type BoxedHandler = Box<dyn Fn(Rc<Services>, Request) -> LocalBoxFuture<'static, Result<Response>>>;

/// What routes are mounted on: the router, or the OpenAPI document. Each route is written down once for both; what
/// only the document reads is a function that the router never calls, so that it is not in the Wasm.
pub trait Routes {
    /// Begins a group of routes.
    fn tag(&mut self, tag: Tag);

    /// Adds a route.
    fn route<A, H: Handler<A>>(
        &mut self,
        method: Method,
        path: &'static str,
        handler: H,
        about: impl FnOnce() -> About,
    );

    /// Adds a route for GET, which also answers HEAD.
    fn get<A, H: Handler<A>>(&mut self, path: &'static str, handler: H, about: impl FnOnce() -> About) {
        self.route(Method::GET, path, handler, about);
    }

    /// Adds a route for POST.
    fn post<A, H: Handler<A>>(&mut self, path: &'static str, handler: H, about: impl FnOnce() -> About) {
        self.route(Method::POST, path, handler, about);
    }

    /// Adds a route for PUT.
    fn put<A, H: Handler<A>>(&mut self, path: &'static str, handler: H, about: impl FnOnce() -> About) {
        self.route(Method::PUT, path, handler, about);
    }

    /// Adds a route for PATCH.
    fn patch<A, H: Handler<A>>(&mut self, path: &'static str, handler: H, about: impl FnOnce() -> About) {
        self.route(Method::PATCH, path, handler, about);
    }

    /// Adds a route for DELETE.
    fn delete<A, H: Handler<A>>(&mut self, path: &'static str, handler: H, about: impl FnOnce() -> About) {
        self.route(Method::DELETE, path, handler, about);
    }
}

struct Endpoint {
    method: Method,
    handler: BoxedHandler,
}

#[derive(Default)]
struct Resource {
    endpoints: Vec<Endpoint>,
}

/// What a request's path and method lead to.
pub struct Matched<'a> {
    handler: &'a BoxedHandler,
    /// The route's path with `{name}` segments, for logs.
    pub template: &'static str,
    /// The values of the segments.
    pub params: Vec<(String, String)>,
}

impl Matched<'_> {
    /// Runs the handler.
    pub fn call(
        &self,
        services: Rc<Services>,
        request: Request,
    ) -> LocalBoxFuture<'static, Result<Response>> {
        (self.handler)(services, request)
    }
}

/// All routes of the application.
#[derive(Default)]
pub struct Router {
    tree: matchit::Router<usize>,
    resources: Vec<(&'static str, Resource)>,
}

impl Routes for Router {
    fn tag(&mut self, _: Tag) {}

    fn route<A, H: Handler<A>>(
        &mut self,
        method: Method,
        path: &'static str,
        handler: H,
        _: impl FnOnce() -> About,
    ) {
        let index = self.resource(path);
        if let Some((_, resource)) = self.resources.get_mut(index) {
            let handler: BoxedHandler = Box::new(move |services, request| handler.call(services, request));
            resource.endpoints.push(Endpoint { method, handler });
        }
    }
}

impl Router {
    /// A router without routes.
    pub fn new() -> Self {
        Self::default()
    }

    fn resource(&mut self, path: &'static str) -> usize {
        if let Some(index) = self.resources.iter().position(|(known, _)| *known == path) {
            return index;
        }
        let index = self.resources.len();
        self.resources.push((path, Resource::default()));
        // Two templates that contradict each other are a mistake in routes/, which a test of the whole table finds.
        if self.tree.insert(path, index).is_err() {
            log::error!("the route {path} contradicts another and cannot be reached");
        }
        index
    }

    /// Finds what a path and a method lead to.
    ///
    /// # Errors
    /// 404 for an unknown path; 405 with `Allow` for a method that the path does not have.
    pub fn find(&self, method: &Method, path: &str) -> Result<Matched<'_>> {
        let missing = || Failure::new(Code::NotFound, "There is nothing here.");
        let found = self.tree.at(path).map_err(|_| missing())?;
        let (template, resource) = self.resources.get(*found.value).ok_or_else(missing)?;
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        let Some(endpoint) = resource.endpoints.iter().find(|endpoint| endpoint.method == *wanted) else {
            let message = format!("This resource does not have the method {method}.");
            return Err(
                Failure::new(Code::MethodNotAllowed, message).with_header(header::ALLOW, &resource.allow())
            );
        };
        let params = found.params.iter().map(|(name, value)| {
            let value = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
            Some((name.to_owned(), value.into_owned()))
        });
        let params = params.collect::<Option<Vec<_>>>().ok_or_else(missing)?;
        Ok(Matched { handler: &endpoint.handler, template, params })
    }

    /// The methods of a path, as `Allow` lists them; `None` for an unknown path.
    pub fn allow(&self, path: &str) -> Option<String> {
        let found = self.tree.at(path).ok()?;
        self.resources.get(*found.value).map(|(_, resource)| resource.allow())
    }
}

impl Resource {
    fn allow(&self) -> String {
        let mut methods: Vec<_> = self.endpoints.iter().map(|endpoint| endpoint.method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.join(", ")
    }
}
