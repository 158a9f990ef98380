//! Reads the transcoding profiles, all of which are part of the platform.

use domain::{TranscodingProfile, TranscodingProfileId};
use ports::store::{Page, PageRequest};

use crate::{AppError, Application};

impl Application {
    /// A page of the profiles, by number; an empty one past the end.
    pub fn list_transcoding_profiles(&self, page: PageRequest) -> Page<TranscodingProfile> {
        let all = TranscodingProfile::ALL;
        let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        Page {
            items: all.iter().copied().skip(skipped).take(size).collect(),
            total: u64::try_from(all.len()).unwrap_or(u64::MAX),
        }
    }

    /// The profile of that number.
    ///
    /// # Errors
    /// `TRANSCODING_PROFILE_NOT_FOUND`.
    pub fn get_transcoding_profile(&self, id: TranscodingProfileId) -> Result<TranscodingProfile, AppError> {
        TranscodingProfile::find(id)
            .copied()
            .ok_or_else(AppError::transcoding_profile_not_found)
    }
}
