//! Rate limits: the slots of writes, and the headers of every limited answer.
//!
//! Reads take none. A page from the cache costs less than asking the limiter, and so does a request that nobody is
//! signed in for. Operations that anybody may call have policies of their own, whose slots their services take.

use futures::future::join;
use http::{HeaderMap, HeaderName, HeaderValue};
use shared::auth::Authenticated;
use shared::limits::operations::Write;
use shared::limits::{Gate, Report};

use crate::app::Services;
use crate::http::Result;
use crate::http::failure::whole_seconds;

/// What the policies are (draft-ietf-httpapi-ratelimit-headers-11, section 3).
pub const POLICY: &str = "ratelimit-policy";

/// What is left of each (section 4).
pub const LIMIT: &str = "ratelimit";

/// Takes the client's slot while the user is loaded, then the user's.
///
/// # Errors
/// 429 when either has used up its quota, and whatever `load` fails with.
pub async fn write(
    services: &Services,
    load: impl Future<Output = Result<Authenticated>>,
) -> Result<Authenticated> {
    let gate = services.gate();
    let (held, who) = join(gate.admit(Write::slots_of_client(&services.caller().network)), load).await;
    let (held, who) = (held?, who?);
    drop(gate.admit_also(held, Write::slots_of_user(&who.user().id)).await?);
    Ok(who)
}

/// Adds what is known of the policies that the request came under.
pub fn add(gate: &Gate, headers: &mut HeaderMap) {
    let reports = gate.reports();
    let policies = reports.iter().map(policy);
    let limits = reports.iter().filter_map(limit);
    for (name, items) in [(POLICY, policies.collect::<Vec<_>>()), (LIMIT, limits.collect())] {
        if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(", "))) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Quota and window.
fn policy(report: &Report) -> String {
    format!("\"{}\";q={};w={}", report.policy.name, report.quota.limit, report.quota.window.as_secs())
}

/// Slots left, and seconds until there is one more; without them when none is taken.
fn limit(report: &Report) -> Option<String> {
    let decision = report.decision?;
    let left = format!("\"{}\";r={}", report.policy.name, decision.remaining);
    let more = whole_seconds(decision.more_after);
    Some(if more > 0 { format!("{left};t={more}") } else { left })
}
