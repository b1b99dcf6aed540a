//! Seals that files of a revision have, and what is served when they have none.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use config::seal::{ATTRIBUTE, Seal};
use rustix::fs::getxattr;

use crate::common::{LARGE, Running, SEGMENT, noise, put_seal, seal};

fn file(origin: &Running, url: &str) -> PathBuf {
    origin.library().join(url.trim_start_matches("/vod/"))
}

fn date(path: &Path, time: SystemTime) {
    File::options().write(true).open(path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
}

/// The ETag of what has this digest.
fn tag(digest: blake3::Hash) -> String {
    format!("\"{}\"", &digest.to_hex()[..32])
}

fn told(origin: &Running, url: &str) -> String {
    origin.get(url, &[]).header("etag").unwrap().to_owned()
}

/// Files that are read into memory, and such as are too large for it.
const CACHES: [u64; 2] = [64 << 20, 1 << 20];

#[test]
fn the_etag_is_the_same_with_and_without_a_seal() {
    for cache_bytes in CACHES {
        for sealed in [false, true] {
            let origin = Running::with(|settings| settings.cache_bytes = cache_bytes);
            for (url, content) in [(SEGMENT, noise(100_000)), (LARGE, noise(700_000))] {
                let digest = blake3::hash(&content);
                if sealed && !seal(&file(&origin, url), digest) {
                    return;
                }
                for turn in 0..3 {
                    let reply = origin.get(url, &[]);
                    assert_eq!(reply.header("etag"), Some(tag(digest).as_str()), "{url} {turn}");
                    assert!(reply.body == content, "{url} {turn}");
                }
            }
        }
    }
}

#[test]
fn a_seal_that_fits_is_taken_at_its_word() {
    for cache_bytes in CACHES {
        let origin = Running::with(|settings| settings.cache_bytes = cache_bytes);
        let other = blake3::hash(b"other content");
        for url in [SEGMENT, LARGE] {
            if !seal(&file(&origin, url), other) {
                return;
            }
            assert_eq!(told(&origin, url), tag(other), "{url}");
        }
    }
}

#[test]
fn what_was_written_to_has_broken_its_seal() {
    for cache_bytes in CACHES {
        let origin = Running::with(|settings| settings.cache_bytes = cache_bytes);
        for (url, content) in [(SEGMENT, noise(100_001)), (LARGE, vec![7; 700_000])] {
            let path = file(&origin, url);
            // Two writes in one tick of the file system's clock can't be told apart.
            date(&path, UNIX_EPOCH + Duration::from_secs(1 << 30));
            if !seal(&path, blake3::hash(&fs::read(&path).unwrap())) {
                return;
            }
            fs::write(&path, &content).unwrap();
            assert!(getxattr(&path, ATTRIBUTE, &mut [0; 64]).is_ok(), "the seal is still there");
            assert_eq!(told(&origin, url), tag(blake3::hash(&content)), "{url}");
        }
    }
}

#[test]
fn what_is_no_seal_of_this_state_counts_for_nothing() {
    let (content, other) = (noise(100_000), blake3::hash(b"other content"));
    let good = |path: &Path| {
        assert!(seal(path, other));
        let mut value = [0; Seal::LEN];
        getxattr(path, ATTRIBUTE, &mut value).unwrap();
        value.to_vec()
    };
    for (what, spoil) in [
        ("empty", (|value: &mut Vec<u8>| value.clear()) as fn(&mut Vec<u8>)),
        ("short", |value| value.truncate(47)),
        ("long", |value| value.push(0)),
        ("very long", |value| value.resize(500, 0)),
        ("of another size", |value| value[39] ^= 1),
        ("of another time", |value| value[47] ^= 1),
    ] {
        let origin = Running::start();
        let path = file(&origin, SEGMENT);
        if !seal(&path, other) {
            return;
        }
        let mut value = good(&path);
        spoil(&mut value);
        put_seal(&File::open(&path).unwrap(), &value);
        assert_eq!(told(&origin, SEGMENT), tag(blake3::hash(&content)), "{what}");
    }
}

/// Restoring the time of a file that was edited in place, as an operator may: nobody can see it.
#[test]
fn a_time_set_back_mends_the_seal() {
    let origin = Running::start();
    let path = file(&origin, SEGMENT);
    let digest = blake3::hash(&noise(100_000));
    if !seal(&path, digest) {
        return;
    }
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, vec![7; 100_000]).unwrap();
    date(&path, time);
    assert_eq!(told(&origin, SEGMENT), tag(digest));
}
