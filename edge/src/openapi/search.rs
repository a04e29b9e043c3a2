//! The parameters of full-text search, of relations and of figures.

use serde_json::{Value, json};
use shared::query::{MAX_TERMS, MAX_TEXT, Operator, Resource, Search, Stats};

use crate::openapi::lists::{filter, query, separate_by_commas};

/// What lists of the resource take beside the rest of the grammar.
pub(crate) fn parameters(resource: &Resource) -> Vec<Value> {
    let mut parameters = resource.search.as_ref().map(search).unwrap_or_default();
    parameters.extend(expand(resource));
    parameters
}

/// What a row may be shown together with.
pub(crate) fn expand(resource: &Resource) -> Option<Value> {
    let names: Vec<_> = resource.relations.iter().map(|field| field.name).collect();
    if names.is_empty() {
        return None;
    }
    let schema = json!({
        "type": "array", "items": { "type": "string", "enum": names }, "minItems": 1, "uniqueItems": true,
    });
    let description = "Related things to show in members of their own, separated by commas.";
    let mut parameter = query("expand", description, &schema);
    separate_by_commas(&mut parameter);
    Some(parameter)
}

fn search(search: &Search) -> Vec<Value> {
    let columns: Vec<_> = search.columns.iter().map(|(name, _)| format!("`{name}`")).collect();
    let description = format!(
        "Only rows that have all of these words in {}, at most {MAX_TERMS}: a phrase in double quotes counts as one. The last word, \
         and each with a `*` behind it, also stands for longer ones. Without `sort`, what fits best comes first. There must be a \
         letter or a digit in it.",
        columns.join(" or ")
    );
    let text = json!({ "type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": "^[^\\x00]*$" });
    let snippets = "Whether each row shows, in `snippet`, the part of its text that was found: plain text, in which U+0002 stands \
        before each match and U+0003 behind it. Goes with `q`.";
    vec![
        query("q", &description, &text),
        query("snippets", snippets, &json!({ "type": "boolean", "default": false })),
    ]
}

/// What figures take.
pub(crate) fn stats(stats: &Stats) -> Vec<Value> {
    let names: Vec<_> = stats.fields().map(|field| field.name).collect();
    let default = names.first().copied().unwrap_or_default();
    let schema = json!({ "type": "string", "enum": names, "default": default });
    let mut parameters = vec![query("by", "What the rows of a group have in common.", &schema)];
    for field in stats.fields() {
        parameters.extend(field.operators.iter().map(|operator: &Operator| filter(field, *operator)));
    }
    parameters
}
