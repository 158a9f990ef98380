//! Lists members.

use ports::store::{MemberFilter, MemberView, Page, PageRequest};

use crate::{AppError, Application};

impl Application {
    /// A page of an app's members; an empty one past the end.
    pub async fn list_members(
        &self,
        filter: MemberFilter,
        page: PageRequest,
    ) -> Result<Page<MemberView>, AppError> {
        Ok(self.reading().await?.members().list(&filter, page).await?)
    }
}
