//! The table of routes, one file a resource: method and path to controller, nothing else.

pub mod auth;
pub mod docs;
pub mod health;
pub mod internal;
pub mod jobs;
pub mod me;
pub mod products;
#[cfg(feature = "test-routes")]
pub mod test;

use crate::http::Router;

/// Mounts every resource.
pub fn mount(router: &mut Router) {
    health::mount(router);
    docs::mount(router);
    auth::mount(router);
    me::mount(router);
    products::mount(router);
    jobs::mount(router);
    internal::mount(router);
    #[cfg(feature = "test-routes")]
    test::mount(router);
}
