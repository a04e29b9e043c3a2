//! Pages by cursors over a table that another connection changes between any two of them: rows that nobody touches are each
//! met once, in order, forwards and backwards.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{Cell, Lister as _, Page, Query, Random, Row, Shape, Table, Walk};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

use crate::lister::{self, Bounds, NAME, SqliteLister};
use crate::{for_seeds, setting};

/// How many walks are made.
const WALKS: u64 = 800;

#[test]
fn pages_miss_and_repeat_no_untouched_row_while_others_write() {
    let ended = AtomicU64::new(0);
    let walks = setting("ASHLAR_CASES", WALKS);
    for_seeds(setting("ASHLAR_SEED", 1), walks, |seed| match walk(seed) {
        Ok(to_the_end) => drop(ended.fetch_add(u64::from(to_the_end), Ordering::Relaxed)),
        Err(problem) => {
            panic!(
                "ASHLAR_SEED={seed} ASHLAR_CASES=1 cargo test -p ashlar-native --test list_model walks\n{problem}"
            )
        }
    });
    let ended = ended.into_inner();
    assert!(walks < 100 || ended > walks / 2, "{ended} of {walks} walks came to their end");
}

/// A table, one query, and somebody who writes.
struct World {
    random: Random,
    lister: SqliteLister,
    other: Connection,
    table: Table,
    query: Query,
    touched: BTreeSet<String>,
    made: usize,
}

/// Whether the walk came to its end.
fn walk(seed: u64) -> Result<bool, String> {
    let mut random = Random::new(seed);
    let table = model::table(&mut random, Shape { rows: 40, ..Shape::default() });
    let mut query = model::query(&mut random, &table, Shape { conditions: 1, groups: 1, ..Shape::default() });
    (query.walk, query.limit, query.fields) = (Walk::Cursors, 1 + random.below(6), None);
    let paths = lister::paths(&mut random, &table);
    let lister = SqliteLister::new(&table, &paths, Bounds::draw(&mut random));
    let other = lister.other();
    let mut world = World { random, lister, other, table, query, touched: BTreeSet::new(), made: 0 };
    let Some(last) = world.go("after", "next_cursor", None)? else { return Ok(false) };
    // Nobody knows the way back from an empty page.
    let back = last.meta["prev_cursor"].as_str().map(str::to_owned);
    let Some(back) = back else { return Ok(true) };
    world.touched.clear();
    let behind: BTreeSet<String> = last.rows.iter().map(id).collect();
    world.touched.extend(behind);
    world.go("before", "prev_cursor", Some(back)).map(|page| page.is_some())
}

impl World {
    /// All pages in one direction; the rows that nobody touched meanwhile are the evaluator's.
    fn go(&mut self, parameter: &str, lead: &str, from: Option<String>) -> Result<Option<Page>, String> {
        let before = self.table.clone();
        let backwards = from.is_some();
        let (mut met, mut cursor, mut pages) = (Vec::new(), from, 0);
        let page = loop {
            let mut pairs = self.query.pairs(&self.table);
            pairs.extend(cursor.take().map(|cursor| (parameter.to_owned(), cursor)));
            let Some(page) = self.lister.list(&model::encoded(&pairs))? else { return Ok(None) };
            let mut ids: Vec<_> = page.rows.iter().map(id).collect();
            if backwards {
                ids.reverse();
            }
            met.extend(ids);
            cursor = page.meta[lead].as_str().map(str::to_owned);
            pages += 1;
            // Rows that are put in ahead of the walk make it longer, not endless.
            if cursor.is_none() || pages > 200 {
                break page;
            }
            for _ in 0..self.random.below(4) {
                self.write();
            }
        };
        let untouched = |id: &String| !self.touched.contains(id);
        let found: Vec<_> = met.into_iter().filter(untouched).collect();
        let rows = self.query.rows(&before).into_iter().map(|row| row.id.clone()).filter(untouched);
        let mut expected: Vec<_> = rows.collect();
        if backwards {
            expected.reverse();
        }
        if pages <= 200 && found != expected {
            return Err(format!(
                "{:?}, {parameter}: untouched rows are met as\n{found:?}\nand should be\n{expected:?}\nof {before:?}",
                self.query.pairs(&before)
            ));
        }
        Ok(Some(page))
    }

    /// Puts a row in, takes one away, or changes everything about one.
    fn write(&mut self) {
        let index = self.random.below(self.table.rows.len().max(1));
        let what = self.random.below(3);
        let fresh = self.cells();
        if what == 0 || self.table.rows.is_empty() {
            self.made += 1;
            let row =
                Row { id: format!("{:04x}-new-{}", self.random.below(65_536), self.made), cells: fresh };
            self.touched.insert(row.id.clone());
            self.insert(&row);
            self.table.rows.push(row);
            return;
        }
        let id = self.table.rows[index].id.clone();
        self.touched.insert(id.clone());
        self.other.execute(&format!("DELETE FROM {NAME} WHERE id = ?1"), [&id]).unwrap();
        if what == 1 {
            self.table.rows.remove(index);
        } else {
            let row = Row { id, cells: fresh };
            self.insert(&row);
            self.table.rows[index] = row;
        }
    }

    /// The cells of some row or of several: values that rows agree in.
    fn cells(&mut self) -> Vec<Cell> {
        let (random, rows) = (&mut self.random, &self.table.rows);
        let of = |(index, column): (usize, &model::Column)| match rows.is_empty() {
            false => random.one(rows).cells[index].clone(),
            true if column.nullable => Cell::Null,
            true => model::value(random, column.kind),
        };
        self.table.columns.iter().enumerate().map(of).collect()
    }

    fn insert(&self, row: &Row) {
        let cells = row.cells.iter().map(|cell| match cell {
            Cell::Null => Sql::Null,
            Cell::Integer(number) => Sql::Integer(*number),
            Cell::Text(text) => Sql::Text(text.clone()),
        });
        let values: Vec<_> = std::iter::once(Sql::Text(row.id.clone())).chain(cells).collect();
        let places: Vec<_> = (1..=values.len()).map(|place| format!("?{place}")).collect();
        let sql = format!("INSERT INTO {NAME} VALUES ({})", places.join(", "));
        self.other.execute(&sql, params_from_iter(values)).unwrap();
    }
}

fn id(row: &serde_json::Value) -> String {
    row["id"].as_str().unwrap_or_default().to_owned()
}
