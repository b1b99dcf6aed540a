//! ffprobe's packets in its `compact` form, one line each:
//! `stream_index=0|pts=512|duration=512|size=119433|flags=K_`.
//!
//! A packet's side data follows on the same line or, from the second on, on lines of its own.

use std::io::{self, BufRead};

/// The argument of `-show_entries`; [`Packets`] reads the output.
pub(in crate::probe) const ENTRIES: &str =
    "packet=stream_index,pts,dts,duration,size,flags:packet_side_data=side_data_type,skip_samples,discard_padding";

/// Longer lines than any packet's are cut: bounded memory, whatever the program writes.
const LONGEST_LINE: u64 = 4096;

/// A packet. Times are ticks of its track's time base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::probe) struct Packet {
    pub stream: u32,
    pub pts: Option<i64>,
    /// Decode time.
    pub dts: Option<i64>,
    /// 0 where it is not known.
    pub duration: i64,
    pub size: u64,
    /// A decoder may start here.
    pub key: bool,
    /// Decoded, but not shown: outside of the edit list.
    pub discard: bool,
    pub encrypted: bool,
    /// Samples at its start that are not heard (priming).
    pub skip_samples: u32,
    /// Samples at its end that are not heard.
    pub discard_padding: u32,
}

/// Reads packets one by one.
pub(in crate::probe) struct Packets<R> {
    from: R,
    line: Vec<u8>,
    pending: Option<Packet>,
}

impl<R: BufRead> Packets<R> {
    pub(in crate::probe) fn new(from: R) -> Self {
        Self { from, line: Vec::new(), pending: None }
    }

    /// True if `self.line` holds another line.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let read = io::Read::take(&mut self.from, LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        Ok(read > 0)
    }

    fn next_packet(&mut self) -> io::Result<Option<Packet>> {
        while self.next_line()? {
            let line = String::from_utf8_lossy(&self.line);
            let mut fields = line.trim().split('|').filter_map(|field| field.split_once('=')).peekable();
            let begins = fields.peek().is_some_and(|(key, _)| *key == "stream_index");
            let done = if begins { self.pending.replace(Packet::default()) } else { None };
            if let Some(packet) = &mut self.pending {
                fields.for_each(|(key, value)| packet.set(key, value));
            }
            if done.is_some() {
                return Ok(done);
            }
        }
        Ok(self.pending.take())
    }
}

impl<R: BufRead> Iterator for Packets<R> {
    type Item = io::Result<Packet>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_packet().transpose()
    }
}

impl Packet {
    fn set(&mut self, key: &str, value: &str) {
        match key {
            "stream_index" => self.stream = value.parse().unwrap_or(u32::MAX),
            "pts" => self.pts = value.parse().ok(),
            "dts" => self.dts = value.parse().ok(),
            "duration" => self.duration = value.parse().unwrap_or(0),
            "size" => self.size = value.parse().unwrap_or(0),
            "flags" => {
                self.key = value.contains('K');
                self.discard = value.contains('D');
            }
            "side_data_type" => self.encrypted |= value.starts_with("Encryption"),
            "skip_samples" => self.skip_samples = value.parse().unwrap_or(0),
            "discard_padding" => self.discard_padding = value.parse().unwrap_or(0),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<Packet> {
        Packets::new(text.as_bytes()).map(Result::unwrap).collect()
    }

    #[test]
    fn fields_side_data_and_unknown_values() {
        let packets = read(
            "stream_index=1|pts=-1024|duration=1024|size=779|flags=KD|side_data_type=Skip Samples|skip_samples=1024|discard_padding=7\n\n\
             stream_index=0|pts=N/A|duration=N/A|size=12|flags=__|\n\
             stream_index=1|pts=9|dts=8|flags=K__|side_data_type=Encryption info\n\
             side_data_type=Skip Samples|skip_samples=5\n",
        );
        let expected = [
            Packet {
                stream: 1,
                pts: Some(-1024),
                duration: 1024,
                size: 779,
                key: true,
                discard: true,
                skip_samples: 1024,
                discard_padding: 7,
                ..Packet::default()
            },
            Packet { size: 12, ..Packet::default() },
            Packet {
                stream: 1,
                pts: Some(9),
                dts: Some(8),
                key: true,
                encrypted: true,
                skip_samples: 5,
                ..Packet::default()
            },
        ];
        assert_eq!(packets, expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let lines = bytes.split(|b| *b == b'\n').count();
            prop_assert!(Packets::new(bytes.as_slice()).count() <= lines);
        }

        #[test]
        fn lines_that_look_like_packets_never_panic(text in "(stream_index=[-0-9]{1,12}(\\|(pts|size|flags|duration|skip_samples)=[-0-9KD/NA]{0,22}){0,5}\n|[a-z=|\n]{0,9}){0,9}") {
            prop_assert!(read(&text).len() <= text.lines().count());
        }
    }
}
