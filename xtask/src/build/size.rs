//! The size of the edge Worker: Cloudflare's limit counts gzipped bytes, and so does our budget.

use std::fs;
use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use harness::build_outputs::{Part, Variant};

use super::Effort;
use crate::ui;

/// Bytes that the edge Worker may have, gzipped. Cloudflare's own limit is 3 MB on the free plan and 10 MB on the paid one;
/// ours is there so that growth is noticed. It was 700,000 for 15 routes. 52 routes had 930,000: code for each route's
/// input, guard and service is most of it (660,000), names for stack traces are 52,000, the OpenAPI document is 38,000.
/// Lists that are planned, paged by cursor and searched, the cache, idempotency keys, bulk writes and exports took 200,000 more.
const BUDGET: usize = 1_200_000;

/// `cargo xtask size`.
///
/// # Errors
/// When the Worker does not build or is over its budget.
pub(crate) fn check() -> Result<()> {
    super::build_worker(Part::Edge, Variant::Release, Effort::Full)?;
    let size = report()?;
    if size > BUDGET {
        bail!(
            "the edge Worker has {size} bytes gzipped, {} over its budget of {BUDGET}: find out what grew \
             (`cargo tree`, `twiggy`), or raise BUDGET in xtask/src/build/size.rs with a reason",
            size - BUDGET
        );
    }
    Ok(())
}

/// Prints the size.
pub(super) fn report() -> Result<usize> {
    let size = measure()?;
    ui::say(&format!("    edge Worker: {size} bytes gzipped, {} % of the budget", size * 100 / BUDGET));
    Ok(size)
}

/// Gzipped bytes of the JavaScript and the Wasm, at gzip's default level as wrangler counts them.
fn measure() -> Result<usize> {
    let directory = Part::Edge.worker_directory(Variant::Release);
    ["index.js", "index_bg.wasm"].into_iter().try_fold(0, |sum, name| {
        let path = directory.join(name);
        let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content)?;
        Ok(sum + encoder.finish()?.len())
    })
}
