//! Reads what libtest prints.

/// Passed and failed tests of one suite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) ignored: u32,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    /// The counts of a line `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(super) fn from_line(line: &str) -> Option<Self> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let mut found = Self::default();
        for part in counts.split(';') {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => found.passed = number.parse().ok()?,
                Some((number, "failed")) => found.failed = number.parse().ok()?,
                Some((number, "ignored")) => found.ignored = number.parse().ok()?,
                _ => {}
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn a_result_line_is_read() {
        let line = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Counts::from_line(line), Some(Counts { passed: 12, failed: 2, ignored: 1 }));
    }

    #[test]
    fn other_lines_are_not_results() {
        assert_eq!(Counts::from_line("test result_is_kept ... ok"), None);
        assert_eq!(Counts::from_line("running 3 tests"), None);
    }
}
