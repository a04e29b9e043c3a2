//! Jobs, as the people who caused them see them.

use crate::auth::{Authenticated, can};
use crate::error::{Error, Result};
use crate::ids::JobId;
use crate::models::job::JobView;
use crate::ports::Ports;
use crate::repositories;

/// The service of jobs.
pub struct Jobs<'a> {
    ports: &'a Ports,
}

impl<'a> Jobs<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// One job: one's own, or any with the capability `read_jobs`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none that the caller may see.
    pub async fn get(&self, who: &Authenticated, id: &JobId) -> Result<JobView> {
        let user = who.user();
        let any = user.can::<can::ReadJobs>();
        let job = repositories::jobs::find_visible(&*self.ports.database, id, &user.id, any).await?;
        let mut job = job.ok_or(Error::NotFound("job"))?;
        if !any && job.last_error.is_some() {
            // What providers and the database say is for those who run the service.
            job.last_error = Some("The last attempt failed.".to_owned());
        }
        Ok(JobView::from(job))
    }
}
