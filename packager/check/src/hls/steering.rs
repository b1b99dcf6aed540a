//! Content steering (RFC 8216bis §4.4.6.6): where players start, and that each pathway leads to the same.

use std::collections::{BTreeMap, HashMap};

use crate::report::rules::steering as rules;
use crate::report::{Findings, Place};
use crate::syntax::m3u8::attributes::shorten;
use crate::syntax::m3u8::multivariant::{Multivariant, RenditionKind, Variant};

/// The pathway of variant streams that name none (RFC 8216bis §4.4.6.2).
const UNNAMED: &str = ".";

/// Judges the pathways of `playlist`.
pub(super) fn judge(playlist: &Multivariant, findings: &mut Findings) {
    names(playlist, findings);
    if playlist.steering.is_some() {
        first(playlist, findings);
        streams("variant stream", &playlist.name, &playlist.variants, findings);
        streams("I-frame stream", &playlist.name, &playlist.iframes, findings);
        groups(playlist, findings);
    }
}

fn pathway(variant: &Variant) -> &str {
    variant.pathway.as_deref().unwrap_or(UNNAMED)
}

fn names(playlist: &Multivariant, findings: &mut Findings) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let of_streams = playlist.variants.iter().chain(&playlist.iframes).map(|v| (v.line, &v.pathway));
    let all = playlist.steering.iter().map(|s| (s.line, &s.pathway)).chain(of_streams);
    for (line, id) in all.filter_map(|(line, id)| Some((line, id.as_ref()?))) {
        if id.is_empty() || !id.bytes().all(plain) {
            let text = format!("PATHWAY-ID=\"{}\" is no name of a pathway", shorten(id));
            findings.add(&rules::PATHWAY_ID, Place::line(&playlist.name, line), text);
        }
    }
}

fn first(playlist: &Multivariant, findings: &mut Findings) {
    let Some(steering) = &playlist.steering else { return };
    let place = Place::line(&playlist.name, steering.line);
    match &steering.pathway {
        None => findings.add(&rules::FIRST_MISSING, place, "EXT-X-CONTENT-STEERING has no PATHWAY-ID"),
        Some(id) if !playlist.variants.iter().any(|v| pathway(v) == id) => {
            let text = format!("no variant stream has PATHWAY-ID=\"{}\"", shorten(id));
            findings.add(&rules::FIRST, place, text);
        }
        Some(_) => {}
    }
}

/// Attributes by which a player that chooses among streams tells them apart.
type Described<'a> = (Option<u64>, Option<&'a str>, Option<(u64, u64)>, Option<&'a str>);

fn streams(what: &str, file: &str, streams: &[Variant], findings: &mut Findings) {
    let mut pathways: BTreeMap<&str, (u32, Vec<Described<'_>>)> = BTreeMap::new();
    for stream in streams {
        let described = (stream.bandwidth, stream.codecs.as_deref(), stream.resolution, stream.range.as_deref());
        pathways.entry(pathway(stream)).or_insert((stream.line, Vec::new())).1.push(described);
    }
    for (_, described) in pathways.values_mut() {
        described.sort_unstable();
    }
    let mut pathways = pathways.into_iter();
    let Some((first, (_, expected))) = pathways.next() else { return };
    for (id, (line, described)) in pathways.filter(|(_, (_, described))| *described != expected) {
        let (count, others) = (described.len(), expected.len());
        let differ = "of another BANDWIDTH, CODECS, RESOLUTION or VIDEO-RANGE";
        let differ = if count == others { format!("some {differ} than") } else { format!("not the {others} of") };
        let text = format!("pathway \"{}\" has {count} {what}s, {differ} \"{}\"", shorten(id), shorten(first));
        findings.add(&rules::STREAMS, Place::line(file, line), text);
    }
}

fn groups(playlist: &Multivariant, findings: &mut Findings) {
    let mut owners: HashMap<(RenditionKind, &str), &str> = HashMap::new();
    for variant in &playlist.variants {
        let named = [
            (RenditionKind::Audio, &variant.audio),
            (RenditionKind::Video, &variant.video),
            (RenditionKind::Subtitles, &variant.subtitles),
        ];
        for (kind, group) in named.into_iter().filter_map(|(kind, group)| Some((kind, group.as_deref()?))) {
            let own = pathway(variant);
            let owner = *owners.entry((kind, group)).or_insert(own);
            let mut members = playlist.renditions.iter().filter(|r| r.kind == kind && r.group == group);
            if owner != own && members.any(|r| r.url.is_some()) {
                let (owner, own) = (shorten(owner), shorten(own));
                let text = format!("group \"{group}\" of pathway \"{owner}\" is also that of \"{own}\"");
                findings.add(&rules::GROUPS, Place::line(&playlist.name, variant.line), text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hls::variants;
    use crate::syntax::m3u8::multivariant::read;

    const PLAIN: &str = include_str!("../../../../fixtures/golden/hls/full.m3u8");
    const STEERED: &str = include_str!("../../../../fixtures/golden/hls/steered.m3u8");

    fn broken(text: &str) -> Vec<&'static str> {
        let mut findings = Findings::default();
        let url = url::Url::parse("https://a.example.com/vod/shows/ep-1/index.m3u8").unwrap();
        let playlist = read(text, &url, "index.m3u8", &mut findings);
        judge(&playlist, &mut findings);
        variants::judge(&playlist, &mut findings);
        let mut rules: Vec<_> = findings.all().iter().map(|finding| finding.rule.id).collect();
        rules.dedup();
        rules
    }

    #[test]
    fn what_we_write_is_steered_well() {
        assert_eq!(broken(STEERED), broken(PLAIN));
    }

    #[test]
    fn each_defect_breaks_its_rule() {
        let known = broken(STEERED);
        for (from, to, rule) in [
            (",PATHWAY-ID=\"a\"\n#EXT-X-MEDIA", "\n#EXT-X-MEDIA", Some("hls-steering-first-missing")),
            ("steering\",PATHWAY-ID=\"a\"", "steering\",PATHWAY-ID=\"b-2\"", None),
            ("steering\",PATHWAY-ID=\"a\"", "steering\",PATHWAY-ID=\".\"", Some("hls-steering-first")),
            ("PATHWAY-ID=\"a\"", "PATHWAY-ID=\"a b\"", Some("hls-pathway-id")),
            ("PATHWAY-ID=\"a\"", "PATHWAY-ID=\"\"", Some("hls-pathway-id")),
            ("SERVER-URI=\"https://www", "SERVER-URI=\"https://[", Some("hls-uri")),
            ("SERVER-URI", "X-URI", Some("hls-attribute-missing")),
            ("BANDWIDTH=2066110", "BANDWIDTH=2066111", Some("hls-pathways-differ")),
            ("BANDWIDTH=19701", "BANDWIDTH=19702", Some("hls-pathways-differ")),
            ("AUDIO=\"audio-2ch-b-2\"", "AUDIO=\"audio-2ch-a\"", Some("hls-pathway-group")),
            ("#EXT-X-CONTENT", "#EXT-X-CONTENT-STEERING:SERVER-URI=\"b\"\n#EXT-X-CONTENT", Some("hls-tag-twice")),
        ] {
            let found = broken(&STEERED.replacen(from, to, 1));
            let new: Vec<_> = found.into_iter().filter(|rule| !known.contains(rule)).collect();
            assert!(rule.map_or(new.is_empty(), |rule| new.contains(&rule)), "{to}: {new:?}");
        }
    }

    #[test]
    fn pathways_without_steering_are_none_of_ours() {
        let text = STEERED.replace("#EXT-X-CONTENT", "#EXT-X-OTHER").replacen("BANDWIDTH=2066110", "BANDWIDTH=1", 1);
        assert!(!broken(&text).iter().any(|rule| rule.contains("pathway") || rule.contains("steering")));
    }
}
