//! Variants: the tracks that may be played together, and their bandwidths.

use std::collections::BTreeSet;

use super::{AudioSet, AudioTrack, MediaPresentation, Track, VideoTrack};
use crate::role::AudioRole;

/// The rate of the variant that stands first, and so is played first: 2000 kb/s (HLS Authoring Specification, 1.32).
const FIRST_VARIANT: u32 = 2_000_000;

/// Every programme once, in as many channels as a player can play or the nearest number that there is.
///
/// All groups have the same members, which differ in their channels alone (RFC 8216bis §4.4.6.1.1): whichever a player
/// takes, every language and every commentary is there to be chosen.
#[derive(Debug, Clone)]
pub struct AudioGroup<'a> {
    /// The most channels of a member.
    pub channels: u32,
    /// The programmes, in their order.
    pub members: Vec<Member<'a>>,
}

/// A programme's set in a group.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The set.
    pub set: &'a AudioSet,
    /// True if a player may take it by the viewer's language alone.
    pub auto_select: bool,
}

/// Tracks that are played together.
#[derive(Debug, Clone)]
pub struct Variant<'a> {
    /// `None` for a title of audio alone.
    pub video: Option<&'a VideoTrack>,
    /// Its audio, by its place in [`MediaPresentation::audio_groups`]; `None` for a silent title.
    pub group: Option<usize>,
    /// The largest sum of peaks of what may be played together, bits a second (RFC 8216bis §4.4.6.2).
    pub peak_bandwidth: u64,
    /// The largest sum of averages, bits a second.
    pub average_bandwidth: u64,
    /// The codec strings of all that may be played, each once.
    pub codecs: Vec<&'a str>,
}

impl MediaPresentation {
    /// The audio groups, fewest channels first, so that the first variant is one that everything plays.
    #[must_use]
    pub fn audio_groups(&self) -> Vec<AudioGroup<'_>> {
        let channels: BTreeSet<u32> = self.audio().map(|set| set.channels).collect();
        channels.into_iter().map(|channels| self.group(channels)).collect()
    }

    fn group(&self, channels: u32) -> AudioGroup<'_> {
        let programmes: BTreeSet<u32> = self.audio().map(|set| set.programme).collect();
        let sets = programmes.into_iter().filter_map(|programme| {
            let sets = || self.audio().filter(move |set| set.programme == programme);
            let fits = sets().filter(|set| set.channels <= channels).max_by_key(|set| set.channels);
            fits.or_else(|| sets().min_by_key(|set| set.channels))
        });
        let sets: Vec<&AudioSet> = sets.collect();
        let members = sets.iter().map(|set| Member { set, auto_select: is_auto_selected(set, &sets) }).collect();
        AudioGroup { channels, members }
    }

    /// The variants, the best one to begin with first.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant<'_>> {
        let groups = self.audio_groups();
        let videos = self.first_variant_first();
        let videos: Vec<Option<&VideoTrack>> =
            if videos.is_empty() { vec![None] } else { videos.into_iter().map(Some).collect() };
        if groups.is_empty() {
            return videos.iter().map(|video| self.variant(*video, None)).collect();
        }
        let with = |group| videos.iter().map(move |video| self.variant(*video, Some(group)));
        groups.iter().enumerate().flat_map(with).collect()
    }

    fn variant<'a>(&'a self, video: Option<&'a VideoTrack>, group: Option<(usize, &AudioGroup<'a>)>) -> Variant<'a> {
        let target = self.target_duration();
        let audio: Vec<&Track> = group.into_iter().flat_map(|(_, group)| group.tracks()).map(|a| &a.track).collect();
        let video_track = video.map(|video| &video.track);
        let text = || self.text().map(|set| &set.track);
        let most = |rate: &dyn Fn(&Track) -> u64| {
            let audio = audio.iter().map(|track| rate(track)).max().unwrap_or(0);
            video_track.map_or(0, rate) + audio + text().map(rate).max().unwrap_or(0)
        };
        let mut codecs: Vec<&str> = Vec::new();
        for track in video_track.into_iter().chain(audio.iter().copied()) {
            if !codecs.contains(&track.codecs.as_str()) {
                codecs.push(&track.codecs);
            }
        }
        Variant {
            video,
            group: group.map(|(at, _)| at),
            peak_bandwidth: most(&|track| track.peak_bandwidth(target)),
            average_bandwidth: most(&Track::average_bandwidth),
            codecs,
        }
    }

    /// The video tracks in their order, but the one first whose ladder rate is nearest to [`FIRST_VARIANT`].
    fn first_variant_first(&self) -> Vec<&VideoTrack> {
        let mut videos: Vec<&VideoTrack> = self.video_tracks().collect();
        let nearest = |(_, video): &(usize, &&VideoTrack)| video.ladder_rate.abs_diff(FIRST_VARIANT);
        if let Some((at, _)) = videos.iter().enumerate().min_by_key(nearest) {
            let first = videos.remove(at);
            videos.insert(0, first);
        }
        videos
    }
}

impl<'a> AudioGroup<'a> {
    fn tracks(&self) -> impl Iterator<Item = &'a AudioTrack> {
        self.members.iter().flat_map(|member| &member.set.tracks)
    }

    /// The member that plays when nobody chose.
    #[must_use]
    pub fn default(&self) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.set.default).or_else(|| self.members.first())
    }
}

/// AUTOSELECT=YES must be on the default set, and on no two that a player cannot tell apart: of one language and with the
/// same characteristics (RFC 8216bis §4.4.6.1.1). A commentary is for those who choose it.
fn is_auto_selected(set: &AudioSet, sets: &[&AudioSet]) -> bool {
    let alike = |other: &&&AudioSet| (&other.language, other.role) == (&set.language, set.role);
    let mut same = sets.iter().filter(alike);
    let chosen = same.clone().find(|other| other.default).or_else(|| same.next());
    let chosen = chosen.is_some_and(|chosen| std::ptr::eq(*chosen, set));
    set.default || chosen && set.role != AudioRole::Commentary
}
