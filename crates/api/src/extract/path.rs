//! Ids in the path.

use domain::{StreamKeyId, TranscodingProfileId, VideoRoomId};

use crate::error::ApiError;

/// The room that a segment of the path names.
pub(crate) fn room_id(segment: &str) -> Result<VideoRoomId, ApiError> {
    number(segment, "the video room's id").map(VideoRoomId::new)
}

/// The stream key that a segment of the path names.
pub(crate) fn stream_key_id(segment: &str) -> Result<StreamKeyId, ApiError> {
    number(segment, "the stream key's id").map(StreamKeyId::new)
}

/// The transcoding profile that a segment of the path names.
pub(crate) fn profile_id(segment: &str) -> Result<TranscodingProfileId, ApiError> {
    number(segment, "the transcoding profile's id").map(TranscodingProfileId::new)
}

/// The delivery that a segment of the path names.
pub(crate) fn delivery_id(segment: &str) -> Result<i64, ApiError> {
    number(segment, "the delivery's id")
}

fn number(segment: &str, what: &str) -> Result<i64, ApiError> {
    let digits = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| segment.parse::<i64>().ok()).flatten();
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| ApiError::parameter(format!("{what} in the path must be a positive 64-bit number")))
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
