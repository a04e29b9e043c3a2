//! The `Assets` port, on files that are in the repository.

use anyhow::ensure;
use futures::future::join_all;

use crate::support::same;
use crate::{Case, Context, case_list};

/// Files as the compiler saw them.
const FILES: [(&str, &[u8]); 3] = [
    ("docs/index.html", include_bytes!("../../../edge/assets/docs/index.html")),
    ("docs/docs.js", include_bytes!("../../../edge/assets/docs/docs.js")),
    ("docs/docs.css", include_bytes!("../../../edge/assets/docs/docs.css")),
];

pub(crate) fn cases() -> Vec<Case> {
    case_list!["assets":
        a_file_is_read_whole,
        a_missing_file_is_none,
        a_folder_is_none,
        a_file_has_one_name,
        nothing_outside_the_folder_is_read,
        concurrent_reads_get_their_own_files,
    ]
}

async fn is_read(context: &Context, path: &str, wanted: &[u8]) -> anyhow::Result<()> {
    let found = context.ports.assets.get(path).await?;
    ensure!(
        found.as_deref() == Some(wanted),
        "{path}: the file has {} bytes, {:?} came back",
        wanted.len(),
        found.map(|bytes| bytes.len())
    );
    Ok(())
}

async fn is_none(context: &Context, path: &str) -> anyhow::Result<()> {
    let found = context.ports.assets.get(path).await?;
    same(&format!("{path:?}"), &found.map(|bytes| bytes.len()), &None)
}

async fn a_file_is_read_whole(context: &Context) -> anyhow::Result<()> {
    for (path, wanted) in FILES {
        is_read(context, path, wanted).await?;
    }
    Ok(())
}

async fn a_missing_file_is_none(context: &Context) -> anyhow::Result<()> {
    for path in ["nothing", "docs/nothing.html", "nothing/index.html", "docs/docs.js/docs.js", "docs/docs"] {
        is_none(context, path).await?;
    }
    Ok(())
}

async fn a_folder_is_none(context: &Context) -> anyhow::Result<()> {
    for path in ["", "/", "docs", "docs/"] {
        is_none(context, path).await?;
    }
    Ok(())
}

async fn a_file_has_one_name(context: &Context) -> anyhow::Result<()> {
    let others = [
        "/docs/docs.js",
        "//docs/docs.js",
        "./docs/docs.js",
        "docs/./docs.js",
        "docs//docs.js",
        "docs/docs.js/",
        "docs/../docs/docs.js",
        "docs/nothing/../docs.js",
        "docs\\docs.js",
        "docs%2fdocs.js",
        "docs/%2e/docs.js",
        "docs/docs.js?",
        "docs/docs.js?version=1",
        "docs/docs.js#top",
        "docs/docs.js\0",
        " docs/docs.js",
        "docs/docs.js ",
    ];
    for path in others {
        is_none(context, path).await?;
    }
    Ok(())
}

async fn nothing_outside_the_folder_is_read(context: &Context) -> anyhow::Result<()> {
    for path in
        ["../Cargo.toml", "docs/../../Cargo.toml", "..%2fCargo.toml", "/etc/passwd", "../src/lib.rs", ".."]
    {
        is_none(context, path).await?;
    }
    Ok(())
}

async fn concurrent_reads_get_their_own_files(context: &Context) -> anyhow::Result<()> {
    let reads = (0..10).flat_map(|_| FILES).map(|(path, wanted)| is_read(context, path, wanted));
    join_all(reads).await.into_iter().collect()
}
