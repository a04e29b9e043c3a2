//! The `Entropy` port: not the quality of the source, but that every byte comes from it.

use anyhow::ensure;

use crate::{Case, Context, case_list};

/// What `crypto.getRandomValues` fills at most in one call.
const CHUNK: usize = 65_536;

pub(crate) fn cases() -> Vec<Case> {
    case_list!["entropy":
        two_fills_differ,
        an_empty_buffer_is_no_error,
        buffers_around_the_chunk_limit_are_filled,
        a_megabyte_is_filled_to_its_end,
        every_byte_value_appears,
    ]
}

fn fill(context: &Context, length: usize) -> anyhow::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    context.ports.entropy.fill(&mut buffer)?;
    Ok(buffer)
}

async fn two_fills_differ(context: &Context) -> anyhow::Result<()> {
    ensure!(fill(context, 32)? != fill(context, 32)?, "two fills of 32 bytes are equal");
    Ok(())
}

async fn an_empty_buffer_is_no_error(context: &Context) -> anyhow::Result<()> {
    fill(context, 0).map(drop)
}

async fn buffers_around_the_chunk_limit_are_filled(context: &Context) -> anyhow::Result<()> {
    for length in [1, 2, 7, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 16] {
        // One byte is zero by chance once in 256 times, eight times in a row never.
        let last_bytes =
            (0..8).map(|_| Ok(fill(context, length)?.last().copied())).collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(last_bytes.iter().any(|byte| *byte != Some(0)), "the last of {length} bytes is always zero");
    }
    Ok(())
}

async fn a_megabyte_is_filled_to_its_end(context: &Context) -> anyhow::Result<()> {
    let buffer = fill(context, 16 * CHUNK)?;
    for (number, block) in buffer.chunks(64).enumerate() {
        ensure!(block.iter().any(|byte| *byte != 0), "64 bytes at {} are zero", number * 64);
    }
    let mut chunks: Vec<_> = buffer.chunks(CHUNK).collect();
    chunks.sort_unstable();
    chunks.dedup();
    ensure!(chunks.len() == 16, "chunks of {CHUNK} bytes repeat");
    Ok(())
}

async fn every_byte_value_appears(context: &Context) -> anyhow::Result<()> {
    let mut seen = [false; 256];
    for byte in fill(context, CHUNK)? {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    ensure!(seen.iter().all(|seen| *seen), "some byte values do not appear in {CHUNK} bytes");
    Ok(())
}
