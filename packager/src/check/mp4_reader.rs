//! The `mp4` crate as the second reader of init segments.

use std::io::Cursor;

use super::isobmff::init::Init;
use super::report::{Findings, Place};
use super::rules::init::SECOND_READER;

/// Compares what both readers find. A refusal is no finding: the crate knows few codecs.
pub(super) fn compare(init: &Init, data: &[u8], place: &Place, findings: &mut Findings) {
    let Ok(other) = mp4::Mp4Reader::read_header(Cursor::new(data), data.len() as u64) else { return };
    for track in &init.tracks {
        let Some(theirs) = other.tracks().get(&track.id) else {
            let text = format!("the mp4 crate finds no track {}", track.id);
            findings.add(&SECOND_READER, place.clone(), text);
            continue;
        };
        let head = &theirs.trak.tkhd;
        let own = (track.timescale, track.width, track.height);
        let read = (theirs.timescale(), u32::from(head.width.value()), u32::from(head.height.value()));
        if own != read {
            let text = format!("the mp4 crate reads timescale, width and height as {read:?}, here {own:?}");
            findings.add(&SECOND_READER, place.clone(), text);
        }
    }
}
