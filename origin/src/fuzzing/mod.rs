//! Properties that hold for any request: `make fuzz` and the replay of its corpora test them.
//!
//! Where an answer can be had a second way, it is: by a reading of the RFC as plain as it can be, however slow.
#![expect(clippy::panic, reason = "a property that does not hold ends the run")]

mod heads;
mod negotiated;
mod paths;
mod proxies;
mod ranges;

pub use heads::heads;
pub use negotiated::{cmcd, conditionals, encodings};
pub use paths::{paths, tokens};
pub use proxies::proxy_headers;
pub use ranges::ranges;

/// The first line of `data`, and what follows it.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|b| *b == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}

#[cfg(test)]
mod tests {
    include!("../../../fixtures/fuzz/replay.rs");

    #[test]
    fn ranges_are_what_was_asked_for_and_no_more() {
        replay("ranges", super::ranges);
    }

    #[test]
    fn a_head_read_in_place_ends_where_it_does_and_promises_nothing() {
        replay("heads", super::heads);
    }

    #[test]
    fn no_condition_makes_an_answer_stale() {
        replay("conditionals", super::conditionals);
    }

    #[test]
    fn a_coding_is_one_that_the_client_takes() {
        replay("encodings", super::encodings);
    }

    #[test]
    fn no_path_leaves_the_library() {
        replay("paths", super::paths);
    }

    #[test]
    fn query_and_header_say_the_same_of_a_player() {
        replay("cmcd", super::cmcd);
    }

    #[test]
    fn a_token_grants_what_was_signed_and_nothing_else() {
        replay("tokens", super::tokens);
    }
    #[test]
    fn a_proxy_header_ends_where_it_says_however_it_comes() {
        replay("proxy_headers", super::proxy_headers);
    }
}
