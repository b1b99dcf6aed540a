//! HLS presentations: loaded, then judged against their measured tracks.

mod align;
mod iframes;
mod media;
mod rates;
mod second_reader;
mod text;
mod truth;
mod variants;

use url::Url;

use super::fetch::{Resource, Store};
use super::m3u8::media::MediaPlaylist;
use super::m3u8::multivariant::Multivariant;
use super::names::show;
use super::report::{Findings, Place};
use super::rules::{hls as rules, media as media_rules, syntax};
use super::track::{SegmentAt, Track, TrackRefs};
use super::tracks::Tracks;

/// More playlists of one presentation are not read.
const MAX_PLAYLISTS: usize = 400;

/// A loaded presentation.
#[derive(Debug, Default)]
pub(super) struct Hls {
    /// `None` when the target is a media playlist.
    pub(super) multivariant: Option<Multivariant>,
    pub(super) playlists: Vec<Loaded>,
}

/// A loaded media playlist.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) url: Url,
    pub(super) playlist: MediaPlaylist,
    /// Its track, by number; I-frame playlists have none.
    pub(super) track: Option<usize>,
}

impl Hls {
    /// The playlist that came from `url`.
    pub(super) fn at(&self, url: Option<&Url>) -> Option<&Loaded> {
        self.playlists.iter().find(|p| Some(&p.url) == url)
    }

    /// Playlists that were read.
    pub(super) fn manifests(&self) -> usize {
        self.playlists.len() + usize::from(self.multivariant.is_some())
    }

    /// The media playlists that are no I-frame playlists.
    pub(super) fn regular(&self) -> impl Iterator<Item = &Loaded> {
        self.playlists.iter().filter(|p| !p.playlist.iframes_only)
    }
}

/// Loads the playlist `text` that came from `url`, and those that it names; adds their tracks to `tracks`.
pub(super) fn load(store: &dyn Store, url: &Url, text: &[u8], tracks: &mut Tracks, findings: &mut Findings) -> Hls {
    let mut hls = Hls::default();
    let name = show(url);
    let Some(text) = readable(text, &name, findings) else { return hls };
    second_reader::compare(text, &name, findings);
    if !is_multivariant(text) {
        hls.playlists.push(load_media(url, text, tracks, findings));
        return hls;
    }
    let multivariant = super::m3u8::multivariant::read(text, url, &name, findings);
    let named = multivariant.variants.iter().map(|v| (v.url.as_ref(), v.line));
    let named = named.chain(multivariant.renditions.iter().map(|r| (r.url.as_ref(), r.line)));
    let named = named.chain(multivariant.iframes.iter().map(|v| (v.url.as_ref(), v.line)));
    for (child, line) in named {
        let Some(child) = child.filter(|c| hls.at(Some(c)).is_none()) else { continue };
        let place = Place::line(&name, line);
        if hls.playlists.len() >= MAX_PLAYLISTS {
            findings.add(&syntax::LIMIT, place, format!("more than {MAX_PLAYLISTS} playlists are not read"));
            break;
        }
        match store.manifest(child) {
            Err(error) => findings.add(&media_rules::READABLE, place, format!("{} {error}", show(child))),
            Ok(data) => {
                let child_name = show(child);
                let Some(text) = readable(&data, &child_name, findings) else { continue };
                if is_multivariant(text) {
                    findings.add(&rules::NOT_MEDIA, place, format!("{child_name} is a multivariant playlist"));
                    continue;
                }
                second_reader::compare(text, &child_name, findings);
                hls.playlists.push(load_media(child, text, tracks, findings));
            }
        }
    }
    hls.multivariant = Some(multivariant);
    hls
}

/// Judges what was loaded; `tracks` are measured.
pub(super) fn judge(store: &dyn Store, hls: &Hls, tracks: &[Track], findings: &mut Findings) {
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
        truth::judge(hls, multivariant, tracks, findings);
        rates::judge(hls, multivariant, tracks, findings);
        iframes::judge_streams(hls, multivariant, tracks, findings);
    }
}

pub(super) use align::boundaries;
pub(super) use truth::shown_size;

/// Frames a second of a video track, times 1000.
pub(super) fn measured_rate(track: &Track) -> Option<u64> {
    truth::measured_rates(track).map(|(all, _)| all)
}

/// Whether `data` starts as a playlist does.
pub(super) fn is_playlist(data: &[u8]) -> bool {
    data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).starts_with(b"#EXT")
}

fn is_multivariant(text: &str) -> bool {
    text.lines()
        .any(|l| ["#EXT-X-STREAM-INF", "#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF"].iter().any(|t| l.starts_with(t)))
}

/// `data` as text, judged by the rules that hold for every playlist.
pub(super) fn readable<'a>(data: &'a [u8], name: &str, findings: &mut Findings) -> Option<&'a str> {
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
        let text = format!("starts with '{}'", super::m3u8::attributes::shorten(first));
        findings.add(&syntax::EXTM3U, Place::line(name, 1), text);
    }
    Some(text)
}

fn load_media(url: &Url, text: &str, tracks: &mut Tracks, findings: &mut Findings) -> Loaded {
    let name = show(url);
    let playlist = super::m3u8::media::read(text, url, &name, &mut tracks.room, findings);
    let track = (!playlist.iframes_only && !playlist.segments.is_empty()).then(|| tracks.add(refs(&playlist)));
    Loaded { url: url.clone(), playlist, track }
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
