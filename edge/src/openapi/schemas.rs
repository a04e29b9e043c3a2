//! JSON Schemas of the models' types, by `schemars`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The schemas that operations name, each once.
#[derive(Debug)]
pub(crate) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what clients send as `T`, as a reference where the type has a name.
    pub(crate) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().into()
    }

    /// The schema of what clients get as `T`.
    pub(crate) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().into()
    }

    /// The schema of a `T` of which the client may have asked for some members only. The first is always there.
    pub(crate) fn part_of<T: JsonSchema>(&mut self) -> Value {
        let whole: Value = self.answer::<T>();
        let name = format!("Partial{}", T::schema_name());
        if let Some(Value::Object(known)) = self.answers.definitions().get(&*T::schema_name()) {
            let mut part = known.clone();
            part.remove("examples");
            let first = known.get("required").and_then(|names| names.get(0)).cloned();
            part.insert("required".to_owned(), first.into_iter().collect());
            part.insert(
                "description".to_owned(),
                format!("A `{}` with the members that `fields` names.", T::schema_name()).into(),
            );
            self.answers.definitions_mut().insert(name.clone(), Value::Object(part));
        }
        json!({ "anyOf": [whole, { "$ref": format!("#/components/schemas/{name}") }] })
    }

    /// Every named schema. Types that are both sent and got must look alike in both directions.
    pub(crate) fn definitions(&mut self) -> Map<String, Value> {
        let mut all = self.requests.take_definitions(true);
        for (name, schema) in self.answers.take_definitions(true) {
            debug_assert!(all.get(&name).is_none_or(|known| *known == schema), "{name} is two schemas");
            all.insert(name, schema);
        }
        all.into_iter().collect()
    }
}
