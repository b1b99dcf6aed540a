//! Properties of the proof for any source, and for any answer of ffprobe and ffmpeg about it.

use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::decode::argv;
use crate::proof::declared::{CAPTIONS, Finder};
use crate::proof::picture::poster::jpeg;
use crate::proof::source::aperture::Aperture;
use crate::proof::source::packet::{Packet, packet};
use crate::proof::source::probe::Described;
use crate::proof::source::reading::lay;
use crate::proof::source::stretches::Clock;

/// The size of the pictures of which an aperture is sought.
const SIZE: (u32, u32) = (320, 180);

/// `data`: what ffprobe says of tracks or of packets, or ffmpeg of frames.
///
/// # Panics
/// When a property does not hold.
pub fn answers(data: &[u8]) {
    if let Ok(described) = serde_json::from_slice::<Described>(data) {
        for stream in &described.streams {
            let (wide, high) = stream.shape();
            assert!(!stream.is_video() || wide.checked_mul(high).is_none_or(|area| area > 0 || stream.height == 0));
            let _ = (stream.purpose(), stream.may_have_fields(576), stream.has_alpha());
        }
    }
    let text = String::from_utf8_lossy(data);
    text.lines().for_each(|line| {
        let _ = argv::line(line);
    });
    let packets: Vec<Packet> = text.lines().filter_map(packet).collect();
    assert!(packets.iter().all(|packet| packet.duration >= 0), "{packets:?}");
    for clock in ["mpegts", "matroska,webm", "mov,mp4"].map(Clock::of) {
        let (video, audio) = lay(&packets, clock, Some(0), &[1]);
        for laid in video.iter().chain(&audio) {
            let times = laid.times();
            let own = packets.iter().filter(|packet| packet.stream == laid.stream).count();
            assert!(times.len() <= own && times.is_sorted(), "{laid:?}");
            let _ = (laid.start(), laid.end(), laid.last(), laid.unsteady());
        }
    }
}

/// `data`: a source's file, a poster, or a rendition's bytes.
///
/// # Panics
/// When a property does not hold.
pub fn source(data: &[u8]) {
    if let Some(Aperture { left, top, wide, high }) = Aperture::within(Cursor::new(data), 1, SIZE) {
        assert!(wide > 0 && high > 0 && left + wide <= SIZE.0 && top + high <= SIZE.1);
    }
    let _ = jpeg::size(data);
    let (found, mut to) = (AtomicBool::new(false), Vec::new());
    let mut finder = Finder::new(&mut to, &found);
    assert!(data.chunks(3).all(|block| finder.write_all(block).is_ok()));
    assert_eq!(found.load(Ordering::Relaxed), data.windows(CAPTIONS.len()).any(|bytes| bytes == CAPTIONS));
    assert_eq!(to, data);
}
