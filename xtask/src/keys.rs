//! The keys that tokens are signed with: a fresh one, and the change from one to the next. Keys go to standard output or
//! into a file that only its owner may read, and nowhere else.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cli::{Keys, Rotate};
use crate::ui;

const SETTING: &str = "JWT_KEYS";
const DAY: u64 = 24 * 60 * 60;

/// Runs a command about keys.
///
/// # Errors
/// When the present keys cannot be read or the new ones not be written.
pub(crate) fn run(keys: &Keys) -> Result<()> {
    let today = today();
    match keys {
        Keys::New => ui::say(&fresh(&today)?),
        Keys::Rotate(options) => rotate(options, &today)?,
    }
    Ok(())
}

fn rotate(options: &Rotate, today: &str) -> Result<()> {
    let text = options.file.as_deref().map(read_file).transpose()?;
    let present = match &text {
        Some(text) => value_in(text).map(str::to_owned),
        None => from_outside()?,
    };
    let fresh = fresh(today)?;
    let next = with_first(&fresh, present.as_deref().unwrap_or_default(), today, options.keep_days)?;
    match (&options.file, &text) {
        (Some(file), Some(text)) => {
            write_file(file, &with_value(text, &next))?;
            let ids: Vec<_> = next.split(',').filter_map(|key| key.split(':').next()).collect();
            ui::say(&format!("{}: {SETTING} has the keys {}", file.display(), ids.join(", ")));
        }
        _ => ui::say(&next),
    }
    Ok(())
}

/// The present value: of the environment, or of standard input unless that is a terminal.
fn from_outside() -> Result<Option<String>> {
    if let Ok(value) = std::env::var(SETTING) {
        return Ok(Some(value));
    }
    ensure!(
        !io::stdin().is_terminal(),
        "give the present value of {SETTING} in the environment or on standard input, or name a --file"
    );
    let mut value = String::new();
    io::stdin().read_to_string(&mut value).context("cannot read standard input")?;
    // Whatever should have told them may have failed, and they must not get lost.
    ensure!(!value.trim().is_empty(), "standard input has no keys; `cargo xtask keys new` makes a first one");
    Ok(Some(value.trim().to_owned()))
}

/// `KID:KEY`. The id begins with the day, by which [`with_first`] finds what is too old.
fn fresh(today: &str) -> Result<String> {
    let (mut mark, mut key) = ([0; 3], [0; 32]);
    for buffer in [&mut mark[..], &mut key[..]] {
        getrandom::fill(buffer)
            .map_err(|error| anyhow::anyhow!("the system gave no random bytes: {error}"))?;
    }
    Ok(format!("{today}-{}:{}", base64url(&mark), base64url(&key)))
}

/// The new value: the fresh key, then those of the present ones that tokens may still be under. A key is done with
/// when the one that came after it has signed for `keep_days`; one whose id tells no day is kept.
fn with_first(fresh: &str, present: &str, today: &str, keep_days: u64) -> Result<String> {
    let present: Vec<_> = present.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    for key in &present {
        let (id, bytes) = key.split_once(':').unwrap_or_default();
        ensure!(!id.is_empty() && bytes.len() >= 43, "{SETTING} is no list of KID:KEY pairs");
    }
    let now = made_on(today).context("the day is none")?;
    // The key before each in the list is the one that took its place; the fresh one took that of the first.
    let successors = std::iter::once(fresh).chain(present.iter().copied());
    let kept = present.iter().zip(successors).filter(|(_, successor)| {
        made_on(successor).is_none_or(|replaced| now.saturating_sub(replaced) < keep_days)
    });
    Ok(std::iter::once(fresh).chain(kept.map(|(key, _)| *key)).collect::<Vec<_>>().join(","))
}

/// The value of the setting in a file of `NAME=value` lines, as `.dev.vars` is one.
fn value_in(text: &str) -> Option<&str> {
    let mut values =
        text.lines().filter_map(|line| line.trim().strip_prefix(SETTING)?.trim_start().strip_prefix('='));
    values.next_back().map(|value| value.trim().trim_matches(['"', '\'']))
}

/// The file with another value, at the end if it had none.
fn with_value(text: &str, value: &str) -> String {
    let is_setting = |line: &str| {
        let rest = line.trim().strip_prefix(SETTING);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let others = text.lines().filter(|line| !is_setting(line)).map(|line| format!("{line}\n"));
    others.chain([format!("{SETTING}=\"{value}\"\n")]).collect()
}

fn read_file(file: &Path) -> Result<String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes a file beside it first, so that a full disk loses no key.
fn write_file(file: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let Some(name) = file.file_name() else { bail!("{} is no file", file.display()) };
    let beside = file.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let cannot = || format!("cannot write {}", file.display());
    let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
    written
        .and_then(|mut opened| opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all()))
        .with_context(cannot)?;
    fs::rename(&beside, file).with_context(cannot)
}

/// The day in UTC, as `2026-01-31`.
fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().take(10).collect()
}

/// How many days after 1970-01-01 a key was made, by the day that its id begins with.
fn made_on(key: &str) -> Option<u64> {
    let midnight = humantime::parse_rfc3339(&format!("{}T00:00:00Z", key.get(..10)?)).ok()?;
    Some(midnight.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs() / DAY)
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn keys(ids: &[&str]) -> String {
        ids.iter().map(|id| format!("{id}:{KEY}")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_fresh_key_is_one_that_the_application_takes() {
        let key = fresh("2026-01-31").unwrap();
        let (id, bytes) = key.split_once(':').unwrap();
        assert!(id.starts_with("2026-01-31-") && id.len() == 15, "{id}");
        assert_eq!(URL_SAFE_NO_PAD.decode(bytes).unwrap().len(), 32);
        assert_ne!(key, fresh("2026-01-31").unwrap());
    }

    #[test]
    fn the_fresh_key_signs_and_old_ones_stay_as_long_as_what_they_signed() {
        let next = |present: &[&str]| {
            with_first(&keys(&["2026-03-31-new"]), &keys(present), "2026-03-31", 30).unwrap()
        };
        assert_eq!(next(&[]), keys(&["2026-03-31-new"]));
        // Made long ago, and signed until today.
        assert_eq!(next(&["2025-01-01-a"]), keys(&["2026-03-31-new", "2025-01-01-a"]));
        // The last one was replaced 31 days ago, the one before it 29 days ago.
        let present = ["2026-03-02-c", "2026-02-28-b", "2025-01-01-a"];
        assert_eq!(next(&present), keys(&["2026-03-31-new", "2026-03-02-c", "2026-02-28-b"]));
        // Nobody knows when the first one took over.
        assert_eq!(next(&["main", "older"]), keys(&["2026-03-31-new", "main", "older"]));
    }

    #[test]
    fn what_is_no_list_of_keys_is_refused_without_being_shown() {
        for wrong in ["secret", "k:short", ":AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "a:b,c"] {
            let error = with_first(&keys(&["2026-03-31-new"]), wrong, "2026-03-31", 30).unwrap_err();
            assert!(!error.to_string().contains(wrong), "{error}");
        }
    }

    #[test]
    fn a_file_keeps_its_other_lines() {
        let text = format!("# mine\nA=1\nJWT_KEYS = '{}'\nJWT_KEYS_OLD=x", keys(&["a"]));
        assert_eq!(value_in(&text), Some(keys(&["a"]).as_str()));
        assert_eq!(with_value(&text, "b"), "# mine\nA=1\nJWT_KEYS_OLD=x\nJWT_KEYS=\"b\"\n");
        assert_eq!((value_in(""), with_value("", "b").as_str()), (None, "JWT_KEYS=\"b\"\n"));
    }

    #[test]
    fn a_file_is_replaced_and_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = std::env::temp_dir().join(format!("ashlar-keys-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join(".dev.vars");
        for keys in 1..=2 {
            let options = Rotate { file: Some(file.clone()), keep_days: 30 };
            rotate(&options, "2026-03-31").unwrap();
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(value_in(&text).unwrap().split(',').count(), keys, "{text}");
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(&directory).unwrap();
    }
}
