//! Which index serves a query, and what bounds its work when none does.
//!
//! A query is *served* when one declared index has its rows together and in order: the index begins with the columns that
//! conditions fix to one value, goes on with the order, and what else is asked is a range on the first column of that
//! order. Then as many rows are read as are answered, however large the table is.
//!
//! Any other query is *bounded*. The rows of its most selective condition that an index serves are counted, up to 10,001.
//! If these are at most 10,000, they are filtered and sorted. Else it walks along the index of the order, filtering, until
//! the page is full, past at most 50,000 rows. If that is not enough, or there is no such index, it is refused, with what
//! indexes serve. So a table of up to 10,000 rows never refuses anything.
//!
//! The numbers do not come from statistics, which SQLite has none of unless somebody makes them: what is walked and what
//! is not is decided in the statement itself, by counting ([`super::sql`]).

use crate::error::Result;
use crate::ports::Value;
use crate::query::filter::{Filter, Operand};
use crate::query::list::{Direction, ListQuery, Side, SortKey};
use crate::query::resource::{AccessPath, Operator};
use crate::query::seek::KeyAt;

/// What is known of the work of a query before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One index has the rows together and in order.
    Served {
        /// That index.
        index: &'static str,
    },
    /// Rows are filtered or sorted, a bounded number of them.
    Bounded {
        /// The index of the conditions whose rows are counted and, if they are few, sorted. Without one, and without a walk,
        /// it is the whole table.
        sorts: Option<&'static str>,
        /// The index that has the order.
        walks: Option<&'static str>,
    },
}

/// A condition with the number of its first parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'q> {
    pub filter: &'q Filter,
    pub first: usize,
}

/// How one index fits a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub path: &'static AccessPath,
    /// The conditions that it serves, by their place in [`Plan::conditions`].
    pub served: u128,
    /// Whether its rows are in the order of the query.
    pub ordered: bool,
    /// Whether there is one row at most.
    pub one_row: bool,
    /// How selective the served conditions are thought to be.
    score: usize,
}

/// How a query is answered.
#[derive(Debug)]
pub struct Plan<'q> {
    pub(super) query: &'q ListQuery,
    /// The conditions that must all hold, the service's first.
    pub(super) conditions: Vec<Bound<'q>>,
    /// Of each group, one must hold.
    pub(super) groups: Vec<Vec<Bound<'q>>>,
    /// The order in which rows are read, without keys that a condition fixes.
    pub(super) order: Vec<SortKey>,
    /// Where each key of `order` is at the cursor: its index in `params`.
    place: Option<Vec<usize>>,
    pub(super) params: Vec<Value>,
    /// How many of `params` are of conditions.
    pub(super) filter_params: usize,
    pub(super) route: Route,
}

/// The indexes that are taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Route {
    Served(Fit),
    /// Sorts what the first has if it is little, else walks along the second.
    Bounded(Option<Fit>, Option<Fit>),
}

impl ListQuery {
    /// Decides how the query is answered.
    ///
    /// # Errors
    /// [`Error::BadQuery`](crate::error::Error::BadQuery) when its cursor is none of this query.
    pub fn plan(&self) -> Result<Plan<'_>> {
        let mut params = Vec::with_capacity(16);
        let mut bind = |filter| bind(&mut params, filter);
        let conditions: Vec<_> = self.within.iter().chain(&self.filters).map(&mut bind).collect();
        let groups: Vec<_> =
            self.groups.iter().map(|(_, group)| group.iter().map(&mut bind).collect()).collect();
        let filter_params = params.len();
        let (mut order, mut place) = (self.order(), None);
        if let Some((side, values)) = self.place()? {
            if side == Side::Before {
                for key in &mut order {
                    key.direction = key.direction.reversed();
                }
            }
            place = Some((filter_params..filter_params + values.len()).collect::<Vec<_>>());
            params.extend(values);
        }
        let is_fixed = |key: &SortKey| conditions.iter().any(|bound| bound.fixes(key.field.sql));
        if let Some(place) = &mut place {
            let mut keys = order.iter();
            place.retain(|_| !keys.next().is_some_and(is_fixed));
        }
        order.retain(|key| !is_fixed(key));
        let mut plan = Plan {
            query: self,
            conditions,
            groups,
            order,
            place,
            params,
            filter_params,
            route: Route::Bounded(None, None),
        };
        plan.route = plan.route();
        Ok(plan)
    }
}

fn bind<'q>(params: &mut Vec<Value>, filter: &'q Filter) -> Bound<'q> {
    let first = params.len() + 1;
    params.extend(filter.values().cloned());
    Bound { filter, first }
}

impl Bound<'_> {
    /// Whether the condition leaves the column one value.
    fn fixes(&self, column: &str) -> bool {
        let equal = match self.filter.operand {
            Operand::One(_) => self.filter.operator == Operator::Eq,
            Operand::IsNull(null) => null,
            Operand::Several(_) | Operand::Within(..) => false,
        };
        equal && self.filter.field.sql == column
    }

    /// Whether it is a lower and an upper bound.
    pub(super) fn bounds(&self) -> (bool, bool) {
        match (&self.filter.operand, self.filter.operator) {
            (Operand::One(_), Operator::Gt | Operator::Gte) => (true, false),
            (Operand::One(_), Operator::Lt | Operator::Lte) => (false, true),
            (Operand::Within(..), _) => (true, true),
            _ => (false, false),
        }
    }

    fn is_one_of_several(&self, column: &str) -> bool {
        let several = matches!(self.filter.operand, Operand::Several(_));
        several && self.filter.operator == Operator::In && self.filter.field.sql == column
    }
}

impl Plan<'_> {
    /// What is known of the work before it is done.
    pub fn class(&self) -> Class {
        let name = |fit: Fit| fit.path.index;
        match self.route {
            Route::Served(fit) => Class::Served { index: name(fit) },
            Route::Bounded(sorts, walks) => Class::Bounded { sorts: sorts.map(name), walks: walks.map(name) },
        }
    }

    /// The keys of the order with what they are at the cursor; nothing without a cursor.
    pub(super) fn keys(&self) -> Vec<KeyAt<'_>> {
        let place = self.place.iter().flatten();
        let keys = self.order.iter().zip(place).filter_map(|(key, index)| {
            let value = self.params.get(*index)?;
            Some(KeyAt { key: *key, value, parameter: index + 1 })
        });
        keys.collect()
    }

    /// Every condition that is there.
    fn all(&self) -> u128 {
        u128::MAX
            .checked_shl(u32::try_from(self.conditions.len()).unwrap_or(u32::MAX))
            .map_or(u128::MAX, |rest| !rest)
    }

    /// Whether nothing is asked beyond what the index serves.
    pub(super) fn is_all_of(&self, fit: &Fit) -> bool {
        self.groups.is_empty() && fit.served == self.all() && self.conditions.len() < 128
    }

    fn route(&self) -> Route {
        let fits = || self.query.resource.paths.iter().filter_map(|path| self.fit(path));
        let serves = |fit: &Fit| fit.one_row || (fit.ordered && self.is_all_of(fit));
        if let Some(fit) = fits().find(serves) {
            return Route::Served(fit);
        }
        let walks = fits().filter(|fit| fit.ordered).max_by_key(|fit| fit.score);
        let sorts = self.narrowest();
        match (sorts, walks) {
            // The walk goes past these rows and no others, in order.
            (Some(sorts), Some(walks)) if sorts.served & !walks.served == 0 => {
                Route::Bounded(None, Some(walks))
            }
            other => Route::Bounded(other.0, other.1),
        }
    }

    /// The index that leaves the fewest rows, whatever their order; none when no condition has one.
    pub(super) fn narrowest(&self) -> Option<Fit> {
        let fits = self.query.resource.paths.iter().filter_map(|path| self.fit(path));
        let fits = fits.map(|fit| self.with_one_of_several(fit));
        // The first of equals.
        fits.filter(|fit| fit.score > 0).reduce(|best, fit| if fit.score > best.score { fit } else { best })
    }

    /// How an index fits; `None` when it lacks rows that are asked for.
    fn fit(&self, path: &'static AccessPath) -> Option<Fit> {
        let mut served = 0_u128;
        let mut take = |test: &dyn Fn(&Bound<'_>) -> bool| {
            let mut free = self.conditions.iter().enumerate().take(128);
            let found = free.position(|(index, bound)| served & (1 << index) == 0 && test(bound));
            found.map(|index| served |= 1 << index)
        };
        if let Some(column) = path.where_null {
            take(&|bound| bound.fixes(column))?;
        }
        let equal = path
            .columns
            .iter()
            .take_while(|column| take(&|bound| bound.fixes(name(column))).is_some())
            .count();
        let rest = path.columns.get(equal..).unwrap_or_default();
        let mut score = equal * 8;
        if let Some(column) = rest.first() {
            let on = |bound: &Bound<'_>| bound.filter.field.sql == name(column);
            if take(&|bound| on(bound) && bound.bounds() == (true, true)).is_some() {
                score += 4;
            } else {
                let lower = take(&|bound| on(bound) && bound.bounds() == (true, false)).is_some();
                let upper = take(&|bound| on(bound) && bound.bounds() == (false, true)).is_some();
                score += 2 * (usize::from(lower) + usize::from(upper));
            }
        }
        let one_row = path.unique && rest.is_empty();
        let ordered = one_row || is_in_order(path, rest, &self.order);
        Some(Fit { path, served, ordered, one_row, score: if one_row { usize::MAX } else { score } })
    }

    /// The same fit, where the next column is one of several values.
    fn with_one_of_several(&self, fit: Fit) -> Fit {
        let is_fixed = |column: &&str| self.conditions.iter().any(|bound| bound.fixes(name(column)));
        let Some(next) = fit.path.columns.iter().find(|column| !is_fixed(column)) else { return fit };
        let found = self.conditions.iter().take(128).position(|bound| bound.is_one_of_several(name(next)));
        match found {
            Some(index) if !fit.one_row => {
                Fit { served: fit.served | 1 << index, score: fit.score + 5, ..fit }
            }
            _ => fit,
        }
    }
}

/// Whether rows that agree in the columns before `rest` lie in this order, forwards or backwards.
fn is_in_order(path: &AccessPath, rest: &[&str], order: &[SortKey]) -> bool {
    let mut backwards = None;
    let mut columns = rest.iter();
    for key in order {
        // Behind all columns of a unique index nothing is left to be put in order.
        let Some(column) = columns.next() else { return path.unique };
        let against = column.starts_with('-') != (key.direction == Direction::Descending);
        if name(column) != key.field.sql || backwards.is_some_and(|known| known != against) {
            return false;
        }
        backwards = Some(against);
    }
    true
}

fn name(column: &str) -> &str {
    column.strip_prefix('-').unwrap_or(column)
}
