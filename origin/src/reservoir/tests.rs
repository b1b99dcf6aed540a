use std::io::Read as _;
use std::sync::Arc;

use proptest::prelude::*;
use rustix::pipe::fcntl_getpipe_size;
use tokio::sync::Semaphore;

use super::*;

const SIZE: usize = 2_500_001;

pub(crate) fn kept(content: &[u8]) -> Reservoir {
    let places = Arc::new(Semaphore::new(10)).try_acquire_many_owned(descriptors(content.len() as u64)).unwrap();
    Reservoir::new(content, places).unwrap()
}

fn noise(length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut content);
    content
}

/// What a socket is sent of a `head` and `length` bytes from `at` on, `most` at once, until it takes no more; and what it
/// says then.
fn sent(reservoir: &Reservoir, head: &[u8], at: usize, length: usize, most: usize) -> (Vec<u8>, io::Result<()>) {
    let (near, mut far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let range = ByteRange { start: at as u64, end: (at + length) as u64 };
    let (head, mut sent) = (if head.is_empty() { vec![] } else { vec![IoSlice::new(head)] }, 0);
    let ended = reservoir.send(&near, &head, range, most, &mut sent);
    drop(near);
    let mut got = Vec::new();
    far.read_to_end(&mut got).unwrap();
    assert_eq!(got.len(), sent);
    (got, ended)
}

#[test]
fn any_range_is_the_slice() {
    let content = noise(SIZE);
    let reservoir = kept(&content);
    proptest!(ProptestConfig::with_cases(200), |(start in 0..SIZE, length in 1..SIZE, most in 1..300_000_usize)| {
        let end = SIZE.min(start + length);
        let (mut at, mut got) = (start, Vec::new());
        while at < end {
            let block = reservoir.read(at as u64, (end - at) as u64).unwrap();
            prop_assert!(!block.is_empty());
            at += block.len();
            got.extend_from_slice(&block);
        }
        prop_assert!(got == content[start..end]);
        // A socket takes some 200 kB before somebody reads.
        let (got, ended) = sent(&reservoir, b"", start, end - start, most);
        prop_assert!(!got.is_empty() && content[start..end].starts_with(&got));
        let whole_pool = got.len() == (POOL - start % POOL).min(end - start);
        prop_assert_eq!(ended.is_ok(), whole_pool);
    });
    assert!(reservoir.read_all().unwrap() == content);
}

#[test]
fn a_head_goes_before_the_bytes() {
    let content = noise(SIZE);
    let reservoir = kept(&content);
    proptest!(ProptestConfig::with_cases(200), |(pool in 0..3_usize, before in 1..9000_usize, length in 1..SIZE)| {
        let (start, head) = (pool * POOL, vec![b'h'; before]);
        let length = length.min(SIZE - start);
        let (got, ended) = sent(&reservoir, &head, start, length, usize::MAX);
        prop_assert!([&head, &content[start..start + length]].concat().starts_with(&got));
        // A socket takes more than this before somebody reads.
        prop_assert!(got.len() >= before + length.min(100_000));
        prop_assert_eq!(ended.is_ok(), got.len() == before + length.min(POOL));
    });
    let (got, ended) = sent(&reservoir, b"head", 1, 10, usize::MAX);
    assert!(got.is_empty() && ended.is_err(), "what lies before its first byte would come first");
}

#[test]
fn the_kernel_stops_within_a_page_only_where_there_is_no_room() {
    let page = page_size();
    for (at, bytes, expected) in [
        (0, 1, true),
        (0, page, false),
        (0, page + 1, true),
        (5, page - 5, false),
        (5, page, true),
        (page as u64, 8 * page, false),
    ] {
        assert_eq!(is_within_a_page(at, bytes), expected, "{at} {bytes}");
    }
}

#[test]
fn there_is_nothing_behind_its_end() {
    let content = noise(100_000);
    let reservoir = kept(&content);
    assert_eq!(reservoir.read(99_999, 2).unwrap(), content[99_999..]);
    for at in [100_000, 1 << 20, u64::MAX] {
        assert!(reservoir.read(at, 1).is_err());
    }
    // What a failure left behind is nobody's.
    assert_eq!(reservoir.read(0, 10).unwrap(), content[..10]);
}

#[test]
fn many_draw_at_once() {
    let content = noise(SIZE);
    let reservoir = kept(&content);
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let (reservoir, content) = (&reservoir, &content);
            threads.spawn(move || {
                for turn in 0..50 {
                    let at = (thread * 311_111 + turn * 54_321) % SIZE;
                    let block = reservoir.read(at as u64, 70_000).unwrap();
                    assert!(content[at..].starts_with(&block));
                }
            });
        }
    });
}

#[test]
fn it_takes_a_descriptor_for_each_pool() {
    for (len, expected) in [(1, 1), (1 << 20, 1), ((1 << 20) + 1, 2), (4 << 20, 4)] {
        assert_eq!(descriptors(len), expected, "{len}");
    }
    assert_eq!(kept(&noise(SIZE)).pools.len(), 3);
}

#[test]
fn it_takes_a_page_for_each_run() {
    for (length, pages) in [(70_000, 4), (250_000, 8), (POOL, 32), (SIZE, 32 + 32 + 16)] {
        let takes = || {
            let reservoir = kept(&noise(length));
            let rooms = reservoir.pools.iter().map(|pool| fcntl_getpipe_size(pool).unwrap());
            rooms.sum::<usize>() / page_size()
        };
        // Now and then memory is in pieces.
        assert!((0..20).any(|_| takes() == pages), "{length} bytes take {}", takes());
        assert_eq!(super::pages(length), pages);
    }
}
