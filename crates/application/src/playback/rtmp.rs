//! Players that ask by RTMP: the same rules as for those that ask by HTTP.

use domain::PlaybackId;
use ports::media::{PlayRefusal, PlayRequest, View};
use ports::store::Playback;
use tokio::task::JoinSet;

use super::Ticket;
use crate::{AppError, Application, ErrorCode};

impl Application {
    /// Lets players in until the media server is shut down.
    pub(crate) async fn receive_players(&self) {
        let mut players = JoinSet::new();
        while let Some(request) = self.parts().media.next_play().await {
            let application = self.clone();
            players.spawn(async move { application.receive_player(request).await });
            while players.try_join_next().is_some() {}
        }
        while players.join_next().await.is_some() {}
    }

    async fn receive_player(&self, request: Box<dyn PlayRequest>) {
        let ticket = Ticket {
            grant: None,
            token: request.streaming_token().map(str::to_owned),
        };
        let found = self
            .what_to_play(PlaybackId::parse(request.playback_id()), &ticket)
            .await;
        let told = match found {
            // By RTMP nobody can be sent on.
            Ok(playback) if !matches!(self.elsewhere(&playback), Ok(None)) => {
                request.reject(PlayRefusal::Elsewhere).await
            }
            Ok(Playback::Room { key, from, until, .. }) => {
                request.accept(key, View::Broadcast { from, until }).await
            }
            Ok(Playback::Preview { key, session, .. }) => request.accept(key, View::Preview(session)).await,
            Err(error) => request.reject(refusal(&error)).await,
        };
        if let Err(error) = told {
            tracing::debug!(%error, "a player went before its verdict");
        }
    }

    async fn what_to_play(&self, id: Option<PlaybackId>, ticket: &Ticket) -> Result<Playback, AppError> {
        let id = id.ok_or_else(AppError::nothing_to_play)?;
        let playback = match self.resolved(&id) {
            Some(known) => known?,
            None => self.resolve(&id).await?,
        };
        // There is no path to carry a grant on: the token itself is shown each time.
        self.enter(&id, &playback, ticket).await?;
        Ok(playback)
    }
}

fn refusal(error: &AppError) -> PlayRefusal {
    match error.code() {
        ErrorCode::EmptyStreamingToken
        | ErrorCode::InvalidStreamingToken
        | ErrorCode::StreamingNotAllowed => PlayRefusal::NotAllowed,
        ErrorCode::ServiceUnavailable => PlayRefusal::Unavailable,
        _ => PlayRefusal::NotFound,
    }
}
