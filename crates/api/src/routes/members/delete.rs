//! `DELETE /members/{appUserIds}`: deletes members, ending what goes on with their stream keys.

use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::state::State;

pub(super) async fn delete(
    state: web::Data<State>,
    caller: Caller,
    ids: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
            Ok(application.delete_members(app, &ids).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
