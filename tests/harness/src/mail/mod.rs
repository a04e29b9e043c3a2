//! A local mail API in the shape of Resend's: it accepts mails, sends none, and shows them.
//!
//! `POST /emails` and `POST /emails/batch` behave as the provider does, idempotency keys and errors included;
//! `GET /messages`, `GET /messages/{id}`, `DELETE /messages` and the page at `/` are for people and tests, and so is
//! `POST /faults`, which makes the next calls fail.

mod page;
mod resend;
mod routes;
mod store;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::oneshot;

pub use store::{Fault, Message};

use store::Store;

/// The running mail API. It ends when dropped.
#[derive(Debug)]
pub struct MailSink {
    port: u16,
    store: Arc<Store>,
    /// Dropping it ends the server's thread.
    _shutdown: oneshot::Sender<()>,
}

impl MailSink {
    /// Listens on this port of 127.0.0.1; 0 means any free one. It serves from a thread of its own, so that it does not
    /// depend on a caller's async runtime.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("the mail sink cannot listen on port {port}"))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let store = Arc::new(Store::default());
        let (shutdown, ended) = oneshot::channel();
        let served = Arc::clone(&store);
        std::thread::Builder::new().name("mail sink".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = routes::serve(listener, served) => {}
                    _ = ended => {}
                }
            });
        })?;
        Ok(Self { port, store, _shutdown: shutdown })
    }

    /// The address to give the application as `MAIL_API_URL`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All mails so far, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.store.messages()
    }

    /// All mails to this address so far, oldest first.
    pub fn messages_to(&self, address: &str) -> Vec<Message> {
        let mut messages = self.messages();
        messages.retain(|message| message.to.iter().any(|to| to == address));
        messages
    }

    /// Waits until the number of mails to this address is at least `count`, and returns them; None when the time is
    /// over. It blocks the thread.
    pub fn wait_for(&self, address: &str, count: usize, limit: Duration) -> Option<Vec<Message>> {
        self.store.wait_until(limit, || Some(self.messages_to(address)).filter(|found| found.len() >= count))
    }

    /// Makes the next calls fail; see [`Fault`].
    pub fn inject(&self, fault: Fault) {
        self.store.inject(fault);
    }

    /// Forgets all mails, idempotency keys and faults.
    pub fn clear(&self) {
        self.store.clear();
    }
}
