//! A whole origin in one file: any stream key may publish by RTMP, and plays as HLS.
//!
//! ```text
//! cargo run -p media --example live [RTMP address [HTTP address]]
//! ```

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::SizedStream;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{App, HttpResponse, HttpResponseBuilder, HttpServer, web};
use futures_util::stream;
use media::hub::{Answer, Body, Directives, Freshness, Hub, PlayError, PlayRequest, Until, View};
use media::server::{Grant, PublishRequest, Refusal, RtmpServer, ServerSettings, SessionFact};
use media::{ChannelId, SessionId, UnixMicros};

/// What is known of a stream key.
#[derive(Clone, Copy)]
struct Key {
    channel: ChannelId,
    since: UnixMicros,
    session: SessionId,
    live: bool,
}

#[derive(Default)]
struct Keys(Mutex<HashMap<String, Key>>);

impl Keys {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Key>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the key for a new session, unless it is being published.
    fn take(&self, name: &str) -> Option<Grant> {
        let now = UnixMicros::now();
        let session = SessionId(now.0);
        self.with(|keys| {
            let channel = ChannelId(i64::try_from(keys.len()).unwrap_or(i64::MAX));
            let before = keys.get(name).copied();
            if before.is_some_and(|key| key.live) {
                return None;
            }
            let key = before.unwrap_or(Key {
                channel,
                since: now,
                session,
                live: true,
            });
            keys.insert(
                name.to_owned(),
                Key {
                    session,
                    live: true,
                    ..key
                },
            );
            Some(Grant {
                channel: key.channel,
                session,
                previous: before.map(|key| key.session),
                delivery: media::Delivery::Packaged,
            })
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rtmp = arguments.next().unwrap_or_else(|| "127.0.0.1:1935".to_owned());
    let http = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());

    let hub = Hub::new(media::hub::PackagingSettings::default());
    let keys = Arc::new(Keys::default());
    let ingest = Arc::new(RtmpServer::bind(rtmp, ServerSettings::default(), hub.clone()).await?);
    let shared = (web::Data::from(hub), web::Data::from(keys.clone()));
    let origin = HttpServer::new(move || {
        App::new()
            .app_data(shared.0.clone())
            .app_data(shared.1.clone())
            .route("/live/{key}/{resource:.*}", web::get().to(play))
    })
    .workers(1)
    .shutdown_timeout(1)
    .bind(http)?;
    for address in origin.addrs() {
        println!("publish: rtmp://{}/live/KEY (any key)", ingest.local_addr());
        println!("play:    http://{address}/live/KEY/index.m3u8");
    }
    let publishers = tokio::spawn(admit(ingest.clone(), keys));
    origin.run().await?;
    ingest.shutdown().await;
    publishers.await?;
    Ok(())
}

/// Lets everybody in, one publisher a key.
async fn admit(ingest: Arc<RtmpServer>, keys: Arc<Keys>) {
    while let Some(request) = ingest.next_publish().await {
        tokio::spawn(follow(request, keys.clone()));
    }
}

async fn follow(request: PublishRequest, keys: Arc<Keys>) {
    let name = request.stream_key().expose().to_owned();
    let Some(grant) = keys.take(&name) else {
        // It hears of it from the server; there is nothing to do if it is gone already.
        request.reject(Refusal::AlreadyPublishing).await.ok();
        return;
    };
    if let Ok(mut session) = request.accept(grant).await {
        loop {
            let fact = session.changed().await;
            println!("{name}: {fact:?}");
            if matches!(fact, SessionFact::Gone(_)) {
                break;
            }
        }
    }
    keys.with(|keys| {
        keys.entry(name).and_modify(|key| key.live = false);
    });
}

/// What a player asks of a playlist.
#[derive(serde::Deserialize)]
struct Query {
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    #[serde(rename = "_HLS_part")]
    part: Option<u64>,
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

async fn play(
    path: web::Path<(String, String)>,
    query: web::Query<Query>,
    hub: web::Data<Hub>,
    keys: web::Data<Keys>,
) -> HttpResponse {
    let (name, resource) = path.into_inner();
    let Some(key) = keys.with(|keys| keys.get(&name).copied()) else {
        return headers(&mut HttpResponse::NotFound(), "no-store").finish();
    };
    if query.part.is_some() && query.msn.is_none() {
        return headers(&mut HttpResponse::BadRequest(), "no-store").finish();
    }
    let view = View::Broadcast {
        from: key.since,
        until: None,
    };
    let request = PlayRequest {
        channel: key.channel,
        view,
        resource,
        directives: Directives {
            until: query.msn.map(|msn| Until {
                msn,
                part: query.part,
            }),
            skip: query.skip.is_some(),
        },
    };
    match hub.fetch(&request, UnixMicros::now()).await {
        Ok(answer) => respond(answer),
        Err(PlayError::NotYet) => headers(&mut HttpResponse::ServiceUnavailable(), "no-store")
            .insert_header((header::RETRY_AFTER, "1"))
            .finish(),
        Err(PlayError::TooFar) => headers(&mut HttpResponse::BadRequest(), "no-store").finish(),
        Err(PlayError::NotFound) => headers(&mut HttpResponse::NotFound(), "no-store").finish(),
    }
}

fn respond(answer: Answer) -> HttpResponse {
    let freshness = match answer.freshness {
        Freshness::Immutable => "public, max-age=31536000, immutable".to_owned(),
        Freshness::For(time) => format!("max-age={}", time.as_secs()),
        Freshness::Revalidate => "no-cache".to_owned(),
        Freshness::Never => "no-store".to_owned(),
    };
    match answer.body {
        Body::Relayed(live) => headers(&mut HttpResponse::Ok(), &freshness)
            .content_type(answer.content_type)
            .streaming(live.into_stream()),
        Body::Growing(segment) => headers(&mut HttpResponse::Ok(), &freshness)
            .content_type(answer.content_type)
            .streaming(segment.into_stream()),
        Body::Parts(parts) => {
            let length = parts
                .iter()
                .map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX))
                .sum();
            let parts = stream::iter(parts.into_iter().map(Ok::<_, Infallible>));
            headers(&mut HttpResponse::Ok(), &freshness)
                .content_type(answer.content_type)
                .body(SizedStream::new(length, parts))
        }
    }
}

fn headers<'a>(response: &'a mut HttpResponseBuilder, freshness: &str) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")))
        .insert_header((header::CACHE_CONTROL, freshness))
}
