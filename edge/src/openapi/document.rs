//! The document: what all operations say, put together.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use http::Method;
use serde_json::{Map, Value, json};
use shared::query::MAX_VALUES;

use crate::http::cookies;
use crate::http::handler::Handler;
use crate::http::router::Routes;
use crate::middleware::{rate_limit, replicas, server_timing};
use crate::openapi::schemas::Schemas;
use crate::openapi::{About, Link, Operation, Security, Tag, errors};
use crate::routes;

/// Collects what is mounted.
#[derive(Debug)]
pub struct Document {
    /// The groups, in the order of the route table.
    pub tags: Vec<Tag>,
    /// The operations, in the order of the route table.
    pub operations: Vec<Operation>,
    schemas: Rc<RefCell<Schemas>>,
}

impl Document {
    /// Everything that the route table mounts.
    pub fn of_routes() -> Self {
        let schemas = Rc::new(RefCell::new(Schemas::new()));
        let mut document = Self { tags: Vec::new(), operations: Vec::new(), schemas };
        routes::mount(&mut document);
        document
    }
}

impl Routes for Document {
    fn tag(&mut self, tag: Tag) {
        self.tags.push(tag);
    }

    fn route<A, H: Handler<A>>(
        &mut self,
        method: Method,
        path: &'static str,
        _: H,
        about: impl FnOnce() -> About,
    ) {
        if path.starts_with("/__test/") {
            // Only builds for tests have these; the document is the same in all builds.
            return;
        }
        let about = about();
        let mut operation = Operation {
            tag: self.tags.last().map_or("", |tag| tag.name),
            guard: "",
            security: Security::None,
            limits: Vec::new(),
            listed: None,
            parameters: Vec::new(),
            body: None,
            answer: None,
            tagged: false,
            headers: Vec::new(),
            codes: about.codes.iter().copied().chain(errors::ANYWHERE).collect(),
            schemas: self.schemas.clone(),
            method,
            path,
            about,
        };
        H::describe(&mut operation);
        if !operation.method.is_safe() {
            operation.fails_with(&[crate::http::Code::OriginNotAllowed]);
        }
        self.operations.push(operation);
    }
}

/// The whole document as the text of a file.
pub fn text() -> String {
    serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n"
}

/// The whole document.
pub fn document() -> Value {
    let Document { tags, operations, schemas } = Document::of_routes();
    let mut definitions = schemas.borrow_mut().definitions();
    definitions.extend(errors::schemas());
    let mut paths = Map::new();
    for operation in &operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = describe(operation, &definitions);
    }
    let codes = operations.iter().flat_map(|operation| operation.codes.iter().copied()).collect();
    let tags: Vec<_> =
        tags.iter().map(|tag| json!({ "name": tag.name, "description": tag.description })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ashlar",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A production backend at the edge.",
            "description": format!("{DESCRIPTION} All conditions of a list together have at most {MAX_VALUES} values."),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "contact": { "name": "The operators of this service" },
        },
        "servers": [{ "url": "/", "description": "This service" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": definitions,
            "examples": errors::examples(&codes),
            "headers": errors::headers(&headers_of(&operations)),
            "securitySchemes": security_schemes(),
        },
    })
}

const DESCRIPTION: &str = "\
Success is `{\"success\":true,\"data\":…,\"meta\":{…}}`, failure is `{\"success\":false,\"error\":…,\"code\":…,\"details\":[…],\
\"request_id\":…}`, or problem details (RFC 9457) for clients that send `Accept: application/problem+json`.\n\n\
Money is in whole minor units (cents), times are RFC 3339 in UTC, ids are UUIDs of version 7. Unknown members of \
bodies and unknown parameters of lists are refused. Bodies have at most 1 MiB. Texts are brought into Unicode normalisation form C, \
and white space around them is removed, except from passwords; lengths count what is left.";

/// The answer to a client that has this version already.
fn not_modified(answer: &Value) -> Value {
    json!({ "description": "The client has this version; there is no body.", "headers": answer["headers"] })
}

/// `If-None-Match`, on operations whose answers have a version.
fn if_none_match() -> Value {
    json!({
        "name": "if-none-match", "in": "header", "schema": { "type": "string" },
        "description": "Entity tags that `etag` of earlier answers said: if the entity is still at one of them, the answer is 304.",
    })
}

/// The headers that any response of the operations names.
fn headers_of(operations: &[Operation]) -> BTreeSet<&'static str> {
    let named = operations.iter().flat_map(|operation| {
        let of_failures = operation.codes.iter().flat_map(|code| code.headers());
        of_failures.copied().chain(operation.headers())
    });
    named.chain(["x-request-id", "location", "link", server_timing::HEADER, replicas::HEADER]).collect()
}

fn describe(operation: &Operation, definitions: &Map<String, Value>) -> Value {
    let about = &operation.about;
    let mut responses = errors::responses(&operation.codes);
    if let Some((status, answer)) = &operation.answer {
        let mut answer = with_example(answer.clone(), definitions);
        for name in operation.headers() {
            answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
        if operation.method == Method::GET && operation.headers().any(|name| name == "etag") {
            responses.insert("304".to_owned(), not_modified(&answer));
        }
        if !about.links.is_empty() {
            answer["links"] = about.links.iter().map(link).collect();
        }
        responses.insert(status.to_string(), answer);
    }
    if !operation.limits.is_empty() {
        responses.values_mut().for_each(show_limits);
    }
    if operation.method == Method::GET {
        responses.values_mut().for_each(|answer| show(answer, server_timing::HEADER));
    }
    if !operation.method.is_safe() {
        responses.values_mut().for_each(|answer| show(answer, replicas::HEADER));
    }
    let mut described = json!({
        "operationId": about.id,
        "summary": about.summary,
        "tags": [operation.tag],
        "security": security(operation.security),
        "responses": responses,
    });
    let description = match operation.security {
        Security::Session { capability: Some(name) } => {
            format!("{}\n\nNeeds the capability `{name}`.", about.description)
        }
        Security::SessionOnly => format!("{}\n\nAPI keys do not work here.", about.description),
        _ => about.description.to_owned(),
    };
    if let Security::Session { capability: Some(name) } = operation.security {
        described["x-capability"] = json!(name);
    }
    if !operation.limits.is_empty() {
        let names: Vec<_> = operation.limits.iter().map(|policy| policy.name).collect();
        described["x-ratelimit-policies"] = json!(names);
    }
    if !description.is_empty() {
        described["description"] = json!(description.trim());
    }
    let mut parameters = operation.parameters.clone();
    if described["responses"].get("304").is_some() {
        parameters.push(if_none_match());
    }
    if !parameters.is_empty() {
        described["parameters"] = json!(parameters);
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = with_example(body.clone(), definitions);
    }
    if operation.method == Method::PATCH && !operation.path.ends_with("/bulk") {
        show_change(&mut described);
    }
    described
}

fn link(link: &Link) -> (String, Value) {
    let parameters = Map::from_iter([(link.parameter.to_owned(), json!(link.value))]);
    let described =
        json!({ "operationId": link.operation, "parameters": parameters, "description": link.description });
    (link.operation.to_owned(), described)
}

/// Every answer says what is left, not only a refusal.
fn show_limits(answer: &mut Value) {
    for name in [rate_limit::POLICY, rate_limit::LIMIT] {
        answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
}

/// A header that depends on settings: what a read cost, or the bookmark of a write.
fn show(answer: &mut Value, header: &str) {
    answer["headers"][header] = json!({ "$ref": format!("#/components/headers/{header}") });
}

/// The example of a change's answer shows the change.
fn show_change(described: &mut Value) {
    let media = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_object).cloned();
    let patch = media(described, "/requestBody/content/application~1json/example").unwrap_or_default();
    let answer = described.pointer_mut("/responses/200/content/application~1json/example/data");
    if let Some(entity) = answer.and_then(Value::as_object_mut) {
        entity.extend(patch);
        if let Some(version) = entity.get_mut("version") {
            *version = json!(version.as_i64().unwrap_or_default() + 1);
        }
    }
}

/// Puts the example that the schema leads to beside it.
fn with_example(mut body: Value, definitions: &Map<String, Value>) -> Value {
    if let Some(media) = body.get_mut("content").and_then(|content| content.get_mut("application/json"))
        && let Some(example) = example(&media["schema"], definitions)
    {
        media["example"] = example;
    }
    body
}

/// The example of a schema: its own, or one put together from its members' examples.
fn example(schema: &Value, definitions: &Map<String, Value>) -> Option<Value> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next()?;
        return example(definitions.get(name)?, definitions);
    }
    if let Some(example) = schema.get("examples").and_then(|examples| examples.get(0)) {
        return Some(example.clone());
    }
    if let Some(value) = schema.get("const") {
        return Some(value.clone());
    }
    if let Some(items) = schema.get("items") {
        // Of a row, or a part of one, the row.
        let item = items.pointer("/anyOf/0").unwrap_or(items);
        return Some(json!([example(item, definitions)?]));
    }
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let members = properties.iter().map(|(name, schema)| Some((name.clone(), example(schema, definitions)?)));
    (schema.get("type")? == "object")
        .then(|| members.collect::<Option<Map<_, _>>>().map(Value::Object))
        .flatten()
}

fn security(security: Security) -> Value {
    match security {
        Security::None => json!([]),
        Security::Optional => json!([{}, { "session": [] }, { "bearer": [] }, { "api_key": [] }]),
        Security::SessionOnly => json!([{ "session": [] }, { "bearer": [] }]),
        Security::Session { .. } => json!([{ "session": [] }, { "bearer": [] }, { "api_key": [] }]),
        Security::Internal => json!([{ "internal": [] }]),
    }
}

fn security_schemes() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": cookies::ACCESS,
            "description": "The access token that a login sets as a cookie.",
        },
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The same access token, for clients without a cookie jar: they log in with `\"tokens\": \"body\"` and find it in the answer.",
        },
        "api_key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "ashlar_…",
            "description": "An API key, for programs: it may do what it was made for and its user may do.",
        },
        "internal": {
            "type": "http", "scheme": "bearer",
            "description": "The setting INTERNAL_SECRET, for timers.",
        },
    })
}
