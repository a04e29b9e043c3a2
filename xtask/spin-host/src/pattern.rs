//! Route patterns: `/users/:id`, `/files/...`. Owns matching and which of two matches is better.
//!
//! The rules are those of the router in Spin: slashes at either end mean nothing, an exact segment beats a named one, a
//! named one beats the wildcard.

use std::cmp::Ordering;

use anyhow::{Result, ensure};

/// A parsed route.
#[derive(Debug, PartialEq)]
pub(crate) struct Pattern {
    segments: Vec<Segment>,
    /// Whether anything may follow.
    open: bool,
}

#[derive(Debug, PartialEq)]
enum Segment {
    Exact(String),
    Named(String),
}

/// What a path matched.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Captures {
    /// Names and values, in the order of the route.
    pub(crate) named: Vec<(String, String)>,
    /// What the wildcard took, without slashes at its ends; `None` without a wildcard.
    pub(crate) rest: Option<String>,
}

impl Pattern {
    /// Parses a route whose wildcard, if any, is a last segment of `...` or `*`.
    pub(crate) fn parse(route: &str) -> Result<Self> {
        let trimmed = route.trim_matches('/');
        let wildcard = ["...", "*"].into_iter().find(|wildcard| {
            trimmed.strip_suffix(wildcard).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        });
        let fixed = wildcard.and_then(|wildcard| trimmed.strip_suffix(wildcard)).unwrap_or(trimmed);
        let segments = split(fixed.trim_end_matches('/')).map(Segment::parse).collect::<Result<_>>()?;
        Ok(Self { segments, open: wildcard.is_some() })
    }

    /// Matches a path.
    pub(crate) fn captures(&self, path: &str) -> Option<Captures> {
        let mut captures = Captures::default();
        let mut rest = path.trim_matches('/');
        for segment in &self.segments {
            if rest.is_empty() {
                return None;
            }
            let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
            match segment {
                Segment::Exact(text) if text != part => return None,
                Segment::Exact(_) => {}
                Segment::Named(name) => captures.named.push((name.clone(), part.to_owned())),
            }
            rest = after;
        }
        if self.open {
            captures.rest = Some(rest.to_owned());
            return Some(captures);
        }
        rest.is_empty().then_some(captures)
    }

    /// The better of two patterns that match the same path is the lesser.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        let ranks = self.ranks().zip(other.ranks()).map(|(mine, theirs)| theirs.cmp(&mine));
        let first = ranks.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| self.ranks().count().cmp(&other.ranks().count()))
    }

    fn ranks(&self) -> impl Iterator<Item = u8> {
        let rank = |segment: &Segment| match segment {
            Segment::Exact(_) => 2,
            Segment::Named(_) => 1,
        };
        self.segments.iter().map(rank).chain(self.open.then_some(0))
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self> {
        ensure!(
            !text.contains('*'),
            "only the last segment of a route may be a wildcard, and it has no name"
        );
        let Some(name) = text.strip_prefix(':') else { return Ok(Self::Exact(text.to_owned())) };
        ensure!(!name.is_empty(), "params must be named");
        ensure!(!name.contains('.'), "a named segment followed by a dot is not supported by the stand-in");
        Ok(Self::Named(name.to_owned()))
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(route: &str, path: &str) -> bool {
        Pattern::parse(route).unwrap().captures(path).is_some()
    }

    #[test]
    fn slashes_at_the_ends_mean_nothing() {
        assert!(matches("/a/b", "/a/b/"));
        assert!(matches("/", "/"));
        assert!(!matches("/", "/a"));
        assert!(!matches("/a", "/ab"));
        assert!(!matches("/a/:b", "/a"));
    }

    #[test]
    fn a_wildcard_takes_the_rest_even_if_empty() {
        let rest = |path| Pattern::parse("/a/...").unwrap().captures(path).and_then(|found| found.rest);
        assert_eq!(rest("/a").as_deref(), Some(""));
        assert_eq!(rest("/a/b/c/").as_deref(), Some("b/c"));
        assert_eq!(rest("/b"), None);
        assert!(matches("/...", "/"));
    }

    #[test]
    fn the_more_exact_pattern_comes_first() {
        let mut routes = ["/...", "/a/...", "/a/:id", "/a", "/a/b/...", "/a/b"];
        routes.sort_by(|one, other| Pattern::parse(one).unwrap().precedence(&Pattern::parse(other).unwrap()));
        assert_eq!(routes, ["/a", "/a/b", "/a/b/...", "/a/:id", "/a/...", "/..."]);
    }

    #[test]
    fn odd_patterns_are_refused() {
        assert!(Pattern::parse("/a/*/b").is_err());
        assert!(Pattern::parse("/a/*name").is_err());
        assert!(Pattern::parse("/:").is_err());
    }
}
