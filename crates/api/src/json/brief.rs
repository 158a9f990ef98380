//! What other objects say of apps, members, users, and where something is played.

use domain::{PlaybackId, StreamKeyMode, User};
use ports::store::{AppBrief, MemberBrief};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::words;
use crate::state::Links;

/// The app that something belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = App)]
pub(super) struct AppJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    name: &'a str,
}

impl<'a> From<&'a AppBrief> for AppJson<'a> {
    fn from(app: &'a AppBrief) -> Self {
        Self {
            id: app.id.get(),
            state: app.state.name(),
            name: &app.name,
        }
    }
}

/// A member, in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberBrief)]
pub(super) struct MemberBriefJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    app_user_id: &'a str,
    app_user_name: Option<&'a str>,
    app_user_profile_img_url: Option<&'a str>,
}

impl<'a> From<&'a MemberBrief> for MemberBriefJson<'a> {
    fn from(member: &'a MemberBrief) -> Self {
        Self {
            id: member.id.get(),
            state: member.state.name(),
            app_user_id: &member.app_user_id,
            app_user_name: member.name.as_deref(),
            app_user_profile_img_url: member.img_url.as_deref(),
        }
    }
}

/// A user of the platform: the owner of the app.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserJson<'a> {
    id: i64,
    #[schema(value_type = words::EntityState)]
    state: &'static str,
    username: &'a str,
    email: &'a str,
}

impl<'a> From<&'a User> for UserJson<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.get(),
            state: user.state.name(),
            username: &user.username,
            email: &user.email,
        }
    }
}

/// A number as text.
pub(super) struct Text(pub(super) i64);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The address of a file under a playback id.
#[derive(Clone, Copy)]
pub(super) struct PlayUrl<'a> {
    http: &'a str,
    id: &'a PlaybackId,
    file: &'static str,
}

impl Serialize for PlayUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (http, id, file) = (self.http, self.id.as_str(), self.file);
        serializer.collect_str(&format_args!("{http}/live/{id}/{file}"))
    }
}

/// Where something is played, by format. Null are those that are not made of it.
#[derive(Serialize, Clone, Copy, Default, ToSchema)]
pub(super) struct PlayUrls<'a> {
    #[serde(rename = "cmafHlsPlayUrl")]
    #[schema(value_type = Option<String>, format = "uri")]
    hls: Option<PlayUrl<'a>>,
    #[serde(rename = "cmafDashPlayUrl")]
    #[schema(value_type = Option<String>, format = "uri")]
    dash: Option<PlayUrl<'a>>,
    #[serde(rename = "rtmpPlayUrl")]
    #[schema(value_type = Option<String>, format = "uri")]
    rtmp: Option<RtmpUrl<'a>>,
    #[serde(rename = "httpFlvPlayUrl")]
    #[schema(value_type = Option<String>, format = "uri")]
    flv: Option<PlayUrl<'a>>,
}

/// The address of a playback id by RTMP.
#[derive(Clone, Copy)]
pub(super) struct RtmpUrl<'a> {
    rtmp: &'a str,
    id: &'a PlaybackId,
}

impl Serialize for RtmpUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (rtmp, id) = (self.rtmp, self.id.as_str());
        serializer.collect_str(&format_args!("{rtmp}/live/{id}"))
    }
}

impl<'a> PlayUrls<'a> {
    /// The addresses of what is made of a publisher's media in this mode.
    pub(super) fn new(links: &'a Links, id: &'a PlaybackId, mode: StreamKeyMode) -> Self {
        let file = |file, made: bool| {
            made.then_some(PlayUrl {
                http: links.http(),
                id,
                file,
            })
        };
        Self {
            hls: file("index.m3u8", mode.packages()),
            dash: file("manifest.mpd", mode.packages()),
            rtmp: mode.relays().then_some(RtmpUrl {
                rtmp: links.rtmp(),
                id,
            }),
            flv: file("stream.flv", mode.relays()),
        }
    }

    /// The one address that plays: HLS, or HTTP-FLV where there is none.
    pub(super) fn live_url(&self) -> Option<PlayUrl<'a>> {
        self.hls.or(self.flv)
    }
}
