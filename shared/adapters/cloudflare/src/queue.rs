//! The doorbell as messages of a Cloudflare Queue.

use async_trait::async_trait;
use js_sys::Promise;
use shared::ports::{Queue, QueueError};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use crate::QUEUE;
use crate::binding::{Binding, explain, explain_worker};

// The `worker` crate knows no `metrics`.
#[wasm_bindgen]
extern "C" {
    type Measured;

    #[wasm_bindgen(method, catch)]
    fn metrics(this: &Measured) -> Result<Promise, JsValue>;
}

/// The body of a message that names no job: the consumer looks for whatever is due.
pub const SWEEP: &str = "sweep";

/// The most messages that one `sendBatch` takes.
const BATCH: usize = 100;

/// One message per job, its body the id as plain text; no ids at all is one [`SWEEP`].
pub(crate) struct Producer {
    binding: Binding<worker::Queue>,
}

impl Producer {
    pub(crate) fn new(env: &Env) -> Self {
        Self { binding: Binding::new(env, QUEUE) }
    }
}

#[async_trait(?Send)]
impl Queue for Producer {
    async fn ring(&self, job_ids: &[String]) -> Result<(), QueueError> {
        let queue = self.binding.get().map_err(QueueError)?;
        let failed = |error| QueueError(explain_worker(error));
        if job_ids.is_empty() {
            return queue.send(SWEEP).await.map_err(failed);
        }
        for batch in job_ids.chunks(BATCH) {
            queue.send_batch(batch.iter().map(String::as_str)).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Asks the queue for the length of its backlog. That says that the queue exists and takes messages; whether
    /// somebody consumes them, a producer cannot know.
    async fn check(&self) -> Result<(), QueueError> {
        let queue: &Measured = self.binding.get().map_err(QueueError)?.unchecked_ref();
        let failed = |error| QueueError(explain(&error));
        JsFuture::from(queue.metrics().map_err(failed)?).await.map(drop).map_err(failed)
    }
}
