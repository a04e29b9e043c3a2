//! The total as SQL.

use std::fmt::Write as _;

use crate::query::condition::Style;
use crate::query::list::CountMode;
use crate::query::plan::{Fit, Plan};
use crate::query::{COUNT_CAP, EXACT_CAP, WALK_CAP};

impl Plan<'_> {
    /// The total, unless it is not asked for. One that is only a lower bound, as too many rows would have to be looked at,
    /// is `-1 - total`. NULL when `count=exact` would have to look at more than it may.
    pub(super) fn push_count(&self, sql: &mut String) -> Option<()> {
        if let Some(found) = &self.found {
            return self.push_count_of_found(sql, found);
        }
        let (whole, fit) = (self.covering(), self.narrowest());
        let is_plain = whole.is_some() || (self.conditions.is_empty() && self.groups.is_empty());
        let fit = whole.or(fit);
        match self.query.count {
            CountMode::None => return None,
            // Passing over rows costs less than counting them.
            CountMode::Exact => {
                sql.push_str("CASE WHEN (SELECT 1");
                self.push_where(sql, fit.as_ref(), |served| served);
                let _ = write!(sql, " LIMIT 1 OFFSET {EXACT_CAP}) IS NULL THEN (SELECT count(*)");
                self.push_where(sql, fit.as_ref(), |_| true);
                sql.push_str(") END");
            }
            CountMode::Capped if is_plain => {
                sql.push_str("CASE WHEN (SELECT 1");
                self.push_where(sql, fit.as_ref(), |_| true);
                let _ = write!(sql, " LIMIT 1 OFFSET {COUNT_CAP}) IS NULL THEN (SELECT count(*)");
                self.push_where(sql, fit.as_ref(), |_| true);
                let _ = write!(sql, ") ELSE {} END", COUNT_CAP + 1);
            }
            CountMode::Capped => self.push_count_of_filtered(sql, fit.as_ref()),
        }
        Some(())
    }

    fn push_count_of_filtered(&self, sql: &mut String, fit: Option<&Fit>) {
        let _ = write!(sql, "(SELECT CASE WHEN n<={COUNT_CAP} AND (SELECT 1");
        self.push_where(sql, fit, |served| served);
        let _ = write!(
            sql,
            " LIMIT 1 OFFSET {WALK_CAP}) IS NOT NULL THEN -1-n ELSE n END FROM (SELECT count(*) AS n FROM (SELECT 1 FROM \
             (SELECT 1"
        );
        self.push_columns(sql, fit);
        self.push_where(sql, fit, |served| served);
        let _ = write!(sql, " LIMIT {WALK_CAP})");
        self.push_conditions(sql, fit, |served| !served, Style::Named);
        let _ = write!(sql, " LIMIT {})))", COUNT_CAP + 1);
    }
}
