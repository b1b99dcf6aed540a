//! Tracks: the files that a manifest names for one rendition, opened and measured.

use crate::fetch::parallel;
use crate::fetch::tools::Tools;
use crate::fetch::{FetchError, Input, Resource, Store};
use crate::media::isobmff::init::{self, Init, TrackInit};
use crate::media::isobmff::sample_entry::EntryKind;
use crate::media::isobmff::segment::{Fragment, Scanner, Stretch};
use crate::media::text::{self, Vtt};
use crate::media::ts::{self, TsFacts};
use crate::report::rules::{init as init_rules, media as rules};
use crate::report::{Findings, Place};

/// Largest init segment that is read.
const MAX_INIT: u64 = 16 << 20;
/// After so many segments in a row that cannot be had, the rest of a track is not asked for: a playlist may name hundreds
/// of thousands.
const MAX_LOST: usize = 50;
/// Largest text segment that is read.
const MAX_TEXT: u64 = 16 << 20;

/// The files of one rendition, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrackRefs {
    /// For messages: the playlist or Representation that names them.
    pub(crate) name: String,
    pub(crate) inits: Vec<Resource>,
    pub(crate) segments: Vec<SegmentAt>,
}

/// One of its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentAt {
    pub(crate) resource: Resource,
    /// Index into `TrackRefs::inits`.
    pub(crate) init: Option<usize>,
    /// Its timeline has nothing to do with the one before.
    pub(crate) discontinuity: bool,
    /// Its bytes cannot be read as media.
    pub(crate) encrypted: bool,
}

/// Media type of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Video,
    Audio,
    Text,
    /// More than one kind in a file, or none that is known.
    Other,
}

/// A measured track.
#[derive(Debug, Default)]
pub(crate) struct Track {
    pub(crate) name: String,
    pub(crate) inits: Vec<Option<Init>>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) longest: Option<Stretch>,
}

/// A measured segment.
#[derive(Debug, Default)]
pub(crate) struct Segment {
    /// Bytes; `None` when it could not be had.
    pub(crate) bytes: Option<u64>,
    pub(crate) content: Content,
}

/// Content of a segment.
#[derive(Debug, Default)]
pub(crate) enum Content {
    /// Not read, or not readable.
    #[default]
    Unknown,
    Fragments(Vec<Fragment>),
    Ts(TsFacts),
    /// An elementary stream of audio (RFC 8216bis §3.1.3), whose inside is not looked at.
    PackedAudio,
    Text(Box<Vtt>),
}

impl Segment {
    /// Its movie fragments.
    pub(crate) fn fragments(&self) -> &[Fragment] {
        if let Content::Fragments(fragments) = &self.content { fragments } else { &[] }
    }

    /// Decode time of its first sample and the sum of its samples' durations, ticks.
    pub(crate) fn span(&self) -> Option<(u64, u64)> {
        let fragments = self.fragments();
        let duration = fragments.iter().map(|f| f.duration).fold(0, u64::saturating_add);
        Some((fragments.first()?.time, duration))
    }
}

impl Track {
    /// The first init segment's only track.
    pub(crate) fn track(&self) -> Option<&TrackInit> {
        self.inits.first()?.as_ref()?.track()
    }

    pub(crate) fn init(&self) -> Option<&Init> {
        self.inits.first()?.as_ref()
    }

    pub(crate) fn timescale(&self) -> Option<u32> {
        self.track().map(|t| t.timescale).filter(|&t| t > 0)
    }

    /// Ticks that an average sample lasts.
    pub(crate) fn sample_ticks(&self) -> Option<u64> {
        let fragments = || self.segments.iter().flat_map(Segment::fragments);
        let samples: u64 = fragments().map(|f| u64::from(f.samples)).sum();
        let ticks = fragments().map(|f| f.duration).fold(0, u64::saturating_add);
        (samples > 0).then(|| ticks.div_ceil(samples))
    }

    pub(crate) fn kind(&self) -> MediaKind {
        if self.segments.iter().any(|s| matches!(s.content, Content::Text(_))) {
            return MediaKind::Text;
        }
        let Some(init) = self.init().filter(|i| i.tracks.len() == 1) else { return MediaKind::Other };
        match init.track().and_then(TrackInit::entry).map(|e| &e.kind) {
            Some(EntryKind::Video(_)) => MediaKind::Video,
            Some(EntryKind::Audio(_)) => MediaKind::Audio,
            Some(EntryKind::Other)
                if matches!(init.tracks[0].handler, [b't', b'e', b'x', b't'] | [b's', b'u', b'b', b't']) =>
            {
                MediaKind::Text
            }
            _ => MediaKind::Other,
        }
    }

    /// Presentation time of the first sample on the movie's timeline (its edit list applied), nanoseconds.
    pub(crate) fn starts_at(&self) -> Option<i64> {
        let earliest = self.segments.first()?.fragments().first()?.earliest;
        let shown = earliest.saturating_sub(self.track()?.edit_shift());
        Some(crate::syntax::decimal::signed_ticks(shown, self.timescale()?))
    }
}

/// Opens and measures all of `tracks`, and judges each by itself.
pub(crate) fn measure_all(tools: Tools<'_>, tracks: &[TrackRefs], findings: &mut Findings) -> Vec<Track> {
    tools.progress.segments(tracks.iter().map(|t| t.segments.len()).sum());
    let measured = parallel::map(tracks, tools.threads, |refs| {
        let mut own = Findings::default();
        (measure(tools, refs, &mut own), own)
    });
    let judged = measured.into_iter().map(|(track, own)| {
        findings.absorb(own);
        track
    });
    judged.collect()
}

fn measure(tools: Tools<'_>, refs: &TrackRefs, findings: &mut Findings) -> Track {
    let inits: Vec<Option<Init>> = refs.inits.iter().map(|r| read_init(tools.store, r, &refs.name, findings)).collect();
    let mut track = Track { name: refs.name.clone(), ..Track::default() };
    let mut current: Option<(usize, Option<Scanner<'_>>)> = None;
    let mut lost = 0;
    for (index, at) in refs.segments.iter().enumerate() {
        if let Some(init) = at.init
            && current.as_ref().is_none_or(|(before, _)| *before != init)
        {
            keep_longest(&mut track.longest, current.take().and_then(|(_, s)| s));
            current = Some((init, inits.get(init).and_then(Option::as_ref).and_then(Scanner::new)));
        }
        let mut scanner = current.as_mut().filter(|_| at.init.is_some()).and_then(|(_, s)| s.as_mut());
        if at.discontinuity
            && let Some(scanner) = scanner.as_deref_mut()
        {
            scanner.discontinuity();
        }
        let place = Place { segment: Some(index + 1), ..Place::file(&crate::fetch::names::show(&at.resource.url)) };
        let segment = read_segment(tools.store, index, at, scanner, &place, findings);
        tools.progress.segment();
        lost = if segment.is_ok() { 0 } else { lost + 1 };
        track.segments.push(segment.unwrap_or_else(|error| {
            findings.add(&rules::READABLE, place.clone(), error.to_string());
            Segment::default()
        }));
        if lost == MAX_LOST && index + 1 < refs.segments.len() {
            let text = format!("the last of {MAX_LOST} in a row that could not be read: the rest are not asked for");
            findings.add(&rules::READABLE, place, text);
            track.segments.resize_with(refs.segments.len(), Segment::default);
            break;
        }
    }
    keep_longest(&mut track.longest, current.and_then(|(_, s)| s));
    track.inits = inits;
    track
}

fn keep_longest(kept: &mut Option<Stretch>, scanner: Option<Scanner<'_>>) {
    let found = scanner.and_then(|s| s.longest);
    *kept = [*kept, found].into_iter().flatten().max_by_key(|s| s.ticks);
}

/// Reads and judges the init segment `resource`, which `track` names.
pub(crate) fn read_init(store: &dyn Store, resource: &Resource, track: &str, findings: &mut Findings) -> Option<Init> {
    let place = Place::file(&crate::fetch::names::show(&resource.url));
    let data = match store.open(resource).and_then(|mut input| input.read_all(MAX_INIT)) {
        Ok(data) => data,
        Err(error) => {
            findings.add(&rules::READABLE, place, format!("{error}; {track} names it as init segment"));
            return None;
        }
    };
    match init::parse(&data, resource.start()) {
        Ok(init) => {
            crate::media::init_rules::judge(&init, &data, &place, findings);
            Some(init)
        }
        Err(error) => {
            findings.add(&init_rules::PARSE, place.at(error.byte), error.what);
            None
        }
    }
}

/// Reads segment `index` of a track: its fragments by `scanner`, where an init segment goes with it.
pub(crate) fn read_segment(
    store: &dyn Store,
    index: usize,
    at: &SegmentAt,
    scanner: Option<&mut Scanner<'_>>,
    place: &Place,
    findings: &mut Findings,
) -> Result<Segment, FetchError> {
    let mut input = store.open(&at.resource)?;
    if at.encrypted {
        return Ok(Segment { bytes: Some(input.finish()?), content: Content::Unknown });
    }
    let mut head = [0u8; 8];
    let got = input.fill(&mut head)?;
    let (content, bytes) = match (scanner, head) {
        (Some(scanner), head) if got == 8 && !is_text(&head) => {
            let (fragments, bytes) = scanner.segment(index, head, input, place.clone(), findings);
            (Content::Fragments(fragments), bytes)
        }
        _ => read_other(&head[..got], input, place, findings)?,
    };
    Ok(Segment { bytes, content })
}

fn is_text(head: &[u8]) -> bool {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).starts_with(b"WEBV")
}

/// A segment that no init segment goes with.
fn read_other(
    head: &[u8],
    mut input: Input,
    place: &Place,
    findings: &mut Findings,
) -> Result<(Content, Option<u64>), FetchError> {
    if is_text(head) {
        let mut data = head.to_vec();
        data.extend(input.read_all(MAX_TEXT)?);
        let bytes = data.len() as u64;
        return Ok((Content::Text(Box::new(text::read(&data, place, findings))), Some(bytes)));
    }
    let kind = head.get(4..8).unwrap_or_default();
    match head {
        [0x47, ..] => {
            let facts = ts::read(head, &mut input, place, findings)?;
            Ok((Content::Ts(facts), Some(input.finish()?)))
        }
        // ADTS, MP3, AC-3 and ID3 before them: packed audio (RFC 8216bis §3.1.3).
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] | [0x0b, 0x77, ..] => {
            Ok((Content::PackedAudio, Some(input.finish()?)))
        }
        // A box without an init segment: `hls-map` tells. A file that initialises itself is not for segments.
        _ if matches!(kind, b"styp" | b"moof" | b"sidx" | b"ftyp" | b"emsg" | b"prft") => {
            Ok((Content::Unknown, Some(input.finish()?)))
        }
        [] => {
            findings.add(&rules::TRUNCATED, place.clone(), "is empty");
            Ok((Content::Unknown, Some(0)))
        }
        _ => {
            let shown: Vec<String> = head.iter().map(|b| format!("{b:02x}")).collect();
            findings.add(
                &rules::KIND,
                place.clone(),
                format!("starts with bytes {}: no format known here", shown.join(" ")),
            );
            Ok((Content::Unknown, input.finish().ok()))
        }
    }
}
