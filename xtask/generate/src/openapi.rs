//! The OpenAPI document.

/// `edge/assets/openapi.json`, which the application serves.
pub(crate) fn json() -> String {
    format!("{:#}\n", edge::openapi::document())
}
