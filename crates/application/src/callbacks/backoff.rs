//! What comes after an attempt: the end, or the next one.

use domain::{DeliveryState, Timestamp};
use ports::SendError;
use ports::store::Delivery;

const SECOND: i64 = 1_000_000;

/// How long a delivery is tried, in microseconds.
const GIVE_UP_AFTER: i64 = 24 * 60 * 60 * SECOND;

/// The first pause and the longest, in microseconds.
const FIRST_PAUSE: i64 = 2 * SECOND;
const LONGEST_PAUSE: i64 = 15 * 60 * SECOND;

/// The longest text that is kept of what went wrong, in characters.
const LONGEST_ERROR: usize = 255;

/// The delivery after an attempt that ended at `now` with this. Pauses double from attempt to attempt, and each is
/// shortened by up to a half, as `chance` says, so that receivers don't get all of them at once.
pub(super) fn after(
    mut delivery: Delivery,
    outcome: Result<u16, SendError>,
    now: Timestamp,
    chance: i64,
) -> Delivery {
    delivery.attempts = delivery.attempts.saturating_add(1);
    match outcome {
        Ok(status) if (200..300).contains(&status) => {
            delivery.state = DeliveryState::Delivered;
            delivery.delivered_at = Some(now);
            delivery.last_status = Some(status);
            delivery.last_error = None;
            return delivery;
        }
        Ok(status) => {
            delivery.last_status = Some(status);
            delivery.last_error = Some(format!("the receiver answered {status}"));
        }
        Err(error) => {
            delivery.last_status = None;
            delivery.last_error = Some(error.to_string().chars().take(LONGEST_ERROR).collect());
        }
    }
    let give_up = delivery.pending_since.plus_micros(GIVE_UP_AFTER);
    if now >= give_up {
        delivery.state = DeliveryState::Failed;
    } else {
        let next = now.plus_micros(pause(delivery.attempts, chance));
        delivery.next_attempt_at = next.min(give_up);
    }
    delivery
}

fn pause(attempts: i64, chance: i64) -> i64 {
    let doublings = attempts.clamp(1, 20) - 1;
    let whole = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    whole - chance.rem_euclid(whole / 2)
}

#[cfg(test)]
mod tests {
    use domain::{AppId, DomainEvent, VideoRoomId, VideoRoomState};

    use super::*;

    fn fresh() -> Delivery {
        let at = Timestamp::from_micros(0);
        Delivery {
            app: AppId::new(1),
            sequence: 1,
            lane: 1,
            what: DomainEvent::VideoRoom {
                id: VideoRoomId::new(1),
                state: VideoRoomState::Live,
            },
            state: DeliveryState::Pending,
            attempts: 0,
            last_status: None,
            last_error: None,
            created_at: at,
            pending_since: at,
            next_attempt_at: at,
            delivered_at: None,
        }
    }

    #[test]
    fn only_a_2xx_is_taken_for_delivered() {
        let now = Timestamp::from_micros(5);
        for status in [200, 202, 204, 299] {
            let told = after(fresh(), Ok(status), now, 0);
            assert_eq!(
                (told.state, told.delivered_at),
                (DeliveryState::Delivered, Some(now))
            );
        }
        for status in [100, 301, 302, 307, 400, 410, 500, 503] {
            let told = after(fresh(), Ok(status), now, 0);
            assert_eq!(
                (told.state, told.last_status),
                (DeliveryState::Pending, Some(status))
            );
            assert!(told.last_error.is_some());
        }
        let told = after(fresh(), Err(SendError("x".repeat(1000))), now, 0);
        assert_eq!((told.state, told.last_status), (DeliveryState::Pending, None));
        assert_eq!(told.last_error.unwrap().len(), LONGEST_ERROR);
    }

    #[test]
    fn pauses_double_to_a_quarter_of_an_hour_and_vary() {
        let pauses: Vec<_> = (1..=12).map(|attempt| pause(attempt, 0) / SECOND).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        for chance in [1, 7, i64::MAX, i64::MIN] {
            let pause = pause(3, chance);
            assert!(pause > 4 * SECOND && pause <= 8 * SECOND, "{pause}");
        }
    }

    #[test]
    fn a_delivery_is_given_up_after_a_day_with_a_last_attempt_at_its_end() {
        let mut delivery = fresh();
        let mut attempts = 0;
        while delivery.state == DeliveryState::Pending {
            let due = delivery.next_attempt_at;
            delivery = after(delivery, Ok(500), due, 0);
            attempts += 1;
            assert!(attempts < 1000);
        }
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.next_attempt_at.micros(), GIVE_UP_AFTER);
        assert_eq!(delivery.attempts, attempts);
        assert!(attempts > 90, "{attempts}");
    }
}
