//! Which component answers a path, and what the runtime tells it about the match.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::manifest::Route;
use crate::output;
use crate::pattern::Pattern;

/// The prefix of the paths that the runtime answers itself.
pub(crate) const WELL_KNOWN: &str = "/.well-known/spin/";

/// The public routes of the application, the most exact first.
pub(crate) struct Routes(Vec<Target>);

struct Target {
    component: String,
    pattern: Pattern,
    /// As the manifest writes it.
    raw: String,
    /// With a leading and without a trailing slash.
    based: String,
}

/// The component that a request goes to.
#[derive(Debug, PartialEq)]
pub(crate) struct RouteMatch {
    pub(crate) component: String,
    raw: String,
    based: String,
    trailing: String,
    named: Vec<(String, String)>,
}

impl Routes {
    /// Builds the router. Of two equal routes the last wins, with a warning; private ones are left out.
    pub(crate) fn new(routes: &[(Route, String)]) -> Result<Self> {
        let mut targets: Vec<Target> = Vec::new();
        for (route, component) in routes {
            let Route::Path(raw) = route else { continue };
            let target = Target::new(raw, component)?;
            if let Some(earlier) = targets.iter_mut().find(|earlier| earlier.pattern == target.pattern) {
                let replaced = std::mem::replace(earlier, target);
                output::warning(&format!("{}: {raw} (duplicate of {component})", replaced.component));
            } else {
                targets.push(target);
            }
        }
        targets.sort_by(|one, other| one.pattern.precedence(&other.pattern));
        Ok(Self(targets))
    }

    /// The best match: exact routes first, then the longest prefix.
    pub(crate) fn find(&self, path: &str) -> Option<RouteMatch> {
        let found = |target: &Target| {
            let captures = target.pattern.captures(path)?;
            Some(RouteMatch {
                component: target.component.clone(),
                raw: target.raw.clone(),
                based: target.based.clone(),
                trailing: captures.rest.map(|rest| trailing(&rest, path)).unwrap_or_default(),
                named: captures.named,
            })
        };
        self.0.iter().find_map(found)
    }

    /// The lines of Spin's start-up message.
    pub(crate) fn describe(&self, base: &str) -> Vec<String> {
        let line = |target: &Target| {
            let path = prefix(&target.based);
            let wildcard = if path.len() < target.based.len() { " (wildcard)" } else { "" };
            format!("  {}: {base}{path}{wildcard}", target.component)
        };
        self.0.iter().map(line).collect()
    }
}

impl Target {
    fn new(raw: &str, component: &str) -> Result<Self> {
        let slash = if raw.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{raw}");
        let based = path.strip_suffix('/').unwrap_or(&path).to_owned();
        if based.starts_with(WELL_KNOWN) {
            let text = "is handled by the Spin runtime and will never be reached";
            output::warning(&format!("Route {based} {text}"));
        }
        let pattern = Pattern::parse(&based);
        let pattern = pattern
            .with_context(|| format!("Error parsing route {based} associated with component {component}"))?;
        Ok(Self { component: component.to_owned(), pattern, raw: raw.to_owned(), based })
    }
}

fn prefix(route: &str) -> &str {
    route.strip_suffix("/...").unwrap_or(route)
}

/// Spin keeps a trailing slash that the router drops.
fn trailing(rest: &str, path: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

impl RouteMatch {
    /// What service chaining matches: every path, of one component.
    pub(crate) fn chained(component: &str, path: &str) -> Self {
        let every = "/...".to_owned();
        Self {
            component: component.to_owned(),
            raw: every.clone(),
            based: every,
            trailing: path.to_owned(),
            named: Vec::new(),
        }
    }

    /// Appends Spin's headers. A client's own of the same name stay, and come first: only the last is the runtime's.
    pub(crate) fn add_headers<B>(&self, request: &mut Request<B>, client: SocketAddr) -> Result<()> {
        for value in request.headers().values() {
            str::from_utf8(value.as_bytes())?;
        }
        let host = request.headers().get(http::header::HOST).map(HeaderValue::to_str).transpose()?;
        let scheme = request.uri().scheme_str().unwrap_or("http");
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let full_url = format!("{scheme}://{}{path}", host.unwrap_or("localhost"));
        let fixed = [
            ("spin-path-info", self.trailing.clone()),
            ("spin-full-url", full_url),
            ("spin-matched-route", self.based.clone()),
            ("spin-base-path", "/".to_owned()),
            ("spin-raw-component-route", self.raw.clone()),
            ("spin-component-route", prefix(&self.raw).to_owned()),
            ("spin-client-addr", client.to_string()),
        ];
        for (name, value) in fixed {
            append(request.headers_mut(), name, &value);
        }
        for (name, value) in &self.named {
            let name = format!("spin-path-match-{}", name.replace('_', "-").to_ascii_lowercase());
            append(request.headers_mut(), &name, value);
        }
        Ok(())
    }
}

/// A value that is no header value is left out, as in Spin.
fn append(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: &[&str]) -> Routes {
        let routes: Vec<_> =
            paths.iter().map(|path| (Route::Path((*path).to_owned()), format!("at {path}"))).collect();
        Routes::new(&routes).unwrap()
    }

    fn found(routes: &Routes, path: &str) -> Option<String> {
        routes.find(path).map(|found| found.component)
    }

    #[test]
    fn exact_beats_wildcard_and_the_longest_prefix_wins() {
        let routes = routes(&["/...", "/api/...", "/api/users"]);
        assert_eq!(found(&routes, "/api/users").unwrap(), "at /api/users");
        assert_eq!(found(&routes, "/api/users/1").unwrap(), "at /api/...");
        assert_eq!(found(&routes, "/x").unwrap(), "at /...");
        assert_eq!(found(&self::routes(&["/api/..."]), "/x"), None);
    }

    #[test]
    fn the_trailing_part_keeps_its_slashes() {
        let routes = routes(&["/test/..."]);
        for (path, rest) in [("/test", ""), ("/test/", "/"), ("/test/a", "/a"), ("/test/a/", "/a/")] {
            assert_eq!(routes.find(path).unwrap().trailing, rest, "{path}");
        }
    }

    #[test]
    fn the_last_client_address_is_the_runtimes() {
        let mut request = Request::get("http://a.test/u/7?x=1").header("host", "a.test").body(()).unwrap();
        request.headers_mut().append("spin-client-addr", HeaderValue::from_static("9.9.9.9:9"));
        let found = routes(&["/u/:id"]).find("/u/7").unwrap();
        found.add_headers(&mut request, "127.0.0.1:5".parse().unwrap()).unwrap();
        let all: Vec<_> = request.headers().get_all("spin-client-addr").iter().collect();
        assert_eq!(all, ["9.9.9.9:9", "127.0.0.1:5"]);
        assert_eq!(request.headers()["spin-full-url"], "http://a.test/u/7?x=1");
        assert_eq!(request.headers()["spin-path-match-id"], "7");
    }
}
