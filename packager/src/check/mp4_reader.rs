//! mp4-atom as the second reader of init segments.

use mp4_atom::{Atom as _, Header, Moov, ReadFrom as _};

use super::isobmff::init::Init;
use super::report::{Findings, Place};
use super::rules::init::SECOND_READER;

/// Compares what both readers find. A refusal is no finding: the crate does not know every codec.
pub(super) fn compare(init: &Init, data: &[u8], place: &Place, findings: &mut Findings) {
    let Some(other) = movie(data) else { return };
    for track in &init.tracks {
        let Some(theirs) = other.trak.iter().find(|trak| trak.tkhd.track_id == track.id) else {
            let text = format!("mp4-atom finds no track {}", track.id);
            findings.add(&SECOND_READER, place.clone(), text);
            continue;
        };
        let head = &theirs.tkhd;
        let own = (track.timescale, track.width, track.height);
        let (width, height) = (head.width.integer(), head.height.integer());
        let read = (theirs.mdia.mdhd.timescale, u32::from(width), u32::from(height));
        if own != read {
            let text = format!("mp4-atom reads timescale, width and height as {read:?}, here {own:?}");
            findings.add(&SECOND_READER, place.clone(), text);
        }
    }
}

/// The first `moov`.
fn movie(mut data: &[u8]) -> Option<Moov> {
    loop {
        let header = Header::read_from(&mut data).ok()?;
        let (mut body, rest) = data.split_at_checked(header.size.unwrap_or(data.len()))?;
        if header.kind == Moov::KIND {
            return Moov::decode_body(&mut body).ok();
        }
        data = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, body].concat()
    }

    #[test]
    fn sizes_that_cannot_be_are_no_findings() {
        let ftyp = a_box(b"ftyp", b"iso6\0\0\0\0cmfc");
        // A metadata box that claims 2^46 bytes; boxes of no size; a box that is smaller than its header.
        let huge = [&1u32.to_be_bytes()[..], b"abcd", &(1u64 << 46).to_be_bytes()].concat();
        let hdlr = a_box(b"hdlr", &[0; 25]);
        let meta = a_box(b"meta", &[&[0; 4][..], &hdlr, &huge].concat());
        let udta = a_box(b"udta", &meta);
        let still = a_box(b"mdia", &[0, 0, 0, 0, b'a', b'b', b'c', b'd']);
        let tiny = a_box(b"mdia", &[0, 0, 0, 3, b'h', b'd', b'l', b'r', 0, 0, 0, 0]);
        for inner in [udta.clone(), meta, a_box(b"trak", &udta), a_box(b"trak", &still), a_box(b"trak", &tiny)] {
            let data = [ftyp.clone(), a_box(b"moov", &inner)].concat();
            let mut findings = Findings::default();
            compare(&Init::default(), &data, &Place::file("a.mp4"), &mut findings);
            assert!(findings.first().is_none());
        }
    }
}
