use app::TestApp;

#[tokio::test]
async fn the_process_and_what_it_depends_on_are_healthy() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.get("/healthz").await.expect_status(200);
    let ready = visitor.get("/readyz").await.expect_status(200).data();
    let names: Vec<_> =
        ready["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["database", "migrations", "cache"]);
}
