//! The `Database` port.

mod batches;
mod cancellation;
mod concurrency;
mod errors;
mod statements;
mod values;

use crate::Case;

pub(crate) fn cases() -> Vec<Case> {
    [
        values::cases(),
        statements::cases(),
        errors::cases(),
        batches::cases(),
        concurrency::cases(),
        cancellation::cases(),
    ]
    .concat()
}
