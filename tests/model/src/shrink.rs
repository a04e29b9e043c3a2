//! From a table and a query that fail to the smallest that still do.

use crate::query::Query;
use crate::table::Table;

/// Takes away rows, conditions and keys of the order for as long as `fails` says that the rest still fails.
pub fn shrink(table: &Table, query: &Query, fails: &mut dyn FnMut(&Table, &Query) -> bool) -> (Table, Query) {
    let (mut table, mut query) = (table.clone(), query.clone());
    loop {
        let smaller = fewer_rows(&mut table, &query, fails) | simpler(&table, &mut query, fails);
        if !smaller {
            return (table, query);
        }
    }
}

fn fewer_rows(table: &mut Table, query: &Query, fails: &mut dyn FnMut(&Table, &Query) -> bool) -> bool {
    let mut smaller = false;
    let mut size = table.rows.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < table.rows.len() {
            let mut tried = table.clone();
            tried.rows.drain(from..(from + size).min(tried.rows.len()));
            if fails(&tried, query) {
                *table = tried;
                smaller = true;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    smaller
}

fn simpler(table: &Table, query: &mut Query, fails: &mut dyn FnMut(&Table, &Query) -> bool) -> bool {
    let mut smaller = false;
    let mut index = 0;
    while let Some(tried) = without(query, index) {
        if tried != *query && fails(table, &tried) {
            *query = tried;
            smaller = true;
        } else {
            index += 1;
        }
    }
    smaller
}

/// The query without its part number `index`; `None` past the last.
fn without(query: &Query, mut index: usize) -> Option<Query> {
    let mut tried = query.clone();
    if index < tried.all.len() {
        tried.all.remove(index);
        return Some(tried);
    }
    index -= tried.all.len();
    if index < tried.any.len() {
        tried.any.remove(index);
        return Some(tried);
    }
    index -= tried.any.len();
    if index < tried.sort.len() {
        tried.sort.remove(index);
        return Some(tried);
    }
    index -= tried.sort.len();
    match index {
        0 => tried.fields = None,
        1 => tried.count = crate::query::Count::None,
        _ => return None,
    }
    Some(tried)
}
