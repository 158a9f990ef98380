//! Changes what is told about a member.

use domain::{
    AppId, AppUserId, AppUserName, CustomData, CustomType, Email, MemberProfile, ProfileImgUrl, ValueError,
};
use ports::store::MemberView;

use crate::retry::retrying;
use crate::{AppError, Application, Patch};

/// What an app wants otherwise of a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateMember {
    /// Its name.
    pub name: Patch<String>,
    /// Where its picture is.
    pub img_url: Patch<String>,
    /// Its mail address.
    pub email: Patch<String>,
    /// A word of the app's own.
    pub custom_type: Patch<String>,
    /// Pairs of the app's own.
    pub custom_data: Patch<Vec<(String, String)>>,
}

/// The same, of values that are good.
#[derive(Clone)]
struct Change {
    name: Patch<AppUserName>,
    img_url: Patch<ProfileImgUrl>,
    email: Patch<Email>,
    custom_type: Patch<CustomType>,
    custom_data: Patch<CustomData>,
}

impl UpdateMember {
    fn into_change(self) -> Result<Change, ValueError> {
        Ok(Change {
            name: self.name.try_map(AppUserName::new)?,
            img_url: self.img_url.try_map(ProfileImgUrl::new)?,
            email: self.email.try_map(Email::new)?,
            custom_type: self.custom_type.try_map(CustomType::new)?,
            custom_data: self.custom_data.try_map(CustomData::new)?,
        })
    }
}

impl Change {
    fn is_wanted(&self) -> bool {
        self.name.is_wanted()
            || self.img_url.is_wanted()
            || self.email.is_wanted()
            || self.custom_type.is_wanted()
            || self.custom_data.is_wanted()
    }

    fn apply(self, profile: &mut MemberProfile) {
        self.name.apply(&mut profile.name);
        self.img_url.apply(&mut profile.img_url);
        self.email.apply(&mut profile.email);
        self.custom_type.apply(&mut profile.custom_type);
        self.custom_data.apply(&mut profile.custom_data);
    }
}

impl Application {
    /// Changes a member. A wish for nothing changes nothing.
    ///
    /// # Errors
    /// The codes of fields that are too long; `MEMBER_NOT_FOUND`, also for a text that no member can be known as.
    pub async fn update_member(
        &self,
        app: AppId,
        app_user_id: &str,
        wanted: UpdateMember,
    ) -> Result<MemberView, AppError> {
        let change = wanted.into_change()?;
        let id = AppUserId::new(app_user_id).map_err(|_| AppError::member_not_found())?;
        retrying(|| self.try_update_member(app, &id, change.clone())).await
    }

    async fn try_update_member(
        &self,
        app: AppId,
        id: &AppUserId,
        change: Change,
    ) -> Result<MemberView, AppError> {
        let now = self.parts().clock.now();
        let mut work = self.writing().await?;
        let found = work.members().find(app, id).await?;
        let mut member = found.ok_or_else(AppError::member_not_found)?;
        if change.is_wanted() {
            change.apply(&mut member.value.profile);
            member.value.last_modified_at = now;
            work.members().update(&member).await?;
        }
        let view = work.members().view(app, id).await?;
        work.commit().await?;
        view.ok_or_else(AppError::member_not_found)
    }
}
