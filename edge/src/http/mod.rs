//! HTTP without a runtime: bodies, router, extractors, responses.

pub mod body;
