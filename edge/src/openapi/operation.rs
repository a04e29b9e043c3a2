//! One operation while guard, extractors and answer describe themselves.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use http::Method;
use schemars::JsonSchema;
use serde_json::{Value, json};
use shared::limits::Policy;
use shared::query::Resource;

use crate::http::Code;
use crate::openapi::schemas::Schemas;
use crate::openapi::{About, lists, search};

/// What a caller must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Nothing.
    None,
    /// Nothing; who shows a session or an API key gets more.
    Optional,
    /// A session; an API key does not do.
    SessionOnly,
    /// A session or an API key, perhaps with a capability.
    Session {
        /// Its name.
        capability: Option<&'static str>,
    },
    /// The internal secret.
    Internal,
}

/// One method of one path.
#[derive(Debug)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path with `{name}` segments.
    pub path: &'static str,
    /// The guard's name.
    pub guard: &'static str,
    /// What a caller must show.
    pub security: Security,
    /// What people read about it.
    pub about: About,
    /// The name of its group.
    pub tag: &'static str,
    /// The limits that it is under.
    pub limits: Vec<&'static Policy>,
    /// What it lists, when it does.
    pub listed: Option<&'static Resource>,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) answer: Option<(u16, Value)>,
    /// Whether the answer has an entity tag, whatever the route says.
    pub(crate) tagged: bool,
    pub(crate) codes: BTreeSet<Code>,
    /// Headers of the answer that extractors know of.
    pub(crate) headers: Vec<&'static str>,
    pub(crate) schemas: Rc<RefCell<Schemas>>,
}

impl Operation {
    /// Sets the guard.
    pub fn guarded_by(&mut self, guard: &'static str, security: Security) {
        (self.guard, self.security) = (guard, security);
    }

    /// Adds failures.
    pub fn fails_with(&mut self, codes: &[Code]) {
        self.codes.extend(codes);
    }

    /// Adds a header of the answer.
    pub fn answers_with(&mut self, header: &'static str) {
        self.headers.push(header);
    }

    /// Adds limits, and the failure that comes of them.
    pub fn limited_by(&mut self, policies: &[&'static Policy]) {
        self.limits.extend(policies);
        self.fails_with(&[Code::TooManyRequests]);
    }

    /// Adds a segment of the path: the id of something.
    pub fn path_parameter(&mut self, name: &str, noun: &str) {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": format!("The id of the {noun}."),
            "schema": { "type": "string", "format": "uuid" },
        }));
    }

    /// Adds a segment of the path: one of a few words.
    pub fn path_choice(&mut self, name: &str, description: &str, words: &[&str]) {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": { "type": "string", "enum": words },
        }));
    }

    /// Adds the parameters of the list grammar.
    pub fn lists(&mut self, resource: &'static Resource) {
        self.listed = Some(resource);
        self.parameters.extend(lists::parameters(resource));
        self.parameters.extend(search::parameters(resource));
    }

    /// Adds the parameter that asks for related things.
    pub fn expands(&mut self, resource: &Resource) {
        self.parameters.extend(search::expand(resource));
    }

    /// Adds the parameters of figures.
    pub fn counts(&mut self, stats: &shared::query::Stats) {
        self.parameters.extend(search::stats(stats));
    }

    /// Adds those parameters of the list grammar that have other names.
    pub fn lists_without(&mut self, resource: &Resource, names: &[&str]) {
        let kept = |parameter: &Value| parameter["name"].as_str().is_none_or(|name| !names.contains(&name));
        self.parameters.extend(lists::parameters(resource).into_iter().filter(kept));
    }

    /// Adds a parameter of the query: one of a few words.
    pub fn query_choice(&mut self, name: &str, description: &str, words: &[&str]) {
        self.parameters.push(json!({
            "name": name, "in": "query", "description": description, "schema": { "type": "string", "enum": words },
        }));
    }

    /// Adds a header that may be sent.
    pub fn header_parameter(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name, "in": "header", "description": description, "schema": schema,
        }));
    }

    /// Adds a cookie that may be sent.
    pub fn cookie_parameter(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name, "in": "cookie", "description": description, "schema": schema,
        }));
    }

    /// Adds a parameter in `place` (`query` or `path`) for each member of `T`.
    pub fn parameters_of<T: JsonSchema>(&mut self, place: &str) {
        let schema = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<T>();
        let required = |name: &str| {
            let names = schema.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|known| known == name))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let mut property = property.clone();
            let description = property.as_object_mut().and_then(|members| members.remove("description"));
            self.parameters.push(json!({
                "name": name, "in": place, "required": place == "path" || required(name), "description": description, "schema": property,
            }));
        }
    }

    /// Sets the JSON body.
    pub fn reads<T: JsonSchema>(&mut self) {
        let schema = self.schemas.borrow_mut().request::<T>();
        self.body = Some(json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        }));
    }

    /// Says that the body may be left out.
    pub fn body_is_optional(&mut self) {
        if let Some(body) = &mut self.body {
            body["required"] = json!(false);
        }
    }

    /// Sets the answer: a view with facts about it, in the success envelope.
    pub fn answers<T: JsonSchema, M: JsonSchema>(&mut self, status: u16) {
        let mut schemas = self.schemas.borrow_mut();
        let (data, meta) = (schemas.answer::<T>(), schemas.answer::<M>());
        let schema = json!({
            "type": "object",
            "required": ["success", "data", "meta"],
            "properties": { "success": { "const": true }, "data": data, "meta": meta },
        });
        let description = match status {
            201 => "Made.",
            202 => "Accepted; it will be done in the background.",
            _ => "Done.",
        };
        let mut answer = json!({
            "description": description,
            "headers": { "x-request-id": { "$ref": "#/components/headers/x-request-id" } },
            "content": { "application/json": { "schema": schema } },
        });
        if status == 201 {
            answer["headers"]["location"] = json!({ "$ref": "#/components/headers/location" });
        }
        self.answer = Some((status, answer));
    }

    /// The headers of the answer that are documented, beside those of every answer.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &'static str> {
        let tag = (self.tagged && !self.about.headers.contains(&"etag")).then_some("etag");
        self.about.headers.iter().chain(&self.headers).copied().chain(tag)
    }

    /// Sets the answer: a page of views, of which the client may have asked for some members only. It has an entity tag.
    pub fn answers_page<T: JsonSchema, M: JsonSchema>(&mut self) {
        self.tagged = true;
        self.answers::<Vec<T>, M>(200);
        let items = self.schemas.borrow_mut().part_of::<T>();
        let Some((_, answer)) = &mut self.answer else { return };
        answer["headers"]["link"] = json!({ "$ref": "#/components/headers/link" });
        let schema = &mut answer["content"]["application/json"]["schema"];
        schema["properties"]["data"]["items"] = items;
    }

    /// Sets the answer: none, but that it is done.
    pub fn answers_nothing(&mut self) {
        let answer = json!({
            "description": "Done; there is nothing to say.",
            "headers": { "x-request-id": { "$ref": "#/components/headers/x-request-id" } },
        });
        self.answer = Some((204, answer));
    }

    /// Sets the answer: something that is no JSON of ours.
    pub fn answers_content(&mut self) {
        let answer = json!({
            "description": "The content.",
            "headers": { "x-request-id": { "$ref": "#/components/headers/x-request-id" } },
            "content": { "*/*": {} },
        });
        self.answer = Some((200, answer));
    }
}
