//! The parameters of the list grammar, from a resource's table of fields.

use serde_json::{Value, json};
use shared::query::{
    Field, Kind, MAX_ALTERNATIVES, MAX_CURSOR, MAX_GROUPS, MAX_LIMIT, MAX_PAGE, MAX_SET, MAX_TEXT, Operator,
    Resource,
};

/// Every parameter that lists of the resource take.
pub(crate) fn parameters(resource: &Resource) -> Vec<Value> {
    let mut parameters = vec![
        number(
            "page",
            "The page, from 1. At most 100,000 rows are passed over; further on, `after` leads.",
            MAX_PAGE,
            1,
        ),
        number("limit", "Rows in a page.", MAX_LIMIT, shared::query::DEFAULT_LIMIT),
        sort(resource),
        query(
            "count",
            "How the total is found: exactly, exactly up to 10,000 (and less, when too many rows would have to be looked at), or \
             not at all.",
            &json!({
                "type": "string", "enum": ["exact", "capped", "none"], "default": "capped",
            }),
        ),
        cursor("after", "A cursor, in place of `page`: the rows that follow it. `meta.next_cursor` is one."),
        cursor(
            "before",
            "A cursor, in place of `page`: the rows that lead up to it. `meta.prev_cursor` is one.",
        ),
        fields(resource),
        alternatives(),
    ];
    for field in resource.fields {
        parameters.extend(field.operators.iter().map(|operator| filter(field, *operator)));
    }
    parameters
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn number(name: &str, description: &str, max: u32, default: u32) -> Value {
    query(name, description, &json!({ "type": "integer", "minimum": 1, "maximum": max, "default": default }))
}

fn sort(resource: &Resource) -> Value {
    let names: Vec<_> = resource.sortable().map(|field| field.name).collect();
    let words: Vec<_> = names.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
    let once: Vec<_> = names
        .iter()
        .map(|name| {
            let [up, down] = [(*name).to_owned(), format!("-{name}")];
            json!({ "not": { "allOf": [{ "contains": { "const": up } }, { "contains": { "const": down } }] } })
        })
        .collect();
    let default: Vec<_> = resource.default_sort.split(',').collect();
    let mut parameter = query(
        "sort",
        "The order: fields separated by commas, each at most once, a leading `-` for descending. The id breaks ties.",
        &json!({
            "type": "array", "items": { "type": "string", "enum": words }, "minItems": 1, "uniqueItems": true,
            "allOf": once, "default": default,
        }),
    );
    separate_by_commas(&mut parameter);
    parameter
}

fn cursor(name: &str, description: &str) -> Value {
    let schema =
        json!({ "type": "string", "minLength": 1, "maxLength": MAX_CURSOR, "pattern": "^[A-Za-z0-9_-]+$" });
    query(name, description, &schema)
}

fn fields(resource: &Resource) -> Value {
    let names: Vec<_> = resource.fields.iter().map(|field| field.name).collect();
    let description =
        format!("The members to show, separated by commas. `{}` is always shown.", resource.key().name);
    let mut parameter = query(
        "fields",
        &description,
        &json!({ "type": "array", "items": { "type": "string", "enum": names }, "minItems": 1, "uniqueItems": true }),
    );
    separate_by_commas(&mut parameter);
    parameter
}

/// Brackets within brackets have no style in OpenAPI: the description says what the schema cannot.
fn alternatives() -> Value {
    let mut parameter = query(
        "or",
        &format!(
            "Groups of alternatives: of each group, at least one condition holds. `or[1][FIELD]=VALUE` and \
             `or[1][FIELD][OPERATOR]=VALUE`, with the fields and operators of the other parameters; 1 to {MAX_GROUPS} stand for \
             the group, and each has at most {MAX_ALTERNATIVES} alternatives."
        ),
        &json!({ "type": "object", "additionalProperties": { "type": "object" }, "maxProperties": MAX_GROUPS }),
    );
    parameter["style"] = json!("deepObject");
    parameter["explode"] = json!(true);
    parameter
}

fn filter(field: &Field, operator: Operator) -> Value {
    let name = match operator {
        Operator::Eq => field.name.to_owned(),
        _ => format!("{}[{}]", field.name, operator.word()),
    };
    let description = format!("Only rows whose `{}` {}.", field.name, meaning(operator));
    let schema = match operator {
        Operator::Null => json!({ "type": "boolean" }),
        Operator::In | Operator::Nin => {
            json!({ "type": "array", "items": value(field.kind, true), "minItems": 1, "maxItems": MAX_SET })
        }
        _ => value(field.kind, false),
    };
    let mut parameter = query(&name, &description, &schema);
    if matches!(operator, Operator::In | Operator::Nin) {
        separate_by_commas(&mut parameter);
    }
    parameter
}

fn separate_by_commas(parameter: &mut Value) {
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
}

fn meaning(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "is this",
        Operator::Ne => "is not this",
        Operator::Gt => "is greater than this",
        Operator::Gte => "is this or greater",
        Operator::Lt => "is less than this",
        Operator::Lte => "is this or less",
        Operator::In => "is one of these, separated by commas",
        Operator::Nin => "is none of these, separated by commas",
        Operator::Null => "has no value (`true`) or has one (`false`)",
        Operator::Contains => "contains this, without regard to ASCII case",
        Operator::Prefix => "begins with this",
    }
}

fn value(kind: Kind, in_set: bool) -> Value {
    const EXACT: i64 = (1 << 53) - 1;
    match kind {
        Kind::Text if in_set => {
            json!({ "type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": "^[^,\\x00]*$" })
        }
        Kind::Text => json!({ "type": "string", "maxLength": MAX_TEXT, "pattern": "^[^\\x00]*$" }),
        Kind::Integer => json!({ "type": "integer", "minimum": -EXACT, "maximum": EXACT }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Json => json!({}),
    }
}
