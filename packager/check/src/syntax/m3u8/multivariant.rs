//! A multivariant playlist: variant streams and renditions, and the rules that need nothing else.

use url::Url;

use super::attributes::{self, Attributes, shorten};
use super::join;
use super::lines::{Content, lines};
use crate::report::rules::syntax as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::nanos;

/// More variants and renditions are refused.
const MAX_ENTRIES: usize = 1_000;

/// Content of a multivariant playlist.
#[derive(Debug, Clone, Default)]
pub(crate) struct Multivariant {
    pub(crate) name: String,
    pub(crate) independent: bool,
    pub(crate) variants: Vec<Variant>,
    /// `EXT-X-I-FRAME-STREAM-INF`.
    pub(crate) iframes: Vec<Variant>,
    pub(crate) renditions: Vec<Rendition>,
    /// The first `EXT-X-CONTENT-STEERING`.
    pub(crate) steering: Option<Steering>,
}

/// An `EXT-X-CONTENT-STEERING`.
#[derive(Debug, Clone)]
pub(crate) struct Steering {
    pub(crate) line: u32,
    /// The pathway that clients take first.
    pub(crate) pathway: Option<String>,
}

/// A variant stream, or an I-frame one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variant {
    pub(crate) line: u32,
    /// `None` when the playlist does not say or it is no URI.
    pub(crate) url: Option<Url>,
    pub(crate) bandwidth: Option<u64>,
    pub(crate) average: Option<u64>,
    pub(crate) codecs: Option<String>,
    pub(crate) resolution: Option<(u64, u64)>,
    /// As written.
    pub(crate) frame_rate: Option<String>,
    pub(crate) range: Option<String>,
    pub(crate) audio: Option<String>,
    pub(crate) video: Option<String>,
    pub(crate) subtitles: Option<String>,
    /// `NONE`, or a group.
    pub(crate) captions: Option<String>,
    pub(crate) pathway: Option<String>,
}

/// TYPE of an `EXT-X-MEDIA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RenditionKind {
    Audio,
    Video,
    Subtitles,
    Captions,
}

/// An `EXT-X-MEDIA`.
#[derive(Debug, Clone)]
pub(crate) struct Rendition {
    pub(crate) line: u32,
    pub(crate) kind: RenditionKind,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) url: Option<Url>,
    pub(crate) language: Option<String>,
    pub(crate) channels: Option<String>,
    pub(crate) default: bool,
    /// `None` where it is not said.
    pub(crate) autoselect: Option<bool>,
    pub(crate) forced: Option<bool>,
    pub(crate) instream: Option<String>,
    pub(crate) characteristics: Option<String>,
}

/// Reads the multivariant playlist `text`, which came from `base` and is called `name`.
pub(crate) fn read(text: &str, base: &Url, name: &str, findings: &mut Findings) -> Multivariant {
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
        characteristics: attributes.get("CHARACTERISTICS").map(str::to_owned),
    })
}
