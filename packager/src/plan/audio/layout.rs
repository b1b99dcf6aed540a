//! Channel layouts: those of sources, and those that are made of them.

use crate::source::AudioSource;

/// The layout of a rendition: one that AAC has a channel configuration for (ISO/IEC 14496-3 §1.6.3.5), so that no program
/// config element is needed, which players do not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// ffmpeg's name.
    pub layout: &'static str,
    pub channels: u32,
}

pub(super) const STEREO: Shape = Shape { layout: "stereo", channels: 2 };
const FRONT: Shape = Shape { layout: "3.0", channels: 3 };
const FRONT_AND_BACK: Shape = Shape { layout: "4.0", channels: 4 };
const SURROUND_WITHOUT_LFE: Shape = Shape { layout: "5.0", channels: 5 };
const SURROUND: Shape = Shape { layout: "5.1", channels: 6 };

/// The shape for a track with more than two channels, the low-frequency one among them; channels that the track does not
/// have are silent. What has more than 5.1 becomes that: Chromium refuses the configuration of 7.1 with surround back (12,
/// seen with version 156), and hls.js takes the group with most channels without asking.
pub(super) fn surround(track: &AudioSource) -> Option<Shape> {
    let name = track.layout.as_deref().unwrap_or_else(|| usual(track.channels));
    Some(match (name, track.channels) {
        (_, 0..=2) => return None,
        ("3.0", _) => FRONT,
        ("3.0(back)" | "4.0", _) => FRONT_AND_BACK,
        ("quad" | "quad(side)" | "5.0" | "5.0(side)", _) => SURROUND_WITHOUT_LFE,
        _ => SURROUND,
    })
}

/// The layout that ffmpeg takes so many channels for, where nothing names it.
pub(super) const fn usual(channels: u32) -> &'static str {
    match channels {
        0 | 1 => "mono",
        2 => "stereo",
        3 => "2.1",
        4 => "4.0",
        5 => "5.0",
        6 => "5.1",
        7 => "6.1",
        _ => "7.1",
    }
}
