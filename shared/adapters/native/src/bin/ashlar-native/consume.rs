//! The queue consumer in the same process: it answers the bell, and sweeps for whatever is due.

use std::rc::Rc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use log::Level;
use native::Rings;
use queue_consumer::consumer::Consumer;
use shared::logging::Line;
use shared::panics;
use shared::ports::Ports;
use tokio::time::MissedTickBehavior;

/// Jobs that run at a time, as in the consumer Worker.
const AT_ONCE: usize = 4;

/// Runs the jobs that the bell rings for. Each runs on its own, so that a panic costs this one only: its lease runs
/// out and it is tried again.
pub(crate) async fn answer_rings(consumer: Rc<Consumer>, ports: Ports, rings: Rings) {
    let rings = stream::unfold(rings, async |mut rings| Some((rings.next().await?, rings)));
    // A ring without an id asks for a sweep.
    let wishes = rings.flat_map(|ids| {
        stream::iter(if ids.is_empty() { vec![None] } else { ids.into_iter().map(Some).collect() })
    });
    wishes
        .for_each_concurrent(AT_ONCE, async |id| match id {
            Some(id) => outlive(&ports, consumer.run(&ports, &[id])).await,
            None => outlive(&ports, consumer.sweep(&ports)).await,
        })
        .await;
}

/// Sweeps at once, for what an earlier process left, and then regularly.
pub(crate) async fn sweep_regularly(consumer: Rc<Consumer>, ports: Ports, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        outlive(&ports, consumer.sweep(&ports)).await;
    }
}

/// Runs the future to its end or to its panic, which goes to the log.
async fn outlive(ports: &Ports, future: impl Future) {
    if let Err(panic) = panics::catch(future).await {
        Line::new(Level::Error, "the consumer panicked").at(ports.clock.now()).error(&panic).write();
    }
}
