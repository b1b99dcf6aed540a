//! mp4-atom as the second reader of init segments.

use mp4_atom::{Atom as _, Header, Moov, ReadFrom as _};

use crate::media::isobmff::init::Init;
use crate::media::isobmff::{BoxRef, FourCc, boxes};
use crate::report::rules::init::SECOND_READER;
use crate::report::{Findings, Place};

/// Compares what both readers find. A refusal is no finding: the crate does not know every codec.
pub(crate) fn compare(init: &Init, data: &[u8], place: &Place, findings: &mut Findings) {
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
fn movie(data: &[u8]) -> Option<Moov> {
    let masked = masked(data)?;
    let mut data = masked.as_slice();
    loop {
        let header = Header::read_from(&mut data).ok()?;
        let (mut body, rest) = data.split_at_checked(header.size.unwrap_or(data.len()))?;
        if header.kind == Moov::KIND {
            return Moov::decode_body(&mut body).ok();
        }
        data = rest;
    }
}

/// `data` with all boxes renamed to `free` that do not stand where an init segment has them: the crate follows boxes
/// within boxes as deep as they go, and logs those that it does not expect.
fn masked(data: &[u8]) -> Option<Vec<u8>> {
    let mut copy = data.to_vec();
    let whole = BoxRef { kind: FourCc(*b"file"), at: 0, body: data, body_at: 0 };
    mask(&whole, &mut copy)?;
    Some(copy)
}

/// Masks what is in `parent`; `None` when it does not consist of boxes.
fn mask(parent: &BoxRef<'_>, copy: &mut [u8]) -> Option<()> {
    let Some((head, known)) = children(&parent.kind.0) else { return Some(()) };
    let body = parent.body.get(head..)?;
    for child in boxes(body, parent.body_at.checked_add(head as u64)?, parent.kind).ok()? {
        if known.contains(&&child.kind.0) {
            mask(&child, copy)?;
        } else {
            let name = usize::try_from(child.at).ok()?.checked_add(4)?;
            copy.get_mut(name..name.checked_add(4)?)?.copy_from_slice(b"free");
        }
    }
    Some(())
}

/// Bytes before the boxes that a box consists of, and which of those the crate is given; `None` for a box of fields.
/// None of them leads back to one above it.
fn children(parent: &[u8; 4]) -> Option<(usize, &'static [&'static [u8; 4]])> {
    Some(match parent {
        b"file" => (0, &[b"ftyp", b"moov"]),
        b"moov" => (0, &[b"mvhd", b"trak", b"mvex"]),
        b"mvex" => (0, &[b"mehd", b"trex"]),
        b"trak" => (0, &[b"tkhd", b"edts", b"mdia"]),
        b"edts" => (0, &[b"elst"]),
        b"mdia" => (0, &[b"mdhd", b"hdlr", b"minf"]),
        b"minf" => (0, &[b"vmhd", b"smhd", b"nmhd", b"sthd", b"dinf", b"stbl"]),
        b"dinf" => (0, &[b"dref"]),
        b"stbl" => (0, &[b"stsd", b"stts", b"stsc", b"stsz", b"stco"]),
        // A full box with a count (ISO/IEC 14496-12 §8.5.2), then entries with fields before their boxes (§12.1.3, §12.2.3).
        b"stsd" => (8, &[b"avc1", b"hvc1", b"hev1", b"av01", b"mp4a", b"Opus", b"fLaC", b"ac-3", b"ec-3"]),
        b"avc1" | b"hvc1" | b"hev1" | b"av01" => (78, &[b"avcC", b"hvcC", b"av1C", b"pasp", b"colr", b"btrt"]),
        b"mp4a" | b"Opus" | b"fLaC" | b"ac-3" | b"ec-3" => {
            (28, &[b"esds", b"dOps", b"dfLa", b"dac3", b"dec3", b"btrt"])
        }
        _ => return None,
    })
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
        // A trak in a trak in a trak: followed to its end, it would be the stack's.
        let deep = (0..3000).fold(Vec::new(), |inner, _| a_box(b"trak", &inner));
        for inner in [deep, udta.clone(), meta, a_box(b"trak", &udta), a_box(b"trak", &still), a_box(b"trak", &tiny)] {
            let data = [ftyp.clone(), a_box(b"moov", &inner)].concat();
            let mut findings = Findings::default();
            compare(&Init::default(), &data, &Place::file("a.mp4"), &mut findings);
            assert!(findings.first().is_none());
        }
    }

    #[test]
    fn what_an_init_segment_has_is_left_and_the_rest_is_masked() {
        let mdhd = a_box(b"mdhd", &[0; 24]);
        let of = |strangers: [&[u8; 4]; 3]| {
            let mdia = a_box(b"mdia", &[&mdhd[..], &a_box(strangers[0], b"en\0")].concat());
            let trak = a_box(b"trak", &[mdia, a_box(strangers[1], b"")].concat());
            [a_box(b"moov", &trak), a_box(strangers[2], b"abc")].concat()
        };
        assert_eq!(masked(&of([b"elng", b"trak", b"sidx"])), Some(of([b"free"; 3])));
    }
}
