//! DASH presentations: loaded, then judged against their measured tracks.

mod media;
mod sets;
mod steering;

use url::Url;

use crate::fetch::Store;
use crate::fetch::names;
use crate::media::track::{SegmentAt, Track, TrackRefs};
use crate::media::tracks::Tracks;
use crate::report::rules::dash as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, ticks, xs_duration};
use crate::syntax::mpd::addressing::{self, Addressed};
use crate::syntax::mpd::model::{self, MAX_REPRESENTATIONS, Representation};
use crate::syntax::mpd::{schema, xml};

/// A loaded MPD.
#[derive(Debug)]
pub(crate) struct Dash {
    pub(crate) url: Url,
    pub(crate) name: String,
    pub(crate) root: xml::Element,
    /// In the order of [`model::representations`].
    pub(crate) loaded: Vec<Loaded>,
}

/// A Representation's segments.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) addressed: Addressed,
    /// Its track, by number.
    pub(crate) track: Option<usize>,
}

impl Dash {
    /// Nanoseconds of the presentation as declared; `None` in a live one.
    pub(crate) fn duration(&self) -> Option<u64> {
        let declared = self.root.get("mediaPresentationDuration").and_then(xs_duration);
        let of_last = || {
            let (_, last) = model::periods(&self.root).pop()?;
            last.start.checked_add(last.duration?)
        };
        declared.or_else(of_last)
    }

    /// The tracks of each AdaptationSet, by number.
    pub(crate) fn sets(&self) -> Vec<Vec<usize>> {
        let mut sets: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
        for (representation, loaded) in self.representations() {
            sets.entry(representation.set_number).or_default().extend(loaded.track);
        }
        sets.into_values().collect()
    }

    pub(crate) fn periods(&self) -> usize {
        model::periods(&self.root).len()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.root.get("type") == Some("dynamic")
    }

    /// Each Representation with its segments.
    pub(crate) fn representations(&self) -> Vec<(Representation<'_>, &Loaded)> {
        model::representations(&self.root, &self.url).into_iter().zip(&self.loaded).collect()
    }
}

/// Loads the MPD `data` that came from `url`; adds its tracks to `tracks`. `None` when it cannot be read at all.
pub(crate) fn load(
    store: &dyn Store,
    url: &Url,
    data: &[u8],
    tracks: &mut Tracks,
    findings: &mut Findings,
) -> Option<Dash> {
    let name = names::show(url);
    let Ok(text) = std::str::from_utf8(data) else {
        findings.add(&rules::XML, Place::file(&name), "is no UTF-8");
        return None;
    };
    let root = match xml::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let rule = if error.limit { &rules::LIMIT } else { &rules::XML };
            findings.add(rule, Place::line(&name, error.line), error.what);
            return None;
        }
    };
    if root.name != "MPD" || root.get("xmlns") != Some("urn:mpeg:dash:schema:mpd:2011") {
        let text = format!("the document element is {} in '{}'", root.name, root.get("xmlns").unwrap_or_default());
        findings.add(&rules::ROOT, Place::line(&name, root.line), text);
        return None;
    }
    schema::judge(&root, &name, findings);
    steering::judge(&root, url, &name, findings);
    let mut dash = Dash { url: url.clone(), name, root, loaded: Vec::new() };
    let mut loaded = Vec::new();
    let representations = model::representations(&dash.root, url);
    if representations.len() > MAX_REPRESENTATIONS {
        let text = format!("more than {MAX_REPRESENTATIONS} Representations are not read");
        findings.add(&rules::LIMIT, Place::file(&dash.name), text);
    }
    for representation in representations.iter().take(MAX_REPRESENTATIONS) {
        let addressed = addressing::resolve(store, representation, &dash.name, &tracks.room, findings);
        let name = format!("{}#{}", dash.name, representation.id());
        // A live MPD's segments may not be there yet, and its window moves: they are not opened.
        let track = (!addressed.segments.is_empty() && !dash.is_live()).then(|| tracks.add(refs(name, &addressed)));
        loaded.push(Loaded { addressed, track });
    }
    dash.loaded = loaded;
    Some(dash)
}

fn refs(name: String, addressed: &Addressed) -> TrackRefs {
    let init = addressed.init.as_ref().map(|_| 0);
    let segment = |s: &addressing::Named| SegmentAt {
        resource: s.resource.clone(),
        init,
        discontinuity: false,
        encrypted: false,
    };
    let inits = addressed.init.iter().cloned().collect();
    TrackRefs { name, inits, segments: addressed.segments.iter().map(segment).collect() }
}

/// Judges what was loaded; `tracks` are measured.
pub(crate) fn judge(dash: &Dash, tracks: &[Track], findings: &mut Findings) {
    presentation(dash, tracks, findings);
    let representations = dash.representations();
    sets::judge(dash, &representations, tracks, findings);
    for (representation, loaded) in &representations {
        if let Some(track) = loaded.track.and_then(|t| tracks.get(t)) {
            media::judge(dash, representation, &loaded.addressed, track, findings);
        }
    }
}

fn presentation(dash: &Dash, tracks: &[Track], findings: &mut Findings) {
    let place = || Place::line(&dash.name, dash.root.line);
    if dash.is_live() {
        for name in ["availabilityStartTime", "publishTime"].iter().filter(|n| dash.root.get(n).is_none()) {
            findings.add(&rules::DYNAMIC, place(), format!("type=\"dynamic\" without {name}"));
        }
        return;
    }
    if dash.root.get("minimumUpdatePeriod").is_some() {
        findings.add(&rules::DYNAMIC, place(), "a static MPD has minimumUpdatePeriod");
    }
    periods(dash, findings);
    let Some(declared) = dash.duration() else {
        findings.add(
            &rules::DURATION_MISSING,
            place(),
            "has no mediaPresentationDuration, nor a last Period's duration",
        );
        return;
    };
    let ends = dash.loaded.iter().zip(dash.representations()).filter_map(|(loaded, (representation, _))| {
        let track = tracks.get(loaded.track?)?;
        let spans: Option<Vec<u64>> = track.segments.iter().map(|s| Some(s.span()?.1)).collect();
        let length = ticks(spans?.iter().copied().fold(0, u64::saturating_add), track.timescale()?);
        Some(representation.period.start.saturating_add(length))
    });
    if let Some(measured) = ends.max().filter(|m| m.abs_diff(declared) > SECOND / 2) {
        let text = format!("says {}, the media last {}", show(declared), show(measured));
        findings.add(&rules::DURATION, place(), text);
    }
}

fn periods(dash: &Dash, findings: &mut Findings) {
    let all = model::periods(&dash.root);
    if all.is_empty() {
        findings.add(&rules::NO_MEDIA, Place::line(&dash.name, dash.root.line), "has no Period");
    }
    let mut next = Some(0u64);
    for (element, period) in &all {
        let place = || Place::line(&dash.name, element.line);
        if let Some(expected) = next.filter(|n| n.abs_diff(period.start) > SECOND / 1000) {
            let text =
                format!("Period {} starts at {}, expected {}", period.index + 1, show(period.start), show(expected));
            findings.add(&rules::PERIOD_START, place(), text);
        }
        next = period.duration.and_then(|d| period.start.checked_add(d));
        if element.child("AdaptationSet").is_none() {
            findings.add(&rules::NO_MEDIA, place(), "the Period has no AdaptationSet");
        }
    }
    if let Some((last, _)) = all.last().filter(|(e, _)| e.get("duration").is_none()) {
        findings.add(&rules::PERIOD_DURATION, Place::line(&dash.name, last.line), "the last Period has no duration");
    }
}
