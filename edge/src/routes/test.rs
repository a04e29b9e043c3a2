//! Routes that only test builds have.

use crate::controllers::test;
use crate::http::Router;

/// Mounts the routes.
pub fn mount(router: &mut Router) {
    router.post("/__test/panic", test::panic);
    router.get("/__test/wait", test::wait);
    router.get("/__test/contract", test::list_contract);
    router.post("/__test/contract/{name}", test::run_contract);
    router.post("/__test/limiter/{name}", test::take_slot);
}
