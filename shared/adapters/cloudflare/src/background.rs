//! Work after the response through `waitUntil`.

use std::rc::Rc;

use log::Level;
use shared::logging::Line;
use shared::panics;
use shared::ports::{Background, Clock as _, LocalTask};
use worker::{Context, ScheduleContext};

use crate::clock::SystemClock;

/// An event's context, which keeps the event alive until its tasks end (at most 30 seconds after the response).
pub trait WaitUntil {
    /// Takes the task and returns at once.
    fn wait_until(&self, task: LocalTask);
}

impl WaitUntil for Context {
    fn wait_until(&self, task: LocalTask) {
        Self::wait_until(self, task);
    }
}

impl WaitUntil for ScheduleContext {
    fn wait_until(&self, task: LocalTask) {
        Self::wait_until(self, task);
    }
}

pub(crate) struct AfterResponse {
    context: Rc<dyn WaitUntil>,
}

impl AfterResponse {
    pub(crate) fn new(context: Rc<dyn WaitUntil>) -> Self {
        Self { context }
    }
}

impl Background for AfterResponse {
    fn spawn(&self, task: LocalTask) {
        self.context.wait_until(Box::pin(async {
            if let Err(panic) = panics::catch(task).await {
                Line::new(Level::Error, "a task after the response panicked")
                    .at(SystemClock.now())
                    .error(&panic)
                    .write();
            }
        }));
    }
}
