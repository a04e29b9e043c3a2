//! `docs/CACHING.md`: the table of what is cached, with the route of each operation, and what it means.

use std::fmt::Write as _;
use std::time::Duration;

use shared::cache::Policy;
use shared::cache::policies::POLICIES;

use crate::openapi::Document;

const INTRODUCTION: &str = "\
# Caching

<!-- Written by `cargo xtask generate` from shared/src/cache/policies.rs and edge/src/openapi/caching.rs; change it there. -->

What many readers ask for is kept in two levels in front of the database. **Whoever has written never sees what was before their write;
everybody else sees nothing older than the table says.**

| route | levels | read anew from | never served from | that there is none is known for | ruled out by writes to |
|---|---|---|---|---|---|
";

const EXPLANATION: &str = "
Everything else is read from the database each time: what is personal (`GET /api/v1/me/posts`), what decides about access (users, roles,
API keys, sessions), the audit log, and what is shown with related things (`GET /api/v1/posts?expand=author`,
`GET /api/v1/posts/{id}?expand=author`), as these change by themselves. Whoever is signed in is answered from the database by
`GET /api/v1/posts/{id}`, too: they may see more than others do.

## The levels

- **The isolate** keeps finished bodies in its own memory: up to 8 MiB and 4,096 entries, those used last; nothing over 256 KiB. A hit asks
  nobody, neither the store nor the database. It is plain data: objects of the runtime may not cross requests on Workers. On Spin an
  instance of the component is an isolate, natively the process is.
- **The store** (`ashlar-kv`) is Workers KV on Cloudflare and the key-value store on Spin, shared by all isolates. Only lists go there: the
  database finds an entity by its id as fast. Each list has one of 4,096 slots for its operation, so that queries made up by strangers push
  each other out instead of filling the store; an entry says which query it answers, and carries a checksum. Writing it keeps nobody waiting,
  and a slot is written at most once a second by an isolate, which is what KV takes. An isolate asks and fills the store only for what it was asked for
  before (the last 4,096 that it missed): most queries that people make up are asked once, and for those the database is one round trip, not two. KV is eventually consistent: another place on earth
  may see an entry a minute late, and then it has ended. It helps within one place.
- **The database** has the generation of each resource, and each write raises it in its own transaction. A read takes the generation in the
  same transaction as the rows, and without another round trip.

## The promise

Each entry carries the generation that it was read with, and the moment *before* it was read.

A write hands its client the generation that it made, in a signed token: the cookie `__Host-ashlar_seen_<resource>`, and the header
`ashlar-seen` for clients without a cookie jar. Nothing of a lower generation answers whoever presents it, at no level. For thirty seconds
nothing kept answers them at all: of two answers to one client the older may arrive up to twenty seconds after the newer, and leave it with
the older token. By then all that is older has ended. The token is for anybody: whoever must see a write that somebody else has made
sends the `ashlar-seen` that the writer got.

The isolate that ran a write, or that was shown a token, drops what is older for everybody at once. Other isolates are not told: they
keep what they hold until it ends, which is what the table promises. So does an answer that says that there is no such thing: it is
kept for two seconds, and whoever makes the thing rules it out by the generation.

Ages are told by the clocks of the machines that read and write. Where two of them differ, the limit is off by as much. What seems to come
from the future is not used.

## Crowds

- **One flight.** Of concurrent misses for one thing on an isolate, one asks and the others wait for what it finds. No request waits for a
  future or a promise of another one, which Workers cancel with the request that made them and Spin cannot wake: the flight is a mark in
  plain data, and who waits looks again, after 2 ms first and every 32 ms at last, by a timer of its own. A flight that is cancelled
  frees the place; when one fails, or brings what is not kept, all who waited for it ask by themselves. One that takes more than three
  seconds counts as lost, and after four nobody waits for others any more.
- **Early, by chance.** What takes long to read is read anew some time before it is due, by one request that chance picks, the likelier the
  nearer the time ([Vattani, Chierichetti, Lowenstein 2015](https://doi.org/10.14778/2757807.2757813), with a beta of 1). Each isolate takes up to a
  tenth off the time for itself, so that they do not all ask at once.
- **Stale while it is read anew.** What is due is answered as it is, and read anew behind the answer: from the store, if another isolate has
  been there in the last half of the time, or from the database. When that fails, the next request tries again. The age limit stays.

## What clients see

`Cache-Status` (RFC 9211) on each 200 of these routes says what the levels did, the one nearest to the database first. A level
that was not asked is not named. Failures, a 404 among them, have no such header.

| value | means |
|---|---|
| `ashlar-isolate; hit; ttl=4` | from the isolate's memory, fresh for four seconds more |
| `ashlar-isolate; hit; ttl=-1; detail=refreshing` | the same, due for a second, and this request has it read anew |
| `ashlar-kv; hit; ttl=2, ashlar-isolate; fwd=uri-miss; stored` | from the store, and now in the isolate, too |
| `ashlar-kv; fwd=uri-miss; stored, ashlar-isolate; fwd=uri-miss; stored` | from the database, and kept by both levels; the second time that the isolate misses it. The first time only the isolate says something. For the store `stored` means that it is tried |
| `…; fwd=stale; …` | there was something, but too old, or older than a write that is known of |
| `…; fwd=uri-miss; collapsed` | another request was asking already, and this is what it found |
| `…; fwd=request; detail=own-write` | the client has written in the last thirty seconds |
| `ashlar-kv; fwd=miss; detail=failed`, `detail=timeout` | the store failed, or did not answer within a second |
| `ashlar-kv; fwd=bypass; detail=resting` | it did not answer a moment ago, and is left alone for two seconds |
| `ashlar-isolate; fwd=bypass` | the answer is for this reader alone, or shows related things (`expand`) |

`ETag` is on every list and every entity with a version, and `If-None-Match` is answered with 304 (RFC 9110). An entity has its version as a
strong tag, which `If-Match` of a change compares with. A list has a digest of its members as a weak one: it says whether the list is
another, and stays true when somebody on the way compresses it; nothing needs the strong comparison of a list. A write that does not
change what a list shows leaves its tag as it was.

`Cache-Control` is `private, no-cache`: a browser keeps the answer and asks each time (RFC 9111), because it cannot know what its user has
written since. `Age` is not sent: it would tell caches on the way how long they may use an answer, and none may. `ttl` says the same
for people.

## When the store fails

Lists are slower, never wrong. A store that is switched off, fails, forgets, answers late or with old, mixed up or damaged values is a
miss; one that does not answer is given up after a second, and then left alone for two. A write never waits for the store.
A database that was put back to an earlier state is cached again twenty seconds later.

## Read replicas

D1 can keep [copies of a database](https://developers.cloudflare.com/d1/best-practices/read-replication/) near its readers. With `READ_REPLICAS=on`, and read
replication switched on for the database, a read of whoever shows no session is answered by the nearest copy. Writes, and every request that shows a token or an API
key, are answered by the primary: a session that was ended must not live on in a copy that lags.

A write hands its client a signed bookmark of the state that it made, in the header `ashlar-bookmark` and, for a minute, in the cookie
`__Host-ashlar_bookmark`. A read that presents it is answered by a copy that is at least as new (D1's Sessions API); one that presents a text that we
have not signed is answered by the primary, and so is one that shows `ashlar-seen`, as header or cookie, without a bookmark. Only what the primary answered is
put into the key-value store.

What is promised to readers without a bookmark is then counted from the copy: the ten seconds, and as much more as the copy lags, for which Cloudflare states no
bound. Without copies the setting changes nothing but the header. Spin has none.

## Tests

`shared/adapters/native/tests/cache_promise` holds the promise against a model: made-up histories of reads, writes, failures, evictions and
jumps of the clock on two isolates over one database and a store that is up to a minute late.
`CACHE_HISTORIES=20000 cargo test -p ashlar-native --test cache_promise histories` runs more of them, `CACHE_SEED` others.

## Adding to it

A route has a line in `shared/src/cache/policies.rs`. Its service asks `cache::read(ports, &key, seen, || load)`: the key is made of the policy
and what tells one answer from another; `load` reads generation and content in one transaction and owns what it needs, because it may
run behind the answer. The controller takes `SeenOf<T>`.
";

/// `docs/CACHING.md`.
pub fn caching_markdown() -> String {
    let document = Document::of_routes();
    let mut text = INTRODUCTION.to_owned();
    for policy in POLICIES {
        let operation = document.operations.iter().find(|operation| operation.about.id == policy.operation);
        let route = operation.map_or_else(String::new, |it| format!("`{} {}`", it.method, it.path));
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| {route} | {} |", row(policy).join(" | "));
    }
    text + EXPLANATION
}

fn row(policy: &Policy) -> [String; 5] {
    let levels = if policy.shared { "isolate, store" } else { "isolate" };
    let absence =
        if policy.absence.is_zero() { "(always there)".to_owned() } else { seconds(policy.absence) };
    let resource = format!("`{}`", policy.resource);
    [levels.to_owned(), seconds(policy.fresh), seconds(policy.staleness), absence, resource]
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_operations_that_tell_of_the_cache_are_those_with_a_policy() {
        let document = Document::of_routes();
        let told =
            document.operations.iter().filter(|operation| operation.about.headers.contains(&"cache-status"));
        let told: BTreeSet<_> = told.map(|operation| operation.about.id).collect();
        assert_eq!(told, POLICIES.iter().map(|policy| policy.operation).collect());
        assert!(!caching_markdown().contains("|  |"));
    }
}
