//! The component model's `stream<T>` over a channel.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult};

/// Hands one item to the guest per read, as Spin does: a reader pays per item whatever the size of its buffer.
pub(crate) struct Items<T>(pub(crate) Receiver<T>);

impl<D, T: Send + Sync + 'static> StreamProducer<D> for Items<T> {
    type Item = T;
    type Buffer = Option<T>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, T, Option<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let received = self.0.poll_recv(context);
        if finish && received.is_pending() {
            return Poll::Ready(Ok(StreamResult::Cancelled));
        }
        Poll::Ready(Ok(match ready!(received) {
            None => StreamResult::Dropped,
            item => {
                destination.set_buffer(item);
                StreamResult::Completed
            }
        }))
    }
}
