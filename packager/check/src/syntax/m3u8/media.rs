//! A media playlist: its segments, and the rules that need no media.

use url::Url;

use super::attributes::{self, Attributes, shorten};
use super::lines::{Content, lines};
use crate::fetch::names::Room;
use crate::fetch::{ByteRange, Resource};
use crate::report::rules::syntax as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::nanos;

/// Content of a media playlist.
#[derive(Debug, Clone, Default)]
pub(crate) struct MediaPlaylist {
    /// For messages.
    pub(crate) name: String,
    pub(crate) version: Option<u32>,
    /// Seconds.
    pub(crate) target: Option<u64>,
    /// Media sequence number of the first segment.
    pub(crate) sequence: u64,
    /// Discontinuity sequence number before the first segment.
    pub(crate) discontinuities: u64,
    pub(crate) kind: Option<Kind>,
    pub(crate) ended: bool,
    pub(crate) iframes_only: bool,
    pub(crate) independent: bool,
    pub(crate) maps: Vec<Resource>,
    pub(crate) segments: Vec<SegmentRef>,
    /// Segments that a playlist delta update left out.
    pub(crate) skipped: u64,
}

/// `EXT-X-PLAYLIST-TYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Vod,
    Event,
}

/// A segment as the playlist names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentRef {
    pub(crate) resource: Resource,
    /// EXTINF, nanoseconds.
    pub(crate) duration: u64,
    pub(crate) line: u32,
    /// Index into `MediaPlaylist::maps`.
    pub(crate) map: Option<usize>,
    pub(crate) discontinuity: bool,
    pub(crate) gap: bool,
    pub(crate) encrypted: bool,
    /// EXT-X-PROGRAM-DATE-TIME, nanoseconds since 1970.
    pub(crate) date: Option<i64>,
}

impl MediaPlaylist {
    /// Nanoseconds of all segments.
    pub(crate) fn duration(&self) -> u64 {
        self.segments.iter().map(|s| s.duration).fold(0, u64::saturating_add)
    }

    /// A playlist that will change no more.
    pub(crate) fn finished(&self) -> bool {
        self.ended || self.kind == Some(Kind::Vod)
    }
}

/// Tags that a media playlist has at most once (RFC 8216bis §4.4.1, §4.4.3).
const ONCE: [&str; 11] = [
    "EXTM3U",
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-DISCONTINUITY-SEQUENCE",
    "EXT-X-ENDLIST",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-I-FRAMES-ONLY",
    "EXT-X-PART-INF",
    "EXT-X-SERVER-CONTROL",
    "EXT-X-INDEPENDENT-SEGMENTS",
];

/// Values that apply to the next URI line.
#[derive(Default)]
struct Pending {
    duration: Option<u64>,
    extinf: Option<u32>,
    range: Option<(u64, Option<u64>)>,
    discontinuity: bool,
    gap: bool,
    date: Option<i64>,
}

struct Reader<'a> {
    base: &'a Url,
    room: &'a Room,
    /// There is no room left.
    full: bool,
    findings: &'a mut Findings,
    playlist: MediaPlaylist,
    pending: Pending,
    map: Option<usize>,
    encrypted: bool,
    /// The lowest version that what was seen so far needs, and why.
    needs: (u32, &'static str),
    seen: Vec<&'a str>,
}

/// Reads the media playlist `text`, which came from `base` and is called `name`.
pub(crate) fn read<'a>(
    text: &'a str,
    base: &'a Url,
    name: &str,
    room: &'a Room,
    findings: &'a mut Findings,
) -> MediaPlaylist {
    let playlist = MediaPlaylist { name: name.to_owned(), ..MediaPlaylist::default() };
    let Some(lines) = lines(text) else {
        let text = format!("has more than {} lines, the most that are read", super::MAX_LINES);
        findings.add(&rules::LIMIT, Place::file(name), text);
        return playlist;
    };
    let mut reader = Reader {
        base,
        room,
        full: false,
        findings,
        playlist,
        pending: Pending::default(),
        map: None,
        encrypted: false,
        needs: (1, ""),
        seen: Vec::new(),
    };
    for line in lines {
        let place = Place::line(&reader.playlist.name, line.number);
        match line.content {
            Content::Tag(tag, value) => reader.tag(tag, value, &place, line.number),
            Content::Uri(uri) => reader.uri(uri, &place, line.number),
        }
        if reader.full {
            reader.findings.add(&rules::LIMIT, place, "the segments and their names are more than is read");
            break;
        }
    }
    reader.end()
}

impl<'a> Reader<'a> {
    fn tag(&mut self, tag: &'a str, value: Option<&'a str>, place: &Place, number: u32) {
        if ONCE.contains(&tag) {
            if self.seen.contains(&tag) {
                self.findings.add(&rules::TAG_TWICE, place.clone(), format!("{tag} stands more than once"));
            }
            self.seen.push(tag);
        }
        let text = value.unwrap_or_default();
        match tag {
            "EXT-X-VERSION" => {
                self.playlist.version = self.integer(tag, text, place).and_then(|n| u32::try_from(n).ok());
            }
            "EXT-X-TARGETDURATION" => self.playlist.target = self.integer(tag, text, place),
            "EXT-X-MEDIA-SEQUENCE" => self.sequence(tag, text, place),
            "EXT-X-DISCONTINUITY-SEQUENCE" => {
                self.playlist.discontinuities = self.integer(tag, text, place).unwrap_or(0);
            }
            "EXT-X-PLAYLIST-TYPE" => self.kind(text, place),
            "EXT-X-ENDLIST" => self.playlist.ended = true,
            "EXT-X-I-FRAMES-ONLY" => {
                self.playlist.iframes_only = true;
                self.need(4, "EXT-X-I-FRAMES-ONLY");
            }
            "EXT-X-INDEPENDENT-SEGMENTS" => self.playlist.independent = true,
            "EXTINF" => self.extinf(text, place, number),
            "EXT-X-BYTERANGE" => {
                self.pending.range = byte_range(text);
                self.need(4, "EXT-X-BYTERANGE");
                if self.pending.range.is_none() {
                    self.findings.add(
                        &rules::TAG_VALUE,
                        place.clone(),
                        format!("{tag}:{} is not N or N@O", shorten(text)),
                    );
                }
            }
            "EXT-X-DISCONTINUITY" => self.pending.discontinuity = true,
            "EXT-X-GAP" => self.pending.gap = true,
            "EXT-X-MAP" => self.map(text, place),
            "EXT-X-KEY" => self.key(text, place),
            "EXT-X-SKIP" => {
                let skip = attributes::read(tag, text, place, self.findings);
                self.playlist.skipped = skip.integer("SKIPPED-SEGMENTS").unwrap_or(0);
                self.need(9, "EXT-X-SKIP");
            }
            "EXT-X-PROGRAM-DATE-TIME" => {
                self.pending.date = crate::syntax::date::nanos(text);
                if self.pending.date.is_none() {
                    let text = format!("{tag}:{} is no ISO 8601 date and time", shorten(text));
                    self.findings.add(&rules::TAG_VALUE, place.clone(), text);
                }
            }
            "EXT-X-START"
            | "EXT-X-PART"
            | "EXT-X-PART-INF"
            | "EXT-X-DATERANGE"
            | "EXT-X-SERVER-CONTROL"
            | "EXT-X-PRELOAD-HINT"
            | "EXT-X-RENDITION-REPORT" => {
                attributes::read(tag, text, place, self.findings);
            }
            "EXT-X-STREAM-INF"
            | "EXT-X-MEDIA"
            | "EXT-X-I-FRAME-STREAM-INF"
            | "EXT-X-SESSION-DATA"
            | "EXT-X-SESSION-KEY" => {
                self.findings.add(&rules::MIXED, place.clone(), format!("{tag} stands in a media playlist"));
            }
            _ => {}
        }
    }

    fn need(&mut self, version: u32, why: &'static str) {
        if version > self.needs.0 {
            self.needs = (version, why);
        }
    }

    fn integer(&mut self, tag: &str, text: &str, place: &Place) -> Option<u64> {
        let value = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        if value.is_none() {
            let text = format!("{tag}:{} is no decimal integer", shorten(text));
            self.findings.add(&rules::TAG_VALUE, place.clone(), text);
        }
        value
    }

    fn sequence(&mut self, tag: &str, text: &str, place: &Place) {
        self.playlist.sequence = self.integer(tag, text, place).unwrap_or(0);
        if !self.playlist.segments.is_empty() {
            self.findings.add(&rules::SEQUENCE_LATE, place.clone(), "EXT-X-MEDIA-SEQUENCE stands behind a segment");
        }
    }

    fn kind(&mut self, text: &str, place: &Place) {
        self.playlist.kind = match text {
            "VOD" => Some(Kind::Vod),
            "EVENT" => Some(Kind::Event),
            _ => {
                let text = format!("EXT-X-PLAYLIST-TYPE:{}, expected VOD or EVENT", shorten(text));
                self.findings.add(&rules::TAG_VALUE, place.clone(), text);
                None
            }
        }
    }

    fn extinf(&mut self, text: &str, place: &Place, number: u32) {
        let decimal = text.split(',').next().unwrap_or_default();
        self.pending.duration = nanos(decimal);
        if let Some(before) = self.pending.extinf.replace(number) {
            self.extinf_alone(before);
        }
        if self.pending.duration.is_none() {
            let text = format!("EXTINF:{} is no decimal number of seconds", shorten(decimal));
            self.findings.add(&rules::TAG_VALUE, place.clone(), text);
        }
        if !text.contains(',') {
            self.findings.add(&rules::EXTINF_COMMA, place.clone(), format!("EXTINF:{} has no comma", shorten(text)));
        }
        if decimal.contains('.') {
            self.need(3, "a decimal EXTINF");
        }
    }

    fn map(&mut self, text: &'a str, place: &Place) {
        let map = attributes::read("EXT-X-MAP", text, place, self.findings);
        self.need(5, "EXT-X-MAP");
        if !self.playlist.iframes_only {
            self.need(6, "EXT-X-MAP without EXT-X-I-FRAMES-ONLY");
        }
        let Some(url) = map.get("URI").and_then(|uri| self.join(uri, place)) else { return };
        let range = map.get("BYTERANGE").and_then(byte_range);
        let range = range.map(|(length, start)| ByteRange { start: start.unwrap_or(0), length });
        self.playlist.maps.push(Resource { url, range });
        self.map = Some(self.playlist.maps.len() - 1);
    }

    fn key(&mut self, text: &'a str, place: &Place) {
        let key: Attributes<'_> = attributes::read("EXT-X-KEY", text, place, self.findings);
        let method = key.get("METHOD").unwrap_or_default();
        self.encrypted = method != "NONE";
        if self.encrypted && key.get("URI").is_none() {
            self.findings.add(&rules::KEY_URI, place.clone(), format!("EXT-X-KEY with METHOD={method} lacks URI"));
        }
        if key.get("IV").is_some() {
            self.need(2, "IV of EXT-X-KEY");
        }
        if key.get("KEYFORMAT").is_some() {
            self.need(5, "KEYFORMAT of EXT-X-KEY");
        }
    }

    fn join(&mut self, uri: &str, place: &Place) -> Option<Url> {
        let url = super::join(self.base, uri, place, self.findings)?;
        self.full |= !self.room.take(&url);
        Some(url)
    }

    fn uri(&mut self, uri: &str, place: &Place, line: u32) {
        let pending = std::mem::take(&mut self.pending);
        if pending.extinf.is_none() {
            self.findings.add(&rules::EXTINF_MISSING, place.clone(), format!("'{}' has no EXTINF", shorten(uri)));
        }
        let Some(url) = self.join(uri, place) else { return };
        let range = pending.range.and_then(|(length, start)| {
            let previous = self.playlist.segments.last().map(|s| &s.resource).filter(|r| r.url == url);
            let follows = || previous.and_then(|r| r.range).and_then(|r| r.start.checked_add(r.length));
            let start = start.or_else(follows);
            if start.is_none() {
                let text = "EXT-X-BYTERANGE without an offset does not follow a range of the same file";
                self.findings.add(&rules::BYTERANGE_OFFSET, place.clone(), text);
            }
            start.map(|start| ByteRange { start, length })
        });
        self.playlist.segments.push(SegmentRef {
            resource: Resource { url, range },
            duration: pending.duration.unwrap_or(0),
            line,
            map: self.map,
            discontinuity: pending.discontinuity,
            gap: pending.gap,
            encrypted: self.encrypted,
            date: pending.date,
        });
    }

    fn extinf_alone(&mut self, line: u32) {
        let place = Place::line(&self.playlist.name, line);
        self.findings.add(&rules::EXTINF_ALONE, place, "EXTINF has no URI after it");
    }

    fn end(mut self) -> MediaPlaylist {
        if let Some(line) = self.pending.extinf {
            self.extinf_alone(line);
        }
        let Self { findings, mut playlist, needs, .. } = self;
        let place = || Place::file(&playlist.name);
        if playlist.target.is_none() {
            findings.add(&rules::TARGET_MISSING, place(), "has no EXT-X-TARGETDURATION");
        }
        let version = playlist.version.unwrap_or(1);
        if version < needs.0 {
            let text = format!("EXT-X-VERSION is {version}, expected at least {} for {}", needs.0, needs.1);
            findings.add(&rules::VERSION, place(), text);
        }
        playlist.segments.shrink_to_fit();
        if playlist.segments.is_empty() {
            findings.add(&rules::EMPTY, place(), "names no segment");
        }
        playlist
    }
}

/// `N` or `N@O`.
fn byte_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (length, start) = text.split_once('@').map_or((text, None), |(l, s)| (l, Some(s)));
    Some((length.parse().ok()?, start.map(str::parse).transpose().ok()?))
}
