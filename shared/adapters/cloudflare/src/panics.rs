//! What a panic costs: the event that it happened in, and nothing else.
//!
//! A build with `worker-build --panic-unwind` unwinds, so [`catch`] turns a panic into a value. A build that aborts
//! takes down the instance; `worker` then starts a new one for the next event, which is why its hook is kept there.

use std::any::Any;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

thread_local! {
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug)]
pub struct Panic {
    /// What it said.
    pub message: String,
    /// `file:line:column`, where known.
    pub location: Option<String>,
}

impl Panic {
    /// Logs it as one JSON line: what was at work (`request`, `job`, …), and its id where it has one.
    pub fn log(&self, work: &str, id: Option<&str>) {
        let mut line = serde_json::json!({
            "level": "error", "message": "panic", "work": work, "error": self.message, "at": self.location,
        });
        if let Some(id) = id {
            line[format!("{work}_id")] = id.into();
        }
        log::error!("{line}");
    }
}

/// Makes panics remember where they happened.
pub(crate) fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        LOCATION.set(info.location().map(ToString::to_string));
        // Whoever catches it logs it, in one line. Without unwinding nobody does, and `worker` must mark the instance.
        if !cfg!(panic = "unwind") {
            previous(info);
        }
    }));
}

/// Runs the future to its end or its panic. Whatever it shares with others must be sound half-way: hold no lock or
/// borrow across an await.
///
/// # Errors
/// The panic.
pub async fn catch<T>(future: impl Future<Output = T>) -> Result<T, Panic> {
    AssertUnwindSafe(future)
        .catch_unwind()
        .await
        .map_err(|payload| Panic { message: message(payload.as_ref()), location: LOCATION.take() })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "not a text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caught_panic_says_what_and_where() {
        install();
        let cases: [(fn(), &str); 2] =
            [(|| panic!("plain"), "plain"), (|| panic!("number {}", 1), "number 1")];
        for (fail, said) in cases {
            let caught = catch(async { fail() }).now_or_never().unwrap().unwrap_err();
            assert_eq!(caught.message, said);
            assert!(caught.location.is_some_and(|place| place.contains("panics.rs")));
        }
    }
}
