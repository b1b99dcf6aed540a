//! From tracks to programmes: a stereo mix and a surround mix of one sound are one choice for a viewer, mono tracks that
//! are the channels of a mix are one sound.

use super::places;
use crate::source::AudioSource;
use media::role::AudioRole;
use media::track::AudioInput;

/// Most channels whose places ffmpeg guesses where nothing names them.
const MOST_GUESSED: u32 = 8;

/// One sound that a viewer may choose.
pub(super) struct Programme<'a> {
    /// The input of stereo.
    pub stereo: Input<'a>,
    /// The input of a rendition with more channels.
    pub surround: Option<Input<'a>>,
}

/// A track, or several of which the first stands for all.
#[derive(Clone)]
pub(super) struct Input<'a> {
    pub track: &'a AudioSource,
    pub input: AudioInput,
    /// Of all tracks together.
    pub channels: u32,
    /// ffmpeg's name, where anything names it.
    pub layout: Option<&'a str>,
}

impl Programme<'_> {
    pub(super) fn role(&self) -> AudioRole {
        self.stereo.track.role
    }

    pub(super) fn is_default(&self) -> bool {
        self.stereo.track.default || self.surround.as_ref().is_some_and(|surround| surround.track.default)
    }

    /// The title of the programme, rather than of the layout of one of its mixes or of one of its channels.
    pub(super) fn title(&self) -> Option<&str> {
        let title = self.stereo.track.title.as_deref();
        let merged = self.surround.as_ref().is_some_and(|surround| surround.track.index != self.stereo.track.index);
        let channels = matches!(self.stereo.input, AudioInput::Channels { .. });
        title
            .filter(|title| !merged || !names_a_layout(title))
            .filter(|title| !channels || places::of_title(title).is_none())
    }
}

/// The programmes of a source's tracks, in their order.
pub(super) fn programmes(tracks: &[AudioSource]) -> Vec<Programme<'_>> {
    let mut programmes: Vec<Programme<'_>> = Vec::new();
    for item in inputs(tracks) {
        let before = programmes.last_mut().filter(|before| is_stereo_of(before, &item));
        match before {
            Some(stereo) => stereo.surround = Some(item),
            None => {
                let surround = Some(item.clone()).filter(Input::is_surround);
                programmes.push(Programme { stereo: item, surround });
            }
        }
    }
    programmes
}

/// True if `surround` is the same sound as the programme before it, in more channels: rippers write stereo for every
/// player first, and the surround of the disc after it. In the other order the stereo is as often a commentary, and stays
/// by itself.
fn is_stereo_of(programme: &Programme<'_>, surround: &Input<'_>) -> bool {
    let stereo = &programme.stereo;
    let names_a_way = |title: &String| names_a_layout(title) || places::of_title(title).is_some();
    let belongs = |input: &Input<'_>| {
        let AudioSource { language, role, title, .. } = input.track;
        (language.clone(), *role, title.clone().filter(|title| !names_a_way(title)))
    };
    let alone = programme.surround.is_none() && stereo.channels == 2;
    alone && surround.is_surround() && belongs(stereo) == belongs(surround)
}

impl Input<'_> {
    /// True if it has more channels than two, whose places are known or can be guessed.
    fn is_surround(&self) -> bool {
        self.channels > 2 && !matches!(self.input, AudioInput::Discrete { .. })
    }
}

/// True for titles such as `Stereo`, `Surround 5.1` or `AC3 5.1 @ 448 kbps`, that say how a track is made, not what it is.
fn names_a_layout(title: &str) -> bool {
    const WORDS: [&str; 22] = [
        "mono", "stereo", "surround", "sound", "audio", "track", "channel", "channels", "ch", "dolby", "digital",
        "plus", "dts", "hd", "ma", "truehd", "aac", "ac3", "eac3", "kbps", "kbit", "atmos",
    ];
    let title = title.to_lowercase();
    let mut words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let describes =
        |word: &str| WORDS.contains(&word) || word.trim_end_matches("ch").bytes().all(|b| b.is_ascii_digit());
    words.peek().is_some() && words.all(|word| describes(word) || matches!(word, "ac" | "e" | "s"))
}

/// Every track once: mono ones that are said to be the channels of a mix together, and two of a recorder's that nothing is
/// said of as the two sides of one.
fn inputs(tracks: &[AudioSource]) -> Vec<Input<'_>> {
    let mut inputs = Vec::new();
    let mut rest = tracks;
    while let [track, others @ ..] = rest {
        let sides = others.first().filter(|second| are_sides(track, second, tracks));
        let sides = sides.map(|second| ("stereo", vec![track.index, second.index]));
        let (input, layout) = match places::mix(rest).or(sides) {
            Some((layout, tracks)) => (AudioInput::Channels { tracks, layout: layout.into() }, Some(layout)),
            None => (input_of(track), track.layout.as_deref()),
        };
        let taken = input.tracks().len();
        let channels = u32::try_from(taken).unwrap_or(u32::MAX).max(track.channels);
        rest = rest.get(taken..).unwrap_or_default();
        inputs.push(Input { track, input, channels, layout });
    }
    inputs
}

/// A track by itself.
pub(super) fn input_of(track: &AudioSource) -> AudioInput {
    if track.layout.is_none() && track.channels > MOST_GUESSED {
        AudioInput::Discrete { track: track.index, channels: track.channels }
    } else {
        AudioInput::Track(track.index)
    }
}

/// True if two tracks that follow each other are left and right. Recorders of broadcasters write each channel as a track
/// of its own: uncompressed, or in fours and more. Two compressed mono tracks are two sounds.
fn are_sides(left: &AudioSource, right: &AudioSource, tracks: &[AudioSource]) -> bool {
    let all_mono = tracks.len() >= 4 && tracks.iter().all(|track| track.channels == 1);
    let alike = |track: &AudioSource| (track.channels, track.sample_rate, track.role, track.codec.clone());
    alike(left) == alike(right)
        && left.channels == 1
        && left.role == AudioRole::Main
        && left.language == right.language
        && left.title == right.title
        && (left.codec.starts_with("pcm_") || all_mono)
}
