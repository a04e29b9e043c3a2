//! What the stand-in prints, in one place: stdout for what Spin prints there, stderr for the rest.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

/// A line on stdout.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line on stderr.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// A warning on stderr.
pub(crate) fn warning(text: &str) {
    eprintln!("Warning: {text}");
}

/// An error and its causes on stderr, as Spin prints them.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("Error: {error}");
    let causes: Vec<_> = error.chain().skip(1).collect();
    if let Some((first, rest)) = causes.split_first() {
        eprintln!("\nCaused by:");
        if rest.is_empty() {
            eprintln!("      {first}");
        } else {
            causes.iter().enumerate().for_each(|(number, cause)| eprintln!("{number:>4}: {cause}"));
        }
    }
}
