//! A row as JSON text, put together by SQLite: `{"id":"…","price":4900}`.
//!
//! It is what serde makes of the resource's view. No text of it has a line break or a tab in it, as JSON writes those
//! with a backslash: rows of a page are separated by line breaks.

use std::fmt::Write as _;

use crate::query::resource::{Field, Kind};

/// Between two rows.
pub(super) const ROW_END: char = '\n';

/// Between a row and what the client did not ask for: the sort keys that `fields` leaves out.
pub(super) const HIDDEN: char = '\t';

/// Writes the SQL of an object with these members.
pub(super) fn push(sql: &mut String, fields: impl Iterator<Item = &'static Field>) {
    push_open(sql, fields);
    sql.push_str("||'}'");
}

/// How many members are put together in parentheses. Each `||` makes an expression one deeper, and D1 takes a depth of 100
/// in all, of which searches need most.
const GROUP: usize = 4;

/// The same, to be closed by [`push_last`].
pub(super) fn push_open(sql: &mut String, fields: impl Iterator<Item = &'static Field>) {
    for (index, field) in fields.enumerate() {
        sql.push_str(match index {
            0 => "('{\"",
            index if index % GROUP == 0 => ")||(',\"",
            _ => "||',\"",
        });
        sql.push_str(field.name);
        sql.push_str("\":'||");
        push_value(sql, field);
    }
    sql.push(')');
}

/// Writes a last member, whose value is a text or NULL, and the end of the object.
pub(super) fn push_last(sql: &mut String, name: &str, value: &str) {
    let _ = write!(sql, "||',\"{name}\":'||json_quote({value})||'}}'");
}

/// Writes the SQL of one member's JSON. NULL is `null` whatever the table promises: else it would take the row with it.
fn push_value(sql: &mut String, field: &Field) {
    let (before, after) = match field.kind {
        Kind::Text | Kind::Choice(_) => ("json_quote(", ")"),
        Kind::Integer => ("ifnull(", ",'null')"),
        Kind::Time => ("ifnull(strftime('\"%Y-%m-%dT%H:%M:%fZ\"',", "/1000.0,'unixepoch'),'null')"),
        Kind::Truth => ("CASE ", " WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"),
        Kind::Json => ("ifnull(json(", "),'null')"),
    };
    sql.push_str(before);
    push_expression(sql, field);
    sql.push_str(after);
}

/// Writes a field's value: the column, or the expression in parentheses.
pub(super) fn push_expression(sql: &mut String, field: &Field) {
    if field.sql == field.name {
        sql.push_str(field.sql);
    } else {
        sql.push('(');
        sql.push_str(field.sql);
        sql.push(')');
    }
}
