//! `cargo xtask audit verify`: the chain over the audit log of a database file, computed anew by nothing but the file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use harness::{Runtime, state, workspace};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};
use shared::audit::chain::{Broken, Hash, Recorded, Walk};

use crate::cli::AuditVerify;
use crate::ui;

/// A place in the chain that was kept elsewhere, written `SEQ:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    seq: i64,
    hash: Hash,
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok()?, Hash::parse(hash)?)));
        let anchor = parts.filter(|(seq, _)| *seq > 0).map(|(seq, hash)| Self { seq, hash });
        anchor.ok_or_else(|| "must be SEQ:HASH, the hash in 64 hexadecimal digits".to_owned())
    }
}

/// Verifies the log and says what came of it.
///
/// # Errors
/// When there is no database, or it has no audit log.
pub(crate) fn verify(options: &AuditVerify) -> Result<ExitCode> {
    let file = match &options.database {
        Some(file) => file.clone(),
        None => of_dev(options)?,
    };
    if !file.exists() {
        bail!("{} does not exist", file.display());
    }
    let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", file.display()))?;
    let found = check(&connection, &options.expect)
        .with_context(|| format!("cannot read the audit log of {}", file.display()))?;
    let (sentence, code) = match found {
        Ok(sentence) => (sentence, ExitCode::SUCCESS),
        Err(sentence) => (sentence, ExitCode::FAILURE),
    };
    ui::say(&sentence);
    Ok(code)
}

/// The database that `cargo xtask dev` keeps.
fn of_dev(options: &AuditVerify) -> Result<PathBuf> {
    let runtime = Runtime::from(options.runtime);
    let default = || workspace::root().join(".ashlar").join(format!("dev-{}", runtime.name()));
    let directory = options.state.clone().unwrap_or_else(default);
    state::database_file(runtime, Path::new(&directory))
}

/// Whether the log is whole and has the anchors, as a sentence either way.
fn check(connection: &Connection, expected: &[Anchor]) -> Result<Result<String, String>> {
    let head = "SELECT seq, hash FROM audit_seals ORDER BY seq DESC LIMIT 1";
    let head: Option<(i64, String)> =
        connection.query_row(head, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let mut walk = Walk::after(0, Hash::GENESIS, head.as_ref().map_or(0, |(seq, _)| *seq));
    let sql = format!("SELECT {}, hash FROM audit_entries ORDER BY seq", Recorded::COLUMNS);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut met = 0;
    while let Some(row) = rows.next()? {
        let seal: Option<String> = row.get("hash")?;
        if let Err(broken) = walk.step(&read(row)?, seal.as_deref()) {
            return Ok(Err(sentence(broken)));
        }
        for anchor in expected.iter().filter(|anchor| anchor.seq == walk.seq) {
            met += 1;
            if anchor.hash != walk.hash {
                return Ok(Err(format!("broken: entry {} has another hash than the anchor", anchor.seq)));
            }
        }
    }
    if let Err(broken) = walk.end() {
        return Ok(Err(sentence(broken)));
    }
    if met < expected.len() {
        return Ok(Err(format!("broken: the log ends at {}, before an anchor", walk.seq)));
    }
    Ok(Ok(match head {
        Some((seq, hash)) => format!("ok: {} entries, the newest seal is {seq}:{hash}", walk.seq),
        None => format!("ok: {} entries, none is sealed yet", walk.seq),
    }))
}

fn sentence(broken: Broken) -> String {
    format!("broken: entry {} is {}", broken.seq, broken.problem.as_str())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    let mut texts = [const { None }; 9];
    for (text, column) in texts.iter_mut().zip(Recorded::TEXTS) {
        *text = row.get(column)?;
    }
    Ok(Recorded { seq: row.get("seq")?, at: row.get("at")?, texts })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log with three sealed entries; answers the seal of the second, too.
    fn log() -> (Connection, Anchor) {
        let connection = Connection::open_in_memory().unwrap();
        for name in harness::migrations::names().unwrap() {
            let sql = std::fs::read_to_string(harness::migrations::directory().join(name)).unwrap();
            connection.execute_batch(&sql).unwrap();
        }
        let mut hash = Hash::GENESIS;
        let mut anchor = None;
        for seq in 1..=3 {
            let sql = "INSERT INTO audit_log VALUES (?1, 7, 'a', NULL, NULL, 'k', 't', '{}', 'x', 'y', 'z')";
            connection.execute(sql, [seq]).unwrap();
            let sql = format!("SELECT {} FROM audit_log WHERE seq = ?1", Recorded::COLUMNS);
            hash = connection.query_row(&sql, [seq], read).unwrap().hash(hash);
            connection.execute("INSERT INTO audit_seals VALUES (?1, ?2)", (seq, hash.to_hex())).unwrap();
            anchor = anchor.or((seq == 2).then_some(Anchor { seq, hash }));
        }
        (connection, anchor.unwrap())
    }

    #[test]
    fn a_whole_log_is_told_with_its_newest_seal() {
        let (connection, anchor) = log();
        let sentence = check(&connection, &[anchor]).unwrap().unwrap();
        assert!(sentence.starts_with("ok: 3 entries, the newest seal is 3:"), "{sentence}");
    }

    #[test]
    fn what_somebody_changed_is_told() {
        let cases = [
            ("UPDATE audit_log SET at = 8 WHERE seq = 2", "broken: entry 2 is changed"),
            ("DELETE FROM audit_log WHERE seq = 2", "broken: entry 2 is missing"),
            ("DELETE FROM audit_seals WHERE seq = 2", "broken: entry 2 is unsealed"),
            (
                "DELETE FROM audit_log WHERE seq > 1; DELETE FROM audit_seals WHERE seq > 1",
                "broken: the log ends at 1, before an anchor",
            ),
        ];
        for (sql, sentence) in cases {
            let (connection, anchor) = log();
            for table in ["audit_log", "audit_seals"] {
                for rule in ["changed", "shortened"] {
                    let prefix = if table == "audit_log" { "is" } else { "are" };
                    connection.execute(&format!("DROP TRIGGER {table}_{prefix}_never_{rule}"), []).unwrap();
                }
            }
            connection.execute_batch(sql).unwrap();
            assert_eq!(check(&connection, &[anchor]).unwrap(), Err(sentence.to_owned()), "{sql}");
        }
        let (connection, anchor) = log();
        let other = Anchor { hash: Hash::GENESIS, ..anchor };
        let found = check(&connection, &[other]).unwrap();
        assert_eq!(found, Err("broken: entry 2 has another hash than the anchor".to_owned()));
    }

    #[test]
    fn an_anchor_is_a_number_and_a_hash() {
        let (_, anchor) = log();
        assert_eq!(format!("2:{}", anchor.hash.to_hex()).parse(), Ok(anchor));
        for wrong in ["", "2", "2:", "x:00", "0:0", &format!("0:{}", anchor.hash.to_hex())] {
            assert!(wrong.parse::<Anchor>().is_err(), "{wrong}");
        }
    }
}
