//! Codec strings (RFC 6381, ISO/IEC 14496-15 annex E), derived from a sample entry.

use super::sample_entry::{AudioConfig, EntryKind, SampleEntry, VideoConfig};

/// The codec string of `entry`; `None` where this reader does not know how its coding spells it.
pub(crate) fn string(entry: &SampleEntry) -> Option<String> {
    let coding = entry.coding;
    match &entry.kind {
        EntryKind::Video(video) => match &video.config {
            VideoConfig::Avc { profile, constraints, level, .. } => {
                Some(format!("{coding}.{profile:02X}{constraints:02X}{level:02X}"))
            }
            VideoConfig::Hevc { profile, .. } => Some(format!("{coding}.{}", hevc(profile))),
            VideoConfig::Av1 { profile, level, tier, bit_depth } => {
                let tier = if *tier == 0 { 'M' } else { 'H' };
                Some(format!("av01.{profile}.{level:02}{tier}.{bit_depth:02}"))
            }
            VideoConfig::Missing | VideoConfig::Other => None,
        },
        EntryKind::Audio(audio) => match &audio.config {
            AudioConfig::Aac(aac) => Some(format!("mp4a.40.{}", aac.object_type)),
            AudioConfig::Esds(object) => Some(format!("mp4a.{object:02X}")),
            AudioConfig::Missing => None,
            AudioConfig::Other => {
                matches!(&coding.0, b"ac-3" | b"ec-3" | b"Opus" | b"fLaC" | b"alac").then(|| coding.to_string())
            }
        },
        EntryKind::Other => matches!(&coding.0, b"wvtt" | b"stpp").then(|| coding.to_string()),
    }
}

/// True if `declared` and `measured` say the same. Letters' case does not count in hexadecimal parts; parts that a
/// string may leave out (AV1's optional tail, HEVC's zero constraint bytes, the object type of `stpp`) do not either.
pub(crate) fn same(declared: &str, measured: &str) -> bool {
    let (declared, measured) = (declared.to_ascii_lowercase(), measured.to_ascii_lowercase());
    if declared == measured {
        return true;
    }
    let family = declared.split('.').next().unwrap_or_default();
    match family {
        "av01" => declared.starts_with(&format!("{measured}.")),
        "stpp" | "wvtt" => measured == family,
        "hvc1" | "hev1" | "dvh1" | "dvhe" => declared.trim_end_matches(".0") == measured.trim_end_matches(".0"),
        _ => false,
    }
}

/// True if `declared` is what `entry` holds. HE-AAC may be signalled implicitly: the sample entry then says AAC-LC at half
/// the rate that is heard (ISO/IEC 14496-3 §1.6.5), which is 48 kHz at most.
pub(crate) fn names(declared: &str, entry: &SampleEntry) -> bool {
    let EntryKind::Audio(audio) = &entry.kind else { return string(entry).is_some_and(|own| same(declared, &own)) };
    let halved = matches!(&audio.config, AudioConfig::Aac(aac) if aac.object_type == 2 && aac.rate <= 24_000);
    let extended = ["mp4a.40.5", "mp4a.40.29"].iter().any(|name| declared.eq_ignore_ascii_case(name));
    halved && extended || string(entry).is_some_and(|own| same(declared, &own))
}

/// ISO/IEC 14496-15 §E.3.
fn hevc(fields: &[u8; 12]) -> String {
    let [head, compatibility @ .., level] = fields;
    let space = ["", "A", "B", "C"][usize::from(head >> 6)];
    let tier = if head & 0x20 == 0 { 'L' } else { 'H' };
    let flags = u32::from_be_bytes([compatibility[0], compatibility[1], compatibility[2], compatibility[3]]);
    let constraints = &compatibility[4..];
    let used = constraints.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    let tail: String = constraints[..used].iter().map(|b| format!(".{b:X}")).collect();
    format!("{space}{}.{:X}.{tier}{level}{tail}", head & 0x1f, flags.reverse_bits())
}

#[cfg(test)]
mod tests {
    use super::super::FourCc;
    use super::super::sample_entry::{Aac, AudioEntry};
    use super::*;

    #[test]
    fn hevc_is_spelt_as_the_annex_says() {
        let main10 = [2, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
        assert_eq!(hevc(&main10), "2.4.L93.B0");
    }

    #[test]
    fn spellings_that_say_the_same_are_the_same() {
        for (declared, measured, expected) in [
            ("avc1.64001F", "avc1.64001f", true),
            ("avc1.640020", "avc1.64001f", false),
            ("avc3.64001f", "avc1.64001f", false),
            ("mp4a.40.5", "mp4a.40.2", false),
            ("mp4a.40.2", "mp4a.40.5", false),
            ("hvc1.2.4.L93.B0", "hvc1.2.4.L93.B0", true),
            ("av01.0.04M.10.0.111.09.16.09.0", "av01.0.04M.10", true),
            ("av01.0.05M.10", "av01.0.04M.10", false),
        ] {
            assert_eq!(same(declared, measured), expected, "{declared} {measured}");
        }
    }

    #[test]
    fn only_half_rates_may_be_more_than_they_say() {
        let entry = |rate: u32| SampleEntry {
            format: FourCc(*b"mp4a"),
            coding: FourCc(*b"mp4a"),
            kind: EntryKind::Audio(AudioEntry {
                config: AudioConfig::Aac(Aac { object_type: 2, rate, channels: 2 }),
                ..AudioEntry::default()
            }),
        };
        assert!(names("mp4a.40.2", &entry(48_000)) && names("mp4a.40.5", &entry(24_000)));
        assert!(!names("mp4a.40.5", &entry(48_000)) && !names("mp4a.40.29", &entry(44_100)));
    }
}
