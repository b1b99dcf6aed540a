//! Rules on init segments.

use crate::media::isobmff::FourCc;
use crate::media::isobmff::init::{Init, TrackInit};
use crate::media::isobmff::sample_entry::{AudioConfig, AudioEntry, EntryKind, SampleEntry, VideoConfig, VideoEntry};
use crate::report::rules::init as rules;
use crate::report::{Findings, Place};

/// Judges an init segment; `data` is its bytes, for the second reader.
pub(crate) fn judge(init: &Init, data: &[u8], place: &Place, findings: &mut Findings) {
    let mut judge = Judge { init, place, findings };
    judge.file();
    for track in &init.tracks {
        judge.track(track);
    }
    crate::media::mp4_reader::compare(init, data, place, findings);
}

struct Judge<'a> {
    init: &'a Init,
    place: &'a Place,
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn add(&mut self, rule: &'static crate::report::rule::Rule, message: impl Into<String>) {
        self.findings.add(rule, self.place.clone(), message);
    }

    fn file(&mut self) {
        let init = self.init;
        if init.brands.is_empty() {
            self.add(&rules::FTYP, "has no ftyp");
        }
        let cmaf = init.has_brand(b"cmfc") || init.has_brand(b"cmf2");
        if !cmaf {
            self.add(&rules::BRAND, format!("brands are {:?}, neither cmfc nor cmf2 is among them", init.brands));
        }
        if cmaf && init.tracks.len() != 1 {
            self.add(&rules::ONE_TRACK, format!("{} tracks, expected 1", init.tracks.len()));
        }
        if let Some(stranger) = init.strangers.iter().find(|b| b.is(b"moof") || b.is(b"mdat")) {
            self.add(&rules::STRANGERS, format!("holds '{stranger}'"));
        }
        if !init.fragmented {
            self.add(&rules::MVEX, "'moov' has no 'mvex'");
        }
    }

    fn track(&mut self, track: &TrackInit) {
        if track.samples > 0 {
            self.add(
                &rules::NO_SAMPLES,
                format!("the sample tables describe {} samples, expected none", track.samples),
            );
        }
        if self.init.fragmented && track.trex.is_none() {
            self.add(&rules::MVEX, format!("'mvex' has no 'trex' for track {}", track.id));
        }
        if track.timescale == 0 {
            self.add(&rules::TIMESCALE, "'mdhd' says timescale 0");
        }
        let Some(entry) = track.entry() else {
            self.add(&rules::ENTRY, "'stsd' has no sample entry");
            return;
        };
        let expected: &[[u8; 4]] = match &entry.kind {
            EntryKind::Video(_) => &[*b"vide", *b"auxv"],
            EntryKind::Audio(_) => &[*b"soun"],
            EntryKind::Other => &[],
        };
        if !expected.is_empty() && !expected.contains(&track.handler) {
            let text = format!("handler {} with sample entry {}", FourCc(track.handler), entry.format);
            self.add(&rules::HANDLER, text);
        }
        match &entry.kind {
            EntryKind::Video(video) => self.video(track, entry, video),
            EntryKind::Audio(audio) => self.audio(track, audio),
            EntryKind::Other => {}
        }
    }

    fn video(&mut self, track: &TrackInit, entry: &SampleEntry, video: &VideoEntry) {
        if [b"avc3", b"hev1", b"dvhe"].iter().any(|code| entry.coding.is(code)) {
            self.add(&rules::OUT_OF_BAND, format!("sample entry '{}'", entry.coding));
        }
        if video.colr.is_none() {
            self.add(&rules::COLR, "the sample entry has no 'colr' of type nclx");
        }
        if video.pasp.is_none() {
            self.add(&rules::PASP, "the sample entry has no 'pasp'");
        }
        if self.init.has_brand(b"cmf2") && !track.edits.is_empty() {
            self.add(&rules::CMF2_EDITS, "has an edit list");
        }
        match &video.config {
            VideoConfig::Missing => self.add(&rules::ENTRY, format!("'{}' has no decoder configuration", entry.format)),
            VideoConfig::Avc { .. } => self.avc(video),
            VideoConfig::Hevc { profile, .. } => {
                let (idc, level) = (profile[0] & 0x1f, profile[11]);
                if !matches!(idc, 1 | 2) || level > 153 {
                    let text = format!("profile {idc}, level {}.{}", level / 30, level % 30 / 3);
                    self.add(&rules::HEVC_LEVEL, text);
                }
            }
            VideoConfig::Av1 { .. } | VideoConfig::Other => {}
        }
        self.video_profile(video);
    }

    fn avc(&mut self, video: &VideoEntry) {
        let VideoConfig::Avc { profile, level, sps, .. } = &video.config else { return };
        let allowed = matches!(profile, 66 | 77 | 88 | 100);
        if !allowed || *level > 52 {
            self.add(&rules::AVC_LEVEL, format!("profile {profile}, level {}.{}", level / 10, level % 10));
        }
        let Some(sps) = sps else {
            // avc3 keeps parameter sets in the samples.
            return;
        };
        if !sps.progressive {
            self.add(&rules::PROGRESSIVE, "the sequence parameter set allows fields (frame_mbs_only_flag is 0)");
        }
        if (sps.width, sps.height) != (u32::from(video.width), u32::from(video.height)) {
            let text = format!(
                "the sample entry says {}x{}, the sequence parameter set {}x{}",
                video.width, video.height, sps.width, sps.height
            );
            self.add(&rules::DIMENSIONS, text);
        }
        if (sps.profile, sps.level) != (*profile, *level) {
            let text = format!(
                "avcC says profile {profile} level {level}, the sequence parameter set {} {}",
                sps.profile, sps.level
            );
            self.add(&rules::CONFIG, text);
        }
        match (sps.colour, video.colr) {
            (None, _) => self.add(&rules::VUI, "the sequence parameter set has no colour description"),
            (Some(inner), Some(outer)) if inner != outer => {
                self.add(&rules::COLR_TRUE, format!("colr says {outer:?}, the sequence parameter set {inner:?}"));
            }
            _ => {}
        }
        if let Some(((a, b), (c, d))) = sps.sar.zip(video.pasp)
            && u64::from(a) * u64::from(d) != u64::from(b) * u64::from(c)
        {
            self.add(&rules::PASP_TRUE, format!("pasp says {c}:{d}, the sequence parameter set {a}:{b}"));
        }
    }

    fn video_profile(&mut self, video: &VideoEntry) {
        let (width, height) = (video.width, video.height);
        for (brand, most) in [(b"cfsd", (864, 576)), (b"cfhd", (1920, 1080))] {
            if self.init.has_brand(brand) && (width > most.0 || height > most.1) {
                let text =
                    format!("brand {} with {width}x{height}, expected at most {}x{}", FourCc(*brand), most.0, most.1);
                self.add(&rules::PROFILE_TRUE, text);
            }
        }
        let avc = matches!(video.config, VideoConfig::Avc { .. });
        let branded = self.init.has_brand(b"cfsd") || self.init.has_brand(b"cfhd") || self.init.has_brand(b"chdf");
        if avc && !branded && width <= 1920 && height <= 1080 {
            self.add(&rules::PROFILE_BRAND, format!("{width}x{height} H.264 has neither brand cfsd nor cfhd"));
        }
    }

    fn audio(&mut self, track: &TrackInit, audio: &AudioEntry) {
        if audio.config == AudioConfig::Missing {
            self.add(&rules::ENTRY, "the audio sample entry has no decoder configuration");
        }
        if !track.loudness {
            self.add(&rules::LOUDNESS, "the track has no 'ludt'");
        }
        let AudioConfig::Aac(aac) = audio.config else { return };
        if !self.init.has_brand(b"caac") {
            self.add(&rules::PROFILE_BRAND, "AAC has no brand caac");
        }
        // Above 65535 Hz the sample entry's field cannot say it (ISO/IEC 14496-12 §12.2.3); HE-AAC may say either rate.
        let he = matches!(aac.object_type, 5 | 29) || audio.rate == 2 * aac.rate;
        if audio.rate != aac.rate && aac.rate <= 65_535 && !he {
            self.add(
                &rules::AAC_TRUE,
                format!("the sample entry says {} Hz, the configuration {}", audio.rate, aac.rate),
            );
        }
        if track.timescale > 0 && !track.timescale.is_multiple_of(aac.rate.max(1)) {
            let text = format!("timescale {}, sampling rate {} Hz", track.timescale, aac.rate);
            self.add(&rules::AUDIO_SCALE, text);
        }
    }
}
