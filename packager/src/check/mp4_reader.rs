//! The `mp4` crate as the second reader of init segments.
//!
//! It trusts what it reads more than a check may: some loops have no end where a box claims no size, some arithmetic
//! overflows, and metadata are read into memory of whatever size they claim. So it gets a copy in which what it need
//! not read is masked, through a reader that runs dry, and its panics end here.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use mp4::Mp4Reader;

use super::isobmff::init::Init;
use super::isobmff::{FourCc, boxes};
use super::report::{Findings, Place};
use super::rules::init::SECOND_READER;

/// Larger init segments have one reader alone.
const MAX_BYTES: usize = 1 << 20;
/// Reads and seeks that the crate may make: an init segment of ours takes about 300.
const FUEL: u32 = 200_000;

/// Compares what both readers find. A refusal is no finding: the crate knows few codecs.
pub(super) fn compare(init: &Init, data: &[u8], place: &Place, findings: &mut Findings) {
    let Some(masked) = masked(data).filter(|d| d.len() <= MAX_BYTES) else { return };
    let length = masked.len() as u64;
    let read = quietly(move || Mp4Reader::read_header(Fuelled { data: Cursor::new(masked), left: FUEL }, length).ok());
    let Some(other) = read.flatten() else { return };
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

/// `data` with all boxes renamed to `free` that the comparison does not need, down to those within a `trak`.
fn masked(data: &[u8]) -> Option<Vec<u8>> {
    let mut copy = data.to_vec();
    let mut hide = |at: u64| {
        let at = usize::try_from(at).ok()?.checked_add(4)?;
        copy.get_mut(at..at.checked_add(4)?)?.copy_from_slice(b"free");
        Some(())
    };
    for top in boxes(data, 0, FourCc(*b"file")).ok()? {
        match &top.kind.0 {
            b"ftyp" => {}
            b"moov" => {
                for child in top.children().ok()? {
                    match &child.kind.0 {
                        b"mvhd" | b"mvex" => {}
                        b"trak" => {
                            let strangers = child.children().ok()?;
                            let known = |kind: FourCc| matches!(&kind.0, b"tkhd" | b"edts" | b"mdia");
                            strangers.iter().filter(|b| !known(b.kind)).try_for_each(|b| hide(b.at))?;
                        }
                        _ => hide(child.at)?,
                    }
                }
            }
            _ => hide(top.at)?,
        }
    }
    Some(copy)
}

/// A reader that gives an error after so many calls.
struct Fuelled {
    data: Cursor<Vec<u8>>,
    left: u32,
}

impl Fuelled {
    fn burn(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("too many reads"))?;
        Ok(())
    }
}

impl Read for Fuelled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.burn()?;
        self.data.read(buffer)
    }
}

impl Seek for Fuelled {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.burn()?;
        self.data.seek(to)
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives; `None` when it panics, which nobody is told of.
fn quietly<R>(work: impl FnOnce() -> R) -> Option<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    outcome.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, body].concat()
    }

    #[test]
    fn what_hurts_the_crate_is_masked_or_runs_dry() {
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

    #[test]
    fn a_panic_is_no_result() {
        assert_eq!(quietly(|| 1), Some(1));
        let empty: Vec<u32> = Vec::new();
        assert_eq!(quietly(|| empty[0]), None);
    }
}
