//! API keys.

use crate::controllers::api_keys;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes; the tag is that of accounts.
pub fn mount(routes: &mut impl Routes) {
    routes.get("/api/v1/auth/api-keys", api_keys::list, || {
        About::new("listApiKeys", "List one's API keys")
            .description("With those that have expired, without those that were revoked.")
    });
    routes.post("/api/v1/auth/api-keys", api_keys::create, || {
        About::new("createApiKey", "Make an API key")
            .description(
                "The answer tells the key, and nothing ever tells it again. Programs send it as `Authorization: Bearer ashlar_…`. \
                 It may do what it is made for, as long as its user may. Everybody has up to 50 keys that have not expired. \
                 The password is asked for, since a key outlives the session that makes it.",
            )
            .fails_with(&[Code::BeyondOwn, Code::WrongPassword, Code::LimitReached])
    });
    routes.delete("/api/v1/auth/api-keys/{id}", api_keys::revoke, || {
        About::new("revokeApiKey", "Revoke an API key").description("The next request with it is refused.")
    });
}
