//! From the pairs of a query string to a [`ListQuery`], with every mistake named at once.

use crate::error::{DetailCode, Error, MAX_VIOLATIONS, Result, Violation};
use crate::query::filter::Filter;
use crate::query::list::{CountMode, Direction, ListQuery, Side, SortKey, no_cursor};
use crate::query::resource::{Field, Operator, Resource};
use crate::query::{
    MAX_ALTERNATIVES, MAX_CURSOR, MAX_GROUPS, MAX_LIMIT, MAX_OFFSET, MAX_PAGE, MAX_PARAMETERS, MAX_SORT,
    MAX_VALUES,
};

impl ListQuery {
    /// Reads the decoded pairs of a query string.
    ///
    /// # Errors
    /// [`Error::BadQuery`] with every mistake, each naming its parameter and what is allowed.
    pub fn parse(resource: &'static Resource, pairs: &[(String, String)]) -> Result<Self> {
        let mut parser = Parser { resource, seen: Vec::with_capacity(pairs.len()), problems: Vec::new() };
        let mut query = Self::new(resource, parser.sort(resource.default_sort));
        if pairs.len() > MAX_PARAMETERS {
            let message = format!("At most {MAX_PARAMETERS} parameters are allowed.");
            parser.problem("query", DetailCode::TooMany, message);
        }
        for (name, value) in pairs.iter().take(MAX_PARAMETERS) {
            parser.pair(&mut query, name, value);
        }
        parser.finish(&mut query);
        parser.problems.sort_by(|a, b| a.field.cmp(&b.field));
        if parser.problems.is_empty() { Ok(query) } else { Err(Error::BadQuery(parser.problems)) }
    }
}

struct Parser<'a> {
    resource: &'static Resource,
    seen: Vec<&'a str>,
    problems: Vec<Violation>,
}

impl<'a> Parser<'a> {
    fn problem(&mut self, parameter: &str, code: DetailCode, message: impl Into<String>) {
        if self.problems.len() >= MAX_VIOLATIONS {
            return;
        }
        let parameter: String = parameter.chars().take(100).collect();
        self.problems.push(Violation::new(parameter, code, message));
    }

    fn pair(&mut self, query: &mut ListQuery, name: &'a str, value: &str) {
        if self.seen.contains(&name) {
            return self.problem(name, DetailCode::Duplicate, "Is given more than once.");
        }
        self.seen.push(name);
        match name {
            "page" => query.page = self.number(name, value, MAX_PAGE).unwrap_or(query.page),
            "limit" => query.limit = self.number(name, value, MAX_LIMIT).unwrap_or(query.limit),
            "sort" => query.sort = self.sort(value),
            "count" => query.count = self.count(value).unwrap_or(query.count),
            "fields" => query.fields = Some(self.fields(value)),
            "after" => self.cursor(query, Side::After, value),
            "before" => self.cursor(query, Side::Before, value),
            _ => match name.strip_prefix("or[") {
                Some(rest) => self.alternative(query, name, rest, value),
                None => self.condition(query, name, value),
            },
        }
    }

    /// What can only be told of the whole.
    fn finish(&mut self, query: &mut ListQuery) {
        let has = |name| self.seen.contains(&name);
        let places = [has("after"), has("before"), has("page")].into_iter().filter(|given| *given).count();
        if places > 1 {
            let name = if has("after") { "after" } else { "before" };
            self.problem(name, DetailCode::Invalid, "Goes without page, and after without before.");
        } else if u64::from(query.page - 1) * u64::from(query.limit) > MAX_OFFSET {
            let message = format!(
                "At most {MAX_OFFSET} rows can be passed over by page number. Go on by after=CURSOR: meta.next_cursor of \
                 any page is one."
            );
            self.problem("page", DetailCode::Range, message);
        }
        let groups = query.groups.iter().flat_map(|(_, group)| group);
        let values: usize = query.filters.iter().chain(groups).map(|filter| filter.values().count()).sum();
        if values > MAX_VALUES {
            let message = format!("At most {MAX_VALUES} values are allowed in all conditions together.");
            self.problem("query", DetailCode::TooMany, message);
        }
        // One alternative is none.
        let (alone, groups) =
            std::mem::take(&mut query.groups).into_iter().partition(|(_, group)| group.len() == 1);
        let alone: Vec<(u32, Vec<Filter>)> = alone;
        query.filters.extend(alone.into_iter().flat_map(|(_, group)| group));
        query.groups = groups;
        query.written.sort();
    }

    fn number(&mut self, name: &str, value: &str, max: u32) -> Option<u32> {
        let digits =
            !value.is_empty() && value.len() <= 10 && value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (1..=max).contains(number));
        if number.is_none() {
            let code = if value.parse::<i64>().is_ok() { DetailCode::Range } else { DetailCode::Type };
            self.problem(name, code, format!("Must be a whole number from 1 to {max}."));
        }
        number
    }

    fn count(&mut self, value: &str) -> Option<CountMode> {
        match value {
            "exact" => Some(CountMode::Exact),
            "capped" => Some(CountMode::Capped),
            "none" => Some(CountMode::None),
            _ => {
                self.problem("count", DetailCode::Choice, "Must be one of exact, capped, none.");
                None
            }
        }
    }

    fn sort(&mut self, value: &str) -> Vec<SortKey> {
        let mut keys: Vec<SortKey> = Vec::new();
        for part in value.split(',').take(MAX_VIOLATIONS) {
            let (direction, name) = match part.strip_prefix('-') {
                Some(name) => (Direction::Descending, name),
                None => (Direction::Ascending, part),
            };
            match self.resource.field(name).filter(|field| field.sortable) {
                Some(field) if keys.iter().any(|key| key.field.name == field.name) => {
                    let message = format!("Names {} more than once.", field.name);
                    self.problem("sort", DetailCode::Duplicate, message);
                }
                Some(_) if keys.len() == MAX_SORT => {
                    let message = format!("At most {MAX_SORT} fields are allowed.");
                    self.problem("sort", DetailCode::TooMany, message);
                }
                Some(field) => keys.push(SortKey { field, direction }),
                None => {
                    let allowed = names(self.resource.sortable());
                    let message = format!("Allowed are {allowed}, each with a leading - for descending.");
                    self.problem("sort", DetailCode::Unknown, message);
                }
            }
        }
        keys
    }

    fn fields(&mut self, value: &str) -> Vec<&'static Field> {
        let mut chosen = vec![false; self.resource.fields.len()];
        for name in value.split(',').take(chosen.len() + MAX_VIOLATIONS) {
            let found = self.resource.fields.iter().position(|field| field.name == name);
            match found.and_then(|index| chosen.get_mut(index)) {
                Some(true) => {
                    self.problem("fields", DetailCode::Duplicate, format!("Names {name} more than once."));
                }
                Some(chosen) => *chosen = true,
                None => {
                    let message = format!("Allowed are {}.", names(self.resource.fields.iter()));
                    self.problem("fields", DetailCode::Unknown, message);
                }
            }
        }
        // The key is always among them.
        chosen.iter_mut().take(1).for_each(|key| *key = true);
        self.resource
            .fields
            .iter()
            .zip(chosen)
            .filter(|(_, chosen)| *chosen)
            .map(|(field, _)| field)
            .collect()
    }

    /// Whether it is one of this query is seen when the query is complete.
    fn cursor(&mut self, query: &mut ListQuery, side: Side, value: &str) {
        let plausible = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if value.is_empty() || value.len() > MAX_CURSOR || !plausible {
            return self.problems.push(no_cursor(side));
        }
        query.cursor = Some((side, value.to_owned()));
    }

    /// `or[1][price][lt]=500`; `rest` is `1][price][lt]`.
    fn alternative(&mut self, query: &mut ListQuery, name: &str, rest: &str, value: &str) {
        let parts = rest.split_once("][").and_then(|(group, rest)| {
            let (field, after) = rest.split_once(']')?;
            let group =
                group.parse().ok().filter(|number| (1..=MAX_GROUPS).contains(number) && group.len() == 1)?;
            Some((group, field, after))
        });
        let Some((number, field, after)) = parts else {
            let message = format!(
                "Alternatives are written or[1][FIELD][OPERATOR]=VALUE, with 1 to {MAX_GROUPS} for their group and without \
                 [OPERATOR] for equality."
            );
            return self.problem(name, DetailCode::Unknown, message);
        };
        let Some((filter, written)) = self.filter(name, &format!("{field}{after}"), value) else { return };
        let index = query.groups.iter().position(|(known, _)| *known == number).unwrap_or_else(|| {
            query.groups.push((number, Vec::new()));
            query.groups.len() - 1
        });
        let written = match written.split_once('[') {
            Some((field, operator)) => format!("or[{number}][{field}][{operator}"),
            None => format!("or[{number}][{written}]"),
        };
        query.written.push((written, value.to_owned()));
        let Some((_, group)) = query.groups.get_mut(index) else { return };
        group.push(filter);
        if group.len() > MAX_ALTERNATIVES {
            let message = format!("At most {MAX_ALTERNATIVES} alternatives are allowed in a group.");
            self.problem(name, DetailCode::TooMany, message);
        }
    }

    fn condition(&mut self, query: &mut ListQuery, name: &str, value: &str) {
        if let Some((filter, written)) = self.filter(name, name, value) {
            query.written.push((written, value.to_owned()));
            query.filters.push(filter);
        }
    }

    /// The condition, and its name in one form. Mistakes are told of the parameter `told`.
    fn filter(&mut self, told: &str, name: &str, value: &str) -> Option<(Filter, String)> {
        let (bare, word) = match name.split_once('[') {
            Some((bare, rest)) => (bare, rest.strip_suffix(']').unwrap_or("")),
            None => (name, "eq"),
        };
        let Some(field) = self.resource.field(bare).filter(|field| !field.operators.is_empty()) else {
            let allowed = names(self.resource.filtered());
            let message = format!(
                "Is no parameter. Allowed are page, limit, sort, count, fields, after, before, or and the fields {allowed}."
            );
            self.problem(told, DetailCode::Unknown, message);
            return None;
        };
        let operator = Operator::parse(word).filter(|operator| field.operators.contains(operator));
        let Some(operator) = operator else {
            let words: Vec<_> = field.operators.iter().map(|operator| operator.word()).collect();
            let message = format!("The operators of {bare} are {}.", words.join(", "));
            self.problem(told, DetailCode::Operator, message);
            return None;
        };
        match Filter::read(field, operator, value) {
            Ok(filter) if operator == Operator::Eq => Some((filter, field.name.to_owned())),
            Ok(filter) => Some((filter, format!("{}[{}]", field.name, operator.word()))),
            Err((code, message)) => {
                self.problem(told, code, message);
                None
            }
        }
    }
}

fn names<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    fields.map(|field| field.name).collect::<Vec<_>>().join(", ")
}
