//! The API's page for people: a viewer of `/openapi.json` from files that we serve ourselves.
//!
//! The viewer's files carry its version in their names and never change; ours are small and asked for every time.

use std::rc::Rc;

use async_trait::async_trait;
use http::header;
use shared::auth::Public;

use crate::app::Services;
use crate::http::extract::Extract;
use crate::http::failure::{Code, Failure};
use crate::http::{Content, Request, Result, WithHeaders as _};
use crate::openapi::Operation;

/// The page runs scripts and styles from here and talks to this API. The viewer's stylesheet holds its icons as `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const REVALIDATE: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// A file below `/docs`.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// The last segment of its address.
    pub name: &'static str,
    path: &'static str,
    media_type: &'static str,
    caching: &'static str,
}

const PAGE: File = File { name: "", path: "docs/index.html", media_type: HTML, caching: REVALIDATE };

/// Every file that there is. A change of the viewer's version changes these names, `index.html` and `package.json`.
pub const FILES: [File; 5] = [
    File { name: "docs.js", path: "docs/docs.js", media_type: SCRIPT, caching: REVALIDATE },
    File { name: "docs.css", path: "docs/docs.css", media_type: STYLE, caching: REVALIDATE },
    File {
        name: "swagger-ui-5.35.0.js",
        path: "docs/vendor/swagger-ui-5.35.0.js",
        media_type: SCRIPT,
        caching: FOR_EVER,
    },
    File {
        name: "swagger-ui-5.35.0.css",
        path: "docs/vendor/swagger-ui-5.35.0.css",
        media_type: STYLE,
        caching: FOR_EVER,
    },
    File {
        name: "swagger-ui-5.35.0-licences.txt",
        path: "docs/vendor/swagger-ui-5.35.0-licences.txt",
        media_type: TEXT,
        caching: FOR_EVER,
    },
];

#[async_trait(?Send)]
impl Extract for &'static File {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let name = request.param("file").unwrap_or_default();
        let found = FILES.iter().find(|file| file.name == name);
        found.ok_or_else(|| Failure::new(Code::NotFound, "There is nothing here."))
    }

    fn describe(operation: &mut Operation) {
        let names: Vec<_> = FILES.iter().map(|file| file.name).collect();
        operation.path_choice("file", "The file's name.", &names);
        operation.fails_with(&[Code::NotFound]);
    }
}

/// The page.
pub async fn page(services: Rc<Services>, _: Public) -> Result<Content> {
    Ok(read(&services, &PAGE).await?.header(header::CONTENT_SECURITY_POLICY, POLICY))
}

/// What the page loads.
pub async fn file(services: Rc<Services>, _: Public, file: &'static File) -> Result<Content> {
    read(&services, file).await
}

async fn read(services: &Services, file: &File) -> Result<Content> {
    let bytes = services.ports().assets.get(file.path).await.map_err(shared::Error::from)?;
    let missing = || {
        let message = "This file of the API page is not installed: `cargo xtask setup` does it.";
        Failure::new(Code::Unavailable, message)
    };
    let reply = Content::new(file.media_type, bytes.ok_or_else(missing)?);
    Ok(reply.header(header::CACHE_CONTROL, file.caching))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = include_str!("../../assets/docs/index.html");

    /// The version that npm installs.
    fn version() -> String {
        let package: serde_json::Value = serde_json::from_str(include_str!("../../../package.json")).unwrap();
        package["devDependencies"]["swagger-ui-dist"].as_str().unwrap().to_owned()
    }

    #[test]
    fn names_that_never_change_carry_the_version_that_npm_installs() {
        for file in FILES.iter().filter(|file| file.caching == FOR_EVER) {
            assert!(file.name.starts_with(&format!("swagger-ui-{}", version())), "{}", file.name);
        }
        assert!(INDEX.contains(&format!("Swagger UI {}", version())));
    }

    #[test]
    fn the_page_names_every_file_and_no_other() {
        let linked = INDEX.split("\"docs/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let mut linked: Vec<_> = linked.collect();
        linked.sort_unstable();
        let mut served: Vec<_> = FILES.iter().map(|file| file.name).collect();
        served.sort_unstable();
        assert_eq!(linked, served);
    }

    #[test]
    fn the_page_obeys_its_policy() {
        assert_eq!(INDEX.matches("<script").count(), INDEX.matches("<script src=").count());
        for inline in ["<style", "style=", " onload=", " onclick=", "javascript:", "http:", "https:"] {
            assert!(!INDEX.contains(inline), "{inline}");
        }
    }
}
