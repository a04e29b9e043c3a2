//! What schemathesis reports of a run.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Figures of a run.
#[derive(Debug)]
pub(crate) struct Report {
    operations: u64,
    cases: u64,
    failures: u64,
    errors: u64,
}

impl Report {
    /// Reads the report in schemathesis's JSON format.
    ///
    /// # Errors
    /// When there is none, which means that it did not get as far as that.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).context("schemathesis left no report")?;
        Self::parse(&text).context("schemathesis's report has another form than expected")
    }

    fn parse(text: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            operations: report["operations"]["tested"].as_u64()?,
            cases: report["test_cases"]["generated"].as_u64()?,
            failures: report["test_cases"]["unique_failures"].as_u64()?,
            errors: report["errors"].as_array()?.len().try_into().ok()?,
        })
    }

    /// Whether all is as the document says, and something was looked at.
    pub(crate) fn good(&self) -> bool {
        self.failures == 0 && self.errors == 0 && self.operations > 0 && self.cases > 0
    }

    /// The report of a run that ended with a failure, for whatever reason.
    #[must_use]
    pub(crate) fn failed(self) -> Self {
        Self { errors: if self.failures == 0 { self.errors.max(1) } else { self.errors }, ..self }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, cases, failures, errors } = self;
        write!(f, "{operations} operations, {cases} cases, {failures} failures, {errors} errors")
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn a_run_is_good_only_without_failures_and_errors_and_with_cases() {
        let good = |operations: u64, cases: u64, failures: u64, errors: &str| {
            let text = format!(
                r#"{{"operations":{{"tested":{operations}}},"errors":{errors},
                    "test_cases":{{"generated":{cases},"unique_failures":{failures}}}}}"#
            );
            Report::parse(&text).map(|report| report.good())
        };
        assert_eq!(good(12, 900, 0, "[]"), Some(true));
        assert_eq!(good(12, 900, 1, "[]"), Some(false));
        assert_eq!(good(12, 900, 0, r#"[{"title":"Network Error","count":1}]"#), Some(false));
        assert_eq!(good(0, 0, 0, "[]"), Some(false));
        assert_eq!(good(12, 900, 0, "null"), None);
    }

    #[test]
    fn a_failed_run_is_not_good_whatever_it_reports() {
        let report = Report { operations: 12, cases: 900, failures: 0, errors: 0 };
        assert!(!report.failed().good());
    }
}
