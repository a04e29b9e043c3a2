//! What a panic costs: the event that it happened in, and nothing else.
//!
//! A build with `worker-build --panic-unwind` unwinds, so that `shared::panics::catch` turns a panic into a value. A build
//! that aborts takes down the instance; `worker` then starts a new one for the next event, which is why its hook is kept
//! there.

use shared::panics::hook;

/// Makes panics remember where they happened.
pub(crate) fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        hook(info);
        // Without unwinding `worker` must mark the instance.
        if !cfg!(panic = "unwind") {
            previous(info);
        }
    }));
}
