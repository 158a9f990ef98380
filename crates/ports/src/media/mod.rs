//! The media server: who publishes, and what can be played.

mod directives;
mod health;
mod ingest;
mod origin;

pub use directives::{DirectiveError, Directives, Until};
pub use health::{Health, Latency, Warning};
pub use ingest::{
    Cause, Grant, IngestSession, MediaError, MediaServer, PlayRefusal, PlayRequest, PublishRequest, Refusal,
    SessionFact, Silence,
};
pub use origin::{Answer, Body, Cut, Freshness, Origin, OriginError, PlayPath, View};
