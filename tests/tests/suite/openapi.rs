use app::described::DOCUMENT;
use app::{Client, TestApp};
use serde_json::{Map, Value, json};

/// What stands for a value that differs from run to run.
const VARIES: &str = "(varies)";

#[tokio::test]
async fn the_document_is_served() {
    let app = TestApp::start().await;
    let answer = app.visitor().get("/openapi.json").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), *DOCUMENT);
}

fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Replaces ids, times and all that a list holds, which differ from run to run.
fn masked(value: &Value) -> Value {
    let mask = |(name, value): (&String, &Value)| {
        let varies = name == "id"
            || name == "email"
            || name == "capabilities"
            || name == "key"
            || name == "hint"
            || name.ends_with("_id")
            || name.ends_with("_at")
            || name.ends_with("_ms");
        (name.clone(), if varies && !value.is_null() { json!(VARIES) } else { masked(value) })
    };
    match value {
        Value::Object(members) => Value::Object(members.iter().map(mask).collect::<Map<_, _>>()),
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

/// The names of members at every depth, of lists of objects those of the first item.
fn names(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                // What an audited action tells of differs from action to action.
                let value = if name == "details" { Value::Null } else { names(value) };
                (name.clone(), value)
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(items) if items.iter().all(Value::is_object) && !items.is_empty() => {
            Value::Array(items.iter().take(1).map(names).collect())
        }
        _ => Value::Null,
    }
}

fn example(media: &Value) -> Option<&Value> {
    media["content"]["application/json"].get("example")
}

/// The example of what makes an item of a list, under a name that no other has.
fn new_item(app: &TestApp, list: &str) -> Value {
    let mut item = example(&DOCUMENT["paths"][list]["post"]["requestBody"]).unwrap().clone();
    if list == "/api/v1/roles" {
        item["name"] = json!(app.new_email());
    }
    if list == "/api/v1/auth/api-keys" {
        item["password"] = json!(app.server().admin().password);
    }
    item
}

/// The path with an id of something that exists, and with the first of the words that are allowed elsewhere.
async fn with_segments(app: &TestApp, path: &str, operation: &Value, admin: &Client) -> String {
    let mut path = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if let (Some(name), Some(word)) =
            (parameter["name"].as_str(), parameter["schema"]["enum"][0].as_str())
        {
            path = path.replace(&format!("{{{name}}}"), word);
        }
    }
    if !path.contains("{id}") {
        return path;
    }
    let list = path.split("/{id}").next().unwrap();
    let made = match list {
        "/api/v1/auth/sessions" => admin.get(list).await.expect_status(200).data()[0]["id"].clone(),
        "/api/v1/products/deleted" => deleted_product(app, admin).await,
        "/api/v1/jobs" => app.account().await.answer["meta"]["job_id"].clone(),
        "/api/v1/users" => {
            let mut new =
                example(&DOCUMENT["paths"]["/api/v1/auth/signup"]["post"]["requestBody"]).unwrap().clone();
            new["email"] = json!(app.new_email());
            admin.post("/api/v1/auth/signup", &new).await.expect_status(201).data()["id"].clone()
        }
        _ => admin.post(list, &new_item(app, list)).await.expect_status(201).data()["id"].clone(),
    };
    path.replace("{id}", made.as_str().unwrap())
}

/// The id of a product that was made and deleted.
async fn deleted_product(app: &TestApp, admin: &Client) -> Value {
    let products = "/api/v1/products";
    let made = admin.post(products, &new_item(app, products)).await.expect_status(201);
    admin.request("DELETE", made.header("location").unwrap()).await.expect_status(204);
    made.data()["id"].clone()
}

/// Somebody of their own for an example that changes its caller: who has the password in it, or got the token.
async fn concerned(app: &TestApp, id: &str, body: &mut Option<Value>) -> Option<Client> {
    let by_mail = match id {
        "updateMe" | "deleteMe" | "changePassword" | "changeEmail" => None,
        "verifyEmail" => Some("Welcome, Ada Lovelace"),
        "resetPassword" => Some("Set a new password"),
        _ => return None,
    };
    let (email, password) = (app.new_email(), "correct horse battery");
    let new = json!({ "email": email, "name": "Ada Lovelace", "password": password });
    let visitor = app.visitor();
    visitor.post("/api/v1/auth/signup", &new).await.expect_status(201);
    let Some(subject) = by_mail else { return Some(app.sign_in(&email, password).await) };
    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.expect_status(202);
    if let Some(body) = body {
        body["token"] = json!(app.mailed_token(&email, subject, 1).await);
    }
    Some(visitor)
}

#[tokio::test]
async fn every_example_is_what_happens() {
    let app = TestApp::start().await;
    let mut examples = 0;
    for (path, method, operation) in operations().filter(|(path, ..)| !path.starts_with("/internal/")) {
        // What concerns the caller's own account and sessions must not concern those of other tests.
        let own = path.starts_with("/api/v1/auth/") && !path.starts_with("/api/v1/auth/api-keys");
        let admin = if own { app.member().await } else { app.admin().await };
        let id = operation["operationId"].as_str().unwrap();
        let target = with_segments(&app, path, operation, &admin).await;
        let method = method.to_ascii_uppercase();
        let mut body = example(&operation["requestBody"]).cloned();
        if id == "signUp"
            && let Some(body) = &mut body
        {
            body["email"] = json!("ada.of.this.test@example.test");
        }
        if id == "signIn" {
            let account = &DOCUMENT["paths"]["/api/v1/auth/signup"]["post"]["requestBody"];
            admin.post("/api/v1/auth/signup", example(account).unwrap()).await;
        }
        // Who holds what the example's key is for has a password of their own.
        if id == "createApiKey" {
            body = Some(new_item(&app, path));
        }
        // A list shows what an item looks like only when it has one; one's own items are made among everybody's.
        let list = path.replace("/me/", "/");
        if method == "GET" && DOCUMENT["paths"][&list]["post"].is_object() {
            admin.post(&list, &new_item(&app, &list)).await.expect_status(201);
        }
        // Each item is about a product that there is.
        if let Some(item) = body.as_mut().and_then(|body| body.pointer_mut("/items/0/id")) {
            let products = "/api/v1/products";
            *item =
                admin.post(products, &new_item(&app, products)).await.expect_status(201).data()["id"].clone();
        }
        if id == "listDeletedProducts" {
            deleted_product(&app, &admin).await;
        }
        let somebody = concerned(&app, id, &mut body).await.unwrap_or(admin);
        let answer = match &body {
            Some(body) => somebody.send_json(&method, &target, body).await,
            None => somebody.request(&method, &target).await,
        };
        let documented = &operation["responses"][answer.status.to_string()];
        assert!(answer.status < 300 && documented.is_object(), "{id}: {} {}", answer.status, answer.json());
        let Some(expected) = example(documented) else { continue };
        examples += 1;
        let (expected, answered) = (expected.clone(), answer.json());
        // What is made from the example's body must answer the example's values; the rest has its members, and so has what
        // became of many items, where one example stands for three operations.
        if body.is_some() && !path.ends_with("/bulk") {
            assert_eq!(masked(&answered), masked(&expected), "{id}");
        } else {
            assert_eq!(names(&answered), names(&expected), "{id}");
        }
    }
    assert!(examples >= 8, "{examples} examples were compared");
}
