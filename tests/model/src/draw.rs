//! Tables and queries by chance: few different values, so that rows agree, and the edges of what may be stored.

use crate::cell::Cell;
use crate::query::{Condition, Count, Operand, Query, SortKey, Walk};
use crate::random::Random;
use crate::table::{Column, Kind, Operator, Row, Table};

/// How large things get.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The most rows of a table.
    pub rows: usize,
    /// The most conditions outside of groups.
    pub conditions: usize,
    /// The most or-groups.
    pub groups: usize,
    /// The last page that is asked for by number.
    pub pages: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self { rows: 60, conditions: 3, groups: 2, pages: 4 }
    }
}

/// Letters whose order, case or escaping is easily got wrong.
const LETTERS: [&str; 26] = [
    "a",
    "A",
    "b",
    "B",
    "z",
    "Z",
    "0",
    "9",
    " ",
    "%",
    "_",
    "*",
    "?",
    "'",
    "\"",
    "\\",
    "&",
    "=",
    "+",
    "ä",
    "Ä",
    "e\u{301}",
    "中",
    "😀",
    "\u{7f}",
    "\u{10ffff}",
];

const WORDS: &[&str] = &["draft", "active", "archived"];

const NUMBERS: [i64; 13] = [
    0,
    1,
    -1,
    2,
    9,
    10,
    100,
    -100,
    4_294_967_295,
    9_007_199_254_740_991,
    9_007_199_254_740_990,
    -9_007_199_254_740_991,
    2_147_483_648,
];

const TIMES: [i64; 7] = [0, 1, 999, 1000, 1_767_225_600_000, 1_767_225_600_001, 253_402_300_799_999];

/// A column of each kind, some of them nullable.
const COLUMNS: [(&str, Kind); 8] = [
    ("text", Kind::Text),
    ("word", Kind::Text),
    ("number", Kind::Integer),
    ("amount", Kind::Integer),
    ("at", Kind::Time),
    ("since", Kind::Time),
    ("truth", Kind::Truth),
    ("state", Kind::Choice(WORDS)),
];

/// A table.
pub fn table(random: &mut Random, shape: Shape) -> Table {
    let mut columns = Vec::new();
    for (name, kind) in COLUMNS {
        if name == "number" || random.percent(60) {
            let nullable = random.percent(40);
            columns.push(Column { name, kind, nullable, operators: operators(kind), sortable: true });
        }
    }
    let pools: Vec<Vec<Cell>> = columns
        .iter()
        .map(|column| {
            let size = 1 + random.below(12);
            (0..size).map(|_| value(random, column.kind)).collect()
        })
        .collect();
    let most = if random.percent(10) { shape.rows * 4 } else { shape.rows };
    let count = random.below(most + 1);
    let rows = (0..count)
        .map(|index| {
            let cells = columns.iter().zip(&pools).map(|(column, pool)| {
                if column.nullable && random.percent(25) { Cell::Null } else { random.one(pool).clone() }
            });
            let cells = cells.collect();
            // Unlike the order of insertion.
            Row { id: format!("{:04x}-{index}", random.below(65_536)), cells }
        })
        .collect();
    let default_sort = (random.below(columns.len()), random.percent(50));
    Table { columns, rows, default_sort }
}

fn operators(kind: Kind) -> Vec<Operator> {
    let all = Operator::ALL.into_iter().map(|(operator, _)| operator);
    let of_text = |operator: &Operator| matches!(operator, Operator::Contains | Operator::Prefix);
    let ordered =
        |operator: &Operator| matches!(operator, Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte);
    match kind {
        Kind::Text => all.collect(),
        Kind::Integer | Kind::Time => all.filter(|operator| !of_text(operator)).collect(),
        Kind::Truth | Kind::Choice(_) => {
            all.filter(|operator| !of_text(operator) && !ordered(operator)).collect()
        }
    }
}

/// A value of a kind.
pub fn value(random: &mut Random, kind: Kind) -> Cell {
    match kind {
        Kind::Text => {
            let length = random.below(4);
            Cell::Text((0..length).map(|_| *random.one(&LETTERS)).collect())
        }
        Kind::Integer => Cell::Integer(*random.one(&NUMBERS)),
        Kind::Time => Cell::Integer(*random.one(&TIMES)),
        Kind::Truth => Cell::Integer(i64::from(random.percent(50))),
        Kind::Choice(words) => Cell::Text((*random.one(words)).to_owned()),
    }
}

/// A query on the table.
pub fn query(random: &mut Random, table: &Table, shape: Shape) -> Query {
    let count = random.below(shape.conditions + 1);
    let all = conditions(random, table, count);
    let groups = if random.percent(40) { random.below(shape.groups + 1) } else { 0 };
    let mut any = Vec::new();
    for _ in 0..groups {
        let count = 1 + random.below(3);
        any.push(conditions(random, table, count));
    }
    let sortable: Vec<_> = (0..table.columns.len()).filter(|index| table.columns[*index].sortable).collect();
    let most = *random.one(&[0, 1, 1, 1, 2, 3]);
    let sort = random.some(&sortable, most).into_iter();
    let sort = sort.map(|column| SortKey { column, descending: random.percent(50) }).collect();
    let everything: Vec<_> = (0..table.columns.len()).collect();
    let fields = random.percent(25).then(|| random.some(&everything, 4));
    let walk = if random.percent(20) { Walk::Cursors } else { Walk::Page(1 + random.below(shape.pages)) };
    let limit = if random.percent(20) { 1 + random.below(100) } else { 1 + random.below(9) };
    Query {
        all,
        any,
        sort,
        // A walk takes few pages.
        limit: if walk == Walk::Cursors { limit.max(table.rows.len() / 5).min(100) } else { limit },
        count: *random.one(&[Count::Default, Count::Default, Count::Exact, Count::Capped, Count::None]),
        fields,
        walk,
    }
}

/// At most so many: a parameter may be given once.
fn conditions(random: &mut Random, table: &Table, most: usize) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    for _ in 0..most {
        let drawn = condition(random, table);
        let repeated = |other: &Condition| other.column == drawn.column && other.operator == drawn.operator;
        if !conditions.iter().any(repeated) {
            conditions.push(drawn);
        }
    }
    conditions
}

fn condition(random: &mut Random, table: &Table) -> Condition {
    let filtered: Vec<_> =
        (0..table.columns.len()).filter(|index| !table.columns[*index].operators.is_empty()).collect();
    let index = *random.one(&filtered);
    let column = &table.columns[index];
    let operator = *random.one(&column.operators);
    let operand = match operator {
        Operator::Null => Operand::Null(random.percent(50)),
        Operator::In | Operator::Nin => {
            let cells = (0..=random.below(4)).map(|_| operand(random, table, index));
            // A comma separates.
            Operand::Several(
                cells.filter(|cell| cell.text().is_none_or(|text| !text.contains(','))).collect(),
            )
        }
        Operator::Contains | Operator::Prefix => {
            let whole = operand(random, table, index);
            Operand::One(part(random, whole))
        }
        _ => Operand::One(operand(random, table, index)),
    };
    if operand == Operand::Several(Vec::new()) {
        return condition(random, table);
    }
    Condition { column: index, operator, operand }
}

/// Mostly a value that some row has.
fn operand(random: &mut Random, table: &Table, column: usize) -> Cell {
    if random.percent(75) && !table.rows.is_empty() {
        let cell = &random.one(&table.rows).cells[column];
        if *cell != Cell::Null {
            return cell.clone();
        }
    }
    value(random, table.columns[column].kind)
}

/// A part of a text, sometimes in the other case.
fn part(random: &mut Random, cell: Cell) -> Cell {
    let Cell::Text(text) = cell else { return cell };
    let mut letters: Vec<char> = text.chars().collect();
    if random.percent(15) {
        // The text itself is the first one behind all that begin with this.
        let before = letters.pop().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
        letters.extend(before.filter(|letter| !matches!(letter, '\0' | ',')));
        return Cell::Text(letters.into_iter().collect());
    }
    let from = if random.percent(70) { 0 } else { random.below(letters.len() + 1) };
    let to = from + random.below(letters.len() - from + 1);
    let part: String = letters[from..to].iter().collect();
    Cell::Text(if random.percent(30) { part.to_ascii_uppercase() } else { part })
}
