//! From terms to SQL: what is found, how well it fits, and an excerpt that shows it.

use std::fmt::Write as _;

use crate::ports::Value;
use crate::query::search::{MARK_END, MARK_START, MATCH_CAP, PLACES_CAP, Search, Terms};

/// The words of a snippet.
const SNIPPET_WORDS: u32 = 16;
/// The letters of a snippet of a text without spaces; 64 is the most that FTS5 takes.
const SNIPPET_LETTERS: u32 = 48;

/// A search of one table, with its parameters bound.
#[derive(Debug)]
pub(in crate::query) struct Found {
    table: &'static str,
    columns: &'static [(&'static str, u32)],
    looks: Looks,
}

/// Where a search looks, with the numbers of its parameters. At most two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Among words; and for the same letters anywhere, in rows without spaces between words.
    Words { words: usize, trigrams: Option<usize> },
    /// Among trigrams; `short` terms, so many, are what some trigrams begin with. `trigrams` or `short` is there.
    Trigrams { trigrams: Option<usize>, short: Option<(usize, usize)> },
}

impl Found {
    /// Binds what the search needs.
    pub(in crate::query) fn new(
        table: &'static str,
        search: &Search,
        terms: &Terms,
        params: &mut Vec<Value>,
    ) -> Self {
        let mut bind = |text: String| {
            params.push(Value::Text(text));
            params.len()
        };
        let short: Vec<_> = terms.short().collect();
        let looks = if terms.is_unspaced() {
            let trigrams = terms.trigrams().map(&mut bind);
            let short =
                (!short.is_empty()).then(|| (bind(serde_json::json!(short).to_string()), short.len()));
            Looks::Trigrams { trigrams, short }
        } else {
            let words = bind(terms.words());
            let trigrams = if short.is_empty() { terms.trigrams().map(&mut bind) } else { None };
            Looks::Words { words, trigrams }
        };
        Self { table, columns: search.columns, looks }
    }

    /// A query for the numbers of the rows that are found, as `found_key`, the newest first and at most one more than
    /// [`MATCH_CAP`]. If `scored`, also how well each fits, as `found_score`: the better, the less.
    pub(in crate::query) fn rows(&self, scored: bool) -> String {
        self.newest(scored, &format!(" LIMIT {}", MATCH_CAP + 1))
    }

    /// The same of another number of rows, without their scores.
    pub(in crate::query) fn up_to(&self, rows: u32) -> String {
        self.newest(false, &format!(" LIMIT {rows}"))
    }

    /// An expression for the key of the table's row, of the row that is found.
    pub(in crate::query) fn id(&self) -> String {
        format!("(SELECT id FROM {}_search_keys WHERE key=found_key)", self.table)
    }

    fn newest(&self, scored: bool, limit: &str) -> String {
        match self.looks {
            Looks::Words { words, trigrams: None } => self.matches("words", words, scored, "", limit),
            Looks::Words { words, trigrams: Some(trigrams) } => {
                let first = self.matches("words", words, scored, "", limit);
                let known = self.matches("words", words, false, "", limit);
                let new = format!(" AND +rowid NOT IN ({known})");
                let second = self.matches("trigrams", trigrams, scored, &new, limit);
                format!("SELECT * FROM (SELECT * FROM ({first}) UNION ALL SELECT * FROM ({second})){limit}")
            }
            Looks::Trigrams { trigrams: Some(trigrams), short } => {
                let (parameter, count) = short.unwrap_or_default();
                let also = self.begin(parameter, 0..count, "+rowid");
                self.matches("trigrams", trigrams, scored, &also, limit)
            }
            Looks::Trigrams { trigrams: None, short } => {
                self.beginnings(short.unwrap_or_default(), scored, limit)
            }
        }
    }

    /// Whether more was there to be looked at than is looked at. An expression that is 0 or 1.
    pub(in crate::query) fn is_cut(&self) -> Option<String> {
        let Looks::Trigrams { short: Some((parameter, count)), .. } = self.looks else { return None };
        let each = (0..count).map(|index| {
            let (table, range) = (self.table, range(parameter, index));
            let most = PLACES_CAP + 1;
            format!(
                "(SELECT count(*) FROM (SELECT 1 FROM {table}_search_trigram_terms WHERE {range} LIMIT {most})) > {PLACES_CAP}"
            )
        });
        Some(format!("({})", each.collect::<Vec<_>>().join(" OR ")))
    }

    /// Whether there is nothing beyond what is looked at. An expression.
    pub(in crate::query) fn is_whole(&self) -> String {
        let rows = self.rows(false);
        let cut = self.is_cut().map(|cut| format!(" AND NOT {cut}")).unwrap_or_default();
        format!("(SELECT 1 FROM ({rows}) LIMIT 1 OFFSET {MATCH_CAP}) IS NULL{cut}")
    }

    /// Subqueries for the excerpts of a page, each with a comma before it. The page is `w`, of keys `found_key`. An index
    /// is gone through once for all of its rows: what a word begins is gathered anew each time it is asked.
    pub(in crate::query) fn snippets(&self) -> String {
        let of = |index: &str, parameter: usize, length: u32| {
            let name = format!("{}_search_{index}", self.table);
            let (start, end) = (u32::from(MARK_START), u32::from(MARK_END));
            // Without the plus, the index would be asked for each row.
            format!(
                ", in_{index} AS MATERIALIZED (SELECT rowid AS found_key, \
                 rtrim(snippet({name}, -1, char({start}), char({end}), '…', {length})) AS excerpt FROM {name} \
                 WHERE {name} MATCH ?{parameter} AND rowid >= (SELECT min(found_key) FROM w) \
                 AND +rowid IN (SELECT found_key FROM w))"
            )
        };
        let words = |words| of("words", words, SNIPPET_WORDS);
        let trigrams = |trigrams| of("trigrams", trigrams, SNIPPET_LETTERS);
        match self.looks {
            Looks::Words { words: first, trigrams: None } => words(first),
            Looks::Words { words: first, trigrams: Some(second) } => words(first) + &trigrams(second),
            Looks::Trigrams { trigrams: Some(first), .. } => trigrams(first),
            Looks::Trigrams { trigrams: None, .. } => String::new(),
        }
    }

    /// An expression for the part of the text of a row of `w` that shows what was found.
    pub(in crate::query) fn snippet(&self) -> String {
        let of = |index: &str| format!("(SELECT excerpt FROM in_{index} WHERE found_key = w.found_key)");
        match self.looks {
            Looks::Words { trigrams: None, .. } => of("words"),
            Looks::Words { trigrams: Some(_), .. } => {
                format!("coalesce({}, {})", of("words"), of("trigrams"))
            }
            Looks::Trigrams { trigrams: Some(_), .. } => of("trigrams"),
            Looks::Trigrams { trigrams: None, short } => {
                self.snippet_of_beginning("w.found_key", short.unwrap_or_default().0)
            }
        }
    }

    /// The rows that an index has for an expression.
    fn matches(&self, index: &str, parameter: usize, scored: bool, also: &str, limit: &str) -> String {
        let name = format!("{}_search_{index}", self.table);
        let mut score = String::new();
        if scored {
            let _ = write!(score, ", bm25({name}");
            for (_, weight) in self.columns {
                let _ = write!(score, ", {weight}.0");
            }
            score.push_str(") AS found_score");
        }
        format!(
            "SELECT rowid AS found_key{score} FROM {name} WHERE {name} MATCH ?{parameter}{also} ORDER BY rowid DESC{limit}"
        )
    }

    /// The rows with a trigram that begins with the first short term, and with each of the others.
    fn beginnings(&self, (parameter, count): (usize, usize), scored: bool, limit: &str) -> String {
        let (table, first) = (self.table, range(parameter, 0));
        let mut score = String::new();
        if scored {
            score.push_str(", sum(CASE col");
            for (column, weight) in self.columns {
                let _ = write!(score, " WHEN '{column}' THEN -{weight}.0");
            }
            score.push_str(" END) AS found_score");
        }
        let also = self.begin(parameter, 1..count, "doc");
        format!(
            "SELECT doc AS found_key{score} FROM (SELECT doc, col FROM {table}_search_trigram_terms WHERE {first} \
             LIMIT {PLACES_CAP}) WHERE 1{also} GROUP BY doc ORDER BY doc DESC{limit}"
        )
    }

    /// Conditions: of the row, some trigram begins with each of these short terms.
    fn begin(&self, parameter: usize, terms: std::ops::Range<usize>, row: &str) -> String {
        let table = self.table;
        let each = terms.map(|index| {
            let range = range(parameter, index);
            format!(
                " AND {row} IN (SELECT doc FROM {table}_search_trigram_terms WHERE {range} LIMIT {PLACES_CAP})"
            )
        });
        each.collect()
    }

    /// FTS5 shows no excerpt for less than a trigram: the text around the first place of the first short term.
    fn snippet_of_beginning(&self, number: &str, parameter: usize) -> String {
        let term = format!("json_extract(?{parameter}, '$[0]')");
        let (start, end) = (u32::from(MARK_START), u32::from(MARK_END));
        let half = SNIPPET_LETTERS / 2;
        let mut cases = String::new();
        for (column, _) in self.columns {
            let place = format!("instr(lower({column}), {term})");
            let _ = write!(
                cases,
                " WHEN {place} > 0 THEN iif({place} > {half} + 1, '…', '') \
                 || substr({column}, max(1, {place} - {half}), min({place} - 1, {half})) \
                 || char({start}) || substr({column}, {place}, length({term})) || char({end}) \
                 || substr({column}, {place} + length({term}), {half}) \
                 || iif(length({column}) >= {place} + length({term}) + {half}, '…', '')"
            );
        }
        format!("(SELECT CASE{cases} ELSE '' END FROM {}_search_texts WHERE key = {number})", self.table)
    }
}

/// The trigrams that begin with a short term.
fn range(parameter: usize, index: usize) -> String {
    let term = format!("json_extract(?{parameter}, '$[{index}]')");
    format!("term >= {term} AND term < {term} || char(1114111)")
}
