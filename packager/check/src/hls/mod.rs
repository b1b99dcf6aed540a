//! HLS presentations: loaded, then judged against their measured tracks.

mod align;
mod iframes;
mod media;
mod rates;
mod second_reader;
mod steering;
mod text;
mod truth;
mod variants;

use std::collections::HashSet;

use url::Url;

use crate::fetch::names::{Room, show};
use crate::fetch::parallel;
use crate::fetch::tools::Tools;
use crate::fetch::{Resource, Store};
use crate::media::track::{SegmentAt, Track, TrackRefs};
use crate::media::tracks::Tracks;
use crate::report::rules::{hls as rules, media as media_rules, syntax};
use crate::report::{Findings, Place};
use crate::syntax::m3u8::media::MediaPlaylist;
use crate::syntax::m3u8::multivariant::Multivariant;

/// More playlists of one presentation are not read.
const MAX_PLAYLISTS: usize = 400;

/// A loaded presentation.
#[derive(Debug, Default)]
pub(crate) struct Hls {
    /// `None` when the target is a media playlist.
    pub(crate) multivariant: Option<Multivariant>,
    pub(crate) playlists: Vec<Loaded>,
}

/// A loaded media playlist.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) url: Url,
    pub(crate) playlist: MediaPlaylist,
    /// Its track, by number; I-frame playlists have none.
    pub(crate) track: Option<usize>,
}

impl Hls {
    /// The playlist that came from `url`.
    pub(crate) fn at(&self, url: Option<&Url>) -> Option<&Loaded> {
        self.playlists.iter().find(|p| Some(&p.url) == url)
    }

    /// The tracks of all variant streams, by number.
    pub(crate) fn variant_tracks(&self) -> Vec<usize> {
        let variants = self.multivariant.iter().flat_map(|m| &m.variants);
        let mut tracks: Vec<usize> = variants.filter_map(|v| self.at(v.url.as_ref())?.track).collect();
        tracks.sort_unstable();
        tracks.dedup();
        tracks
    }

    /// Playlists that were read.
    pub(crate) fn manifests(&self) -> usize {
        self.playlists.len() + usize::from(self.multivariant.is_some())
    }

    /// The media playlists that are no I-frame playlists.
    pub(crate) fn regular(&self) -> impl Iterator<Item = &Loaded> {
        self.playlists.iter().filter(|p| !p.playlist.iframes_only)
    }
}

/// Loads the playlist `text` that came from `url`, and those that it names; adds their tracks to `tracks`.
pub(crate) fn load(tools: Tools<'_>, url: &Url, text: &[u8], tracks: &mut Tracks, findings: &mut Findings) -> Hls {
    let mut hls = Hls::default();
    let name = show(url);
    let Some(text) = readable(text, &name, findings) else { return hls };
    second_reader::compare(text, &name, findings);
    if !is_multivariant(text) {
        let playlist = crate::syntax::m3u8::media::read(text, url, &name, &tracks.room, findings);
        hls.playlists.push(loaded(url.clone(), playlist, tracks));
        return hls;
    }
    let multivariant = crate::syntax::m3u8::multivariant::read(text, url, &name, findings);
    let named = named(&multivariant, findings);
    let room = &tracks.room;
    let playlists = parallel::map(&named, tools.threads, |(child, line)| {
        let (mut own, place) = (Findings::default(), Place::line(&name, *line));
        if room.is_full() {
            own.add(&syntax::LIMIT, place, "is not read: the playlists before it name more than is read");
            return (None, own);
        }
        (load_media(tools.store, child, &place, room, &mut own), own)
    });
    for ((child, _), (playlist, own)) in named.into_iter().zip(playlists) {
        findings.absorb(own);
        hls.playlists.extend(playlist.map(|p| loaded(child, p, tracks)));
    }
    hls.multivariant = Some(multivariant);
    hls
}

/// The media playlists that `multivariant` names, each once, with the first line that names it.
fn named(multivariant: &Multivariant, findings: &mut Findings) -> Vec<(Url, u32)> {
    let variants = multivariant.variants.iter().map(|v| (v.url.as_ref(), v.line));
    let renditions = multivariant.renditions.iter().map(|r| (r.url.as_ref(), r.line));
    let iframes = multivariant.iframes.iter().map(|v| (v.url.as_ref(), v.line));
    let mut seen = HashSet::new();
    let all = variants.chain(renditions).chain(iframes).filter_map(|(url, line)| Some((url?, line)));
    let mut named: Vec<(Url, u32)> = Vec::new();
    for (url, line) in all.filter(|(url, _)| seen.insert(*url)) {
        if named.len() >= MAX_PLAYLISTS {
            let text = format!("more than {MAX_PLAYLISTS} playlists are not read");
            findings.add(&syntax::LIMIT, Place::line(&multivariant.name, line), text);
            break;
        }
        named.push((url.clone(), line));
    }
    named
}

/// Fetches and reads the media playlist at `url`, which is named at `place`.
pub(crate) fn load_media(
    store: &dyn Store,
    url: &Url,
    place: &Place,
    room: &Room,
    findings: &mut Findings,
) -> Option<MediaPlaylist> {
    let name = show(url);
    let data = match store.manifest(url) {
        Ok(data) => data,
        Err(error) => {
            findings.add(&media_rules::READABLE, place.clone(), format!("{name} {error}"));
            return None;
        }
    };
    let text = readable(&data, &name, findings)?;
    if is_multivariant(text) {
        findings.add(&rules::NOT_MEDIA, place.clone(), format!("{name} is a multivariant playlist"));
        return None;
    }
    second_reader::compare(text, &name, findings);
    Some(crate::syntax::m3u8::media::read(text, url, &name, room, findings))
}

/// Judges what was loaded; `tracks` are measured.
pub(crate) fn judge(store: &dyn Store, hls: &Hls, tracks: &[Track], findings: &mut Findings) {
    for loaded in &hls.playlists {
        let track = loaded.track.and_then(|t| tracks.get(t));
        media::judge(&loaded.playlist, track, hls.multivariant.as_ref(), findings);
        if loaded.playlist.iframes_only {
            iframes::judge_playlist(store, hls, &loaded.playlist, tracks, findings);
        }
    }
    align::judge(hls, tracks, findings);
    text::judge(hls, tracks, findings);
    if let Some(multivariant) = &hls.multivariant {
        variants::judge(multivariant, findings);
        steering::judge(multivariant, findings);
        truth::judge(hls, multivariant, tracks, findings);
        rates::judge(hls, multivariant, tracks, findings);
        iframes::judge_streams(hls, multivariant, tracks, findings);
    }
}

/// Judges a media playlist without its media.
pub(crate) fn judge_text(playlist: &MediaPlaylist, findings: &mut Findings) {
    media::judge(playlist, None, None, findings);
}

pub(crate) use align::boundaries;
pub(crate) use truth::shown_size;

/// Frames a second of a video track, times 1000.
pub(crate) fn measured_rate(track: &Track) -> Option<u64> {
    truth::measured_rates(track).map(|(all, _)| all)
}

/// True if `data` starts as a playlist does.
pub(crate) fn is_playlist(data: &[u8]) -> bool {
    data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).starts_with(b"#EXT")
}

fn is_multivariant(text: &str) -> bool {
    text.lines()
        .any(|l| ["#EXT-X-STREAM-INF", "#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF"].iter().any(|t| l.starts_with(t)))
}

/// `data` as text, judged by the rules that hold for every playlist.
pub(crate) fn readable<'a>(data: &'a [u8], name: &str, findings: &mut Findings) -> Option<&'a str> {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => {
            let at = Place::file(name).at(error.valid_up_to() as u64);
            findings.add(&syntax::ENCODING, at, "is no UTF-8");
            return None;
        }
    };
    if is_multivariant(text) && text.lines().any(|l| l.starts_with("#EXTINF")) {
        findings.add(&syntax::MIXED, Place::file(name), "has both EXTINF and tags of a multivariant playlist");
    }
    if text.starts_with('\u{feff}') {
        findings.add(&syntax::ENCODING, Place::file(name), "starts with a byte order mark");
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(at) = text.find(control) {
        findings.add(&syntax::ENCODING, Place::file(name).at(at as u64), "holds a control character");
    }
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    if first != "#EXTM3U" {
        let text = format!("starts with '{}'", crate::syntax::m3u8::attributes::shorten(first));
        findings.add(&syntax::EXTM3U, Place::line(name, 1), text);
    }
    Some(text)
}

fn loaded(url: Url, playlist: MediaPlaylist, tracks: &mut Tracks) -> Loaded {
    let track = (!playlist.iframes_only && !playlist.segments.is_empty()).then(|| tracks.add(refs(&playlist)));
    Loaded { url, playlist, track }
}

fn refs(playlist: &MediaPlaylist) -> TrackRefs {
    let segments = playlist.segments.iter().map(|s| SegmentAt {
        resource: s.resource.clone(),
        init: s.map,
        discontinuity: s.discontinuity,
        encrypted: s.encrypted && s.map.is_none(),
    });
    let inits: Vec<Resource> = playlist.maps.clone();
    TrackRefs { name: playlist.name.clone(), inits, segments: segments.collect() }
}
