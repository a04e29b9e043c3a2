//! `docs/LIMITS.md`: the table of policies, with the operations that are under each.

use std::fmt::Write as _;
use std::time::Duration;

use shared::config::table::Unset;
use shared::limits::Policy;
use shared::limits::policies::{Key, OnFailure, POLICIES};

use crate::openapi::Document;

const INTRODUCTION: &str = "\
# Limits

<!-- Written by `cargo xtask generate` from shared/src/limits/policies.rs and edge/src/openapi/limits.rs; change it there. -->

| policy | admits | in | counted by | counts | when the limiter fails | operations |
|---|---|---|---|---|---|---|
";

const EXPLANATION: &str = "
[CONFIG.md](CONFIG.md) has the settings. `LIMITS=off` switches all of them off, in development only.

## How they count

- **Exactly.** However many requests come at once and wherever they arrive, a policy admits its quota and not one more: a Durable
  Object for each key decides on Cloudflare, one SQL statement on Spin. A whole quota may be used in a burst; then slots come back
  one by one, evenly over the window (the generic cell rate algorithm). With 5 in 15 minutes there is another one every 3 minutes.
- **In order.** A request takes the slots of its policies one after the other, from the narrowest policy to the widest. When one refuses, the
  request gives back what it holds before it is answered, so that a refused request has used up nothing.
- **Before the work.** The slots of a login and of a sign-up are taken after the input was found well-formed and before a password is hashed:
  a refused one costs no hash and no query, a refused refresh no query. A login gives its slots back unless the password was wrong.
- **Whatever there is.** A request for a mail with a link takes its slots whether the address has an account or not.
- **By network.** A client is its IPv4 address, or its IPv6 network of /56, which is what one customer of a provider commonly holds.
  The address is the runtime's own; headers that a client sends do not count.
- **Namelessly.** The limiter's keys are hashes. Accounts that do not exist are counted like those that do, so that limits do not tell them
  apart.

## What clients read

Answers of limited operations, admitted or refused, carry the headers of
[draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), browsers of allowed origins included:

```text
RateLimit-Policy: \"login\";q=5;w=900, \"login-client\";q=50;w=900, \"login-account\";q=20;w=900
RateLimit: \"login\";r=4;t=180, \"login-client\";r=49;t=18, \"login-account\";r=19;t=45
```

`q` requests are admitted in `w` seconds; `r` are left, and in `t` seconds there is one more. `t` is missing while nothing is used up. A policy
that was not asked, because a narrower one refused, is in the first header only. A refusal is a 429 `too_many_requests`;
`Retry-After` says in how many seconds the policy that refused has a slot again.

## Login

Three policies bound what guessing can try: from one place at one account, from one place at many accounts, and from many places at one
account. The last has a price: who knows an address and commands many clients can use up the account's quota, and then nobody
logs in to it from a device that it is not known on. It is kept small. A device that has logged in to the account before has a cookie that
says so ([SESSIONS.md](SESSIONS.md)) and comes under `login-device` and `login-devices` instead of `login` and `login-account`: the attack does not keep
it out, and its own wrong passwords are limited wherever the cookie is used. Sessions that are open are not touched, a slot comes back every 45
seconds with the setting's default, and when the attack ends the whole quota is back after a quarter of an hour. Raise
`LOGIN_ACCOUNT_LIMIT` when this hurts more than guessing does: 100 are some 400 guesses an hour, still.

## Mails

Who asks for links in the name of somebody else fills a mailbox. Three policies bound it: from one place to one address, from one place to many,
and from many places to one. Each kind of link is counted by itself where an address is counted (to verify it, to make it one's own, to set a
password anew): requests for one kind, which may mail nothing, use up nothing of another. Whoever uses up the last of them keeps nobody out:
each request that was admitted has sent the owner a link that works, if there is any of its kind for them. Mails that tell of a changed password are bounded by `password-change`: the account's address need not be that of whoever made it.

## When the limiter fails

Policies that are *closed* refuse with 503 `unavailable`: without a limiter nobody may guess passwords. Under *open* ones the request goes
on, and the log has a warning with its `request_id` and the `policy`.

## What they cost

A login asks the limiter three times (from a known device twice), one after the other, and as often again to give its slots back, off the
request's path; a sign-up asks once, and so does a refresh. A write asks twice, the first time while its session is looked up. Each is a request to a Durable Object on
Cloudflare, or one statement without waiting for the disk on Spin.

## What has no limit here

Reads. A page from the cache is answered for less than asking the limiter would cost, and so is a request without a valid session.
Every write takes a slot of its client, while the session is looked up, and one of its user. Floods of reads are the platform's to
stop: a rate limiting rule in front of the Worker, a proxy in front of Spin. Where a proxy hides the clients' addresses, all of
them are one client: raise the limits that are counted by client.
";

/// `docs/LIMITS.md`.
pub fn limits_markdown() -> String {
    let document = Document::of_routes();
    let mut text = INTRODUCTION.to_owned();
    for policy in POLICIES {
        let routes = document.operations.iter().filter(|route| {
            !route.path.starts_with("/__test/") && route.limits.iter().any(|limit| limit.name == policy.name)
        });
        let operations: Vec<_> = routes.map(|route| format!("`{}`", route.about.id)).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| {} | {} |", row(policy), operations.join(", "));
    }
    text + EXPLANATION
}

fn row(policy: &Policy) -> String {
    let (default, development) = (policy.setting.production, policy.setting.development);
    let default = match (value(default), value(development)) {
        (everywhere, same) if everywhere == same => everywhere.to_owned(),
        (production, development) => format!("{production}, in development {development}"),
    };
    let key = match policy.key {
        Key::AccountAndClient => "account and client",
        Key::Account => "account",
        Key::AccountAndDevice => "account and device",
        Key::Client => "client",
        Key::User => "user",
    };
    let on_failure = match policy.on_failure {
        OnFailure::Closed => "closed: 503",
        OnFailure::Open => "open",
    };
    let setting = format!("`{}`, by default {default}", policy.setting.name);
    let cells =
        [&format!("`{}`", policy.name), &setting, &window(policy.window), key, policy.counts, on_failure];
    cells.join(" | ")
}

fn value(unset: Unset) -> &'static str {
    if let Unset::Value(text) = unset { text } else { "nothing" }
}

fn window(window: Duration) -> String {
    match window.as_secs() / 60 {
        1 => "a minute".to_owned(),
        60 => "an hour".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
