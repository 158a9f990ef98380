//! The media server: who publishes, and what can be played.

mod ingest;
mod origin;

pub use ingest::{
    Cause, Grant, IngestSession, MediaError, MediaServer, PlayRefusal, PlayRequest, PublishRequest, Refusal,
    SessionFact, Silence,
};
pub use origin::{Answer, Body, Cut, Directives, Freshness, Origin, OriginError, PlayPath, Until, View};
