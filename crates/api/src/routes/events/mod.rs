//! `/events`: what happened in the calling app, in order.

mod list;

use actix_web::web::ServiceConfig;

use super::{get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/v2/apps/me/events", "GET, HEAD").route(get().to(list::list)));
}
