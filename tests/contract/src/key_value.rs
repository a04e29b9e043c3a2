//! The `KeyValue` port, on stores where a write is visible to the next read.

use std::time::Duration;

use anyhow::ensure;
use futures::future::join_all;
use shared::ports::Ports;

use crate::support::{random_name, same};
use crate::{Case, Context, case_list};

const TTL: Duration = Duration::from_hours(1);

pub(crate) fn cases() -> Vec<Case> {
    case_list!["key_value":
        a_missing_key_is_none,
        a_value_comes_back,
        a_second_put_replaces_the_first,
        a_deleted_key_is_none,
        deleting_a_missing_key_is_no_error,
        an_empty_value_is_a_value,
        every_byte_comes_back,
        a_long_value_comes_back,
        keys_may_hold_any_character,
        keys_are_told_apart,
        a_key_of_512_bytes_works,
        a_short_time_to_live_is_accepted,
        a_long_time_to_live_is_accepted,
        concurrent_puts_never_mix,
    ]
}

async fn put_and_get(ports: &Ports, key: &str, value: &[u8]) -> anyhow::Result<()> {
    ports.key_value.put(key, value, TTL).await?;
    let found = ports.key_value.get(key).await?;
    ports.key_value.delete(key).await?;
    ensure!(
        found.as_deref() == Some(value),
        "key {key:?}: {} bytes went in, {:?} came back",
        value.len(),
        found.map(|bytes| bytes.len())
    );
    Ok(())
}

async fn a_missing_key_is_none(context: &Context) -> anyhow::Result<()> {
    let key = random_name(&context.ports)?;
    same("a key never written", &context.ports.key_value.get(&key).await?, &None)
}

async fn a_value_comes_back(context: &Context) -> anyhow::Result<()> {
    put_and_get(&context.ports, &random_name(&context.ports)?, "a välue 🦀".as_bytes()).await
}

async fn a_second_put_replaces_the_first(context: &Context) -> anyhow::Result<()> {
    let (store, key) = (&context.ports.key_value, random_name(&context.ports)?);
    store.put(&key, b"a longer first value", TTL).await?;
    store.put(&key, b"second", TTL).await?;
    let found = store.get(&key).await?;
    store.delete(&key).await?;
    same("the value", &found.as_deref(), &Some(b"second".as_slice()))
}

async fn a_deleted_key_is_none(context: &Context) -> anyhow::Result<()> {
    let (store, key) = (&context.ports.key_value, random_name(&context.ports)?);
    store.put(&key, b"value", TTL).await?;
    store.delete(&key).await?;
    same("after delete", &store.get(&key).await?, &None)?;
    put_and_get(&context.ports, &key, b"again").await
}

async fn deleting_a_missing_key_is_no_error(context: &Context) -> anyhow::Result<()> {
    let key = random_name(&context.ports)?;
    context.ports.key_value.delete(&key).await?;
    context.ports.key_value.delete(&key).await?;
    Ok(())
}

async fn an_empty_value_is_a_value(context: &Context) -> anyhow::Result<()> {
    put_and_get(&context.ports, &random_name(&context.ports)?, b"").await
}

async fn every_byte_comes_back(context: &Context) -> anyhow::Result<()> {
    let bytes: Vec<u8> = (0..=255).collect();
    put_and_get(&context.ports, &random_name(&context.ports)?, &bytes).await
}

async fn a_long_value_comes_back(context: &Context) -> anyhow::Result<()> {
    let mut bytes = vec![0; 100_000];
    context.ports.entropy.fill(&mut bytes)?;
    put_and_get(&context.ports, &random_name(&context.ports)?, &bytes).await
}

async fn keys_may_hold_any_character(context: &Context) -> anyhow::Result<()> {
    let name = random_name(&context.ports)?;
    let odd = [
        ":a:b", "/a//b/", "?a=b&c#d", " ", "%2F%00", "ü🦀", "e\u{301}", "\"'\\`", "../..", "\n\t", "*[a]{b}",
    ];
    for end in odd {
        put_and_get(&context.ports, &format!("{name}{end}"), end.as_bytes()).await?;
    }
    Ok(())
}

async fn keys_are_told_apart(context: &Context) -> anyhow::Result<()> {
    let (store, name) = (&context.ports.key_value, random_name(&context.ports)?);
    let ends = ["", "/", "/a", "/A", "%2Fa", "/a ", "\u{e9}", "e\u{301}"];
    let keys: Vec<_> = ends.iter().map(|end| format!("{name}{end}")).collect();
    for (key, end) in keys.iter().zip(ends) {
        store.put(key, end.as_bytes(), TTL).await?;
    }
    for (key, end) in keys.iter().zip(ends) {
        same(key, &store.get(key).await?.as_deref(), &Some(end.as_bytes()))?;
        store.delete(key).await?;
        same(key, &store.get(key).await?, &None)?;
    }
    Ok(())
}

async fn a_key_of_512_bytes_works(context: &Context) -> anyhow::Result<()> {
    let name = random_name(&context.ports)?;
    for last in ["a", "b"] {
        let key = format!("{name}{}{last}", "k".repeat(511 - name.len()));
        put_and_get(&context.ports, &key, last.as_bytes()).await?;
    }
    Ok(())
}

async fn a_short_time_to_live_is_accepted(context: &Context) -> anyhow::Result<()> {
    let (store, key) = (&context.ports.key_value, random_name(&context.ports)?);
    for ttl in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(1)] {
        store.put(&key, b"value", ttl).await?;
    }
    // "For at least": half of Cloudflare's minimum is still a promise.
    store.put(&key, b"value", Duration::from_secs(30)).await?;
    let found = store.get(&key).await?;
    store.delete(&key).await?;
    same("within its time", &found.as_deref(), &Some(b"value".as_slice()))
}

async fn a_long_time_to_live_is_accepted(context: &Context) -> anyhow::Result<()> {
    let (store, key) = (&context.ports.key_value, random_name(&context.ports)?);
    store.put(&key, b"value", Duration::from_hours(365 * 24)).await?;
    let found = store.get(&key).await?;
    store.delete(&key).await?;
    same("within its time", &found.as_deref(), &Some(b"value".as_slice()))
}

async fn concurrent_puts_never_mix(context: &Context) -> anyhow::Result<()> {
    let (store, key) = (&context.ports.key_value, random_name(&context.ports)?);
    let values: Vec<_> = (0..10_u8).map(|byte| vec![byte; 10_000]).collect();
    for result in join_all(values.iter().map(|value| store.put(&key, value, TTL))).await {
        result?;
    }
    let found = store.get(&key).await?;
    store.delete(&key).await?;
    ensure!(found.is_some_and(|found| values.contains(&found)), "the value is none of those that were put");
    Ok(())
}
