//! The application's lists over a table that is made up, on SQLite in memory.

use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::executor::block_on;
use model::{Cell, Column, Kind, Lister, Operator, Page, Random, Table};
use native::SqliteDatabase;
use rusqlite::Connection;
use serde_json::Value as Json;
use shared::auth::KeySet;
use shared::config::SigningKey;
use shared::error::Error;
use shared::ports::{Database, DatabaseError, Rows, Statement, Value};
use shared::query::{self, AccessPath, Field, ListQuery, Resource, SORT_CAP, WALK_CAP};
use shared::services::lists;

/// The name of the table.
pub(crate) const NAME: &str = "things";

/// How many rows a query may sort and walk past: a table of a few rows meets bounds only when they are low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    sort: u32,
    walk: u32,
}

impl Bounds {
    pub(crate) const AS_THEY_ARE: Self = Self { sort: SORT_CAP, walk: WALK_CAP };

    /// Often as they are; else so low that queries walk along indexes, and some are refused.
    pub(crate) fn draw(random: &mut Random) -> Self {
        match random.below(3) {
            0 => Self::AS_THEY_ARE,
            1 => Self { sort: u32::try_from(random.below(12)).unwrap(), walk: WALK_CAP },
            _ => Self {
                sort: u32::try_from(random.below(12)).unwrap(),
                walk: u32::try_from(1 + random.below(60)).unwrap(),
            },
        }
    }
}

/// SQLite under other bounds than the application's.
struct Bounded {
    database: SqliteDatabase,
    bounds: Bounds,
}

impl Bounded {
    fn with_bounds(&self, mut statement: Statement) -> Statement {
        if self.bounds == Bounds::AS_THEY_ARE {
            return statement;
        }
        let Bounds { sort, walk } = self.bounds;
        let rows = ") IS NULL THEN (SELECT group_concat";
        let sql =
            statement.sql.replace(&format!(" OFFSET {SORT_CAP}{rows}"), &format!(" OFFSET {sort}{rows}"));
        let sql = sql.replace(&format!(" LIMIT {}", WALK_CAP + 1), &format!(" LIMIT {}", walk + 1));
        let sql = sql.replace(&format!(" OFFSET {WALK_CAP}"), &format!(" OFFSET {walk}"));
        statement.sql = sql.replace(&format!(" LIMIT {WALK_CAP}"), &format!(" LIMIT {walk}")).into();
        statement
    }
}

#[async_trait(?Send)]
impl Database for Bounded {
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        self.database.query(self.with_bounds(statement)).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.database.batch(statements).await
    }
}

/// Lists of one table.
pub(crate) struct SqliteLister {
    database: Bounded,
    uri: String,
    keys: Rc<KeySet>,
    resource: &'static Resource,
}

/// Indexes by their columns, as [`AccessPath`] writes them: some of few columns and some of many, in both directions.
pub(crate) fn paths(random: &mut Random, table: &Table) -> Vec<Vec<String>> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let minus = |random: &mut Random| if random.percent(20) { "-" } else { "" };
    let mut paths: Vec<Vec<String>> = Vec::new();
    for name in &names {
        if random.percent(60) {
            paths.push(vec![format!("{}{name}", minus(random)), "id".to_owned()]);
        }
    }
    for _ in 0..random.below(4) {
        let columns = random.some(&names, 3);
        let columns = columns.iter().map(|name| format!("{}{name}", minus(random)));
        let path: Vec<_> = columns.chain(["id".to_owned()]).collect();
        if path.len() > 2 {
            paths.push(path);
        }
    }
    paths
}

impl SqliteLister {
    /// The table with its rows, and with these indexes.
    pub(crate) fn new(table: &Table, paths: &[Vec<String>], bounds: Bounds) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // In memory, and open to other connections of this process.
        let uri = format!("file:lists-{number}?mode=memory&cache=shared");
        let database = SqliteDatabase::open(Path::new(&uri)).unwrap();
        let columns: Vec<_> = table.columns.iter().map(definition).collect();
        let create = format!("CREATE TABLE {NAME} (id TEXT PRIMARY KEY, {}) STRICT", columns.join(", "));
        let mut batch = vec![Statement::new(create)];
        for (index, path) in paths.iter().enumerate() {
            let columns = path.iter().map(|column| match column.strip_prefix('-') {
                Some(column) => format!("{column} DESC"),
                None => column.clone(),
            });
            let columns = columns.collect::<Vec<_>>().join(", ");
            batch.push(Statement::new(format!("CREATE INDEX {} ON {NAME} ({columns})", index_name(index))));
        }
        let places: Vec<_> = (2..=table.columns.len() + 1).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT INTO {NAME} VALUES (?1, {})", places.join(", "));
        for row in &table.rows {
            let mut statement = Statement::new(insert.clone()).bind(row.id.as_str());
            statement.params.extend(row.cells.iter().map(value));
            batch.push(statement);
        }
        block_on(database.batch(batch)).unwrap();
        let key = SigningKey { id: "test".to_owned(), bytes: vec![7; 32] };
        let keys = Rc::new(KeySet::new(&[key]).unwrap());
        let database = Bounded { database, bounds };
        Self { database, uri, keys, resource: resource(table, paths) }
    }

    /// Another connection to the same table.
    pub(crate) fn other(&self) -> Connection {
        Connection::open(&self.uri).unwrap()
    }
}

fn index_name(index: usize) -> &'static str {
    const NAMES: [&str; 11] =
        ["by_a", "by_b", "by_c", "by_d", "by_e", "by_f", "by_g", "by_h", "by_i", "by_j", "by_k"];
    NAMES[index]
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Text | Kind::Choice(_) => "TEXT",
        Kind::Integer | Kind::Time | Kind::Truth => "INTEGER",
    };
    format!("{} {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text.clone()),
    }
}

/// A resource lives as long as the program: this one is left behind for each table.
fn resource(table: &Table, paths: &[Vec<String>]) -> &'static Resource {
    let mut fields = vec![Field::new("id", query::Kind::Text)];
    fields.extend(table.columns.iter().map(field));
    let (column, descending) = table.default_sort;
    let default_sort = format!("{}{}", if descending { "-" } else { "" }, table.columns[column].name);
    let path = |(index, path): (usize, &Vec<String>)| {
        let columns: Vec<&'static str> = path.iter().map(|column| &*column.clone().leak()).collect();
        AccessPath::new(index_name(index), columns.leak())
    };
    Box::leak(Box::new(Resource {
        table: NAME,
        fields: fields.leak(),
        default_sort: default_sort.leak(),
        paths: paths.iter().enumerate().map(path).collect::<Vec<_>>().leak(),
        search: None,
        relations: &[],
    }))
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        Kind::Text => query::Kind::Text,
        Kind::Integer => query::Kind::Integer,
        Kind::Time => query::Kind::Time,
        Kind::Truth => query::Kind::Truth,
        Kind::Choice(words) => query::Kind::Choice(words),
    };
    let word = |operator: &Operator| query::Operator::parse(operator.word()).unwrap();
    let operators: Vec<_> = column.operators.iter().map(word).collect();
    let field = Field::new(column.name, kind).filtered(operators.leak());
    let field = if column.nullable { field.nullable() } else { field };
    if column.sortable { field.sortable() } else { field }
}

impl Lister for SqliteLister {
    fn list(&mut self, query: &str) -> Result<Option<Page>, String> {
        let query = ListQuery::parse(self.resource, &decoded(query)).map_err(|error| format!("{error:?}"))?;
        let query = query.signed_by(Rc::clone(&self.keys));
        let page = match block_on(lists::read(&self.database, &query)) {
            Ok(page) => page,
            Err(Error::TooBroad(_)) => return Ok(None),
            Err(error) => return Err(format!("{error:?}")),
        };
        let members: Json = serde_json::from_slice(&page.content().body).unwrap();
        let Json::Array(rows) = members["data"].clone() else { return Err("no rows".to_owned()) };
        Ok(Some(Page { rows, meta: members["meta"].clone() }))
    }

    fn is_bounded(&self) -> bool {
        self.database.bounds != Bounds::AS_THEY_ARE
    }
}

/// The pairs of a query string.
pub(crate) fn decoded(query: &str) -> Vec<(String, String)> {
    let one = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (one(name), one(value)))
        .collect()
}
