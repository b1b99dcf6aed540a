//! Which sound is made of each track.

use std::collections::BTreeMap;

use crate::source::AudioSource;
use media::language;
use media::track::AudioPlan;

/// What all sound is made at: CMAF players take it everywhere, and it is what recordings have.
const SAMPLE_RATE: u32 = 48_000;

/// What a track becomes: a layout that ffmpeg's `aac` writes as a plain channel configuration (ISO/IEC 14496-3
/// §1.6.3.4), without a program config element that players do not read.
struct Shape {
    layout: &'static str,
    channels: u32,
    bit_rate: u32,
}

const STEREO: Shape = Shape { layout: "stereo", channels: 2, bit_rate: 128_000 };

/// The renditions of all tracks: stereo of each (Apple's 2.3), and what it has beyond that.
pub(super) fn plans(tracks: &[AudioSource]) -> Vec<AudioPlan> {
    let default = tracks.iter().position(|track| track.default).unwrap_or(0);
    let mut names = Unique::default();
    let mut labels = BTreeMap::<u32, Unique>::new();
    let mut plans = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        for shape in std::iter::once(STEREO).chain(surround(track.channels)) {
            plans.push(AudioPlan {
                name: names.take(&format!("{}-{}ch", track.language.to_ascii_lowercase(), shape.channels), "-"),
                stream: track.index,
                language: track.language.clone(),
                label: labels.entry(shape.channels).or_default().take(&label(track), " "),
                layout: shape.layout.into(),
                channels: shape.channels,
                sample_rate: SAMPLE_RATE,
                bit_rate: shape.bit_rate,
                default: index == default,
            });
        }
    }
    plans
}

/// More than stereo, for tracks that have more.
fn surround(channels: u32) -> Option<Shape> {
    Some(match channels {
        0..=2 => return None,
        3 => Shape { layout: "3.0", channels: 3, bit_rate: 192_000 },
        4 => Shape { layout: "4.0", channels: 4, bit_rate: 256_000 },
        5 => Shape { layout: "5.0", channels: 5, bit_rate: 320_000 },
        _ => Shape { layout: "5.1", channels: 6, bit_rate: 384_000 },
    })
}

/// What people choose by: the container's title, else the language.
fn label(track: &AudioSource) -> String {
    // HLS writes it as a quoted-string, which holds neither quotes nor line ends (RFC 8216bis §4.2).
    let title = track.title.as_deref().map(|title| title.replace(|c: char| c.is_control() || c == '"', " "));
    let title = title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| language::name(&track.language).unwrap_or("Sound").to_owned())
}

/// Texts of which none is given twice.
#[derive(Default)]
struct Unique {
    taken: Vec<String>,
}

impl Unique {
    /// `text`, or with the first free number from 2.
    fn take(&mut self, text: &str, joint: &str) -> String {
        let numbered = (2u32..).map(|number| format!("{text}{joint}{number}"));
        let free = std::iter::once(text.to_owned()).chain(numbered).find(|name| !self.taken.contains(name));
        let free = free.unwrap_or_default();
        self.taken.push(free.clone());
        free
    }
}
