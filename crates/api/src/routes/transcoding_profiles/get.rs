//! `GET /transcoding-profiles/{profileId}`: reads a profile.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, profile_id};
use crate::json::{self, ProfileJson};
use crate::state::State;

pub(super) async fn get(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let profile = state
        .read(caller, move |application, _app| async move {
            Ok(application.get_transcoding_profile(profile_id(&id)?)?)
        })
        .await?;
    json::answer(StatusCode::OK, &ProfileJson::from(&profile))
}
