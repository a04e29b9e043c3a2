//! Background jobs.

use std::rc::Rc;

use shared::auth::Authenticated;
use shared::ids::JobId;
use shared::models::job::JobView;

use crate::app::Services;
use crate::http::{Data, Path, Result};

/// One job: one's own, or any with `read_jobs`.
pub async fn get(services: Rc<Services>, who: Authenticated, Path(id): Path<JobId>) -> Result<Data<JobView>> {
    Data::new(&services.jobs().get(&who, &id).await?)
}
