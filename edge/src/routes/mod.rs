//! The table of routes, one file a resource: method and path to controller, nothing else.

pub mod auth;
pub mod docs;
pub mod health;
pub mod internal;
pub mod jobs;
pub mod me;
pub mod openapi;
pub mod products;
#[cfg(feature = "test-routes")]
pub mod test;

use crate::http::Routes;

/// Mounts every resource.
pub fn mount(routes: &mut impl Routes) {
    health::mount(routes);
    openapi::mount(routes);
    docs::mount(routes);
    auth::mount(routes);
    me::mount(routes);
    products::mount(routes);
    jobs::mount(routes);
    internal::mount(routes);
    #[cfg(feature = "test-routes")]
    test::mount(routes);
}
