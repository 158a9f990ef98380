//! `/callback`, `/callback-deliveries`: where the calling app wants to be told of its events, and what became of that.

mod deliveries;
mod get;
mod put;
mod redeliver;
mod remove;

use actix_web::web::{self, ServiceConfig};

use super::{below, get, resource};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v2/apps/me/callback", "GET, HEAD, PUT, DELETE")
                .route(get().to(get::get))
                .route(web::put().to(put::put))
                .route(web::delete().to(remove::remove)),
        )
        .service(
            below("/v2/apps/me/callback-deliveries")
                .service(resource("", "GET, HEAD").route(get().to(deliveries::list)))
                .service(
                    resource("/{deliveryId}/redeliver", "POST").route(web::post().to(redeliver::redeliver)),
                ),
        );
}
