//! The API's page for people.

use crate::controllers::docs;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/docs", docs::page, || {
        About::new("getDocs", "The page for people")
            .description("Shows this document and sends requests by it.")
            .fails_with(&[Code::Unavailable])
    });
    routes.get("/docs/{file}", docs::file, || {
        About::new("getDocsFile", "A file of the page for people")
            .description("Scripts, styles and licences.")
    });
}
