//! A title against its source: what the source's packets hold, what it shows and how it sounds, each read anew.
//!
//! Nothing here knows the plan. ffprobe reads the packets, and they are laid end to end; ffmpeg decodes a few small
//! pictures of the source and of a rendition, and all of the sound at a low rate. Then rules judge, purely.

mod compare;
pub(crate) mod declared;
mod facts;
pub(crate) mod picture;
mod sound;
pub(crate) mod source;

use std::path::PathBuf;

use tools::process::Bounds;

use compare::Compare;
pub(crate) use declared::Declared;
use facts::Source;
use picture::eye::{Care, Eye, From, Taken};
use picture::{SIDE, Size};
use source::probe::{Described, Probe};
use source::reading;
use source::stream::Stream;
use source::stretches::Clock;

use crate::decode::Measured;
use crate::fetch::{Resource, Store};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};

/// Settings of comparing a title with its source.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The source.
    pub source: PathBuf,
    /// The ffmpeg.
    pub ffmpeg: PathBuf,
    /// The ffprobe.
    pub ffprobe: PathBuf,
    /// The conditions that both run under.
    pub bounds: Bounds,
    /// Processes at a time.
    pub jobs: usize,
    /// Departures from the source that settings ask for.
    pub asked: Asked,
}

/// An audio rendition that is made of a file beside the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beside {
    /// What the file's name has after the source's.
    pub(crate) ending: String,
    /// The rendition's folder below the revision, such as `audio/fr-2ch`.
    pub(crate) folder: String,
}

impl Beside {
    /// Those of a title, by what it says of itself.
    pub(crate) fn of(title: &config::title::Title) -> Vec<Self> {
        let of = |audio: &config::title::AudioRendition| {
            Some(Self { ending: audio.sidecar.clone()?, folder: format!("{}/{}", config::tree::AUDIO, audio.name) })
        };
        title.audio.iter().filter_map(of).collect()
    }
}

/// Departures from the source that settings ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Another frame rate.
    pub rate: bool,
    /// Lines of fields as they are.
    pub fields: bool,
    /// A poster of the operator's own.
    pub poster: bool,
}

/// The title that is compared with the source.
#[derive(Clone, Copy)]
pub(crate) struct Title<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) measured: Measured<'a>,
    /// Warnings of `title.json`.
    pub(crate) warnings: &'a [String],
    /// Its audio of files beside the source.
    pub(crate) beside: &'a [Beside],
    /// Its poster.
    pub(crate) poster: Option<&'a Resource>,
    /// Declarations of its manifests.
    pub(crate) declared: &'a [Declared],
    /// The manifest that names all tracks.
    pub(crate) whole: &'a str,
}

/// Compares `title` with its source.
pub(crate) fn judge(proof: &Proof, title: Title<'_>, findings: &mut Findings) {
    let probe = Probe { ffprobe: &proof.ffprobe, bounds: &proof.bounds, path: &proof.source };
    let read = probe.describe().and_then(|described| Ok((described, probe.packets()?)));
    let (described, packets) = match read {
        Ok(read) => read,
        Err(error) => return findings.add(&rules::READ, Place::file(title.whole), error.to_string()),
    };
    let audio: Vec<u32> = described.streams.iter().filter(|s| s.is_audio()).map(|s| s.index).collect();
    let video = shown(&described, title.measured.tracks);
    let (mut picture, sound) =
        reading::lay(&packets, Clock::of(&described.format.format_name), video.map(|v| v.index), &audio);
    drop(packets);
    // AVI tells when pictures are decoded: when the first is shown, ffmpeg knows.
    if let Some((video, picture)) = video.zip(picture.as_mut()).filter(|_| described.format.format_name == "avi") {
        let eye = Eye {
            ffmpeg: &proof.ffmpeg,
            bounds: &proof.bounds,
            size: Size::like(SIDE, 16, 9),
            slack: 0,
            taken: Taken::Whole,
            care: Care::Whole,
        };
        let from = From { enter: None, windows: vec![(i64::MIN / 4, i64::MAX / 4)], count: Some(1) };
        let mut first = None;
        // A failure to decode is reported later.
        let _ = eye.source(&proof.source, video, Some(from), |at, _| first = Some(at));
        first.into_iter().for_each(|first| picture.begin_at(first));
    }
    declared::purposes(title, &described, findings);
    let compare = Compare { proof, title, described: &described, sound: &sound };
    match video.zip(picture.as_ref()) {
        Some((video, picture)) => {
            compare
                .video(&Source { described: &described, video, picture, sound: &sound, asked: proof.asked }, findings);
        }
        None => compare.audio_alone(findings),
    }
}

/// The video track that the title shows: of those that have its shape, the one of its size, or the first.
fn shown<'a>(described: &'a Described, tracks: &[Track]) -> Option<&'a Stream> {
    let video = || described.streams.iter().filter(|stream| stream.is_video());
    let sizes = tracks.iter().filter(|track| track.kind() == MediaKind::Video).filter_map(crate::hls::shown_size);
    let size = sizes.max_by_key(|(_, high)| *high)?;
    let like = |stream: &&Stream| {
        let (wide, high) = stream.shape();
        (size.0 * high).abs_diff(size.1 * wide) * 50 <= size.1 * wide
    };
    let as_large = |stream: &&Stream| like(stream) && size.1.abs_diff(stream.shape().1) <= 1;
    video().find(as_large).or_else(|| video().find(like)).or_else(|| video().next())
}
