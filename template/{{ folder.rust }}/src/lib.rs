//! The service as a library, so that tests reach all of it; `main.rs` starts it.

pub mod app;
pub mod flags;
pub mod healthcheck;
pub mod log;
pub mod server;
pub mod settings;
