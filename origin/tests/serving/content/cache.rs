//! The hot cache, seen from outside.

use crate::common::{LARGE, Running, SEGMENT, noise};

#[test]
fn the_second_who_asks_is_served_from_the_cache() {
    let origin = Running::start();
    for (path, size) in [(SEGMENT, 100_000), (LARGE, 700_000)] {
        for (turn, status) in ["pack; fwd=miss", "pack; hit", "pack; hit"].into_iter().enumerate() {
            let reply = origin.get(path, &[]);
            assert_eq!(reply.header("cache-status"), Some(status), "{path}, request {turn}");
            assert!(reply.body == noise(size));
        }
    }
}

#[test]
fn a_request_that_takes_nothing_opens_the_file_for_those_who_do() {
    let origin = Running::start();
    let head = origin.ask("HEAD", LARGE, &[]);
    assert_eq!((head.status, head.header("cache-status")), (200, Some("pack; fwd=miss")));
    let reply = origin.get(LARGE, &[]);
    assert_eq!(reply.header("cache-status"), Some("pack; hit"));
    assert!(reply.body == noise(700_000));
}
