//! What the API page answers when its files have not been installed, or cannot be read.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::rc::Rc;

use anyhow::anyhow;
use async_trait::async_trait;
use bytes::Bytes;
use edge::app::App;
use edge::http::Response;
use edge::http::body::RequestBody;
use native::{AssetsFolder, Instance, SystemClock};
use shared::config::Config;
use shared::ports::{Assets, AssetsError};
use tokio::task::LocalSet;

/// Answers a GET request on these assets.
fn get(assets: Rc<dyn Assets>, path: &str) -> anyhow::Result<Response> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut ports = Instance::in_memory(Rc::new(SystemClock)).await?.ports;
        ports.assets = assets;
        let development = |name: &str| (name == "ENVIRONMENT").then(|| "development".to_owned());
        let app = App::new(Config::from_settings(development)?);
        Ok(app.handle(ports, http::Request::get(path).body(RequestBody::from(Bytes::new()))?).await)
    })
}

fn assert_unavailable(response: &Response) {
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((response.status().as_u16(), &body["code"]), (503, &"unavailable".into()), "{body}");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

fn viewer() -> &'static str {
    let mut files = edge::controllers::docs::FILES.iter().map(|file| file.name);
    files.find(|name| name.starts_with("swagger-ui-")).unwrap()
}

#[test]
fn a_page_without_its_viewer_is_still_a_page() {
    let scratch = std::env::temp_dir().join(format!("ashlar-missing-assets-{}", std::process::id()));
    std::fs::create_dir_all(scratch.join("docs")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../edge/assets/docs/index.html");
    std::fs::copy(own, scratch.join("docs/index.html")).unwrap();
    let page = get(Rc::new(AssetsFolder::new(&scratch)), "/docs").unwrap();
    let script = get(Rc::new(AssetsFolder::new(&scratch)), &format!("/docs/{}", viewer())).unwrap();
    std::fs::remove_dir_all(&scratch).unwrap();
    assert_eq!(page.status(), 200);
    assert_unavailable(&script);
}

#[test]
fn nothing_installed_is_said_so() {
    for path in ["/docs", "/docs/docs.js"] {
        let response = get(Rc::new(AssetsFolder::new("/nowhere")), path).unwrap();
        assert_unavailable(&response);
        assert!(String::from_utf8_lossy(response.body()).contains("cargo xtask setup"));
    }
    assert_eq!(get(Rc::new(AssetsFolder::new("/nowhere")), "/docs/other.js").unwrap().status(), 404);
}

/// Has files that nobody can read.
struct Broken;

#[async_trait(?Send)]
impl Assets for Broken {
    async fn get(&self, _path: &str) -> Result<Option<Bytes>, AssetsError> {
        Err(AssetsError(anyhow!("a disk that is gone")))
    }
}

#[test]
fn what_cannot_be_read_is_unavailable_and_nobody_learns_why() {
    let response = get(Rc::new(Broken), "/docs").unwrap();
    assert_unavailable(&response);
    assert!(!String::from_utf8_lossy(response.body()).contains("disk"));
}
