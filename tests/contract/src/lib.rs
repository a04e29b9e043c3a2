//! What every adapter must do, as one suite of cases that runs against the ports.
//!
//! The suite names no runtime. Natively it is a cargo test of `ashlar-native`; on Workers and Spin it runs inside the
//! runtime, behind routes that exist in test builds only. A case makes what it needs under a random name and removes
//! it again, so cases may run in any order, twice, and next to each other.
//!
//! It expects the stores that development and CI use: there, a key-value write is visible to the next read, which
//! the port itself does not promise. It stays within D1's documented limits (100 parameters, no explicit `BEGIN`)
//! and within JavaScript's numbers (whole up to 2^53 - 1; a whole REAL may come back as an integer).

mod assets;
mod background;
mod clock;
mod database;
mod entropy;
mod http_client;
mod key_value;
mod limiter;
mod queue;
mod support;

use futures::future::LocalBoxFuture;
use shared::ports::Ports;

/// What a case works with.
#[derive(Clone)]
pub struct Context {
    /// The adapter under test.
    pub ports: Ports,
    /// The base URL of an echo server on this machine, without a trailing slash: `native::echo` runs one. Cases that
    /// need it fail without it.
    ///
    /// | path | answers |
    /// |---|---|
    /// | `/echo…` | 200, the request's body, `x-echo-method`, `x-echo-target` (path and query as received), and each request header `NAME` as `x-echo-NAME` |
    /// | `/status/CODE` | that status; a 3xx comes with `location: /status/200` |
    /// | `/slow/MILLIS` | 200 after that time |
    /// | `/stall/MILLIS` | 200 and half of the body at once, the other half after that time |
    /// | `/bytes/COUNT` | that many bytes with a `content-length` |
    /// | `/chunked/COUNT` | that many bytes in chunks, without a `content-length` |
    /// | `/hangup` | closes the connection without a response |
    pub echo_url: Option<String>,
}

/// One thing that an adapter must do.
#[derive(Clone, Copy)]
pub struct Case {
    /// `port::a_sentence_in_snake_case`.
    pub name: &'static str,
    body: for<'a> fn(&'a Context) -> LocalBoxFuture<'a, anyhow::Result<()>>,
}

impl Case {
    /// Runs the case.
    ///
    /// # Errors
    /// What the adapter did wrong, or what kept the case from finding out.
    pub async fn run(&self, context: &Context) -> anyhow::Result<()> {
        (self.body)(context).await
    }
}

/// Lists functions as cases of a port; a function that is forgotten here is a dead-code warning.
macro_rules! case_list {
    ($port:literal: $($name:ident),+ $(,)?) => {
        vec![$($crate::Case {
            name: concat!($port, "::", stringify!($name)),
            body: |context| Box::pin($name(context)),
        }),+]
    };
}
use case_list;

/// Every case, grouped by port.
pub fn cases() -> Vec<Case> {
    [
        database::cases(),
        key_value::cases(),
        limiter::cases(),
        http_client::cases(),
        queue::cases(),
        background::cases(),
        clock::cases(),
        entropy::cases(),
        assets::cases(),
    ]
    .concat()
}

/// Runs one case by its name; `None` when there is no such case.
pub async fn run(name: &str, context: &Context) -> Option<anyhow::Result<()>> {
    let case = cases().into_iter().find(|case| case.name == name)?;
    Some(case.run(context).await)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_fit_into_a_url_path() {
        let cases = super::cases();
        let names: HashSet<_> = cases.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), cases.len());
        for name in names {
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte)),
                "{name}"
            );
        }
    }
}
