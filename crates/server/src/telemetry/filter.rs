//! The filter of what is logged, which can be changed while the program runs.
//!
//! The layer that comes with tracing-subscriber for this locks the filter whenever a span is made, entered, left or
//! closed, and so several times for each request. A filter has to hear of spans only where its directives tell them apart
//! by their names or fields; without such directives it is asked once for each place in the code.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber, span};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, filter};

/// A filter as a layer. A clone is the same filter.
#[derive(Clone)]
pub(super) struct Directives(Arc<InForce>);

struct InForce {
    filter: RwLock<EnvFilter>,
    /// Whether the filter has to hear of spans.
    of_spans: AtomicBool,
}

impl Directives {
    /// These directives, in the language of [`EnvFilter`].
    pub(super) fn new(directives: &str) -> Result<Self, filter::ParseError> {
        Ok(Self(Arc::new(InForce {
            filter: RwLock::new(EnvFilter::try_new(directives)?),
            of_spans: AtomicBool::new(are_of_spans(directives)),
        })))
    }

    /// Puts others in force.
    pub(super) fn set(&self, directives: &str) -> Result<(), filter::ParseError> {
        let filter = EnvFilter::try_new(directives)?;
        *self.0.filter.write().unwrap_or_else(PoisonError::into_inner) = filter;
        self.0.of_spans.store(are_of_spans(directives), Ordering::Relaxed);
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    fn filter(&self) -> RwLockReadGuard<'_, EnvFilter> {
        self.0.filter.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn if_of_spans(&self, tell: impl FnOnce(&EnvFilter)) {
        if self.0.of_spans.load(Ordering::Relaxed) {
            tell(&self.filter());
        }
    }
}

/// Whether some of these directives name a span, as in `target[span{field=value}]=level`.
fn are_of_spans(directives: &str) -> bool {
    directives.contains('[')
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Directives {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        Layer::<S>::register_callsite(&*self.filter(), metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        Layer::<S>::enabled(&*self.filter(), metadata, context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Layer::<S>::max_level_hint(&*self.filter())
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        self.if_of_spans(|filter| filter.on_new_span(attributes, id, context));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        self.if_of_spans(|filter| filter.on_record(id, values, context));
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        self.if_of_spans(|filter| filter.on_enter(id, context));
    }

    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        self.if_of_spans(|filter| filter.on_exit(id, context));
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        self.if_of_spans(|filter| filter.on_close(id, context));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing::Event;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Counts what gets through.
    #[derive(Clone, Default)]
    struct Through(Arc<Mutex<Vec<&'static str>>>);

    impl<S: Subscriber> Layer<S> for Through {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().target());
        }
    }

    fn with(directives: &Directives, what: impl FnOnce()) -> Vec<&'static str> {
        let through = Through::default();
        let subscriber = tracing_subscriber::registry()
            .with(directives.clone())
            .with(through.clone());
        tracing::subscriber::with_default(subscriber, what);
        let through = through.0.lock().unwrap();
        through.clone()
    }

    #[test]
    fn what_the_directives_leave_out_is_left_out_until_others_are_in_force() {
        let directives = Directives::new("quiet=off,info").unwrap();
        let seen = with(&directives, || {
            let say = || {
                tracing::info!(target: "quiet", "not first");
                tracing::info!(target: "other", "always");
                tracing::debug!(target: "other", "never");
            };
            say();
            directives.set("info").unwrap();
            say();
            assert!(directives.set("no level=at all").is_err());
            say();
        });
        assert_eq!(seen, ["other", "quiet", "other", "quiet", "other"]);
    }

    #[test]
    fn directives_may_tell_spans_apart_by_their_fields() {
        let directives = Directives::new("warn,[request{app=2}]=debug").unwrap();
        let seen = with(&directives, || {
            for app in [1, 2] {
                let _inside = tracing::info_span!("request", app).entered();
                tracing::debug!(target: "inside", app, "of the second alone");
            }
            tracing::debug!(target: "outside", "of none");
        });
        assert_eq!(seen, ["inside"]);
    }
}
