//! Ids in the path.

use domain::VideoRoomId;

use crate::error::ApiError;

/// The room that a segment of the path names.
pub(crate) fn room_id(segment: &str) -> Result<VideoRoomId, ApiError> {
    let digits = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| segment.parse::<i64>().ok()).flatten();
    number
        .filter(|number| *number > 0)
        .map(VideoRoomId::new)
        .ok_or_else(|| {
            ApiError::parameter("the video room's id in the path must be a positive 64-bit number")
        })
}

#[cfg(test)]
mod tests {
    use super::room_id;

    #[test]
    fn only_positive_64_bit_numbers_are_ids() {
        assert_eq!(room_id("9223372036854775807").unwrap().get(), i64::MAX);
        for bad in ["", "0", "-1", "+1", "1.0", "a", " 1", "9223372036854775808", "１"] {
            assert!(room_id(bad).is_err(), "{bad:?}");
        }
    }
}
