//! The multivariant playlist.

use config::title::TextKind;
use config::tree::{self, Revision};

use super::attributes::Tag;
use crate::presentation::{AudioGroup, MediaPresentation, Member, TextSet, Track, Variant, VideoTrack};
use crate::role::AudioRole;
use crate::steering::Steering;
use crate::time::FrameRate;

/// The multivariant playlist of a presentation that lies in `revision`, beside which it stands. Where it is steered, all
/// streams stand in it once a pathway (RFC 8216bis §4.4.6.6), with groups of its own.
#[must_use]
pub fn multivariant_playlist(
    presentation: &MediaPresentation,
    revision: &Revision,
    steering: Option<&Steering>,
) -> String {
    // No tag here asks for a version (RFC 8216bis §8). It states that of its media playlists, so that a client which
    // cannot play them knows at once.
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let Some(steering) = steering else {
        return text + &streams(presentation, &Way { base: revision.to_string(), pathway: None });
    };
    let first = steering.pathways.first().map(|pathway| pathway.id.as_str()).unwrap_or_default();
    let tag = Tag::new("#EXT-X-CONTENT-STEERING").quoted("SERVER-URI", &steering.server).quoted("PATHWAY-ID", first);
    text.push_str(&tag.line());
    for pathway in &steering.pathways {
        let base = format!("{}{revision}", pathway.base);
        text.push_str(&streams(presentation, &Way { base, pathway: Some(&pathway.id) }));
    }
    text
}

/// The base that playlists are reached at, and the id of the pathway that it belongs to.
struct Way<'a> {
    base: String,
    pathway: Option<&'a str>,
}

impl Way<'_> {
    fn mark(&self, tag: Tag) -> Tag {
        match self.pathway {
            Some(id) => tag.quoted("PATHWAY-ID", id),
            None => tag,
        }
    }

    /// The id of a group of its own.
    fn group(&self, group: &AudioGroup<'_>) -> String {
        format!("audio-{}ch{}", group.channels, self.end())
    }

    /// The id of its group of text.
    fn text_group(&self) -> String {
        format!("text{}", self.end())
    }

    fn end(&self) -> String {
        self.pathway.map(|id| format!("-{id}")).unwrap_or_default()
    }

    fn playlist(&self, track: &Track) -> String {
        format!("{}/{}/{}", self.base, track.path, tree::PLAYLIST)
    }
}

/// All renditions, variants and I-frame variants, reached on one way.
fn streams(presentation: &MediaPresentation, way: &Way<'_>) -> String {
    let mut text = String::new();
    let groups = presentation.audio_groups();
    for group in &groups {
        text.extend(group.members.iter().map(|member| rendition(group, member, way)));
    }
    let texts: Vec<&TextSet> = presentation.text().collect();
    text.extend(texts.iter().map(|set| text_rendition(set, &texts, way)));
    text.extend(presentation.variants().iter().map(|of| variant(of, &groups, !texts.is_empty(), way)));
    text.extend(presentation.video_tracks().map(|video| iframe_variant(video, way)));
    text
}

/// None plays unasked: who wants text chooses it, or has the player's settings do so.
fn text_rendition(set: &TextSet, sets: &[&TextSet], way: &Way<'_>) -> String {
    let yes = |yes| if yes { "YES" } else { "NO" };
    // Of those that a player cannot tell apart, it may take one by itself (RFC 8216bis §4.4.6.1.1).
    let alike = |other: &&&TextSet| (&other.language, other.kind) == (&set.language, set.kind);
    let first = sets.iter().find(alike).is_some_and(|first| std::ptr::eq(*first, set));
    let tag = Tag::new("#EXT-X-MEDIA")
        .plain("TYPE", "SUBTITLES")
        .quoted("GROUP-ID", &way.text_group())
        .quoted("NAME", &set.label)
        .quoted("LANGUAGE", &set.language)
        .plain("DEFAULT", "NO")
        .plain("AUTOSELECT", yes(first))
        .plain("FORCED", yes(set.kind == TextKind::Forced));
    let tag = match set.kind {
        // HLS Authoring Specification, 5.2: subtitles for people who do not hear.
        TextKind::Captions => tag.quoted(
            "CHARACTERISTICS",
            "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound",
        ),
        TextKind::Subtitles | TextKind::Forced => tag,
    };
    tag.quoted("URI", &way.playlist(&set.track)).line()
}

fn rendition(group: &AudioGroup<'_>, member: &Member<'_>, way: &Way<'_>) -> String {
    let yes = |yes| if yes { "YES" } else { "NO" };
    let set = member.set;
    let mut tag = Tag::new("#EXT-X-MEDIA")
        .plain("TYPE", "AUDIO")
        .quoted("GROUP-ID", &way.group(group))
        .quoted("NAME", &set.label)
        .quoted("LANGUAGE", &set.language)
        .plain("DEFAULT", yes(set.default))
        .plain("AUTOSELECT", yes(member.auto_select));
    if let Some(characteristics) = characteristics(set.role) {
        tag = tag.quoted("CHARACTERISTICS", characteristics);
    }
    tag = tag.quoted("CHANNELS", &set.channels.to_string());
    // A set is one track for as long as audio is encoded at one rate.
    match set.tracks.first() {
        Some(audio) => tag.quoted("URI", &way.playlist(&audio.track)).line(),
        None => tag.line(),
    }
}

/// The media characteristic of a role (RFC 8216bis §4.4.6.1).
const fn characteristics(role: AudioRole) -> Option<&'static str> {
    match role {
        AudioRole::Description => Some("public.accessibility.describes-video"),
        AudioRole::ClearSpeech => Some("public.accessibility.enhances-speech-intelligibility"),
        AudioRole::Main | AudioRole::Commentary => None,
    }
}

fn variant(variant: &Variant<'_>, groups: &[AudioGroup<'_>], with_text: bool, way: &Way<'_>) -> String {
    let mut tag = Tag::new("#EXT-X-STREAM-INF")
        .plain("BANDWIDTH", variant.peak_bandwidth)
        .plain("AVERAGE-BANDWIDTH", variant.average_bandwidth)
        .quoted("CODECS", &variant.codecs.join(","));
    if let Some(video) = variant.video {
        tag = tag
            .plain("RESOLUTION", format_args!("{}x{}", video.width, video.height))
            .plain("FRAME-RATE", frame_rate(video.rate))
            .plain("VIDEO-RANGE", "SDR")
            .plain("CLOSED-CAPTIONS", "NONE");
    }
    let group = variant.group.and_then(|at| groups.get(at));
    if let Some(group) = group {
        tag = tag.quoted("AUDIO", &way.group(group));
    }
    if with_text {
        tag = tag.quoted("SUBTITLES", &way.text_group());
    }
    // A title of audio alone has its default programme as the stream itself.
    let audio = || group.and_then(|group| group.default()?.set.tracks.first()).map(|audio| &audio.track);
    let track = variant.video.map(|video| &video.track).or_else(audio);
    let uri = track.map(|track| way.playlist(track)).unwrap_or_default();
    way.mark(tag).line() + &uri + "\n"
}

fn iframe_variant(video: &VideoTrack, way: &Way<'_>) -> String {
    let tag = Tag::new("#EXT-X-I-FRAME-STREAM-INF")
        .plain("BANDWIDTH", video.iframe_peak_bandwidth())
        .plain("AVERAGE-BANDWIDTH", video.iframe_average_bandwidth())
        .quoted("CODECS", &video.track.codecs)
        .plain("RESOLUTION", format_args!("{}x{}", video.width, video.height))
        .plain("VIDEO-RANGE", "SDR")
        .quoted("URI", &format!("{}/{}/{}", way.base, video.track.path, tree::IFRAME_PLAYLIST));
    way.mark(tag).line()
}

/// Three decimals, exactly rounded.
fn frame_rate(rate: FrameRate) -> String {
    let (num, den) = (u64::from(rate.num()), u64::from(rate.den()));
    let thousandths = (2000 * num + den) / (2 * den);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_rates_have_three_exact_decimals() {
        let printed = |num, den| FrameRate::new(num, den).map(frame_rate);
        for (num, den, text) in [
            (25, 1, "25.000"),
            (24_000, 1001, "23.976"),
            (30_000, 1001, "29.970"),
            (60_000, 1001, "59.940"),
            (25, 2, "12.500"),
            (1_999_999, 200_000, "10.000"),
        ] {
            assert_eq!(printed(num, den).as_deref(), Some(text));
        }
    }
}
