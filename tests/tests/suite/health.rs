use app::{Answer, Client, TestApp};
use harness::{Options, Runtime};
use serde_json::json;

/// Fails unless an answer for people who watch the service is one that nobody may keep.
fn expect_fresh(answer: Answer, status: u16) -> Answer {
    let answer = answer.expect_status(status);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer
}

async fn expect_alive(visitor: &Client) {
    let alive = expect_fresh(visitor.get("/healthz").await, 200);
    assert_eq!(alive.data(), json!({ "status": "ok" }));
    let head = visitor.request("HEAD", "/healthz").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("cache-control"), Some("no-store"));
}

/// A server of its own, because its checks have two seconds, and others keep the shared one busy for longer.
#[tokio::test(flavor = "multi_thread")]
async fn the_process_and_what_it_depends_on_are_healthy_until_something_breaks() {
    let app = TestApp::alone().await;
    let visitor = app.visitor();
    expect_alive(&visitor).await;
    let ready = expect_fresh(visitor.get("/readyz").await, 200).data();
    assert_eq!(ready["status"], "ok");
    let checks = ready["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["database", "migrations", "cache", "queue"]);
    for check in checks {
        assert_eq!(check["status"], "ok", "{check}");
        assert!(check["duration_ms"].as_u64().unwrap() < 2_000, "{check}");
        assert_eq!(check.as_object().unwrap().len(), 3, "{check}");
    }
    let head = visitor.request("HEAD", "/readyz").await;
    assert_eq!((head.status, head.body.len()), (200, 0));

    app.server().forget_migrations().unwrap();
    let id = "probe-2026_07.30";
    let unready = visitor.with_header("x-request-id", id);
    let answer = expect_fresh(unready.get("/readyz").await, 503).assert(503, "unavailable");
    // A new instance on Spin tries to migrate before its first statement, so that it counts the database as broken.
    let migrations = ("migrations".to_owned(), "failed".to_owned());
    assert!(answer.details().contains(&migrations), "{:?}", answer.details());
    let text = String::from_utf8_lossy(&answer.body);
    assert!(!text.contains("d1_migrations") && !text.contains("SQL"), "{text}");
    let head = unready.request("HEAD", "/readyz").await;
    assert_eq!((head.status, head.body.len()), (503, 0));
    expect_alive(&unready).await;
    let log = std::fs::read_to_string(app.server().log()).unwrap();
    let line = log.lines().find(|line| line.contains(id) && line.contains("503")).unwrap();
    assert!(line.contains("migrations: "), "{line}");
}

/// What a runtime can know of its consumer differs: docs/RUNTIMES.md tells. Natively both are one process.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_not_there_is_named_where_the_runtime_can_tell() {
    let runtime = Runtime::from_env().unwrap();
    if runtime == Runtime::Native {
        return;
    }
    let app = TestApp::alone_with(Options { consumer: false, ..Options::default() }).await;
    let visitor = app.visitor();
    expect_alive(&visitor).await;
    let answer = visitor.get("/readyz").await;
    if runtime == Runtime::Workerd {
        answer.expect_status(200);
    } else {
        let answer = expect_fresh(answer, 503).assert(503, "unavailable");
        assert_eq!(answer.details(), [("queue".to_owned(), "failed".to_owned())]);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("spin.internal") && !text.contains("queue-consumer"), "{text}");
    }
}
