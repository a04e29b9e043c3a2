//! Conditions as SQL. Values are bound.

use std::fmt::Write as _;

use crate::query::filter::Operand;
use crate::query::object::push_expression;
use crate::query::plan::Bound;
use crate::query::resource::{Field, Operator};

/// How the column of a condition is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    /// As the column, with these before lower and upper bounds and whatever else.
    Column { lower: &'static str, upper: &'static str },
    /// By its name: the column of a subquery.
    Named,
}

impl Style {
    /// For an index to use.
    pub(super) const PLAIN: Self = Self::Column { lower: "", upper: "" };
    /// For no index to use.
    pub(super) const PLUS: Self = Self::Column { lower: "+", upper: "+" };
}

/// Writes that one of the conditions holds.
pub(super) fn push_group(sql: &mut String, group: &[Bound<'_>], style: Style) {
    for (index, bound) in group.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { " OR " });
        push_condition(sql, bound, style);
    }
    sql.push(')');
}

fn push_column(sql: &mut String, field: &Field, style: Style, upper_bound: bool) {
    match style {
        Style::Named => sql.push_str(field.name),
        Style::Column { lower, upper } => {
            sql.push_str(if upper_bound { upper } else { lower });
            push_expression(sql, field);
        }
    }
}

/// Writes that the condition holds.
pub(super) fn push_condition(sql: &mut String, bound: &Bound<'_>, style: Style) {
    let Bound { filter, first } = *bound;
    let field = filter.field;
    let upper = matches!(filter.operator, Operator::Lt | Operator::Lte);
    let contains = filter.operator == Operator::Contains;
    if !contains {
        push_column(sql, field, style, upper);
    }
    let _ = match &filter.operand {
        Operand::IsNull(null) => write!(sql, " IS {}NULL", if *null { "" } else { "NOT " }),
        Operand::Several(values) => {
            sql.push_str(if filter.operator == Operator::Nin { " NOT IN (" } else { " IN (" });
            for index in 0..values.len() {
                let _ = write!(sql, "{}?{}", if index == 0 { "" } else { "," }, first + index);
            }
            write!(sql, ")")
        }
        Operand::Within(_, below) => {
            let _ = write!(sql, " >= ?{first}");
            if below.is_some() {
                sql.push_str(" AND ");
                push_column(sql, field, style, true);
                let _ = write!(sql, " < ?{}", first + 1);
            }
            Ok(())
        }
        Operand::One(_) if contains => {
            sql.push_str("instr(lower(");
            push_column(sql, field, style, false);
            write!(sql, "),lower(?{first})) > 0")
        }
        Operand::One(_) => write!(sql, " {} ?{first}", comparison(filter.operator)),
    };
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
