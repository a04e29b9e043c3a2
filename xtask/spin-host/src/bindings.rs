//! The interfaces that Spin adds to WASI, generated from `wit/`. Owns no behaviour.

wasmtime::component::bindgen!({
    path: "wit",
    world: "host",
    imports: { default: async | trappable },
    trappable_error_type: {
        "spin:key-value/key-value.error" => spin::key_value::key_value::Error,
        "spin:sqlite/sqlite.error" => spin::sqlite::sqlite::Error,
        "spin:variables/variables.error" => spin::variables::variables::Error,
    },
});
