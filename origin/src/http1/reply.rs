//! An answer on its way to the client.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, Method, Response, StatusCode};
use hyper::body::Body as _;

use crate::body::{Body, Draw, Next, Span};
use crate::carrier::Carrier;
use crate::pipes::Pipe;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status line and all fields but those of the tail.
    head: Bytes,
    body: Body,
    /// Whether the connection ends with it.
    pub(crate) last: bool,
}

impl Reply {
    /// One whose head was made before.
    pub(crate) fn new(head: Bytes, body: Body, last: bool) -> Self {
        Self { head, body, last }
    }

    /// `response` to a request by `method`, after which the connection ends if it says so or this is to be the `last`.
    pub(crate) fn of(response: Response<Body>, method: &Method, last: bool) -> Self {
        let (mut parts, body) = response.into_parts();
        let last = parts.headers.remove(CONNECTION).is_some() || last;
        // RFC 9110 §8.6: never with 204; with 304 and HEAD, only if it is what a GET would have had.
        let bodiless = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !bodiless && method != Method::HEAD && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, body.size_hint().lower().into());
        }
        Self::new(head(parts.status, &parts.headers), body, last)
    }

    /// Sends it, as fast as the client takes it.
    pub(crate) async fn send<S: Carrier>(self, stream: &mut S) -> io::Result<()> {
        let Self { head, mut body, last } = self;
        let tail = Tail::new(SystemTime::now(), last);
        let mut before: [&[u8]; 2] = [&head, tail.as_bytes()];
        let mut held = false;
        loop {
            let [head, tail] = std::mem::take(&mut before);
            match poll_fn(|cx| body.poll_next(cx, S::KERNEL_SENDS)).await.transpose()? {
                Some(Next::Bytes(bytes)) => write(stream, [head, tail, &bytes]).await?,
                Some(next) => {
                    if !held {
                        stream.hold(true);
                        held = true;
                    }
                    write(stream, [head, tail, &[]]).await?;
                    send(stream, next).await?;
                }
                // What comes next would be read as the rest of it.
                None if body.size_hint().lower() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {
                    write(stream, [head, tail, &[]]).await?;
                    break;
                }
            }
        }
        if held {
            stream.hold(false);
        }
        poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
    }
}

/// The head of an answer, made once for all that will be the same but for their tails.
pub(crate) fn head(status: StatusCode, headers: &HeaderMap) -> Bytes {
    let mut head = BytesMut::with_capacity(1024);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or_default(), "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.freeze()
}

/// The end of a head: the hour, whether it is the connection's last, and an empty line.
struct Tail {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Tail {
    const LONGEST: usize = 64;

    fn new(now: SystemTime, last: bool) -> Self {
        let mut tail = Self { bytes: [0; Self::LONGEST], length: 0 };
        DATE.with_borrow_mut(|date| tail.add(date.at(now)));
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

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A field `date` (RFC 9110 §6.6.1), made once a second.
#[derive(Default)]
struct DateLine {
    second: Duration,
    text: String,
}

thread_local! {
    static DATE: RefCell<DateLine> = RefCell::default();
}

impl DateLine {
    fn at(&mut self, now: SystemTime) -> &[u8] {
        let second = Duration::from_secs(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        if self.text.is_empty() || self.second != second {
            self.second = second;
            self.text = format!("date: {}\r\n", httpdate::fmt_http_date(UNIX_EPOCH + second));
        }
        self.text.as_bytes()
    }
}

/// Writes all of `slices`.
async fn write<S: Carrier>(stream: &mut S, slices: [&[u8]; 3]) -> io::Result<()> {
    let mut left = slices.map(IoSlice::new);
    let mut left = left.as_mut_slice();
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match poll_fn(|cx| Pin::new(&mut *stream).poll_write_vectored(cx, left)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut left, written),
        }
    }
    Ok(())
}

/// Has the kernel send what comes next.
async fn send<S: Carrier>(stream: &mut S, next: Next) -> io::Result<()> {
    match next {
        Next::Bytes(bytes) => write(stream, [&bytes, &[], &[]]).await,
        Next::Kept(draw) => send_kept(stream, draw).await,
        Next::Span(span) => send_span(stream, &span).await,
        Next::Piped(pipe, length) => send_piped(stream, pipe, length).await,
    }
}

/// Sends what the kernel keeps; from where on that can't be, as bytes.
async fn send_kept<S: Carrier>(stream: &mut S, mut draw: Draw) -> io::Result<()> {
    while draw.range.is_some() {
        match poll_fn(|cx| stream.poll_send_kept(cx, &draw)).await {
            Ok(sent) if sent > 0 => draw.advance(sent as u64),
            Ok(_) | Err(_) => break,
        }
    }
    while let Some(block) = draw.block() {
        write(stream, [&block?, &[], &[]]).await?;
    }
    Ok(())
}

/// Sends so many bytes from a pipe; from where on that can't be, as bytes.
async fn send_piped<S: Carrier>(stream: &mut S, mut pipe: Pipe, length: usize) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        match poll_fn(|cx| stream.poll_send_pipe(cx, &mut pipe, left)).await {
            Ok(sent) if sent > 0 => left -= sent,
            Ok(_) | Err(_) => return write(stream, [&pipe.take(left)?, &[], &[]]).await,
        }
    }
    Ok(())
}

/// Sends a span from its file; from where on that can't be, as bytes.
async fn send_span<S: Carrier>(stream: &mut S, span: &Span) -> io::Result<()> {
    let (mut at, end) = (span.range.start, span.range.end);
    while at < end {
        match poll_fn(|cx| stream.poll_send_file(cx, &span.file, at, end - at)).await {
            Ok(sent) if sent > 0 => at += sent as u64,
            Ok(_) | Err(_) => break,
        }
    }
    while at < end {
        let bytes = span.bytes_from(at).await?;
        write(stream, [&bytes, &[], &[]]).await?;
        at += bytes.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
