//! The multivariant playlist.

use std::collections::BTreeSet;

use config::tree::{self, Revision};

use super::attributes::Tag;
use crate::presentation::{AudioTrack, MediaPresentation, VideoTrack};
use crate::steering::Steering;
use crate::time::FrameRate;

/// Rate of the variant that stands first, and so is played first: 2000 kb/s (HLS Authoring Specification, 1.32).
const FIRST_VARIANT: u32 = 2_000_000;

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

/// How the revision is reached, and the pathway that this is.
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
}

/// All renditions, variants and I-frame variants, reached on one way.
fn streams(presentation: &MediaPresentation, way: &Way<'_>) -> String {
    let mut text = String::new();
    let groups = groups(&presentation.audio, way.pathway);
    for group in &groups {
        text.extend(group.tracks.iter().map(|audio| rendition(group, audio, way)));
    }
    let target = presentation.target_duration();
    let videos = first_variant_first(&presentation.video);
    if groups.is_empty() {
        text.extend(videos.iter().map(|video| variant(video, None, target, way)));
    }
    for group in &groups {
        text.extend(videos.iter().map(|video| variant(video, Some(group), target, way)));
    }
    text.extend(presentation.video.iter().map(|video| iframe_variant(video, way)));
    text
}

/// The audio tracks of as many channels: a variant names one group, so that a player never mixes them.
struct Group<'a> {
    id: String,
    tracks: Vec<&'a AudioTrack>,
}

fn groups<'a>(audio: &'a [AudioTrack], pathway: Option<&str>) -> Vec<Group<'a>> {
    let channels: BTreeSet<u32> = audio.iter().map(|audio| audio.channels).collect();
    let of = |channels| audio.iter().filter(|audio| audio.channels == channels).collect();
    // Fewest channels first, so that the first variant is one that everything plays.
    let end = pathway.map(|id| format!("-{id}")).unwrap_or_default();
    channels
        .into_iter()
        .map(|channels| Group { id: format!("audio-{channels}ch{end}"), tracks: of(channels) })
        .collect()
}

impl Group<'_> {
    /// The one track that is DEFAULT=YES: the first that is marked, or the first.
    fn is_default(&self, audio: &AudioTrack) -> bool {
        let marked = self.tracks.iter().find(|audio| audio.default).or_else(|| self.tracks.first());
        marked.is_some_and(|default| std::ptr::eq(*default, audio))
    }

    /// AUTOSELECT=YES must be on the default track, and on no two of one language (RFC 8216bis §4.4.6.1.1).
    fn is_auto_selected(&self, audio: &AudioTrack) -> bool {
        let mut same = self.tracks.iter().filter(|other| other.language == audio.language);
        let chosen = same.clone().find(|other| self.is_default(other)).or_else(|| same.next());
        chosen.is_some_and(|chosen| std::ptr::eq(*chosen, audio))
    }

    fn codecs(&self) -> BTreeSet<&str> {
        self.tracks.iter().map(|audio| audio.track.codecs.as_str()).collect()
    }
}

fn rendition(group: &Group<'_>, audio: &AudioTrack, way: &Way<'_>) -> String {
    let yes = |yes| if yes { "YES" } else { "NO" };
    Tag::new("#EXT-X-MEDIA")
        .plain("TYPE", "AUDIO")
        .quoted("GROUP-ID", &group.id)
        .quoted("NAME", &audio.label)
        .quoted("LANGUAGE", &audio.language)
        .plain("DEFAULT", yes(group.is_default(audio)))
        .plain("AUTOSELECT", yes(group.is_auto_selected(audio)))
        .quoted("CHANNELS", &audio.channels.to_string())
        .quoted("URI", &format!("{}/{}/{}", way.base, audio.track.path, tree::PLAYLIST))
        .line()
}

/// BANDWIDTH is the largest sum of peaks of what may be played together, AVERAGE-BANDWIDTH that of averages (RFC 8216bis
/// §4.4.6.2).
fn variant(video: &VideoTrack, group: Option<&Group<'_>>, target: u32, way: &Way<'_>) -> String {
    let audio = || group.into_iter().flat_map(|group| &group.tracks);
    let peak = audio().map(|audio| audio.track.peak_bandwidth(target)).max().unwrap_or(0);
    let average = audio().map(|audio| audio.track.average_bandwidth()).max().unwrap_or(0);
    let mut codecs = vec![video.track.codecs.as_str()];
    codecs.extend(group.map(Group::codecs).unwrap_or_default());
    let tag = Tag::new("#EXT-X-STREAM-INF")
        .plain("BANDWIDTH", video.track.peak_bandwidth(target) + peak)
        .plain("AVERAGE-BANDWIDTH", video.track.average_bandwidth() + average)
        .quoted("CODECS", &codecs.join(","))
        .plain("RESOLUTION", format_args!("{}x{}", video.width, video.height))
        .plain("FRAME-RATE", frame_rate(video.rate))
        .plain("VIDEO-RANGE", "SDR")
        .plain("CLOSED-CAPTIONS", "NONE");
    let tag = match group {
        Some(group) => tag.quoted("AUDIO", &group.id),
        None => tag,
    };
    let uri = format!("{}/{}/{}\n", way.base, video.track.path, tree::PLAYLIST);
    way.mark(tag).line() + &uri
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

/// The tracks in their order, but the one first whose ladder rate is nearest to [`FIRST_VARIANT`].
fn first_variant_first(video: &[VideoTrack]) -> Vec<&VideoTrack> {
    let mut videos: Vec<&VideoTrack> = video.iter().collect();
    let nearest = |(_, video): &(usize, &&VideoTrack)| video.ladder_rate.abs_diff(FIRST_VARIANT);
    if let Some((at, _)) = videos.iter().enumerate().min_by_key(nearest) {
        let first = videos.remove(at);
        videos.insert(0, first);
    }
    videos
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
