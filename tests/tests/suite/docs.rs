use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use app::TestApp;

/// Every file that the page loads, as it names them itself.
async fn files(app: &TestApp) -> Vec<String> {
    let page = app.visitor().get("/docs").await.expect_status(200);
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    text.split("\"docs/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The status of a request whose path no client has tidied up.
fn raw_status(app: &TestApp, path: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", app.server().port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    std::str::from_utf8(&head).unwrap().strip_prefix("HTTP/1.1 ").unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_api_page_comes_with_its_own_policy() {
    let app = TestApp::start().await;
    let page = app.visitor().get("/docs").await.expect_status(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    for loose in ["unsafe", "*", "http:", "https:", "blob:"] {
        assert!(!policy.contains(loose), "{policy}");
    }
    assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
    assert!(page.body.starts_with(b"<!doctype html>"));
}

#[tokio::test]
async fn everything_that_the_api_page_loads_is_there() {
    let app = TestApp::start().await;
    let files = files(&app).await;
    assert_eq!(files.len(), 5);
    for file in files {
        let answer = app.visitor().get(&format!("/docs/{file}")).await.expect_status(200);
        let media_type = match file.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        assert_eq!(answer.header("content-type"), Some(media_type), "{file}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{file}");
        let for_ever = Some("public, max-age=31536000, immutable");
        let caching = if file.starts_with("swagger-ui-") { for_ever } else { Some("no-cache") };
        assert_eq!(answer.header("cache-control"), caching, "{file}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; frame-ancestors 'none'"), "{file}: {policy}");
    }
}

#[tokio::test]
async fn the_viewer_arrives_whole() {
    let app = TestApp::start().await;
    let files = files(&app).await;
    let script = files
        .iter()
        .find(|file| file.starts_with("swagger-ui-") && file.rsplit('.').next() == Some("js"))
        .unwrap();
    let answer = app.visitor().get(&format!("/docs/{script}")).await.expect_status(200);
    let wanted = harness::workspace::root().join("edge/assets/docs/vendor").join(script);
    let wanted = std::fs::read(wanted).unwrap();
    assert!(wanted.len() > 1_000_000, "{} bytes", wanted.len());
    assert!(answer.body == wanted, "{} of {} bytes", answer.body.len(), wanted.len());
}

#[tokio::test]
async fn head_tells_the_length_of_the_page_and_its_files() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in ["/docs", "/docs/docs.js"] {
        let get = visitor.get(path).await.expect_status(200);
        let head = visitor.request("HEAD", path).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(&*get.body.len().to_string()), "{path}");
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    let post = visitor.request("POST", "/docs").await.assert(405, "method_not_allowed");
    assert_eq!(post.header("allow"), Some("GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn other_files_are_not_found() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in [
        "/docs/",
        "/docs/nothing.js",
        "/docs/index.html",
        "/docs/DOCS.js",
        "/docs/docs.js/",
        "/docs/vendor",
        "/docs/vendor/docs.js",
        "/docs/.hidden",
        "/docs/docs.js%00",
        "/docs/docs.js%20",
        "/docs/%FF",
        "/edge/assets/docs/index.html",
        "/assets/docs/docs.js",
        "/index.html",
    ] {
        visitor.get(path).await.assert(404, "not_found");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let app = TestApp::start().await;
    for path in [
        "/docs/..%2f..%2fCargo.toml",
        "/docs/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/docs/%2e%2e/%2e%2e/Cargo.toml",
        "/docs/../../Cargo.toml",
        "/docs/..%5c..%5cCargo.toml",
        "/docs/%252e%252e%252fCargo.toml",
        "/docs/..",
        "/docs/%2fetc%2fpasswd",
        "/docs//etc/passwd",
    ] {
        let status = raw_status(&app, path);
        assert_eq!(status, 404, "{path}");
    }
}
