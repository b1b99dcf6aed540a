//! One live playlist from refresh to refresh: what may change in it, and what may not. Pure: "now" is an argument.

use crate::report::rule::Rule;
use crate::report::rules::live as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, show_signed};
use crate::syntax::m3u8::media::{Kind, MediaPlaylist, SegmentRef};

/// Dates are written in milliseconds, and computed anew each time: their last digit may differ, nanoseconds.
const DATE_DIGIT: u64 = 1_000_000;

/// When a refresh was asked for, and when it had come whole: nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    pub(super) asked: i64,
    pub(super) had: i64,
}

/// Known state of a playlist: the last version alone, so that memory does not grow with time.
#[derive(Debug)]
pub(super) struct History {
    pub(super) last: MediaPlaylist,
    /// When a new segment was seen last.
    changed: i64,
    /// That it stands still has been told.
    told_stale: bool,
}

/// One step from a version to the next.
struct Step<'a> {
    old: &'a MediaPlaylist,
    new: &'a MediaPlaylist,
    findings: &'a mut Findings,
}

impl History {
    /// `first` is the version that was there at `now`.
    pub(super) fn new(first: MediaPlaylist, now: i64, findings: &mut Findings) -> Self {
        dates(&first, 0, findings);
        Self { last: first, changed: now, told_stale: false }
    }

    /// Judges the next version; gives the indexes of its segments that are new.
    pub(super) fn next(&mut self, new: MediaPlaylist, when: When, findings: &mut Findings) -> std::ops::Range<usize> {
        let mut step = Step { old: &self.last, new: &new, findings };
        step.header();
        let fresh = step.segments();
        dates(&new, fresh.start, findings);
        self.freshness(&new, !fresh.is_empty(), when, findings);
        self.last = new;
        fresh
    }

    /// §6.2.1: a new segment at most 1.5 target durations after the one before. Measured from when the last new one had
    /// come to when a version without another was asked for: what lies between was longer in truth.
    fn freshness(&mut self, new: &MediaPlaylist, fresh: bool, when: When, findings: &mut Findings) {
        if fresh {
            (self.changed, self.told_stale) = (when.had, false);
            return;
        }
        let allowed = new.target.unwrap_or(0).saturating_mul(SECOND / 2 * 3);
        let waited = u64::try_from(when.asked.saturating_sub(self.changed)).unwrap_or(0);
        if waited > allowed && !new.ended && !self.told_stale {
            self.told_stale = true;
            let text = format!("no new segment for {}, expected one within {}", show(waited), show(allowed));
            findings.add(&rules::STALE, Place::file(&new.name), text);
        }
    }
}

impl Step<'_> {
    fn add(&mut self, rule: &'static Rule, text: String) {
        self.findings.add(rule, Place::file(&self.new.name), text);
    }

    fn header(&mut self) {
        let (old, new) = (self.old, self.new);
        if old.target != new.target {
            let target = |p: &MediaPlaylist| p.target.map_or("none".to_owned(), |t| t.to_string());
            self.add(&rules::TARGET_CHANGED, format!("is {}, was {}", target(new), target(old)));
        }
        if old.kind != new.kind {
            self.add(&rules::TYPE_CHANGED, format!("is {}, was {}", kind(new), kind(old)));
        }
        if old.kind == Some(Kind::Event) && new.sequence > old.sequence {
            let text = format!("EXT-X-MEDIA-SEQUENCE rose from {} to {}", old.sequence, new.sequence);
            self.add(&rules::EVENT_REMOVED, text);
        }
        if old.ended && (!new.ended || end(new) != end(old)) {
            let what = if new.ended { "has other segments" } else { "is gone" };
            self.add(&rules::ENDED_CHANGED, format!("EXT-X-ENDLIST was there, now the playlist {what}"));
        }
    }

    /// Gives the indexes of the segments that are new.
    fn segments(&mut self) -> std::ops::Range<usize> {
        let (old, new) = (self.old, self.new);
        let count = new.segments.len();
        if new.sequence < old.sequence {
            self.add(&rules::SEQUENCE_BACK, format!("is {}, was {}", new.sequence, old.sequence));
            return count..count;
        }
        if end(new) < end(old) {
            let gone = end(old) - end(new);
            let text = format!("segment {} was there: {gone} are gone from the end", end(old).saturating_sub(1));
            self.add(&rules::ORDER, text);
        }
        for number in new.sequence..end(old).min(end(new)) {
            let (Some(before), Some(now)) = (at(old, number), at(new, number)) else { continue };
            if self.same(number, before, now) {
                break;
            }
        }
        let known = usize::try_from(end(old).saturating_sub(new.sequence)).unwrap_or(usize::MAX);
        known.min(count)..count
    }

    /// True if segment `number` was found to differ; one finding a step says enough.
    fn same(&mut self, number: u64, before: &SegmentRef, now: &SegmentRef) -> bool {
        let (old, new) = (self.old, self.new);
        let has = |p: &MediaPlaylist, s: &SegmentRef| p.segments.iter().any(|o| o.resource == s.resource);
        let map = |p: &MediaPlaylist, s: &SegmentRef| s.map.and_then(|m| p.maps.get(m).cloned());
        let (rule, text) = if before.resource != now.resource {
            let names = |s: &SegmentRef| s.resource.url.path().rsplit('/').next().unwrap_or_default().to_owned();
            let text = format!("segment {number} is {}, was {}", names(now), names(before));
            // A segment that merely has another number was not changed, but inserted, left out or counted wrongly.
            let moved = has(old, now) || has(new, before);
            (if moved { &rules::ORDER } else { &rules::SEGMENT_CHANGED }, text)
        } else if before.duration != now.duration {
            let text = format!("EXTINF of segment {number} is {}, was {}", show(now.duration), show(before.duration));
            (&rules::SEGMENT_CHANGED, text)
        } else if let (Some(was), Some(is)) = (before.date, now.date)
            && was.abs_diff(is) > DATE_DIGIT
        {
            let by = show_signed(is.saturating_sub(was));
            (&rules::SEGMENT_CHANGED, format!("EXT-X-PROGRAM-DATE-TIME of segment {number} moved by {by}"))
        } else if map(old, before) != map(new, now) {
            (&rules::SEGMENT_CHANGED, format!("segment {number} has another EXT-X-MAP than before"))
        } else {
            let (was, is) = (discontinuities(old, number), discontinuities(new, number));
            if was == is {
                return false;
            }
            let text = format!("discontinuity sequence number of segment {number} is {is}, was {was}");
            (&rules::DISCONTINUITY, text)
        };
        self.add(rule, text);
        true
    }
}

fn kind(playlist: &MediaPlaylist) -> &'static str {
    match playlist.kind {
        Some(Kind::Vod) => "VOD",
        Some(Kind::Event) => "EVENT",
        None => "none",
    }
}

/// The media sequence number behind the last segment.
pub(super) fn end(playlist: &MediaPlaylist) -> u64 {
    playlist.sequence.saturating_add(playlist.segments.len() as u64)
}

fn at(playlist: &MediaPlaylist, number: u64) -> Option<&SegmentRef> {
    playlist.segments.get(usize::try_from(number.checked_sub(playlist.sequence)?).ok()?)
}

/// The discontinuity sequence number of segment `number` (§4.4.3.3).
pub(super) fn discontinuities(playlist: &MediaPlaylist, number: u64) -> u64 {
    let before = usize::try_from(number.saturating_sub(playlist.sequence)).unwrap_or(usize::MAX);
    let tags = playlist.segments.iter().take(before.saturating_add(1)).filter(|s| s.discontinuity).count();
    playlist.discontinuities.saturating_add(tags as u64)
}

/// Dates go on by EXTINF, up to each segment from index `from`.
fn dates(playlist: &MediaPlaylist, from: usize, findings: &mut Findings) {
    for (index, pair) in playlist.segments.windows(2).enumerate().skip(from.saturating_sub(1)) {
        let [before, now] = pair else { continue };
        let (Some(start), Some(next)) = (before.date, now.date) else { continue };
        let expected = start.saturating_add_unsigned(before.duration);
        let off = next.saturating_sub(expected);
        if off.unsigned_abs() > SECOND / 2 && !now.discontinuity {
            let text = format!("is {} from where the segment before ends", show_signed(off));
            let place = Place { segment: Some(index + 2), ..Place::line(&playlist.name, now.line) };
            findings.add(&rules::DATES, place, text);
        }
    }
}
