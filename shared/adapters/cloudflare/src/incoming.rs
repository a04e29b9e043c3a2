//! The body of a request: for the application as it arrives, and then for nobody what the application left of it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::select;
use futures::stream::{self, LocalBoxStream};
use futures::{Stream, StreamExt as _, pin_mut};
use worker::{Delay, web_sys};

use crate::body::chunks;

/// How much of a body that no handler wanted is read, and for how long.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// A request's body.
pub struct Incoming(Rc<RefCell<LocalBoxStream<'static, anyhow::Result<Bytes>>>>);

impl Incoming {
    /// The body of a request, which may be empty.
    pub fn of(request: &web_sys::Request) -> Self {
        let chunks =
            request.body().map_or_else(|| stream::empty().boxed_local(), |body| chunks(&body).boxed_local());
        Self(Rc::new(RefCell::new(chunks)))
    }

    /// The body in chunks, for one reader.
    pub fn stream(&self) -> impl Stream<Item = anyhow::Result<Bytes>> + use<> {
        let body = Rc::clone(&self.0);
        stream::poll_fn(move |context| body.borrow_mut().poll_next_unpin(context))
    }

    /// Reads what is left, before the response goes out: a body that is dropped while its sender still writes breaks
    /// the connection, and wrangler's proxy answers 500 in place of the response that told the sender to stop.
    pub async fn drain(self) {
        let rest = async {
            let mut left = DRAIN_BYTES;
            while let Some(Ok(chunk)) = poll_fn(|context| self.0.borrow_mut().poll_next_unpin(context)).await
            {
                left = left.saturating_sub(chunk.len());
                if left == 0 {
                    return;
                }
            }
        };
        pin_mut!(rest);
        // A sender that waits for the response, or is slow, gets it all the same.
        select(rest, Delay::from(DRAIN_TIME)).await;
    }
}
