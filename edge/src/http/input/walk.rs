//! Where the reader is, what it found, and what it learned from earlier walks over the same tree.

use std::fmt::Write as _;

use serde::de::DeserializeSeed;
use shared::error::{DetailCode, MAX_VIOLATIONS, Violation};

use super::fault::Fault;
use super::node::{Node, text_weight};
use super::reader::{LAST_ATTEMPT, Reader};

/// The longest part of a path that is repeated to the client.
const MAX_NAME_CHARS: usize = 100;
/// After the first walk, all others together may cost this many times the tree's weight, and something on top so
/// that small trees have enough.
const MAX_WALKS: usize = 20;
const SPARE_STEPS: usize = 2000;

/// One part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'de> {
    /// A member of an object.
    Name(&'de str),
    /// An item of a list.
    Index(usize),
}

/// What the reader reads next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'de> {
    /// A node of the tree.
    Node(&'de Node),
    /// A name of a member, or one of several values of a parameter.
    Word(&'de str),
    /// Nothing: whatever the type asks for is made up. What is made up differs between attempts.
    Placeholder(u8),
}

/// A place where a type refused its value.
struct Refusal<'de> {
    path: Vec<Segment<'de>>,
    /// What the client is told; nothing when it was a placeholder that was refused.
    violation: Option<Violation>,
    /// How many placeholders were refused in turn.
    attempt: u8,
}

/// Why a walk ended early.
enum Cause<'de> {
    /// It found out that a field is required.
    Learned,
    /// The type at a path refused its value.
    Refused(Vec<Segment<'de>>, Option<Violation>),
    /// There are enough violations, or no steps left.
    Enough,
}

/// The state of all walks over one tree.
pub(super) struct Walk<'de> {
    root: &'de Node,
    path: Vec<Segment<'de>>,
    /// What this walk found. The empty path stands for the root.
    violations: Vec<Violation>,
    refusals: Vec<Refusal<'de>>,
    /// What earlier walks found.
    kept: Vec<Violation>,
    /// Fields that types require, by the name of the visitor's type.
    required: Vec<(&'static str, &'static str)>,
    cause: Option<Cause<'de>>,
    steps: Option<usize>,
}

impl<'de> Walk<'de> {
    /// Nothing is known yet.
    pub(super) fn new(root: &'de Node) -> Self {
        Self {
            root,
            path: Vec::new(),
            violations: Vec::new(),
            refusals: Vec::new(),
            kept: Vec::new(),
            required: Vec::new(),
            cause: None,
            steps: None,
        }
    }

    /// A reader at the root.
    pub(super) fn begin(&mut self) -> Result<Reader<'de, '_>, Fault> {
        self.path.clear();
        self.violations.clear();
        let source = self.arrive(Source::Node(self.root))?;
        Ok(Reader { source, walk: self })
    }

    /// Whether another walk can find more, now that one ended early.
    pub(super) fn goes_on_after(&mut self, fault: Fault) -> bool {
        self.note(fault, false);
        // The next walk may not come as far as this one.
        for violation in self.violations.drain(..) {
            if !self.kept.contains(&violation) {
                self.kept.push(violation);
            }
        }
        let goes_on = match self.cause.take() {
            Some(Cause::Learned) => true,
            Some(Cause::Refused(path, violation)) => self.makes_up(path, violation),
            Some(Cause::Enough) | None => false,
        };
        self.steps.get_or_insert_with(|| self.root.weight() * MAX_WALKS + SPARE_STEPS);
        goes_on
    }

    /// Decides what to make up where a value was refused; false when there is nothing left to try.
    fn makes_up(&mut self, mut path: Vec<Segment<'de>>, violation: Option<Violation>) -> bool {
        match self.refusals.iter_mut().find(|refusal| refusal.path == path) {
            None => self.refusals.push(Refusal { path, violation, attempt: 0 }),
            // The attempt after the last leaves the place for the end, so that its siblings are seen.
            Some(refusal) if refusal.attempt <= LAST_ATTEMPT => refusal.attempt += 1,
            Some(_) => {
                // What the place is part of may take a placeholder: a list is empty, an option is none.
                while self.refusals.iter().any(|refusal| refusal.path == path) {
                    if path.pop().is_none() || path.is_empty() {
                        return false;
                    }
                }
                self.refusals.push(Refusal { path, violation: None, attempt: 0 });
            }
        }
        true
    }

    /// Reads what lies one step below.
    pub(super) fn descend<S: DeserializeSeed<'de>>(
        &mut self,
        segment: Segment<'de>,
        source: Source<'de>,
        seed: S,
    ) -> Result<S::Value, Fault> {
        let depth = self.path.len();
        let source = self.enter(segment, source)?;
        let made_up = matches!(source, Source::Placeholder(_));
        let result = seed.deserialize(Reader { source, walk: self });
        let result = result.map_err(|fault| self.note(fault, made_up));
        // A fault may leave the path longer than it was.
        self.path.truncate(depth);
        result
    }

    /// Goes one step down. A source that was refused before is replaced.
    pub(super) fn enter(&mut self, segment: Segment<'de>, source: Source<'de>) -> Result<Source<'de>, Fault> {
        self.path.push(segment);
        self.arrive(source)
    }

    /// Goes one step up.
    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    fn arrive(&mut self, source: Source<'de>) -> Result<Source<'de>, Fault> {
        if let Some(steps) = self.steps {
            let text = match source {
                Source::Node(Node::Text(text)) => text_weight(text),
                Source::Word(word) => text_weight(word),
                Source::Node(_) | Source::Placeholder(_) => 0,
            };
            self.steps = Some(steps.checked_sub(1 + text).ok_or_else(|| self.end(Cause::Enough))?);
        }
        let Some(refusal) = self.refusals.iter().find(|refusal| refusal.path == self.path) else {
            return Ok(source);
        };
        let placeholder = Source::Placeholder(refusal.attempt.min(LAST_ATTEMPT));
        if let (Source::Node(_) | Source::Word(_), Some(violation)) = (source, refusal.violation.clone()) {
            self.push(violation)?;
        }
        Ok(placeholder)
    }

    /// Whether nothing that is made up satisfies a type at or below this member of the current object.
    pub(super) fn is_hopeless(&self, name: &str) -> bool {
        self.refusals.iter().filter(|refusal| refusal.attempt > LAST_ATTEMPT).any(|refusal| {
            refusal.path.strip_prefix(self.path.as_slice()).and_then(<[_]>::first)
                == Some(&Segment::Name(name))
        })
    }

    /// Whether a visitor is known to require a field.
    pub(super) fn requires(&self, visitor: &'static str, field: &'static str) -> bool {
        self.required.contains(&(visitor, field))
    }

    /// Takes from a struct's fault that a field is required.
    pub(super) fn learn(&mut self, visitor: &'static str, fields: &[&str], fault: Fault) -> Fault {
        match fault {
            Fault::Missing(field) if fields.contains(&field) && !self.requires(visitor, field) => {
                self.required.push((visitor, field));
                self.end(Cause::Learned)
            }
            other => other,
        }
    }

    /// Notes a violation at the current path.
    ///
    /// # Errors
    /// When there are enough of them.
    pub(super) fn complain(&mut self, code: DetailCode, message: impl Into<String>) -> Result<(), Fault> {
        let field = self.field();
        self.push(Violation::new(field, code, message))
    }

    /// Notes a violation at a member of the current object.
    ///
    /// # Errors
    /// When there are enough of them.
    pub(super) fn complain_of(
        &mut self,
        name: &'de str,
        code: DetailCode,
        message: String,
    ) -> Result<(), Fault> {
        self.path.push(Segment::Name(name));
        let result = self.complain(code, message);
        self.leave();
        result
    }

    fn push(&mut self, violation: Violation) -> Result<(), Fault> {
        self.violations.push(violation);
        if self.violations.len() < MAX_VIOLATIONS { Ok(()) } else { Err(self.end(Cause::Enough)) }
    }

    fn end(&mut self, cause: Cause<'de>) -> Fault {
        self.cause = Some(cause);
        Fault::Noted
    }

    /// Notes that a type refused its value at the current path.
    fn note(&mut self, fault: Fault, made_up: bool) -> Fault {
        if matches!(fault, Fault::Noted) {
            return fault;
        }
        let field = self.field();
        // A placeholder that took the place of a wrong value: the client is told of that value.
        let earlier = self.violations.iter().rfind(|earlier| earlier.field == field).cloned();
        let violation = earlier.unwrap_or_else(|| match fault {
            Fault::Refused(code, message) => Violation::new(field, code, message),
            Fault::Missing(name) if field.is_empty() => required(name),
            Fault::Missing(name) => required(&format!("{field}.{name}")),
            Fault::Noted => Violation::new(field, DetailCode::Invalid, "Is not valid."),
        });
        self.end(Cause::Refused(self.path.clone(), (!made_up).then_some(violation)))
    }

    /// The current path as text.
    fn field(&self) -> String {
        text(&self.path)
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.kept.is_empty() && self.refusals.is_empty()
    }

    /// Everything that is wrong: what was found on the way, and the rules that the value breaks apart from that.
    pub(super) fn report(mut self, mut rules: Vec<Violation>) -> Vec<Violation> {
        let mut found = self.violations;
        found.append(&mut self.kept);
        let made_up: Vec<_> = self.refusals.iter().map(|refusal| text(&refusal.path)).collect();
        found.extend(self.refusals.into_iter().filter_map(|refusal| refusal.violation));
        rules.retain(|rule| !made_up.iter().any(|path| is_within(&rule.field, path)));
        rules.retain(|rule| !found.iter().any(|earlier| clouds(earlier, rule)));
        found.append(&mut rules);
        if found.is_empty() {
            found.push(Violation::new("", DetailCode::Invalid, "Is not valid."));
        }
        for violation in found.iter_mut().filter(|violation| violation.field.is_empty()) {
            "body".clone_into(&mut violation.field);
        }
        found.sort_by(|a, b| (&a.field, a.code, &a.message).cmp(&(&b.field, b.code, &b.message)));
        found.dedup();
        found.truncate(MAX_VIOLATIONS);
        found
    }
}

/// A path as clients write it: `items[2].price`.
fn text(path: &[Segment<'_>]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.extend(name.chars().take(MAX_NAME_CHARS));
            }
            Segment::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
        }
    }
    text
}

fn required(field: &str) -> Violation {
    Violation::new(field, DetailCode::Required, "Is required.")
}

/// Whether a rule says nothing any more, because it saw a placeholder in place of what was sent.
fn clouds(earlier: &Violation, rule: &Violation) -> bool {
    let made_up = !matches!(earlier.code, DetailCode::Unknown | DetailCode::Duplicate);
    // A list has as many items, whatever they are.
    let counts = rule.code == DetailCode::Length;
    is_within(&rule.field, &earlier.field) || (made_up && !counts && is_within(&earlier.field, &rule.field))
}

/// Whether a path is another one or lies below it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}
