//! The words that SQL may be made of: those of the language that lists use, and what the resource's table declares.

use std::collections::BTreeSet;

use shared::query::Resource;

/// SQL's own that lists are written with. Numbers and parameters may stand anywhere.
const LANGUAGE: &str = "SELECT AS FROM WHERE AND OR NOT IN IS NULL ORDER BY DESC ASC LIMIT OFFSET UNION ALL INDEXED CASE WHEN THEN ELSE END \
    count lower instr char coalesce group_concat ifnull json json_quote strftime unixepoch Y m dT H M fZ true false null \
    k w o n data total generation generations resource value \
    WITH MATERIALIZED MATCH CROSS JOIN ON USING min max substr term doc snippet bm25 rowid key found_key found_score in_words in_trigrams r t";

/// What full-text search adds to a table: its indexes and their keys.
const OF_SEARCH: [&str; 4] = ["search_words", "search_trigrams", "search_trigram_terms", "search_keys"];

/// The words for lists of one resource.
pub(crate) struct Words(BTreeSet<String>);

impl Words {
    pub(crate) fn of(resource: &Resource) -> Self {
        let mut words: BTreeSet<String> = LANGUAGE.split_whitespace().map(str::to_owned).collect();
        words.insert(resource.table.to_owned());
        for field in resource.fields {
            words.extend(split(field.sql).map(str::to_owned));
            words.insert(field.name.to_owned());
        }
        if resource.search.is_some() {
            words.extend(OF_SEARCH.map(|name| format!("{}_{name}", resource.table)));
        }
        for relation in resource.relations {
            words.extend(split(relation.sql).map(str::to_owned));
            words.insert(relation.name.to_owned());
        }
        for path in resource.paths {
            words.extend(split(path.index).map(str::to_owned));
        }
        Self(words)
    }

    /// A word of the SQL that nobody declared.
    pub(crate) fn unknown<'a>(&self, sql: &'a str) -> Option<&'a str> {
        split(sql).find(|word| {
            let number = word.bytes().all(|byte| byte.is_ascii_digit());
            !number && !self.0.contains(*word)
        })
    }
}

/// Everything between signs.
fn split(sql: &str) -> impl Iterator<Item = &str> {
    let part = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    sql.split(part).filter(|word| !word.is_empty())
}
