//! The promise held against a model: made-up histories of reads, writes, failures, evictions and moves of the clock on two
//! isolates over one database and one store. A writer never reads what is older than its write; nobody reads what is older
//! than the policy says.
//!
//! `CACHE_HISTORIES` says how many there are, `CACHE_SEED` which.

use std::rc::Rc;
use std::time::Duration;

use edge::http::Response;
use serde_json::Value;
use shared::cache::policies::{GET_POST, LIST_POSTS};
use shared::ports::Clock as _;
use shared::time::Timestamp;
use tokio::task::JoinHandle;

use super::eventual::{Dice, Eventual, Trouble};
use super::run;
use super::shop::{HEADER, Shop, finished, settle};
use super::store::Fault;

const POSTS: &str = "/api/v1/posts";
/// What somebody has written who does not exist: nothing.
const NOBODYS: &str = "?author_id=019376a1-9c3b-7aaa-8bbb-0123456789ab";

const CLIENTS: usize = 3;
const STEPS: usize = 60;

/// How late the answer to an older write may arrive.
const OVERTAKEN: Duration = Duration::from_secs(20);

/// What everybody may see of the post: its title, if it is published.
type State = Option<String>;

/// Somebody who writes and reads.
#[derive(Default, Clone)]
struct Client {
    token: Option<(String, Timestamp)>,
    /// The write that it must see.
    must_see: usize,
}

/// A read that is on its way.
struct Read {
    what: String,
    by: String,
    answer: JoinHandle<Response>,
    begun: Timestamp,
    must_see: usize,
    bound: Duration,
    absence: Duration,
}

/// The application, and what the model knows of it.
struct World {
    shop: Shop,
    store: Rc<Eventual>,
    dice: Dice,
    path: String,
    clients: [Client; CLIENTS],
    /// Each write with its time; the first is at index 0.
    writes: Vec<(Timestamp, State)>,
    reads: Vec<Read>,
    log: Vec<String>,
    checked: usize,
    cached: usize,
}

impl World {
    async fn open(seed: u64) -> Self {
        let dice = Dice::new(seed);
        let mut shop = Shop::open(Fault::None).await;
        let store = Rc::new(Eventual::new(&shop.clock, &dice));
        for (_, ports) in &mut shop.isolates {
            ports.key_value = Rc::<Eventual>::clone(&store);
        }
        let mut world = Self {
            shop,
            store,
            dice,
            path: String::new(),
            clients: Default::default(),
            writes: Vec::new(),
            reads: Vec::new(),
            log: Vec::new(),
            checked: 0,
            cached: 0,
        };
        let made = world.write_as_author("POST", POSTS, r#"{"title":"0","status":"published"}"#).await;
        made.headers()["location"].to_str().unwrap().clone_into(&mut world.path);
        world
    }

    async fn write_as_author(&self, method: &str, target: &str, body: &str) -> Response {
        let headers = [("authorization", self.shop.bearer.as_str()), ("content-type", "application/json")];
        let isolate = self.dice.below(2);
        finished(self.shop.begin_on(isolate, method, target, &headers, body).await).await
    }

    /// A new history: nobody knows anything of the one before.
    async fn begin(&mut self) {
        self.store.trouble.set(Trouble::None);
        self.shop.database.after.set(Duration::ZERO);
        self.shop.database.before.set(Duration::ZERO);
        // What still goes on behind the answers ends with the first, and what it has kept with the second.
        for _ in 0..2 {
            self.shop.clock.advance(Duration::from_mins(5));
            settle().await;
        }
        self.shop.sign_in().await;
        self.clients = Default::default();
        (self.writes, self.log) = (Vec::new(), Vec::new());
        self.write(0).await;
        self.clients = Default::default();
    }

    fn now(&self) -> Timestamp {
        self.shop.clock.now()
    }

    fn note(&mut self, text: &str) {
        self.log.push(format!("{:>8} {text}", self.now().millis() % 100_000_000));
    }

    async fn write(&mut self, client: usize) {
        let number = self.writes.len();
        let published = !self.dice.once_in(3);
        let status = if published { "published" } else { "draft" };
        let body = format!(r#"{{"title":"{number}","status":"{status}"}}"#);
        let answer = self.write_as_author("PATCH", &self.path.clone(), &body).await;
        let (token, now) = (answer.headers()[HEADER].to_str().unwrap().to_owned(), self.now());
        self.writes.push((now, published.then(|| number.to_string())));
        let (unlucky, writer) = (self.dice.once_in(4), &mut self.clients[client]);
        // The answer to an earlier write may arrive after that to this one, and its token stay.
        let overtaken = unlucky && writer.token.as_ref().is_some_and(|(_, at)| now.since(*at) <= OVERTAKEN);
        if !overtaken {
            writer.token = Some((token, now));
        }
        writer.must_see = number;
        self.note(&format!(
            "client {client} writes {number}, {status}{}",
            if overtaken { ", keeps its older token" } else { "" }
        ));
    }

    async fn read(&mut self) {
        let queries = ["", "?limit=5", NOBODYS];
        let (target, policy) = match self.dice.below(5) {
            0 | 1 => (self.path.clone(), &GET_POST),
            list => (format!("{POSTS}{}", queries[list - 2]), &LIST_POSTS),
        };
        let (isolate, reader) = (self.dice.below(2), self.dice.below(4 * CLIENTS));
        let client = self.clients.get(reader).cloned();
        let token = client.as_ref().and_then(|client| client.token.as_ref()).map(|(token, _)| token.clone());
        let headers: Vec<_> = token.iter().map(|token| (HEADER, token.as_str())).collect();
        let by = client.as_ref().map_or("a stranger".to_owned(), |_| format!("client {reader}"));
        self.note(&format!("{by} reads {target} on isolate {isolate}"));
        let answer = self.shop.begin_on(isolate, "GET", &target, &headers, "").await;
        self.reads.push(Read {
            what: target,
            by,
            answer,
            begun: self.now(),
            must_see: client.map_or(0, |client| client.must_see),
            bound: policy.staleness,
            absence: policy.absence,
        });
    }

    /// Checks the answers that have arrived.
    async fn harvest(&mut self) {
        let (done, pending) =
            std::mem::take(&mut self.reads).into_iter().partition(|read| read.answer.is_finished());
        self.reads = pending;
        for Read { what, by, answer, begun, must_see, bound, absence } in done {
            let answer = answer.await.unwrap();
            let single = what == self.path;
            let status = answer.status().as_u16();
            let json: Value = serde_json::from_slice(answer.body()).unwrap();
            let state = match status {
                200 if single => Some(json["data"]["title"].as_str().unwrap().to_owned()),
                200 => json["data"][0]["title"].as_str().map(str::to_owned),
                404 if single => None,
                // The database fails.
                503 => continue,
                _ => panic!("{status}: {json}"),
            };
            let bound = if single && state.is_none() { absence } else { bound };
            let how = answer.headers().get("cache-status").map_or("", |status| status.to_str().unwrap());
            self.note(&format!("{by} is answered {state:?} for {what}: {how}"));
            self.checked += 1;
            self.cached += usize::from(how.contains("; hit"));
            if what.ends_with(NOBODYS) {
                assert_eq!(state, None, "the answer to another query\n{}", self.log.join("\n"));
            } else {
                self.check(&state, begun, must_see, bound);
            }
        }
    }

    /// Whether one of the states fits that were the latest within the bound, or while the request was on its way.
    fn check(&self, state: &State, begun: Timestamp, must_see: usize, bound: Duration) {
        let oldest = self.now().minus(bound);
        let fits = |index: usize| {
            let replaced = self.writes.get(index + 1).map(|(at, _)| *at);
            self.writes[index].1 == *state && replaced.is_none_or(|at| at > oldest || at >= begun)
        };
        let right = (must_see..self.writes.len()).any(fits);
        assert!(
            right,
            "{state:?} is too old: at least write {must_see}, at most {bound:?} old\n{}",
            self.log.join("\n")
        );
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..66 => self.read().await,
            66..74 => self.write(self.dice.below(CLIENTS)).await,
            74..90 => {
                let times =
                    [0, 1, 2, 40, 300, 999, 1_000, 1_999, 2_000, 2_000, 3_000, 4_999, 5_000, 9_999, 31_000];
                let time = Duration::from_millis(times[self.dice.below(times.len())]);
                self.note(&format!("{time:?} pass"));
                self.shop.clock.advance(time);
            }
            90..93 => {
                let isolate = self.dice.below(2);
                self.note(&format!("isolate {isolate} forgets"));
                self.shop.isolates[isolate].1.local.forget();
            }
            93..96 => {
                let trouble = Trouble::ALL[self.dice.below(Trouble::ALL.len())];
                self.note(&format!("the store: {trouble:?}"));
                self.store.trouble.set(trouble);
            }
            96..99 => {
                let times = [0, 0, 5, 800, 2_500].map(Duration::from_millis);
                let (before, after) = (times[self.dice.below(5)], times[self.dice.below(5)]);
                self.note(&format!("the database takes {before:?} and {after:?}"));
                self.shop.database.before.set(before);
                self.shop.database.after.set(after);
            }
            _ => {
                self.shop.database.fails.set(true);
                self.note("the database fails");
            }
        }
        if self.shop.database.fails.get() && self.dice.once_in(6) {
            self.shop.database.fails.set(false);
            self.note("the database works");
        }
        settle().await;
        self.harvest().await;
    }

    /// Lets everything end that is on its way.
    async fn end(&mut self) {
        self.shop.database.fails.set(false);
        for _ in 0..2_000 {
            if self.reads.is_empty() {
                return;
            }
            self.shop.clock.advance(Duration::from_millis(37));
            settle().await;
            self.harvest().await;
        }
        panic!("a read never ends\n{}", self.log.join("\n"));
    }
}

#[expect(clippy::disallowed_methods, reason = "settings of the test, not of the application")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn in_no_history_is_anything_older_than_promised() {
    run(async {
        let (histories, seed) = (setting("CACHE_HISTORIES", 400), setting("CACHE_SEED", 1));
        let mut world = World::open(seed).await;
        for _ in 0..histories {
            world.begin().await;
            for _ in 0..STEPS {
                world.step().await;
            }
            world.end().await;
        }
        let (checked, cached) = (world.checked, world.cached);
        #[expect(clippy::print_stdout, reason = "for people who ask for more of them")]
        {
            println!("{histories} histories, {checked} answers, {cached} of them from the cache");
        }
        assert!(cached * 4 > checked, "the cache has hardly been used: {cached} of {checked}");
    });
}
