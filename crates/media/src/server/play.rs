//! A player's connection once it asked to play: verdict, media, end.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connection::{Connection, read_some};
use super::publish::{Cause, ServerError};
use super::wire::Wire;
use crate::ChannelId;
use crate::hub::{Played, Player, View};
use crate::rtmp::PlayRefusal;
use crate::rtmp::StreamKey;

/// How long a player may take nothing of what is sent to it.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);

/// What a player asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) token: Option<StreamKey>,
}

type Verdict = Result<(ChannelId, View), PlayRefusal>;

/// A player that waits to be let in. Dropped without a verdict, it is refused.
pub struct PlayRequest {
    wanted: Wanted,
    peer: SocketAddr,
    verdict: oneshot::Sender<Verdict>,
}

impl fmt::Debug for PlayRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayRequest")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

impl PlayRequest {
    /// The name that it asked for, without the application, unchecked.
    pub fn name(&self) -> &str {
        &self.wanted.name
    }

    /// The token that it showed, unchecked.
    pub fn token(&self) -> Option<&str> {
        self.wanted.token.as_ref().map(StreamKey::expose)
    }

    /// The player's address.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Lets it see a view of a channel, if that is relayed.
    pub fn accept(self, channel: ChannelId, view: View) -> Result<(), ServerError> {
        self.verdict
            .send(Ok((channel, view)))
            .map_err(|_| ServerError::Gone)
    }

    /// Refuses it.
    pub fn reject(self, refusal: PlayRefusal) -> Result<(), ServerError> {
        self.verdict.send(Err(refusal)).map_err(|_| ServerError::Gone)
    }
}

impl Connection {
    /// Serves a player to its end.
    pub(super) async fn play(&mut self, stream: &mut Wire, wanted: Wanted) -> Result<(), Cause> {
        self.flush(stream).await?;
        let Ok(_seat) = self.shared.players.clone().try_acquire_owned() else {
            self.session.reject_play(PlayRefusal::Unavailable);
            return Ok(());
        };
        match self.play_verdict(wanted).await? {
            Ok(player) => {
                self.session.accept_play();
                self.let_in();
                tracing::info!(peer = %self.peer, "player let in");
                self.carry_out(stream, player).await
            }
            Err(refusal) => {
                tracing::info!(peer = %self.peer, ?refusal, "player refused");
                self.session.reject_play(refusal);
                Ok(())
            }
        }
    }

    async fn play_verdict(&mut self, wanted: Wanted) -> Result<Result<Player, PlayRefusal>, Cause> {
        let (sender, verdict) = oneshot::channel();
        let request = PlayRequest {
            wanted,
            peer: self.peer,
            verdict: sender,
        };
        match self.shared.plays.try_send(request) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Ok(Err(PlayRefusal::Unavailable)),
            Err(TrySendError::Closed(_)) => return Err(Cause::Shutdown),
        }
        let verdict = tokio::select! {
            cause = self.place.control().stopped() => return Err(cause),
            verdict = timeout(self.shared.settings.verdict_timeout, verdict) => verdict,
        };
        let Ok(Ok(verdict)) = verdict else {
            return Ok(Err(PlayRefusal::Unavailable));
        };
        Ok(verdict
            .and_then(|(channel, view)| self.shared.hub.player(channel, view).ok_or(PlayRefusal::NotFound)))
    }

    /// Sends what is played, as fast as the player takes it: more is asked for only when all is written.
    async fn carry_out(&mut self, stream: &mut Wire, mut player: Player) -> Result<(), Cause> {
        let mut unread = std::mem::take(&mut self.unread);
        let control = Arc::clone(self.place.control());
        loop {
            while let Some(_event) = {
                let mut bytes = unread.as_ref();
                let event = self.next_event(&mut bytes)?;
                let taken = unread.len() - bytes.len();
                bytes::Buf::advance(&mut unread, taken);
                event
            } {}
            tokio::select! {
                biased;
                cause = control.stopped() => return Err(self.ended_by(cause)),
                written = self.write_out(stream) => written?,
            }
            if self.session.is_over() {
                return Ok(());
            }
            tokio::select! {
                biased;
                cause = control.stopped() => return Err(self.ended_by(cause)),
                ready = stream.ready() => {
                    ready.map_err(|_| Cause::PublisherClosed)?;
                    unread = read_some(stream)?;
                }
                next = player.next() => match next {
                    Played::Media(media) => media.iter().for_each(|media| self.session.send(media)),
                    Played::Interrupted => self.session.interrupted(),
                    Played::Over => self.session.end_play(),
                },
            }
        }
    }

    /// Tells the player that it is over, when it takes what is still to be written ([`Connection::close`]).
    fn ended_by(&mut self, cause: Cause) -> Cause {
        self.session.end_play();
        cause
    }

    /// Writes everything that is to be written, for as long as the player takes some of it.
    async fn write_out(&mut self, stream: &mut Wire) -> Result<(), Cause> {
        while !self.session.output().is_empty() || !stream.is_flushed() {
            match timeout(STALL_TIMEOUT, stream.writable()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Cause::PublisherClosed),
                Err(_) => return Err(Cause::TimedOut),
            }
            let mut slices = [IoSlice::new(&[]); 64];
            let filled = self.session.output().slices(&mut slices);
            let written = match slices.get(..filled) {
                Some(slices @ [_, ..]) => stream.try_write(slices),
                _ => stream.try_flush().map(|()| 0),
            };
            match written {
                Ok(count) => self.session.output().advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(Cause::PublisherClosed),
            }
        }
        Ok(())
    }
}
