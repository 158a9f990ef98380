//! How ingests are doing: a row for each session, which its process writes over and over.

use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{SessionId, Timestamp};
use ports::media::{Health, Latency, Warning};
use ports::store::{IngestHealthRepository, StoreError};
use serde::{Deserialize, Serialize};

use super::schema::ingest_health;
use super::{Stamp, UnitOfWork, corrupt, failed, stamp, timestamp};

const WHAT: &str = "ingest health";

/// What is written of it. Times are in microseconds.
#[derive(Serialize, Deserialize)]
struct Noted {
    bitrate: Option<u64>,
    frame_rate: Option<u32>,
    key_frame_interval: Option<u64>,
    video_codec: Option<String>,
    audio_codec: Option<String>,
    resolution: Option<(u16, u16)>,
    dropped: u64,
    latency: Option<(u64, u64)>,
    warnings: Vec<(String, String)>,
}

impl From<&Health> for Noted {
    fn from(health: &Health) -> Self {
        let latency = |latency: &Latency| (micros(latency.p50), micros(latency.p95));
        let warning = |warning: &Warning| (warning.code.clone(), warning.message.clone());
        Self {
            bitrate: health.bitrate,
            frame_rate: health.frame_rate,
            key_frame_interval: health.key_frame_interval.map(micros),
            video_codec: health.video_codec.clone(),
            audio_codec: health.audio_codec.clone(),
            resolution: health.resolution,
            dropped: health.dropped,
            latency: health.latency.as_ref().map(latency),
            warnings: health.warnings.iter().map(warning).collect(),
        }
    }
}

impl From<Noted> for Health {
    fn from(noted: Noted) -> Self {
        let latency = |(p50, p95)| Latency {
            p50: Duration::from_micros(p50),
            p95: Duration::from_micros(p95),
        };
        let warning = |(code, message)| Warning { code, message };
        Self {
            bitrate: noted.bitrate,
            frame_rate: noted.frame_rate,
            key_frame_interval: noted.key_frame_interval.map(Duration::from_micros),
            video_codec: noted.video_codec,
            audio_codec: noted.audio_codec,
            resolution: noted.resolution,
            dropped: noted.dropped,
            latency: noted.latency.map(latency),
            warnings: noted.warnings.into_iter().map(warning).collect(),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[async_trait]
impl IngestHealthRepository for UnitOfWork {
    async fn note(&mut self, session: SessionId, health: &Health, at: Timestamp) -> Result<(), StoreError> {
        let health = serde_json::to_string(&Noted::from(health)).map_err(corrupt(WHAT))?;
        diesel::insert_into(ingest_health::table)
            .values((
                ingest_health::session_id.eq(session.get()),
                ingest_health::health.eq(&health),
                ingest_health::noted_at.eq(stamp(at)),
            ))
            .on_conflict(ingest_health::session_id)
            .do_update()
            .set((
                ingest_health::health.eq(&health),
                ingest_health::noted_at.eq(stamp(at)),
            ))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn latest(&mut self, session: SessionId) -> Result<Option<(Health, Timestamp)>, StoreError> {
        let found: Option<(String, Stamp)> = ingest_health::table
            .find(session.get())
            .select((ingest_health::health, ingest_health::noted_at))
            .get_result(self.conn())
            .await
            .optional()
            .map_err(failed(WHAT))?;
        let Some((health, at)) = found else {
            return Ok(None);
        };
        let noted: Noted = serde_json::from_str(&health).map_err(corrupt(WHAT))?;
        Ok(Some((noted.into(), timestamp(at))))
    }

    async fn forget(&mut self, before: Timestamp) -> Result<(), StoreError> {
        diesel::delete(ingest_health::table.filter(ingest_health::noted_at.lt(stamp(before))))
            .execute(self.conn())
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
