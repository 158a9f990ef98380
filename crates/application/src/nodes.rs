//! This process among those on its store: the lease by which the others know that it is alive, and what is put right
//! after those that are not.
//!
//! Nodes neither elect nor talk: each looks at the store alone. One may judge another only while it is itself beyond
//! doubt: it has kept its own lease without a gap for a whole lease's time. So after an outage of the store, when all
//! leases have run out, nobody is swept before everybody had time to come back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ports::store::{Holder, Lease, Node};
use thiserror::Error;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::retry::retrying;
use crate::{AppError, Application, ErrorCode};

/// How often a lease is renewed in the time that it lasts. A dead node is found out after the rest of its lease and one
/// such turn of another's.
const RENEWALS: u32 = 5;

/// How soon a renewal that failed is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// What a process on a store with others is called, and for how long it promises to be alive.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Where the others send players of its media.
    pub public_url: String,
    /// After this silence it counts as dead.
    pub lease: Duration,
}

/// Why a process is not among those on its store.
#[derive(Debug, Error)]
pub enum JoinError {
    /// Another one that lives has its name.
    #[error("another process on this store is called {0:?}, and is alive")]
    NameTaken(String),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] AppError),
}

/// Until when this process may judge others.
#[derive(Default)]
pub(crate) struct Judgement(Mutex<Option<Instant>>);

impl Judgement {
    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn holds(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

impl Application {
    /// Takes this process's name. That of a process that died is free when its lease has run out, which is waited for;
    /// one that lives gives itself away by renewing it. Does nothing where a store has one process.
    ///
    /// # Errors
    /// [`JoinError::NameTaken`] when another process lives under it.
    pub async fn join(&self) -> Result<(), JoinError> {
        let Some(membership) = &self.parts().membership else {
            return Ok(());
        };
        let node = self.node(membership);
        let mut ends: Option<Instant> = None;
        loop {
            let taken = retrying(async || {
                let mut work = self.writing().await?;
                let taken = work.nodes().take(&node, membership.lease).await?;
                work.commit().await?;
                Ok(taken)
            });
            let left = match taken.await? {
                Lease::Held { .. } => return Ok(()),
                Lease::Taken { left } => left,
            };
            let until = Instant::now() + left;
            match ends {
                None => tracing::info!(
                    node = node.name,
                    ?left,
                    "waiting for the lease of the process that had this name"
                ),
                // As long as a statement may take to and fro, the end seems to move by itself.
                Some(ends) if until > ends + left_over(membership) => {
                    return Err(JoinError::NameTaken(node.name));
                }
                Some(_) => {}
            }
            ends.get_or_insert(until);
            sleep(left.min(turn(membership))).await;
        }
    }

    /// Keeps this process's lease, and puts the sessions of dead nodes right. Returns when another process has taken the
    /// name, which happens to one that was away for longer than its lease: it must not go on.
    pub async fn stay(&self) {
        let Some(membership) = &self.parts().membership else {
            return std::future::pending().await;
        };
        let node = self.node(membership);
        let mut turns = interval(turn(membership));
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut late = false;
        loop {
            turns.tick().await;
            let asked = Instant::now();
            let renewed = timeout(turn(membership), self.renew(&node, membership.lease, late));
            match renewed.await {
                Ok(Ok(Lease::Held { unbroken })) => {
                    late = false;
                    let beyond_doubt = unbroken >= membership.lease;
                    self.0
                        .judgement
                        .set(beyond_doubt.then(|| asked + membership.lease));
                    if beyond_doubt {
                        // What is not done in time is done at the next turn: the lease comes first.
                        self.sweep(turn(membership)).await;
                    }
                }
                Ok(Ok(Lease::Taken { .. })) => {
                    tracing::error!(node = node.name, "another process has taken the name of this one");
                    return;
                }
                Ok(Err(error)) => {
                    tracing::debug!(error = %crate::error::chain(&error), "the lease is not renewed yet");
                    late = true;
                }
                Err(_elapsed) => late = true,
            }
            if late {
                self.0.judgement.set(None);
                turns.reset_after(RETRY.min(turn(membership)));
            }
        }
    }

    /// Gives the name and the lease back, when everything is written.
    pub async fn leave(&self) -> Result<(), AppError> {
        let Some(membership) = &self.parts().membership else {
            return Ok(());
        };
        let node = self.node(membership);
        let mut work = self.writing().await?;
        work.nodes().give_back(&node).await?;
        work.commit().await?;
        Ok(())
    }

    /// Whether this process may take others for dead when their leases have run out.
    pub(crate) fn may_judge(&self) -> bool {
        self.0.judgement.holds()
    }

    /// Whether players are not sent to that process any more. While this one is in doubt itself, as after an outage of
    /// the store, a lease that ran out says nothing of the one that had it.
    pub(crate) fn takes_for_dead(&self, holder: &Holder) -> bool {
        let in_doubt = self.parts().membership.is_some() && !self.may_judge();
        !holder.alive && !in_doubt
    }

    async fn renew(&self, node: &Node, lease: Duration, late: bool) -> Result<Lease, AppError> {
        retrying(async || {
            let mut work = self.writing().await?;
            let renewed = work.nodes().renew(node, lease, late).await?;
            work.commit().await?;
            Ok(renewed)
        })
        .await
    }

    async fn sweep(&self, time: Duration) {
        match timeout(time, self.try_sweep()).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = %crate::error::chain(&error), "the sessions of a dead node wait to be put right");
            }
        }
    }

    async fn try_sweep(&self) -> Result<(), AppError> {
        let orphans = self.reading().await?.nodes().orphans().await?;
        for session in orphans {
            if !self.may_judge() {
                return Ok(());
            }
            match self.write_gone(session.stream_key, session.id, None).await {
                Err(error) if error.code() == ErrorCode::ServiceUnavailable => return Err(error),
                Err(error) => {
                    let error = crate::error::chain(&error);
                    tracing::warn!(session = %session.id, error, "a lost publisher is not put right");
                    continue;
                }
                Ok(()) => {}
            }
            tracing::warn!(
                app = %session.app, session = %session.id, node = session.node,
                "a publisher was lost with its node"
            );
        }
        let mut work = self.writing().await?;
        work.nodes().forget_dead().await?;
        work.commit().await?;
        Ok(())
    }

    fn node(&self, membership: &Membership) -> Node {
        Node {
            name: self.parts().node.clone(),
            incarnation: self.0.incarnation.clone(),
            public_url: membership.public_url.clone(),
        }
    }
}

/// The time from one renewal to the next.
fn turn(membership: &Membership) -> Duration {
    membership.lease / RENEWALS
}

/// How much the end of a lease may seem to move while nobody renews it.
fn left_over(membership: &Membership) -> Duration {
    turn(membership) / 2
}
