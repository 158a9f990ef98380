//! Watches a broadcast for a while, as players would, and has all that comes judged.

use std::time::Duration;

use crate::fetch::{Client, Reply, beside};
use crate::follow::Follower;
use crate::multivariant::Multivariant;
use crate::playlist::MediaPlaylist;
use crate::report::Report;
use crate::rules::answers::Exchange;
use crate::rules::files::Files;
use crate::rules::{judge_answer, judge_files, judge_multivariant, judge_renditions};
use crate::text::attribute;

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No answer.
    #[error("{url} did not answer")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// An answer that is no playlist.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A multivariant playlist without a variant.
    #[error("{0} names no media playlist")]
    Empty(String),
}

/// Watches the broadcast behind a multivariant playlist for so long, one rendition after the other.
///
/// # Errors
/// When the multivariant playlist, or at first one that it names, can't be had, or nobody answers any more.
pub fn watch(url: &str, time: Duration) -> Result<Report, CheckError> {
    let client = Client::new();
    let mut report = Report::default();
    let reply = client.playlist(url)?;
    let multivariant = Multivariant::parse(&reply.text());
    report.playlists += 1;
    report.note(url, judge_multivariant(&multivariant));
    report.note(url, judge_answer(&plain(url, &reply, MediaPlaylist::default())));
    let names = multivariant.media_playlists();
    if names.is_empty() {
        return Err(CheckError::Empty(url.to_owned()));
    }
    let codecs = multivariant
        .variants
        .first()
        .and_then(|(list, _)| attribute(list, "CODECS"));
    let urls: Vec<_> = names.iter().map(|name| beside(url, name)).collect();
    let share = time / u32::try_from(urls.len()).unwrap_or(1);
    for address in &urls {
        Follower::new(&client, &mut report, address, codecs).follow(share)?;
        compare(&client, &mut report, &urls)?;
    }
    Ok(report)
}

/// An ordinary request for a playlist, and its answer.
pub(crate) fn plain(url: &str, reply: &Reply, before: MediaPlaylist) -> Exchange {
    Exchange {
        path: url.split('?').next().unwrap_or(url).to_owned(),
        before,
        status: reply.status,
        content_type: reply.content_type.clone(),
        waited: reply.waited,
        now: MediaPlaylist::parse(&reply.text()),
        ..Exchange::default()
    }
}

/// Judges each two renditions by each other.
fn compare(client: &Client, report: &mut Report, urls: &[String]) -> Result<(), CheckError> {
    for (place, one) in urls.iter().enumerate() {
        for other in urls.iter().skip(place + 1) {
            let first = MediaPlaylist::parse(&client.playlist(one)?.text());
            let second = MediaPlaylist::parse(&client.playlist(other)?.text());
            let third = MediaPlaylist::parse(&client.playlist(one)?.text());
            report.playlists += 3;
            report.note(one, judge_renditions(&first, &second));
            report.note(other, judge_renditions(&second, &third));
            clocks(client, report, (one, &first), (other, &second))?;
        }
    }
    Ok(())
}

/// Judges how dates map to times of presentation in two renditions, by a segment that both have.
fn clocks(
    client: &Client,
    report: &mut Report,
    (one, first): (&str, &MediaPlaylist),
    (other, second): (&str, &MediaPlaylist),
) -> Result<(), CheckError> {
    let shared = first
        .numbered()
        .filter(|(_, segment)| !segment.gap)
        .filter_map(|(number, segment)| {
            let mut others = second.numbered();
            let (_, beside) = others.find(|(other, beside)| *other == number && !beside.gap)?;
            Some((segment, beside))
        });
    let Some((segment, beside)) = shared.last() else {
        return Ok(());
    };
    let mut both = Vec::new();
    for (url, segment) in [(one, segment), (other, beside)] {
        let Some(map) = &segment.map else {
            return Ok(());
        };
        report.files += 2;
        both.push(Files {
            init: Some(client.file(url, map)?),
            segment: Some(client.file(url, &segment.uri)?),
            date: segment.date,
            ..Files::default()
        });
    }
    if let [ours, theirs] = &mut both[..] {
        ours.other_offset = theirs.offset();
        report.note(one, judge_files(ours));
    }
    Ok(())
}
