//! The chain around every handler, one link a file: request id, security headers, caching, CORS, origin check; and
//! before guarded handlers `verify_token` -> `load_user` -> `require`, with `rate_limit` beside `load_user` where
//! something is written.

pub mod caching;
pub mod cors;
pub mod load_user;
pub mod origin_check;
pub mod rate_limit;
pub mod replicas;
pub mod request_id;
pub mod require;
pub mod security_headers;
pub mod server_timing;
pub mod trace_context;
pub mod verify_token;
