//! What is shown together with a row: `expand=author`. Each relation is one more member, which SQLite reads by an index in the
//! statement of the row; so a page costs one statement with relations as without.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::error::{DetailCode, Error, MAX_VIOLATIONS, Result, Violation};
use crate::ports::{DatabaseError, Row};
use crate::query::filter::Problem;
use crate::query::resource::{Field, Resource};

/// Related things as JSON, by the names of their relations; null for what is gone.
pub type Related = HashMap<&'static str, serde_json::Value>;

/// The relations that a query asks for.
#[derive(Debug, Default, Clone)]
pub struct Expand(Vec<&'static Field>);

impl Expand {
    /// Reads the decoded pairs of the query string of one row.
    ///
    /// # Errors
    /// [`Error::BadQuery`] with every mistake, each naming its parameter and what is allowed.
    pub fn parse(resource: &'static Resource, pairs: &[(String, String)]) -> Result<Self> {
        let mut found: Option<Self> = None;
        let mut problems = Vec::new();
        for (name, value) in pairs.iter().take(MAX_VIOLATIONS) {
            let (code, message) = match (name.as_str(), &found) {
                ("expand", None) => match Self::read(resource, value) {
                    Ok(expand) => {
                        found = Some(expand);
                        continue;
                    }
                    Err(problem) => problem,
                },
                ("expand", Some(_)) => (DetailCode::Duplicate, "Is given more than once.".to_owned()),
                _ => (DetailCode::Unknown, "Is no parameter. Allowed is expand.".to_owned()),
            };
            problems.push(Violation::new(name.chars().take(100).collect::<String>(), code, message));
        }
        if problems.is_empty() { Ok(found.unwrap_or_default()) } else { Err(Error::BadQuery(problems)) }
    }

    /// Reads the names of relations, separated by commas.
    pub(super) fn read(resource: &'static Resource, value: &str) -> Result<Self, Problem> {
        let mut fields: Vec<&'static Field> = Vec::new();
        for name in value.split(',') {
            let Some(field) = resource.relations.iter().find(|field| field.name == name) else {
                let names: Vec<_> = resource.relations.iter().map(|field| field.name).collect();
                return Err((DetailCode::Unknown, format!("Allowed are {}.", names.join(", "))));
            };
            if fields.iter().any(|known| known.name == field.name) {
                return Err((DetailCode::Duplicate, format!("Names {name} more than once.")));
            }
            fields.push(field);
        }
        // In one order, however they are written.
        fields.sort_by_key(|field| field.name);
        Ok(Self(fields))
    }

    /// The members that it adds.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.0.iter().copied()
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, separated by commas.
    pub(super) fn names(&self) -> String {
        self.0.iter().map(|field| field.name).collect::<Vec<_>>().join(",")
    }

    /// The columns for a query of one row, each with a comma before it.
    pub fn columns(&self) -> String {
        let mut sql = String::new();
        for field in &self.0 {
            let _ = write!(sql, ", ({}) AS {}", field.sql, field.name);
        }
        sql
    }

    /// Reads [`Expand::columns`].
    ///
    /// # Errors
    /// When a relation's SQL answers no JSON.
    pub fn read_row(&self, row: Row<'_>) -> Result<Related, DatabaseError> {
        let read = |field: &&'static Field| {
            let text: Option<String> = row.get(field.name)?;
            let value = text.map_or(Ok(serde_json::Value::Null), |text| serde_json::from_str(&text));
            Ok((field.name, value.map_err(|error| DatabaseError::Other(error.into()))?))
        };
        self.0.iter().map(read).collect()
    }
}
