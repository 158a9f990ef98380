//! A publication's media on its way from the socket into the hub.
//!
//! Encoders write each message by itself, about 75 a second. To be woken for each would cost more than all the work
//! on it; so a publisher's socket is not watched but looked at, every [`ServerSettings::read_interval`], and all
//! sockets at the same instants, so that one wake-up serves them all.
//!
//! [`ServerSettings::read_interval`]: super::ServerSettings::read_interval

use std::io::{self, IoSlice};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::buffer::with_buffer;
use super::connection::{Connection, of_session};
use super::publish::{Cause, Grant, IngestSession, SessionFact};
use super::rate::Pace;
use super::wire::Wire;
use crate::hub::{IngestError, Publication, Retained};
use crate::meters::{self, METERS, Publishing};
use crate::rtmp::Event;
use crate::{Media, UnixMicros};

/// Reads of one look, so that a publisher that floods us does not keep the thread.
const READS: usize = 16;

/// How much of our answers, which are few and small, may wait for a publisher that doesn't read.
const MAX_UNWRITTEN: usize = 64 << 10;

impl Connection {
    /// Opens the session, and carries its media to the hub until it ends; answers why it ended.
    pub(super) async fn publish(
        &mut self,
        mut stream: Wire,
        grant: Grant,
        reply: oneshot::Sender<IngestSession>,
    ) -> (Cause, io::Result<Wire>) {
        let Grant {
            channel,
            session,
            previous,
            delivery,
        } = grant;
        let (facts, receiver) = watch::channel(SessionFact::Connected);
        let retained = Arc::new(OnceLock::new());
        let control = self.place.control().clone();
        let mut ingest = Ingest {
            publication: self
                .shared
                .hub
                .open_for(channel, session, previous, delivery, UnixMicros::now()),
            facts,
            playable: false,
        };
        self.place.publishes(session, ingest.publication.probe().clone());
        self.session.accept(Instant::now().into_std());
        self.let_in();
        let _counted = Publishing::begin();
        // What it said until now is not news to who listens from here on.
        self.place.control().heard(self.session.messages());
        tracing::info!(peer = %self.peer, %session, "publisher let in");
        // Whoever doesn't take the session any more drops it, which stops us.
        drop(reply.send(IngestSession::new(session, receiver, control, retained.clone())));
        let (cause, stream) = match self.flush(&mut stream).await {
            Ok(()) => match stream.into_unwatched() {
                Ok(mut stream) => {
                    let cause = self
                        .carry(&mut stream, &mut ingest)
                        .await
                        .err()
                        .unwrap_or(Cause::PublisherClosed);
                    (cause, stream.into_watched())
                }
                Err(error) => (Cause::PublisherClosed, Err(error)),
            },
            Err(cause) => (cause, Ok(stream)),
        };
        tracing::info!(peer = %self.peer, %session, %cause, "publisher gone");
        meters::ended(&cause);
        // First, so that whoever finds the session over is told so too.
        ingest.finish(cause.clone(), &retained);
        self.place.session_over();
        (cause, stream)
    }

    /// Carries media to the hub until the publisher unpublishes. The stream never blocks.
    async fn carry(&mut self, stream: &mut Wire<TcpStream>, ingest: &mut Ingest) -> Result<(), Cause> {
        let unread = std::mem::take(&mut self.unread);
        self.take(&unread, ingest)?;
        loop {
            with_buffer(|buffer| self.look(stream, buffer, ingest))?;
            if self.session.is_over() {
                return Ok(());
            }
            self.place.control().heard(self.session.messages());
            self.write(stream)?;
            self.session
                .on_deadline(Instant::now().into_std())
                .map_err(of_session)?;
            self.timer.as_mut().reset(self.shared.next_look(Instant::now()));
            tokio::select! {
                biased;
                cause = self.place.control().stopped() => return Err(cause),
                () = &mut self.timer => {}
            }
        }
    }

    /// Reads what has come since the last look.
    fn look(
        &mut self,
        stream: &mut Wire<TcpStream>,
        buffer: &mut [u8],
        ingest: &mut Ingest,
    ) -> Result<(), Cause> {
        for _ in 0..READS {
            match self.rate.pace(Instant::now().into_std()) {
                Pace::Fine => {}
                Pace::Wait => break,
                Pace::TooFast => return Err(Cause::TooFast),
            }
            let Some(count) = read(stream, buffer)? else {
                break;
            };
            self.rate.count(count);
            self.take(buffer.get(..count).unwrap_or_default(), ingest)?;
            if count < buffer.len() && !stream.is_encrypted() {
                break;
            }
        }
        Ok(())
    }

    /// Gives the hub the media in what was read.
    fn take(&mut self, mut bytes: &[u8], ingest: &mut Ingest) -> Result<(), Cause> {
        let arrived = UnixMicros::now();
        METERS
            .received
            .increment(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while let Some(event) = self.next_event(&mut bytes)? {
            if let Event::Media(media) = event {
                ingest.push(&media, arrived)?;
            }
        }
        Ok(())
    }

    /// Writes what the session has to say, as far as the peer takes it.
    fn write(&mut self, stream: &mut Wire<TcpStream>) -> Result<(), Cause> {
        while !self.session.output().is_empty() {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.session.output().slices(&mut slices);
            match stream.try_write(slices.get(..filled).unwrap_or_default()) {
                Ok(count) => self.session.output().advance(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(Cause::PublisherClosed),
            }
        }
        match stream.try_flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(Cause::PublisherClosed),
            _ => {}
        }
        if self.session.output().len() > MAX_UNWRITTEN {
            return Err(Cause::TimedOut);
        }
        Ok(())
    }
}

/// Reads what is there: none if there is nothing.
fn read(stream: &mut Wire<TcpStream>, buffer: &mut [u8]) -> Result<Option<usize>, Cause> {
    loop {
        return match stream.try_read(buffer) {
            Ok(0) => Err(Cause::PublisherClosed),
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(_) => Err(Cause::PublisherClosed),
        };
    }
}

/// A session's place in the hub.
struct Ingest {
    publication: Publication,
    facts: watch::Sender<SessionFact>,
    playable: bool,
}

impl Ingest {
    fn push(&mut self, media: &Media, arrived: UnixMicros) -> Result<(), Cause> {
        self.publication
            .push(media, arrived)
            .map_err(|error| of_media(&error))?;
        if self.publication.has_made_parts() {
            self.publication.parts_are_there(UnixMicros::now());
        }
        if !self.playable && self.publication.is_playable() {
            self.playable = true;
            self.facts.send_replace(SessionFact::Playable);
        }
        Ok(())
    }

    /// Ends the publication. What is kept of it goes to `retained`, for as long as somebody holds that.
    fn finish(self, cause: Cause, retained: &OnceLock<Retained>) {
        let _ = retained.set(self.publication.finish(UnixMicros::now()));
        self.facts.send_replace(SessionFact::Gone(cause));
    }
}

/// Superseded is no fault of the publisher's media; everything else is, and its text is for the broadcaster.
fn of_media(error: &IngestError) -> Cause {
    match error {
        IngestError::Superseded => Cause::Kicked(error.to_string()),
        _ => Cause::MediaError(error.to_string()),
    }
}
