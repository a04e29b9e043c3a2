//! The contract suite catches adapters that are wrong: each of these is a native port with one mistake.

#[path = "broken_adapters/waits.rs"]
mod waits;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contract::Context;
use native::echo::EchoServer;
use native::{AssetsFolder, Instance, SystemClock, TestClock};
use shared::limits::{Decision, Quota, gcra, micros};
use shared::ports::{
    Assets, AssetsError, Background, Clock, Database, DatabaseError, Entropy, KeyValue, KeyValueError,
    Limiter, LimiterError, LocalTask, Ports, Rows, Statement, Value,
};
use shared::time::Timestamp;
use tokio::task::LocalSet;

/// Runs the cases on ports that `spoil` has changed and answers those that did not notice.
fn unnoticed(spoil: impl FnOnce(&mut Ports), cases: &[&'static str]) -> anyhow::Result<Vec<&'static str>> {
    let echo = EchoServer::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut ports = Instance::in_memory(Rc::new(SystemClock)).await?.ports;
        spoil(&mut ports);
        let context = Context { ports, echo_url: Some(echo.url().to_owned()) };
        let mut unnoticed = Vec::new();
        for name in cases.iter().copied() {
            let result = contract::run(name, &context).await;
            if result.ok_or_else(|| anyhow::anyhow!("there is no case {name}"))?.is_ok() {
                unnoticed.push(name);
            }
        }
        Ok(unnoticed)
    })
}

const NOTHING: [&str; 0] = [];

/// A database that does something else than the one it wraps.
struct Spoiled<Q, B> {
    inner: Rc<dyn Database>,
    query: Q,
    batch: B,
}

#[async_trait(?Send)]
impl<Q, B> Database for Spoiled<Q, B>
where
    Q: AsyncFn(&dyn Database, Statement) -> Result<Rows, DatabaseError>,
    B: AsyncFn(&dyn Database, Vec<Statement>) -> Result<Vec<Rows>, DatabaseError>,
{
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        (self.query)(&*self.inner, statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        (self.batch)(&*self.inner, statements).await
    }
}

fn spoil_database<Q, B>(query: Q, batch: B) -> impl FnOnce(&mut Ports)
where
    Q: AsyncFn(&dyn Database, Statement) -> Result<Rows, DatabaseError> + 'static,
    B: AsyncFn(&dyn Database, Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> + 'static,
{
    |ports| ports.database = Rc::new(Spoiled { inner: Rc::clone(&ports.database), query, batch })
}

async fn query(inner: &dyn Database, statement: Statement) -> Result<Rows, DatabaseError> {
    inner.query(statement).await
}

async fn batch(inner: &dyn Database, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
    inner.batch(statements).await
}

#[test]
fn a_batch_without_a_transaction_is_caught() {
    let one_by_one = async |inner: &dyn Database, statements: Vec<Statement>| {
        let mut answers = Vec::new();
        for statement in statements {
            answers.push(inner.query(statement).await?);
        }
        Ok(answers)
    };
    let cases = [
        "database::batch_is_atomic_under_failure",
        "database::batch_is_atomic_when_its_sql_is_bad",
        "database::batch_is_atomic_across_tables",
        "database::batch_failure_names_the_check_violation",
        "database::concurrent_batches_each_see_their_own_number",
        "database::concurrent_batches_that_fail_harm_no_other",
        "database::no_reader_sees_half_a_batch",
        "database::dropped_batch_is_done_or_undone",
    ];
    assert_eq!(unnoticed(spoil_database(query, one_by_one), &cases).unwrap(), NOTHING);
}

#[test]
fn a_lock_that_a_dropped_batch_leaves_is_caught() {
    let locked = Cell::new(false);
    let leaking = async move |inner: &dyn Database, statements: Vec<Statement>| {
        if locked.replace(true) {
            return Err(DatabaseError::Busy);
        }
        let answers = inner.batch(statements).await;
        locked.set(false);
        answers
    };
    let cases = ["database::dropped_batch_leaves_no_lock_behind"];
    assert_eq!(unnoticed(spoil_database(query, leaking), &cases).unwrap(), NOTHING);
}

#[test]
fn errors_without_their_kind_are_caught() {
    let untyped = |error: DatabaseError| DatabaseError::Other(anyhow::anyhow!("{error}"));
    let query = async move |inner: &dyn Database, statement| inner.query(statement).await.map_err(untyped);
    let batch = async move |inner: &dyn Database, statements| inner.batch(statements).await.map_err(untyped);
    let cases = [
        "database::a_unique_violation_names_its_column",
        "database::a_primary_key_violation_is_a_unique_violation",
        "database::a_violated_check_is_named",
        "database::a_foreign_key_needs_its_parent",
        "database::batch_failure_names_the_unique_violation",
    ];
    assert_eq!(unnoticed(spoil_database(query, batch), &cases).unwrap(), NOTHING);
}

#[test]
fn swallowed_errors_are_caught() {
    let query = async |inner: &dyn Database, statement| Ok(inner.query(statement).await.unwrap_or_default());
    let cases = [
        "database::bad_sql_is_an_error",
        "database::an_error_after_the_first_row_is_an_error",
        "database::statements_work_after_a_failure",
        "database::a_missing_value_is_an_error",
        "database::parameters_that_do_not_fit_are_an_error",
    ];
    assert_eq!(unnoticed(spoil_database(query, batch), &cases).unwrap(), NOTHING);
}

type Change = fn(Value) -> Value;

/// Changes every parameter on its way in.
fn spoil_values(change: Change) -> impl FnOnce(&mut Ports) {
    let query = async move |inner: &dyn Database, mut statement: Statement| {
        statement.params = statement.params.into_iter().map(change).collect();
        inner.query(statement).await
    };
    spoil_database(query, batch)
}

#[test]
fn values_that_change_on_their_way_are_caught() {
    let spoiled: [(&str, Change); 6] = [
        ("database::empty_blob_comes_back", |value| match value {
            Value::Blob(bytes) if bytes.is_empty() => Value::Null,
            other => other,
        }),
        ("database::text_with_a_nul_character_comes_back", |value| match value {
            Value::Text(text) => text.split('\0').next().unwrap_or_default().into(),
            other => other,
        }),
        ("database::text_with_a_byte_order_mark_comes_back", |value| match value {
            Value::Text(text) => text.trim_start_matches('\u{feff}').into(),
            other => other,
        }),
        ("database::blobs_and_text_stay_apart", |value| match value {
            Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            other => other,
        }),
        ("database::integers_come_back", |value| match value {
            Value::Integer(number) => i64::from(i32::try_from(number).unwrap_or(i32::MAX)).into(),
            other => other,
        }),
        ("database::null_comes_back", |value| match value {
            Value::Null => Value::Text(String::new()),
            other => other,
        }),
    ];
    for (case, change) in spoiled {
        assert_eq!(unnoticed(spoil_values(change), &[case]).unwrap(), NOTHING);
    }
}

/// Reads, waits, and writes: the mistake that a key-value store makes of every limiter.
#[derive(Default)]
struct RacingLimiter(RefCell<HashMap<String, i64>>);

#[async_trait(?Send)]
impl Limiter for RacingLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision, LimiterError> {
        let known = self.0.borrow().get(key).copied();
        tokio::task::yield_now().await;
        let now = SystemClock.now();
        let next = gcra(known, now, quota);
        let arrival = next.or(known).unwrap_or_else(|| micros(now));
        self.0.borrow_mut().insert(key.to_owned(), arrival);
        Ok(Decision::from_arrival(quota, next.is_some(), arrival, now))
    }

    async fn give_back(&self, _key: &str, _quota: Quota) -> Result<(), LimiterError> {
        Ok(())
    }
}

#[test]
fn a_limiter_that_races_is_caught() {
    let cases = [
        "limiter::fifty_at_once_are_admitted_exactly_to_the_quota",
        "limiter::a_quota_of_one_admits_one_of_fifty",
        "limiter::giving_back_frees_exactly_one_slot",
        "limiter::concurrent_give_backs_free_one_slot_each",
    ];
    assert_eq!(
        unnoticed(|ports| ports.limiter = Rc::new(RacingLimiter::default()), &cases).unwrap(),
        NOTHING
    );
}

/// Takes an empty value for a missing one, and a key for a path.
struct SloppyKeyValue(Rc<dyn KeyValue>);

#[async_trait(?Send)]
impl KeyValue for SloppyKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let found = self.0.get(key.trim_end_matches(['/', ' '])).await?;
        Ok(found.filter(|value| !value.is_empty()))
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), KeyValueError> {
        self.0.put(key.trim_end_matches(['/', ' ']), value, ttl).await
    }

    async fn delete(&self, _key: &str) -> Result<(), KeyValueError> {
        Ok(())
    }
}

#[test]
fn a_sloppy_key_value_store_is_caught() {
    let cases = [
        "key_value::an_empty_value_is_a_value",
        "key_value::keys_are_told_apart",
        "key_value::a_deleted_key_is_none",
    ];
    let spoil = |ports: &mut Ports| ports.key_value = Rc::new(SloppyKeyValue(Rc::clone(&ports.key_value)));
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}

/// Fills no more than one call of `crypto.getRandomValues` can.
struct ShortEntropy;

impl Entropy for ShortEntropy {
    fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
        let length = buffer.len().min(65_536);
        native::SystemEntropy.fill(&mut buffer[..length])
    }
}

#[test]
fn randomness_that_ends_early_is_caught() {
    let cases =
        ["entropy::buffers_around_the_chunk_limit_are_filled", "entropy::a_megabyte_is_filled_to_its_end"];
    assert_eq!(unnoticed(|ports| ports.entropy = Rc::new(ShortEntropy), &cases).unwrap(), NOTHING);
}

#[test]
fn a_clock_that_stands_still_or_counts_seconds_is_caught() {
    let seconds = Timestamp::from_millis(SystemClock.now().seconds());
    let cases = ["clock::tells_a_plausible_time", "clock::advances_across_input_and_output"];
    assert_eq!(unnoticed(|ports| ports.clock = Rc::new(TestClock::new(seconds)), &cases).unwrap(), NOTHING);
}

/// Forgets every task.
struct NoBackground;

impl Background for NoBackground {
    fn spawn(&self, task: LocalTask) {
        drop(task);
    }
}

/// Seconds pass with every look at it, so that a case that waits need not. Its own waits never end.
struct HastyClock(Cell<Timestamp>);

impl Clock for HastyClock {
    fn now(&self) -> Timestamp {
        self.0.set(self.0.get().plus(Duration::from_secs(1)));
        self.0.get()
    }

    fn sleep(&self, _: Duration) -> LocalTask {
        Box::pin(std::future::pending())
    }
}

#[test]
fn tasks_that_never_run_are_caught() {
    let spoil = |ports: &mut Ports| {
        ports.background = Rc::new(NoBackground);
        ports.clock = Rc::new(HastyClock(Cell::new(SystemClock.now())));
    };
    let cases = [
        "background::a_task_runs_to_its_end",
        "background::many_tasks_run_to_their_end",
        "background::a_task_may_spawn_a_task",
    ];
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}

/// The consumer's end of the native bell is gone here; `tests/contract.rs` keeps it.
#[test]
fn a_consumer_that_is_gone_is_caught() {
    let cases = [
        "queue::a_check_finds_the_consumer",
        "queue::many_checks_at_once_find_the_consumer",
        "queue::dropped_checks_harm_no_other",
    ];
    assert_eq!(unnoticed(|_| {}, &cases).unwrap(), NOTHING);
}

/// Serves files as most file servers do: it tidies the path up first, and reads into folders' neighbours.
struct FileServer(AssetsFolder);

#[async_trait(?Send)]
impl Assets for FileServer {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError> {
        let path = path.split(['?', '#', '\0']).next().unwrap_or_default().trim();
        let path = path.replace("%2f", "/").replace("%2e", ".").replace('\\', "/");
        let mut names: Vec<&str> = Vec::new();
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(names.pop()),
                other => names.push(other),
            }
        }
        self.0.get(&names.join("/")).await
    }
}

#[test]
fn a_file_server_that_tidies_paths_up_is_caught() {
    let spoil = |ports: &mut Ports| ports.assets = Rc::new(FileServer(AssetsFolder::of_this_repository()));
    assert_eq!(unnoticed(spoil, &["assets::a_file_has_one_name"]).unwrap(), NOTHING);
}

/// Reads half of a file, and takes a missing or unreadable one for an empty one.
struct SloppyAssets(AssetsFolder);

#[async_trait(?Send)]
impl Assets for SloppyAssets {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError> {
        let found = self.0.get(path).await?.unwrap_or_default();
        Ok(Some(found.slice(..found.len() / 2)))
    }
}

#[test]
fn sloppy_assets_are_caught() {
    let cases = [
        "assets::a_file_is_read_whole",
        "assets::a_missing_file_is_none",
        "assets::a_folder_is_none",
        "assets::nothing_outside_the_folder_is_read",
        "assets::concurrent_reads_get_their_own_files",
    ];
    let spoil = |ports: &mut Ports| ports.assets = Rc::new(SloppyAssets(AssetsFolder::of_this_repository()));
    assert_eq!(unnoticed(spoil, &cases).unwrap(), NOTHING);
}
