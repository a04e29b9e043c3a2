//! What a statement does, read from its first words: the runtime does not say.

/// What a statement does to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Reads only: it needs no turn among the writers and changes no row.
    Read,
    /// Changes rows, which SQLite counts.
    Change,
    /// Anything else: schema, PRAGMA. Writes, but SQLite's count of changed rows stays that of an earlier statement.
    Other,
}

impl Verb {
    /// Reads the verb; one that it does not know counts as [`Verb::Other`].
    pub(super) fn of(sql: &str) -> Self {
        let mut words = TopLevelWords(sql);
        match words.next().map(Self::of_word) {
            Some(None) if sql_starts_with_with(sql) => words.find_map(Self::of_word).unwrap_or(Self::Other),
            Some(Some(verb)) => verb,
            _ => Self::Other,
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        let is = |words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other));
        if is(&["SELECT", "VALUES", "EXPLAIN"]) {
            Some(Self::Read)
        } else if is(&["INSERT", "UPDATE", "DELETE", "REPLACE"]) {
            Some(Self::Change)
        } else {
            None
        }
    }
}

fn sql_starts_with_with(sql: &str) -> bool {
    TopLevelWords(sql).next().is_some_and(|word| word.eq_ignore_ascii_case("WITH"))
}

/// The words outside of parentheses, quotes and comments.
struct TopLevelWords<'a>(&'a str);

impl<'a> Iterator for TopLevelWords<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut depth = 0_usize;
        while let Some(first) = self.0.chars().next() {
            let token = self.take_token(first);
            match first {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ if depth == 0 && is_word(first) => return Some(token),
                _ => {}
            }
        }
        None
    }
}

impl<'a> TopLevelWords<'a> {
    /// Splits off the comment, quoted text, word or single character that comes first.
    fn take_token(&mut self, first: char) -> &'a str {
        let sql = self.0;
        let through = |start: usize, end: &str| {
            sql.get(start..).and_then(|rest| rest.find(end)).map(|at| start + at + end.len())
        };
        let length = match first {
            '\'' => through(1, "'"),
            '"' => through(1, "\""),
            '`' => through(1, "`"),
            '[' => through(1, "]"),
            '-' if sql.starts_with("--") => through(2, "\n"),
            '/' if sql.starts_with("/*") => through(2, "*/"),
            _ if is_word(first) => sql.find(|c| !is_word(c)),
            _ => Some(first.len_utf8()),
        };
        let (token, rest) = sql.split_at(length.unwrap_or(sql.len()));
        self.0 = rest;
        token
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_is_found_behind_comments_and_common_tables() {
        let cases = [
            ("SELECT 1", Verb::Read),
            ("  -- DELETE all\n/* or ( insert */ select 'x'", Verb::Read),
            ("EXPLAIN QUERY PLAN DELETE FROM a", Verb::Read),
            ("insert into a values (1) returning b", Verb::Change),
            ("WITH a AS (SELECT ')' FROM b), c AS (DELETE) UPDATE d SET e = 1", Verb::Change),
            ("WITH RECURSIVE a(x) AS (VALUES (1)) SELECT x FROM a", Verb::Read),
            ("WITH \"select\" AS (SELECT 1) DELETE FROM a", Verb::Change),
            ("CREATE TABLE a (b TEXT DEFAULT 'SELECT')", Verb::Other),
            ("PRAGMA foreign_keys", Verb::Other),
            ("BEGIN IMMEDIATE", Verb::Other),
            ("", Verb::Other),
        ];
        for (sql, verb) in cases {
            assert_eq!(Verb::of(sql), verb, "{sql}");
        }
    }
}
