//! The Background port.

use shared::ports::{Background, LocalTask};
use spin_sdk::wasip3;

/// Runs tasks within the request's own component-model task, which goes on after it has returned its response.
pub struct Spawner;

impl Background for Spawner {
    /// The task starts when the request's handler has returned or waits for something: never within this call.
    fn spawn(&self, task: LocalTask) {
        wasip3::spawn(task);
    }
}
