//! A member as the API tells it.

use domain::{AppUserName, CustomData, CustomType, Email, ProfileImgUrl};
use ports::store::MemberView;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::brief::AppJson;
use super::time::Time;
use super::words;

/// An end user of the app.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    app: AppJson<'a>,
    app_user_id: &'a str,
    app_user_name: Option<&'a str>,
    app_user_profile_img_url: Option<&'a str>,
    email: Option<&'a str>,
    custom_type: Option<&'a str>,
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    custom_data: Option<CustomDataJson<'a>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    last_modified_at: Time,
}

impl<'a> From<&'a MemberView> for MemberJson<'a> {
    fn from(view: &'a MemberView) -> Self {
        let member = &view.member;
        let profile = &member.profile;
        Self {
            id: member.id.get(),
            state: member.state.name(),
            app: (&view.app).into(),
            app_user_id: member.app_user_id.as_str(),
            app_user_name: profile.name.as_ref().map(AppUserName::as_str),
            app_user_profile_img_url: profile.img_url.as_ref().map(ProfileImgUrl::as_str),
            email: profile.email.as_ref().map(Email::as_str),
            custom_type: profile.custom_type.as_ref().map(CustomType::as_str),
            custom_data: profile.custom_data.as_ref().map(CustomDataJson),
            created_at: Time(member.created_at),
            last_modified_at: Time(member.last_modified_at),
        }
    }
}

struct CustomDataJson<'a>(&'a CustomData);

impl Serialize for CustomDataJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.items().iter().map(|(name, value)| (name, value)))
    }
}
