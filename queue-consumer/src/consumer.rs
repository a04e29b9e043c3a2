//! What a wake-up does: run the named jobs, or sweep for whatever is due.

use std::cell::Cell;
use std::time::Duration;

use log::Level;
use shared::config::Config;
use shared::error::{Error, Result};
use shared::jobs::{self, JobKind};
use shared::logging::{Line, without_addresses};
use shared::ports::{Ports, Statement};
use shared::repositories::guards;
use shared::repositories::jobs::{self as table, Lease};
use shared::services::audit;
use shared::time::Timestamp;
use shared::{ids, panics};

use crate::handlers::{self, Attempt, Keys, Outcome};
use crate::tidy;

/// Jobs that one sweep runs at most of those that wait, and as many again of those whose lease ran out; what is left,
/// the next one finds.
const SWEEP_LIMIT: u32 = 50;

/// The time between two looks for due jobs beside the ones that the bell rang for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(2);

/// The longest wait that a provider can ask for.
const LONGEST_WISH: Duration = Duration::from_hours(12);

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Jobs claimed.
    pub claimed: u32,
    /// Jobs that ended well.
    pub completed: u32,
    /// Jobs that failed and will be tried again or are dead.
    pub failed: u32,
    /// Whether the database did not answer: the wake-up should come again.
    pub unavailable: bool,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.claimed += other.claimed;
        self.completed += other.completed;
        self.failed += other.failed;
        self.unavailable |= other.unavailable;
    }
}

/// The job runner, built once per instance.
pub struct Consumer {
    config: Config,
    keys: Keys,
    last_sweep: Cell<Timestamp>,
    last_tidy: Cell<Timestamp>,
}

impl Consumer {
    /// Takes the settings.
    pub fn new(config: Config) -> Self {
        let never = || Cell::new(Timestamp::from_millis(0));
        Self { config, keys: Keys::default(), last_sweep: never(), last_tidy: never() }
    }

    /// Runs the named jobs if they are due and nobody else holds them. Ids that are unknown, done or held are
    /// passed over: a doorbell may ring twice. Now and then it looks for other due jobs afterwards, so that retries
    /// and lost bells wait for a timer only while nothing else happens.
    pub async fn run(&self, ports: &Ports, job_ids: &[String]) -> Report {
        let mut report = self.run_each(ports, job_ids).await;
        if ports.clock.now().since(self.last_sweep.get()) >= SWEEP_INTERVAL {
            report.add(self.sweep(ports).await);
        }
        report
    }

    async fn run_each(&self, ports: &Ports, job_ids: &[String]) -> Report {
        let mut report = Report::default();
        for id in job_ids {
            // A panic costs this job only: its lease runs out, and a sweep finds it again. Spin ends the instance instead.
            match panics::catch(self.run_one(ports, id, &mut report)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    line(ports, Level::Error, "the job could not be run")
                        .with("job_id", id)
                        .error(&error)
                        .write();
                    report.unavailable = true;
                }
                Err(panic) => {
                    line(ports, Level::Error, "the job panicked").with("job_id", id).error(&panic).write();
                }
            }
        }
        report
    }

    /// Runs jobs that are due, bounded in number, then seals the audit log, and now and then deletes what is over.
    pub async fn sweep(&self, ports: &Ports) -> Report {
        let now = ports.clock.now();
        self.last_sweep.set(now);
        if now.since(self.last_tidy.get()) >= tidy::INTERVAL {
            self.last_tidy.set(now);
            tidy::run(ports, &self.config).await;
        }
        let report = match table::due(&*ports.database, ports.clock.now(), SWEEP_LIMIT).await {
            Ok(ids) => self.run_each(ports, &ids).await,
            Err(error) => {
                line(ports, Level::Error, "no sweep for due jobs").error(&error).write();
                Report { unavailable: true, ..Report::default() }
            }
        };
        if let Err(error) = audit::seal(ports).await {
            line(ports, Level::Error, "the audit log could not be sealed").error(&error).write();
        }
        report
    }

    async fn run_one(&self, ports: &Ports, id: &str, report: &mut Report) -> Result<()> {
        let now = ports.clock.now();
        let token = ids::new_uuid(&*ports.clock, &*ports.entropy)?;
        let claimed = table::claim(&*ports.database, id, &token, now, jobs::lease_until(now)).await?;
        let Some(lease) = claimed else { return Ok(()) };
        report.claimed += 1;
        let outcome = match JobKind::parse(&lease.job.kind, &lease.job.payload) {
            // Attempts that end by a panic, a kill or a hang come to no outcome: the claim counts them.
            _ if lease.job.attempts > lease.job.max_attempts => {
                Outcome::Bury("the last attempt did not come to an end".to_owned())
            }
            Ok(kind) => {
                let attempt = Attempt { ports, config: &self.config, keys: &self.keys, lease: &lease };
                handlers::run(&attempt, kind).await
            }
            Err(reason) => Outcome::Bury(reason),
        };
        log_outcome(ports, &lease, &outcome, ports.clock.now().since(now));
        if settle(ports, &lease, outcome).await? {
            report.completed += 1;
        } else {
            report.failed += 1;
        }
        Ok(())
    }
}

/// Records what came of an attempt, in one batch with the attempt's effects. Whoever has lost the lease changes
/// nothing. Answers whether the job ended well.
async fn settle(ports: &Ports, lease: &Lease, outcome: Outcome) -> Result<bool> {
    let now = ports.clock.now();
    let (done, end, effects) = match outcome {
        Outcome::Done(effects) => (true, table::complete(lease, now), effects),
        Outcome::Retry(reason, _) if lease.job.attempts >= lease.job.max_attempts => {
            (false, table::bury(lease, &without_addresses(&reason), now), Vec::new())
        }
        Outcome::Retry(reason, wish) => {
            // No wish is granted beyond the time for which providers remember idempotency keys.
            let wish = wish.unwrap_or_default().min(LONGEST_WISH);
            let wait = wish.max(jobs::backoff(lease.job.attempts, random(ports)?));
            (false, table::retry(lease, &without_addresses(&reason), now, now.plus(wait)), Vec::new())
        }
        Outcome::Bury(reason) => (false, table::bury(lease, &without_addresses(&reason), now), Vec::new()),
    };
    let mut batch: Vec<Statement> = vec![table::guard(lease)];
    batch.extend(effects);
    batch.push(end);
    match ports.database.batch(batch).await {
        Ok(_) => Ok(done),
        Err(error) if guards::is_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// One line an attempt: what came of it, and why when it did not work.
fn log_outcome(ports: &Ports, lease: &Lease, outcome: &Outcome, duration: Duration) {
    let (level, name, reason) = match outcome {
        Outcome::Done(_) => (Level::Info, "done", None),
        Outcome::Retry(reason, _) => (Level::Warn, "failed", Some(reason)),
        Outcome::Bury(reason) => (Level::Error, "dead", Some(reason)),
    };
    let job = &lease.job;
    let line = line(ports, level, &format!("job {} {name}", job.kind))
        .with("job_id", &job.id)
        .with("kind", &job.kind)
        .with("attempt", &job.attempts)
        .with("outcome", name)
        .with("duration_ms", &u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    match reason {
        Some(reason) => line.error(reason).write(),
        None => line.write(),
    }
}

fn line(ports: &Ports, level: Level, message: &str) -> Line {
    Line::new(level, message).at(ports.clock.now())
}

fn random(ports: &Ports) -> Result<u32> {
    let mut bytes = [0; 4];
    ports.entropy.fill(&mut bytes).map_err(Error::Internal)?;
    Ok(u32::from_le_bytes(bytes))
}
