//! A relay as an FLV file without an end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, unfold};

use super::player::{Played, Player};
use crate::flv::writer;
use crate::hub::channel::Channel;
use crate::hub::growing::Cut;
use crate::hub::request::View;
use crate::rtmp::Output;
use crate::{Media, MediaKind};

/// The content type of FLV files.
pub(in crate::hub) const CONTENT_TYPE: &str = "video/x-flv";

/// What a view shows, from now on.
#[derive(Clone)]
pub struct Relayed {
    pub(in crate::hub) channel: Arc<Channel>,
    pub(in crate::hub) view: View,
}

impl fmt::Debug for Relayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relayed")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Relayed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.channel, &other.channel) && self.view == other.view
    }
}

impl Eq for Relayed {}

struct Writer {
    player: Player,
    begun: bool,
    ready: VecDeque<Bytes>,
}

impl Relayed {
    /// The file, as pieces that all viewers share but for the headers between them.
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes, Cut>> {
        let writer = Writer {
            player: Player::new(self.channel, self.view),
            begun: false,
            ready: VecDeque::new(),
        };
        Box::pin(unfold(writer, |mut writer| async move {
            let piece = writer.next().await?;
            Some((Ok(piece), writer))
        }))
    }
}

impl Writer {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            match self.player.next().await {
                Played::Media(media) => self.write(&media),
                Played::Interrupted => {}
                Played::Over => return None,
            }
        }
    }

    fn write(&mut self, media: &[Media]) {
        let mut out = Output::default();
        if !self.begun {
            self.begun = true;
            let has = |kind| media.iter().any(|media| media.kind == kind);
            let header = writer::header(has(MediaKind::Video), has(MediaKind::Audio));
            out.small().extend_from_slice(&header);
        }
        for media in media {
            writer::put_tag_header(media, out.small());
            out.push(media.payload.clone());
            writer::put_tag_end(media, out.small());
        }
        self.ready = out.into_pieces();
    }
}
