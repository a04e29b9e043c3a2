//! Values come back as they went in.

use anyhow::Context as _;
use shared::ports::{FromValue, Statement, Value};

use crate::support::{only, same, with_table};
use crate::{Case, Context, case_list};

const MAX_INTEGER: i64 = (1 << 53) - 1;

pub(crate) fn cases() -> Vec<Case> {
    case_list!["database":
        integers_come_back,
        null_comes_back,
        null_is_not_zero_nor_empty,
        reals_come_back,
        booleans_come_back,
        text_of_many_scripts_comes_back,
        text_with_control_characters_comes_back,
        text_with_a_byte_order_mark_comes_back,
        text_with_a_nul_character_comes_back,
        text_that_looks_like_something_else_stays_text,
        empty_text_comes_back,
        long_text_comes_back,
        blobs_come_back,
        empty_blob_comes_back,
        long_blob_comes_back,
        blobs_and_text_stay_apart,
    ]
}

/// Sends a value through an expression and through a column, and reads it as `T`.
async fn come_back<T>(context: &Context, column_type: &str, values: Vec<T>) -> anyhow::Result<()>
where
    T: FromValue + Into<Value> + Clone + PartialEq + std::fmt::Debug,
{
    let columns = format!("id INTEGER PRIMARY KEY, v {column_type}");
    with_table(context, &columns, async |table| {
        for (id, value) in (1_i64..).zip(&values) {
            let statement = Statement::new("SELECT ?1 AS v").bind(value.clone());
            let rows = context.ports.database.query(statement).await?;
            same("through an expression", &only(&rows)?.get::<T>("v")?, value)?;

            let params = vec![Value::Integer(id), value.clone().into()];
            table.query_with("INSERT INTO $table (id, v) VALUES (?1, ?2)", params).await?;
            let rows =
                table.query_with("SELECT v FROM $table WHERE id = ?1", vec![Value::Integer(id)]).await?;
            same("through a column", &only(&rows)?.get::<T>("v")?, value)?;
        }
        let rows = table.query("SELECT v FROM $table ORDER BY id").await?;
        let all = rows.iter().map(|row| row.get("v")).collect::<Result<Vec<T>, _>>()?;
        same("all of them at once", &all, &values)
    })
    .await
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

async fn integers_come_back(context: &Context) -> anyhow::Result<()> {
    let small = [0, 1, -1, 255, 65_536];
    let around_32_bits =
        [i64::from(i32::MAX), i64::from(i32::MIN), i64::from(i32::MAX) + 1, i64::from(i32::MIN) - 1];
    let around_53_bits = [1_700_000_000_000, MAX_INTEGER, -MAX_INTEGER, MAX_INTEGER - 1];
    come_back(context, "INTEGER", [&small[..], &around_32_bits, &around_53_bits].concat()).await
}

async fn null_comes_back(context: &Context) -> anyhow::Result<()> {
    come_back::<Option<i64>>(context, "INTEGER", vec![None, Some(7), None]).await?;
    come_back::<Option<f64>>(context, "REAL", vec![None, Some(0.5)]).await?;
    come_back::<Option<String>>(context, "TEXT", vec![None, Some("text".into())]).await?;
    come_back::<Option<Vec<u8>>>(context, "BLOB", vec![None, Some(vec![0, 1])]).await
}

async fn null_is_not_zero_nor_empty(context: &Context) -> anyhow::Result<()> {
    let statement =
        Statement::new("SELECT ?1 IS NULL AS a, ?2 IS NULL AS b, ?3 IS NULL AS c, ?4 IS NULL AS d")
            .bind(Value::Null)
            .bind(0_i64)
            .bind("")
            .bind(Vec::new());
    let rows = context.ports.database.query(statement).await?;
    let row = only(&rows)?;
    for (column, wanted) in [("a", true), ("b", false), ("c", false), ("d", false)] {
        same(column, &row.get::<bool>(column)?, &wanted)?;
    }
    Ok(())
}

async fn reals_come_back(context: &Context) -> anyhow::Result<()> {
    let whole = [0.0, 2.0, -3.0];
    let fractions = [0.1, -0.25, 1.0 / 3.0, std::f64::consts::PI, 123_456_789.123_456_78];
    let extremes = [1e300, -1e-300, f64::MAX, f64::MIN_POSITIVE];
    come_back(context, "REAL", [&whole[..], &fractions, &extremes].concat()).await
}

async fn booleans_come_back(context: &Context) -> anyhow::Result<()> {
    come_back(context, "INTEGER", vec![true, false]).await
}

async fn text_of_many_scripts_comes_back(context: &Context) -> anyhow::Result<()> {
    let families =
        ["Grüße", "Ελληνικά", "Привет", "שלום עולם", "مرحبا بالعالم", "नमस्ते", "你好，世界", "こんにちは"];
    let emoji = ["🦀", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "\u{10FFFF}", "\u{FFFF}"];
    // Composed and decomposed forms are different texts: nobody may normalise on the way.
    let combining = ["e\u{301}", "\u{e9}", "n\u{303}\u{323}", "\u{1112}\u{1161}\u{11ab}"];
    come_back(context, "TEXT", texts(&[&families[..], &emoji, &combining].concat())).await
}

async fn text_with_control_characters_comes_back(context: &Context) -> anyhow::Result<()> {
    let blanks = [" ", "  both ends  ", "line\nbreak\r\n\ttab", "\u{2028}\u{2029}", "\u{a0}\u{200b}"];
    let syntax =
        ["it's; -- \"quoted\" \\ `ticks`", "%_*?1 :name @name $table", "{\"a\":[null]}", "\\u0041\\n"];
    let control = ["\u{1}\u{7}\u{8}\u{b}\u{c}\u{1b}\u{1f}\u{7f}", "\u{85}\u{9f}"];
    come_back(context, "TEXT", texts(&[&blanks[..], &syntax, &control].concat())).await
}

async fn text_with_a_byte_order_mark_comes_back(context: &Context) -> anyhow::Result<()> {
    come_back(context, "TEXT", texts(&["\u{feff}first", "in the \u{feff} middle", "\u{feff}"])).await
}

async fn text_with_a_nul_character_comes_back(context: &Context) -> anyhow::Result<()> {
    come_back(context, "TEXT", texts(&["before\0after", "\0", "at the end\0"])).await
}

async fn text_that_looks_like_something_else_stays_text(context: &Context) -> anyhow::Result<()> {
    let looks =
        ["0", "007", "1e3", "-1", "9007199254740993", "0.10", "null", "NULL", "true", "NaN", "[1]", "x'00'"];
    come_back(context, "TEXT", texts(&looks)).await
}

async fn empty_text_comes_back(context: &Context) -> anyhow::Result<()> {
    come_back(context, "TEXT", texts(&[""])).await
}

async fn long_text_comes_back(context: &Context) -> anyhow::Result<()> {
    let ascii = "0123456789".repeat(10_000);
    let wide = "é🦀".repeat(17_000);
    come_back(context, "TEXT", vec![ascii, wide]).await
}

async fn blobs_come_back(context: &Context) -> anyhow::Result<()> {
    let every_byte: Vec<u8> = (0..=255).collect();
    let not_utf8 = vec![0xff, 0xfe, 0x80, 0xc0];
    come_back(context, "BLOB", vec![every_byte, not_utf8, vec![0], b"text".to_vec()]).await
}

async fn empty_blob_comes_back(context: &Context) -> anyhow::Result<()> {
    come_back(context, "BLOB", vec![Vec::new()]).await
}

async fn long_blob_comes_back(context: &Context) -> anyhow::Result<()> {
    let mut blob = vec![0; 100_000];
    context.ports.entropy.fill(&mut blob)?;
    come_back(context, "BLOB", vec![blob]).await
}

async fn blobs_and_text_stay_apart(context: &Context) -> anyhow::Result<()> {
    let statement = Statement::new("SELECT typeof(?1) AS a, typeof(?2) AS b, ?1 AS c, ?2 AS d")
        .bind("same")
        .bind(b"same".as_slice());
    let rows = context.ports.database.query(statement).await?;
    let row = only(&rows).context("one row")?;
    same("the type of text", &row.get::<String>("a")?, &"text".to_owned())?;
    same("the type of a blob", &row.get::<String>("b")?, &"blob".to_owned())?;
    same("text", row.value("c")?, &Value::Text("same".into()))?;
    same("a blob", row.value("d")?, &Value::Blob(b"same".to_vec()))
}
