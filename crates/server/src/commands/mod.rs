//! The commands, one a file.

pub(crate) mod app;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod migrate;
pub(crate) mod serve;
