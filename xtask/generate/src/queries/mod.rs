//! docs/QUERIES.md: every access path of every list with its plan and its work, from the route table, the resources and a
//! database of made-up rows. The same walk is the test that no list does more than its class allows.

#[cfg(test)]
mod check;
mod database;
mod explain;
mod look;
mod markdown;
#[cfg(test)]
mod tests;
mod values;
mod walk;

pub(crate) use markdown::markdown;
