//! Media of one live track, segment by segment as they appear: there, whole, and going on where the one before ends.

use crate::fetch::tools::Tools;
use crate::fetch::{FetchError, Resource, Store};
use crate::media::isobmff::init::{Init, TrackInit};
use crate::media::isobmff::segment::{Fragment, Scanner};
use crate::media::track::{Content, Segment, SegmentAt, read_init, read_segment};
use crate::report::rules::{hls as hls_rules, live as rules};
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, signed_ticks, ticks};

/// The clock of a transport stream has 33 bits of 1/90000 s.
const WRAP: u64 = 1 << 33;

/// Known state of a track: its init segment, and where its last segment ends.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// For messages.
    pub(super) name: String,
    init: Option<(Resource, Option<Init>)>,
    next: Option<Next>,
    pub(super) segments: usize,
    pub(super) bytes: u64,
}

/// Where the next segment starts.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// Decode time in ticks of so many a second: exactly.
    Ticks(u64, u32),
    /// Presentation time of a transport stream, about.
    Clock(u64),
}

/// A segment that appeared.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) resource: Resource,
    pub(super) init: Option<Resource>,
    /// Nanoseconds that it lasts by the playlist or MPD.
    pub(super) duration: u64,
    /// The playlist's EXTINF is exact; an MPD's nominal duration is not.
    pub(super) exact: bool,
    pub(super) discontinuity: bool,
    pub(super) encrypted: bool,
}

impl Media {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Fetches and judges `announced`; gives its media time in nanoseconds, where it can be told.
    ///
    /// # Errors
    /// When its bytes cannot be had.
    pub(super) fn take(
        &mut self,
        tools: Tools<'_>,
        announced: &Announced,
        findings: &mut Findings,
    ) -> Result<Option<i64>, FetchError> {
        let place = Place::file(&crate::fetch::names::show(&announced.resource.url));
        if announced.discontinuity {
            self.next = None;
        }
        self.learn(tools.store, announced.init.as_ref(), findings);
        let init = self.init.as_ref().filter(|_| announced.init.is_some()).and_then(|(_, init)| init.as_ref());
        let at = SegmentAt {
            resource: announced.resource.clone(),
            init: announced.init.is_some().then_some(0),
            discontinuity: announced.discontinuity,
            encrypted: announced.encrypted && announced.init.is_none(),
        };
        let mut scanner = init.and_then(Scanner::new);
        let segment = read_segment(tools.store, 0, &at, scanner.as_mut(), &place, findings)?;
        self.segments += 1;
        self.bytes = self.bytes.saturating_add(segment.bytes.unwrap_or(0));
        let track = init.and_then(Init::track).filter(|t| t.timescale > 0);
        let (next, start) = judge(self.next, track, &segment, announced, (&place, findings));
        self.next = next;
        Ok(start)
    }

    /// A segment could not be had: nothing is known of where the next one starts.
    pub(super) fn lost(&mut self) {
        self.next = None;
    }

    fn learn(&mut self, store: &dyn Store, resource: Option<&Resource>, findings: &mut Findings) {
        let Some(resource) = resource.filter(|r| self.init.as_ref().is_none_or(|(known, _)| known != *r)) else {
            return;
        };
        let init = read_init(store, resource, &self.name, findings);
        self.init = Some((resource.clone(), init));
    }
}

/// Judges where `segment` starts against where the one before ended; gives where it ends, and its start as presented.
fn judge(
    before: Option<Next>,
    track: Option<&TrackInit>,
    segment: &Segment,
    announced: &Announced,
    (place, findings): (&Place, &mut Findings),
) -> (Option<Next>, Option<i64>) {
    match (&segment.content, track) {
        (Content::Fragments(fragments), Some(track)) => {
            let (Some((time, duration)), Some(first)) = (segment.span(), fragments.first()) else {
                return (None, None);
            };
            let scale = track.timescale;
            if let Some(Next::Ticks(expected, before)) = before
                && before == scale
                && expected != time
            {
                let (what, by) = if time > expected { ("gap", time - expected) } else { ("overlap", expected - time) };
                let text = format!("starts at tick {time}, expected {expected}: a {what} of {by} ticks of 1/{scale} s");
                findings.add(&rules::CONTINUOUS, place.clone(), text);
            }
            lengths((duration, scale), fragments, announced, (place, findings));
            let start = signed_ticks(first.earliest.saturating_sub(track.edit_shift()), scale);
            (time.checked_add(duration).map(|end| Next::Ticks(end, scale)), Some(start))
        }
        (Content::Ts(facts), _) => {
            let Some(first) = facts.first else { return (None, None) };
            if let Some(Next::Clock(expected)) = before {
                let apart = (first + WRAP - expected) % WRAP;
                let off = apart.min(WRAP - apart);
                if off > 45_000 {
                    let text = format!("starts {} from where the segment before ends", show(ticks(off, 90_000)));
                    findings.add(&rules::CONTINUOUS, place.clone(), text);
                }
            }
            let lasts = u64::try_from(u128::from(announced.duration) * 90_000 / u128::from(SECOND)).unwrap_or(0);
            let start = i64::try_from(ticks(first, 90_000)).ok();
            (Some(Next::Clock(first.wrapping_add(lasts) % WRAP)), start)
        }
        _ => (None, None),
    }
}

/// A segment lasts what its playlist says, within a frame.
fn lengths(
    (duration, scale): (u64, u32),
    fragments: &[Fragment],
    announced: &Announced,
    (place, findings): (&Place, &mut Findings),
) {
    let samples: u64 = fragments.iter().map(|f| u64::from(f.samples)).sum();
    let frame = ticks(duration.div_ceil(samples.max(1)), scale).saturating_add(1_000_000);
    let measured = ticks(duration, scale);
    if announced.exact && measured.abs_diff(announced.duration) > frame {
        let text = format!("EXTINF {}, the media lasts {}", show(announced.duration), show(measured));
        findings.add(&hls_rules::EXTINF_TRUE, place.clone(), text);
    }
}
