//! What a head ends with, which no answer has in common with another.

use std::cell::RefCell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The end of a head: the hour, whether it is the connection's last, and an empty line.
#[derive(Debug)]
pub(crate) struct Tail {
    bytes: [u8; Self::LONGEST],
    length: usize,
    /// Of these, bytes that went.
    sent: usize,
}

impl Tail {
    const LONGEST: usize = 64;

    /// One at `now`.
    pub(crate) fn new(now: Instant, last: bool) -> Self {
        let mut tail = Self { bytes: [0; Self::LONGEST], length: 0, sent: 0 };
        DATE.with_borrow_mut(|date| tail.add(date.at(now, SystemTime::now)));
        if last {
            tail.add(b"connection: close\r\n");
        }
        tail.add(b"\r\n");
        tail
    }

    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        }
    }

    /// What of it did not go yet.
    pub(crate) fn left(&self) -> &[u8] {
        self.bytes.get(self.sent..self.length).unwrap_or_default()
    }

    /// Notes that so many `bytes` more of it went.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.sent += bytes;
    }
}

/// A field `date` (RFC 9110 §6.6.1), made once a second.
#[derive(Default)]
struct DateLine {
    text: String,
    /// When the second ends.
    until: Option<Instant>,
}

thread_local! {
    static DATE: RefCell<DateLine> = RefCell::default();
}

impl DateLine {
    /// What it is `now`, by the `clock` if that was not asked in this second.
    fn at(&mut self, now: Instant, clock: impl FnOnce() -> SystemTime) -> &[u8] {
        if self.until.is_none_or(|until| now >= until) {
            let hour = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
            let into = Duration::from_nanos(hour.subsec_nanos().into());
            self.until = Some(now + (Duration::from_secs(1) - into));
            self.text = format!("date: {}\r\n", httpdate::fmt_http_date(UNIX_EPOCH + hour));
        }
        self.text.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_tells_the_hour_and_the_end() {
        let (now, mut date) = (Instant::now(), DateLine::default());
        let expected = String::from_utf8(date_at(&mut date, now, 0)).unwrap();
        assert_eq!(expected, "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        // The clock said that three tenths of the second were left.
        assert_eq!(date_at(&mut date, now + Duration::from_millis(299), 10), expected.as_bytes());
        assert_eq!(date_at(&mut date, now + Duration::from_millis(300), 1), b"date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
        let tail = |last| String::from_utf8(Tail::new(now, last).left().to_vec()).unwrap();
        assert_eq!(tail(false), format!("{}\r\n", std::str::from_utf8(&date_of_thread(now)).unwrap()));
        assert!(tail(true).ends_with(" GMT\r\nconnection: close\r\n\r\n"));
    }

    /// The field `now`, when the clock says `seconds` after what it was at first.
    fn date_at(date: &mut DateLine, now: Instant, seconds: u64) -> Vec<u8> {
        date.at(now, || UNIX_EPOCH + Duration::from_millis(784_111_777_700 + seconds * 1000)).to_vec()
    }

    fn date_of_thread(now: Instant) -> Vec<u8> {
        DATE.with_borrow_mut(|date| date.at(now, SystemTime::now).to_vec())
    }
}
