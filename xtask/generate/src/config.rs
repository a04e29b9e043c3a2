//! docs/CONFIG.md from the table of settings.

use std::fmt::Write as _;

use shared::config::table::{ABOUT, About, Allowed, Unset};

const HEAD: &str = "<!-- Made by `cargo xtask generate` from shared/src/config/table.rs. -->

# Settings

The application reads its settings once per instance and refuses to serve with a bad one: every answer is a 503 with the code
`misconfigured`, and it and the log name all settings that are missing or malformed at once, with what was found and what is
allowed. Values of secrets are never printed.

On Cloudflare a setting is a Worker variable or secret, set for **both** Workers. On Spin it is a variable of the same name in lower
case: `--variable`, `SPIN_VARIABLE_…`, or a `.env` file in the working directory. An empty text counts as not set.

| setting | not set, in development | not set, in production | allowed | for instance | what it is for |
|---|---|---|---|---|---|
";

/// The whole document.
pub(crate) fn markdown() -> String {
    ABOUT.iter().fold(HEAD.to_owned(), |mut document, about| {
        // Writing to a text cannot fail.
        let _ = writeln!(document, "{}", row(about));
        document
    })
}

fn row(about: &About) -> String {
    let setting = about.setting;
    let secret = if setting.secret { " (secret)" } else { "" };
    let rule = if setting.rule.is_empty() { String::new() } else { format!("; {}", cell(setting.rule)) };
    format!(
        "| `{}`{secret} | {} | {} | {}{rule} | {} | {} |",
        setting.name,
        unset(setting.development),
        unset(setting.production),
        allowed(&setting.allowed),
        code(about.example),
        cell(about.description),
    )
}

fn unset(unset: Unset) -> String {
    match unset {
        Unset::Value(text) => code(text),
        Unset::Nothing(meaning) => cell(meaning),
        Unset::Refused => "required".to_owned(),
    }
}

fn allowed(allowed: &Allowed) -> String {
    match allowed {
        Allowed::Words(words) => words.iter().map(|word| code(word)).collect::<Vec<_>>().join(", "),
        other => cell(&other.to_string().replace("Name <address>", "`Name <address>`")),
    }
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_row_of_six_cells() {
        let document = markdown();
        for about in ABOUT {
            let start = format!("| `{}`", about.setting.name);
            let row = document.lines().find(|line| line.starts_with(&start)).unwrap();
            assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
        }
        assert!(document.contains("| `JWT_KEYS` (secret) |"), "{document}");
    }
}
