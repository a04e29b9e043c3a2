//! Compares what the runtimes answered to the same malformed requests: one more test, which no single runtime can run.

use std::time::{Duration, Instant};

use anyhow::Result;
use harness::Runtime;
use harness::answers::{self, Recorded};

use super::Report;
use super::results::Counts;
use crate::ui;

const TEST: &str = "malformed_requests_answer_alike_on_every_runtime";

/// Forgets the answers of earlier runs: those of a runtime whose tests do not get that far must not count.
///
/// # Errors
/// When old answers stay.
pub(super) fn prepare(runtimes: &[Runtime]) -> Result<()> {
    runtimes.iter().try_for_each(|runtime| answers::forget(*runtime))
}

/// Compares the answers of all runtimes. There is nothing to compare with only one, or when the filter left the
/// requests out.
///
/// # Errors
/// When a file of answers is damaged.
pub(super) fn run(runtimes: &[Runtime]) -> Result<Option<Report>> {
    let started = Instant::now();
    let mut runs = Vec::new();
    for runtime in runtimes {
        runs.push((runtime.name(), answers::read(*runtime)?));
    }
    if runs.len() < 2 || runs.iter().all(|(_, answers)| answers.is_none()) {
        return Ok(None);
    }
    Ok(Some(report(&differences(&runs), started.elapsed())))
}

fn report(differences: &[String], took: Duration) -> Report {
    let failed = !differences.is_empty();
    ui::say(&format!("test {TEST} ... {}", if failed { "FAILED" } else { "ok" }));
    for difference in differences {
        ui::say(&format!("  {difference}"));
    }
    let counts = Counts { passed: u32::from(!failed), failed: u32::from(failed), ignored: 0 };
    Report { name: "alike", counts, took }
}

/// A line for each request that not all runtimes answered like the first, and for each runtime that ran none.
fn differences(runs: &[(&str, Option<Vec<Recorded>>)]) -> Vec<String> {
    let mut lines = Vec::new();
    let missing = runs.iter().filter(|(_, answers)| answers.is_none());
    lines.extend(missing.map(|(name, _)| format!("{name}: no answers were recorded")));
    let recorded: Vec<_> =
        runs.iter().filter_map(|(name, answers)| Some((*name, answers.as_ref()?))).collect();
    let mut names: Vec<&str> = recorded.iter().flat_map(|(_, answers)| answers.iter().map(named)).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let answers: Vec<_> = recorded
            .iter()
            .map(|(runtime, answers)| (*runtime, answers.iter().find(|a| a.name == name)))
            .collect();
        if answers.windows(2).any(|pair| matches!(pair, [(_, a), (_, b)] if a != b)) {
            let shown: Vec<_> =
                answers.iter().map(|(runtime, answer)| format!("{runtime} {}", show(*answer))).collect();
            lines.push(format!("{name}: {}", shown.join("; ")));
        }
    }
    lines
}

fn named(answer: &Recorded) -> &str {
    &answer.name
}

fn show(answer: Option<&Recorded>) -> String {
    let Some(answer) = answer else { return "was not asked".to_owned() };
    let details = answer.details.iter().map(|(field, code)| format!(" {field}={code}"));
    let allow = answer.allow.iter().map(|allow| format!(" Allow: {allow}"));
    format!("{} {}{}", answer.status, answer.code, details.chain(allow).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, status: u16) -> Recorded {
        Recorded { name: name.to_owned(), status, code: "code".to_owned(), ..Recorded::default() }
    }

    #[test]
    fn equal_answers_in_any_order_are_no_difference() {
        let (a, b) = (answer("a", 400), answer("b", 404));
        let runs = [("native", Some(vec![a.clone(), b.clone()])), ("spin", Some(vec![b, a]))];
        assert_eq!(differences(&runs), Vec::<String>::new());
    }

    #[test]
    fn every_difference_names_the_request_and_the_runtimes() {
        let mut other = answer("b", 405);
        other.allow = Some("GET".to_owned());
        other.details = vec![("name".to_owned(), "type".to_owned())];
        let runs = [
            ("native", Some(vec![answer("a", 400), answer("b", 405)])),
            ("workerd", None),
            ("spin", Some(vec![other])),
        ];
        let expected = [
            "workerd: no answers were recorded",
            "a: native 400 code; spin was not asked",
            "b: native 405 code; spin 405 code name=type Allow: GET",
        ];
        assert_eq!(differences(&runs), expected);
    }
}
