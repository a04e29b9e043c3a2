//! What a panic costs: the request or job that it happened in, and nothing else.
//!
//! Where panics unwind, [`catch`] turns one into a value. A build that aborts (Spin) loses the whole instance; the line
//! that [`hook`] logs is all that it leaves behind.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures::FutureExt as _;
use log::Level;

use crate::logging::Line;

thread_local! {
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether a future inside [`catch`] is being polled.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// A panic that was caught. Whoever caught it logs it.
#[derive(Debug)]
pub struct Panic {
    /// What it said.
    pub message: String,
    /// `file:line:column`, where known.
    pub location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}: {}", self.location.as_deref().unwrap_or("an unknown place"), self.message)
    }
}

impl std::error::Error for Panic {}

/// The panic hook of every runtime: remembers where it happened, and logs it when nobody will catch it.
pub fn hook(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    if !(cfg!(panic = "unwind") && CATCHING.get()) {
        Line::new(Level::Error, "panic, and nothing caught it")
            .with_some("at", location.as_ref())
            .error(&info.payload_as_str().unwrap_or("no text"))
            .write();
    }
    LOCATION.set(location);
}

/// Runs the future to its end or its panic. Whatever it shares with others must be sound half-way: hold no lock or
/// borrow across an await.
///
/// # Errors
/// The panic.
pub async fn catch<T>(future: impl Future<Output = T>) -> Result<T, Panic> {
    // Boxed: inlined into the unwinding block, LLVM emits a br_table that no Wasm parser accepts.
    let mut future = AssertUnwindSafe(future.boxed_local()).catch_unwind();
    let caught = poll_fn(move |context| {
        let outer = CATCHING.replace(true);
        let polled = future.poll_unpin(context);
        CATCHING.set(outer);
        polled
    });
    caught.await.map_err(|payload| Panic { message: text(payload.as_ref()), location: LOCATION.take() })
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "not a text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caught_panic_says_what_and_where() {
        std::panic::set_hook(Box::new(hook));
        let cases: [(fn(), &str); 2] =
            [(|| panic!("plain"), "plain"), (|| panic!("number {}", 1), "number 1")];
        for (fail, said) in cases {
            let caught = catch(async { fail() }).now_or_never().unwrap().unwrap_err();
            assert_eq!(caught.message, said);
            assert!(caught.location.as_ref().is_some_and(|place| place.contains("panics.rs")), "{caught}");
        }
        assert!(!CATCHING.get());
    }
}
