//! A multivariant playlist: variant streams and renditions, and the rules that need nothing else.

use url::Url;

use super::super::decimal::nanos;
use super::super::report::{Findings, Place};
use super::super::rules::syntax as rules;
use super::attributes::{self, Attributes, shorten};
use super::join;
use super::lines::{Content, lines};

/// More variants and renditions are refused.
const MAX_ENTRIES: usize = 1_000;

/// What a multivariant playlist says.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Multivariant {
    pub(in crate::check) name: String,
    pub(in crate::check) independent: bool,
    pub(in crate::check) variants: Vec<Variant>,
    /// `EXT-X-I-FRAME-STREAM-INF`.
    pub(in crate::check) iframes: Vec<Variant>,
    pub(in crate::check) renditions: Vec<Rendition>,
    /// The first `EXT-X-CONTENT-STEERING`.
    pub(in crate::check) steering: Option<Steering>,
}

/// An `EXT-X-CONTENT-STEERING`.
#[derive(Debug, Clone)]
pub(in crate::check) struct Steering {
    pub(in crate::check) line: u32,
    /// The pathway that clients take first.
    pub(in crate::check) pathway: Option<String>,
}

/// A variant stream, or an I-frame one.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Variant {
    pub(in crate::check) line: u32,
    /// `None` when the playlist does not say or it is no URI.
    pub(in crate::check) url: Option<Url>,
    pub(in crate::check) bandwidth: Option<u64>,
    pub(in crate::check) average: Option<u64>,
    pub(in crate::check) codecs: Option<String>,
    pub(in crate::check) resolution: Option<(u64, u64)>,
    /// As written.
    pub(in crate::check) frame_rate: Option<String>,
    pub(in crate::check) range: Option<String>,
    pub(in crate::check) audio: Option<String>,
    pub(in crate::check) video: Option<String>,
    pub(in crate::check) subtitles: Option<String>,
    /// `NONE`, or a group.
    pub(in crate::check) captions: Option<String>,
    pub(in crate::check) pathway: Option<String>,
}

/// What kind of rendition an `EXT-X-MEDIA` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::check) enum RenditionKind {
    Audio,
    Video,
    Subtitles,
    Captions,
}

/// An `EXT-X-MEDIA`.
#[derive(Debug, Clone)]
pub(in crate::check) struct Rendition {
    pub(in crate::check) line: u32,
    pub(in crate::check) kind: RenditionKind,
    pub(in crate::check) group: String,
    pub(in crate::check) name: String,
    pub(in crate::check) url: Option<Url>,
    pub(in crate::check) language: Option<String>,
    pub(in crate::check) channels: Option<String>,
    pub(in crate::check) default: bool,
    /// `None` where it is not said.
    pub(in crate::check) autoselect: Option<bool>,
    pub(in crate::check) forced: Option<bool>,
    pub(in crate::check) instream: Option<String>,
}

/// Reads the multivariant playlist `text`, which came from `base` and is called `name`.
pub(in crate::check) fn read(text: &str, base: &Url, name: &str, findings: &mut Findings) -> Multivariant {
    let mut playlist = Multivariant { name: name.to_owned(), ..Multivariant::default() };
    let Some(lines) = lines(text) else {
        findings.add(&rules::LIMIT, Place::file(name), format!("has more than {} lines", super::MAX_LINES));
        return playlist;
    };
    let mut pending: Option<Variant> = None;
    let mut versions = 0;
    for line in lines {
        let place = Place::line(name, line.number);
        if playlist.variants.len() + playlist.renditions.len() + playlist.iframes.len() > MAX_ENTRIES {
            findings.add(&rules::LIMIT, place, format!("more than {MAX_ENTRIES} variants and renditions are not read"));
            break;
        }
        match line.content {
            Content::Uri(uri) => match pending.take() {
                Some(variant) => {
                    let url = join(base, uri, &place, findings);
                    playlist.variants.push(Variant { url, ..variant });
                }
                None => findings.add(&rules::URI_ALONE, place, format!("'{}' has no EXT-X-STREAM-INF", shorten(uri))),
            },
            Content::Tag(tag, value) => {
                let value = value.unwrap_or_default();
                if pending.as_ref().is_some_and(|_| tag == "EXT-X-STREAM-INF" || tag == "EXT-X-MEDIA") {
                    uri_missing(pending.take(), name, findings);
                }
                match tag {
                    "EXT-X-STREAM-INF" => {
                        let attributes = attributes::read(tag, value, &place, findings);
                        pending = Some(variant(&attributes, line.number));
                    }
                    "EXT-X-VERSION" => {
                        versions += 1;
                        if versions == 2 {
                            findings.add(&rules::TAG_TWICE, place, "EXT-X-VERSION stands more than once");
                        }
                    }
                    _ => other_tag((tag, value), base, &place, &mut playlist, findings),
                }
            }
        }
    }
    uri_missing(pending, name, findings);
    playlist
}

fn uri_missing(pending: Option<Variant>, name: &str, findings: &mut Findings) {
    if let Some(variant) = pending {
        findings.add(&rules::VARIANT_URI, Place::line(name, variant.line), "EXT-X-STREAM-INF has no URI line after it");
    }
}

fn other_tag(
    (tag, value): (&str, &str),
    base: &Url,
    place: &Place,
    playlist: &mut Multivariant,
    findings: &mut Findings,
) {
    let line = place.line.unwrap_or(0);
    match tag {
        "EXT-X-INDEPENDENT-SEGMENTS" => playlist.independent = true,
        "EXT-X-MEDIA" => {
            let attributes = attributes::read(tag, value, place, findings);
            let url = attributes.get("URI").and_then(|uri| join(base, uri, place, findings));
            playlist.renditions.extend(rendition(&attributes, url, line));
        }
        "EXT-X-I-FRAME-STREAM-INF" => {
            let attributes = attributes::read(tag, value, place, findings);
            let url = attributes.get("URI").and_then(|uri| join(base, uri, place, findings));
            if attributes.get("URI").is_none() {
                findings.add(&rules::ATTRIBUTE_MISSING, place.clone(), format!("{tag} lacks URI"));
            }
            playlist.iframes.push(Variant { url, ..variant(&attributes, line) });
        }
        "EXT-X-CONTENT-STEERING" => {
            let attributes = attributes::read(tag, value, place, findings);
            if let Some(uri) = attributes.get("SERVER-URI") {
                join(base, uri, place, findings);
            }
            if playlist.steering.is_some() {
                findings.add(&rules::TAG_TWICE, place.clone(), format!("{tag} stands more than once"));
            }
            let pathway = attributes.get("PATHWAY-ID").map(str::to_owned);
            playlist.steering.get_or_insert(Steering { line, pathway });
        }
        "EXT-X-START" | "EXT-X-SESSION-DATA" | "EXT-X-SESSION-KEY" | "EXT-X-IMAGE-STREAM-INF" => {
            attributes::read(tag, value, place, findings);
        }
        "EXTINF"
        | "EXT-X-TARGETDURATION"
        | "EXT-X-MEDIA-SEQUENCE"
        | "EXT-X-ENDLIST"
        | "EXT-X-PLAYLIST-TYPE"
        | "EXT-X-MAP"
        | "EXT-X-BYTERANGE"
        | "EXT-X-KEY"
        | "EXT-X-DISCONTINUITY"
        | "EXT-X-I-FRAMES-ONLY" => {
            findings.add(&rules::MIXED, place.clone(), format!("{tag} stands in a multivariant playlist"));
        }
        _ => {}
    }
}

fn variant(attributes: &Attributes<'_>, line: u32) -> Variant {
    let text = |name: &str| attributes.get(name).map(str::to_owned);
    let resolution = attributes.get("RESOLUTION").and_then(|r| r.split_once('x'));
    Variant {
        line,
        url: None,
        bandwidth: attributes.integer("BANDWIDTH"),
        average: attributes.integer("AVERAGE-BANDWIDTH"),
        codecs: text("CODECS"),
        resolution: resolution.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?))),
        frame_rate: text("FRAME-RATE").filter(|t| nanos(t).is_some()),
        range: text("VIDEO-RANGE"),
        audio: text("AUDIO"),
        video: text("VIDEO"),
        subtitles: text("SUBTITLES"),
        captions: text("CLOSED-CAPTIONS"),
        pathway: text("PATHWAY-ID"),
    }
}

fn rendition(attributes: &Attributes<'_>, url: Option<Url>, line: u32) -> Option<Rendition> {
    let kind = match attributes.get("TYPE")? {
        "AUDIO" => RenditionKind::Audio,
        "VIDEO" => RenditionKind::Video,
        "SUBTITLES" => RenditionKind::Subtitles,
        "CLOSED-CAPTIONS" => RenditionKind::Captions,
        _ => return None,
    };
    let flag = |name: &str| attributes.get(name).map(|value| value == "YES");
    Some(Rendition {
        line,
        kind,
        group: attributes.get("GROUP-ID").unwrap_or_default().to_owned(),
        name: attributes.get("NAME").unwrap_or_default().to_owned(),
        url,
        language: attributes.get("LANGUAGE").map(str::to_owned),
        channels: attributes.get("CHANNELS").map(str::to_owned),
        default: attributes.yes("DEFAULT"),
        autoselect: flag("AUTOSELECT"),
        forced: flag("FORCED"),
        instream: attributes.get("INSTREAM-ID").map(str::to_owned),
    })
}
