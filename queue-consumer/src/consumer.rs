//! What a wake-up does: run the named jobs, or sweep for whatever is due.

use shared::config::Config;
use shared::ports::Ports;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Jobs claimed.
    pub claimed: u32,
    /// Jobs that ended well.
    pub completed: u32,
    /// Jobs that failed and will be tried again or are dead.
    pub failed: u32,
}

/// The job runner, built once per instance.
pub struct Consumer {
    config: Config,
}

impl Consumer {
    /// Takes the settings.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Runs the named jobs if they are due and nobody else holds them. Ids that are unknown, done or held are
    /// passed over: a doorbell may ring twice.
    pub async fn run(&self, ports: &Ports, job_ids: &[String]) -> Report {
        let _ = (&self.config, ports, job_ids);
        Report::default()
    }

    /// Runs every job that is due, bounded in number and time.
    pub async fn sweep(&self, ports: &Ports) -> Report {
        let _ = (&self.config, ports);
        Report::default()
    }
}
