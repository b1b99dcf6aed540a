//! The text of a line, as JSON or in the combined format.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use config::origin::LogFormat;
use http::Version;

use super::date;
use crate::observe::exchange::{Answered, Asked};

/// Bytes that a line has besides what the client sent: names, dates, numbers.
const FRAME: usize = 320;
/// Bytes that [`Text::complete`] adds at most: two numbers of twenty digits and their frame.
const LONGEST_END: usize = 80;

/// A line without what is known only at the answer's end.
#[derive(Debug)]
pub(super) struct Text {
    known: Vec<u8>,
    /// Index into `known` at which the count of bytes is left out.
    gap: usize,
}

impl Text {
    pub(super) fn begin(format: LogFormat, asked: &Asked<'_>, answered: &Answered) -> Self {
        let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
        let sent =
            asked.target.len() + [asked.host, asked.referer, asked.agent, asked.id].map(length).iter().sum::<usize>();
        let mut known = Vec::with_capacity(FRAME + sent);
        let gap = match format {
            LogFormat::Json => json(&mut known, asked, answered),
            LogFormat::Combined => combined(&mut known, asked, answered),
        };
        Self { known, gap }
    }

    /// Bytes that the whole line has at most.
    pub(super) const fn longest(&self) -> usize {
        self.known.len() + LONGEST_END
    }

    /// Appends the whole line to `out`, now that `bytes` were sent in `duration`.
    pub(super) fn complete(&self, format: LogFormat, out: &mut Vec<u8>, bytes: u64, duration: Duration) {
        let (before, after) = self.known.split_at_checked(self.gap).unwrap_or_default();
        out.extend_from_slice(before);
        date::decimal(out, bytes);
        out.extend_from_slice(after);
        if format == LogFormat::Json {
            out.extend_from_slice(br#","duration":"#);
            date::seconds(out, duration);
            out.extend_from_slice(b"}\n");
        }
    }
}

/// Writes a JSON object as far as its `bytes`; `duration` is still to follow. Times are in seconds, as numbers.
fn json(out: &mut Vec<u8>, asked: &Asked<'_>, answered: &Answered) -> usize {
    out.extend_from_slice(br#"{"time":""#);
    date::rfc3339(out, answered.came());
    out.extend_from_slice(br#"","client":"#);
    match asked.client {
        Some(client) => {
            out.push(b'"');
            address(out, client);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
    member(out, br#","method":"#, Some(asked.method.as_bytes()));
    member(out, br#","host":"#, asked.host);
    member(out, br#","target":"#, Some(asked.safe_target().as_bytes()));
    member(out, br#","protocol":"#, Some(protocol(asked.version).as_bytes()));
    out.extend_from_slice(br#","status":"#);
    date::decimal(out, answered.status.into());
    member(out, br#","kind":"#, Some(answered.kind.as_bytes()));
    member(out, br#","cache":"#, answered.cache().map(str::as_bytes));
    out.extend_from_slice(br#","first_byte":"#);
    date::seconds(out, answered.first_byte);
    member(out, br#","referer":"#, asked.safe_referer().as_deref());
    member(out, br#","agent":"#, asked.safe_agent().as_deref());
    member(out, br#","id":"#, asked.id);
    out.extend_from_slice(br#","bytes":"#);
    out.len()
}

/// Writes a line in the combined format of Apache and nginx, and gives the place of its count of bytes.
fn combined(out: &mut Vec<u8>, asked: &Asked<'_>, answered: &Answered) -> usize {
    match asked.client {
        Some(client) => address(out, client),
        None => out.push(b'-'),
    }
    out.extend_from_slice(b" - - [");
    date::common(out, answered.came());
    out.extend_from_slice(b"] \"");
    escaped(out, asked.method.as_bytes());
    out.push(b' ');
    escaped(out, asked.safe_target().as_bytes());
    out.push(b' ');
    out.extend_from_slice(protocol(asked.version).as_bytes());
    out.extend_from_slice(b"\" ");
    date::decimal(out, answered.status.into());
    out.push(b' ');
    let gap = out.len();
    out.extend_from_slice(b" \"");
    escaped(out, asked.safe_referer().as_deref().unwrap_or(b"-"));
    out.extend_from_slice(b"\" \"");
    escaped(out, asked.safe_agent().as_deref().unwrap_or(b"-"));
    out.extend_from_slice(b"\"\n");
    gap
}

fn address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            let [first, rest @ ..] = address.octets();
            date::decimal(out, first.into());
            for octet in rest {
                out.push(b'.');
                date::decimal(out, octet.into());
            }
        }
        // A vector takes what is written to it.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

const fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

/// True if `bytes` can stand within quotes as they are. Looks at all of them, so that it takes many at once.
fn needs_no_escape(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |plain, b| plain & matches!(b, b' '..=b'~') & (*b != b'"') & (*b != b'\\'))
}

/// Writes `name`, with its comma and colon, and `value` as a JSON string (RFC 8259 §7) or `null`. What is no UTF-8 of it
/// is replaced.
fn member(out: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>) {
    out.extend_from_slice(name);
    match value {
        Some(plain) if needs_no_escape(plain) => {
            out.push(b'"');
            out.extend_from_slice(plain);
            out.push(b'"');
        }
        // A vector takes what is written to it.
        Some(odd) => drop(serde_json::to_writer(out, &String::from_utf8_lossy(odd))),
        None => out.extend_from_slice(b"null"),
    }
}

/// Writes what a stranger sent so that it can neither end its quotes nor its line.
fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if needs_no_escape(bytes) {
        return out.extend_from_slice(bytes);
    }
    for byte in bytes {
        match byte {
            b'"' | b'\\' | 0..=31 | 127.. => {
                let digit = |nibble: u8| DIGITS[usize::from(nibble % 16)];
                out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(*byte)]);
            }
            plain => out.push(*plain),
        }
    }
}

#[cfg(test)]
mod tests;
