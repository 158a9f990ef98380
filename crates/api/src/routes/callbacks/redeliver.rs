//! `POST /callback-deliveries/{id}/redeliver`: tells the app again, under the same `webhook-id`.

use actix_web::{HttpResponse, web};

use crate::error::ApiError;
use crate::extract::{Caller, Post, delivery_id};
use crate::state::State;

pub(super) async fn redeliver(
    state: web::Data<State>,
    caller: Caller,
    post: Post,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    state
        .call(caller, move |application, app| async move {
            let id = delivery_id(&id)?;
            Ok(application.redeliver(post.call(app)?, id).await?)
        })
        .await?;
    Ok(HttpResponse::Accepted().finish())
}
