//! Rules of a multivariant playlist by itself: groups, names, languages, the ladder.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::report::rules::hls as rules;
use crate::report::{Findings, Place};
use crate::syntax::m3u8::multivariant::{Multivariant, Rendition, RenditionKind, Variant};

type Groups<'a> = BTreeMap<(RenditionKind, &'a str), Vec<&'a Rendition>>;

/// Judges `playlist`.
pub(super) fn judge(playlist: &Multivariant, findings: &mut Findings) {
    if playlist.variants.is_empty() {
        findings.add(&rules::NO_VARIANTS, Place::file(&playlist.name), "has no EXT-X-STREAM-INF");
    }
    let mut groups: Groups<'_> = BTreeMap::new();
    for rendition in &playlist.renditions {
        groups.entry((rendition.kind, &rendition.group)).or_default().push(rendition);
        judge_rendition(rendition, &playlist.name, findings);
    }
    for ((_, group), members) in &groups {
        judge_group(group, members, &playlist.name, findings);
    }
    same_members(&groups, &playlist.name, findings);
    references(playlist, &groups, findings);
    captions(playlist, findings);
    ladder(playlist, findings);
}

fn judge_rendition(rendition: &Rendition, name: &str, findings: &mut Findings) {
    let place = || Place::line(name, rendition.line);
    let captions = rendition.kind == RenditionKind::Captions;
    match &rendition.language {
        None if rendition.kind != RenditionKind::Video => {
            findings.add(&rules::LANGUAGE_MISSING, place(), format!("'{}' has no LANGUAGE", rendition.name));
        }
        Some(language) if !crate::syntax::language::is_tag(language) => {
            findings.add(&rules::LANGUAGE, place(), format!("LANGUAGE=\"{language}\" is no language tag"));
        }
        _ => {}
    }
    if rendition.default && rendition.autoselect == Some(false) {
        findings.add(&rules::DEFAULT_AUTOSELECT, place(), "DEFAULT=YES with AUTOSELECT=NO");
    }
    if rendition.forced.is_some() && rendition.kind != RenditionKind::Subtitles {
        findings.add(&rules::FORCED_KIND, place(), "FORCED on a rendition that is not SUBTITLES");
    }
    if rendition.kind == RenditionKind::Subtitles && rendition.url.is_none() {
        findings.add(&rules::SUBTITLES_URI, place(), "SUBTITLES without URI");
    }
    if captions && rendition.url.is_some() {
        findings.add(&rules::SUBTITLES_URI, place(), "CLOSED-CAPTIONS with URI");
    }
    let instream = rendition.instream.as_deref();
    let valid = instream.is_some_and(|id| {
        let number = |prefix: &str, most: u32| {
            let number = id.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok());
            number.is_some_and(|n| (1..=most).contains(&n))
        };
        number("CC", 4) || number("SERVICE", 63)
    });
    if captions != instream.is_some() || (captions && !valid) {
        let text = format!("INSTREAM-ID is {}", instream.unwrap_or("missing"));
        findings.add(&rules::INSTREAM, place(), text);
    }
    if rendition.kind == RenditionKind::Audio && rendition.channels.is_none() {
        findings.add(&rules::CHANNELS_MISSING, place(), format!("'{}' has no CHANNELS", rendition.name));
    }
}

fn judge_group(group: &str, members: &[&Rendition], name: &str, findings: &mut Findings) {
    let mut names = HashSet::new();
    for member in members {
        if !names.insert(&member.name) {
            let text = format!("NAME=\"{}\" stands twice in group \"{group}\"", member.name);
            findings.add(&rules::NAME_TWICE, Place::line(name, member.line), text);
        }
    }
    let defaults: Vec<&&Rendition> = members.iter().filter(|m| m.default).collect();
    if let [first, .., last] = defaults.as_slice() {
        let text = format!(
            "{} renditions of group \"{group}\" have DEFAULT=YES (first in line {}), expected at most 1",
            defaults.len(),
            first.line
        );
        findings.add(&rules::DEFAULT_TWICE, Place::line(name, last.line), text);
    }
}

fn same_members(groups: &Groups<'_>, name: &str, findings: &mut Findings) {
    for kind in [RenditionKind::Audio, RenditionKind::Video, RenditionKind::Subtitles] {
        let members = |renditions: &[&Rendition]| -> BTreeSet<(String, Option<String>, bool)> {
            renditions.iter().map(|r| (r.name.clone(), r.language.clone(), r.default)).collect()
        };
        let mut of_kind = groups.iter().filter(|((k, _), _)| *k == kind);
        let Some(((_, first), reference)) = of_kind.next() else { continue };
        let expected = members(reference);
        for ((_, group), renditions) in of_kind {
            if members(renditions) != expected {
                let line = renditions.first().map_or(0, |r| r.line);
                let text = format!("group \"{group}\" has other NAMEs, LANGUAGEs or DEFAULTs than \"{first}\"");
                findings.add(&rules::GROUPS_DIFFER, Place::line(name, line), text);
            }
        }
    }
}

fn references(playlist: &Multivariant, groups: &Groups<'_>, findings: &mut Findings) {
    let named = |v: &Variant| {
        [
            (RenditionKind::Audio, v.audio.clone()),
            (RenditionKind::Video, v.video.clone()),
            (RenditionKind::Subtitles, v.subtitles.clone()),
            (RenditionKind::Captions, v.captions.clone().filter(|c| c != "NONE")),
        ]
    };
    let mut used = HashSet::new();
    let mut seen = HashSet::new();
    for variant in &playlist.variants {
        for (kind, group) in named(variant) {
            let Some(group) = group else { continue };
            if !groups.contains_key(&(kind, group.as_str())) {
                let text = format!("there is no EXT-X-MEDIA of this type with GROUP-ID=\"{group}\"");
                findings.add(&rules::GROUP, Place::line(&playlist.name, variant.line), text);
            }
            used.insert((kind, group));
        }
        if !seen.insert((variant.url.as_ref(), named(variant), &variant.pathway)) {
            let text = "the same URI with the same groups stood before";
            findings.add(&rules::VARIANT_TWICE, Place::line(&playlist.name, variant.line), text);
        }
    }
    for ((kind, group), members) in groups {
        if !used.contains(&(*kind, (*group).to_owned())) {
            let line = members.first().map_or(0, |m| m.line);
            let text = format!("group \"{group}\" is named by no variant stream");
            findings.add(&rules::GROUP_UNUSED, Place::line(&playlist.name, line), text);
        }
    }
}

fn captions(playlist: &Multivariant, findings: &mut Findings) {
    let none = |v: &&Variant| v.captions.as_deref() == Some("NONE");
    let Some(variant) = playlist.variants.iter().find(none) else { return };
    let place = Place::line(&playlist.name, variant.line);
    let without = playlist.variants.iter().filter(|v| !none(v)).count();
    if without > 0 {
        let text = format!("CLOSED-CAPTIONS=NONE here, {without} other variants do not say so");
        findings.add(&rules::CAPTIONS_NONE, place, text);
    } else if playlist.renditions.iter().any(|r| r.kind == RenditionKind::Captions) {
        findings.add(&rules::CAPTIONS_NONE, place, "CLOSED-CAPTIONS=NONE, yet there are caption renditions");
    }
}

fn ladder(playlist: &Multivariant, findings: &mut Findings) {
    // Each pathway has the whole ladder; that they are alike is judged elsewhere.
    let pathway = playlist.variants.first().and_then(|v| v.pathway.as_ref());
    let of_one = playlist.variants.iter().filter(|v| v.pathway.as_ref() == pathway);
    let video: Vec<&Variant> = of_one.filter(|v| v.resolution.is_some()).collect();
    aspects(playlist, &video, findings);
    let top = video.iter().filter_map(|v| v.resolution).max_by_key(|(w, h)| w.saturating_mul(*h));
    let at_top: BTreeSet<_> = video.iter().filter(|v| v.resolution == top).map(|v| &v.url).collect();
    let high_definition = top.is_some_and(|(width, height)| width.min(height) >= 720);
    if high_definition && at_top.len() == 1 && video.len() > 1 {
        let (width, height) = top.unwrap_or_default();
        let text = format!("one variant at the top resolution {width}x{height}, expected two");
        findings.add(&rules::TOP_TWO, Place::file(&playlist.name), text);
    }
    let rate = |v: &Variant| v.average.or(v.bandwidth).unwrap_or(0);
    let nearest = video.iter().min_by_key(|v| rate(v).abs_diff(2_000_000));
    if let Some((first, nearest)) = video.first().zip(nearest)
        && rate(first).abs_diff(2_000_000) > rate(nearest).abs_diff(2_000_000)
    {
        let text = format!("the first variant has {} b/s, {} is nearer to 2000 kb/s", rate(first), rate(nearest));
        findings.add(&rules::FIRST, Place::line(&playlist.name, first.line), text);
    }
}

/// One shape: another size may differ by what rounding each side to even numbers makes, two pixels at most.
fn aspects(playlist: &Multivariant, video: &[&Variant], findings: &mut Findings) {
    let shape = |v: &&&Variant| v.resolution.filter(|(w, h)| *w > 0 && *h > 0);
    let Some((width, height)) = video.iter().filter_map(|v| shape(&v)).max_by_key(|(w, h)| w.saturating_mul(*h)) else {
        return;
    };
    for variant in video {
        let Some((w, h)) = shape(&variant) else { continue };
        let expected = u128::from(h) * u128::from(width) / u128::from(height);
        let off = u128::from(w).abs_diff(expected);
        // Two rows of rounding are worth 2 × width / height columns.
        let allowed = 2 + 2 * u128::from(width) / u128::from(height);
        if off > allowed {
            let text = format!("{w}x{h} has another shape than {width}x{height}: {expected} columns expected");
            findings.add(&rules::ASPECT, Place::line(&playlist.name, variant.line), text);
        }
    }
}
