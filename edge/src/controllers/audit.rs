//! The audit log.

use std::rc::Rc;

use shared::audit::chain::Recorded;
use shared::auth::{Granted, can};
use shared::models::audit::{AuditEntryView, AuditReportView, VerifyQuery};

use crate::app::Services;
use crate::http::{Data, ListOf, Page, Query, Result, Valid};

/// A page of the log. Needs `read_audit`.
pub async fn list(
    services: Rc<Services>,
    who: Granted<can::ReadAudit>,
    list: ListOf<Recorded>,
) -> Result<Page<AuditEntryView>> {
    Ok(Page::new(&services.audit().list(&who, &list.query).await?))
}

/// Verifies the log. Needs `read_audit`.
pub async fn verify(
    services: Rc<Services>,
    who: Granted<can::ReadAudit>,
    Valid(Query(query)): Valid<Query<VerifyQuery>>,
) -> Result<Data<AuditReportView>> {
    Data::new(&services.audit().verify(&who, query.after.unwrap_or_default()).await?)
}
