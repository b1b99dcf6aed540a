//! The decisions before anything is encoded: the grid, the ladder, the audio.
//!
//! A plan is a value. The same source and settings give the same plan, and the same plan gives the same bytes.

use media::color::{Cicp, HighRange};
use media::timeline::Grid;
use media::track::{AudioPlan, Rung, TextPlan};
use serde::{Deserialize, Serialize};

use crate::source::{Copy, Crop, Frame};

mod audio;
mod color;
mod decide;
mod entry;
mod heard;
mod reason;
mod text;
mod unique;

pub use decide::{plan, warnings};
pub use entry::Entry;
pub use heard::Heard;
pub use reason::{Reason, Topic, reasons};

/// Everything that decides a title's bytes, beside the source's content and ffmpeg's version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where boundaries are.
    pub grid: Grid,
    /// Set where a copy of the source is decoded.
    pub copy: Option<Copy>,
    /// Time of frame 0 on the source's clock, microseconds.
    pub origin_us: i64,
    /// The video: what is done to it once, before it is scaled; `None` for a title of audio alone.
    pub video: Option<VideoPlan>,
    /// ffmpeg's stream index of the cover art, which is the poster of a title of audio alone.
    pub cover: Option<u32>,
    /// Rungs, lowest rate first.
    pub ladder: Vec<Rung>,
    /// Audio renditions, those of one programme together.
    pub audio: Vec<AudioPlan>,
    /// Text renditions; none in plans of before there were any, whose revisions keep their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<TextPlan>,
}

impl Plan {
    /// Time of frame 0 on the clock of the source itself, where a copy of it is decoded, microseconds.
    #[must_use]
    pub fn source_origin_us(&self) -> i64 {
        let shift = self.copy.as_ref().and_then(|copy| copy.clock.uniform_shift()).unwrap_or(0);
        self.origin_us.saturating_sub(shift)
    }

    /// The place of a source's track in the file that is decoded.
    #[must_use]
    pub fn decoded_stream(&self, stream: u32) -> u32 {
        let copied = self.copy.as_ref().and_then(|copy| copy.tracks.iter().position(|track| track.stream == stream));
        copied.and_then(|at| u32::try_from(at).ok()).unwrap_or(stream)
    }
}

/// The treatment of the picture before it is scaled, and where it is entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoPlan {
    /// ffmpeg's stream index.
    pub stream: u32,
    /// Where the decoding of each chunk begins.
    pub entries: Vec<Entry>,
    /// The decoder that has to be asked for.
    pub decoder: Option<String>,
    /// The part of decoded pictures that is shown, as they are once they are turned.
    pub crop: Option<Crop>,
    /// The frame that all pictures are brought into first, with bars where their shape is another. `None` where ffmpeg
    /// turns them before it filters: such are of one size.
    pub frame: Option<Frame>,
    /// True if pixels change their shape, which ffmpeg sees only where it does not settle it from the first.
    pub pixels_change: bool,
    /// The pictures that are deinterlaced.
    pub deinterlace: Deinterlace,
    /// True if each field becomes a frame, rather than each two.
    pub field_rate: bool,
    /// True if black is laid behind transparent parts.
    pub over_black: bool,
    /// The source's colour, complete.
    pub source_color: Cicp,
    /// The tone mapping from high dynamic range to standard; `None` where it is standard already.
    pub tone_map: Option<ToneMap>,
    /// The colour description that every rung carries.
    pub color: Cicp,
}

/// Which pictures' fields become frames of their own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deinterlace {
    /// None.
    Off,
    /// Those that say that they are of fields: progressive ones pass untouched.
    Flagged,
    /// None: fields are matched, and frames that repeat are left out, so that film is 24000/1001 frames a second again.
    Pulldown {
        /// Time of the first frame, microseconds from the title's start.
        first_us: i64,
        /// Which of each five frames, counted from the first, repeats the one before.
        phase: u8,
    },
    /// Those that no field of another frame makes whole. Frames that repeat stay.
    Matched,
    /// All.
    All {
        /// True if the upper field is the earlier.
        top_first: bool,
    },
}

/// The range that is brought into that of SDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToneMap {
    /// The source's transfer.
    pub from: HighRange,
    /// Luminance that becomes SDR's white, cd/m²; what is brighter is clipped.
    pub peak: u32,
}

#[cfg(test)]
mod tests;
