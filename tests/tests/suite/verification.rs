use app::{PASSWORD, TestApp};
use futures::future::join;
use harness::Options;
use serde_json::json;

const VERIFY: &str = "/api/v1/auth/verify-email";
const RESEND: &str = "/api/v1/auth/resend-verification";
const AGAIN: &str = "Verify your address";

#[tokio::test]
async fn the_welcome_mails_token_verifies_the_address_once() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let member = app.sign_in(&account.email, PASSWORD).await;
    assert_eq!(member.get("/api/v1/me").await.data()["email_verified"], false);
    let token = app.mailed_token(&account.email, "Welcome, Test Person", 1).await;
    let mail = app.mailed(&account.email, "Welcome, Test Person").await;
    let link = format!("/verify-email#token={token}");
    assert!(mail.text.unwrap().contains(&link) && mail.html.unwrap().contains(&link));
    let body = json!({ "token": token });
    app.visitor().post(VERIFY, &body).await.expect_status(204);
    assert_eq!(member.get("/api/v1/me").await.data()["email_verified"], true);
    app.visitor().post(VERIFY, &body).await.assert(400, "invalid_token");
}

#[tokio::test]
async fn of_two_uses_of_a_token_at_once_one_works() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let token = app.mailed_token(&account.email, "Welcome, Test Person", 1).await;
    let body = json!({ "token": token });
    let (one, other) = (app.visitor(), app.visitor());
    let (one, other) = join(one.post(VERIFY, &body), other.post(VERIFY, &body)).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400]);
}

#[tokio::test]
async fn tokens_that_are_none_are_refused() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for token in ["x".to_owned(), "A".repeat(43), "\u{e9}' OR 1=1 --".to_owned(), "A".repeat(100)] {
        visitor.post(VERIFY, &json!({ "token": token })).await.assert(400, "invalid_token");
    }
    for body in
        [json!({}), json!({ "token": "" }), json!({ "token": 1 }), json!({ "token": "A".repeat(101) })]
    {
        visitor.post(VERIFY, &body).await.assert(422, "invalid_input");
    }
    // A link that is followed uses nothing up.
    visitor.get(VERIFY).await.assert(405, "method_not_allowed");
}

#[tokio::test]
async fn another_mail_is_sent_to_those_who_need_it_and_everybody_reads_the_same() {
    let app = TestApp::start().await;
    let (waiting, verified, unknown) = (app.account().await, app.account().await, app.new_email());
    let first = app.mailed_token(&verified.email, "Welcome, Test Person", 1).await;
    app.visitor().post(VERIFY, &json!({ "token": first })).await.expect_status(204);
    let mut answers = Vec::new();
    for email in [&verified.email, &unknown, &waiting.email] {
        let answer = app.visitor().post(RESEND, &json!({ "email": email })).await.expect_status(202);
        answers.push(answer.json());
    }
    assert_eq!((&answers[0], &answers[1]), (&answers[1], &answers[2]));
    let token = app.mailed_token(&waiting.email, AGAIN, 1).await;
    // The jobs of the others were there before.
    app.tick().await;
    assert_eq!(app.server().mail().messages_to(&unknown).len(), 0);
    assert_eq!(app.server().mail().messages_to(&verified.email).len(), 1, "only the welcome mail");
    // The one of before still works, until the address is verified.
    let welcome = app.mailed_token(&waiting.email, "Welcome, Test Person", 1).await;
    assert_ne!(token, welcome);
    app.visitor().post(VERIFY, &json!({ "token": welcome })).await.expect_status(204);
    app.visitor().post(VERIFY, &json!({ "token": token })).await.assert(400, "invalid_token");
}

#[tokio::test]
async fn where_it_is_required_nobody_signs_in_with_an_address_that_is_not_verified() {
    let vars = [("EMAIL_VERIFICATION".to_owned(), "required".to_owned())].into();
    let app = TestApp::alone_with(Options { vars, ..Options::default() }).await;
    let account = app.account().await;
    app.visitor().login(&account.email, "another password").await.assert(401, "wrong_credentials");
    app.visitor().login(&account.email, PASSWORD).await.assert(403, "email_not_verified");
    let token = app.mailed_token(&account.email, "Welcome, Test Person", 1).await;
    app.visitor().post(VERIFY, &json!({ "token": token })).await.expect_status(204);
    app.visitor().login(&account.email, PASSWORD).await.expect_status(200);
    app.admin().await;
}

#[tokio::test]
async fn one_client_has_few_mails_sent_to_one_address() {
    let app = TestApp::start().await;
    let (visitor, email) = (app.visitor(), app.new_email());
    for _ in 0..5 {
        visitor.post(RESEND, &json!({ "email": email })).await.expect_status(202);
    }
    visitor.post(RESEND, &json!({ "email": email })).await.assert(429, "too_many_requests");
    // Each kind of mail is counted by itself: nobody's way to a new password is barred by mails that say something else.
    visitor.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.expect_status(202);
    app.visitor().post(RESEND, &json!({ "email": email })).await.expect_status(202);
    visitor.post(RESEND, &json!({ "email": app.new_email() })).await.expect_status(202);
    visitor.post(RESEND, &json!({ "email": "none" })).await.assert(422, "invalid_input");
}
