//! A packet of a source, as ffprobe tells of it in a line.

use crate::syntax::decimal::{self, SECOND};

/// A picture is shown at most so long after it is decoded, nanoseconds; else the time that it is shown at is mistaken.
const SHOWN_LATE: u64 = 60 * SECOND;

/// A packet of a track that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) stream: u32,
    /// `None` where the container tells the time of decoding alone.
    pub(crate) pts: Option<i64>,
    pub(crate) dts: i64,
    pub(crate) duration: i64,
    /// A decoder may begin with it.
    pub(crate) key: bool,
}

impl Packet {
    /// The time that it is shown at, as far as the container tells it and can be believed.
    pub(super) fn shown(&self) -> Option<i64> {
        self.pts.map(|pts| if pts.abs_diff(self.dts) <= SHOWN_LATE { pts } else { self.dts })
    }
}
/// Reads `stream_index=0|pts_time=1.04|dts_time=1.0|duration_time=0.04|flags=K__`. `None` of what is not presented: the
/// edit list or the encoder's priming takes it away, or it has no time.
pub(crate) fn packet(line: &str) -> Option<Packet> {
    let (mut stream, mut pts, mut dts, mut duration) = (None, None, None, None);
    let (mut key, mut discard) = (false, false);
    for (name, value) in line.trim_end().split('|').filter_map(|field| field.split_once('=')) {
        match name {
            "stream_index" => stream = value.parse().ok(),
            "pts_time" => pts = time(value),
            "dts_time" => dts = time(value),
            "duration_time" => duration = time(value),
            "flags" => (key, discard) = (value.contains('K'), value.contains('D')),
            _ => {}
        }
    }
    let dts = dts.or(pts)?;
    (!discard).then_some(Packet { stream: stream?, pts, dts, duration: duration.unwrap_or(0).max(0), key })
}

fn time(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    Some(sign * i64::try_from(decimal::nanos(digits)?).ok()?)
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_packets_are_read() {
        let read = |line: &str| packet(line).map(|p| (p.stream, p.pts, p.dts, p.duration));
        let full = "stream_index=1|pts_time=-0.021|dts_time=-0.04|duration_time=0.02|flags=K__|side_data_type=x\n";
        assert_eq!(read(full), Some((1, Some(-21_000_000), -40_000_000, 20_000_000)));
        let timeless = "stream_index=0|pts_time=N/A|dts_time=1.5|duration_time=N/A|flags=___";
        assert_eq!(read(timeless), Some((0, None, 1_500_000_000, 0)));
        for bad in ["", "x", "stream_index=0|pts_time=N/A|dts_time=N/A", "stream_index=0|pts_time=1|flags=KD_"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
