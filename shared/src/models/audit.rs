//! The audit log, as those see it who may read it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::audit::chain::{Broken, Hash};
use crate::time::Timestamp;

/// An entry of the log, with its place in the chain.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry", example = json!({
    "seq": 17, "at": "2026-01-31T12:00:00.000Z", "action": "user.locked",
    "actor_id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "credential": "019376a1-9c3b-7aaa-8bbb-0123456789ac",
    "target_kind": "user", "target_id": "019376a1-9c3b-7aaa-8bbb-0123456789ad", "details": {}, "address": "192.0.2.7",
    "user_agent": "Mozilla/5.0", "request_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}))]
pub struct AuditEntryView {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When it was done.
    pub at: Timestamp,
    /// What was done: docs/AUDIT.md lists the actions.
    pub action: String,
    /// Who did it; null for nobody who was signed in.
    pub actor_id: Option<String>,
    /// The session or API key that they used.
    pub credential: Option<String>,
    /// The kind of thing that it was done to.
    pub target_kind: String,
    /// Which one.
    pub target_id: String,
    /// What else is to be known: an object.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub details: Value,
    /// The network address that the request came from.
    pub address: String,
    /// What the client called itself.
    pub user_agent: String,
    /// The request, by which its log lines are found.
    pub request_id: String,
    /// SHA-256 over the entry and the hash before it; null until it is sealed, which takes moments.
    pub hash: Option<String>,
}

/// Where a verification begins.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyQuery {
    /// The number after which to begin: `next` of the answer before.
    #[validate(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub after: Option<i64>,
}

/// A place in the chain. Kept elsewhere, it shows whether the log up to there was changed later.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// The number of the entry.
    pub seq: i64,
    /// Its hash.
    pub hash: Hash,
}

/// A place in the chain. Kept elsewhere, it shows whether the log up to there was changed later.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditAnchor")]
pub struct AnchorView {
    /// The number of the entry.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl From<Anchor> for AnchorView {
    fn from(anchor: Anchor) -> Self {
        Self { seq: anchor.seq, hash: anchor.hash.to_hex() }
    }
}

/// The first place where the log is broken.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditBreak")]
pub struct BrokenView {
    /// The number of the entry.
    pub seq: i64,
    /// `missing`: the entry is gone. `changed`: it is not what was sealed, or the chain before it is another. `unsealed`: it
    /// has no seal, but a later one has.
    pub problem: &'static str,
}

impl From<Broken> for BrokenView {
    fn from(broken: Broken) -> Self {
        Self { seq: broken.seq, problem: broken.problem.as_str() }
    }
}

/// What a verification found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditReport", example = json!({
    "ok": true, "verified_to": 17, "next": null, "broken": null,
    "head": { "seq": 17, "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" },
}))]
pub struct AuditReportView {
    /// Whether everything that was looked at is whole.
    pub ok: bool,
    /// The last entry that was found right; 0 for none.
    pub verified_to: i64,
    /// Where to go on, as `after`, when the log is longer than one request verifies.
    pub next: Option<i64>,
    /// The first place where the log is broken.
    pub broken: Option<BrokenView>,
    /// The newest place in the chain; null while nothing is sealed.
    pub head: Option<AnchorView>,
}
