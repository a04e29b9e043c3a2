//! docs/AUDIT.md from the list of actions.

use std::fmt::Write as _;

use shared::audit::Action;

const HEAD: &str = "<!-- Made by `cargo xtask generate` from shared/src/audit.rs and xtask/generate/src/audit.rs. -->

# Audit log

Who did what to what from where. An entry is written in the transaction of the change that it tells of: neither is there without the
other. It holds the time, the action, who did it (`actor_id`) with which session or API key (`credential`), what it was done to
(`target_kind`, `target_id`), details, and of the request the network address, what the client called itself, and the request id,
by which its log lines are found. Details hold ids and names of roles and capabilities: no e-mail address, no password, no token.

`GET /api/v1/audit` lists it and `GET /api/v1/audit/verify` verifies it, for those with `read_audit`. Neither is ever cached. Entries
stay when the user they tell of is deleted.

## What is logged

| action | when |
|---|---|
";

const TAIL: &str = "
Not logged: reading, changes of products and other content, requests that are refused (they have log lines, [LOGS.md](LOGS.md)),
and what somebody does in the database itself.

## The chain

Entries are numbered without gaps: a number that is given in a transaction that fails is given again. `hash(n)` is SHA-256 over

1. `hash(n - 1)`, 32 bytes; before the first entry 32 zero bytes;
2. the 14 bytes of `ashlar audit 1`;
3. the number and the time in milliseconds, eight bytes each, big-endian;
4. action, actor, credential, kind and id of the target, details as they are stored, address, user agent and request id, each as its
   length in bytes (eight bytes, big-endian) and its UTF-8; NULL is the length 2^64 - 1 and no text.

The hashes are in a table of their own, `audit_seals`. Writes do not compute them, because each would wait for the one before;
sealing follows, by each sweep of the consumer and before each read of the log, up to a thousand entries at a time. Several may seal
at once: only seals that follow the newest are added. Where a number is missing, sealing stops, and each sweep logs an error. Each
sealing logs the newest number and hash (`audit log sealed`, `seq`, `hash`): an anchor, as long as the logs are kept apart from
the database.

Triggers refuse UPDATE and DELETE on both tables, and INSERT under a number that is taken.

## Verifying

`GET /api/v1/audit/verify` computes up to a thousand hashes anew; while `next` is a number, ask again with `?after=` it. The answer
names the first entry that is not right:

| problem | what it is |
|---|---|
| `missing` | there is no entry with this number, but there is a later one, or its seal |
| `changed` | the entry, its seal, or the chain before it is not what was sealed |
| `unsealed` | the entry has no seal, but a later one has |

`cargo xtask audit verify` does the same without the application: by default for the local D1 of `cargo xtask dev`, with
`--runtime spin` for its Spin database, with `--database FILE` for any SQLite file. A deployed D1 becomes one by
`wrangler d1 export NAME --remote --output audit.sql` and `sqlite3 audit.db < audit.sql`. `--expect SEQ:HASH` compares with an anchor, as often as
you have one. It exits with 1 when something is broken.

## What it covers, and what not

- A mistake or a break-in through the application, with whatever capabilities, cannot change or delete an entry: there is no code for
  it, and the triggers refuse the statements.
- Who has access to the database can drop the triggers. Whatever they change then in sealed entries is found, as long as they do not
  compute all hashes from there on anew.
- Who does that, or deletes the newest entries with their seals, is found only by an anchor that they cannot reach. Keep the log
  lines of sealing, or the `head` of `GET /audit/verify`, somewhere else, and verify with `--expect`. Deleted newest entries
  also show as a gap after the next write, unless the counter in `sqlite_sequence` was set back.
- Entries that are not sealed yet, at most those since the last sweep (a minute on Cloudflare; on Spin as often as your timer calls),
  can be changed unseen by somebody with access to the database.
- It does not keep anybody with such access from adding entries, nor does it prove that an entry tells the truth.
- Network addresses and user agents are personal data. The log is not cut: how long it may be kept is yours to decide, and cutting it means
  a new database or a new chain.
";

/// The whole document.
pub(crate) fn markdown() -> String {
    let mut document = Action::ALL.iter().fold(HEAD.to_owned(), |mut document, action| {
        // Writing to a text cannot fail.
        let _ = writeln!(document, "| `{}` | {} |", action.as_str(), action.description());
        document
    });
    document.push_str(TAIL);
    document
}
