use app::{PASSWORD, TestApp};
use harness::mail::Fault;
use serde_json::json;

#[tokio::test]
async fn a_new_user_is_greeted_by_mail_and_the_job_says_so() {
    let app = TestApp::start().await;
    let email = app.new_email();
    let body = json!({ "email": email, "name": "<b>Ada</b> & Co", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let mail = app.mails_to(&email, 1).await.remove(0);
    assert_eq!(mail.subject, "Welcome, <b>Ada</b> & Co");
    let html = mail.html.unwrap();
    assert!(html.contains("&lt;b&gt;Ada&lt;/b&gt; &amp; Co") && !html.contains("<b>"), "{html}");
    assert!(mail.text.unwrap().contains("<b>Ada</b> & Co"));
    let member = app.sign_in(&email, PASSWORD).await;
    let id = answer.json()["meta"]["job_id"].as_str().unwrap().to_owned();
    let job = app.finished_job(&member, &id).await;
    assert_eq!((&job["status"], &job["kind"]), (&json!("done"), &json!("user.signed_up")));
    assert_eq!((&job["processed"], &job["total"], &job["attempts"]), (&json!(1), &json!(1), &json!(1)));
    assert!(job["payload"].is_null(), "what is inside a job is not shown");
}

#[tokio::test]
async fn a_job_is_visible_to_its_owner_and_to_those_who_may_read_jobs() {
    let app = TestApp::start().await;
    let account = app.account().await;
    let path = format!("/api/v1/jobs/{}", account.answer["meta"]["job_id"].as_str().unwrap());
    app.sign_in(&account.email, PASSWORD).await.get(&path).await.expect_status(200);
    app.admin().await.get(&path).await.expect_status(200);
    app.member().await.get(&path).await.assert(404, "not_found");
    app.visitor().get(&path).await.assert(401, "unauthenticated");
    let member = app.member().await;
    member.get("/api/v1/jobs/019376a1-9c3b-7aaa-8bbb-0123456789ab").await.assert(404, "not_found");
    member.get("/api/v1/jobs/none").await.assert(404, "not_found");
}

#[tokio::test]
async fn a_mail_api_that_fails_delays_the_mail_and_makes_no_second_one() {
    let app = TestApp::start().await;
    // The address decides whom the fault meets: other tests go on beside this one.
    let email = app.new_email();
    app.server().mail().inject(Fault::for_recipient(&email, 503));
    let body = json!({ "email": email, "name": "Patient", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let member = app.sign_in(&email, PASSWORD).await;
    let job = app.finished_job(&member, answer.json()["meta"]["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("done"), &json!(2)));
    assert_eq!(app.mails_to(&email, 1).await.len(), 1);
}

#[tokio::test]
async fn a_mail_whose_acceptance_was_lost_is_not_sent_twice() {
    let app = TestApp::start().await;
    let email = app.new_email();
    app.server().mail().inject(Fault { accept: true, ..Fault::for_recipient(&email, 502) });
    let body = json!({ "email": email, "name": "Once", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let member = app.sign_in(&email, PASSWORD).await;
    let job = app.finished_job(&member, answer.json()["meta"]["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("done"), &json!(2)));
    assert_eq!(app.mails_to(&email, 1).await.len(), 1, "both attempts carried the same idempotency key");
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again() {
    let app = TestApp::start().await;
    let email = app.new_email();
    app.server().mail().inject(Fault::for_recipient(&email, 422));
    let body = json!({ "email": email, "name": "Refused", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let member = app.sign_in(&email, PASSWORD).await;
    let job = app.finished_job(&member, answer.json()["meta"]["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("dead"), &json!(1)));
    assert_eq!(job["last_error"], "The last attempt failed.", "what the provider says is not for its user");
    let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    let seen_by_admin = app.admin().await.get(&path).await.expect_status(200).data();
    assert!(seen_by_admin["last_error"].as_str().unwrap().contains("422"));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_mails_survive_a_server_that_ends_in_the_middle() {
    let app = TestApp::alone().await;
    let accounts = futures::future::join_all((0..20).map(|_| app.account())).await;
    // The last jobs are queued or running now.
    app.restart().await;
    let admin = app.admin().await;
    for account in &accounts {
        let id = account.answer["meta"]["job_id"].as_str().unwrap();
        assert_eq!(app.finished_job(&admin, id).await["status"], "done");
    }
    for account in &accounts {
        assert_eq!(app.mails_to(&account.email, 1).await.len(), 1, "{}", account.email);
    }
}

#[tokio::test]
async fn a_retry_needs_no_timer_while_other_jobs_come() {
    let app = TestApp::start().await;
    let email = app.new_email();
    app.server().mail().inject(Fault::for_recipient(&email, 500));
    let body = json!({ "email": email, "name": "Patient", "password": PASSWORD });
    let answer = app.visitor().post("/api/v1/auth/signup", &body).await.expect_status(201);
    let path = format!("/api/v1/jobs/{}", answer.json()["meta"]["job_id"].as_str().unwrap());
    let member = app.sign_in(&email, PASSWORD).await;
    // The retry is due after three seconds at the latest; each sign-up wakes the consumer for its own job.
    for _ in 0..60 {
        if member.get(&path).await.expect_status(200).data()["status"] == "done" {
            return;
        }
        app.account().await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("the job was not tried again: {}", member.get(&path).await.data());
}

#[tokio::test]
async fn timers_need_the_internal_secret() {
    let app = TestApp::start().await;
    app.visitor().post("/internal/tick", &json!({})).await.assert(404, "not_found");
    let wrong = app.visitor().with_header("authorization", "Bearer 0123456789abcdef0123456789abcdef");
    wrong.post("/internal/tick", &json!({})).await.assert(404, "not_found");
    app.tick().await;
}
