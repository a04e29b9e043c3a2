//! What one instance holds on the host side, and the linking of every interface to it.

use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Engine, Result, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings::spin;
use crate::key_value::KeyValueState;
use crate::outbound::Outbound;
use crate::sqlite::SqliteState;
use crate::variables::VariablesState;

/// The data of a store.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) wasi: WasiCtx,
    pub(crate) http: WasiHttpCtx,
    pub(crate) outbound: Outbound,
    pub(crate) sqlite: SqliteState,
    pub(crate) key_value: KeyValueState,
    pub(crate) variables: VariablesState,
    pub(crate) limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// WASI 0.2 (which `std` uses), WASI 0.3, and the interfaces of Spin that this stand-in has.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>> {
    let mut linker: Linker<State> = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    spin::sqlite::sqlite::add_to_linker::<_, SqliteState>(&mut linker, |state| &mut state.sqlite)?;
    spin::key_value::key_value::add_to_linker::<_, KeyValueState>(&mut linker, |state| &mut state.key_value)?;
    spin::variables::variables::add_to_linker::<_, VariablesState>(&mut linker, |state| {
        &mut state.variables
    })?;
    Ok(linker)
}
