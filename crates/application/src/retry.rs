//! Running a use case again when another got in between.

use crate::AppError;

/// How often a use case runs before its caller is told to come again.
const ATTEMPTS: usize = 8;

/// Runs `attempt` until it succeeds, fails for good, or has met other writers [`ATTEMPTS`] times in a row.
pub(crate) async fn retrying<T, Attempt, Running>(attempt: Attempt) -> Result<T, AppError>
where
    Attempt: Fn() -> Running,
    Running: Future<Output = Result<T, AppError>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.try_again() => tokio::task::yield_now().await,
            outcome => return outcome,
        }
    }
    attempt().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ports::store::StoreError;

    use super::{ATTEMPTS, retrying};
    use crate::{AppError, ErrorCode};

    fn stale() -> AppError {
        StoreError::Stale { what: "video room" }.into()
    }

    #[tokio::test]
    async fn a_stale_read_is_tried_again() {
        let runs = Cell::new(0);
        let outcome = retrying(|| async {
            runs.set(runs.get() + 1);
            if runs.get() < 3 {
                Err(stale())
            } else {
                Ok(runs.get())
            }
        });
        assert_eq!(outcome.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_refusal_is_final() {
        let runs = Cell::new(0);
        let outcome: Result<(), _> = retrying(|| async {
            runs.set(runs.get() + 1);
            Err(AppError::video_room_not_found())
        })
        .await;
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::VideoRoomNotFound);
        assert_eq!(runs.get(), 1);
    }

    #[tokio::test]
    async fn giving_up_says_to_come_again() {
        let runs = Cell::new(0);
        let outcome: Result<(), _> = retrying(|| async {
            runs.set(runs.get() + 1);
            Err(stale())
        })
        .await;
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.code(), runs.get()),
            (ErrorCode::ServiceUnavailable, ATTEMPTS)
        );
        assert!(error.retry_after().is_some());
    }
}
