//! The doorbell as a channel to a consumer in the same process.

use async_trait::async_trait;
use shared::ports::{Queue, QueueError};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::give_way;

/// Rings that may wait; a bell that does not ring is found by a sweep.
const CAPACITY: usize = 10_000;

/// What the port allows in one call.
const MAX_IDS: usize = 100;

/// The bell's button.
#[derive(Debug, Clone)]
pub struct MemoryQueue(mpsc::Sender<Vec<String>>);

/// The consumer's end of the bell.
#[derive(Debug)]
pub struct Rings(mpsc::Receiver<Vec<String>>);

impl MemoryQueue {
    /// A bell with its two ends.
    pub fn new() -> (Self, Rings) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self(sender), Rings(receiver))
    }
}

impl Rings {
    /// Waits for the bell and answers the job ids of one ring; `None` once every button is gone.
    pub async fn next(&mut self) -> Option<Vec<String>> {
        self.0.recv().await
    }
}

#[async_trait(?Send)]
impl Queue for MemoryQueue {
    async fn ring(&self, job_ids: &[String]) -> Result<(), QueueError> {
        give_way().await;
        if job_ids.len() > MAX_IDS {
            return Err(QueueError(anyhow::anyhow!(
                "{} job ids in one call, allowed are {MAX_IDS}",
                job_ids.len()
            )));
        }
        match self.0.try_send(job_ids.to_vec()) {
            // An instance that has no consumer, as in a tool, keeps its jobs until one starts.
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(_)) => Err(QueueError(anyhow::anyhow!("{CAPACITY} rings wait already"))),
        }
    }

    async fn check(&self) -> Result<(), QueueError> {
        give_way().await;
        if self.0.is_closed() {
            return Err(QueueError(anyhow::anyhow!("nobody listens to the bell")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn rings_arrive_in_order() {
        let (queue, mut rings) = MemoryQueue::new();
        for id in ["a", "b"] {
            block_on(queue.ring(&[id.to_owned()])).unwrap();
        }
        assert_eq!(block_on(rings.next()).unwrap(), ["a"]);
        assert_eq!(block_on(rings.next()).unwrap(), ["b"]);
        drop(queue);
        assert_eq!(block_on(rings.next()), None);
    }

    #[test]
    fn a_check_rings_for_nothing_and_misses_a_consumer_that_is_gone() {
        let (queue, mut rings) = MemoryQueue::new();
        block_on(queue.check()).unwrap();
        assert_eq!(rings.next().now_or_never(), None, "the bell is silent");
        drop(rings);
        assert!(block_on(queue.check()).is_err());
    }

    #[test]
    fn too_many_ids_are_refused() {
        let (queue, _rings) = MemoryQueue::new();
        assert!(block_on(queue.ring(&vec![String::new(); 101])).is_err());
    }
}
