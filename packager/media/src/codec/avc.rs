//! H.264 (ISO/IEC 14496-10), as x264 encodes it.

use super::{RateControl, Video, VideoConfig};
use crate::bmff::{Fields, Parsed};
use crate::time::FrameRate;

/// The table's row.
pub(super) const H264: Video = Video {
    entry: b"avc1",
    config: b"avcC",
    read: |body| AvcConfig::parse(body).map(|config| -> Box<dyn VideoConfig> { Box::new(config) }),
    // x264 never needs more: `num_reorder_frames` is 2 with B-pyramids, else 1 or 0.
    delay_frames: 2,
    sync: "an IDR picture",
    usual: "avc1.640028",
    build,
    encoder: "libx264",
    arguments,
};

/// x264's threads a rendition. With more than one, rate control looks at what the others happen to have done so far:
/// under VBV the same input then gives other bytes at each run. Chunks and renditions keep the processors busy.
const THREADS: &str = "1";

fn arguments(rate: &RateControl, gop: u32, preset: &str) -> Vec<String> {
    let gop = gop.to_string();
    let crf = format!("{}.{}", rate.crf_tenths / 10, rate.crf_tenths % 10);
    let (max_rate, buffer) = (rate.max_rate.to_string(), rate.buffer.to_string());
    // `-a53cc 0`: the frames of a title need not be those of the source one for one, and captions that lose or repeat a
    // pair of bytes are not what was written.
    let codec = ["-c:v", H264.encoder, "-preset", preset, "-profile:v", "high", "-a53cc", "0"];
    let rate = ["-crf", &crf, "-maxrate", &max_rate, "-bufsize", &buffer];
    // IDR exactly on the grid: every GOP has this many frames, closed, and no other keyframe.
    let gop = ["-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0", "-flags", "+cgop"];
    // Without `cpu-independent`, x264 estimates by instructions that round otherwise on other processors.
    let same_bytes = ["-threads", THREADS, "-x264-params", "cpu-independent=1"];
    codec.into_iter().chain(rate).chain(gop).chain(same_bytes).map(Into::into).collect()
}

/// The fields of an `avcC` that are used (ISO/IEC 14496-15 §5.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AvcConfig {
    profile: u8,
    compatibility: u8,
    /// Ten times the level.
    level: u8,
    /// Bytes of a NAL unit's length.
    length_size: usize,
}

impl AvcConfig {
    fn parse(avcc: &[u8]) -> Parsed<Self> {
        let mut fields = Fields(avcc);
        let version = fields.u8()?;
        if version != 1 {
            return Err(format!("has an avcC of version {version} instead of 1"));
        }
        let (profile, compatibility, level) = (fields.u8()?, fields.u8()?, fields.u8()?);
        let length_size = usize::from(fields.u8()? & 3) + 1;
        Ok(Self { profile, compatibility, level, length_size })
    }
}

impl VideoConfig for AvcConfig {
    /// RFC 6381 §3.3.
    fn codecs(&self) -> String {
        format!("avc1.{:02x}{:02x}{:02x}", self.profile, self.compatibility, self.level)
    }

    /// True if the first slice belongs to an IDR picture (ISO/IEC 14496-10 §7.4.1.2.4). Parameter sets, SEI and
    /// delimiters may stand before it.
    fn is_sync(&self, start: &[u8]) -> bool {
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

    fn brands(&self, (width, height): (u32, u32), rate: FrameRate) -> Vec<&'static [u8; 4]> {
        let within = |most_columns, most_lines, level| {
            let size = width <= most_columns && height <= most_lines;
            size && rate.num() <= 60 * rate.den() && self.level <= level
        };
        let profiles: [(&[u8; 4], bool); 3] =
            [(b"cfsd", within(864, 576, 31)), (b"cfhd", within(1920, 1080, 40)), (b"chdf", within(1920, 1080, 42))];
        profiles.into_iter().filter(|(_, kept)| *kept).map(|(brand, _)| brand).collect()
    }
}

/// The build that a stream of x264's names in its first access unit, such as `x264 - core 164 r3095 baee400`: the user
/// data of an SEI message (Rec. ITU-T H.264 §D.1.7), which goes on with ` - H.264/MPEG-4 AVC codec - …`.
#[must_use]
pub fn build(access_unit: &[u8]) -> Option<String> {
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
        assert_eq!(build(stream).as_deref(), Some("x264 - core 164 r3095 baee400"));
        assert_eq!(build(&stream[..30]), None);
        assert_eq!(build(b"x264"), None);
    }
}
