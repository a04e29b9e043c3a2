//! Outbound HTTP of one instance: what it may call, and where the call goes.
//!
//! `ID.spin.internal` stays in this process, `self.alt` goes back to the server's own address, the rest to the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};

use http::uri::Scheme;
use http::{Request, Response, Uri, header};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::client::HttpClient;
use crate::hosts::{AllowedHosts, chaining_target, parse_url};
use crate::output;
use crate::server::Server;

const OWN_HOST: &str = "self.alt";

/// The outbound side of one instance.
#[derive(Clone)]
pub(crate) struct Outbound {
    pub(crate) allowed: Arc<AllowedHosts>,
    pub(crate) client: HttpClient,
    pub(crate) server: Weak<Server>,
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(Response<WasiBody>, Io), Error>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_done: Io,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let outbound = self.clone();
        Box::new(async move {
            let response = outbound.send(request, options).await?;
            // The client reports connection errors through the body: there is nothing left to drive.
            Ok((response, Box::new(async { Ok(()) }) as Io))
        })
    }
}

impl Outbound {
    async fn send(
        self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        drop_empty_authority(&mut request);
        let own = request.uri().authority().is_none_or(|authority| authority.host() == OWN_HOST);
        if own {
            self.redirect_to_self(&mut request)?;
        } else if !self.allowed.allows(request.uri()) {
            report_denied(request.uri());
            return Err(Error::HttpRequestDenied);
        }
        request.headers_mut().remove(header::HOST);
        if let Some(component) = chaining_target(request.uri()).map(str::to_owned) {
            return self.chain(&component, request).await;
        }
        self.client.send(request, options).await
    }

    fn redirect_to_self(&self, request: &mut Request<WasiBody>) -> Result<(), Error> {
        if !self.allowed.allows_self() {
            output::warning(
                "A component tried to make an HTTP request to its own app but it does not have permission.",
            );
            suggest("http://self");
            return Err(Error::HttpRequestDenied);
        }
        let server = self.server.upgrade().ok_or(Error::HttpRequestUriInvalid)?;
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri =
            Uri::builder().scheme(Scheme::HTTP).authority(server.address().to_string()).path_and_query(path);
        *request.uri_mut() = uri.build().map_err(|_| Error::HttpRequestUriInvalid)?;
        Ok(())
    }

    async fn chain(&self, component: &str, request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
        let server = self.server.upgrade().ok_or(Error::ConnectionTerminated)?;
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(server.chain(component, request));
        answer.await.map_err(|error| {
            output::note(&format!("service chaining to {component} failed: {error:#}"));
            Error::InternalError(Some(error.to_string()))
        })
    }
}

/// A relative URL arrives with a scheme and an empty host (`https://:443/path`); only its path means anything.
fn drop_empty_authority(request: &mut Request<WasiBody>) {
    let empty = request.uri().authority().is_some_and(|authority| authority.host().is_empty());
    if empty && let Some(path) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
}

fn report_denied(uri: &Uri) {
    let Some(url) = parse_url(uri) else {
        return output::warning(&format!("A component tried to call a URL that cannot be parsed: {uri}"));
    };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let destination = format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default());
    output::warning(&format!(
        "A component tried to make an outbound network connection to disallowed destination '{destination}'."
    ));
    suggest(&destination);
}

fn suggest(destination: &str) {
    output::note(&format!(
        "To allow this request, add 'allowed_outbound_hosts = [\"{destination}\"]' to the manifest component section."
    ));
}
