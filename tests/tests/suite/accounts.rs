use app::{PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn signing_up_answers_the_account_without_its_secrets() {
    let app = TestApp::start().await;
    let email = app.new_email();
    let body = json!({ "email": format!(" {} ", email.to_uppercase()), "name": "  Zoe\u{308} ", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let data = answer.data();
    assert_eq!(data["email"], email, "addresses are trimmed and in lower case");
    assert_eq!(data["name"], "Zo\u{eb}", "names are trimmed and in normalisation form C");
    assert!(data["created_at"].as_str().unwrap().ends_with('Z'));
    let mut fields: Vec<_> = data.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["created_at", "email", "email_verified", "id", "name"]);
    assert_eq!(data["email_verified"], false);
}

#[tokio::test]
async fn duplicate_email_is_a_conflict() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let body = json!({ "email": account.email, "name": "Another", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.assert(409, "already_exists");
    assert_eq!(answer.details(), [("email".to_owned(), "taken".to_owned())]);
}

#[tokio::test]
async fn every_violation_of_a_sign_up_is_reported_at_once() {
    let app = TestApp::start().await;
    let body = json!({ "email": "not an address", "name": "   ", "password": "short" });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.assert(422, "invalid_input");
    let expected = [("email", "email"), ("name", "length"), ("password", "length")];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let body = json!({ "email": "not an address", "name": 1, "admin": true });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.assert(422, "invalid_input");
    let expected = [("admin", "unknown"), ("email", "email"), ("name", "type"), ("password", "required")];
    assert_eq!(answer.details(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn lengths_count_characters_at_their_bounds() {
    let app = TestApp::start().await;
    let cases = [(7, 1, 422), (8, 1, 201), (128, 100, 201), (129, 100, 422), (128, 101, 422), (8, 0, 422)];
    for (password, name, status) in cases {
        let body =
            json!({ "email": app.new_email(), "name": "é".repeat(name), "password": "ü".repeat(password) });
        app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(status);
    }
}

#[tokio::test]
async fn the_most_common_passwords_are_refused_in_whatever_case() {
    let app = TestApp::start().await;
    for password in ["password", "12345678", "iloveyou", "Qwertyuiop", "TRUSTNO1", "sunshine"] {
        let body = json!({ "email": app.new_email(), "name": "N", "password": password });
        let answer = app.visitor().post("/api/v1/auth/signup", &body).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("password".to_owned(), "common".to_owned())], "{password}");
    }
}

#[tokio::test]
async fn a_password_with_the_address_in_it_is_refused() {
    let app = TestApp::start().await;
    let email = app.new_email();
    let name = email.split('@').next().unwrap().to_owned();
    for password in [email.clone(), format!("my {}", name.to_uppercase()), "example.test".to_owned()] {
        let body = json!({ "email": email, "name": "N", "password": password });
        let answer = app.visitor().post("/api/v1/auth/signup", &body).await.assert(422, "invalid_input");
        assert_eq!(answer.details(), [("password".to_owned(), "contains_email".to_owned())], "{password}");
    }
    let body = json!({ "email": email, "name": "N", "password": "nothing of it at all" });
    app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
}
