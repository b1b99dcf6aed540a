//! A Representation against its media.

use super::Dash;
use crate::media::isobmff::codec;
use crate::media::isobmff::sample_entry::{AudioConfig, AudioEntry, EntryKind, VideoEntry};
use crate::media::track::{MediaKind, Track};
use crate::report::rule::Rule;
use crate::report::rules::dash as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::{SECOND, show, ticks, xs_duration};
use crate::syntax::mpd::addressing::Addressed;
use crate::syntax::mpd::model::Representation;

/// Judges a Representation with its segments `addressed`, which are `track`.
pub(super) fn judge(
    dash: &Dash,
    representation: &Representation<'_>,
    addressed: &Addressed,
    track: &Track,
    findings: &mut Findings,
) {
    let mut judge = Judge { dash, representation, addressed, track, findings };
    judge.types();
    judge.times();
    judge.bandwidth();
    match track.track().and_then(|t| t.entry()).map(|e| &e.kind) {
        Some(EntryKind::Video(video)) => judge.video(video),
        Some(EntryKind::Audio(audio)) => judge.audio(audio),
        _ => {}
    }
}

struct Judge<'a> {
    dash: &'a Dash,
    representation: &'a Representation<'a>,
    addressed: &'a Addressed,
    track: &'a Track,
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn add(&mut self, rule: &'static Rule, message: impl Into<String>) {
        let place = Place::line(&self.dash.name, self.representation.element.line);
        self.findings.add(rule, place, message);
    }

    fn types(&mut self) {
        let expected = match self.track.kind() {
            MediaKind::Video => Some("video/mp4"),
            MediaKind::Audio => Some("audio/mp4"),
            // Without an init segment it is WebVTT as it stands; in MP4 there are other types.
            MediaKind::Text if self.track.init().is_none() => Some("text/vtt"),
            MediaKind::Text | MediaKind::Other => None,
        };
        match (self.representation.get("mimeType"), expected) {
            (None, _) => self.add(&rules::MIME, "has no mimeType"),
            (Some(declared), Some(expected)) if declared != expected => {
                self.add(&rules::MIME, format!("mimeType is {declared}, the media are {expected}"));
            }
            _ => {}
        }
        let entry = self.track.track().and_then(|t| t.entry());
        let measured = entry.and_then(codec::string);
        match (self.representation.get("codecs").map(str::to_owned), measured) {
            (None, Some(measured)) => {
                self.add(&rules::CODECS_MISSING, format!("has no codecs, the media are {measured}"));
            }
            (Some(declared), Some(measured)) if !entry.is_some_and(|entry| codec::names(&declared, entry)) => {
                self.add(&rules::CODECS, format!("codecs is {declared}, the media are {measured}"));
            }
            _ => {}
        }
    }

    /// Segment by segment: where the MPD says that it starts and how long it lasts.
    fn times(&mut self) {
        let has_media_times = self.representation.information.first().is_some_and(|e| e.name != "SegmentBase");
        if has_media_times && self.representation.segment_attribute("timescale").is_none() {
            self.add(&rules::TIMESCALE, "the segment information has no timescale");
        }
        let Some(scale) = self.track.timescale() else { return };
        let named_scale = self.addressed.timescale;
        let segments = self.addressed.segments.iter().zip(&self.track.segments).enumerate();
        for (index, (named, measured)) in segments.filter(|(_, (named, _))| named.duration > 0) {
            let Some((time, duration)) = measured.span() else { break };
            let shift = self.track.track().map_or(0, |t| t.edit_shift());
            let earliest = measured.fragments().first().map_or(0, |f| f.earliest);
            // MPDs count presentation times; many packagers write decode times, the same but for a constant. An edit
            // list takes its part away from the first segment.
            let (time, length) = (i128::from(time), i128::from(duration));
            let edited = i128::from(earliest) - i128::from(shift);
            let ways =
                [(time, length), (i128::from(earliest), length), (edited.max(0), edited + length - edited.max(0))];
            let declared = (i128::from(named.time), i128::from(named.duration));
            let rescaled = |ticks: i128| ticks * i128::from(named_scale);
            let holds = ways.iter().any(|&(start, lasts)| {
                declared.0 * i128::from(scale) == rescaled(start) && declared.1 * i128::from(scale) == rescaled(lasts)
            });
            let time = u64::try_from(time).unwrap_or(0);
            let off = ticks(named.time, named_scale).abs_diff(ticks(time, scale));
            // Nominal durations may be off by half a segment (ISO/IEC 23009-1 §7.2.1).
            let nominal = ticks(named.duration, named_scale) / 2;
            let wrong = if self.addressed.exact { !holds } else { off > nominal };
            if wrong {
                let text = format!(
                    "segment {}: the MPD says {} for {}, the media start at {} and last {}",
                    index + 1,
                    show(ticks(named.time, named_scale)),
                    show(ticks(named.duration, named_scale)),
                    show(ticks(time, scale)),
                    show(ticks(duration, scale)),
                );
                self.add(&rules::TIMELINE_TRUE, text);
                break;
            }
        }
        self.period_bounds();
    }

    /// The first segment stands at the Period's start, none wholly outside.
    fn period_bounds(&mut self) {
        let scale = self.addressed.timescale;
        let offset = self.representation.segment_integer("presentationTimeOffset").unwrap_or(0);
        let Some(first) = self.addressed.segments.first().filter(|s| s.duration > 0) else { return };
        let off = ticks(first.time, scale).abs_diff(ticks(offset, scale));
        if self.addressed.exact && off > SECOND / 2 {
            let text = format!(
                "the first segment is at {}, presentationTimeOffset at {}",
                show(ticks(first.time, scale)),
                show(ticks(offset, scale))
            );
            self.add(&rules::OFFSET, text);
        }
        let Some(length) = self.representation.period.duration else { return };
        let end = ticks(offset, scale).saturating_add(length);
        let outside =
            |s: &&crate::syntax::mpd::addressing::Named| ticks(s.time, scale) >= end.saturating_add(SECOND / 1000);
        if let Some(segment) = self.addressed.segments.iter().find(outside) {
            let text =
                format!("a segment starts at {}, the Period ends at {}", show(ticks(segment.time, scale)), show(end));
            self.add(&rules::TIMELINE_UNUSED, text);
        }
    }

    /// §5.3.5.2: with `bandwidth` b, whoever starts at any segment and waits for minBufferTime × b bits never runs dry.
    /// Over segments i to j that means: their bits ≤ b × (minBufferTime + their duration).
    fn bandwidth(&mut self) {
        let Some(declared) = self.representation.bandwidth() else { return };
        let buffer = self.dash.root.get("minBufferTime").and_then(xs_duration).unwrap_or(0);
        let scale = self.track.timescale().unwrap_or(1);
        let measured: Option<Vec<(u64, u64)>> =
            self.track.segments.iter().map(|s| Some((s.bytes?, ticks(s.span().map(|(_, d)| d)?, scale)))).collect();
        let Some(segments) = measured else { return };
        let allowed = i128::from(declared) * i128::from(buffer);
        let (mut excess, mut worst) = (0i128, 0i128);
        for &(bytes, nanos) in &segments {
            // In bits × nanoseconds a second.
            let more = i128::from(bytes) * 8 * i128::from(SECOND) - i128::from(declared) * i128::from(nanos);
            excess = (excess + more).max(more);
            worst = worst.max(excess);
        }
        // One per cent, as for HLS.
        if worst > allowed + allowed / 100 + i128::from(declared) * i128::from(SECOND) / 100 {
            let needed = i128::from(declared) + (worst - allowed) / i128::from(buffer.max(SECOND));
            let text = format!(
                "bandwidth is {declared} b/s with minBufferTime {}, about {needed} b/s is needed",
                show(buffer)
            );
            self.add(&rules::BANDWIDTH_LOW, text);
        }
        let rate =
            |&(bytes, nanos): &(u64, u64)| (u128::from(bytes) * 8 * u128::from(SECOND)).checked_div(u128::from(nanos));
        let peak = segments.iter().filter_map(rate).max().unwrap_or(0);
        if u128::from(declared) * 100 > peak * 110 {
            self.add(
                &rules::BANDWIDTH_HIGH,
                format!("bandwidth is {declared} b/s, the largest segment's rate {peak} b/s"),
            );
        }
    }

    fn video(&mut self, video: &VideoEntry) {
        let get = |name: &str| self.representation.get(name).map(str::to_owned);
        let size = (get("width"), get("height"));
        match (&size.0, &size.1) {
            (Some(w), Some(h)) => {
                let declared = (w.parse().ok(), h.parse().ok());
                if declared != (Some(video.width), Some(video.height)) {
                    self.add(&rules::SIZE, format!("says {w}x{h}, the video is {}x{}", video.width, video.height));
                }
            }
            _ => self.add(&rules::SIZE_MISSING, "video has no width or height"),
        }
        self.frame_rate();
        match (self.representation.get("sar").and_then(|s| s.split_once(':')), video.pasp) {
            (None, _) => self.add(&rules::SAR_MISSING, "video has no sar"),
            (Some((a, b)), Some((c, d))) => {
                let (a, b) = (a.parse::<u64>().unwrap_or(0), b.parse::<u64>().unwrap_or(0));
                if a.checked_mul(d.into()) != b.checked_mul(c.into()) {
                    self.add(&rules::SAR, format!("sar is {a}:{b}, pasp says {c}:{d}"));
                }
            }
            _ => {}
        }
    }

    fn frame_rate(&mut self) {
        let Some(text) = self.representation.get("frameRate").map(str::to_owned) else {
            self.add(&rules::FRAME_RATE_MISSING, "video has no frameRate");
            return;
        };
        let (num, den) = text.split_once('/').unwrap_or((&text, "1"));
        let (num, den) = (num.parse::<u64>().unwrap_or(0), den.parse::<u64>().unwrap_or(1).max(1));
        let declared = num.saturating_mul(1000) / den;
        let Some(measured) = crate::hls::measured_rate(self.track) else { return };
        if declared.abs_diff(measured) > 10 {
            let text = format!("frameRate is {text}, the video has {}.{:03}", measured / 1000, measured % 1000);
            self.add(&rules::FRAME_RATE, text);
        }
    }

    fn audio(&mut self, audio: &AudioEntry) {
        let element = self.representation.element.child("AudioChannelConfiguration");
        let configuration = element.or_else(|| self.representation.set.child("AudioChannelConfiguration"));
        let aac = if let AudioConfig::Aac(aac) = audio.config { Some(aac) } else { None };
        match configuration {
            None => self.add(&rules::CHANNELS_MISSING, "audio has no AudioChannelConfiguration"),
            Some(configuration) => {
                // The one scheme whose value is a number of channels; ChannelConfiguration of 23091-3 is one up to 6.
                let scheme = configuration.get("schemeIdUri").unwrap_or_default();
                let counts = scheme == "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
                    || scheme == "urn:mpeg:mpegB:cicp:ChannelConfiguration";
                let value = configuration.get("value").and_then(|v| v.parse::<u8>().ok());
                let value = value.map(|value| match value {
                    7 | 12 | 14 => 8,
                    11 => 7,
                    count => count,
                });
                let measured = aac.filter(|a| a.object_type == 2 && a.channels > 0).map(|a| a.channels);
                if let Some((declared, measured)) = value.zip(measured).filter(|(d, m)| counts && d != m) {
                    self.add(&rules::CHANNELS, format!("says {declared} channels, the audio has {measured}"));
                }
            }
        }
        let declared = self.representation.get("audioSamplingRate").and_then(|r| r.parse::<u32>().ok());
        match (declared, aac) {
            (None, _) => self.add(&rules::RATE_MISSING, "audio has no audioSamplingRate"),
            (Some(declared), Some(aac)) if declared != aac.rate && declared != 2 * aac.rate => {
                self.add(&rules::RATE, format!("audioSamplingRate is {declared}, the audio has {}", aac.rate));
            }
            _ => {}
        }
    }
}
