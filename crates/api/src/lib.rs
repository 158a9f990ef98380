//! The HTTP face of the platform: routes, the JSON of the contract, and the one map from errors to answers.
//!
//! It holds no rules. A handler reads the request, has one use case of [`application::Application`] run on the main
//! runtime, and writes what came of it. [`configure`] adds everything to an actix-web application, [`serve`] runs it
//! on a listener.

mod assets;
mod cors;
mod error;
mod extract;
mod health;
mod json;
mod meters;
mod observe;
mod openapi;
mod operations;
mod play;
mod request_limit;
mod routes;
mod serve;
mod settings;
mod state;
mod watch;

pub use health::{Health, Readiness};
pub use meters::describe_metrics;
pub use openapi::document as openapi;
pub use operations::Metrics;
pub use routes::{configure, configure_operations};
pub use serve::{serve, serve_operations};
pub use settings::Settings;
pub use state::{Limits, Links, State};
