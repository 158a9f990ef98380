//! One who listens: first what it has missed, from the feed, then what happens.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::{AppId, MemberId, Timestamp};
use ports::{Subject, TokenKind};
use tokio::sync::{broadcast, watch};

use super::channel::{Listening, Place};
use super::gone::Gone;
use super::signal::Reach;
use super::{PAGE, Signal};
use crate::{AppError, Application, ErrorCode};

/// How many events can be heard again. Whoever has missed more reads anew what it shows.
const MOST_MISSED: i64 = 10_000;

/// Somebody who hears what changes, until its token expires or it is deleted.
pub struct Listener {
    application: Application,
    app: AppId,
    subject: Subject,
    expires_at: Timestamp,
    signals: broadcast::Receiver<Arc<Signal>>,
    gone: watch::Receiver<Gone>,
    /// The number of the last event that was heard or passed over.
    reached: i64,
    /// Up to this number what was missed is read from the feed.
    missed: i64,
    /// What was read or received, and is still to be judged.
    waiting: VecDeque<Arc<Signal>>,
    _place: Place,
}

impl Application {
    /// Begins to listen with a member's or a guest's access token: to what comes after the event `after`, or to what happens
    /// from now on.
    ///
    /// # Errors
    /// `INVALID_ACCESS_TOKEN` for a token that is none, has expired or is of another kind, and when the member or the app
    /// has been deleted since; `INVALID_REQUEST_PARAMETER` for a number that no event has had yet; `EVENTS_EXPIRED` when
    /// what comes after it is not kept any more, or is too much; `TOO_MANY_REQUESTS` when the member listens too often
    /// at a time.
    pub async fn listen(&self, access_token: &str, after: Option<i64>) -> Result<Listener, AppError> {
        let claims = self.claims(TokenKind::Access, access_token).await?;
        let claims = claims.ok_or_else(invalid_token)?;
        if !self.is_there(&claims).await? {
            return Err(invalid_token());
        }
        let app = claims.app;
        let last = self.reading().await?.events().last_sequence(app).await?;
        let reached = after.unwrap_or(last);
        if !(0..=last).contains(&reached) {
            return Err(AppError::new(
                ErrorCode::InvalidRequestParameter,
                "Last-Event-ID must be the number of an event; connect without it",
            ));
        }
        if last - reached > MOST_MISSED {
            return Err(too_much_missed());
        }
        let member = match claims.subject {
            Subject::Member(member) => Some(member),
            Subject::Guest | Subject::App => None,
        };
        let Listening {
            signals,
            gone,
            told,
            place,
        } = self.channel(app, last).listen(member)?;
        let mut listener = Listener {
            application: self.clone(),
            app,
            subject: claims.subject,
            expires_at: claims.expires_at,
            signals,
            gone,
            reached,
            missed: told,
            waiting: VecDeque::new(),
            _place: place,
        };
        if listener.has_missed_some() {
            listener.read_on().await?;
        }
        Ok(listener)
    }
}

impl Listener {
    /// The number of the last event that was heard or passed over: where to resume.
    pub fn reached(&self) -> i64 {
        self.reached
    }

    /// For how long the token is good.
    pub fn lasts(&self) -> Duration {
        let left = self.expires_at.micros() - self.application.parts().clock.now().micros();
        Duration::from_micros(u64::try_from(left).unwrap_or(0))
    }

    /// Waits for the next change that is to be heard of. `None` when it can't go on: the member was deleted, it is too far
    /// behind, or the store does not answer. Nothing is lost when it is dropped while it waits.
    pub async fn next(&mut self) -> Option<Arc<Signal>> {
        match self.heard().await {
            Ok(signal) => signal,
            Err(error) => {
                let error = crate::error::chain(&error);
                tracing::debug!(app = %self.app, error, "a listener is cut off");
                None
            }
        }
    }

    async fn heard(&mut self) -> Result<Option<Arc<Signal>>, AppError> {
        loop {
            while let Some(signal) = self.waiting.front() {
                let heard = match signal.reaches(self.subject) {
                    Reach::Heard => true,
                    Reach::PassedOver => false,
                    Reach::Ask(room, member) => {
                        let mut work = self.application.reading().await?;
                        work.whitelist().has(room, member).await?
                    }
                };
                let Some(signal) = self.waiting.pop_front() else {
                    break;
                };
                self.reached = signal.sequence;
                if heard {
                    return Ok(Some(signal));
                }
            }
            if self.has_missed_some() {
                self.read_on().await?;
            } else {
                let subject = self.subject;
                let heard = tokio::select! {
                    biased;
                    _ = self.gone.wait_for(|gone| gone.has(subject)) => return Ok(None),
                    heard = self.signals.recv() => heard,
                };
                match heard {
                    Ok(signal) if signal.sequence > self.reached => self.waiting.push_back(signal),
                    Ok(_heard_before) => {}
                    Err(_too_far_behind) => return Ok(None),
                }
            }
        }
    }

    fn has_missed_some(&self) -> bool {
        self.reached < self.missed
    }

    /// Reads a page of what was missed.
    async fn read_on(&mut self) -> Result<(), AppError> {
        let mut work = self.application.reading().await?;
        let events = work.events().after(self.app, self.reached, PAGE).await?;
        if events
            .first()
            .is_none_or(|first| first.sequence != self.reached + 1)
        {
            return Err(AppError::new(
                ErrorCode::EventsExpired,
                "the events after Last-Event-ID are not kept any more; connect without it",
            ));
        }
        let asked: HashSet<MemberId> = match self.subject {
            Subject::Member(member) => HashSet::from([member]),
            Subject::Guest | Subject::App => HashSet::new(),
        };
        let signals = self
            .application
            .signals(work.as_mut(), self.app, &events, &Arc::new(asked))
            .await?;
        self.waiting.extend(signals);
        Ok(())
    }
}

fn invalid_token() -> AppError {
    AppError::new(
        ErrorCode::InvalidAccessToken,
        "the access token is not valid, or not any more",
    )
}

fn too_much_missed() -> AppError {
    AppError::new(
        ErrorCode::EventsExpired,
        format!("more than {MOST_MISSED} events have come after Last-Event-ID; connect without it"),
    )
}
