//! The table of routes, one file a resource: method and path to controller, nothing else.

use crate::http::Routes;

/// Declares the files and mounts their routes. `cargo fmt` does not look into the list; `.ci/run` names the folder.
macro_rules! resources {
    ($($(#[$condition:meta])? $name:ident;)+) => {
        $($(#[$condition])? pub mod $name;)+

        /// Mounts every resource.
        pub fn mount(routes: &mut impl Routes) {
            $($(#[$condition])? $name::mount(routes);)+
        }
    };
}

// In the order of the documentation.
resources! {
    health;
    openapi;
    docs;
    accounts;
    sessions;
    api_keys;
    me;
    capabilities;
    users;
    roles;
    audit;
    products;
    posts;
    jobs;
    internal;
    #[cfg(feature = "test-routes")] test;
}
