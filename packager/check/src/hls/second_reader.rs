//! m3u8-rs as the second reader: it must take the playlist, and find as many segments of the same length.

use std::sync::Mutex;
use std::thread;

use m3u8_rs::Playlist;

use crate::report::rules::syntax::SECOND_READER;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, nanos};

/// Longer playlists have one reader alone, as those of more lines have: m3u8-rs holds up to 800 bytes for each.
const MAX_BYTES: usize = 1 << 20;
const MAX_LINES: usize = 1 << 16;

/// Held while m3u8-rs reads: what it takes for one playlist, up to 50 MB, is not taken for several.
static READING: Mutex<()> = Mutex::new(());

/// Reads `text` with m3u8-rs and compares.
pub(super) fn compare(text: &str, name: &str, findings: &mut Findings) {
    if text.len() > MAX_BYTES || text.lines().count() > MAX_LINES {
        return;
    }
    let _turn = READING.lock();
    // In a thread of its own: allocators keep what a thread gave back for that thread, and those that load playlists
    // are many. One after the other, these use the same as a rule.
    let began = thread::scope(|scope| {
        let read = || read_and_compare(text, name, findings);
        thread::Builder::new().spawn_scoped(scope, read).is_ok()
    });
    if !began {
        read_and_compare(text, name, findings);
    }
}

fn read_and_compare(text: &str, name: &str, findings: &mut Findings) {
    let place = || Place::file(name);
    match m3u8_rs::parse_playlist_res(text.as_bytes()) {
        Err(error) => {
            let error = crate::syntax::m3u8::attributes::shorten(&error.to_string());
            findings.add(&SECOND_READER, place(), format!("m3u8-rs refuses it: {error}"));
        }
        Ok(Playlist::MasterPlaylist(other)) => {
            let ours = tags(text, "#EXT-X-STREAM-INF:") + tags(text, "#EXT-X-I-FRAME-STREAM-INF:");
            if other.variants.len() != ours {
                let text = format!("m3u8-rs finds {} variant streams, there are {ours} tags", other.variants.len());
                findings.add(&SECOND_READER, place(), text);
            }
            let ours = tags(text, "#EXT-X-MEDIA:");
            if other.alternatives.len() != ours {
                let text = format!("m3u8-rs finds {} renditions, there are {ours} tags", other.alternatives.len());
                findings.add(&SECOND_READER, place(), text);
            }
        }
        Ok(Playlist::MediaPlaylist(other)) => {
            let ours: Vec<u64> = text.lines().filter_map(|l| l.strip_prefix("#EXTINF:")).filter_map(extinf).collect();
            if other.segments.len() != ours.len() {
                let text = format!("m3u8-rs finds {} segments, there are {} EXTINF", other.segments.len(), ours.len());
                findings.add(&SECOND_READER, place(), text);
            }
            // It keeps durations as 32-bit floats: seven digits.
            #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance of a millisecond")]
            let differs = |(other, ours): (&m3u8_rs::MediaSegment, &u64)| {
                (f64::from(other.duration) - *ours as f64 / SECOND as f64).abs() > 0.001
            };
            if let Some(index) = other.segments.iter().zip(&ours).position(differs) {
                findings.add(&SECOND_READER, Place::segment(name, index), "m3u8-rs reads another EXTINF");
            }
        }
    }
}

fn extinf(text: &str) -> Option<u64> {
    nanos(text.split(',').next()?)
}

fn tags(text: &str, tag: &str) -> usize {
    text.lines().filter(|l| l.starts_with(tag)).count()
}
