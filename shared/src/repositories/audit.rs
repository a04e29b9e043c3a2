//! The audit log: rows are added, never changed.

use serde_json::{Value as Json, json};

use crate::audit::chain::{Hash, Recorded};
use crate::audit::{Action, Entry};
use crate::models::audit::{Anchor, AuditEntryView};
use crate::ports::{DatabaseError, Row, Rows, Statement};
use crate::query::{AccessPath, Field, Kind, Operator, Resource};
use crate::repositories::Listed;

/// Adds an entry.
pub fn append(entry: &Entry<'_>) -> Statement {
    Statement::new(
        "INSERT INTO audit_log (at, action, actor_id, credential, target_kind, target_id, details, address, user_agent, \
         request_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(entry.at)
    .bind(entry.action.as_str())
    .bind(entry.actor.map(|user| &user.id))
    .bind(entry.actor.map(|user| user.credential.id()))
    .bind(entry.target_kind)
    .bind(entry.target_id.as_str())
    .bind(entry.details.to_string())
    .bind(entry.caller.address.as_str())
    .bind(entry.caller.user_agent.as_str())
    .bind(entry.caller.request_id.as_str())
}

const COLUMNS: &str = "seq, at, action, actor_id, credential, target_kind, target_id, details, address, user_agent, request_id, hash";

const EQUAL: &[Operator] = &[Operator::Eq];
const ORDERED: &[Operator] = &[Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

/// What lists of entries show, and may filter and sort by. `audit_entries` is the log with its seals. The number of an
/// entry is its rowid, with which every index ends.
pub static RESOURCE: Resource = Resource {
    table: "audit_entries",
    fields: &[
        Field::new("seq", Kind::Integer).filtered(EQUAL),
        Field::new("at", Kind::Time).filtered(ORDERED).sortable(),
        Field::new("action", Kind::Choice(Action::NAMES)).filtered(EQUAL),
        Field::new("actor_id", Kind::Text).nullable().filtered(EQUAL),
        Field::new("credential", Kind::Text).nullable(),
        Field::new("target_kind", Kind::Text).filtered(EQUAL),
        Field::new("target_id", Kind::Text).filtered(EQUAL),
        Field::new("details", Kind::Json).sql(DETAILS),
        Field::new("address", Kind::Text),
        Field::new("user_agent", Kind::Text),
        Field::new("request_id", Kind::Text),
        Field::new("hash", Kind::Text).nullable(),
    ],
    default_sort: "-at",
    paths: &[
        AccessPath::new("INTEGER PRIMARY KEY", &["seq"]).unique(),
        AccessPath::new("audit_log_by_at", &["at", "seq"]),
        AccessPath::new("audit_log_by_action", &["action", "at", "seq"]),
        AccessPath::new("audit_log_by_actor", &["actor_id", "at", "seq"]),
        AccessPath::new("audit_log_by_target", &["target_id", "at", "seq"]),
        AccessPath::new("audit_log_by_target_kind", &["target_kind", "at", "seq"]),
    ],
};

/// What somebody broke is still shown.
const DETAILS: &str = "CASE WHEN json_valid(details) AND json_type(details) = 'object' THEN details \
    ELSE json_object('unreadable', details) END";

impl Listed for Recorded {
    type View = AuditEntryView;
    const COLUMNS: &'static str = COLUMNS;

    fn resource() -> &'static Resource {
        &RESOURCE
    }

    fn view(row: Row<'_>) -> Result<AuditEntryView, DatabaseError> {
        let details: String = row.get("details")?;
        Ok(AuditEntryView {
            seq: row.get("seq")?,
            at: row.get("at")?,
            action: row.get("action")?,
            actor_id: row.get("actor_id")?,
            credential: row.get("credential")?,
            target_kind: row.get("target_kind")?,
            target_id: row.get("target_id")?,
            // What somebody broke is still shown.
            details: serde_json::from_str::<serde_json::Map<_, _>>(&details)
                .map_or_else(|_| json!({ "unreadable": details }), Json::Object),
            address: row.get("address")?,
            user_agent: row.get("user_agent")?,
            request_id: row.get("request_id")?,
            hash: row.get("hash")?,
        })
    }
}

/// The newest seal: `seq` and `hash`.
pub fn head() -> Statement {
    Statement::new("SELECT seq, hash FROM audit_seals ORDER BY seq DESC LIMIT 1")
}

/// The seal of an entry: `seq` and `hash`.
pub fn seal_of(seq: i64) -> Statement {
    Statement::new("SELECT seq, hash FROM audit_seals WHERE seq = ?1").bind(seq)
}

/// What one of the two above answered. A hash that somebody broke is read as one that follows from nothing.
pub fn read_anchor(rows: &Rows) -> Result<Option<Anchor>, DatabaseError> {
    let read = |row: Row<'_>| {
        let hash: String = row.get("hash")?;
        Ok(Anchor { seq: row.get("seq")?, hash: Hash::parse(&hash).unwrap_or(Hash::GENESIS) })
    };
    rows.first().map(read).transpose()
}

/// Entries after the newest seal, the oldest first.
pub fn unsealed(limit: u32) -> Statement {
    let columns = Recorded::COLUMNS;
    Statement::new(format!(
        "SELECT {columns} FROM audit_log WHERE seq > COALESCE((SELECT max(seq) FROM audit_seals), 0) \
         ORDER BY seq LIMIT ?1"
    ))
    .bind(limit)
}

/// Entries with their seals after this one, the oldest first.
pub fn entries_after(seq: i64, limit: u32) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM audit_entries WHERE seq > ?1 ORDER BY seq LIMIT ?2"))
        .bind(seq)
        .bind(limit)
}

/// Adds seals that follow `previous`. Does nothing when that is not the newest any more: somebody else has sealed.
pub fn seal(previous: Option<Anchor>, seals: &[Anchor]) -> Statement {
    let pairs: Vec<_> =
        seals.iter().map(|seal| format!("[{},\"{}\"]", seal.seq, seal.hash.to_hex())).collect();
    Statement::new(
        "INSERT INTO audit_seals (seq, hash) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') \
         FROM json_each(?1) WHERE COALESCE((SELECT max(seq) FROM audit_seals), 0) = ?2",
    )
    .bind(format!("[{}]", pairs.join(",")))
    .bind(previous.map_or(0, |previous| previous.seq))
}
