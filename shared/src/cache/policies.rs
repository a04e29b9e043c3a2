//! The table of what is cached: where, how long, and how old it may be. docs/CACHING.md is made from it.

use std::time::Duration;

use super::MAX_STALENESS;

/// How the answers of one operation are cached.
#[derive(Debug)]
pub struct Policy {
    /// The operation, by its id in the OpenAPI document.
    pub operation: &'static str,
    /// The resource whose generation rules out what is kept, by its name in the table `generations`.
    pub resource: &'static str,
    /// Whether the key-value store keeps it, too, for other isolates.
    pub shared: bool,
    /// From this age on, an answer has it read anew in the background. Each isolate takes up to a tenth off it, and
    /// more, by chance, where reading takes long.
    pub fresh: Duration,
    /// The age from which on it is never served: what other readers than the writer are promised.
    pub staleness: Duration,
    /// The same for the knowledge that there is no such thing.
    pub absence: Duration,
}

/// Lists: the same for many readers, and read by several statements, so that the store is worth asking.
const LIST: Policy = Policy {
    operation: "",
    resource: "",
    shared: true,
    fresh: Duration::from_secs(5),
    staleness: MAX_STALENESS,
    absence: Duration::ZERO,
};

/// Entities: the database finds one by its id as fast as the store does, so that only the isolate keeps them.
const ENTITY: Policy = Policy {
    operation: "",
    resource: "",
    shared: false,
    fresh: Duration::from_secs(2),
    staleness: Duration::from_secs(5),
    absence: Duration::from_secs(2),
};

macro_rules! policies {
    ($($name:ident = $base:ident of $resource:literal for $operation:literal;)+) => {
        $(
            #[doc = concat!("The operation `", $operation, "`.")]
            pub static $name: Policy = Policy { operation: $operation, resource: $resource, ..$base };
        )+

        /// All of them.
        pub static POLICIES: &[&Policy] = &[$(&$name),+];
    };
}

policies! {
    LIST_PRODUCTS = LIST of "products" for "listProducts";
    GET_PRODUCT = ENTITY of "products" for "getProduct";
    LIST_POSTS = LIST of "published_posts" for "listPosts";
    GET_POST = ENTITY of "published_posts" for "getPost";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_keeps_within_the_promise() {
        for policy in POLICIES {
            assert!(policy.staleness <= MAX_STALENESS && policy.absence <= policy.staleness, "{policy:?}");
            assert!(policy.fresh < policy.staleness, "{policy:?} leaves no time to refresh");
        }
    }
}
