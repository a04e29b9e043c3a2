//! The mail sink over HTTP, as an application and a person use it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use harness::MailSink;
use serde_json::{Value, json};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn call(sink: &MailSink, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(sink.url().trim_start_matches("http://")).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: sink\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
}

fn mail(to: &str) -> Value {
    json!({ "from": "Ashlar <hello@ashlar.test>", "to": [to], "subject": "Hi <you>", "html": "<p>Hello</p>", "text": "Hello",
        "headers": { "List-Unsubscribe": "<https://ashlar.test/u>" } })
}

fn send(sink: &MailSink, key: &str, mail: &Value) -> Answer {
    let headers = format!("authorization: Bearer re_test\r\nidempotency-key: {key}\r\n");
    call(sink, "POST", "/emails", &headers, &mail.to_string())
}

#[test]
fn a_mail_is_accepted_and_shown() {
    let sink = MailSink::start(0).unwrap();
    let answer = send(&sink, "key-1", &mail("ada@example.test"));
    assert_eq!(answer.status, 200);
    let id = answer.json()["id"].as_str().unwrap().to_owned();

    let shown = call(&sink, "GET", &format!("/messages/{id}"), "", "").json();
    assert_eq!(shown["to"], json!(["ada@example.test"]));
    assert_eq!(shown["idempotency_key"], "key-1");
    assert_eq!(shown["headers"]["List-Unsubscribe"], "<https://ashlar.test/u>");
    assert_eq!(call(&sink, "GET", "/messages", "", "").json().as_array().unwrap().len(), 1);
    let page = call(&sink, "GET", "/", "", "").body;
    assert!(page.contains("Hi &lt;you&gt;") && page.contains("sandbox="), "{page}");

    assert_eq!(call(&sink, "DELETE", "/messages", "", "").status, 200);
    assert!(sink.messages().is_empty());
}

#[test]
fn the_same_key_and_mail_get_the_same_id_and_no_second_mail() {
    let sink = MailSink::start(0).unwrap();
    let first = send(&sink, "key-1", &mail("ada@example.test"));
    let second = send(&sink, "key-1", &mail("ada@example.test"));
    assert_eq!(first.json(), second.json());
    assert_eq!(sink.messages().len(), 1);
}

#[test]
fn the_same_key_with_another_mail_is_a_conflict() {
    let sink = MailSink::start(0).unwrap();
    send(&sink, "key-1", &mail("ada@example.test"));
    let answer = send(&sink, "key-1", &mail("bob@example.test"));
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["name"], "invalid_idempotent_request");
    assert_eq!(answer.json()["statusCode"], 409);
}

#[test]
fn a_batch_answers_one_id_per_mail() {
    let sink = MailSink::start(0).unwrap();
    let batch = json!([mail("ada@example.test"), mail("bob@example.test")]);
    let answer =
        call(&sink, "POST", "/emails/batch", "authorization: Bearer re_test\r\n", &batch.to_string());
    assert_eq!(answer.json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(sink.messages().len(), 2);

    let one_is_bad = json!([mail("ada@example.test"), mail("nobody")]);
    let answer =
        call(&sink, "POST", "/emails/batch", "authorization: Bearer re_test\r\n", &one_is_bad.to_string());
    assert_eq!((answer.status, sink.messages().len()), (422, 2));
}

#[test]
fn refusals_are_in_the_providers_words() {
    let sink = MailSink::start(0).unwrap();
    let cases = [
        ("POST", "/emails", "", "{}", 401, "missing_api_key"),
        ("POST", "/emails", "authorization: Basic x\r\n", "{}", 403, "invalid_api_key"),
        ("POST", "/emails", "authorization: Bearer x\r\n", "{}", 422, "missing_required_field"),
        ("POST", "/emails", "authorization: Bearer x\r\n", "no", 422, "validation_error"),
        ("PUT", "/emails", "", "", 405, "method_not_allowed"),
        ("GET", "/nothing", "", "", 404, "not_found"),
    ];
    for (method, path, headers, body, status, name) in cases {
        let answer = call(&sink, method, path, headers, body);
        assert_eq!(
            (answer.status, answer.json()["name"].as_str().unwrap()),
            (status, name),
            "{method} {path}"
        );
    }
}

#[test]
fn a_fault_fails_as_often_as_asked_and_then_no_more() {
    let sink = MailSink::start(0).unwrap();
    let fault = json!({ "times": 2, "status": 429, "name": "rate_limit_exceeded", "retry_after": 7 });
    assert_eq!(call(&sink, "POST", "/faults", "", &fault.to_string()).status, 200);
    for _ in 0..2 {
        let answer = send(&sink, "key-1", &mail("ada@example.test"));
        assert_eq!((answer.status, answer.head.contains("retry-after: 7")), (429, true));
    }
    assert!(sink.messages().is_empty());
    assert_eq!(send(&sink, "key-1", &mail("ada@example.test")).status, 200);
}

#[test]
fn a_lost_answer_leaves_an_accepted_mail() {
    let sink = MailSink::start(0).unwrap();
    let fault = json!({ "status": 503, "accept": true });
    call(&sink, "POST", "/faults", "", &fault.to_string());
    assert_eq!(send(&sink, "key-1", &mail("ada@example.test")).status, 503);
    assert_eq!(send(&sink, "key-1", &mail("ada@example.test")).status, 200);
    assert_eq!(sink.messages().len(), 1);
}

#[test]
fn waiting_ends_when_the_mail_arrives_or_the_time_is_over() {
    let sink = MailSink::start(0).unwrap();
    assert!(sink.wait_for("ada@example.test", 1, Duration::from_millis(10)).is_none());
    std::thread::scope(|scope| {
        scope.spawn(|| send(&sink, "key-1", &mail("ada@example.test")));
        let found = sink.wait_for("ada@example.test", 1, Duration::from_secs(20)).unwrap();
        assert_eq!(found[0].subject, "Hi <you>");
    });
}
