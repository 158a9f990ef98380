//! What other objects say of apps, members, users, and where something is played.

use domain::{PlaybackId, User};
use ports::store::{AppBrief, MemberBrief};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
pub(super) struct AppJson<'a> {
    id: i64,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberBriefJson<'a> {
    id: i64,
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

#[derive(Serialize)]
pub(super) struct UserJson<'a> {
    id: i64,
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

/// The address of a file under a playback id: of the multivariant playlist, unless it is told otherwise.
#[derive(Clone, Copy)]
pub(super) struct PlayUrl<'a> {
    http: &'a str,
    id: &'a PlaybackId,
    file: &'static str,
}

impl<'a> PlayUrl<'a> {
    pub(super) const fn new(http: &'a str, id: &'a PlaybackId) -> Self {
        Self {
            http,
            id,
            file: "index.m3u8",
        }
    }

    const fn of(self, file: &'static str) -> Self {
        Self { file, ..self }
    }
}

impl Serialize for PlayUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (http, id, file) = (self.http, self.id.as_str(), self.file);
        serializer.collect_str(&format_args!("{http}/live/{id}/{file}"))
    }
}

/// Where something is played, by format. Null are those that this platform does not make.
#[derive(Serialize, Clone, Copy, Default)]
pub(super) struct PlayUrls<'a> {
    #[serde(rename = "cmafHlsPlayUrl")]
    hls: Option<PlayUrl<'a>>,
    #[serde(rename = "cmafDashPlayUrl")]
    dash: Option<PlayUrl<'a>>,
    #[serde(rename = "rtmpPlayUrl")]
    rtmp: (),
    #[serde(rename = "httpFlvPlayUrl")]
    flv: (),
}

impl<'a> PlayUrls<'a> {
    pub(super) fn new(hls: Option<PlayUrl<'a>>) -> Self {
        Self {
            hls,
            dash: hls.map(|hls| hls.of("manifest.mpd")),
            ..Self::default()
        }
    }
}
