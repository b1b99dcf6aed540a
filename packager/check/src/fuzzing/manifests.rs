//! Playlists and MPDs.

use m3u8_rs::Playlist;
use url::Url;

use super::{Bytes, base, findings_have_their_lines};
use crate::dash;
use crate::fetch::names::Room;
use crate::fetch::tools::Tools;
use crate::hls;
use crate::media::tracks::Tracks;
use crate::report::Findings;
use crate::syntax::decimal::SECOND;
use crate::syntax::m3u8::media::MediaPlaylist;
use crate::syntax::m3u8::multivariant::Multivariant;

/// Bytes of names that a manifest may give here: less than in earnest, as much of them would slow the search down.
const ROOM: usize = 1 << 20;

fn tracks() -> Tracks {
    let mut tracks = Tracks::default();
    tracks.room = Room(ROOM.into());
    tracks
}

/// `data`: a playlist, which is also what all playlists that it names hold.
///
/// # Panics
/// When a property does not hold.
pub fn playlist(data: &[u8]) {
    let (mut findings, mut tracks) = (Findings::default(), tracks());
    let url = base();
    let store = Bytes(Some(data));
    let tools = Tools { store: &store, threads: 1, progress: &() };
    let loaded = hls::load(tools, &url, data, &mut tracks, &mut findings);
    let Ok(text) = std::str::from_utf8(data) else { return };
    findings_have_their_lines(&findings, text);
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    for playlist in loaded.playlists.iter().filter(|p| p.url == url).map(|p| &p.playlist) {
        segments_are_where_they_say(playlist, &lines);
    }
    // Where we find nothing wrong, there is but one way to read it.
    if findings.first().is_none() {
        let (multivariant, media) = (loaded.multivariant.as_ref(), loaded.playlists.first().map(|p| &p.playlist));
        match (m3u8_rs::parse_playlist_res(data), multivariant, media) {
            (Ok(Playlist::MasterPlaylist(theirs)), Some(ours), _) => same_variants(ours, &theirs),
            (Ok(Playlist::MediaPlaylist(theirs)), None, Some(ours)) => same_segments(ours, &theirs),
            (theirs, ..) => panic!("m3u8-rs: {theirs:?}\nhere: {multivariant:?} {media:?}"),
        }
    }
}

fn segments_are_where_they_say(playlist: &MediaPlaylist, lines: &[&str]) {
    let mut before = 0;
    for segment in &playlist.segments {
        assert!(segment.line > before, "line {} after {before}", segment.line);
        before = segment.line;
        let line = lines.get(segment.line as usize - 1).copied().unwrap_or_default();
        assert_eq!(base().join(line).as_ref(), Ok(&segment.resource.url), "line {before}");
        assert!(segment.map.is_none_or(|map| map < playlist.maps.len()), "{segment:?}");
    }
}

fn same_variants(ours: &Multivariant, theirs: &m3u8_rs::MasterPlaylist) {
    let said = |iframe: bool| {
        let variants = theirs.variants.iter().filter(move |v| v.is_i_frame == iframe);
        variants.map(|v| (base().join(&v.uri).ok(), Some(v.bandwidth), v.average_bandwidth, v.codecs.clone()))
    };
    for (ours, iframe) in [(&ours.variants, false), (&ours.iframes, true)] {
        let ours = ours.iter().map(|v| (v.url.clone(), v.bandwidth, v.average, v.codecs.clone()));
        assert!(
            ours.clone().eq(said(iframe)),
            "{:?}\n{:?}",
            ours.collect::<Vec<_>>(),
            said(iframe).collect::<Vec<_>>()
        );
    }
    let names = |url: &Option<Url>| url.clone();
    let renditions: Vec<_> =
        ours.renditions.iter().map(|r| (r.group.as_str(), r.name.as_str(), names(&r.url))).collect();
    let alternatives = theirs.alternatives.iter();
    let alternatives =
        alternatives.map(|a| (&*a.group_id, &*a.name, a.uri.as_ref().and_then(|uri| base().join(uri).ok())));
    assert_eq!(renditions, alternatives.collect::<Vec<_>>());
}

fn same_segments(ours: &MediaPlaylist, theirs: &m3u8_rs::MediaPlaylist) {
    let head = (ours.target, ours.sequence, ours.ended, ours.iframes_only);
    assert_eq!(head, (Some(theirs.target_duration), theirs.media_sequence, theirs.end_list, theirs.i_frames_only));
    assert_eq!(ours.segments.len(), theirs.segments.len());
    for (ours, theirs) in ours.segments.iter().zip(&theirs.segments) {
        assert_eq!(Some(&ours.resource.url), base().join(&theirs.uri).as_ref().ok());
        // Theirs is a 32-bit float: seven digits.
        #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
        let seconds = ours.duration as f64 / SECOND as f64;
        let difference = (f64::from(theirs.duration) - seconds).abs();
        assert!(difference <= 0.001 + seconds * 1e-6, "{} and {}", ours.duration, theirs.duration);
        assert_eq!(ours.discontinuity, theirs.discontinuity, "{theirs:?}");
        let range = theirs.byte_range.as_ref();
        assert_eq!(ours.resource.range.map(|r| r.length), range.map(|r| r.length), "{theirs:?}");
        if let Some(start) = range.and_then(|r| r.offset) {
            assert_eq!(ours.resource.range.map(|r| r.start), Some(start), "{theirs:?}");
        }
    }
}

/// `data`: an MPD, whose segment indexes are not there.
///
/// # Panics
/// When a property does not hold.
pub fn mpd(data: &[u8]) {
    let (mut findings, mut tracks) = (Findings::default(), tracks());
    let loaded = dash::load(&Bytes(None), &base(), data, &mut tracks, &mut findings);
    let Ok(text) = std::str::from_utf8(data) else { return };
    findings_have_their_lines(&findings, text);
    let Some(loaded) = loaded else {
        assert!(findings.first().is_some(), "an MPD is refused without a word");
        return;
    };
    let all = loaded.representations();
    for (representation, named) in &all {
        let addressed = &named.addressed;
        assert!(addressed.timescale > 0 || addressed.segments.is_empty(), "{representation:?}");
        assert!(named.track.is_none_or(|track| track < tracks.all().len()));
        for two in addressed.segments.windows(2) {
            assert!(two[0].time <= two[1].time || findings.first().is_some(), "{two:?} and nothing is said");
        }
    }
    let names = all.iter().flat_map(|(_, named)| &named.addressed.segments).map(|s| s.resource.url.as_str().len());
    let total: usize = names.sum();
    assert!(total <= ROOM, "{total} bytes of names");
    dash::judge(&loaded, &[], &mut findings);
}
