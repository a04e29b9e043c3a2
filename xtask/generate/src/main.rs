//! Documents that are made from code, so that they cannot say something else. `cargo xtask generate` writes them, and
//! with `--check` it fails when one in the tree is stale.
//!
//! A program of its own: it depends on the application, which xtask must not wait for.

mod audit;
mod common_passwords;
mod config;
mod headers;
mod queries;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use edge::openapi;

/// A document: its path from the root, and what makes it.
struct Document {
    path: &'static str,
    make: fn() -> Result<String>,
}

/// All of them.
const DOCUMENTS: &[Document] = &[
    Document { path: "docs/AUDIT.md", make: || Ok(audit::markdown()) },
    Document { path: "docs/CACHING.md", make: || Ok(openapi::caching_markdown()) },
    Document { path: "docs/CONFIG.md", make: || Ok(config::markdown()) },
    Document { path: "docs/ERRORS.md", make: || Ok(openapi::errors_markdown()) },
    Document { path: "docs/QUERIES.md", make: queries::markdown },
    Document { path: "docs/SECURITY-HEADERS.md", make: || Ok(headers::markdown()) },
    Document { path: "docs/LIMITS.md", make: || Ok(openapi::limits_markdown()) },
    Document { path: "edge/assets/openapi.json", make: || Ok(openapi::text()) },
    Document { path: "edge/tests/routes.txt", make: || Ok(openapi::route_table()) },
];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => write(),
        ["--check"] => check(),
        ["common-passwords", lists @ ..] if !lists.is_empty() => common_passwords::write(root(), lists),
        _ => Err(anyhow::anyhow!("allowed is nothing, --check, or common-passwords FILE…")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<()> {
    for document in DOCUMENTS {
        let text = (document.make)()?;
        if is_stale(document, &text) {
            let path = root().join(document.path);
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            say(&format!("    wrote {}", document.path));
        }
    }
    Ok(())
}

fn check() -> Result<()> {
    let mut stale = Vec::new();
    for document in DOCUMENTS {
        if is_stale(document, &(document.make)()?) {
            stale.push(document.path);
        }
    }
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo xtask generate` and commit the result", stale.join(", "));
    }
    Ok(())
}

/// A file that cannot be read is stale, too.
fn is_stale(document: &Document, text: &str) -> bool {
    std::fs::read_to_string(root().join(document.path)).ok().as_deref() != Some(text)
}

/// The repository's root, two levels above this crate.
fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
