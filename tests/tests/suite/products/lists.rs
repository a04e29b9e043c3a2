use app::{SEEDED_PRODUCTS, TestApp};
use serde_json::{Value, json};

use super::{PRODUCTS, column, list, rows};

#[tokio::test]
async fn a_list_has_pages_in_the_order_that_was_asked_for() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let mut prices = Vec::new();
    for page in 1..=3 {
        let json =
            list(&visitor, &format!("created_at[lt]=2026-01-01T00:00:00Z&page={page}&sort=-price&limit=10"))
                .await;
        assert_eq!(rows(&json).len(), 10);
        prices.extend(column(&json, "price").into_iter().map(|price| price.as_i64().unwrap()));
        assert_eq!((&json["meta"]["page"], &json["meta"]["limit"]), (&json!(page), &json!(10)));
    }
    assert!(prices.is_sorted_by(|a, b| a >= b), "{prices:?}");
    let all = list(&visitor, "created_at[lt]=2026-01-01T00:00:00Z&sort=-price&limit=30").await;
    assert_eq!(
        column(&all, "price"),
        prices.iter().map(|price| json!(price)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn meta_tells_where_the_page_is() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    // What is seeded lies before 2026, what tests create after it.
    let seeded = "created_at[lt]=2026-01-01T00:00:00Z";
    let meta = list(&visitor, &format!("{seeded}&page=2&limit=100&sort=price")).await["meta"].clone();
    assert_eq!((&meta["total"], &meta["total_exact"]), (&json!(SEEDED_PRODUCTS), &json!(true)));
    assert_eq!((&meta["total_pages"], &meta["has_more"]), (&json!(5), &json!(true)));
    let next =
        visitor.get(&format!("{PRODUCTS}{}", meta["next"].as_str().unwrap())).await.expect_status(200).json();
    let third = list(&visitor, &format!("{seeded}&page=3&limit=100&sort=price")).await;
    assert_eq!(rows(&next), rows(&third), "next leads to the next page");
    let last = list(&visitor, &format!("{seeded}&page=5&limit=100&sort=price")).await["meta"].clone();
    assert_eq!((&last["has_more"], &last["next"]), (&json!(false), &json!(null)));
    let beyond = list(&visitor, &format!("{seeded}&page=6&limit=100")).await;
    assert_eq!((rows(&beyond).len(), &beyond["meta"]["total"]), (0, &json!(SEEDED_PRODUCTS)));
    let uncounted = list(&visitor, &format!("{seeded}&count=none")).await["meta"].clone();
    assert_eq!((&uncounted["total"], &uncounted["has_more"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let all =
        |json: &Value, test: &dyn Fn(&Value) -> bool| !rows(json).is_empty() && rows(json).iter().all(test);
    let price = |row: &Value| row["price"].as_i64().unwrap();
    let range = list(&visitor, "price[gte]=5000&price[lt]=50000&limit=100").await;
    assert!(all(&range, &|row| (5000..50_000).contains(&price(row))));
    let books = list(&visitor, "category=books&status=active").await;
    assert!(all(&books, &|row| row["category"] == "books" && row["status"] == "active"));
    let either = list(&visitor, "category[in]=books,garden&limit=100").await;
    assert!(all(&either, &|row| row["category"] == "books" || row["category"] == "garden"));
    let neither = list(&visitor, "status[nin]=active,archived").await;
    assert!(all(&neither, &|row| row["status"] == "draft"));
    let named = list(&visitor, "name[prefix]=Amber%20").await;
    assert!(all(&named, &|row| row["name"].as_str().unwrap().starts_with("Amber ")));
    let none = list(&visitor, "price[gte]=100&category=none-such").await;
    assert_eq!((rows(&none).len(), &none["meta"]["total"]), (0, &json!(0)));
}

#[tokio::test]
async fn mistakes_in_a_query_are_named_together() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let answer = visitor
        .get(&format!("{PRODUCTS}?page=0&limit=101&sort=colour&colour=red&price[like]=1&price[gte]=x"))
        .await;
    let answer = answer.assert(400, "invalid_query");
    let expected = [
        ("colour", "unknown"),
        ("limit", "range"),
        ("page", "range"),
        ("price[gte]", "type"),
        ("price[like]", "operator"),
        ("sort", "unknown"),
    ];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let fifty = |word: &str| vec![word; 50].join(",");
    let many = format!("category[in]={}&price[in]={}", fifty("books"), fifty("1"));
    let answer = visitor.get(&format!("{PRODUCTS}?{many}")).await.assert(400, "invalid_query");
    assert_eq!(answer.details(), [("query".to_owned(), "too_many".to_owned())]);
    let fits = format!("category[in]={}&price[in]={}", fifty("books"), vec!["1"; 40].join(","));
    visitor.get(&format!("{PRODUCTS}?{fits}")).await.expect_status(200);
    let old =
        format!("{PRODUCTS}?created_at[gte]=0000-01-01T00:00:00Z&created_at[lt]=0733-03-16T21:04:46-16:18");
    assert_eq!(visitor.get(&old).await.expect_status(200).data(), json!([]), "times of any year compare");
    let commas =
        visitor.get(&format!("{PRODUCTS}?sort={}", ",".repeat(5000))).await.assert(400, "invalid_query");
    assert_eq!(commas.details().len(), 20, "a long list of mistakes is cut");
    let more = [
        "page=1&page=2",
        "page=x",
        "page=-1",
        "page=1e3",
        "limit=",
        "limit=0",
        "sort=",
        "sort=price,price",
        "sort=--price",
        "status=gone",
        "status[in]=active,gone",
        "count=all",
        "price[gte",
        "price[]=1",
        "price=1.5",
        "price=9007199254740992",
        "created_at[gt]=yesterday",
        "name=%FF",
        "name=%00",
        "id;DROP TABLE products",
        "page=99999999999",
    ];
    for query in more {
        visitor.get(&format!("{PRODUCTS}?{query}")).await.assert(400, "invalid_query");
    }
}
