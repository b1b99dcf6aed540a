//! Mixes whose channels are tracks of their own, as recorders of broadcasters and editing programs write them: which mono
//! track is which channel, where the source declares it.

use super::layout::{MIXES, Mix};
use crate::source::AudioSource;
use media::role::AudioRole;

/// ffmpeg's channels, and what tracks are called that hold them (SMPTE ST 377-4 Annex A, and editors' words), in small
/// letters.
const NAMES: [(&str, &[&str]); 8] = [
    ("FL", &["l", "fl", "left", "front left", "left front"]),
    ("FR", &["r", "fr", "right", "front right", "right front"]),
    ("FC", &["c", "fc", "center", "centre", "front center", "front centre", "center front"]),
    ("LFE", &["lfe", "sub", "subwoofer", "low frequency effects", "low frequency"]),
    ("SL", &["ls", "sl", "lss", "left surround", "surround left", "side left", "left side", "left side surround"]),
    ("SR", &["rs", "sr", "rss", "right surround", "surround right", "side right", "right side", "right side surround"]),
    ("BL", &["bl", "lb", "lrs", "lsr", "back left", "left back", "rear left", "left rear", "left rear surround"]),
    ("BR", &["br", "rb", "rrs", "rsr", "back right", "right back", "rear right", "right rear", "right rear surround"]),
];

/// Words of a title that say how a mix is made, and not which channel of it this is.
const ASIDE: [&str; 9] = ["5", "7", "1", "51", "71", "channel", "ch", "audio", "mono"];

/// The mix whose channels the first of `tracks` are said to be, by ffmpeg's name, and these tracks in the order of its
/// channels.
pub(super) fn mix(tracks: &[AudioSource]) -> Option<(&'static str, Vec<u32>)> {
    MIXES.into_iter().find_map(|mix| {
        let members = tracks.get(..mix.channels.len())?;
        let first = members.first()?;
        let alike = |track: &AudioSource| {
            track.channels == 1 && belongs(track) == belongs(first) && track.sample_rate == first.sample_rate
        };
        if !members.iter().all(alike) {
            return None;
        }
        let has = |channel: &str| members.iter().find(|track| place(track, &mix) == Some(channel));
        let tracks: Option<Vec<u32>> = mix.channels.iter().map(|channel| Some(has(channel)?.index)).collect();
        Some((mix.layout, tracks?))
    })
}

/// The properties that tracks of one mix share.
fn belongs(track: &AudioSource) -> (&str, AudioRole, &str) {
    (&track.language, track.role, &track.codec)
}

/// The channel of `mix` that a mono track is said to be. Where a mix has one pair of surrounds, that may be called the
/// sides or the back.
fn place(track: &AudioSource, mix: &Mix) -> Option<&'static str> {
    let by_layout = track.layout.as_deref().and_then(of_layout);
    let by_title = || track.title.as_deref().and_then(of_title);
    // ffmpeg calls the centre by itself plain mono.
    let centre = || track.layout.as_deref().filter(|layout| *layout == "mono").map(|_| "FC");
    let declared = by_layout.or_else(by_title).or_else(centre)?;
    Some(match declared {
        "SL" if !mix.channels.contains(&"SL") => "BL",
        "SR" if !mix.channels.contains(&"SR") => "BR",
        declared => declared,
    })
}

/// ffmpeg writes a layout of one channel that is not plain mono as `1 channels (FL)`.
fn of_layout(layout: &str) -> Option<&'static str> {
    let named = layout.split_once('(')?.1.strip_suffix(')')?;
    NAMES.iter().map(|(channel, _)| *channel).find(|channel| *channel == named)
}

/// The channel that a title such as `5.1 - Left Surround` names.
pub(super) fn of_title(title: &str) -> Option<&'static str> {
    let title = title.to_lowercase();
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !ASIDE.contains(word));
    let name = words.collect::<Vec<_>>().join(" ");
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(channel, _)| *channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_layouts_name_channels() {
        for (title, channel) in [
            ("Left", Some("FL")),
            ("5.1 - Left Surround", Some("SL")),
            ("Ls", Some("SL")),
            ("LFE", Some("LFE")),
            ("Channel 7.1 Lrs", Some("BL")),
            ("Centre", Some("FC")),
            ("Commentary", None),
            ("Left behind", None),
            ("5.1", None),
        ] {
            assert_eq!(of_title(title), channel, "{title}");
        }
        assert_eq!(of_layout("1 channels (FR)"), Some("FR"));
        assert_eq!((of_layout("mono"), of_layout("1 channels (TFL)")), (None, None));
    }
}
