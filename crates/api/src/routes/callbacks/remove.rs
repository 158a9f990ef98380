//! `DELETE /callback`: tells the app nothing more.

use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::Caller;
use crate::state::State;

pub(super) async fn remove(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, |application, app| async move {
            Ok(application.remove_callback(app).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
