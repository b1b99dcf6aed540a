//! HLS and DASH of one presentation, against each other.

use std::collections::BTreeSet;

use super::texts;
use crate::dash::Dash;
use crate::hls::Hls;
use crate::media::isobmff::codec;
use crate::media::track::Track;
use crate::report::rules::agreement::compare as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show};

/// Judges both together: they must name the same tracks, made of the same segments.
pub(crate) fn judge(hls: &Hls, dash: &Dash, tracks: &[Track], findings: &mut Findings) {
    let place = || Place::file(&dash.name);
    // Text may be in segments here and in one file there.
    let texts = texts::of(hls, dash);
    let in_hls: BTreeSet<usize> = hls.regular().filter_map(|l| l.track).filter(|t| !texts.has(*t)).collect();
    let in_dash: BTreeSet<usize> = dash.loaded.iter().filter_map(|l| l.track).filter(|t| !texts.has(*t)).collect();
    if in_hls.len() != in_dash.len() {
        let text = format!("{} tracks in DASH, {} in HLS", in_dash.len(), in_hls.len());
        findings.add(&rules::TRACKS, place(), text);
    }
    for track in in_dash.difference(&in_hls).filter_map(|&t| tracks.get(t)) {
        let text = format!("{} is made of files that no playlist of HLS names in this order", track.name);
        findings.add(&rules::SEGMENTS, place(), text);
    }
    let longest = hls.regular().map(|l| l.playlist.duration()).max();
    if let Some((own, other)) = dash.duration().zip(longest).filter(|(a, b)| a.abs_diff(*b) > SECOND / 2) {
        findings.add(&rules::DURATION, place(), format!("lasts {}, HLS {}", show(own), show(other)));
    }
    strings(hls, dash, findings);
    texts.judge(&dash.name, tracks, findings);
}

fn strings(hls: &Hls, dash: &Dash, findings: &mut Findings) {
    let Some(multivariant) = &hls.multivariant else { return };
    for (representation, loaded) in dash.representations() {
        let Some(track) = loaded.track else { continue };
        let place = || Place::line(&dash.name, representation.element.line);
        let plays = |url: Option<&url::Url>| hls.at(url).is_some_and(|l| l.track == Some(track));
        let variant = multivariant.variants.iter().find(|v| plays(v.url.as_ref()));
        let in_hls = variant.and_then(|v| v.codecs.as_ref());
        if let Some((own, all)) = representation.get("codecs").zip(in_hls)
            && !all.split(',').any(|c| codec::same(c.trim(), own))
        {
            findings.add(&rules::CODECS, place(), format!("codecs is {own}, HLS says {all}"));
        }
        let rendition = multivariant.renditions.iter().find(|r| plays(r.url.as_ref()));
        let language = rendition.and_then(|r| r.language.as_deref());
        if let Some((own, other)) = representation.set.get("lang").zip(language).filter(|(a, b)| a != b) {
            findings.add(&rules::LANGUAGES, place(), format!("lang is {own}, HLS says {other}"));
        }
    }
}
