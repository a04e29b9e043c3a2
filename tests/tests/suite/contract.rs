use app::TestApp;

/// Every adapter holds to what its port promises, on its real runtime. One test, because the cases are listed by the
/// build that runs them; a failure names its cases.
#[tokio::test]
async fn every_port_does_what_it_must() {
    let app = TestApp::start().await;
    let visitor = app.visitor().with_header("x-echo-url", app.echo_url());
    let names = visitor.get("/__test/contract").await.expect_status(200).data();
    let names: Vec<_> =
        names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert!(names.len() > 50, "{names:?}");
    let mut failures = Vec::new();
    for name in &names {
        let answer = visitor.request("POST", &format!("/__test/contract/{name}")).await;
        let failed = answer.status != 200 || !answer.data().is_null();
        failures.extend(failed.then(|| format!("{name}: {}", String::from_utf8_lossy(&answer.body))));
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{}",
        failures.len(),
        names.len(),
        failures.join("\n")
    );
}
