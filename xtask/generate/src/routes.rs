//! The table of routes with their guards.

use edge::openapi::Document;

/// `edge/tests/routes.txt`, to which a test holds the application: who may call what changes only in plain sight.
pub(crate) fn table() -> String {
    Document::of_routes().guards()
}
