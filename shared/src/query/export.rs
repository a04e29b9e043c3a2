//! The rows of a query as lines of a file, a part at a time: along the key, a bounded number of rows for each statement,
//! whatever the conditions. SQLite writes the lines, so that no row comes to us by itself.

use std::fmt::Write as _;

use crate::error::Result;
use crate::ports::{DatabaseError, Rows, Statement, Value};
use crate::query::object::{self, push_expression};
use crate::query::{Field, Kind, ListQuery};

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// A JSON object on each line.
    Ndjson,
}

/// What one statement gave.
#[derive(Debug)]
pub struct Part {
    /// Whole lines.
    pub lines: String,
    /// The key of the last row that was looked at; `None` after the last row of all.
    pub last: Option<String>,
}

impl ListQuery {
    /// The line in front of all others.
    pub fn header(&self, format: Format) -> String {
        if format == Format::Ndjson {
            return String::new();
        }
        let names: Vec<_> = self.shown().map(|field| field.name).collect();
        names.join(",") + "\r\n"
    }

    /// Answers the lines of those of the next `rows` rows after a key that meet the conditions.
    ///
    /// # Errors
    /// Those of [`ListQuery::plan`].
    pub fn part(&self, format: Format, after: &str, rows: u32) -> Result<Statement> {
        let plan = self.plan()?;
        let mut params: Vec<_> = plan.params.iter().take(plan.filter_params).cloned().collect();
        let (table, key) = (self.resource.table, self.resource.key().sql);
        let mut line = String::new();
        match format {
            Format::Csv => push_record(&mut line, self.shown()),
            Format::Ndjson => {
                object::push(&mut line, self.shown());
                line.push_str("||char(10)");
            }
        }
        let meets = plan.expression();
        let line = if meets.is_empty() { line } else { format!("CASE WHEN {meets} THEN {line} END") };
        params.extend([Value::from(after), Value::from(rows)]);
        let (after, rows) = (params.len() - 1, params.len());
        let sql = format!(
            "SELECT COALESCE(group_concat(line,''),'') AS lines,count(*) AS rows,max(k) AS last FROM \
             (SELECT {key} AS k,{line} AS line FROM (SELECT * FROM {table} WHERE {key} > ?{after} ORDER BY {key} LIMIT ?{rows}))"
        );
        Ok(Statement { sql: sql.into(), params })
    }

    fn shown(&self) -> impl Iterator<Item = &'static Field> {
        let all = self.fields.is_none().then(|| self.resource.fields.iter());
        all.into_iter().flatten().chain(self.fields.iter().flatten().copied())
    }
}

impl Part {
    /// Reads what [`ListQuery::part`] answered, which was asked for as many rows.
    ///
    /// # Errors
    /// When it is no such answer.
    pub fn read(answer: &Rows, rows: u32) -> Result<Self, DatabaseError> {
        let row =
            answer.first().ok_or_else(|| DatabaseError::Other(anyhow::anyhow!("a part without a row")))?;
        let more = row.get::<u32>("rows")? >= rows;
        Ok(Self { lines: row.get("lines")?, last: if more { row.get("last")? } else { None } })
    }
}

/// Writes the SQL of a record (RFC 4180): texts in quotation marks, NULL as nothing.
fn push_record(sql: &mut String, fields: impl Iterator<Item = &'static Field>) {
    for (index, field) in fields.enumerate() {
        sql.push_str(if index == 0 { "" } else { "||','||" });
        let mut value = String::new();
        push_expression(&mut value, field);
        let _ = match field.kind {
            Kind::Text | Kind::Json => {
                // What a spreadsheet would take for a formula gets an apostrophe in front, which makes it a text.
                let formula = format!("substr({value},1,1) IN ('=','+','-','@',char(9),char(13))");
                write!(
                    sql,
                    "ifnull('\"'||CASE WHEN {formula} THEN '''' ELSE '' END||replace({value},'\"','\"\"')||'\"','')"
                )
            }
            Kind::Time => write!(sql, "ifnull(strftime('%Y-%m-%dT%H:%M:%fZ',{value}/1000.0,'unixepoch'),'')"),
            Kind::Truth => write!(sql, "CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END"),
            Kind::Integer | Kind::Choice(_) => write!(sql, "ifnull({value},'')"),
        };
    }
    sql.push_str("||char(13,10)");
}
