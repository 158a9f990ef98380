//! `GET /events`: what happened after a number, perhaps after waiting for it.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Feed;
use domain::AppId;
use tokio::time::{Instant, sleep_until};

use crate::error::ApiError;
use crate::extract::{Caller, Query};
use crate::json::{self, FeedJson};
use crate::state::State;

/// How long a caller may wait, in seconds.
const LONGEST_WAIT: u64 = 30;

/// The waiting is done here, on the HTTP worker, so that it ends with the connection.
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let app = state.authenticate(caller).await?;
    let (after, wait) = wanted(request.query_string())?;
    let give_up = Instant::now() + wait;
    let mut signal = state.application().feed_signal(app);
    loop {
        let feed = read(&state, app, after).await?;
        if !feed.events.is_empty() || Instant::now() >= give_up || state.is_stopping() {
            return json::answer(StatusCode::OK, &FeedJson::from(&feed));
        }
        tokio::select! {
            () = signal.beyond(feed.next) => {}
            () = sleep_until(give_up) => {}
            () = state.stopped() => {}
        }
    }
}

async fn read(state: &State, app: AppId, after: Option<i64>) -> Result<Feed, ApiError> {
    let application = state.application().clone();
    state
        .run(async move { Ok(application.feed(app, after).await?) })
        .await
}

/// After which number, and how long to wait for more.
fn wanted(query: &str) -> Result<(Option<i64>, Duration), ApiError> {
    let query = Query::parse(query)?;
    let after = query.number::<i64>("after")?;
    if after.is_some_and(|after| after < 0) {
        return Err(ApiError::parameter("after must be 0 or more"));
    }
    let wait = query.number::<u64>("waitSeconds")?.unwrap_or(0);
    if wait > LONGEST_WAIT {
        return Err(ApiError::parameter(format!(
            "waitSeconds must be 0 to {LONGEST_WAIT}"
        )));
    }
    Ok((after, Duration::from_secs(wait)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_wish_it_is_the_oldest_at_once() {
        assert_eq!(wanted("").unwrap(), (None, Duration::ZERO));
        assert_eq!(
            wanted("after=7&waitSeconds=30").unwrap(),
            (Some(7), Duration::from_secs(30))
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_by_name() {
        let refusal = |query| wanted(query).unwrap_err().to_string();
        assert_eq!(refusal("after=-1"), "after must be 0 or more");
        assert_eq!(refusal("after=x"), "after must be a whole number");
        assert_eq!(refusal("waitSeconds=31"), "waitSeconds must be 0 to 30");
        assert_eq!(refusal("waitSeconds=-1"), "waitSeconds must be a whole number");
    }
}
