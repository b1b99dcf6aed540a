//! Writing media segments: `styp`, then fragments of `moof` and `mdat`.

use crate::bmff::Boxes;

/// Sample flags (ISO/IEC 14496-12 §8.8.3.1): depends on no other sample.
const SYNC: u32 = 0x0200_0000;
/// Depends on others, and is no sync sample.
const NON_SYNC: u32 = 0x0101_0000;

/// A fragment of one track, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Number of the fragment in its track, from 1.
    pub sequence: u32,
    /// Ticks of all samples before.
    pub decode_time: u64,
    /// Ticks of each sample.
    pub duration: u32,
    /// Ticks of the last sample, where it is shorter.
    pub last_duration: Option<u32>,
    /// Bytes of each sample.
    pub sizes: Vec<u32>,
    /// Presentation less decode time of each sample, and only the first one is a sync sample; `None` where all are, and
    /// are presented as they are decoded.
    pub composition_offsets: Option<Vec<i32>>,
}

/// The box that a media segment begins with: a segment of DASH, and of CMAF (ISO/IEC 23000-19 §7.3.3.1).
pub(crate) fn segment_type() -> Vec<u8> {
    let mut out = Boxes::default();
    out.boxed(b"styp", |b| {
        b.bytes(b"msdh");
        b.u32(0);
        b.bytes(b"msdhcmfs");
    });
    out.0
}

impl Fragment {
    /// The `moof` and the header of the `mdat`; the samples come next. `None` when it is too large for a box.
    pub(crate) fn head(&self) -> Option<Vec<u8>> {
        let data: u64 = self.sizes.iter().map(|s| u64::from(*s)).sum();
        let mdat = u32::try_from(data + 8).ok()?;
        let mut out = Boxes::default();
        let mut data_offset_at = 0;
        out.boxed(b"moof", |b| {
            b.full(b"mfhd", 0, 0, |b| b.u32(self.sequence));
            b.boxed(b"traf", |b| {
                self.track_header(b);
                b.full(b"tfdt", 1, 0, |b| b.u64(self.decode_time));
                data_offset_at = self.run(b);
            });
        });
        out.patch(data_offset_at, out.0.len() + 8);
        out.u32(mdat);
        out.bytes(b"mdat");
        Some(out.0)
    }

    /// Every default is here rather than in the init segment, so that a fragment explains itself.
    fn track_header(&self, out: &mut Boxes) {
        // default-base-is-moof, default duration, default flags
        out.full(b"tfhd", 0, 0x02_0028, |b| {
            b.u32(super::init::TRACK_ID);
            b.u32(self.duration);
            b.u32(if self.composition_offsets.is_some() { NON_SYNC } else { SYNC });
        });
    }

    /// Writes the `trun`; answers where in `out` its data offset is to be put.
    fn run(&self, out: &mut Boxes) -> usize {
        let durations = self.last_duration.map(|last| (self.sizes.len().saturating_sub(1), last));
        let mut flags = 0x0201; // data offset, sizes
        if self.composition_offsets.is_some() {
            flags |= 0x0804; // composition offsets, flags of the first sample
        }
        if durations.is_some() {
            flags |= 0x0100;
        }
        let mut data_offset_at = 0;
        out.full(b"trun", 1, flags, |b| {
            b.u32(u32::try_from(self.sizes.len()).unwrap_or(u32::MAX));
            data_offset_at = b.0.len();
            b.u32(0);
            if self.composition_offsets.is_some() {
                b.u32(SYNC);
            }
            for (index, size) in self.sizes.iter().enumerate() {
                if let Some((last, duration)) = durations {
                    b.u32(if index == last { duration } else { self.duration });
                }
                b.u32(*size);
                if let Some(offset) = self.composition_offsets.as_ref().and_then(|offsets| offsets.get(index)) {
                    b.i32(*offset);
                }
            }
        });
        data_offset_at
    }
}
