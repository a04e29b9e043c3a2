use std::time::Duration;

use app::TestApp;
use harness::Runtime;

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_request() {
    let app = TestApp::start().await;
    let waiting = {
        let visitor = app.visitor().with_header("x-echo-url", app.echo_url());
        tokio::spawn(async move { visitor.get("/__test/wait").await })
    };
    // The wait takes two seconds; the panic comes while it is under way.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished());
    let panicked = app.visitor().request("POST", "/__test/panic").await;
    assert_eq!(panicked.status, 500);
    // Spin ends the instance and answers by itself, and with the instance go the requests in flight on it.
    if app.runtime() != Runtime::Spin {
        let panicked = panicked.assert(500, "internal_error");
        assert!(
            !String::from_utf8_lossy(&panicked.body).contains("test asked"),
            "nothing of the inside leaks"
        );
        waiting.await.unwrap().expect_status(200);
    }
    app.visitor().get("/api/v1/products?limit=1").await.expect_status(200);
}
