//! The OpenAPI document and the error catalogue are what the code says.

use std::collections::BTreeSet;

use edge::http::Code;
use edge::openapi::{self, Document};

#[test]
fn the_served_document_is_the_one_that_the_code_makes() {
    assert_eq!(openapi::SERVED, openapi::text(), "\nRun `cargo xtask generate`.");
}

#[test]
fn the_catalogue_of_errors_is_the_one_that_the_code_makes() {
    let written = include_str!("../../docs/ERRORS.md");
    assert_eq!(written, openapi::errors_markdown(), "\nRun `cargo xtask generate`.");
}

#[test]
fn every_operation_says_what_it_is() {
    let operations = Document::of_routes().operations;
    let mut ids = BTreeSet::new();
    for operation in &operations {
        let about = &operation.about;
        assert!(ids.insert(about.id), "{} is the id of two operations", about.id);
        assert!(!about.summary.is_empty() && about.description.ends_with('.'), "{}", about.id);
        assert!(!operation.guard.is_empty() && !operation.tag.is_empty(), "{}", about.id);
    }
}

#[test]
fn every_code_is_documented_of_some_operation_or_is_the_routers_own() {
    let operations = Document::of_routes().operations;
    let used: BTreeSet<Code> = openapi::document()["components"]["examples"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, _)| Code::ALL.iter().copied().find(|code| code.as_str() == name))
        .collect();
    assert!(!operations.is_empty());
    for code in Code::ALL {
        assert!(
            used.contains(code) || *code == Code::MethodNotAllowed,
            "no operation documents {}",
            code.as_str()
        );
    }
}
