//! Registers a member, or updates the one that is there.

use domain::{
    AppId, AppUserId, AppUserName, CustomData, CustomType, Email, EntityState, Member, MemberId,
    MemberProfile, ProfileImgUrl, StreamKey, ValueError,
};
use ports::store::{MemberView, UnitOfWork};

use crate::once::Done;
use crate::{AppError, Application, Call};

/// What an app says of a member. A field that is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterMember {
    /// The app's own id for it; required.
    pub app_user_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Where its picture is.
    pub img_url: Option<String>,
    /// Its mail address.
    pub email: Option<String>,
    /// A word of the app's own.
    pub custom_type: Option<String>,
    /// Pairs of the app's own.
    pub custom_data: Option<Vec<(String, String)>>,
}

impl RegisterMember {
    fn into_values(self) -> Result<(AppUserId, MemberProfile), ValueError> {
        let id = AppUserId::new(self.app_user_id.unwrap_or_default())?;
        let profile = MemberProfile {
            name: self.name.map(AppUserName::new).transpose()?,
            img_url: self.img_url.map(ProfileImgUrl::new).transpose()?,
            email: self.email.map(Email::new).transpose()?,
            custom_type: self.custom_type.map(CustomType::new).transpose()?,
            custom_data: self.custom_data.map(CustomData::new).transpose()?,
        };
        Ok((id, profile))
    }
}

impl Application {
    /// Registers a member with a stream key of its own, or updates the member of that `appUserId` with the fields
    /// that are there.
    ///
    /// # Errors
    /// `EMPTY_APP_USER_ID`, `INVALID_APP_USER_ID_FORMAT`, and the codes of fields that are too long.
    pub async fn register_member(
        &self,
        call: impl Into<Call>,
        wanted: RegisterMember,
    ) -> Result<MemberView, AppError> {
        let call = call.into();
        let (id, profile) = wanted.into_values()?;
        match self
            .once(&call, |work| self.upsert_member(work, &call, &id, &profile))
            .await?
        {
            Done::Now(view) => Ok(view),
            Done::Before(member) => self.member_of_number(call.app, MemberId::new(member)).await,
        }
    }

    async fn member_of_number(&self, app: AppId, id: MemberId) -> Result<MemberView, AppError> {
        let member = self.reading().await?.members().get(app, id).await?;
        let member = member.ok_or_else(AppError::member_not_found)?.value;
        self.get_member(app, member.app_user_id.as_str()).await
    }

    async fn upsert_member(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        id: &AppUserId,
        profile: &MemberProfile,
    ) -> Result<MemberView, AppError> {
        let (app, now) = (call.app, self.parts().clock.now());
        if let Some(mut found) = work.members().find(app, id).await? {
            found.value.profile = found.value.profile.updated_with(profile.clone());
            found.value.last_modified_at = now;
            work.members().update(&found).await?;
        } else {
            let member = Member {
                id: work.members().next_id().await?,
                app,
                state: EntityState::Active,
                app_user_id: id.clone(),
                profile: profile.clone(),
                created_at: now,
                last_modified_at: now,
            };
            work.members().insert(&member).await?;
            self.add_stream_key(work.as_mut(), &member).await?;
        }
        let view = work
            .members()
            .view(app, id)
            .await?
            .ok_or_else(AppError::member_not_found)?;
        call.keep(work.as_mut(), view.member.id.get(), now).await?;
        work.commit().await?;
        Ok(view)
    }

    async fn add_stream_key(&self, work: &mut dyn UnitOfWork, member: &Member) -> Result<(), AppError> {
        let id = work.stream_keys().next_id().await?;
        let secret = self.parts().secrets.stream_key();
        let key = StreamKey::new(id, member.app, member.id, secret, member.created_at);
        Ok(work.stream_keys().insert(&key).await?)
    }
}
