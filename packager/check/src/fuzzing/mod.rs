//! Properties that hold for any input of the checks, tested by `make fuzz` and by the replay of its corpora.
#![expect(clippy::panic, reason = "a property that does not hold ends the run")]

mod boxes;
mod manifests;
mod proof;
mod webvtt;

pub use boxes::boxes;
pub use manifests::{mpd, playlist};
pub use proof::{answers, source};
pub use webvtt::webvtt;

use url::Url;

use crate::fetch::{FetchError, Input, Resource, Store};
use crate::report::Findings;

/// Gives these bytes for whatever is asked for, as a server would, or `None` at all.
struct Bytes<'a>(Option<&'a [u8]>);

impl Store for Bytes<'_> {
    fn open(&self, resource: &Resource) -> Result<Input, FetchError> {
        let data = self.0.ok_or_else(|| FetchError::Missing("nothing is".into()))?;
        let start = usize::try_from(resource.start()).unwrap_or(usize::MAX);
        let end = resource
            .range
            .map_or(usize::MAX, |r| start.saturating_add(usize::try_from(r.length).unwrap_or(usize::MAX)));
        let part = data.get(start..end.min(data.len())).unwrap_or_default().to_vec();
        let length = part.len() as u64;
        Ok(Input::stream(Box::new(std::io::Cursor::new(part)), resource.start(), Some(length)))
    }
}

fn base() -> Url {
    Url::parse("http://origin.example/title/").unwrap_or_else(|error| panic!("{error}"))
}

/// Each line that a finding names is there.
fn findings_have_their_lines(findings: &Findings, text: &str) {
    let lines = text.split('\n').count();
    for finding in findings.all() {
        let line = finding.place.line.unwrap_or(1) as usize;
        assert!((1..=lines).contains(&line), "{}: {} of {lines} lines", finding.message, finding.place);
    }
}

#[cfg(test)]
mod tests {
    include!("../../../../fixtures/fuzz/replay.rs");

    #[test]
    fn any_playlist_is_read_as_the_second_reader_does() {
        replay("playlist", super::playlist);
    }

    #[test]
    fn any_mpd_is_read_within_bounds() {
        replay("mpd", super::mpd);
    }

    #[test]
    fn any_boxes_are_read_within_the_file() {
        replay("boxes", super::boxes);
    }

    #[test]
    fn any_cues_read_the_same_when_written_again() {
        replay("webvtt", super::webvtt);
    }

    #[test]
    fn any_answer_of_ffprobe_is_read_within_bounds() {
        replay("answers", super::answers);
    }

    #[test]
    fn any_source_is_read_within_bounds() {
        replay("source", super::source);
    }
}
