//! From a [`ListQuery`] to SQL. Column and table names come from the resource's table, values are bound.

use std::fmt::Write as _;

use crate::ports::{Statement, Value};
use crate::query::COUNT_CAP;
use crate::query::parse::{CountMode, Direction, Filter, ListQuery, Operand};
use crate::query::resource::Operator;

impl ListQuery {
    /// The rows of the page and one more, which tells whether there is a next page.
    pub fn select(&self, columns: &str) -> Statement {
        let mut sql = format!("SELECT {columns} FROM {}", self.resource.table);
        let mut params = Vec::new();
        self.push_where(&mut sql, &mut params);
        self.push_order(&mut sql);
        params.push(Value::from(self.limit + 1));
        let _ = write!(sql, " LIMIT ?{}", params.len());
        params.push(Value::Integer(i64::from(self.page - 1) * i64::from(self.limit)));
        let _ = write!(sql, " OFFSET ?{}", params.len());
        Statement { sql: sql.into(), params }
    }

    /// The total as `total`; `None` when it is not asked for. A capped count stops one row past the cap.
    pub fn count(&self) -> Option<Statement> {
        let mut params = Vec::new();
        let mut conditions = String::new();
        self.push_where(&mut conditions, &mut params);
        let table = self.resource.table;
        let sql = match self.count {
            CountMode::None => return None,
            CountMode::Exact => format!("SELECT count(*) AS total FROM {table}{conditions}"),
            CountMode::Capped => {
                let cap = COUNT_CAP + 1;
                format!("SELECT count(*) AS total FROM (SELECT 1 FROM {table}{conditions} LIMIT {cap})")
            }
        };
        Some(Statement { sql: sql.into(), params })
    }

    fn push_where(&self, sql: &mut String, params: &mut Vec<Value>) {
        for (index, filter) in self.within.iter().chain(&self.filters).enumerate() {
            sql.push_str(if index == 0 { " WHERE " } else { " AND " });
            push_condition(sql, params, filter);
        }
    }

    fn push_order(&self, sql: &mut String) {
        sql.push_str(" ORDER BY ");
        let mut last = Direction::Ascending;
        for key in &self.sort {
            last = key.direction;
            let _ = write!(sql, "{}{}, ", key.field.sql, suffix(last));
        }
        let _ = write!(sql, "{}{}", self.resource.key().sql, suffix(last));
    }
}

fn suffix(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    }
}

fn push_condition(sql: &mut String, params: &mut Vec<Value>, filter: &Filter) {
    let column = filter.field.sql;
    let mut bind = |value: &Value| {
        params.push(value.clone());
        format!("?{}", params.len())
    };
    let condition = match (&filter.operand, filter.operator) {
        (Operand::IsNull(true), _) => format!("{column} IS NULL"),
        (Operand::IsNull(false), _) => format!("{column} IS NOT NULL"),
        (Operand::Several(values), operator) => {
            let values: Vec<_> = values.iter().map(bind).collect();
            let not = if operator == Operator::Nin { "NOT " } else { "" };
            format!("{column} {not}IN ({})", values.join(", "))
        }
        (Operand::One(value), Operator::Contains) => {
            format!("instr(lower({column}), lower({})) > 0", bind(value))
        }
        (Operand::One(value), Operator::Prefix) => prefix(column, value, bind),
        (Operand::One(value), operator) => format!("{column} {} {}", comparison(operator), bind(value)),
    };
    sql.push_str(&condition);
}

fn comparison(operator: Operator) -> &'static str {
    match operator {
        Operator::Ne => "<>",
        Operator::Gt => ">",
        Operator::Gte => ">=",
        Operator::Lt => "<",
        Operator::Lte => "<=",
        _ => "=",
    }
}

/// A range that an index can serve: from the text to the text followed by the largest character.
fn prefix(column: &str, value: &Value, mut bind: impl FnMut(&Value) -> String) -> String {
    let Value::Text(text) = value else { return "0".to_owned() };
    let from = bind(value);
    let to = bind(&Value::Text(format!("{text}{}", char::MAX)));
    format!("({column} >= {from} AND {column} < {to})")
}
