//! What a run of the suite leaves for the check that nothing secret was logged: the logs of all its servers, and every
//! secret and address that its tests used.
//!
//! `cargo xtask test` names the directory and reads it when the suite has ended. Without one nothing is kept.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::process::lock;

/// The environment variable that names the directory.
pub const DIRECTORY: &str = "ASHLAR_EVIDENCE";

/// The file of secrets in it, each a JSON text on a line of its own.
pub const SECRETS: &str = "secrets.jsonl";

/// What is shorter could stand in any log.
const SHORTEST: usize = 8;

/// What is shorter and only lower-case letters may be a word of ours, such as "password".
const SHORTEST_WORD: usize = 12;

/// Notes something that no log may have. The harness does so for what it sets, the tests' client for what it sends and
/// gets; a test does for what they cannot know.
pub fn secret(text: &str) {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let word = text.len() < SHORTEST_WORD && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some(directory) = directory().filter(|_| text.len() >= SHORTEST && !word) else { return };
    let mut known = lock(&KNOWN);
    if known.insert(text.to_owned()) {
        let line = format!("{}\n", serde_json::Value::from(text));
        let file = File::options().create(true).append(true).open(directory.join(SECRETS));
        // The check fails when there is nothing to look at.
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Where the log of the server with this state goes.
pub(crate) fn log_file(state: &Path) -> PathBuf {
    match (directory(), state.file_name()) {
        (Some(directory), Some(name)) => directory.join(name).with_extension("log"),
        _ => state.join("server.log"),
    }
}

fn directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}
