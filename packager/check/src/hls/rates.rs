//! Bandwidths, measured (RFC 8216bis §4.1, §4.4.6.2).

use super::Hls;
use crate::media::track::Track;
use crate::report::rule::Rule;
use crate::report::rules::hls as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::SECOND;
use crate::syntax::m3u8::media::MediaPlaylist;
use crate::syntax::m3u8::multivariant::{Multivariant, Rendition, RenditionKind, Variant};

/// Runs longer than this many segments are not looked at: the target duration bounds them far below.
const MAX_RUN: usize = 2_000;

/// Bits a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) peak: u64,
    pub(super) average: u64,
}

/// The measured rates of segments given as bytes and nanoseconds; `target` in nanoseconds.
///
/// §4.1: the peak is the largest rate of any contiguous set of segments that lasts 0.5 to 1.5 target durations. Where
/// no set does, the largest of any one segment.
pub(super) fn measure(segments: &[(u64, u64)], target: u64) -> Option<Rates> {
    let (low, high) = (target / 2, target.saturating_add(target / 2));
    let mut peak = 0;
    for start in 0..segments.len() {
        let (mut bytes, mut nanos) = (0u64, 0u64);
        for &(more, time) in segments.iter().skip(start).take(MAX_RUN) {
            bytes = bytes.saturating_add(more);
            nanos = nanos.saturating_add(time);
            if nanos > high {
                break;
            }
            if nanos >= low {
                peak = peak.max(rate(bytes, nanos)?);
            }
        }
    }
    if peak == 0 {
        peak = segments.iter().filter_map(|&(bytes, nanos)| rate(bytes, nanos)).max()?;
    }
    let bytes = segments.iter().map(|s| s.0).fold(0, u64::saturating_add);
    let nanos = segments.iter().map(|s| s.1).fold(0, u64::saturating_add);
    Some(Rates { peak, average: rate(bytes, nanos)? })
}

fn rate(bytes: u64, nanos: u64) -> Option<u64> {
    let bits = u128::from(bytes) * 8 * u128::from(SECOND);
    u64::try_from(bits.checked_div(u128::from(nanos))?).ok()
}

/// A playlist's rates over its measured segments; `None` when one could not be had.
pub(super) fn of_playlist(playlist: &MediaPlaylist, track: &Track) -> Option<Rates> {
    let pairs = playlist.segments.iter().zip(&track.segments);
    let segments: Option<Vec<(u64, u64)>> = pairs.map(|(s, m)| Some((m.bytes?, s.duration))).collect();
    measure(&segments?, playlist.target?.saturating_mul(SECOND))
}

/// Judges each variant stream's rates.
pub(super) fn judge(hls: &Hls, multivariant: &Multivariant, tracks: &[Track], findings: &mut Findings) {
    let of = |url: Option<&url::Url>| -> Option<(Rates, bool)> {
        let loaded = hls.at(url)?;
        let rates = of_playlist(&loaded.playlist, tracks.get(loaded.track?)?)?;
        Some((rates, loaded.playlist.finished()))
    };
    for variant in &multivariant.variants {
        // §4.4.6.2: the exact rule is for presentations whose segments have all been made.
        let Some((own, true)) = of(variant.url.as_ref()) else { continue };
        let Some(sum) = with_renditions(own, variant, &multivariant.renditions, |r| of(r.url.as_ref()).map(|o| o.0))
        else {
            continue;
        };
        let place = || Place::line(&multivariant.name, variant.line);
        if let Some(declared) = variant.bandwidth {
            let rules = [&rules::BANDWIDTH_LOW, &rules::BANDWIDTH_HIGH, &rules::BANDWIDTH_EXACT];
            compare(rules, ("BANDWIDTH", declared, "peak", sum.peak), &place(), findings);
        }
        match variant.average {
            Some(declared) => {
                let rules = [&rules::AVERAGE_LOW, &rules::AVERAGE_HIGH, &rules::AVERAGE_EXACT];
                compare(rules, ("AVERAGE-BANDWIDTH", declared, "average", sum.average), &place(), findings);
            }
            None => findings.add(&rules::AVERAGE_MISSING, place(), "has no AVERAGE-BANDWIDTH"),
        }
        if sum.peak > sum.average.saturating_mul(2) {
            let text = format!("peak {} b/s, average {} b/s: expected at most twice", sum.peak, sum.average);
            findings.add(&rules::PEAK_RATIO, place(), text);
        }
    }
}

/// Adds the largest rendition of each group that plays with the variant. `None` when one could not be measured.
fn with_renditions(
    own: Rates,
    variant: &Variant,
    renditions: &[Rendition],
    of: impl Fn(&Rendition) -> Option<Rates>,
) -> Option<Rates> {
    let mut sum = own;
    for (kind, group) in
        [(RenditionKind::Audio, variant.audio.as_ref()), (RenditionKind::Subtitles, variant.subtitles.as_ref())]
    {
        let members = renditions.iter().filter(|r| r.kind == kind && Some(&r.group) == group);
        // A rendition without a URI, or with the variant's own, is in the variant's segments already.
        let apart = members.clone().filter(|r| r.url.is_some() && r.url != variant.url);
        let rates = apart.map(&of).collect::<Option<Vec<_>>>()?;
        let peak = rates.iter().map(|r| r.peak).max().unwrap_or(0);
        let average = rates.iter().map(|r| r.average).max().unwrap_or(0);
        // Where the variant is itself one of the group, as in a presentation of audio alone, another plays instead of it.
        sum = if members.clone().any(|r| r.url.is_some() && r.url == variant.url) {
            Rates { peak: sum.peak.max(peak), average: sum.average.max(average) }
        } else {
            Rates { peak: sum.peak + peak, average: sum.average + average }
        };
    }
    Some(sum)
}

/// Judges a declared rate by three rules: too low (1 %), too high (10 %), not exact (1 %).
pub(super) fn compare(
    [low, high, exact]: [&'static Rule; 3],
    (name, declared, of, measured): (&str, u64, &str, u64),
    place: &Place,
    findings: &mut Findings,
) {
    let percent = |p: u64| u64::try_from(u128::from(measured) * u128::from(p) / 100).unwrap_or(u64::MAX);
    let rule = if declared < percent(99) {
        low
    } else if declared > percent(110) {
        high
    } else if declared > percent(101) {
        exact
    } else {
        return;
    };
    let off = (u128::from(declared.abs_diff(measured)) * 1000).checked_div(u128::from(measured)).unwrap_or(0);
    let side = if declared < measured { "below" } else { "above" };
    let text = format!("{name} is {declared} b/s, measured {of} {measured} b/s: {}.{} % {side}", off / 10, off % 10);
    findings.add(rule, place.clone(), text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_over_half_to_one_and_a_half_target_durations() {
        let s = SECOND;
        for (segments, peak, average) in [
            (vec![(750_000, 6 * s), (1_500_000, 6 * s), (750_000, 6 * s)], 2_000_000, 1_333_333),
            // The last segment alone is too short to count; with the one before it, it does.
            (vec![(750_000, 6 * s), (1_000_000, 2 * s)], 1_750_000, 1_750_000),
            // Nothing lasts half a target duration.
            (vec![(125_000, 2 * s)], 500_000, 500_000),
        ] {
            assert_eq!(measure(&segments, 6 * s), Some(Rates { peak, average }), "{segments:?}");
        }
    }
}
