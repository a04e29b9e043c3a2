//! The chain over the audit log: whatever somebody with full access to the database does to it is found and named.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use queue_consumer::consumer::Consumer;
use serde_json::{Value as Json, json};
use shared::audit::chain::Hash;
use shared::audit::{Action, Entry};
use shared::caller::Caller;
use shared::config::Config;
use shared::ids::{Id as _, RoleId};
use shared::ports::{DatabaseError, Ports, Rows, Statement};
use shared::services::audit;
use shared::time::Timestamp;

struct Log {
    ports: Ports,
    caller: Caller,
}

impl Log {
    /// A log with so many sealed entries.
    fn of(entries: usize) -> Self {
        let clock = Rc::new(TestClock::new(Timestamp::from_millis(1_700_000_000_000)));
        let ports = block_on(Instance::in_memory(clock)).unwrap().ports;
        let log = Self { ports, caller: Caller::new("request", None, Some("agent")) };
        log.write(entries);
        log.seal();
        log
    }

    fn statement(&self) -> Statement {
        let role = RoleId::parse("019376a1-9c3b-7aaa-8bbb-0123456789ab").unwrap();
        let entry = Entry::new(&self.caller, self.ports.clock.now(), None, Action::RoleCreated, &role);
        entry.with(json!({ "name": "role" })).statement()
    }

    fn write(&self, entries: usize) {
        for _ in 0..entries {
            block_on(self.ports.database.batch(vec![self.statement()])).unwrap();
        }
    }

    fn seal(&self) {
        block_on(audit::seal(&self.ports)).unwrap();
    }

    fn run(&self, sql: &'static str) -> Result<Rows, DatabaseError> {
        block_on(self.ports.database.query(Statement::new(sql)))
    }

    /// Does what only somebody with full access can.
    fn tamper(&self, statements: &[&'static str]) {
        let triggers =
            self.run("SELECT 'DROP TRIGGER ' || name AS drop_it FROM sqlite_master WHERE type = 'trigger'");
        for row in triggers.unwrap().iter() {
            let drop: String = row.get("drop_it").unwrap();
            block_on(self.ports.database.query(Statement::new(drop))).unwrap();
        }
        for sql in statements {
            self.run(sql).unwrap();
        }
    }

    /// The whole report, from as many steps as it takes.
    fn verify(&self) -> Json {
        let mut after = 0;
        loop {
            let report = serde_json::to_value(block_on(audit::verify(&self.ports, after)).unwrap()).unwrap();
            match report["next"].as_i64() {
                Some(next) => after = next,
                None => return report,
            }
        }
    }

    fn broken(&self) -> (i64, String) {
        let report = self.verify();
        assert_eq!(report["ok"], false, "{report}");
        (report["broken"]["seq"].as_i64().unwrap(), report["broken"]["problem"].as_str().unwrap().to_owned())
    }
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    let empty = Log::of(0).verify();
    assert_eq!((&empty["ok"], &empty["verified_to"], &empty["head"]), (&json!(true), &json!(0), &Json::Null));
    let report = Log::of(5).verify();
    assert_eq!(
        (&report["ok"], &report["verified_to"], &report["head"]["seq"]),
        (&json!(true), &json!(5), &json!(5))
    );
}

#[test]
fn the_log_can_only_grow() {
    let log = Log::of(3);
    for sql in [
        "UPDATE audit_log SET action = 'user.locked' WHERE seq = 2",
        "DELETE FROM audit_log WHERE seq = 2",
        "DELETE FROM audit_log",
        "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE seq = 2",
        "UPDATE audit_seals SET hash = 'x'",
        "DELETE FROM audit_seals",
        "INSERT OR REPLACE INTO audit_seals SELECT * FROM audit_seals WHERE seq = 2",
    ] {
        let error = log.run(sql).unwrap_err().to_string();
        assert!(error.contains("the audit log is never changed"), "{sql}: {error}");
    }
    assert_eq!(log.verify()["ok"], true);
}

#[test]
fn every_kind_of_change_is_found_and_named() {
    let cases: &[(&str, &[&'static str], i64, &str)] = &[
        ("a changed entry", &["UPDATE audit_log SET details = '{}' WHERE seq = 3"], 3, "changed"),
        ("a changed time", &["UPDATE audit_log SET at = at + 1 WHERE seq = 1"], 1, "changed"),
        ("an actor taken out", &["UPDATE audit_log SET actor_id = '' WHERE seq = 5"], 5, "changed"),
        ("a deleted entry", &["DELETE FROM audit_log WHERE seq = 3"], 3, "missing"),
        ("the first entry deleted", &["DELETE FROM audit_log WHERE seq = 1"], 1, "missing"),
        ("the newest entry deleted", &["DELETE FROM audit_log WHERE seq = 5"], 5, "missing"),
        (
            "a deleted entry with its seal",
            &["DELETE FROM audit_log WHERE seq = 3", "DELETE FROM audit_seals WHERE seq = 3"],
            3,
            "missing",
        ),
        ("everything deleted but the seals", &["DELETE FROM audit_log"], 1, "missing"),
        (
            "a changed seal",
            &["UPDATE audit_seals SET hash = replace(hash, 'a', 'b') || '' WHERE seq = 2"],
            2,
            "changed",
        ),
        ("a deleted seal", &["DELETE FROM audit_seals WHERE seq = 2"], 2, "unsealed"),
        (
            "an entry in between",
            &[
                "UPDATE audit_log SET seq = seq + 100 WHERE seq > 2",
                "UPDATE audit_log SET seq = seq - 99 WHERE seq > 100",
                "INSERT INTO audit_log SELECT 3, at, action, actor_id, credential, target_kind, target_id, details, \
                 address, user_agent, 'other' FROM audit_log WHERE seq = 2",
            ],
            3,
            "changed",
        ),
        (
            "two entries swapped",
            &[
                "UPDATE audit_log SET request_id = 'other' WHERE seq = 4",
                "UPDATE audit_log SET seq = 99 WHERE seq = 2",
                "UPDATE audit_log SET seq = 2 WHERE seq = 4",
                "UPDATE audit_log SET seq = 4 WHERE seq = 99",
            ],
            2,
            "changed",
        ),
        (
            "an entry with a seal that somebody made up",
            &[
                "UPDATE audit_log SET details = '{}' WHERE seq = 5",
                "UPDATE audit_seals SET hash = 'x' WHERE seq = 5",
            ],
            5,
            "changed",
        ),
    ];
    for (what, statements, seq, problem) in cases {
        let log = Log::of(5);
        log.tamper(statements);
        assert_eq!(log.broken(), (*seq, (*problem).to_owned()), "{what}");
        // What is written afterwards does not hide it.
        log.write(2);
        log.seal();
        assert_eq!(log.broken(), (*seq, (*problem).to_owned()), "{what}, and two more entries");
    }
}

#[test]
fn the_newest_entries_are_missed_by_whoever_kept_an_anchor() {
    let log = Log::of(5);
    let anchor = log.verify()["head"].clone();
    log.tamper(&["DELETE FROM audit_log WHERE seq > 3", "DELETE FROM audit_seals WHERE seq > 3"]);
    let report = log.verify();
    assert_eq!((&report["ok"], &report["head"]["seq"]), (&json!(true), &json!(3)), "the rest is whole");
    assert!(anchor["seq"].as_i64() > report["head"]["seq"].as_i64(), "but the anchor is beyond it");
    // The numbers are not used again, so that the next entry shows the gap.
    log.write(1);
    log.seal();
    assert_eq!(log.broken(), (4, "missing".to_owned()));
}

#[test]
fn sealing_stops_at_a_gap_and_never_seals_beyond_it() {
    let log = Log::of(2);
    log.write(3);
    log.tamper(&["DELETE FROM audit_log WHERE seq = 4"]);
    log.seal();
    log.seal();
    assert_eq!(log.verify()["head"]["seq"], 3);
}

#[test]
fn a_sweep_of_the_consumer_seals() {
    let log = Log::of(0);
    log.write(2);
    let development = |name: &str| (name == "ENVIRONMENT").then(|| "development".to_owned());
    let consumer = Consumer::new(Config::from_settings(development).unwrap());
    block_on(consumer.sweep(&log.ports));
    assert_eq!(log.verify()["head"]["seq"], 2);
}

#[test]
fn a_rolled_back_write_leaves_no_gap() {
    let log = Log::of(1);
    let failing = vec![log.statement(), Statement::new("INSERT INTO guards (id, held) VALUES (1, 0)")];
    assert!(block_on(log.ports.database.batch(failing)).is_err());
    log.write(1);
    log.seal();
    assert_eq!(log.verify()["verified_to"], 2);
}

#[test]
fn a_long_log_is_sealed_and_verified_in_bounded_steps() {
    let log = Log::of(0);
    let batch = (0..2300).map(|_| log.statement()).collect();
    block_on(log.ports.database.batch(batch)).unwrap();
    log.seal();
    assert_eq!(log.verify()["head"]["seq"], 1000);
    log.seal();
    log.seal();
    let first = serde_json::to_value(block_on(audit::verify(&log.ports, 0)).unwrap()).unwrap();
    assert_eq!((&first["verified_to"], &first["next"]), (&json!(1000), &json!(1000)));
    let report = log.verify();
    assert_eq!((&report["ok"], &report["verified_to"]), (&json!(true), &json!(2300)));
    log.tamper(&["UPDATE audit_log SET details = '{}' WHERE seq = 2001"]);
    assert_eq!(log.broken(), (2001, "changed".to_owned()));
    assert!(block_on(audit::verify(&log.ports, 2301)).is_err());
}

#[test]
fn of_two_who_seal_at_once_the_second_adds_nothing() {
    use shared::models::audit::Anchor;
    use shared::repositories::audit as table;

    let log = Log::of(2);
    log.write(1);
    let forged = [Anchor { seq: 3, hash: Hash::GENESIS }];
    let head = |seq| Some(Anchor { seq, hash: Hash::GENESIS });
    for stale in [None, head(1), head(3)] {
        let added = block_on(log.ports.database.query(table::seal(stale, &forged))).unwrap();
        assert_eq!(added.changes, 0, "{stale:?}");
    }
    log.seal();
    let added = block_on(log.ports.database.query(table::seal(head(2), &forged))).unwrap();
    assert_eq!((added.changes, &log.verify()["ok"]), (0, &json!(true)));
}
