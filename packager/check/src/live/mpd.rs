//! One dynamic MPD from refresh to refresh: what may change in it, and what may not. Pure: "now" is an argument.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::playlist::When;
use crate::dash::Dash;
use crate::fetch::Resource;
use crate::report::rule::Rule;
use crate::report::rules::live as rules;
use crate::report::{Findings, Place};
use crate::syntax::date;
use crate::syntax::decimal::{SECOND, show, ticks, xs_duration};
use crate::syntax::mpd::model::periods;

/// Known state of an MPD: the last version alone, so that memory does not grow with time.
#[derive(Debug)]
pub(super) struct History {
    last: Version,
    /// When a new segment was seen last.
    changed: i64,
    told_stale: bool,
}

/// A Representation, by its Period's id and its own.
type Key = (String, String);

/// Values that must agree between two versions.
#[derive(Debug, Default)]
struct Version {
    name: String,
    live: bool,
    published: Option<i64>,
    /// availabilityStartTime and id, as written.
    identity: [Option<String>; 2],
    /// Ids and starts, in order.
    periods: Vec<(String, u64)>,
    /// Of SegmentTimelines.
    timelines: BTreeMap<Key, Timeline>,
    representations: HashSet<Key>,
    update: Option<u64>,
}

#[derive(Debug, Default)]
struct Timeline {
    scale: u32,
    /// Time, duration and place of each segment, in order.
    segments: Vec<(u64, u64, Resource)>,
}

impl Timeline {
    fn end(&self) -> u64 {
        self.segments.last().map_or(0, |(time, duration, _)| time.saturating_add(*duration))
    }
}

impl History {
    /// `first` is the version that was there at `now`: judged by itself.
    pub(super) fn new(first: &Dash, now: i64, findings: &mut Findings) -> Self {
        alone(first, findings);
        Self { last: Version::of(first), changed: now, told_stale: false }
    }

    /// True if the last version was dynamic.
    pub(super) fn is_live(&self) -> bool {
        self.last.live
    }

    /// Judges the next version.
    pub(super) fn next(&mut self, dash: &Dash, when: When, findings: &mut Findings) {
        let new = Version::of(dash);
        let mut step = Step { old: &self.last, new: &new, findings };
        step.document();
        step.periods();
        let fresh = step.timelines();
        self.freshness(&new, fresh, when, findings);
        self.last = new;
    }

    fn freshness(&mut self, new: &Version, fresh: bool, when: When, findings: &mut Findings) {
        let Some(timeline) = new.timelines.values().find(|t| !t.segments.is_empty()) else { return };
        if fresh {
            (self.changed, self.told_stale) = (when.had, false);
            return;
        }
        let longest = timeline.segments.iter().map(|(_, duration, _)| *duration).max().unwrap_or(0);
        let allowed = ticks(longest, timeline.scale).saturating_mul(2).saturating_add(new.update.unwrap_or(0));
        let waited = u64::try_from(when.asked.saturating_sub(self.changed)).unwrap_or(0);
        if waited > allowed && new.live && !self.told_stale {
            self.told_stale = true;
            let text = format!("no new segment for {}, expected one within {}", show(waited), show(allowed));
            findings.add(&rules::MPD_STALE, Place::file(&new.name), text);
        }
    }
}

/// Judges a dynamic MPD by itself, whatever was before.
fn alone(dash: &Dash, findings: &mut Findings) {
    let mut add = |rule, line, text: String| findings.add(rule, Place::line(&dash.name, line), text);
    let mut ids = HashSet::new();
    for (element, period) in periods(&dash.root) {
        match element.get("id") {
            None => add(&rules::PERIOD_ID, element.line, format!("Period {} has no id", period.index + 1)),
            Some(id) if !ids.insert(id) => {
                add(&rules::PERIOD_ID, element.line, format!("Period id=\"{id}\" stands twice"));
            }
            Some(_) => {}
        }
    }
    let duration = |name: &str| dash.root.get(name).and_then(xs_duration);
    let exact = dash.loaded.iter().any(|l| l.addressed.exact);
    let ends = dash.root.get("mediaPresentationDuration").is_some();
    if exact && duration("minimumUpdatePeriod").is_none() && !ends {
        add(&rules::UPDATE_PERIOD, dash.root.line, "has a SegmentTimeline and no minimumUpdatePeriod".into());
    }
    match (duration("suggestedPresentationDelay"), duration("timeShiftBufferDepth")) {
        (None, _) => add(&rules::DELAY, dash.root.line, "has no suggestedPresentationDelay".into()),
        (Some(delay), Some(depth)) if delay >= depth => {
            let text = format!("the delay is {}, the time shift buffer {}", show(delay), show(depth));
            add(&rules::DELAY, dash.root.line, text);
        }
        _ => {}
    }
    if dash.root.child("UTCTiming").is_none() {
        add(&rules::UTC_TIMING, dash.root.line, "has no UTCTiming".into());
    }
}

impl Version {
    fn of(dash: &Dash) -> Self {
        let get = |name: &str| dash.root.get(name).map(str::to_owned);
        let mut version = Self {
            name: dash.name.clone(),
            live: dash.is_live(),
            published: dash.root.get("publishTime").and_then(date::nanos),
            identity: [get("availabilityStartTime"), get("id")],
            update: dash.root.get("minimumUpdatePeriod").and_then(xs_duration),
            ..Self::default()
        };
        // Without an id, its place must do: that is told elsewhere.
        let id = |element: &crate::syntax::mpd::xml::Element, index: usize| {
            element.get("id").map_or_else(|| format!("#{}", index + 1), str::to_owned)
        };
        let all = periods(&dash.root);
        version.periods = all.iter().map(|(element, p)| (id(element, p.index), p.start)).collect();
        for (representation, loaded) in dash.representations() {
            let period =
                version.periods.get(representation.period.index).map_or_else(String::new, |(id, _)| id.clone());
            let key = (period, representation.id().to_owned());
            version.representations.insert(key.clone());
            if loaded.addressed.exact {
                let segments = loaded.addressed.segments.iter().map(|s| (s.time, s.duration, s.resource.clone()));
                let timeline = Timeline { scale: loaded.addressed.timescale, segments: segments.collect() };
                version.timelines.insert(key, timeline);
            }
        }
        version
    }
}

/// One step from a version to the next.
struct Step<'a> {
    old: &'a Version,
    new: &'a Version,
    findings: &'a mut Findings,
}

impl Step<'_> {
    fn add(&mut self, rule: &'static Rule, text: String) {
        self.findings.add(rule, Place::file(&self.new.name), text);
    }

    fn document(&mut self) {
        let (old, new) = (self.old, self.new);
        for (name, (was, is)) in ["availabilityStartTime", "id"]
            .iter()
            .zip(old.identity.iter().zip(&new.identity))
            .filter(|(_, (a, b))| a != b)
        {
            let shown = |v: &Option<String>| v.clone().unwrap_or_else(|| "missing".into());
            self.add(&rules::START_CHANGED, format!("{name} is {}, was {}", shown(is), shown(was)));
        }
        if let (Some(was), Some(is)) = (old.published, new.published)
            && is < was
        {
            let by = show(was.abs_diff(is));
            self.add(&rules::PUBLISH_BACK, format!("publishTime is {by} before that of the MPD that was there before"));
        }
        if !old.live && (new.live || self.grows()) {
            let what = if new.live { "is dynamic again" } else { "has more segments" };
            self.add(&rules::ENDED_CHANGED, format!("the MPD was static and {what}"));
        }
        if old.published.is_some() && old.published == new.published && self.grows() {
            self.add(&rules::PUBLISH_SAME, "has more segments, and the same publishTime".into());
        }
    }

    fn grows(&self) -> bool {
        let end = |v: &Version, key: &Key| v.timelines.get(key).map_or(0, Timeline::end);
        self.new.timelines.keys().any(|key| end(self.new, key) > end(self.old, key))
    }

    fn periods(&mut self) {
        let (old, new) = (self.old, self.new);
        // Whatever left did so from the start: what stays stands at the start of the new version, in the same order.
        let kept: Vec<&(String, u64)> =
            old.periods.iter().filter(|(id, _)| new.periods.iter().any(|(other, _)| other == id)).collect();
        let mut rest = new.periods.iter();
        for (id, start) in &kept {
            match rest.next() {
                Some((other, now)) if other == id && now != start => {
                    let text = format!("Period \"{id}\" starts at {}, it did at {}", show(*now), show(*start));
                    self.add(&rules::PERIOD_CHANGED, text);
                }
                Some((other, _)) if other == id => {}
                _ => {
                    self.add(&rules::PERIOD_CHANGED, format!("Period \"{id}\" stands at another place than before"));
                    return;
                }
            }
        }
        let lost = old.periods.last().filter(|_| kept.len() < old.periods.len());
        if let Some((id, _)) = lost.filter(|last| !kept.contains(last)) {
            self.add(&rules::PERIOD_CHANGED, format!("Period \"{id}\", the last one, is gone"));
        }
        self.representations();
    }

    fn representations(&mut self) {
        let (old, new) = (self.old, self.new);
        let in_both = |key: &&Key| [old, new].iter().all(|version| version.periods.iter().any(|(id, _)| *id == key.0));
        let changed = old.representations.symmetric_difference(&new.representations).filter(in_both).min();
        if let Some(key @ (period, id)) = changed {
            let what = if new.representations.contains(key) { "is new" } else { "is gone" };
            self.add(&rules::REPRESENTATIONS, format!("Representation \"{id}\" of Period \"{period}\" {what}"));
        }
    }

    /// True if there is a new segment.
    fn timelines(&mut self) -> bool {
        let (old, new) = (self.old, self.new);
        for (key, was) in &old.timelines {
            let Some(is) = new.timelines.get(key) else { continue };
            let known: HashMap<u64, (u64, &Resource)> = is.segments.iter().map(|(t, d, r)| (*t, (*d, r))).collect();
            let Some((first, ..)) = is.segments.first() else { continue };
            let inside = was.segments.iter().filter(|(time, ..)| time >= first && *time < is.end());
            let changed = inside.filter(|(t, d, r)| known.get(t) != Some(&(*d, r))).map(|(t, ..)| *t).next();
            if let Some(time) = changed {
                let text = format!("Representation \"{}\": the segment at tick {time} is not as it was", key.1);
                self.add(&rules::TIMELINE_CHANGED, text);
            }
            if is.end() < was.end() {
                let by = show(ticks(was.end() - is.end(), is.scale));
                let text = format!("Representation \"{}\" ends {by} earlier than before", key.1);
                self.add(&rules::TIMELINE_BACK, text);
            }
        }
        self.grows()
    }
}

/// Nanoseconds that an MPD's segments are to be had for after they are over.
pub(super) fn depth(dash: &Dash) -> u64 {
    let depth = dash.root.get("timeShiftBufferDepth").and_then(xs_duration);
    // Without it, for ever (§5.3.1.2); an hour is enough to look at.
    depth.unwrap_or(3600 * SECOND)
}
