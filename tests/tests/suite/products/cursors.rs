use app::{Client, SEEDED_PRODUCTS, TestApp};
use serde_json::{Value, json};

use super::{PRODUCTS, column, list, rows};

/// What is seeded: tests write no products that old.
const SEEDED: &str = "created_at[lt]=2026-01-01T00:00:00Z";

fn ids(json: &Value) -> Vec<String> {
    column(json, "id").into_iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Follows a link of `meta` to its end; answers with the pages.
async fn follow(client: &Client, start: Value, name: &str) -> Vec<Value> {
    let mut pages = vec![start];
    while let Some(link) = pages.last().unwrap()["meta"][name].as_str().map(str::to_owned) {
        pages.push(client.get(&format!("{PRODUCTS}{link}")).await.expect_status(200).json());
    }
    pages
}

#[tokio::test]
async fn cursors_lead_through_a_list_as_pages_do_and_back() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for sort in ["price", "-price,name", "name,-price", "-created_at"] {
        let query = format!("{SEEDED}&sort={sort}&limit=100");
        let first = list(&visitor, &query).await;
        let by_number: Vec<_> = follow(&visitor, first.clone(), "next").await.iter().flat_map(ids).collect();
        assert_eq!(json!(by_number.len()), json!(SEEDED_PRODUCTS));
        let cursor = first["meta"]["next_cursor"].as_str().unwrap();
        let second = list(&visitor, &format!("{query}&after={cursor}")).await;
        assert_eq!(second["meta"]["page"], json!(null));
        let pages = follow(&visitor, second, "next").await;
        let by_cursor: Vec<_> = ids(&first).into_iter().chain(pages.iter().flat_map(ids)).collect();
        assert_eq!(by_cursor, by_number, "{sort}");
        let last = pages.last().unwrap().clone();
        assert_eq!((&last["meta"]["has_more"], &last["meta"]["next_cursor"]), (&json!(false), &json!(null)));
        let back = follow(&visitor, last, "prev").await;
        let backwards: Vec<_> = back.iter().rev().flat_map(ids).collect();
        assert_eq!(backwards, by_number, "{sort}");
    }
}

#[tokio::test]
async fn a_cursor_leads_on_from_any_page_by_number() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let page = |number| format!("{SEEDED}&sort=-price&limit=10&page={number}");
    let third = list(&visitor, &page(3)).await;
    let cursor = |name: &str| third["meta"][name].as_str().unwrap().to_owned();
    let query = format!("{SEEDED}&sort=-price&limit=10");
    let fourth = list(&visitor, &format!("{query}&after={}", cursor("next_cursor"))).await;
    assert_eq!(ids(&fourth), ids(&list(&visitor, &page(4)).await));
    let second = list(&visitor, &format!("{query}&before={}", cursor("prev_cursor"))).await;
    assert_eq!(ids(&second), ids(&list(&visitor, &page(2)).await));
    assert_eq!(
        (&second["meta"]["has_more"], &second["meta"]["total"]),
        (&json!(true), &json!(SEEDED_PRODUCTS))
    );
}

#[tokio::test]
async fn a_cursor_that_is_not_of_the_query_is_refused_by_name() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let first = list(&visitor, "sort=price&status=active").await;
    let cursor = first["meta"]["next_cursor"].as_str().unwrap();
    let changed = format!("{}AAAA", &cursor[..cursor.len() - 4]);
    let wrong = [
        ("after", format!("sort=-price&status=active&after={cursor}")),
        ("after", format!("sort=price&after={cursor}")),
        ("before", format!("sort=price&status=draft&before={cursor}")),
        ("after", format!("sort=price&status=active&after={changed}")),
        ("after", "sort=price&status=active&after=".to_owned()),
        ("before", "sort=price&status=active&before=a%20b".to_owned()),
        ("after", format!("sort=price&status=active&after={cursor}&page=2")),
        ("before", format!("sort=price&status=active&before={cursor}&page=1")),
        ("after", format!("sort=price&status=active&after={cursor}&before={cursor}")),
    ];
    for (name, query) in wrong {
        let answer = visitor.get(&format!("{PRODUCTS}?{query}")).await.assert(400, "invalid_query");
        assert_eq!(answer.details(), [(name.to_owned(), "invalid".to_owned())], "{query}");
    }
    visitor
        .get(&format!("{PRODUCTS}?sort=price&status=active&limit=3&fields=id&count=none&after={cursor}"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn pages_by_number_end_where_cursors_go_on() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let far = |page: u32| format!("{PRODUCTS}?{SEEDED}&limit=100&page={page}");
    assert_eq!(visitor.get(&far(1001)).await.expect_status(200).data(), json!([]));
    let answer = visitor.get(&far(1002)).await.assert(400, "invalid_query");
    assert_eq!(answer.details(), [("page".to_owned(), "range".to_owned())]);
    assert!(answer.json()["details"][0]["message"].as_str().unwrap().contains("after=CURSOR"));
}

#[tokio::test]
async fn links_lead_to_the_other_pages() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let links = async |query: &str| {
        let answer = visitor.get(&format!("{PRODUCTS}?{query}")).await.expect_status(200);
        let header = answer.header("link").unwrap().to_owned();
        let of = |link: &str| {
            let (target, name) = link.split_once(">; rel=\"").unwrap();
            (name.trim_end_matches('"').to_owned(), target.trim_start_matches('<').to_owned())
        };
        (header.split(", ").map(of).collect::<Vec<_>>(), answer.json())
    };
    let query = format!("{SEEDED}&sort=-price&limit=100");
    let (found, json) = links(&format!("{query}&page=2")).await;
    assert_eq!(
        found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["first", "prev", "next", "last"]
    );
    let of = |name: &str| &found.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!((of("next"), of("prev")), (&text(&json, "next"), &text(&json, "prev")));
    for (name, page) in [("first", 1), ("prev", 1), ("next", 3), ("last", 5)] {
        let json = visitor.get(&format!("{PRODUCTS}{}", of(name))).await.expect_status(200).json();
        assert_eq!(json["meta"]["page"], page, "{name}");
    }
    let (beside, _) = links(&format!("{query}&after={}", text(&json, "next_cursor"))).await;
    assert_eq!(beside.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["first", "prev", "next"]);
    let (uncounted, _) = links(&format!("{query}&count=none")).await;
    assert_eq!(uncounted.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["first", "next"]);
    let (none, _) = links("category=none-such").await;
    assert_eq!(none.len(), 2, "the first page is the last: {none:?}");
}

fn text(json: &Value, name: &str) -> String {
    json["meta"][name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rows_have_the_members_that_fields_names_and_their_id() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let names = |json: &Value| {
        rows(json)[0].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    let some = list(&visitor, &format!("{SEEDED}&fields=price,name")).await;
    assert_eq!(names(&some), "id name price");
    assert_eq!(names(&list(&visitor, "fields=id").await), "id");
    // The order is by what is not shown, and goes on by cursor.
    let next = list(&visitor, &format!("{SEEDED}&fields=name&after={}", text(&some, "next_cursor"))).await;
    let second = list(&visitor, &format!("{SEEDED}&page=2")).await;
    assert_eq!(ids(&next), ids(&second));
    assert!(text(&next, "next").contains("&fields=id,name&"), "{}", next["meta"]);
    for (fields, code) in
        [("colour", "unknown"), ("", "unknown"), ("name,name", "duplicate"), ("hash", "unknown")]
    {
        let answer = visitor.get(&format!("{PRODUCTS}?fields={fields}")).await.assert(400, "invalid_query");
        assert_eq!(answer.details(), [("fields".to_owned(), code.to_owned())]);
    }
    let answer = visitor.get(&format!("{PRODUCTS}?fields=colour")).await.assert(400, "invalid_query");
    let message = answer.json()["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("id, name, description, category"), "{message}");
}

#[tokio::test]
async fn of_each_group_of_alternatives_one_holds() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let all = async |query: &str, test: &dyn Fn(&Value) -> bool| {
        let json = list(&visitor, &format!("{SEEDED}&{query}&limit=100")).await;
        assert!(!rows(&json).is_empty() && rows(&json).iter().all(test), "{query}: {json}");
        json["meta"]["total"].as_i64().unwrap()
    };
    let price = |row: &Value| row["price"].as_i64().unwrap();
    let cheap_or_book = |row: &Value| price(row) < 30_000 || row["category"] == "books";
    let either = all("or[1][price][lt]=30000&or[1][category]=books", &cheap_or_book).await;
    let books = all("category=books", &|row| row["category"] == "books").await;
    let cheap = all("price[lt]=30000", &|row| price(row) < 30_000).await;
    let both =
        all("price[lt]=30000&category=books", &|row| price(row) < 30_000 && row["category"] == "books").await;
    assert_eq!(either, books + cheap - both);
    all(
        "or[1][price][lt]=30000&or[1][category]=books&or[2][status]=draft&or[2][status][in]=archived&sort=price",
        &|row| cheap_or_book(row) && row["status"] != "active",
    )
    .await;
    all("or[3][category]=books", &|row| row["category"] == "books").await;
    let wrong = [
        ("or[1][colour]=red", "unknown"),
        ("or[1][price][like]=1", "operator"),
        ("or[1][price]=x", "type"),
        ("or[0][price]=1", "unknown"),
        ("or[5][price]=1", "unknown"),
        ("or[1]=1", "unknown"),
        ("or=1", "unknown"),
        ("or[1][price=1", "unknown"),
        ("or[1][or][1][price]=1", "unknown"),
    ];
    for (query, code) in wrong {
        let name = query.split('=').next().unwrap().to_owned();
        let answer = visitor.get(&format!("{PRODUCTS}?{query}")).await.assert(400, "invalid_query");
        assert_eq!(answer.details(), [(name, code.to_owned())], "{query}");
    }
    let nine = ["[ne]", "[gt]", "[gte]", "[lt]", "[lte]", "[in]", ""]
        .map(|operator| format!("or[1][price]{operator}=1"));
    let nine = format!("{}&or[1][name]=1&or[1][category]=1", nine.join("&"));
    let answer = visitor.get(&format!("{PRODUCTS}?{nine}")).await.assert(400, "invalid_query");
    assert_eq!(answer.details(), [("or[1][category]".to_owned(), "too_many".to_owned())]);
}
