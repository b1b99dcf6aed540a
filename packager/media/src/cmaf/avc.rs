//! H.264's decoder configuration, and the kind of a sample's picture.

use super::fields::{Fields, Parsed};

/// What is read from an `avcC` (ISO/IEC 14496-15 §5.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AvcConfig {
    pub profile: u8,
    pub compatibility: u8,
    /// Ten times the level.
    pub level: u8,
    /// Bytes of a NAL unit's length.
    pub length_size: usize,
}

impl AvcConfig {
    pub(super) fn parse(avcc: &[u8]) -> Parsed<Self> {
        let mut fields = Fields(avcc);
        let version = fields.u8()?;
        if version != 1 {
            return Err(format!("has an avcC of version {version} instead of 1"));
        }
        let (profile, compatibility, level) = (fields.u8()?, fields.u8()?, fields.u8()?);
        let length_size = usize::from(fields.u8()? & 3) + 1;
        Ok(Self { profile, compatibility, level, length_size })
    }

    /// RFC 6381 §3.3.
    pub(super) fn codecs(self) -> String {
        format!("avc1.{:02x}{:02x}{:02x}", self.profile, self.compatibility, self.level)
    }

    /// True if the first slice of a sample, of which `start` is known, belongs to an IDR picture (ISO/IEC 14496-10
    /// §7.4.1.2.4). Parameter sets, SEI and delimiters may stand before it.
    pub(super) fn is_idr(self, start: &[u8]) -> bool {
        const IDR: u8 = 5;
        const NON_IDR_SLICES: std::ops::RangeInclusive<u8> = 1..=4;
        let mut rest = start;
        while let Some((length, after)) = rest.split_at_checked(self.length_size) {
            let length = length.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
            match after.first().map(|header| header & 0x1f) {
                Some(IDR) => return true,
                Some(kind) if !NON_IDR_SLICES.contains(&kind) => rest = after.get(length..).unwrap_or_default(),
                _ => return false,
            }
        }
        false
    }
}

/// The build that a stream of x264's names in its first access unit, such as `x264 - core 164 r3095 baee400`: the user
/// data of an SEI message (Rec. ITU-T H.264 §D.1.7), which goes on with ` - H.264/MPEG-4 AVC codec - …`.
#[must_use]
pub fn encoder(access_unit: &[u8]) -> Option<String> {
    const BEGINNING: &[u8] = b"x264 - core ";
    const LONGEST: usize = 100;
    let at = access_unit.windows(BEGINNING.len()).position(|bytes| bytes == BEGINNING)?;
    let text: String = access_unit.get(at..)?.iter().take(LONGEST).map(|byte| char::from(*byte)).collect();
    let (build, _) = text.split_once(" - H.264")?;
    Some(build.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_name_of_an_encoder_is_taken() {
        let stream = b"\0\0\0\x01\x06\x05\xff\xdcx264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec - Copyleft";
        assert_eq!(encoder(stream).as_deref(), Some("x264 - core 164 r3095 baee400"));
        assert_eq!(encoder(&stream[..30]), None);
        assert_eq!(encoder(b"x264"), None);
    }
}
