//! Products as a file.

use app::{Client, Raw, TestApp};
use serde_json::{Value, json};

use super::{PRODUCTS, list, rows};

const EXPORT: &str = "/api/v1/products/export";

const COLUMNS: &str =
    "id,name,description,category,price,compare_at_price,stock,status,version,created_at,updated_at";

async fn make_all(admin: &Client, items: &[Value]) {
    for some in items.chunks(1000) {
        admin.post(&format!("{PRODUCTS}/bulk"), &json!({ "items": some })).await.expect_status(200);
    }
}

async fn text(client: &Client, query: &str) -> String {
    let answer = client.get(&format!("{EXPORT}?{query}")).await.expect_status(200);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

async fn lines(client: &Client, query: &str) -> Vec<Value> {
    let text = text(client, &format!("format=ndjson&{query}")).await;
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records of a file of comma-separated values (RFC 4180), as a reader of its own.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && characters.peek() == Some(&'\n') => {
                characters.next();
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(!quoted && field.is_empty() && record.is_empty(), "each record has its end");
    records
}

#[tokio::test]
async fn a_file_has_every_product_that_meets_the_conditions_as_the_list_shows_it() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let item = |number: usize| json!({ "name": format!("P{number}"), "category": category, "price": number, "status": if number.is_multiple_of(2) { "active" } else { "draft" } });
    make_all(&admin, &(0..2500).map(item).collect::<Vec<_>>()).await;
    let all = lines(&admin, &format!("category={category}")).await;
    assert_eq!(all.len(), 2500, "more than one part of the table");
    let ids: Vec<_> = all.iter().map(|product| product["id"].as_str().unwrap().to_owned()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "in the order of their ids, each once");
    let some = lines(&admin, &format!("category={category}&status=active&price[gte]=2400")).await;
    assert_eq!(some.len(), 50);
    let listed = list(&admin, &format!("category={category}&status=active&price[gte]=2400&limit=100")).await;
    for product in rows(&listed) {
        assert!(some.contains(product), "{product}");
    }
    assert_eq!(lines(&admin, &format!("category={category}&price[gte]=9999")).await, Vec::<Value>::new());
    let short = lines(&admin, &format!("category={category}&price=7&fields=name,price")).await;
    let id = &short[0]["id"];
    assert_eq!(short, [json!({ "id": id, "name": "P7", "price": 7 })], "the id and what was asked for");
}

#[tokio::test]
async fn a_file_of_comma_separated_values_has_a_header_and_no_formulas() {
    let app = TestApp::start().await;
    let (admin, category) = (app.admin().await, app.new_email());
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "a \"quoted\", text", "é, ☃", "7"];
    let item = |name: &str| json!({ "name": name, "description": "Two\nlines.", "category": category, "price": 5, "compare_at_price": null });
    make_all(&admin, &names.map(item)).await;
    let answer = admin.get(&format!("{EXPORT}?category={category}")).await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"products.csv\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let found = records(std::str::from_utf8(&answer.body).unwrap());
    assert_eq!(found[0].join(","), COLUMNS);
    assert!(found.iter().all(|record| record.len() == 11));
    let mut got: Vec<_> = found[1..].iter().map(|record| record[1].as_str()).collect();
    got.sort_unstable();
    let mut expected = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "a \"quoted\", text", "é, ☃", "7"];
    expected.sort_unstable();
    assert_eq!(got, expected);
    let json = lines(&admin, &format!("category={category}")).await;
    for (record, product) in found[1..].iter().zip(&json) {
        assert_eq!(
            (&record[0], &record[2]),
            (&product["id"].as_str().unwrap().to_owned(), &"Two\nlines.".to_owned())
        );
        assert_eq!((record[4].as_str(), record[5].as_str(), record[7].as_str()), ("5", "", "draft"));
        assert_eq!(record[9], product["created_at"].as_str().unwrap());
    }
    let empty = text(&admin, "category=nothing.has.this").await;
    assert_eq!(empty, format!("{COLUMNS}\r\n"));
}

#[tokio::test]
async fn the_format_is_said_or_negotiated() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let query = format!("{EXPORT}?category={}", app.new_email());
    for (accept, expected) in [
        ("*/*", "text/csv; charset=utf-8; header=present"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
    ] {
        let answer = admin.clone().with_header("accept", accept).get(&query).await.expect_status(200);
        assert_eq!(answer.header("content-type"), Some(expected), "{accept}");
    }
    let images = admin.clone().with_header("accept", "image/png");
    images.get(&query).await.assert(406, "not_acceptable");
    let answer = images.get(&format!("{query}&format=ndjson")).await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"), "what is said comes first");
    for (wrong, field) in [
        ("format=xml", "format"),
        ("format=csv&format=csv", "format"),
        ("page=2", "page"),
        ("sort=name", "sort"),
        ("limit=5", "limit"),
        ("colour=red", "colour"),
    ] {
        let answer = admin.get(&format!("{EXPORT}?{wrong}")).await.assert(400, "invalid_query");
        assert_eq!(answer.details()[0].0, field, "{wrong}");
    }
    let answer = admin.request("HEAD", &query).await.expect_status(200);
    assert_eq!((answer.body.len(), answer.header("content-length")), (0, None));
}

#[tokio::test]
async fn a_file_is_for_those_who_may_edit_and_not_any_number_of_times() {
    let app = TestApp::start().await;
    app.visitor().get(EXPORT).await.assert(401, "unauthenticated");
    let others = app.user().with(["create_products", "delete_products"]).login().await;
    others.get(EXPORT).await.assert(403, "missing_capability");
    let editor = app.user().with(["edit_products"]).login().await;
    let query = format!("{EXPORT}?category={}", app.new_email());
    let answer = editor.get(&query).await.expect_status(200);
    assert_eq!(answer.header("ratelimit-policy"), Some("\"exports\";q=100;w=3600"));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"exports\";r=99"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_finished_breaks_off() {
    let app = TestApp::start().await;
    let whole = app.visitor().get("/__test/chunks/whole").await.expect_status(200);
    assert_eq!(&whole.body[..], b"one\ntwo\n");
    let raw = Raw::get("/__test/chunks/broken").header("connection", "close");
    let told = app.send_raw(&raw, "GET /__test/chunks/broken").await;
    match told {
        // On a developer's machine, wrangler answers in place of a Worker that breaks off so early.
        Ok(answer) => assert_eq!(answer.status, 500, "a part is taken for the whole: {answer:?}"),
        Err(reason) => assert!(!reason.starts_with("no answer within"), "it does not hang"),
    }
}
