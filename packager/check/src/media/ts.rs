//! MPEG-2 transport streams of other people's HLS: packets, tables, the first presentation times (ISO/IEC 13818-1).

use crate::fetch::{FetchError, Input};
use crate::report::rules::media as rules;
use crate::report::{Findings, Place};

const PACKET: usize = 188;
/// Packets that are looked through; a segment beyond (380 MB) is not judged further.
const MAX_PACKETS: u64 = 2_000_000;

/// Facts from a segment's packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TsFacts {
    pub(crate) tables: bool,
    /// There is video.
    pub(crate) picture: bool,
    /// There is audio.
    pub(crate) sound: bool,
    /// Earliest presentation time, 90 kHz; of video where there is video.
    pub(crate) first: Option<u64>,
    /// Latest presentation time of the same stream.
    pub(crate) last: Option<u64>,
}

#[derive(Default)]
struct Streams {
    pat: bool,
    pmt: bool,
    video: Option<(u64, u64)>,
    audio: Option<(u64, u64)>,
}

/// Reads the segment whose first bytes `head` were taken off `input` already.
pub(crate) fn read(
    head: &[u8],
    input: &mut Input,
    place: &Place,
    findings: &mut Findings,
) -> Result<TsFacts, FetchError> {
    let mut streams = Streams::default();
    let mut packet = [0u8; PACKET];
    let mut have = head.len().min(PACKET);
    packet[..have].copy_from_slice(&head[..have]);
    for number in 0..MAX_PACKETS {
        let byte = number * PACKET as u64;
        have += input.fill(&mut packet[have..])?;
        if have == 0 {
            break;
        }
        if have < PACKET || packet[0] != 0x47 {
            let text = format!("packet {number} has {have} bytes and starts with 0x{:02x}", packet[0]);
            findings.add(&rules::TS_PACKETS, place.clone().at(byte), text);
            break;
        }
        streams.packet(&packet);
        have = 0;
    }
    let tables = streams.pat && streams.pmt;
    if !tables {
        findings.add(&rules::TS_TABLES, place.clone(), "has no PAT and PMT before its media");
    }
    let times = streams.video.or(streams.audio);
    if times.is_none() {
        findings.add(&rules::TS_TIMES, place.clone(), "has no PES packet with a presentation time");
    }
    let (picture, sound) = (streams.video.is_some(), streams.audio.is_some());
    Ok(TsFacts { tables, picture, sound, first: times.map(|t| t.0), last: times.map(|t| t.1) })
}

impl Streams {
    fn packet(&mut self, packet: &[u8; PACKET]) {
        let start = packet[1] & 0x40 != 0;
        let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
        let adaptation = packet[3] >> 4 & 3;
        let at = if adaptation & 2 != 0 { 5 + usize::from(packet[4]) } else { 4 };
        let Some(payload) = packet.get(at..).filter(|p| adaptation & 1 != 0 && !p.is_empty()) else { return };
        if pid == 0 {
            self.pat = true;
        } else if start && payload.starts_with(&[0, 0, 1]) {
            self.pes(payload);
        } else if start {
            // table_id 2 behind the pointer field: a program map.
            let table = payload.first().and_then(|&pointer| payload.get(1 + usize::from(pointer)));
            self.pmt |= table == Some(&2);
        }
    }

    fn pes(&mut self, payload: &[u8]) {
        let &[_, _, _, stream, _, _, _, flags, _, a, b, c, d, e, ..] = payload else { return };
        if flags & 0x80 == 0 {
            return;
        }
        let [a, b, c, d, e] = [a, b, c, d, e].map(u64::from);
        let pts = (a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1;
        let slot = match stream {
            0xe0..=0xef => &mut self.video,
            0xc0..=0xdf | 0xbd => &mut self.audio,
            _ => return,
        };
        let (first, last) = slot.unwrap_or((pts, pts));
        *slot = Some((first.min(pts), last.max(pts)));
    }
}
