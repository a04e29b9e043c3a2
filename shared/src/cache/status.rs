//! What each level did for an answer, as `Cache-Status` says it (RFC 9211).

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The levels' names, as the header has them.
pub const ISOLATE: &str = "ashlar-isolate";
/// The shared level's name.
pub const STORE: &str = "ashlar-kv";

/// What the levels did. A level that was not asked says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub(super) store: Option<Passed>,
    pub(super) isolate: Passed,
}

impl Status {
    /// Whether a level had the answer.
    pub fn is_hit(&self) -> bool {
        [Some(self.isolate), self.store]
            .into_iter()
            .flatten()
            .any(|passed| matches!(passed, Passed::Hit { .. }))
    }
}

/// What one level did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// It had the answer, which is fresh for this many seconds, or has not been for as many.
    Hit { ttl: i64, refreshing: bool },
    /// It passed the request on.
    Forward { why: Why, stored: bool, collapsed: bool },
}

/// Why a level passed the request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It had nothing.
    Missing,
    /// What it had was too old, or older than what is known to be there.
    Stale,
    /// Who asks has just written.
    OwnWrite,
    /// It is not for this reader.
    Bypassed,
    /// It failed.
    Failed,
    /// It did not answer in time.
    TimedOut,
    /// It did not answer in time just now, and was not asked.
    Resting,
}

impl Passed {
    pub(super) fn hit(age: Duration, fresh: Duration, refreshing: bool) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self::Hit { ttl: (seconds(fresh) - seconds(age)).div_euclid(1000), refreshing }
    }

    pub(super) fn on(why: Why) -> Self {
        Self::Forward { why, stored: false, collapsed: false }
    }

    #[must_use]
    pub(super) fn and_stored(self, now: bool) -> Self {
        match self {
            Self::Forward { why, collapsed, .. } => Self::Forward { why, stored: now, collapsed },
            hit @ Self::Hit { .. } => hit,
        }
    }
}

impl Display for Passed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Hit { ttl, refreshing } => {
                write!(f, "; hit; ttl={ttl}{}", if refreshing { "; detail=refreshing" } else { "" })
            }
            Self::Forward { why, stored, collapsed } => {
                let (forward, detail) = match why {
                    Why::Missing => ("uri-miss", None),
                    Why::Stale => ("stale", None),
                    Why::OwnWrite => ("request", Some("own-write")),
                    Why::Bypassed => ("bypass", None),
                    Why::Failed => ("miss", Some("failed")),
                    Why::TimedOut => ("miss", Some("timeout")),
                    Why::Resting => ("bypass", Some("resting")),
                };
                write!(f, "; fwd={forward}")?;
                f.write_str(if stored { "; stored" } else { "" })?;
                f.write_str(if collapsed { "; collapsed" } else { "" })?;
                detail.map_or(Ok(()), |detail| write!(f, "; detail={detail}"))
            }
        }
    }
}

impl Display for Status {
    /// The level nearest to the database first (RFC 9211, section 2).
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(store) = self.store {
            write!(f, "{STORE}{store}, ")?;
        }
        write!(f, "{ISOLATE}{}", self.isolate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_names_each_level_that_was_asked_the_nearest_to_the_database_first() {
        let second = Duration::from_secs(1);
        let isolate = Passed::on(Why::Missing).and_stored(true);
        let status = |store, isolate| Status { store, isolate }.to_string();
        assert_eq!(status(None, Passed::hit(second, 5 * second, false)), "ashlar-isolate; hit; ttl=4");
        let stale = Passed::hit(5 * second + Duration::from_millis(1), 5 * second, true);
        assert_eq!(status(None, stale), "ashlar-isolate; hit; ttl=-1; detail=refreshing");
        assert_eq!(
            status(Some(Passed::on(Why::TimedOut)), isolate),
            "ashlar-kv; fwd=miss; detail=timeout, ashlar-isolate; fwd=uri-miss; stored"
        );
        let collapsed = Passed::Forward { why: Why::Stale, stored: false, collapsed: true };
        assert_eq!(status(None, collapsed), "ashlar-isolate; fwd=stale; collapsed");
        let own = Passed::on(Why::OwnWrite).and_stored(true);
        assert_eq!(status(None, own), "ashlar-isolate; fwd=request; stored; detail=own-write");
    }
}
