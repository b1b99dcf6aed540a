//! Media files: boxes, samples, NAL units, transport stream packets.

use std::io::{Cursor, Read};

use crate::fetch::Input;
use crate::media::init_rules;
use crate::media::isobmff::init::{self, Init};
use crate::media::isobmff::segment::{Fragment, Scanner};
use crate::media::isobmff::{self, FourCc, sidx};
use crate::media::ts;
use crate::report::{Findings, Place};

/// `data`: an init segment with media segments behind it, or anything else that a manifest may name.
///
/// # Panics
/// When a property does not hold.
pub fn boxes(data: &[u8]) {
    boxes_lie_in_the_file(data);
    if let Ok(index) = sidx::parse(data, 0) {
        let next = index.subsegments.windows(2).all(|two| two[0].offset + two[0].bytes == two[1].offset);
        assert!(next, "{index:?} has gaps");
    }
    transport_stream(data);
    let init = init::parse(data, 0).or_else(|_| init::parse(data.get(..moov_end(data)).unwrap_or_default(), 0));
    let Ok(init) = init else { return };
    let place = Place::file("init.mp4");
    init_rules::judge(&init, data, &place, &mut Findings::default());
    segment_reads_the_same(&init, data.get(moov_end(data)..).unwrap_or_default());
}

/// Each box begins where the one before ends, and all are as long as the file, when it consists of boxes.
fn boxes_lie_in_the_file(data: &[u8]) {
    const AT: u64 = 1 << 40;
    match isobmff::boxes(data, AT, FourCc(*b"file")) {
        Ok(found) => {
            let mut next = AT;
            for one in &found {
                assert!(one.at == next && one.body_at >= one.at + 8, "{one:?}");
                next = one.body_at + one.body.len() as u64;
            }
            assert_eq!(next - AT, data.len() as u64);
        }
        Err(error) => assert!((AT..=AT + data.len() as u64).contains(&error.byte), "{error:?}"),
    }
}

/// Behind the first `moov`.
fn moov_end(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some([a, b, c, d, kind @ ..]) = data.get(at..at + 8).and_then(|head| <[u8; 8]>::try_from(head).ok()) {
        let size = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(next) = at.checked_add(size).filter(|next| size >= 8 && *next <= data.len()) else { break };
        at = next;
        if kind == *b"moov" {
            return at;
        }
    }
    data.len()
}

/// Asserts that a segment reads the same at once or a byte at a time; of unknown length, with no fewer fragments.
fn segment_reads_the_same(init: &Init, data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<8>() else { return };
    let read = |reader: Box<dyn Read + Send>, length: Option<u64>| {
        let mut input = Input::stream(reader, 0, length);
        let mut first = [0; 8];
        let filled = input.fill(&mut first);
        assert!(filled.is_ok_and(|count| count == 8) && first == *head);
        let mut scanner = Scanner::new(init)?;
        let mut findings = Findings::default();
        let (fragments, bytes) = scanner.segment(0, first, input, Place::file("1.m4s"), &mut findings);
        let said: Vec<String> = findings.all().iter().map(|f| format!("{} {}", f.rule.id, f.message)).collect();
        Some((fragments, bytes, said))
    };
    let all = data.to_vec();
    let length = Some(data.len() as u64);
    let at_once = read(Box::new(Cursor::new(all.clone())), length);
    let dribbling = read(Box::new(Dribble(Cursor::new(all.clone()))), length);
    assert_eq!(at_once, dribbling);
    let Some((fragments, bytes, _)) = at_once else { return };
    assert_eq!(bytes, length, "of 8 and {}", rest.len());
    let of_unknown_length = read(Box::new(Cursor::new(all)), None).map(|(fragments, ..)| fragments.len());
    assert!(of_unknown_length.is_some_and(|count| count >= fragments.len()));
    fragments_are_in_order(&fragments, data.len() as u64);
}

fn fragments_are_in_order(fragments: &[Fragment], length: u64) {
    assert!(fragments.windows(2).all(|two| two[0].offset < two[1].offset), "{fragments:?}");
    for fragment in fragments {
        assert!(fragment.offset < length && fragment.earliest <= fragment.latest, "{fragment:?}");
    }
}

/// Gives a byte at a time.
struct Dribble(Cursor<Vec<u8>>);

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

fn transport_stream(data: &[u8]) {
    let (head, rest) = data.split_at(data.len().min(8));
    let mut input = Input::stream(Box::new(Cursor::new(rest.to_vec())), 0, Some(rest.len() as u64));
    let mut findings = Findings::default();
    let facts = ts::read(head, &mut input, &Place::file("1.ts"), &mut findings);
    let facts = facts.unwrap_or_else(|error| panic!("memory can't be read: {error}"));
    assert!(facts.first <= facts.last && facts.last.is_none_or(|last| last < 1 << 33), "{facts:?}");
}
