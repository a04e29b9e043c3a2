//! What the pages on security name as proof is in the tree: tests and files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

const PAGES: [&str; 2] = ["docs/SECURITY.md", "docs/ASVS.md"];

/// What names of files end with, where a page has them in its text.
const ENDINGS: [&str; 5] = [".rs", ".md", ".toml", ".txt", ".json"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// What stands between backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("```")).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The file that a page calls so.
fn file(name: &str) -> PathBuf {
    let suite = name.strip_prefix("suite/").map(|name| format!("tests/tests/suite/{name}"));
    root().join(suite.as_deref().unwrap_or(name))
}

/// File and function of each `file::function`; `::function` is in the file that was named last.
fn tests(text: &str) -> Vec<(&str, &str)> {
    let mut named = Vec::new();
    let mut last = None;
    for (path, function) in quoted(text).filter_map(|quoted| quoted.rsplit_once("::")) {
        let is_code = Path::new(path).extension().is_some_and(|ending| ending == "rs");
        if is_code {
            last = Some(path);
        }
        if path.is_empty() || is_code {
            named.push((last.unwrap(), function));
        }
    }
    named
}

fn is_missing(&(path, function): &(&str, &str)) -> bool {
    let code = std::fs::read_to_string(file(path)).unwrap_or_default();
    !code.contains(&format!("fn {function}("))
}

#[test]
fn every_test_that_a_page_on_security_names_exists() {
    for path in PAGES {
        let text = page(path);
        let named = tests(&text);
        assert!(named.len() >= 50, "{path} names {} tests", named.len());
        let missing: Vec<_> = named.into_iter().filter(is_missing).collect();
        assert!(missing.is_empty(), "{path}: {missing:#?}");
    }
}

#[test]
fn every_file_that_a_page_on_security_names_or_links_to_exists() {
    for path in PAGES {
        let text = page(path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files = links.map(|link| link.split('#').next().unwrap());
        let linked = files.filter(|file| !file.is_empty() && !file.contains("://"));
        let linked = linked.map(|link| root().join("docs").join(link));
        let is_file = |name: &&str| name.contains('/') && ENDINGS.iter().any(|ending| name.ends_with(ending));
        let named = quoted(&text).filter(|name| !name.contains([' ', '*', '{']) && !name.starts_with('/'));
        let missing: Vec<_> =
            linked.chain(named.filter(is_file).map(file)).filter(|file| !file.exists()).collect();
        assert!(missing.is_empty(), "{path}: {missing:#?}");
    }
}

#[test]
fn a_test_that_does_not_exist_is_found() {
    let text = "`suite/refresh.rs::guesses_end_nothing`, `::guesses_end_noth` and `docs/none.rs::guesses_end_nothing`";
    let missing: Vec<_> = tests(text).into_iter().filter(is_missing).collect();
    assert_eq!(missing, [("suite/refresh.rs", "guesses_end_noth"), ("docs/none.rs", "guesses_end_nothing")]);
}
