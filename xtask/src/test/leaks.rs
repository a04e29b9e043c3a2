//! The last test of each black-box suite: no log of its servers has a password, a token or an address that its tests
//! used. It runs when the servers have ended, because only then the logs are whole.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use harness::evidence::SECRETS;

/// Secrets are found by their first bytes; [`harness::evidence::secret`] keeps none that is shorter.
const PREFIX: usize = 8;

/// Lines that are shown.
const SHOWN: usize = 10;

/// Looks through every log in the directory. A suite that ran as a whole must have left something to look at.
///
/// # Errors
/// With the lines that have a secret.
pub(super) fn check(directory: &Path, whole: bool) -> Result<()> {
    let secrets = read_secrets(&directory.join(SECRETS))?;
    let logs = read_logs(directory)?;
    let lines: usize = logs.iter().map(|(_, text)| text.matches("\"request_id\":").count()).sum();
    ensure!(
        !whole || (secrets.len() > 50 && lines > 50),
        "{} secrets and {lines} lines are too few",
        secrets.len()
    );
    let known = Secrets::new(&secrets);
    let leaks = logs.iter().flat_map(|(name, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| !is_of_wrangler(line));
        let found = lines.filter_map(|(number, line)| Some((number, line, known.find(line)?)));
        found.map(move |(number, line, secret)| format!("{name}:{}: {secret:?} in: {line}", number + 1))
    });
    let leaks: Vec<_> = leaks.collect();
    if !leaks.is_empty() {
        let shown = leaks.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
        bail!("{} lines of the logs in {} have a secret:\n{shown}", leaks.len(), directory.display());
    }
    Ok(())
}

/// Wrangler's own line of a request shows its path, tokens included. Only developers run wrangler.
fn is_of_wrangler(line: &str) -> bool {
    line.starts_with("[wrangler:info] ") && !line.contains('{')
}

fn read_secrets(path: &Path) -> Result<Vec<String>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn read_logs(directory: &Path) -> Result<Vec<(String, String)>> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            logs.push((name, String::from_utf8_lossy(&fs::read(&path)?).into_owned()));
        }
    }
    Ok(logs)
}

/// Many texts that are looked for at once, whatever their case.
struct Secrets {
    by_prefix: HashMap<Vec<u8>, Vec<String>>,
}

impl Secrets {
    fn new(secrets: &[String]) -> Self {
        let mut by_prefix: HashMap<_, Vec<_>> = HashMap::new();
        for secret in secrets {
            let plain = secret.to_ascii_lowercase();
            let in_json = serde_json::Value::from(plain.as_str()).to_string();
            let in_url = plain.replace('@', "%40");
            for text in [in_json.trim_matches('"').to_owned(), in_url, plain] {
                if let Some(prefix) = text.as_bytes().get(..PREFIX) {
                    by_prefix.entry(prefix.to_vec()).or_default().push(text);
                }
            }
        }
        Self { by_prefix }
    }

    /// One that the line has.
    fn find(&self, line: &str) -> Option<&str> {
        let line = line.to_ascii_lowercase();
        let bytes = line.as_bytes();
        (0..bytes.len())
            .find_map(|start| {
                let candidates = self.by_prefix.get(bytes.get(start..start + PREFIX)?)?;
                candidates
                    .iter()
                    .find(|text| bytes.get(start..).is_some_and(|rest| rest.starts_with(text.as_bytes())))
            })
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let secrets =
            ["a \"long\" enough password", "Person7@example.test", "correct horse"].map(str::to_owned);
        let known = Secrets::new(&secrets);
        let leaking = [
            r#"{"message":"POST","error":"a \"long\" enough password"}"#,
            r#"a "long" enough password"#,
            "mail to person7@example.test failed",
            "GET /users?email=person7%40example.test 200 OK",
            "correct horse",
            "the horse correct horse battery",
        ];
        for line in leaking {
            assert!(known.find(line).is_some(), "{line}");
        }
        for line in ["", "correct", "correct hors", "person77@example.test", "{\"level\":\"info\"}"] {
            assert_eq!(known.find(line), None, "{line}");
        }
    }
}
