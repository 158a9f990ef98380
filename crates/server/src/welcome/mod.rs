//! What a person reads who starts the program: where it is, and on the first start everything that leads from
//! nothing to a broadcast in a browser.

use domain::{ApiKeyId, App};
use ports::ApiSecret;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where the program can be reached, as others write it.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Before the paths of the API, of players and of the watch page.
    pub(crate) http: String,
    /// Before `/live`, unless this node takes no publishers.
    pub(crate) rtmp: Option<String>,
    /// The same by RTMPS, if there is that.
    pub(crate) rtmps: Option<String>,
    /// Before the paths for operators, if they have an address of their own.
    pub(crate) ops: Option<String>,
}

impl Addresses {
    /// The one line that says that the program is ready; scripts may wait for it.
    pub(crate) fn ready_line(&self) -> String {
        let or_off = |address: &Option<String>| address.clone().unwrap_or_else(|| "off".to_owned());
        let mut line = format!(
            "ready http={} rtmp={} ops={}",
            self.http,
            or_off(&self.rtmp),
            or_off(&self.ops)
        );
        if let Some(rtmps) = &self.rtmps {
            line.push_str(" rtmps=");
            line.push_str(rtmps);
        }
        line
    }
}

/// The credentials that were made just now, shown this once.
pub(crate) fn credentials(app: &App, (key, secret): &(ApiKeyId, ApiSecret)) -> String {
    format!(
        "\nThe app \"{}\" was made. This is its key; the secret is not kept and can't be shown again.\n\n  \
         APP_KEY={}\n  APP_SECRET={}\n",
        app.name.as_str(),
        key.as_str(),
        secret.expose(),
    )
}

/// The text of a first start: the credentials, and lines that can be pasted.
pub(crate) fn first_start(
    addresses: &Addresses,
    app: &App,
    fresh: &(ApiKeyId, ApiSecret),
    now: OffsetDateTime,
) -> String {
    let mut text = credentials(app, fresh);
    if let Some(rtmp) = &addresses.rtmp {
        let scheduled_at = now
            .replace_nanosecond(0)
            .unwrap_or(now)
            .format(&Rfc3339)
            .unwrap_or_default();
        text.push_str(
            "\nTo go on air, paste these two lines and the next ones into another terminal (they need curl, and \
             ffmpeg with libx264):\n\n",
        );
        text.push_str(&to_paste(
            include_str!("go-live.sh"),
            &addresses.http,
            rtmp,
            &scheduled_at,
        ));
        text.push_str(
            "\nWhen you have seen enough, stop publishing, end the broadcast and delete the room:\n\n",
        );
        text.push_str(&to_paste(
            include_str!("end.sh"),
            &addresses.http,
            rtmp,
            &scheduled_at,
        ));
    }
    text
}

/// A script as it is printed: indented, with what it calls in place. It has no comments, which not every
/// interactive shell takes.
fn to_paste(script: &str, http: &str, rtmp: &str, scheduled_at: &str) -> String {
    let script = script
        .replace("{http}", http)
        .replace("{rtmp}", rtmp)
        .replace("{scheduledAt}", scheduled_at);
    script.lines().fold(String::new(), |mut text, line| {
        if !line.is_empty() {
            text.push_str("  ");
            text.push_str(line);
        }
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_line_names_what_is_off() {
        let addresses = Addresses {
            http: "http://127.0.0.1:8080".into(),
            rtmp: None,
            rtmps: None,
            ops: Some("http://127.0.0.1:9090".into()),
        };
        assert_eq!(
            addresses.ready_line(),
            "ready http=http://127.0.0.1:8080 rtmp=off ops=http://127.0.0.1:9090"
        );
        let also = Addresses {
            rtmps: Some("rtmps://127.0.0.1:1936".into()),
            ..addresses
        };
        assert!(also.ready_line().ends_with("9090 rtmps=rtmps://127.0.0.1:1936"));
    }

    #[test]
    fn no_placeholder_is_left_in_the_lines_to_paste() {
        for script in [include_str!("go-live.sh"), include_str!("end.sh")] {
            let text = to_paste(script, "http://h:1", "rtmp://h:2", "1970-01-01T00:00:00Z");
            for placeholder in ["{http}", "{rtmp}", "{scheduledAt}"] {
                assert!(!text.contains(placeholder), "{text}");
            }
            assert!(
                text.lines().all(|line| line.is_empty() || line.starts_with("  ")),
                "{text}"
            );
        }
    }
}
