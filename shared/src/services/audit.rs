//! The audit log: sealing, listing and verifying it.
//!
//! Entries go in with the writes that they tell of, unsealed, because a hash over the one before would make every write
//! wait for every other. Sealing follows: by the consumer's sweeps, and before the log is read.

use log::Level;

use crate::audit::chain::{Hash, Recorded, Walk};
use crate::auth::{Granted, can};
use crate::error::{DetailCode, Error, Result, Violation};
use crate::logging::Line;
use crate::models::audit::{Anchor, AuditReportView};
use crate::ports::{DatabaseError, Ports, Rows};
use crate::query::ListQuery;
use crate::repositories::audit;
use crate::services::context::Context;
use crate::services::lists::{self, PageText};

/// Entries that one statement seals.
const SEAL_STEP: u32 = 200;

/// Statements that one call seals with; what is left, the next one finds.
const SEAL_STEPS: u32 = 5;

/// Entries that one request verifies.
const VERIFY_STEP: u32 = 1000;

/// Seals entries that are not sealed yet, up to a thousand. Logs the newest seal: kept apart from the database, that line
/// shows later whether the log up to there was changed.
///
/// Two may seal at the same time: the second finds the head moved, adds nothing, and goes on from there.
///
/// # Errors
/// When the database does not answer.
pub async fn seal(ports: &Ports) -> Result<()> {
    let mut sealed = None;
    for _ in 0..SEAL_STEPS {
        let answers = ports.database.batch(vec![audit::head(), audit::unsealed(SEAL_STEP)]).await?;
        let [head, entries] = answers.as_slice() else {
            return Err(Error::internal("the sealing batch answered too little"));
        };
        let head = audit::read_anchor(head)?;
        let (seals, gap) = links(head, entries)?;
        if let Some(last) = seals.last() {
            let added = ports.database.query(audit::seal(head, &seals)).await?;
            sealed = (added.changes > 0).then_some(*last).or(sealed);
        }
        if let Some(seq) = gap {
            let line = Line::new(Level::Error, "the audit log has a gap and is not sealed beyond it");
            line.at(ports.clock.now()).with("seq", &seq).write();
        }
        if gap.is_some() || entries.len() < usize::try_from(SEAL_STEP).unwrap_or(usize::MAX) {
            break;
        }
    }
    if let Some(Anchor { seq, hash }) = sealed {
        let line = Line::new(Level::Info, "audit log sealed").at(ports.clock.now());
        line.with("seq", &seq).with("hash", &hash.to_hex()).write();
    }
    Ok(())
}

/// The seals of the entries that follow the head, and the number where one is missing.
fn links(head: Option<Anchor>, entries: &Rows) -> Result<(Vec<Anchor>, Option<i64>), DatabaseError> {
    let mut at = head.unwrap_or(Anchor { seq: 0, hash: Hash::GENESIS });
    let mut seals = Vec::with_capacity(entries.len());
    for row in entries.iter() {
        let entry = Recorded::read(row)?;
        if entry.seq != at.seq + 1 {
            return Ok((seals, Some(at.seq + 1)));
        }
        at = Anchor { seq: entry.seq, hash: entry.hash(at.hash) };
        seals.push(at);
    }
    Ok((seals, None))
}

/// The service of the audit log.
pub struct Audit<'a> {
    context: Context<'a>,
}

impl<'a> Audit<'a> {
    /// The service for one request.
    pub fn new(context: Context<'a>) -> Self {
        Self { context }
    }

    /// A page of entries.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &Granted<can::ReadAudit>, query: &ListQuery) -> Result<PageText> {
        seal(self.context.ports).await?;
        lists::uncached::<Recorded>(self.context.ports, query).await
    }

    /// Verifies up to a thousand entries after the one with the number `after`.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when that one is not sealed.
    pub async fn verify(&self, _: &Granted<can::ReadAudit>, after: i64) -> Result<AuditReportView> {
        let Context { ports, .. } = self.context;
        seal(ports).await?;
        verify(ports, after).await
    }
}

/// Verifies a stretch of the chain as it is in the database.
///
/// # Errors
/// As [`Audit::verify`].
pub async fn verify(ports: &Ports, after: i64) -> Result<AuditReportView> {
    let batch = vec![audit::head(), audit::seal_of(after), audit::entries_after(after, VERIFY_STEP)];
    let answers = ports.database.batch(batch).await?;
    let [head, start, entries] = answers.as_slice() else {
        return Err(Error::internal("the verifying batch answered too little"));
    };
    let head = audit::read_anchor(head)?;
    let start = match audit::read_anchor(start)? {
        Some(anchor) => anchor.hash,
        None if after == 0 => Hash::GENESIS,
        None => {
            let sentence = "Must be the number of a sealed entry, or 0.";
            return Err(Error::BadQuery(vec![Violation::new("after", DetailCode::Invalid, sentence)]));
        }
    };
    let mut walk = Walk::after(after, start, head.map_or(0, |head| head.seq));
    let ended = entries.len() < usize::try_from(VERIFY_STEP).unwrap_or(usize::MAX);
    let mut broken = None;
    for row in entries.iter() {
        let seal: Option<String> = row.get("hash")?;
        broken = walk.step(&Recorded::read(row)?, seal.as_deref()).err();
        if broken.is_some() {
            break;
        }
    }
    if broken.is_none() && ended {
        broken = walk.end().err();
    }
    Ok(AuditReportView {
        ok: broken.is_none(),
        verified_to: walk.seq,
        next: (broken.is_none() && !ended && !walk.is_complete()).then_some(walk.seq),
        broken: broken.map(Into::into),
        head: head.map(Into::into),
    })
}
