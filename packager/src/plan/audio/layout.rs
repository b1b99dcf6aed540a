//! Channel layouts: those of sources, and those that are made of them.

/// A mix of several channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mix {
    /// ffmpeg's name.
    pub(super) layout: &'static str,
    /// ffmpeg's names of its channels, in ffmpeg's order.
    pub(super) channels: &'static [&'static str],
}

/// The mixes whose channels may be tracks of their own, largest first.
pub(super) const MIXES: [Mix; 4] = [
    Mix { layout: "7.1", channels: &["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"] },
    Mix { layout: "5.1", channels: &["FL", "FR", "FC", "LFE", "BL", "BR"] },
    Mix { layout: "5.0", channels: &["FL", "FR", "FC", "BL", "BR"] },
    Mix { layout: "stereo", channels: &["FL", "FR"] },
];

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
const SURROUND_WITH_BACK: Shape = Shape { layout: "7.1", channels: 8 };

/// The shape for an input with more than two channels, the low-frequency one among them; channels that the input does not
/// have are silent. Wide fronts and the like are mixed into 5.1.
pub(super) fn surround(layout: Option<&str>, channels: u32) -> Option<Shape> {
    let name = layout.unwrap_or_else(|| usual(channels));
    Some(match (name, channels) {
        (_, 0..=2) => return None,
        ("3.0", _) => FRONT,
        ("3.0(back)" | "4.0", _) => FRONT_AND_BACK,
        ("quad" | "quad(side)" | "5.0" | "5.0(side)", _) => SURROUND_WITHOUT_LFE,
        ("6.1" | "7.0" | "7.1", _) => SURROUND_WITH_BACK,
        _ => SURROUND,
    })
}

/// True if a layout has channels in the ceiling, which ffmpeg's resampler mixes into none below.
pub(super) fn has_ceiling(layout: &str) -> bool {
    let listed = ["TFL", "TFR", "TFC", "TBL", "TBR", "TBC", "TSL", "TSR", "TC"];
    let named = ["7.1(top)", "cube", "hexadecagonal", "22.2"];
    let of_three = |name: &str| name.split('.').count() == 3;
    of_three(layout.split('(').next().unwrap_or(layout))
        || named.contains(&layout)
        || layout.split(['(', '+', ')']).any(|channel| listed.contains(&channel))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_are_known_by_the_layout() {
        for layout in ["5.1.2", "7.1.4(back)", "8 channels (FL+FR+FC+LFE+BL+BR+TFL+TFR)", "22.2", "7.1(top)"] {
            assert!(has_ceiling(layout), "{layout}");
        }
        for layout in ["5.1", "7.1(wide)", "stereo", "3 channels (FL+FR+TCX)", "5.1(side)"] {
            assert!(!has_ceiling(layout), "{layout}");
        }
    }
}
