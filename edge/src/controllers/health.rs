//! Health.

use std::rc::Rc;

use shared::auth::Public;
use shared::error::{DetailCode, Violation};
use shared::models::health::{LivenessView, ReadinessView};

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
    if checks.iter().all(|check| check.ok) {
        return Data::new(&ReadinessView { status: "ok", checks });
    }
    let broken = checks.iter().filter(|check| !check.ok);
    let details =
        broken.map(|check| Violation::new(check.name, DetailCode::Unavailable, "Does not work.")).collect();
    Err(Failure::new(Code::Unavailable, "The service is not ready; see the details.").with_details(details))
}
