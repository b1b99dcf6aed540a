//! A source, as measured by ffprobe: the typed answer that plans are made from.

#[cfg(test)]
pub(crate) mod samples;

use config::title::{SourceAudio, SourceTracks, SourceVideo, TextKind};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use media::color::Declared;
use media::role::AudioRole;
use media::time::FrameRate;
use media::track::{AudioFile, TextInput};

/// A source's streams and times. All times are microseconds on the container's own clock (ffmpeg's `-copyts`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Demuxer's name, as ffprobe gives it.
    pub format: String,
    /// True if ffmpeg can start decoding in the middle at exactly the frame it is asked for (indexed containers).
    pub seekable: bool,
    /// Set where the source is copied, and the copy decoded, because it can't be entered in the middle or its clock jumps.
    /// Times are then those of the copy.
    pub copy: Option<Copy>,
    /// The name that the container's tags give it.
    pub name: Option<String>,
    /// The video track that is packaged; `None` where there is audio alone.
    pub video: Option<VideoSource>,
    /// ffmpeg's stream index of the cover art.
    pub cover: Option<u32>,
    /// Sound tracks, in the container's order.
    pub audio: Vec<AudioSource>,
    /// Audio in further languages, in files beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<AudioBeside>,
    /// Texts: tracks in the container's order, then files beside it.
    pub text: Vec<TextSource>,
    /// Warnings for the operator: streams left out, gaps, damage.
    pub warnings: Vec<String>,
}

impl SourceInfo {
    /// The source as it is to be packaged without its copy; `None` where its clock has to be laid anew.
    #[must_use]
    pub fn without_copy(&self) -> Option<Self> {
        let shift_us = self.copy.as_ref()?.clock.uniform_shift()?;
        let mut own = Self { copy: None, ..self.clone() };
        own.video.iter_mut().for_each(|video| video.shift(-shift_us));
        own.audio.iter_mut().for_each(|track| track.shift(-shift_us));
        Some(own)
    }

    /// The tracks that a package is compared with, and `title.json` keeps.
    #[must_use]
    pub fn tracks(&self) -> SourceTracks {
        let video = self.video.as_ref().map(|video| SourceVideo {
            width: video.width,
            height: video.height,
            frame_rate: video.rate.to_string(),
            interlaced: video.scan != Scan::Progressive,
            start_us: video.start_us,
            end_us: video.end_us,
        });
        let sound = |track: &AudioSource| SourceAudio {
            language: track.language.clone(),
            start_us: track.start_us,
            end_us: track.end_us,
        };
        SourceTracks { video, audio: self.audio.iter().map(sound).collect() }
    }
}

/// The picture track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoSource {
    /// ffmpeg's stream index.
    pub index: u32,
    /// ffmpeg's codec name.
    pub codec: String,
    /// Pixels as displayed: after rotation, with square pixels.
    pub width: u32,
    /// Pixels as displayed.
    pub height: u32,
    /// The rate that the grid takes: the source's own, or for variable rates the usual one that it is near, else the
    /// next below.
    pub rate: FrameRate,
    /// Frames do not come at a constant rate.
    pub variable_rate: bool,
    /// Presentation time of the first frame, microseconds.
    pub start_us: i64,
    /// Presentation time of the last frame, microseconds.
    pub last_us: i64,
    /// End of the last frame, microseconds.
    pub end_us: i64,
    /// Key frames, in the container's order. Not told of: there are thousands.
    #[serde(skip)]
    pub sync: Vec<SyncPoint>,
    /// Measured bits a second of the track.
    pub bit_rate: u64,
    /// The part of decoded pictures that is shown, as they are once they are turned; `None` where it is all of it.
    pub crop: Option<Crop>,
    /// The frame of most pictures once they are cropped, before they are turned.
    pub frame: Frame,
    /// True if pixels are of several shapes in the course of the source.
    pub pixels_change: bool,
    /// True if players turn or mirror it.
    pub turned: bool,
    /// True if parts of pictures are transparent.
    pub alpha: bool,
    /// The decoder that has to be asked for, where it is not ffmpeg's usual one.
    pub decoder: Option<String>,
    /// Frames, or fields.
    pub scan: Scan,
    /// As declared by the stream or, where that says nothing, by the container.
    pub color: Declared,
    /// Of high dynamic range, the brightest that there is in it (MaxCLL) or that it was graded on, cd/m².
    pub peak: Option<u32>,
}

impl VideoSource {
    /// Moves all times by so many microseconds.
    pub(crate) fn shift(&mut self, by_us: i64) {
        for time in [&mut self.start_us, &mut self.last_us, &mut self.end_us] {
            *time = time.saturating_add(by_us);
        }
        for point in &mut self.sync {
            point.shown_us = point.shown_us.saturating_add(by_us);
            point.seek_us = point.seek_us.saturating_add(by_us);
        }
    }
}

impl AudioSource {
    /// Moves all times by so many microseconds.
    pub(crate) fn shift(&mut self, by_us: i64) {
        for time in [&mut self.start_us, &mut self.end_us] {
            *time = time.saturating_add(by_us);
        }
    }
}

/// A copy of the source's packets into a file that can be entered anywhere, with times laid anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The tracks, in the copy's order.
    pub tracks: Vec<CopyTrack>,
    /// The place of each packet.
    pub clock: Clock,
    /// The source's times are of 33 bits at 90 kHz, and start again at 0 (ISO/IEC 13818-1 §2.4.3.7).
    pub wraps: bool,
    /// Packets without a presentation time get theirs from the others.
    pub generated: bool,
    /// Pixels change their shape: the copy tells of none, so that each picture's own counts.
    pub pixels_change: bool,
}

/// A track that is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyTrack {
    /// ffmpeg's stream index in the source.
    pub stream: u32,
    /// Packets in it.
    pub packets: u64,
    /// The first packet's presentation time on the source's clock, microseconds.
    pub source_us: i64,
    /// The earliest presentation time, as laid, microseconds.
    pub first_us: i64,
    /// The latest, microseconds.
    pub last_us: i64,
    /// Pictures are decoded in another order than they are shown in, and the container does not say when.
    pub reordered: bool,
}

/// A key frame from which decoding may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncPoint {
    /// Presentation time, microseconds.
    pub shown_us: i64,
    /// The latest time that a seek may ask for so as to arrive here, microseconds: its decode time where the container's
    /// index counts by that, which may be seconds before it is shown.
    pub seek_us: i64,
}

/// The size and pixel shape of decoded pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// A pixel's width and height.
    pub pixel: (u32, u32),
}

impl Frame {
    /// Width and height with square pixels: lines are kept and columns made square, as players do.
    #[must_use]
    pub fn displayed(&self) -> (u64, u64) {
        let (num, den) = (u64::from(self.pixel.0), u64::from(self.pixel.1.max(1)));
        ((u64::from(self.width) * num + den / 2) / den, self.height.into())
    }
}

/// A rectangle of a picture, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crop {
    /// Columns left of it.
    pub left: u32,
    /// Lines above it.
    pub top: u32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

impl Crop {
    /// `None` where it is nothing, all, or not within a picture of this size.
    #[must_use]
    pub fn of(self, width: u32, height: u32) -> Option<Self> {
        let within =
            |from: u32, length: u32, whole: u32| length > 0 && from.checked_add(length).is_some_and(|end| end <= whole);
        let fits = within(self.left, self.width, width) && within(self.top, self.height, height);
        (fits && (self.width, self.height) != (width, height)).then_some(self)
    }
}

/// The scan type: the way that lines of a picture belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// Each picture is of one moment, but for those that say otherwise.
    Progressive,
    /// Of two fields, as pictures or their container say.
    Interlaced,
    /// Film that was brought to 30000/1001 frames a second by repeating fields, steadily.
    Telecined {
        /// Which of each five frames, counted from the first, repeats the one before.
        phase: u8,
    },
    /// The same, but not steadily: it was edited afterwards, or is film in part.
    Repeating,
    /// Of two fields, and nothing says so.
    Unflagged {
        /// True if the upper field is the earlier.
        top_first: bool,
    },
}

/// A sound track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioSource {
    /// ffmpeg's stream index.
    pub index: u32,
    /// ffmpeg's codec name.
    pub codec: String,
    /// Channels.
    pub channels: u32,
    /// ffmpeg's name of the layout, when it has one.
    pub layout: Option<String>,
    /// Hertz.
    pub sample_rate: u32,
    /// BCP 47; `und` where the source does not say.
    pub language: String,
    /// The container's title of the track.
    pub title: Option<String>,
    /// The container says that this track plays when nobody chose.
    pub default: bool,
    /// As the container marks it, or its title tells.
    pub role: AudioRole,
    /// Time of the first sample heard, microseconds.
    pub start_us: i64,
    /// End of the last sample, microseconds.
    pub end_us: i64,
}

/// A file of audio beside the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioBeside {
    /// The file.
    pub file: AudioFile,
    /// Its audio tracks, in the language that its name has, on its own clock.
    pub audio: Vec<AudioSource>,
}

impl AudioBeside {
    /// The time on its clock at which the title begins: that of its first sample.
    #[must_use]
    pub fn start_us(&self) -> i64 {
        self.audio.iter().map(|track| track.start_us).min().unwrap_or(0)
    }

    /// The time on its clock at which its last sample ends.
    #[must_use]
    pub fn end_us(&self) -> i64 {
        self.audio.iter().map(|track| track.end_us).max().unwrap_or(0)
    }
}

/// A text track, or a file of text beside the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSource {
    /// Where it is.
    pub input: TextInput,
    /// BCP 47; `und` where the source does not say.
    pub language: String,
    /// The container's title of the track.
    pub title: Option<String>,
    /// As the container or the file's name marks it, or its title tells.
    pub kind: TextKind,
}
