//! Third link: a capability.

use shared::auth::{Authenticated, Capability, Granted};

use crate::http::Result;

/// The proof that the user holds `C`.
///
/// # Errors
/// 403 when they do not.
pub fn require<C: Capability>(who: Authenticated) -> Result<Granted<C>> {
    Ok(who.require()?)
}
