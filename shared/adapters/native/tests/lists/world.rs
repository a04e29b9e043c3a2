//! A database with rows, and statements that run on it with what they cost.

use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, StatementStatus, params_from_iter};
use shared::auth::KeySet;
use shared::config::Config;
use shared::migrations;
use shared::ports::{Statement, Value};
use shared::query::{Answer, ListQuery, Resource};
use shared::time::Timestamp;

pub(crate) struct World {
    pub connection: Connection,
    pub keys: Rc<KeySet>,
}

/// The page that a query has, as its lines, and what it cost.
#[derive(Debug)]
pub(crate) struct Page {
    pub text: String,
    pub steps: i32,
}

impl World {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        for migration in migrations::ALL {
            connection.execute_batch(migration.sql).unwrap();
        }
        Self { connection, keys: keys("k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8") }
    }

    /// Products with few different prices and names, the number in the id and in the time; every tenth is of the category
    /// `rare`, every thousandth a draft.
    pub(crate) fn with_products(count: u32) -> Self {
        let world = Self::new();
        // Indexes are made faster of what is there than row by row.
        let indexes = world.indexes_of_products();
        for (name, _) in &indexes {
            world.connection.execute_batch(&format!("DROP INDEX {name}")).unwrap();
        }
        world
            .connection
            .execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
                 INSERT INTO products (id, name, description, category, price, stock, status, created_at, updated_at) \
                 SELECT printf('019376a1-9c3b-7aaa-8bbb-%012d', i), 'Lamp ' || (i * 7919 % 37), 'd', \
                   CASE i % 10 WHEN 0 THEN 'rare' ELSE 'common' END, i * 7907 % 101, i % 5, \
                   CASE WHEN i % 1000 = 0 THEN 'draft' WHEN i % 3 = 0 THEN 'archived' ELSE 'active' END, i, i FROM n",
                [count],
            )
            .unwrap();
        for (_, sql) in &indexes {
            world.connection.execute_batch(sql).unwrap();
        }
        world
    }

    /// Their names and how they are made.
    fn indexes_of_products(&self) -> Vec<(String, String)> {
        let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'products' AND sql IS NOT NULL";
        let mut prepared = self.connection.prepare(sql).unwrap();
        let indexes = prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        indexes.collect::<Result<_, _>>().unwrap()
    }

    pub(crate) fn query(&self, resource: &'static Resource, text: &str) -> ListQuery {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.replace("%20", " "))
        });
        let pairs: Vec<_> = pairs.collect();
        let query = ListQuery::parse(resource, &pairs).unwrap();
        query.signed_by(Rc::clone(&self.keys))
    }

    pub(crate) fn page(&self, query: &ListQuery) -> Page {
        self.run(&query.plan().unwrap().page())
    }

    /// The ids of a page, and the cursors of its first and last row.
    pub(crate) fn ids(&self, query: &ListQuery) -> (Vec<String>, Option<(String, String)>) {
        let page = self.page(query);
        let answer = Answer::read(query, &page.text).unwrap();
        let id = |row: &&str| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            row["id"].as_str().unwrap().to_owned()
        };
        let ends = answer.ends.map(|(first, last)| {
            let [first, last] = query.cursors_of([Some(first), Some(last)]);
            (first.unwrap(), last.unwrap())
        });
        (answer.rows.iter().map(id).collect(), ends)
    }

    pub(crate) fn total(&self, query: &ListQuery) -> i64 {
        self.run(&query.plan().unwrap().count().unwrap()).text.parse().unwrap()
    }

    /// Runs a statement of one column and one row.
    pub(crate) fn run(&self, statement: &Statement) -> Page {
        let mut prepared = self.connection.prepare(&statement.sql).unwrap();
        let text = prepared
            .query_row(params(statement), |row| {
                Ok(match row.get(0)? {
                    Sql::Text(text) => text,
                    Sql::Integer(number) => number.to_string(),
                    _ => String::new(),
                })
            })
            .unwrap();
        Page { text, steps: prepared.get_status(StatementStatus::VmStep) }
    }

    pub(crate) fn explain(&self, statement: &Statement) -> Vec<String> {
        let mut prepared = self.connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
        let rows = prepared.query_map(params(statement), |row| row.get(3)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

pub(crate) fn keys(setting: &'static str) -> Rc<KeySet> {
    let settings = |name: &str| match name {
        "ENVIRONMENT" => Some("development".to_owned()),
        "JWT_KEYS" => Some(setting.to_owned()),
        _ => None,
    };
    let config = Config::from_settings(settings).unwrap();
    let clock = Rc::new(TestClock::new(Timestamp::from_millis(0)));
    let ports = block_on(Instance::in_memory(clock)).unwrap().ports;
    Rc::new(block_on(KeySet::load(&config, &ports)).unwrap())
}

fn params(statement: &Statement) -> impl rusqlite::Params {
    params_from_iter(
        statement
            .params
            .iter()
            .map(|value| match value {
                Value::Null => Sql::Null,
                Value::Integer(number) => Sql::Integer(*number),
                Value::Real(number) => Sql::Real(*number),
                Value::Text(text) => Sql::Text(text.clone()),
                Value::Blob(bytes) => Sql::Blob(bytes.clone()),
            })
            .collect::<Vec<_>>(),
    )
}
