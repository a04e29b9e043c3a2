//! Background jobs.

use std::rc::Rc;

use shared::auth::Authenticated;
use shared::ids::JobId;

use crate::app::Services;
use crate::http::{Path, Reply, Result};

/// One job: one's own, or any with `read_jobs`.
pub async fn get(services: Rc<Services>, who: Authenticated, Path(id): Path<JobId>) -> Result<Reply> {
    Reply::ok(&services.jobs().get(&who, &id).await?)
}
