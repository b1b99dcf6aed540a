//! AdaptationSets: what their Representations have in common.

use std::collections::{HashMap, HashSet};

use super::{Dash, Loaded};
use crate::media::track::{MediaKind, Track};
use crate::report::rules::dash as rules;
use crate::report::{Findings, Place};
use crate::syntax::mpd::model::Representation;

type All<'a> = [(Representation<'a>, &'a Loaded)];

/// Judges the AdaptationSets of `dash`.
pub(super) fn judge(dash: &Dash, all: &All<'_>, tracks: &[Track], findings: &mut Findings) {
    ids(dash, all, findings);
    let sets = all.iter().map(|(r, _)| r.set_number + 1).max().unwrap_or(0);
    let mut kinds: HashMap<(usize, String), usize> = HashMap::new();
    for (representation, _) in first_of_each(all) {
        *kinds.entry((representation.period.index, kind(representation))).or_default() += 1;
    }
    for number in 0..sets {
        let members: Vec<_> = all.iter().filter(|(r, _)| r.set_number == number).collect();
        let Some((first, _)) = members.first() else { continue };
        let several = kinds.get(&(first.period.index, kind(first))).is_some_and(|&n| n > 1);
        described(dash, first, several, findings);
        ways(dash, &members, findings);
        let measured: Vec<&Track> = members.iter().filter_map(|(_, l)| tracks.get(l.track?)).collect();
        aligned(dash, first, &measured, findings);
        starts_with_sap(dash, &members, tracks, findings);
    }
}

fn first_of_each<'a, 'b>(all: &'b All<'a>) -> impl Iterator<Item = &'b (Representation<'a>, &'a Loaded)> {
    let mut seen = HashSet::new();
    all.iter().filter(move |(r, _)| seen.insert(r.set_number))
}

/// `video`, `audio`, …: contentType, else the type of mimeType.
fn kind(representation: &Representation<'_>) -> String {
    let mime = representation.get("mimeType").and_then(|m| m.split('/').next());
    representation.set.get("contentType").or(mime).unwrap_or_default().to_owned()
}

fn ids(dash: &Dash, all: &All<'_>, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (representation, _) in all {
        if !seen.insert((representation.period.index, "Representation", representation.id())) {
            let text = format!("Representation id=\"{}\" stands twice in its Period", representation.id());
            findings.add(&rules::ID_TWICE, Place::line(&dash.name, representation.element.line), text);
        }
    }
    for (representation, _) in first_of_each(all) {
        let Some(id) = representation.set.get("id") else { continue };
        if !seen.insert((representation.period.index, "AdaptationSet", id)) {
            let text = format!("AdaptationSet id=\"{id}\" stands twice in its Period");
            findings.add(&rules::ID_TWICE, Place::line(&dash.name, representation.set.line), text);
        }
    }
}

fn described(dash: &Dash, first: &Representation<'_>, several: bool, findings: &mut Findings) {
    let place = || Place::line(&dash.name, first.set.line);
    let kind = kind(first);
    let language = first.set.get("lang");
    if language.is_none() && matches!(kind.as_str(), "audio" | "text") {
        findings.add(&rules::LANGUAGE_MISSING, place(), format!("{kind} has no lang"));
    }
    if let Some(language) = language.filter(|l| !crate::syntax::language::is_tag(l)) {
        findings.add(&rules::LANGUAGE, place(), format!("lang=\"{language}\" is no language tag"));
    }
    if several && first.set.child("Role").is_none() {
        findings.add(&rules::ROLE, place(), format!("one of several {kind} AdaptationSets, without a Role"));
    }
}

fn ways(dash: &Dash, members: &[&(Representation<'_>, &Loaded)], findings: &mut Findings) {
    let way = |r: &Representation<'_>| {
        let name = r.information.first().map_or("BaseURL", |e| e.name.as_str());
        (name.to_owned(), r.segment_child("SegmentTimeline").is_some())
    };
    let ways: HashSet<_> = members.iter().map(|(r, _)| way(r)).collect();
    if let Some((first, _)) = members.first().filter(|_| ways.len() > 1) {
        let text = format!("{} ways to name segments in one AdaptationSet", ways.len());
        findings.add(&rules::ADDRESSING, Place::line(&dash.name, first.set.line), text);
    }
}

fn aligned(dash: &Dash, first: &Representation<'_>, measured: &[&Track], findings: &mut Findings) {
    let place = || Place::line(&dash.name, first.set.line);
    let claimed = first.set.get("segmentAlignment").is_some_and(|v| v != "false" && v != "0");
    let single_file = first.information.first().is_none_or(|e| e.name == "SegmentBase");
    if !claimed {
        if measured.len() > 1 && !single_file {
            findings.add(&rules::ALIGNMENT_MISSING, place(), "several Representations without segmentAlignment");
        }
        return;
    }
    let mut own = Findings::default();
    if first.get("mimeType").is_none_or(|m| m.starts_with("video")) {
        crate::hls::boundaries(measured, &mut own);
    }
    if let Some(finding) = own.first() {
        let text = format!("segmentAlignment is true: {} {}", finding.place, finding.message);
        findings.add(&rules::ALIGNMENT, place(), text);
    }
}

fn starts_with_sap(dash: &Dash, members: &[&(Representation<'_>, &Loaded)], tracks: &[Track], findings: &mut Findings) {
    for (representation, loaded) in members {
        let place = || Place::line(&dash.name, representation.element.line);
        let Some(track) = loaded.track.and_then(|t| tracks.get(t)).filter(|t| t.kind() == MediaKind::Video) else {
            continue;
        };
        let broken = track.segments.iter().position(|s| s.fragments().first().is_some_and(|f| !f.sync));
        match (representation.get("startWithSAP"), broken) {
            (Some(sap), Some(index)) if sap != "0" => {
                let text = format!("startWithSAP=\"{sap}\", segment {} does not start with a sync sample", index + 1);
                findings.add(&rules::SAP, place(), text);
            }
            (None, None) => findings.add(&rules::SAP_MISSING, place(), "video has no startWithSAP"),
            _ => {}
        }
    }
}
