//! Health.

use std::rc::Rc;

use anyhow::anyhow;
use http::header;
use shared::auth::Public;
use shared::error::{DetailCode, Violation};
use shared::models::health::{Check, CheckStatus, LivenessView, ReadinessView};

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::{Data, Result};

/// The process answers. Touches nothing else.
pub async fn live(_: Rc<Services>, _: Public) -> Result<Data<LivenessView>> {
    Data::new(&LivenessView { status: "ok" })
}

/// What the process depends on answers, too; 503 names what does not.
pub async fn ready(services: Rc<Services>, who: Public) -> Result<Data<ReadinessView>> {
    let checks = services.health().check(&who).await;
    if checks.iter().any(|check| check.status != CheckStatus::Ok) {
        return Err(not_ready(&checks));
    }
    Data::new(&ReadinessView { status: "ok", checks })
}

/// Tells the client which checks failed, and the log why.
fn not_ready(checks: &[Check]) -> Failure {
    let details = checks.iter().filter_map(|check| match check.status {
        CheckStatus::Ok => None,
        CheckStatus::Failed => Some(Violation::new(check.name, DetailCode::Failed, "Does not work.")),
        CheckStatus::TimedOut => {
            Some(Violation::new(check.name, DetailCode::TimedOut, "Did not answer in time."))
        }
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
