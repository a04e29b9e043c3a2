//! The Wasm engine, configured as Spin configures it, with the compilation cache that makes a second start fast.

use anyhow::{Context, Result};
use wasmtime::{Cache, Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cli;

/// As many instances as Spin keeps at most.
const MAX_INSTANCES: u32 = 1_000;
const MIB: usize = 1 << 20;

/// Builds the engine. Falls back to on-demand allocation where the address space is too small for the pool.
pub(crate) fn engine(options: &cli::Engine) -> Result<wasmtime::Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true).wasm_component_model_async(true);
    // Nothing sets a deadline; the checks are here because they are in Spin's code too.
    config.epoch_interruption(true);
    if !options.disable_cache {
        let cache = Cache::from_file(options.cache.as_deref()).map_err(anyhow::Error::from);
        let cache = cache.context("failed to set up the compilation cache (--disable-cache does without)")?;
        config.cache(Some(cache));
    }
    let on_demand = config.clone();
    if !options.disable_pooling {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        if let Ok(engine) = wasmtime::Engine::new(&config) {
            return Ok(engine);
        }
    }
    Ok(wasmtime::Engine::new(&on_demand)?)
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(MAX_INSTANCES)
        .total_memories(MAX_INSTANCES)
        .total_tables(2 * MAX_INSTANCES)
        .total_stacks(MAX_INSTANCES)
        .total_core_instances(4 * MAX_INSTANCES)
        .table_elements(100_000)
        .max_component_instance_size(10 * MIB)
        .max_core_instance_size(10 * MIB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4096 * MIB)
        .linear_memory_keep_resident(2 * MIB)
        .table_keep_resident(MIB / 2);
    pool
}
