//! The text of HLS against that of DASH.

use std::collections::{BTreeMap, BTreeSet};

use crate::dash::Dash;
use crate::hls::Hls;
use crate::media::track::{Content, MediaKind, Track};
use crate::report::rules::agreement::compare as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::SECOND;
use crate::syntax::m3u8::multivariant::RenditionKind;

/// A tenth of a second: by less than that one of two files may round otherwise.
const TENTH: i64 = SECOND as i64 / 10;

/// All text of both.
pub(super) struct Texts {
    hls: Vec<Text>,
    dash: Vec<Text>,
}

/// A text that may be chosen.
struct Text {
    language: String,
    forced: bool,
    /// By number.
    track: Option<usize>,
    line: u32,
}

/// Finds it.
pub(super) fn of(hls: &Hls, dash: &Dash) -> Texts {
    let renditions = hls.multivariant.iter().flat_map(|playlist| &playlist.renditions);
    let renditions = renditions.filter(|rendition| rendition.kind == RenditionKind::Subtitles);
    let in_hls = renditions.map(|rendition| Text {
        language: rendition.language.clone().unwrap_or_default(),
        forced: rendition.forced == Some(true),
        track: hls.at(rendition.url.as_ref()).and_then(|loaded| loaded.track),
        line: rendition.line,
    });
    let representations = dash.representations().into_iter().filter(|(representation, _)| representation.is_text());
    let in_dash = representations.map(|(representation, loaded)| Text {
        language: representation.get("lang").unwrap_or_default().to_owned(),
        forced: representation.is_forced(),
        track: loaded.track,
        line: representation.element.line,
    });
    Texts { hls: in_hls.collect(), dash: in_dash.collect() }
}

impl Texts {
    /// True if a track is text, by what the manifests say of it.
    pub(super) fn has(&self, track: usize) -> bool {
        self.hls.iter().chain(&self.dash).any(|text| text.track == Some(track))
    }

    /// Judges that both have the same languages, and show the same in each. Pathways of one playlist name the same again.
    pub(super) fn judge(&self, mpd: &str, tracks: &[Track], findings: &mut Findings) {
        let kinds = |texts: &[Text]| -> BTreeSet<(String, bool)> {
            texts.iter().map(|text| (text.language.clone(), text.forced)).collect()
        };
        let (in_hls, in_dash) = (kinds(&self.hls), kinds(&self.dash));
        if in_hls != in_dash {
            let text = format!("text in DASH: {}, in HLS: {}", told(&in_dash), told(&in_hls));
            findings.add(&rules::TRACKS, Place::file(mpd), text);
        }
        let start = tracks.iter().filter(|track| track.kind() == MediaKind::Video).find_map(Track::starts_at);
        let shown = |text: &Text| tracks.get(text.track?).and_then(|track| shown(track, start.unwrap_or(0)));
        for text in &self.dash {
            let Some(own) = shown(text) else { continue };
            let alike =
                self.hls.iter().filter(|other| (&other.language, other.forced) == (&text.language, text.forced));
            let others: Vec<_> = alike.filter_map(&shown).collect();
            if !others.is_empty() && !others.contains(&own) {
                let told = format!("no text of HLS in '{}' shows its {} cues at their times", text.language, own.len());
                findings.add(&rules::TEXT, Place::line(mpd, text.line), told);
            }
        }
    }
}

fn told(kinds: &BTreeSet<(String, bool)>) -> String {
    let told: Vec<String> = kinds
        .iter()
        .map(|(language, forced)| format!("{language}{}", if *forced { " (forced)" } else { "" }))
        .collect();
    if told.is_empty() { "none".into() } else { told.join(", ") }
}

/// What a track of WebVTT shows when: from and to, tenths of a second, and the words. A cue in several segments, whole in
/// each or cut at their boundaries, is one.
fn shown(track: &Track, media_start: i64) -> Option<BTreeSet<(i64, i64, String)>> {
    let mut by_words: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for segment in &track.segments {
        let Content::Text(vtt) = &segment.content else { return None };
        let shift = vtt.map.map_or(0, |_| vtt.shift().saturating_sub(media_start));
        let at = |time: u64| i64::try_from(time).unwrap_or(i64::MAX).saturating_add(shift);
        for cue in &vtt.cues {
            by_words.entry(&cue.text).or_default().push((at(cue.start), at(cue.end)));
        }
    }
    let mut all = BTreeSet::new();
    for (words, mut times) in by_words {
        times.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (start, end) in times {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        let tenths = |time: i64| time.saturating_add(TENTH / 2).div_euclid(TENTH);
        all.extend(joined.into_iter().map(|(start, end)| (tenths(start), tenths(end), words.to_owned())));
    }
    Some(all)
}
