use app::{Answer, Client, PASSWORD, TestApp};
use serde_json::json;

const CHANGE: &str = "/api/v1/auth/change-email";
const VERIFY: &str = "/api/v1/auth/verify-email";
const SUBJECT: &str = "Confirm your new address";

async fn change(client: &Client, email: &str, password: &str) -> Answer {
    client.post(CHANGE, &json!({ "email": email, "password": password })).await
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_confirms_it_and_the_old_one_is_told() {
    let app = TestApp::start().await;
    let (account, new) = (app.account().await, app.new_email());
    let member = app.sign_in(&account.email, PASSWORD).await;
    change(&member, &new.to_uppercase(), PASSWORD).await.expect_status(202);
    let token = app.mailed_token(&new, SUBJECT, 1).await;
    assert_eq!(member.get("/api/v1/me").await.data()["email"], account.email, "nothing has changed so far");
    app.visitor().post(VERIFY, &json!({ "token": token })).await.expect_status(204);
    let me = member.get("/api/v1/me").await.expect_status(200).data();
    assert_eq!((&me["email"], &me["email_verified"]), (&json!(new), &json!(true)));
    let told = app.mailed(&account.email, "Your address was changed").await;
    assert!(!told.text.unwrap().contains(&new), "the former mailbox need not know");
    app.visitor().login(&account.email, PASSWORD).await.assert(401, "wrong_credentials");
    app.sign_in(&new, PASSWORD).await;
    app.visitor().post(VERIFY, &json!({ "token": token })).await.assert(400, "invalid_token");
}

#[tokio::test]
async fn a_change_needs_the_password() {
    let app = TestApp::start().await;
    let new = app.new_email();
    change(&app.visitor(), &new, PASSWORD).await.assert(401, "unauthenticated");
    let member = app.member().await;
    change(&member, &new, "a wrong password").await.assert(403, "wrong_password");
    let answer = change(&member, "none", PASSWORD).await.assert(422, "invalid_input");
    assert_eq!(answer.details(), [("email".to_owned(), "email".to_owned())]);
}

#[tokio::test]
async fn a_taken_address_reads_the_same_and_gets_no_mail() {
    let app = TestApp::start().await;
    let (other, free) = (app.account().await, app.new_email());
    app.mailed(&other.email, "Welcome, Test Person").await;
    let member = app.member().await;
    let taken = change(&member, &other.email, PASSWORD).await.expect_status(202);
    let open = change(&member, &free, PASSWORD).await.expect_status(202);
    assert_eq!(taken.json(), open.json());
    app.mailed_token(&free, SUBJECT, 1).await;
    app.tick().await;
    assert_eq!(app.server().mail().messages_to(&other.email).len(), 1, "only the welcome mail");
}

#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_a_conflict() {
    let app = TestApp::start().await;
    let (account, new) = (app.account().await, app.new_email());
    let member = app.sign_in(&account.email, PASSWORD).await;
    change(&member, &new, PASSWORD).await.expect_status(202);
    let token = app.mailed_token(&new, SUBJECT, 1).await;
    let body = json!({ "email": new, "name": "Faster", "password": PASSWORD });
    app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    app.visitor().post(VERIFY, &json!({ "token": token })).await.assert(409, "already_exists");
    assert_eq!(member.get("/api/v1/me").await.data()["email"], account.email);
}

#[tokio::test]
async fn only_the_latest_wish_counts_and_links_of_the_former_address_end() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let (second, third) = (app.new_email(), app.new_email());
    let welcome = app.mailed_token(&account.email, "Welcome, Test Person", 1).await;
    app.visitor()
        .post("/api/v1/auth/forgot-password", &json!({ "email": account.email }))
        .await
        .expect_status(202);
    let reset = app.mailed_token(&account.email, "Set a new password", 1).await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    change(&member, &second, PASSWORD).await.expect_status(202);
    let older = app.mailed_token(&second, SUBJECT, 1).await;
    change(&member, &third, PASSWORD).await.expect_status(202);
    let newer = app.mailed_token(&third, SUBJECT, 1).await;
    app.visitor().post(VERIFY, &json!({ "token": older })).await.assert(400, "invalid_token");
    app.visitor().post(VERIFY, &json!({ "token": newer })).await.expect_status(204);
    app.visitor().post(VERIFY, &json!({ "token": welcome })).await.assert(400, "invalid_token");
    let body = json!({ "token": reset, "password": "quite another password" });
    app.visitor().post("/api/v1/auth/reset-password", &body).await.assert(400, "invalid_token");
}

#[tokio::test]
async fn a_password_set_anew_ends_an_intruders_change_of_the_address() {
    let app = TestApp::start().await;
    let (account, new) = (app.account().await, app.new_email());
    let intruder = app.sign_in(&account.email, PASSWORD).await;
    change(&intruder, &new, PASSWORD).await.expect_status(202);
    let token = app.mailed_token(&new, SUBJECT, 1).await;
    app.visitor()
        .post("/api/v1/auth/forgot-password", &json!({ "email": account.email }))
        .await
        .expect_status(202);
    let reset = app.mailed_token(&account.email, "Set a new password", 1).await;
    let body = json!({ "token": reset, "password": "quite another password" });
    app.visitor().post("/api/v1/auth/reset-password", &body).await.expect_status(204);
    app.visitor().post(VERIFY, &json!({ "token": token })).await.assert(400, "invalid_token");
}
