//! Declarations that manifests must make of a title's tracks: captions within the video, and audio that describes it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::Title;
use super::source::probe::Described;
use super::source::stream::{Purpose, Stream};
use crate::dash::Dash;
use crate::hls::Hls;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::m3u8::multivariant::{Rendition, RenditionKind};
use crate::syntax::mpd::xml::Element;

/// The start of captions within a video's supplemental information: country and provider of ITU-T T.35, `GA94`, and the
/// type of CEA-608 and CEA-708 (ATSC A/53 part 4 §6.2.3).
pub(crate) const CAPTIONS: &[u8; 8] = b"\xb5\x00\x31GA94\x03";

/// Declarations of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The manifest's.
    name: String,
    /// CEA-608 or CEA-708 within the video.
    captions: bool,
    /// Purposes of its audio.
    purposes: Vec<Purpose>,
}

impl Declared {
    /// By multivariant playlists (RFC 8216bis §4.4.6.1) and MPDs (DASH-IF IOP; ETSI TS 103 285 §6.1.2).
    pub(crate) fn of(hls: &[Hls], dash: &[Dash]) -> Vec<Self> {
        let hls = hls.iter().filter_map(|hls| hls.multivariant.as_ref()).map(|playlist| Self {
            name: playlist.name.clone(),
            captions: playlist.renditions.iter().any(|rendition| rendition.kind == RenditionKind::Captions),
            purposes: playlist.renditions.iter().flat_map(of_rendition).collect(),
        });
        let dash = dash.iter().map(|dash| {
            let periods = || dash.root.children("Period");
            let sets = || periods().flat_map(|period| period.children("AdaptationSet"));
            let is_told = |set: &&Element| says(set, "Accessibility", "urn:scte:dash:cc:", None);
            Self {
                name: dash.name.clone(),
                captions: sets().any(|set| is_told(&set)),
                purposes: sets().flat_map(of_set).collect(),
            }
        });
        hls.chain(dash).collect()
    }
}

/// The purposes of a rendition. HLS has no word for a commentary: it is not chosen unasked.
fn of_rendition(rendition: &Rendition) -> Vec<Purpose> {
    let has = |text: &str| rendition.characteristics.as_ref().is_some_and(|all| all.contains(text));
    let unasked = rendition.default || rendition.autoselect == Some(true);
    let told = [
        (Purpose::Description, has("public.accessibility.describes-video")),
        (Purpose::ClearSpeech, has("public.accessibility.enhances-speech-intelligibility")),
        (Purpose::Commentary, rendition.kind == RenditionKind::Audio && !unasked),
    ];
    told.into_iter().filter(|(_, told)| *told).map(|(purpose, _)| purpose).collect()
}

fn of_set(set: &Element) -> Vec<Purpose> {
    const PURPOSE: &str = "urn:tva:metadata:cs:AudioPurposeCS:2007";
    let role = |value| says(set, "Role", "urn:mpeg:dash:role:2011", Some(value));
    let purpose = |value| says(set, "Accessibility", PURPOSE, Some(value));
    let told = [
        (Purpose::Description, purpose("1") || role("description")),
        (Purpose::ClearSpeech, purpose("2") || role("enhanced-audio-intelligibility")),
        (Purpose::Commentary, role("commentary")),
    ];
    told.into_iter().filter(|(_, told)| *told).map(|(purpose, _)| purpose).collect()
}

/// True if `set` has a descriptor `kind` of a scheme that begins with `scheme`, and of this value.
fn says(set: &Element, kind: &'static str, scheme: &str, value: Option<&str>) -> bool {
    set.children(kind).any(|told| {
        let known = told.get("schemeIdUri").is_some_and(|uri| uri.starts_with(scheme));
        known && value.is_none_or(|value| told.get("value") == Some(value))
    })
}

/// Judges that captions in the video are declared.
pub(crate) fn captions(title: Title<'_>, seen: bool, findings: &mut Findings) {
    for manifest in title.declared.iter().filter(|manifest| seen && !manifest.captions) {
        let text = "the video carries CEA-608 or CEA-708 captions, and nothing is said of them";
        findings.add(&rules::CAPTIONS, Place::file(&manifest.name), text);
    }
}

/// Judges that audio is marked as the source marks it.
pub(crate) fn purposes(title: Title<'_>, source: &Described, findings: &mut Findings) {
    let left_out = |index: u32| {
        let named = format!("track {index} ");
        title.warnings.iter().any(|warning| warning.contains(&named))
    };
    let audio: Vec<&Stream> = source.streams.iter().filter(|stream| stream.is_audio()).collect();
    for purpose in [Purpose::Description, Purpose::ClearSpeech, Purpose::Commentary] {
        let marked = |stream: &&&Stream| stream.purpose() == Some(purpose) && !left_out(stream.index);
        // A commentary by itself is what there is to hear.
        let alone = purpose == Purpose::Commentary && audio.iter().all(|stream| stream.purpose() == Some(purpose));
        let Some(stream) = audio.iter().find(marked).filter(|_| !alone) else { continue };
        for manifest in title.declared.iter().filter(|manifest| !manifest.purposes.contains(&purpose)) {
            let index = stream.index;
            let text = format!("the source's audio track (stream {index}) is {}, no rendition is", purpose.text());
            findings.add(&rules::PURPOSE, Place::file(&manifest.name), text);
        }
    }
}

/// Passes a video's bytes on, and looks for captions in them.
pub(crate) struct Finder<'a, W> {
    to: W,
    /// The last bytes that went by: what is sought may lie across two blocks.
    tail: Vec<u8>,
    found: &'a AtomicBool,
}

impl<'a, W> Finder<'a, W> {
    pub(crate) fn new(to: W, found: &'a AtomicBool) -> Self {
        Self { to, tail: Vec::new(), found }
    }
}

impl<W: Write> Write for Finder<'_, W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.to.write(data)?;
        if !self.found.load(Ordering::Relaxed) {
            self.tail.extend_from_slice(data.get(..written).unwrap_or_default());
            if self.tail.windows(CAPTIONS.len()).any(|bytes| bytes == CAPTIONS) {
                self.found.store(true, Ordering::Relaxed);
            }
            self.tail.drain(..self.tail.len().saturating_sub(CAPTIONS.len() - 1));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_found_across_blocks_and_all_bytes_go_on() {
        for (size, with) in [(1, true), (3, true), (64, true), (64, false)] {
            let mut data = [&[0xb5; 20][..], CAPTIONS, &[3; 20]].concat();
            data[27] = if with { 3 } else { 4 };
            let (found, mut to) = (AtomicBool::new(false), Vec::new());
            let mut finder = Finder::new(&mut to, &found);
            data.chunks(size).for_each(|block| finder.write_all(block).unwrap());
            assert_eq!((found.load(Ordering::Relaxed), to), (with, data));
        }
    }
}
