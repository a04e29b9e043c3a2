//! Full-text search. Other tests write products meanwhile, so each test searches for words that nobody else uses.

use std::fmt::Write as _;

use app::{Answer, Client, TestApp};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";
const POSTS: &str = "/api/v1/posts";

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}

async fn make(admin: &Client, name: &str, description: &str) -> String {
    let product = json!({ "name": name, "description": description, "category": "found", "price": 500 });
    admin.post(PRODUCTS, &product).await.expect_status(201).header("location").unwrap().to_owned()
}

async fn ask(client: &Client, q: &str, rest: &str) -> Answer {
    client.get(&format!("{PRODUCTS}?q={}{rest}", encoded(q))).await
}

async fn search(client: &Client, q: &str, rest: &str) -> Value {
    ask(client, q, rest).await.expect_status(200).json()
}

fn column<'a>(json: &'a Value, name: &str) -> Vec<&'a str> {
    json["data"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect()
}

/// The names of what is found, the best first.
async fn names(client: &Client, q: &str) -> Vec<String> {
    column(&search(client, q, "").await, "name").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_row_is_found_when_it_has_every_word() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Quirbel lamp", "Warm light for a desk.").await;
    make(&admin, "Quirbel chair", "Oak.").await;
    assert_eq!(names(&admin, "quirbel desk").await, ["Quirbel lamp"]);
    assert_eq!(names(&admin, "OAK Quirbel").await, ["Quirbel chair"]);
    assert_eq!(names(&admin, "quirbel").await.len(), 2);
    assert!(names(&admin, "quirbel oak desk").await.is_empty());
    let meta = search(&admin, "quirbel", "").await["meta"].clone();
    assert_eq!((&meta["total"], &meta["total_exact"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn the_last_word_and_starred_ones_may_go_on() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Wumzeldorf shelf", "").await;
    for q in ["wu shelf*", "wum* shelf", "shelf wumz", "wumzeldorf sh"] {
        let found = names(&admin, q).await;
        assert_eq!(found.contains(&"Wumzeldorf shelf".to_owned()), q != "wu shelf*", "{q}");
    }
    assert!(names(&admin, "wumz shelf").await.is_empty(), "only the last word goes on by itself");
}

#[tokio::test]
async fn a_phrase_is_found_in_its_order_only() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Prizzle one", "bright red lamp").await;
    make(&admin, "Prizzle two", "red and bright lamp").await;
    assert_eq!(names(&admin, "\"bright red\" prizzle").await, ["Prizzle one"]);
    assert_eq!(names(&admin, "prizzle \"bright red la\"*").await, ["Prizzle one"]);
    assert_eq!(names(&admin, "prizzle bright red").await.len(), 2);
}

#[tokio::test]
async fn the_name_counts_more_than_the_description() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Plain chest", "Goes with every snorvik, or without one.").await;
    make(&admin, "Snorvik", "A chest.").await;
    make(&admin, "Plain box", "Goes with every snorvik, or without one.").await;
    assert_eq!(names(&admin, "snorvik").await[0], "Snorvik");
    let sorted = search(&admin, "snorvik", "&sort=name").await;
    assert_eq!(column(&sorted, "name"), ["Plain box", "Plain chest", "Snorvik"]);
    let sorted = search(&admin, "snorvik", "&sort=-name&limit=2").await;
    assert_eq!(column(&sorted, "name"), ["Snorvik", "Plain chest"]);
}

#[tokio::test]
async fn accents_and_case_make_no_difference() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Crème brûlée Žvůrk", "").await;
    for q in ["creme brulee zvurk", "CRÈME BRÛLÉE ŽVŮRK", "cre\u{300}me zvu\u{30a}rk", "žvůr"] {
        assert_eq!(names(&admin, q).await, ["Crème brûlée Žvůrk"], "{q}");
    }
}

#[tokio::test]
async fn scripts_without_spaces_are_found_by_any_part() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "鬣犬灯台タワー", "iPhoneQx充電器が鬣犬灯台に").await;
    make(&admin, "鬣犬の本", "灯台").await;
    let both = ["鬣犬灯台タワー", "鬣犬の本"];
    for (q, expected) in [
        ("灯台タワ", &both[..1]),
        ("鬣犬灯台", &both[..1]),
        ("犬灯", &both[..1]),
        ("鬣犬 ワー", &both[..1]),
        ("鬣犬 iphoneqx", &both[..1]),
        ("iphoneqx", &both[..1]),
        ("honeqx", &both[..1]),
        ("phoneqx充電", &both[..1]),
        ("鬣犬の 灯台", &both[1..]),
        ("鬣犬の本", &both[1..]),
        ("犬鬣", &[]),
        ("鬣犬灯台 本", &[]),
    ] {
        let found = names(&admin, q).await;
        assert_eq!(found, expected, "{q}");
    }
    for q in ["鬣", "鬣犬", "鬣犬 灯台", "鬣 犬"] {
        assert_eq!(names(&admin, q).await.len(), 2, "{q}");
    }
    let sorted = search(&admin, "鬣犬", "&sort=-name&category=found").await;
    assert_eq!(column(&sorted, "name"), [both[0], both[1]]);
    make(&admin, "กระดานซฮฬ", "").await;
    assert_eq!(names(&admin, "ดานซฮฬ").await, ["กระดานซฮฬ"]);
}

#[tokio::test]
async fn whatever_is_typed_is_taken_for_words() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    make(&admin, "Hraxfold near or", "not and it's").await;
    let one = ["Hraxfold near or"];
    for q in [
        "hraxfold OR",
        "NEAR( hraxfold or)",
        "\"hraxfold",
        "hraxfold\" \"",
        "-hraxfold",
        "hraxfold - * ^ : ( ) { } + \"",
        "hraxfold; NOT",
        "(hraxfold) AND near*",
        "it's hraxfold",
        "^hraxfold*",
    ] {
        assert_eq!(names(&admin, q).await, one, "{q}");
    }
    for q in [
        "NEAR(hraxfold or)",
        "name:hraxfold",
        "hraxfold AND absent",
        "hraxfold NOT absent",
        "a OR hraxfold",
        "NEAR(hraxfold, 3)",
    ] {
        assert!(names(&admin, q).await.is_empty(), "{q}");
    }
}

#[tokio::test]
async fn a_search_for_no_word_is_refused() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let long = "a".repeat(201);
    let many = "ab ".repeat(11);
    for (q, code) in [
        ("", "length"),
        (" ", "length"),
        ("\"", "length"),
        ("*", "length"),
        ("-", "length"),
        ("\"\" \" \"", "length"),
        ("a\0b", "control"),
        (long.as_str(), "length"),
        (many.as_str(), "too_many"),
    ] {
        let refused = ask(&visitor, q, "").await.assert(400, "invalid_query");
        assert_eq!(refused.details(), [("q".to_owned(), code.to_owned())], "{q:?}");
    }
    let huge = "a".repeat(10_000);
    visitor.get(&format!("{PRODUCTS}?q={huge}")).await.assert(414, "uri_too_long");
    let twice = visitor.get(&format!("{PRODUCTS}?q=a&q=b")).await.assert(400, "invalid_query");
    assert_eq!(twice.details(), [("q".to_owned(), "duplicate".to_owned())]);
    let elsewhere = admin_list(&app, "/api/v1/roles?q=admin").await.assert(400, "invalid_query");
    assert_eq!(elsewhere.details(), [("q".to_owned(), "unknown".to_owned())]);
}

async fn admin_list(app: &TestApp, path: &str) -> Answer {
    app.admin().await.get(path).await
}

#[tokio::test]
async fn filters_pages_counts_and_fields_go_with_a_search() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for number in 1..=5 {
        let category = if number % 2 == 0 { "even" } else { "odd" };
        let product = json!({ "name": format!("Tworbel {number}"), "category": category, "price": number });
        admin.post(PRODUCTS, &product).await.expect_status(201);
    }
    let odd = search(&admin, "tworbel", "&category=odd&sort=price").await;
    assert_eq!(column(&odd, "name"), ["Tworbel 1", "Tworbel 3", "Tworbel 5"]);
    assert_eq!(odd["meta"]["total"], 3);
    let either = search(&admin, "tworbel", "&or[1][price]=1&or[1][price][gt]=4&sort=-price").await;
    assert_eq!(column(&either, "name"), ["Tworbel 5", "Tworbel 1"]);
    // All fit equally well: the newest first.
    let mut seen = Vec::new();
    let mut query = format!("?q={}&limit=2", encoded("tworbel"));
    loop {
        let page = admin.get(&format!("{PRODUCTS}{query}")).await.expect_status(200).json();
        seen.extend(column(&page, "name").into_iter().map(str::to_owned));
        assert_eq!(page["meta"]["total"], 5);
        match page["meta"]["next"].as_str() {
            Some(next) => next.clone_into(&mut query),
            None => break,
        }
    }
    assert_eq!(seen, ["Tworbel 5", "Tworbel 4", "Tworbel 3", "Tworbel 2", "Tworbel 1"]);
    let few = search(&admin, "tworbel", "&fields=price&limit=1&count=none").await;
    let keys: Vec<_> = few["data"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "price"]);
    assert_eq!(few["meta"]["total"], Value::Null);
    assert_eq!(search(&admin, "tworbel", "&count=exact").await["meta"]["total"], 5);
}

#[tokio::test]
async fn cursors_go_with_a_sorted_search_and_not_with_a_ranked_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for number in 1..=3 {
        make(&admin, &format!("Glimvost {number}"), "").await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = search(&admin, "glimvost", &format!("&sort=-name&limit=1{cursor}")).await;
        seen.extend(column(&page, "name").into_iter().map(str::to_owned));
        let Some(next) = page["meta"]["next_cursor"].as_str() else { break };
        cursor = format!("&after={next}");
    }
    assert_eq!(seen, ["Glimvost 3", "Glimvost 2", "Glimvost 1"]);
    let other = ask(&admin, "glimvos", &format!("&sort=-name&limit=1{cursor}")).await;
    other.assert(400, "invalid_query");
    let ranked = search(&admin, "glimvost", "&limit=1").await;
    assert_eq!(ranked["meta"]["next_cursor"], Value::Null);
    let refused = ask(&admin, "glimvost", &cursor).await.assert(400, "invalid_query");
    assert_eq!(refused.details(), [("after".to_owned(), "invalid".to_owned())]);
}

#[tokio::test]
async fn snippets_show_what_matched_between_marks() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let filler = "nothing to see ".repeat(20);
    make(&admin, "Brunkel <b>", &format!("{filler} a dröksel & more {filler}")).await;
    let snippet = |json: Value| json["data"][0]["snippet"].as_str().unwrap().to_owned();
    let found = snippet(search(&admin, "droksel", "&snippets=true").await);
    assert!(
        found.contains("a \u{2}dröksel\u{3} & more") && found.starts_with('…') && found.ends_with('…'),
        "{found}"
    );
    assert!(found.len() < 200, "{found}");
    assert_eq!(
        snippet(search(&admin, "brunkel", "&snippets=true&fields=price").await),
        "\u{2}Brunkel\u{3} <b>"
    );
    make(&admin, "椅子と蠟燭立て", "暖かい").await;
    for (q, marked) in [
        ("蠟燭立", "椅子と\u{2}蠟燭立\u{3}て"),
        ("蠟燭", "椅子と\u{2}蠟燭\u{3}立て"),
        ("蠟燭立て 暖か", "椅子と\u{2}蠟燭立て\u{3}"),
    ] {
        assert_eq!(snippet(search(&admin, q, "&snippets=true").await), marked, "{q}");
    }
    assert!(search(&admin, "brunkel", "").await["data"][0].get("snippet").is_none());
    assert!(search(&admin, "brunkel", "&snippets=false").await["data"][0].get("snippet").is_none());
    for (query, code) in [("q=brunkel&snippets=yes", "choice"), ("snippets=true", "invalid")] {
        let refused = admin.get(&format!("{PRODUCTS}?{query}")).await.assert(400, "invalid_query");
        assert_eq!(refused.details(), [("snippets".to_owned(), code.to_owned())]);
    }
}

#[tokio::test]
async fn the_index_follows_every_change() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = make(&admin, "Frobbelack", "").await;
    assert_eq!(names(&admin, "frobbelack").await.len(), 1);
    admin.send_json("PATCH", &path, &json!({ "name": "Zwirbelack", "price": 7 })).await.expect_status(200);
    assert!(names(&admin, "frobbelack").await.is_empty());
    assert_eq!(names(&admin, "zwirbelack").await.len(), 1);
    admin.send_json("PATCH", &path, &json!({ "description": "櫓櫂灯" })).await.expect_status(200);
    assert_eq!(names(&admin, "櫓櫂").await, ["Zwirbelack"]);
    admin.send_json("PATCH", &path, &json!({ "description": "Tall." })).await.expect_status(200);
    assert!(names(&admin, "櫓櫂").await.is_empty());
    admin.request("DELETE", &path).await.expect_status(204);
    assert!(names(&admin, "zwirbelack").await.is_empty());
}

#[tokio::test]
async fn what_was_there_before_the_index_is_found() {
    let app = TestApp::start().await;
    let found = search(&app.visitor(), "copper kettle", "&limit=1").await;
    let name = found["data"][0]["name"].as_str().unwrap().to_lowercase();
    assert!(name.contains("copper") && name.contains("kettle"), "{name}");
}

#[tokio::test]
async fn posts_are_found_while_they_are_published() {
    let app = TestApp::start().await;
    let author = app.user().with(["create_posts"]).login().await;
    let post = json!({ "title": "On vrimpels", "body": "They are quorstig, mostly." });
    let path = author.post(POSTS, &post).await.expect_status(201).header("location").unwrap().to_owned();
    let titles = async |q: &str| {
        let json = author.get(&format!("{POSTS}?q={}", encoded(q))).await.expect_status(200).json();
        column(&json, "title").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(titles("vrimpels").await.is_empty(), "a draft is for its author");
    author.send_json("PATCH", &path, &json!({ "status": "published" })).await.expect_status(200);
    assert_eq!(titles("vrimpels").await, ["On vrimpels"]);
    assert_eq!(titles("quorstig").await, ["On vrimpels"]);
    author.send_json("PATCH", &path, &json!({ "title": "On drimpels" })).await.expect_status(200);
    assert_eq!(titles("quorstig drimpels").await, ["On drimpels"]);
    author.send_json("PATCH", &path, &json!({ "status": "draft" })).await.expect_status(200);
    assert!(titles("drimpels").await.is_empty());
    author.send_json("PATCH", &path, &json!({ "status": "published" })).await.expect_status(200);
    assert_eq!(titles("drimpels").await, ["On drimpels"]);
    author.request("DELETE", &path).await.expect_status(204);
    assert!(titles("drimpels").await.is_empty());
}
