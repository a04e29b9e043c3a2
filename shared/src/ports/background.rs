//! Work that goes on after the response has been sent.

use std::pin::Pin;

/// A task that need not be `Send`; it answers nothing and handles its own errors.
pub type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks off the request's path.
///
/// # MUST
/// - return at once; the task makes progress after the response is on its way;
/// - run every task to its end while the instance lives.
///
/// It is not durable: a killed instance drops its tasks. Whatever must happen is a job (see [`crate::jobs`]).
pub trait Background {
    /// Takes the task and returns before it ends.
    fn spawn(&self, task: LocalTask);
}
