//! What a route says about itself beyond its types.

use crate::http::Code;

/// A group of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The name.
    pub name: &'static str,
    /// What the operations have in common, as a sentence.
    pub description: &'static str,
}

/// What people read about an operation, and the failures that only its service knows of. Guard, parameters, body and
/// answer come from the controller's types.
#[derive(Debug, Clone)]
pub struct About {
    /// The `operationId`: a verb and a noun in camelCase, unique, stable; generated clients name their methods by it.
    pub id: &'static str,
    /// A few words.
    pub summary: &'static str,
    /// More, in Markdown.
    pub description: &'static str,
    /// Failures beyond those of guard and extractors.
    pub codes: &'static [Code],
    /// Where the answer leads.
    pub links: &'static [Link],
    /// Headers of the answer beyond those that every answer of its kind has. The black-box suite fails on an answer with
    /// one of the documented headers that its operation does not name.
    pub headers: &'static [&'static str],
}

/// An operation whose parameter is found in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The other operation's id.
    pub operation: &'static str,
    /// Its parameter.
    pub parameter: &'static str,
    /// Where the parameter's value is: a runtime expression of OpenAPI such as `$response.body#/data/id`.
    pub value: &'static str,
    /// What comes of following it, as a sentence.
    pub description: &'static str,
}

impl About {
    /// An operation's id and a few words about it.
    pub fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, description: "", codes: &[], links: &[], headers: &[] }
    }

    /// More about it, in Markdown.
    #[must_use]
    pub fn description(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// Failures beyond those of guard and extractors.
    #[must_use]
    pub fn fails_with(self, codes: &'static [Code]) -> Self {
        Self { codes, ..self }
    }
    /// Where the answer leads.
    #[must_use]
    pub fn leads_to(self, links: &'static [Link]) -> Self {
        Self { links, ..self }
    }

    /// Headers of the answer beyond those that every answer of its kind has.
    #[must_use]
    pub fn with_headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }
}
