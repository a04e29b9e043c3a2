//! Pages of any resource: from the cache when it holds one that is new enough for the client, or past it. A page is one
//! statement that answers one row: the rows of the page as one JSON text, and the total.

use std::fmt::Write as _;

use http::header;

use crate::cache::{self, Content, Key, Loaded, Policy, Seen};
use crate::error::{Error, Result};
use crate::models::page::PageMeta;
use crate::ports::{Database, Ports, Row, Value};
use crate::query::{Answer, COUNT_CAP, CountMode, ListQuery, MAX_OFFSET, Place, Side, advice_on_counting};
use crate::repositories::{Listed, generations};

/// A page of a list, ready to be answered.
#[derive(Debug)]
pub struct PageText(Content);

impl PageText {
    /// The page as it is answered and kept, with the links to other pages in a `Link` header (RFC 8288), relative to the
    /// list's own address.
    pub fn content(&self) -> Content {
        self.0.clone()
    }
}

/// A page of `T`, cached by this policy.
///
/// # Errors
/// [`Error::BadQuery`] when the cursor is none of the query, [`Error::TooBroad`] when too many rows would have to be
/// looked at, and when the database does not answer.
pub(super) async fn page<T: Listed>(
    ports: &Ports,
    policy: &'static Policy,
    query: &ListQuery,
    seen: Seen,
) -> Result<cache::Answer> {
    debug_assert_eq!(query.resource.table, T::resource().table);
    let key = Key::new(policy, &query.canonical());
    let page = cache::read(ports, &key, seen, || load(ports.clone(), query.clone())).await?;
    page.ok_or_else(|| Error::internal("a list is always there"))
}

/// The page and the generation of its rows, in one statement.
async fn load(ports: Ports, query: ListQuery) -> Result<Loaded> {
    let answer = ports.database.query(query.plan()?.whole(true)).await?;
    let row = answer.first().ok_or_else(|| Error::internal("a list answered nothing"))?;
    let content = page_content(&query, row)?;
    Ok(Loaded { generation: generations::read(&answer)?, content: Some(content) })
}

/// A page of `T` from the database and nowhere else: for what is personal or about security, which no cache may hold.
///
/// # Errors
/// As those of [`page`].
pub(super) async fn uncached<T: Listed>(ports: &Ports, query: &ListQuery) -> Result<PageText> {
    debug_assert_eq!(query.resource.table, T::resource().table);
    read(&*ports.database, query).await
}

/// A page of whatever the query lists.
///
/// # Errors
/// As those of [`page`].
pub async fn read(database: &dyn Database, query: &ListQuery) -> Result<PageText> {
    let answer = database.query(query.plan()?.whole(false)).await?;
    let row = answer.first().ok_or_else(|| Error::internal("a list answered nothing"))?;
    page_content(query, row).map(PageText)
}

fn page_content(query: &ListQuery, row: Row<'_>) -> Result<Content> {
    let data = match row.value("data")? {
        Value::Text(text) => text.as_str(),
        _ => "",
    };
    let answer = Answer::read(query, data).ok_or_else(|| Error::TooBroad(query.advice()))?;
    let meta = page_meta(query, &answer, row)?;
    let meta_text = serde_json::to_string(&meta).map_err(Error::internal)?;
    let mut text = String::with_capacity(data.len() + meta_text.len() + 64);
    text.push_str("{\"success\":true,\"data\":[");
    for (index, row) in answer.rows.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(row);
    }
    text.push_str("],\"meta\":");
    text.push_str(&meta_text);
    text.push('}');
    let (content, links) = (Content::of_body(text), links(query, &meta));
    Ok(if links.is_empty() { content } else { content.with(header::LINK, &links) })
}

fn page_meta(query: &ListQuery, answer: &Answer<'_>, row: Row<'_>) -> Result<PageMeta> {
    let counted: Option<i64> = if query.count == CountMode::None { None } else { row.get("total")? };
    if counted.is_none() && query.count != CountMode::None {
        return Err(Error::TooBroad(advice_on_counting()));
    }
    // A negative one is that of a count that ended early.
    let cut = counted.is_some_and(|total| total < 0);
    // A count that ended early may know of fewer rows than the page.
    let seen = match i64::try_from(answer.rows.len()).unwrap_or(0) {
        0 => 0,
        rows => i64::from(query.page - 1) * i64::from(query.limit) + rows,
    };
    let counted = counted.map(|total| if cut { seen.max(-1 - total) } else { total });
    let over_cap = query.count == CountMode::Capped && counted.is_some_and(|total| total > COUNT_CAP);
    let total = counted.map(|total| if over_cap { COUNT_CAP } else { total });
    let limit = i64::from(query.limit);
    let side = query.cursor.as_ref().map(|(side, _)| *side);
    let any = !answer.rows.is_empty();
    // Beside a cursor lies the row that it was made of.
    let (has_prev, has_more) = match side {
        None => (query.page > 1, answer.has_more),
        Some(Side::After) => (any, answer.has_more),
        Some(Side::Before) => (answer.has_more, any),
    };
    let ends = answer.ends;
    let rows =
        [ends.filter(|_| has_prev).map(|(first, _)| first), ends.filter(|_| has_more).map(|(_, last)| last)];
    let [prev_cursor, next_cursor] = query.cursors_of(rows);
    let by_page = |page: u32| {
        let in_reach = side.is_none() && u64::from(page - 1) * u64::from(query.limit) <= MAX_OFFSET;
        in_reach.then(|| format!("?{}", query.link(Place::Page(page))))
    };
    let beside = |side, cursor: &Option<String>| {
        cursor.as_ref().map(|cursor| format!("?{}", query.link(Place::Beside(side, cursor))))
    };
    let next =
        if has_more { by_page(query.page + 1).or_else(|| beside(Side::After, &next_cursor)) } else { None };
    let prev = if has_prev {
        by_page(query.page.max(2) - 1).or_else(|| beside(Side::Before, &prev_cursor))
    } else {
        None
    };
    Ok(PageMeta {
        page: side.is_none().then_some(query.page),
        limit: query.limit,
        total,
        total_exact: total.is_some() && !over_cap && !cut,
        total_pages: total.map(|total| (total + limit - 1) / limit),
        has_more,
        next,
        prev,
        next_cursor,
        prev_cursor,
    })
}

/// A header longer than this is left out; `meta` has the same links.
const MAX_LINKS: usize = 4096;

fn links(query: &ListQuery, meta: &PageMeta) -> String {
    let mut text = format!("<?{}>; rel=\"first\"", query.link(Place::Page(1)));
    for (link, name) in [(&meta.prev, "prev"), (&meta.next, "next")] {
        if let Some(link) = link {
            let _ = write!(text, ", <{link}>; rel=\"{name}\"");
        }
    }
    let last = meta.total_pages.filter(|_| meta.total_exact && query.cursor.is_none());
    let last = last.and_then(|pages| u32::try_from(pages.max(1)).ok());
    if let Some(last) = last.filter(|last| u64::from(last - 1) * u64::from(query.limit) <= MAX_OFFSET) {
        let _ = write!(text, ", <?{}>; rel=\"last\"", query.link(Place::Page(last)));
    }
    if text.len() > MAX_LINKS {
        text.clear();
    }
    text
}
