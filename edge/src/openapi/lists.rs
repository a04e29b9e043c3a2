//! The parameters of the list grammar, from a resource's table of fields.

use serde_json::{Value, json};
use shared::query::{Field, Kind, MAX_LIMIT, MAX_PAGE, MAX_SET, MAX_TEXT, Operator, Resource};

/// Every parameter that lists of the resource take.
pub(crate) fn parameters(resource: &Resource) -> Vec<Value> {
    let mut parameters = vec![
        number("page", "The page, from 1.", MAX_PAGE, 1),
        number("limit", "Rows in a page.", MAX_LIMIT, shared::query::DEFAULT_LIMIT),
        sort(resource),
        query(
            "count",
            "How the total is found: exactly, exactly up to 10,000, or not at all.",
            &json!({
                "type": "string", "enum": ["exact", "capped", "none"], "default": "capped",
            }),
        ),
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
