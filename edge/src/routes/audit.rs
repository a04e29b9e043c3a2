//! The audit log; the tag is that of capabilities.

use crate::controllers::audit;
use crate::http::Routes;
use crate::openapi::About;

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/api/v1/audit", audit::list, || {
        About::new("listAuditEntries", "List the audit log")
            .description("Who did what to what from where, the newest first. Never cached.")
    });
    routes.get("/api/v1/audit/verify", audit::verify, || {
        About::new("verifyAuditLog", "Verify the audit log").description(
            "Computes the chain of hashes anew, up to a thousand entries at a time: while `next` is a number, ask again with \
             it as `after`. Compare `head` with one that was kept elsewhere: only that shows whether the newest entries \
             are still there.",
        )
    });
}
