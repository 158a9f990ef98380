//! Apps and their keys: who may call, and how tenants come to be.

mod authenticate;
mod bootstrap;
mod create;
mod credentials;
mod keys;
mod list;

pub(crate) use credentials::Credentials;

pub use bootstrap::{Bootstrap, Bootstrapped};
pub use create::{CreateApp, CreatedApp};
