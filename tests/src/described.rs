//! Holds answers to the OpenAPI document: every answer that any test gets must have a status that its operation
//! documents, and a body of the documented shape.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::Answer;

/// The document, as it is compiled into the application.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../edge/assets/openapi.json")).expect("the document is JSON")
});

/// The shape of the body for each operation, status and media type; `None` for an answer without a body.
type Shapes = HashMap<(String, u16, String), Option<Validator>>;

struct Described {
    paths: matchit::Router<Map<String, Value>>,
    shapes: Shapes,
}

static DESCRIBED: LazyLock<Described> = LazyLock::new(|| {
    let mut paths = matchit::Router::new();
    let mut shapes = Shapes::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        let item = item.as_object().expect("operations");
        paths.insert(path, item.clone()).expect("paths that do not contradict each other");
        for operation in item.values() {
            let id = operation["operationId"].as_str().expect("an id");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let status = status.parse().expect("a status");
                let none = json!({ "": null });
                let content = response.get("content").unwrap_or(&none).as_object().expect("media types");
                for (media_type, media) in content {
                    let shape = media.get("schema").map(compile);
                    shapes.insert((id.to_owned(), status, media_type.clone()), shape);
                }
            }
        }
    }
    Described { paths, shapes }
});

/// A schema of the document with what it refers to.
fn compile(schema: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = json!({ "schemas": DOCUMENT["components"]["schemas"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect("a schema")
}

/// What is wrong with the answer by the document; `None` for a path or method that is not in it.
pub(crate) fn check(method: &str, target: &str, answer: &Answer) -> Option<String> {
    let path = target.split('?').next().unwrap_or_default();
    let item = DESCRIBED.paths.at(path).ok()?;
    let operation = item.value.get(&method.to_ascii_lowercase())?;
    let id = operation["operationId"].as_str().expect("an id").to_owned();
    let media_type = answer.header("content-type").unwrap_or_default().to_owned();
    let response = &operation["responses"][answer.status.to_string()];
    let documents = |name: &str| response["headers"].get(name).is_some();
    let told = DOCUMENT["components"]["headers"].as_object().expect("headers").keys();
    if let Some(name) = told.clone().find(|name| answer.header(name).is_some() && !documents(name)) {
        return Some(format!("{id} does not document the header {name} of {}", answer.status));
    }
    let constant = ["etag", "location", "ashlar-seen", "www-authenticate"];
    if let Some(name) = constant.iter().find(|name| answer.header(name).is_none() && documents(name)) {
        return Some(format!("{id} documents the header {name} of {}, which is missing", answer.status));
    }
    let shape = DESCRIBED
        .shapes
        .get(&(id.clone(), answer.status, media_type.clone()))
        .or_else(|| DESCRIBED.shapes.get(&(id.clone(), answer.status, "*/*".to_owned())));
    let Some(shape) = shape else {
        return Some(format!("{id} documents no {} in {media_type:?}", answer.status));
    };
    let errors = shape.as_ref().map(|shape| {
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        shape
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect::<Vec<_>>()
    });
    errors
        .filter(|errors| !errors.is_empty())
        .map(|errors| format!("{id} documents another body: {}", errors.join("; ")))
}
