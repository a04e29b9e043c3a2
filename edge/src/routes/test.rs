//! Routes that only test builds have.

use crate::controllers::test;
use crate::http::Routes;
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    let about = || About::new("", "");
    routes.post("/__test/panic", test::panic, about);
    routes.get("/__test/wait", test::wait, about);
    routes.get("/__test/chunks/{name}", test::chunks, about);
    routes.get("/__test/contract", test::list_contract, about);
    routes.post("/__test/contract/{name}", test::run_contract, about);
    routes.post("/__test/limiter/{name}", test::take_slot, about);
}
