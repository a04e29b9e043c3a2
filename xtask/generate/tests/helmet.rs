//! What the table of security headers says of Helmet is what Helmet does, and what we send is no weaker.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use edge::middleware::security_headers::{HELMET, REMOVED, TABLE};
use harness::workspace;
use serde_json::{Value, json};

/// Whose value is another one: X-Frame-Options is stricter to see, the policies are compared beside them.
const STRICTER: [&str; 2] = ["content-security-policy", "x-frame-options"];

fn json_file(path: &Path) -> Value {
    assert!(path.exists(), "{} is missing: `cargo xtask setup` installs the npm packages", path.display());
    let text = std::fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// What Helmet does, asked under Node.
fn helmet() -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helmet.mjs");
    let output = Command::new(workspace::node().unwrap()).arg(script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n`cargo xtask setup` installs the npm packages");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_table_says_of_helmet_what_helmet_does() {
    let rows = TABLE.iter().filter_map(|header| Some((header.name, header.helmet?)));
    let table: BTreeMap<_, _> = rows.collect();
    let helmet = helmet();
    assert_eq!(helmet["sets"], json!(table));
    assert_eq!(helmet["removes"], json!([REMOVED]));
    assert!(TABLE.iter().all(|header| header.name != REMOVED));
}

#[test]
fn the_helmet_that_is_asked_is_the_one_that_the_table_names() {
    let pinned = json_file(&workspace::root().join("package.json"));
    assert_eq!(pinned["devDependencies"]["helmet"], HELMET);
    assert_eq!(json_file(&workspace::npm("helmet/package.json"))["version"], HELMET);
}

#[test]
fn what_we_send_is_what_helmet_sends_or_stricter() {
    for header in TABLE {
        let same = header.helmet.is_none_or(|helmet| helmet == header.value);
        assert_eq!(same, !STRICTER.contains(&header.name), "{}: {}", header.name, header.value);
    }
}
