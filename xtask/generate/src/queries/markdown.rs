//! docs/QUERIES.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;
use rusqlite::Connection;
use shared::query::{Class, EXACT_CAP, ListQuery, SORT_CAP, WALK_CAP};

use crate::queries::walk::{self, List, Pairs};
use crate::queries::{database, look};

/// Rows of each table that lists read: more than a query may walk past.
pub(super) const ROWS: u32 = 60_000;

const HEAD: &str = "<!-- Made by `cargo xtask generate` from the resources in shared/src/repositories and SQLite's own plans. -->

# Queries

What each list does for each condition and order that it allows, on a database of {ROWS} rows in every table. A test walks the
same queries, and all pairs of conditions, and fails where one does more than its class allows.

| class | rows read |
|---|---|
| served | the page and one more: an index has the rows together and in order |
| bounded | at most {COUNTED} to see whether they are few; then at most {SORT} that are sorted, or at most {WALK} along the index of the order. What needs more is refused with `query_too_broad` |

A total up to 10,000 takes at most 50,000 rows of one index. `count=exact` takes at most {EXACT}, and is refused with
`query_too_broad` when that is not enough; `count=none` takes none. Steps are those of SQLite's machine for the first page of 20 rows with
`count=none`: they do not depend on the computer. A row that is read and shown takes about ten for each member.
";

/// The whole document.
///
/// # Errors
/// When a migration fails or a query is none.
pub(crate) fn markdown() -> Result<String> {
    let lists = walk::lists();
    let resources: Vec<_> = lists.iter().map(|list| list.resource).collect();
    let filled = database::filled(&resources, ROWS)?;
    let mut text = HEAD
        .replace("{ROWS}", &thousands(ROWS))
        .replace("{COUNTED}", &thousands(SORT_CAP + 1))
        .replace("{EXACT}", &thousands(EXACT_CAP))
        .replace("{SORT}", &thousands(SORT_CAP))
        .replace("{WALK}", &thousands(WALK_CAP));
    let mut used = BTreeSet::new();
    for list in &lists {
        section(&mut text, &filled, list, &mut used)?;
    }
    unused(&mut text, &filled, &lists, &used)?;
    Ok(text)
}

/// What queries have in common that are answered alike.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    order: usize,
    class: String,
    plan: String,
}

fn section(text: &mut String, database: &Connection, list: &List, used: &mut BTreeSet<String>) -> Result<()> {
    let mut ways: BTreeMap<Way, (Vec<String>, i32)> = BTreeMap::new();
    let orders = list.orders();
    for (order, sort) in orders.iter().enumerate() {
        for condition in std::iter::once(None).chain(list.conditions().into_iter().map(Some)) {
            let name = condition.as_ref().map_or("none".to_owned(), |(name, _)| format!("`{name}`"));
            let mut pairs: Pairs = condition.into_iter().collect();
            pairs.push(("sort".to_owned(), sort.clone()));
            let query = list.query(&pairs)?;
            let seen = look::look(database, &query)?;
            used.extend(seen.page.indexes().map(str::to_owned));
            used.extend(seen.count.iter().flat_map(|count| count.indexes().map(str::to_owned)));
            let (steps, _) = look::steps(database, &query)?;
            let way = Way { order, class: class(seen.class), plan: lines(&query, &seen.page.lines) };
            let (names, most) = ways.entry(way).or_insert((Vec::new(), 0));
            names.push(name);
            *most = steps.max(*most);
        }
    }
    let within = list.within.sentence();
    let _ = writeln!(text, "\n## `GET {}`\n\n`{}`{within}.\n", list.path, list.resource.table);
    text.push_str("| order | condition | class | plan | steps, at most |\n|---|---|---|---|---|\n");
    for (Way { order, class, plan }, (names, steps)) in ways {
        let sort = orders.get(order).map_or("", String::as_str);
        let _ = writeln!(text, "| `{sort}` | {} | {class} | {plan} | {steps} |", names.join(", "));
    }
    Ok(())
}

fn class(class: Class) -> String {
    match class {
        Class::Served { index } => format!("served by `{index}`"),
        Class::Bounded { sorts, walks } => {
            let sorts =
                sorts.map_or("sorts the table".to_owned(), |index| format!("sorts what `{index}` has"));
            match walks {
                Some(walks) => format!("bounded: {sorts}, or walks along `{walks}`"),
                None => format!("bounded: {sorts}"),
            }
        }
    }
}

/// The lines of a plan that tell which rows are gone through: each once.
fn lines(query: &ListQuery, lines: &[String]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for line in lines.iter().map(|line| line.trim_start()) {
        let is_of_table =
            line.contains(query.resource.table) || line.contains("USING") || line.contains("B-TREE");
        if is_of_table && !told.contains(&line) {
            told.push(line);
        }
    }
    told.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("<br>")
}

/// The indexes of the tables that lists read, without those that a list has used.
fn unused(text: &mut String, database: &Connection, lists: &[List], used: &BTreeSet<String>) -> Result<()> {
    let sql = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY tbl_name, name";
    let mut statement = database.prepare(sql)?;
    let indexes = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    text.push_str(
        "\n## Indexes that no list uses\n\nOf the tables above. Each needs another reason to be there, such as a statement of a \
         repository or of the consumer's timer: an index costs every write.\n\n| table | index |\n|---|---|\n",
    );
    for index in indexes {
        let (name, table) = index?;
        let is_listed = lists.iter().any(|list| database::reads(database, list.resource.table, &table));
        if is_listed && !used.contains(&name) {
            let _ = writeln!(text, "| `{table}` | `{name}` |");
        }
    }
    Ok(())
}

fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() { tail.to_owned() } else { format!("{},{tail}", thousands(number / 1_000)) }
}
