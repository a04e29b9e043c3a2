//! Relational storage on D1.
//!
//! D1 speaks JSON, which leaves marks that a repository should know:
//! - every bound number reaches the engine as a REAL. Columns of type INTEGER, comparisons with them and LIMIT turn a
//!   whole one into an integer; expressions and TEXT columns do not: `?1 / 2` is a fraction, `?1 || ''` and
//!   `json_array(?1)` say `3.0`. Write `CAST(?1 AS INTEGER)` there;
//! - a whole REAL comes back as [`Value::Integer`]; reading it as `f64` gives the same number;
//! - columns of one statement need different names, as in an object;
//! - `changes` counts what triggers and cascades changed as well.

mod rows;

use std::cell::{Cell, OnceCell, RefCell};

use async_trait::async_trait;
use js_sys::{Array, Promise, Uint8Array};
use shared::ports::{Anchor, Database, DatabaseError, Rows, Statement, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use crate::DATABASE;
use crate::binding::{Binding, describe, json};

/// The largest whole number that a JavaScript number holds without gaps: 2^53 - 1.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

// The `worker` crate's own wrapper hides the answer behind a conversion that crosses into JavaScript for every cell.
#[wasm_bindgen]
extern "C" {
    type Connection;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &Connection, sql: &str) -> Result<Prepared, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &Connection, statements: &Array) -> Result<Promise, JsValue>;

    /// A session, which is used as the database itself is.
    #[wasm_bindgen(method, catch, js_name = withSession)]
    fn with_session(this: &Connection, anchor: &str) -> Result<Connection, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getBookmark)]
    fn get_bookmark(this: &Connection) -> Result<Option<String>, JsValue>;

    type Prepared;

    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Prepared, values: &Array) -> Result<Prepared, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn all(this: &Prepared) -> Result<Promise, JsValue>;
}

/// A D1 database.
pub(crate) struct D1 {
    binding: Binding<Connection>,
    anchor: RefCell<Option<Anchor>>,
    /// Whether no copy answers.
    primary: Cell<bool>,
    session: OnceCell<Connection>,
}

impl D1 {
    pub(crate) fn new(env: &Env) -> Self {
        Self {
            binding: Binding::new(env, DATABASE),
            anchor: RefCell::default(),
            primary: Cell::new(true),
            session: OnceCell::new(),
        }
    }

    /// The session, if there is to be one; else the database, which is always the primary.
    fn connection(&self) -> Result<&Connection, DatabaseError> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let database = self.binding.get().map_err(DatabaseError::Other)?;
        let Some(anchor) = self.anchor.take() else { return Ok(database) };
        let session = database.with_session(constraint(&anchor)).map_err(|error| failed(&error))?;
        Ok(self.session.get_or_init(|| session))
    }

    fn prepare(&self, statement: &Statement) -> Result<Prepared, DatabaseError> {
        let prepared = self.connection()?.prepare(&statement.sql).map_err(|error| failed(&error))?;
        if statement.params.is_empty() {
            return Ok(prepared);
        }
        let values = statement.params.iter().map(to_js).collect::<Result<Array, _>>()?;
        prepared.bind(&values).map_err(|error| failed(&error))
    }
}

#[async_trait(?Send)]
impl Database for D1 {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        let answer = answer(self.prepare(&statement)?.all()).await?;
        rows::one(&answer).map_err(DatabaseError::Other)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let prepared =
            statements.iter().map(|statement| self.prepare(statement)).collect::<Result<Array, _>>()?;
        let answer = answer(self.connection()?.batch(&prepared)).await?;
        rows::many(&answer).map_err(DatabaseError::Other)
    }

    /// A session that has begun stays as it is.
    fn anchor(&self, anchor: Anchor) {
        if self.session.get().is_none() {
            self.primary.set(anchor == Anchor::Primary);
            *self.anchor.borrow_mut() = Some(anchor);
        }
    }

    fn is_primary(&self) -> bool {
        self.primary.get()
    }

    fn bookmark(&self) -> Option<String> {
        self.session.get()?.get_bookmark().ok()?
    }
}

/// As D1's Sessions API has it.
fn constraint(anchor: &Anchor) -> &str {
    match anchor {
        Anchor::Primary => "first-primary",
        Anchor::Nearest => "first-unconstrained",
        Anchor::AtLeast(bookmark) => bookmark,
    }
}

/// What a call answers, as one JSON text.
async fn answer(promise: Result<Promise, JsValue>) -> Result<String, DatabaseError> {
    let value =
        JsFuture::from(promise.map_err(|error| failed(&error))?).await.map_err(|error| failed(&error))?;
    json(&value).map_err(DatabaseError::Other)
}

#[expect(clippy::cast_precision_loss, reason = "the range was checked")]
fn to_js(value: &Value) -> Result<JsValue, DatabaseError> {
    match value {
        Value::Null => Ok(JsValue::NULL),
        Value::Integer(number) if number.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs() => {
            Ok(JsValue::from_f64(*number as f64))
        }
        Value::Integer(number) => Err(DatabaseError::Other(anyhow::anyhow!("{number} is beyond 2^53 - 1"))),
        Value::Real(number) if number.is_finite() => Ok(JsValue::from_f64(*number)),
        Value::Real(number) => {
            Err(DatabaseError::Other(anyhow::anyhow!("{number} is no number that JSON can say")))
        }
        Value::Text(text) => Ok(JsValue::from_str(text)),
        Value::Blob(bytes) => Ok(Uint8Array::from(bytes.as_slice()).into()),
    }
}

fn failed(error: &JsValue) -> DatabaseError {
    let message = describe(error);
    // "D1 DB is overloaded. Requests queued for too long." and "… Too many requests queued.": never started.
    if message.contains("D1 DB is overloaded") {
        DatabaseError::Busy
    } else {
        DatabaseError::from_message(&message)
    }
}
