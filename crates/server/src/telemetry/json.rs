//! A line of the log as a JSON object (RFC 8259): the fields of an event, and those of the span that it happened in.
//!
//! There is a line for each request. The format that comes with tracing-subscriber reads a span's fields from JSON again
//! for each line and for each field that is added to them; here they are kept as they are written.

use std::fmt::{self, Debug, Write};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::timestamp;

/// Writes events as `{"timestamp", "level", the event's fields, "target", "span": {"name", the innermost span's fields}}`.
pub(super) struct Lines;

impl<S> FormatEvent<S, Members> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or_else(|| event.metadata());
        line.write_str("{\"timestamp\":\"")?;
        timestamp::write(&mut line)?;
        write!(line, "\",\"level\":\"{}\"", metadata.level())?;
        written(&mut line, |visitor| event.record(visitor))?;
        line.write_str(",\"target\":")?;
        text(&mut line, metadata.target())?;
        let parent = event.parent().and_then(|id| context.span(id));
        if let Some(span) = parent.or_else(|| context.lookup_current()) {
            line.write_str(",\"span\":{\"name\":")?;
            text(&mut line, span.name())?;
            if let Some(members) = span.extensions().get::<FormattedFields<Members>>() {
                line.write_str(&members.fields)?;
            }
            line.write_char('}')?;
        }
        line.write_str("}\n")
    }
}

/// Keeps the fields of a span as the members of an object, each with a comma before it.
pub(super) struct Members;

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        written(&mut writer, |visitor| fields.record(visitor))
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &span::Record<'_>,
    ) -> fmt::Result {
        let members = &mut current.fields;
        let mut again = Again {
            members,
            is_so: false,
        };
        fields.record(&mut again);
        let again = again.is_so;
        written(members, |visitor| fields.record(visitor))?;
        if again {
            *members = last_of_each(members)?;
        }
        Ok(())
    }
}

/// The same members without those that one of the same name comes after.
fn last_of_each(members: &str) -> Result<String, fmt::Error> {
    let object = format!("{{{}}}", members.trim_start_matches(','));
    let object: Map<String, Value> = serde_json::from_str(&object).map_err(|_| fmt::Error)?;
    let mut kept = String::with_capacity(members.len());
    for (name, value) in object {
        name_of(&mut kept, &name)?;
        write!(kept, "{value}")?;
    }
    Ok(kept)
}

/// Whether a field has been recorded before.
struct Again<'a> {
    members: &'a str,
    is_so: bool,
}

impl Visit for Again<'_> {
    fn record_debug(&mut self, field: &Field, _value: &dyn Debug) {
        self.is_so |= has(self.members, field.name());
    }
}

/// Whether there is a member of that name. A name in quotes can't stand in a value: quotes in values are escaped.
fn has(members: &str, name: &str) -> bool {
    let members = members.as_bytes();
    let begins = members.iter().enumerate().filter(|(_, byte)| **byte == b',');
    begins.map(|(at, _)| &members[at + 1..]).any(|rest| {
        let rest = rest
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_prefix(name.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"\":"))
    })
}

/// Writes each field that is recorded as a member.
struct MemberVisitor<'a, W> {
    to: &'a mut W,
    result: fmt::Result,
}

fn written<W: Write>(to: &mut W, record: impl FnOnce(&mut MemberVisitor<'_, W>)) -> fmt::Result {
    let mut visitor = MemberVisitor { to, result: Ok(()) };
    record(&mut visitor);
    visitor.result
}

impl<W: Write> MemberVisitor<'_, W> {
    /// What stands in for the crate `log` is no field: it was made the metadata.
    fn member(&mut self, field: &Field, value: impl FnOnce(&mut W) -> fmt::Result) {
        let name = field.name();
        if self.result.is_ok() && !name.starts_with("log.") {
            self.result = name_of(self.to, name).and_then(|()| value(self.to));
        }
    }
}

impl<W: Write> Visit for MemberVisitor<'_, W> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |to| write!(to, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, |to| {
            if value.is_finite() {
                write!(to, "{value:?}")
            } else {
                to.write_str("null")
            }
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |to| text(to, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |to| {
            to.write_char('"')?;
            write!(Escaped(to), "{value:?}")?;
            to.write_char('"')
        });
    }
}

fn name_of(to: &mut impl Write, name: &str) -> fmt::Result {
    to.write_char(',')?;
    text(to, name)?;
    to.write_char(':')
}

/// Writes a text as a string of JSON (RFC 8259, section 7).
fn text(to: &mut impl Write, text: &str) -> fmt::Result {
    to.write_char('"')?;
    Escaped(to).write_str(text)?;
    to.write_char('"')
}

/// Escapes what is written through it. Text outside ASCII stays as it is.
struct Escaped<'a, W>(&'a mut W);

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        // Each of these is a character of its own: no byte of a longer one is below 0x80.
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        while let Some(at) = text.as_bytes().iter().position(special) {
            self.0.write_str(&text[..at])?;
            match text.as_bytes()[at] {
                b'"' => self.0.write_str("\\\"")?,
                b'\\' => self.0.write_str("\\\\")?,
                b'\n' => self.0.write_str("\\n")?,
                control => write!(self.0, "\\u{control:04x}")?,
            }
            text = &text[at + 1..];
        }
        self.0.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn logged(what: impl FnOnce()) -> String {
        let log = Log::default();
        let layer = crate::telemetry::json().with_writer(log.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), what);
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn only(what: impl FnOnce()) -> Value {
        let text = logged(what);
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn a_line_has_the_event_and_the_span_that_it_happened_in() {
        let text = logged(|| {
            let span = tracing::info_span!("request", id = "1", app = tracing::field::Empty);
            let _inside = span.enter();
            span.record("app", 7);
            tracing::info!(status = 200, ok = true, rate = 0.5, error = %"none", list = ?["a"], "answered");
        });
        let (begin, rest) = text.split_at("{\"timestamp\":\"2026-11-29T05:32:30.371276Z".len());
        assert!(
            begin.starts_with("{\"timestamp\":\"2") && begin.ends_with('Z'),
            "{begin}"
        );
        let target = "\"target\":\"videoroom::telemetry::json::tests\"";
        assert_eq!(
            rest,
            format!(
                "\",\"level\":\"INFO\",\"message\":\"answered\",\"status\":200,\"ok\":true,\"rate\":0.5,\"error\":\"none\",\
                 \"list\":\"[\\\"a\\\"]\",{target},\"span\":{{\"name\":\"request\",\"id\":\"1\",\"app\":7}}}}\n"
            )
        );
    }

    #[test]
    fn a_field_that_is_recorded_again_has_the_last_value() {
        let line = only(|| {
            let span = tracing::info_span!("request", id = "1", error = ",\"app\":");
            let _inside = span.enter();
            span.record("error", "B");
            span.record("error", "C");
            tracing::info!("answered");
        });
        assert_eq!(
            line["span"],
            serde_json::json!({"name": "request", "id": "1", "error": "C"})
        );
    }

    #[test]
    fn outside_of_spans_there_is_none() {
        let line = only(|| tracing::error!(parent: None, gone = f64::NAN, "lost"));
        assert_eq!(line["span"], Value::Null);
        assert_eq!((&line["level"], &line["gone"]), (&"ERROR".into(), &Value::Null));
    }

    proptest! {
        #[test]
        fn every_text_is_told_as_it_is(text in any::<String>(), control in "[\\x00-\\x1f\"\\\\]*") {
            let text = format!("{control}{text}");
            let line = only(|| {
                let _inside = tracing::info_span!("request", as_field = text).entered();
                tracing::info!(as_text = text, shown = %text, debugged = ?text, "{text}");
            });
            for told in [&line["message"], &line["as_text"], &line["shown"], &line["span"]["as_field"]] {
                prop_assert_eq!(told, &text);
            }
            prop_assert_eq!(&line["debugged"], &format!("{text:?}"));
        }
    }
}
