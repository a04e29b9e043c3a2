//! Lists of products answer what their queries mean: random queries, held to an evaluator that shares no code with the
//! application.

use ::model::{Cell, Column, Kind, Lister, Operator, Outcome, Page, Random, Row, Shape, Table};
use app::{Client, TestApp};
use harness::Options;
use serde_json::Value;
use shared::query;
use shared::repositories::products::RESOURCE;
use tokio::runtime::Handle;

use super::PRODUCTS;

/// How many queries are tried.
const CASES: usize = 2000;

/// Products, all of them seeded.
const ROWS: u32 = 300;

struct Http {
    client: Client,
}

impl Lister for Http {
    fn list(&mut self, query: &str) -> Result<Option<Page>, String> {
        let path = format!("{PRODUCTS}?{query}");
        let answer = Handle::current().block_on(self.client.get(&path));
        let json: Value = answer.json();
        match (answer.status, json["data"].as_array()) {
            (200, Some(rows)) => Ok(Some(Page { rows: rows.clone(), meta: json["meta"].clone() })),
            (400, _) if json["code"] == "query_too_broad" => Ok(None),
            (status, _) => Err(format!("{status} {json}")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_lists_answer_what_their_queries_mean() {
    let app = TestApp::alone_with(Options { products: ROWS, ..Options::default() }).await;
    let table = table(&app);
    assert_eq!(table.rows.len(), usize::try_from(ROWS).unwrap());
    let client = app.visitor();
    let tried = tokio::task::spawn_blocking(move || {
        let mut lister = Http { client };
        let mut random = Random::new(1);
        for case in 0..CASES {
            let query = ::model::query(&mut random, &table, Shape::default());
            let found = ::model::check(&mut lister, &table, &query);
            assert_eq!(found, Ok(Outcome::Same), "case {case}");
        }
    });
    tried.await.unwrap();
}

/// The table as it is in the database.
fn table(app: &TestApp) -> Table {
    let fields: Vec<_> = RESOURCE.fields.iter().skip(1).collect();
    let names: Vec<_> = fields.iter().map(|field| field.sql).collect();
    let sql = format!("SELECT json_array(id, {}) FROM products", names.join(", "));
    let rows = app.server().sql(&sql, &[]).unwrap();
    let rows = rows.iter().map(|row| {
        let values: Vec<Value> = serde_json::from_str(row).unwrap();
        let (id, cells) = values.split_first().unwrap();
        Row { id: id.as_str().unwrap().to_owned(), cells: cells.iter().map(cell).collect() }
    });
    let default = RESOURCE.default_sort;
    let name = default.trim_start_matches('-');
    let column = fields.iter().position(|field| field.name == name).unwrap();
    Table {
        columns: fields.iter().map(|field| self::column(field)).collect(),
        rows: rows.collect(),
        default_sort: (column, default.starts_with('-')),
    }
}

fn cell(value: &Value) -> Cell {
    match (value.as_i64(), value.as_str()) {
        (Some(number), _) => Cell::Integer(number),
        (_, Some(text)) => Cell::Text(text.to_owned()),
        _ => Cell::Null,
    }
}

fn column(field: &query::Field) -> Column {
    let kind = match field.kind {
        query::Kind::Integer => Kind::Integer,
        query::Kind::Time => Kind::Time,
        query::Kind::Truth => Kind::Truth,
        query::Kind::Choice(words) => Kind::Choice(words),
        query::Kind::Text | query::Kind::Json => Kind::Text,
    };
    let operators = field.operators.iter().filter_map(|operator| Operator::parse(operator.word()));
    Column {
        name: field.name,
        kind,
        nullable: field.nullable,
        operators: operators.collect(),
        sortable: field.sortable,
    }
}
