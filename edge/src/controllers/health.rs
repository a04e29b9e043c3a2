//! Health.

use std::rc::Rc;

use anyhow::anyhow;
use http::header;
use serde_json::json;
use shared::auth::Public;
use shared::error::Violation;
use shared::services::{Check, Status};

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::{Reply, Result};

/// The process answers. Touches nothing else.
pub async fn live(_: Rc<Services>, _: Public) -> Result<Reply> {
    Reply::ok(&json!({ "status": "ok" }))
}

/// What the process depends on answers, too; 503 names what does not.
pub async fn ready(services: Rc<Services>, who: Public) -> Result<Reply> {
    let checks = services.health().check(&who).await;
    if checks.iter().any(|check| check.status != Status::Ok) {
        return Err(not_ready(&checks));
    }
    Reply::ok(&json!({ "status": "ok", "checks": checks }))
}

/// Tells the client which checks failed, and the log why.
fn not_ready(checks: &[Check]) -> Failure {
    let details = checks.iter().filter_map(|check| match check.status {
        Status::Ok => None,
        Status::Failed => Some(Violation::new(check.name, "failed", "Does not work.")),
        Status::TimedOut => Some(Violation::new(check.name, "timed_out", "Did not answer in time.")),
    });
    let causes =
        checks.iter().filter_map(|check| Some(format!("{}: {:#}", check.name, check.cause.as_ref()?)));
    let causes = causes.collect::<Vec<_>>().join("; ");
    let mut failure = Failure::new(Code::Unavailable, "The service is not ready; see the details.")
        .with_details(details.collect())
        .with_header(header::RETRY_AFTER, "1");
    failure.source = Some(anyhow!(causes));
    failure
}
