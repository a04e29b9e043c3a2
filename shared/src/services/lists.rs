//! Pages of any resource: from the cache when it holds one that is new enough for the client, or past it.

use crate::cache::{self, Answer, Content, Key, Loaded, Policy, Seen};
use crate::error::{Error, Result};
use crate::models::page::PageMeta;
use crate::ports::{DatabaseError, Ports, Rows};
use crate::query::{COUNT_CAP, CountMode, ListQuery};
use crate::repositories::{Listed, generations};

/// A page of `T`, cached by this policy.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn page<T: Listed>(
    ports: &Ports,
    policy: &'static Policy,
    query: &ListQuery,
    seen: Seen,
) -> Result<Answer> {
    let key = Key::new(policy, &query.canonical());
    let load = || load::<T>(ports.clone(), query.clone());
    let page = cache::read(ports, &key, seen, load).await?;
    page.ok_or_else(|| Error::internal("a list is always there"))
}

/// The page and the generation of its rows, in one transaction.
async fn load<T: Listed>(ports: Ports, query: ListQuery) -> Result<Loaded> {
    let mut batch = vec![generations::current(T::resource().table), query.select(T::COLUMNS)];
    batch.extend(query.count());
    let answers = ports.database.batch(batch).await?;
    let [generation, rows, count @ ..] = answers.as_slice() else {
        return Err(Error::internal("the list's batch answered too little"));
    };
    let members = members::<T>(&query, rows, count.first())?;
    Ok(Loaded { generation: generations::read(generation)?, content: Some(Content::of_members(&members)) })
}

/// A page of `T` from the database and nowhere else: for what is personal or about security, which no cache may hold.
/// The JSON text of its members `data` and `meta`.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn uncached<T: Listed>(ports: &Ports, query: &ListQuery) -> Result<String> {
    let mut batch = vec![query.select(T::COLUMNS)];
    batch.extend(query.count());
    let answers = ports.database.batch(batch).await?;
    let [rows, count @ ..] = answers.as_slice() else {
        return Err(Error::internal("the list's batch answered too little"));
    };
    members::<T>(query, rows, count.first())
}

fn members<T: Listed>(query: &ListQuery, rows: &Rows, count: Option<&Rows>) -> Result<String> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let data = rows.iter().take(limit).map(T::view).collect::<Result<Vec<_>, DatabaseError>>()?;
    let meta = page_meta(query, rows.len() > limit, count)?;
    let (data, meta) = (serde_json::to_string(&data), serde_json::to_string(&meta));
    Ok(format!("\"data\":{},\"meta\":{}", data.map_err(Error::internal)?, meta.map_err(Error::internal)?))
}

fn page_meta(query: &ListQuery, has_more: bool, count: Option<&Rows>) -> Result<PageMeta> {
    let counted: Option<i64> = count.and_then(Rows::first).map(|row| row.get("total")).transpose()?;
    let over_cap = query.count == CountMode::Capped && counted.is_some_and(|total| total > COUNT_CAP);
    let total = counted.map(|total| if over_cap { COUNT_CAP } else { total });
    let limit = i64::from(query.limit);
    let link = |page: u32| format!("?{}", query.with_page(page));
    Ok(PageMeta {
        page: query.page,
        limit: query.limit,
        total,
        total_exact: total.is_some() && !over_cap,
        total_pages: total.map(|total| (total + limit - 1) / limit),
        has_more,
        next: has_more.then(|| link(query.page.saturating_add(1))),
        prev: (query.page > 1).then(|| link(query.page - 1)),
    })
}
