//! Background work on tokio's local tasks.

use shared::ports::{Background, LocalTask};

/// Spawns tasks on the surrounding `LocalSet`, which must live as long as they are to run. A task that panics ends
/// alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalBackground;

impl Background for LocalBackground {
    fn spawn(&self, task: LocalTask) {
        tokio::task::spawn_local(task);
    }
}
