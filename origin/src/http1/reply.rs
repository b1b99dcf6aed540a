//! An answer on its way to the client.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use hyper::body::Body as _;

use crate::body::{Body, Draw, Load, Next, Span};
use crate::carrier::Carrier;
use crate::http1::tail::Tail;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status line and all fields but those of the tail.
    head: Bytes,
    tail: Tail,
    /// What of the body was taken to be sent at once.
    first: Bytes,
    body: Body,
    /// Whether the connection ends with it.
    pub(crate) last: bool,
}

impl Reply {
    /// One at `now` whose head was made before.
    pub(crate) fn new(head: Bytes, body: Body, last: bool, now: Instant) -> Self {
        Self { head, tail: Tail::new(now, last), first: Bytes::new(), body, last }
    }

    /// `response` to a request by `method`, after which the connection ends if it says so or this is to be the `last`.
    pub(crate) fn of(response: Response<Body>, method: &Method, last: bool, now: Instant) -> Self {
        let (mut parts, body) = response.into_parts();
        let last = parts.headers.remove(CONNECTION).is_some() || last;
        // RFC 9110 §8.6: never with 204; with 304 and HEAD, only if it is what a GET would have had.
        let bodiless = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !bodiless && method != Method::HEAD && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, body.size_hint().lower().into());
        }
        Self::new(head(parts.status, &parts.headers, []), body, last, now)
    }

    /// Sends it if it is in memory, and says whether all of it went in one call. If not, the rest is left to
    /// [`Self::send`]. A connection whose answers go like this has next to nothing written to its own memory, which after
    /// some thousand others is far from the processor.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) fn goes_at_once<S: Carrier>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> io::Result<bool> {
        let Some(bytes) = self.body.take_memory() else { return Ok(false) };
        self.first = bytes;
        let slices = [&self.head, self.tail.left(), &self.first].map(IoSlice::new);
        let Poll::Ready(written) = Pin::new(&mut *stream).poll_write_vectored(cx, &slices) else { return Ok(false) };
        let sent = self.advance(written?);
        match Pin::new(stream).poll_flush(cx) {
            Poll::Ready(flushed) => flushed.map(|()| sent),
            Poll::Pending => Ok(false),
        }
    }

    /// Notes that so many `bytes` of head, tail and first bytes went, and says whether nothing is left of them.
    fn advance(&mut self, bytes: usize) -> bool {
        let of_head = bytes.min(self.head.len());
        let of_tail = (bytes - of_head).min(self.tail.left().len());
        let of_first = (bytes - of_head - of_tail).min(self.first.len());
        self.head.advance(of_head);
        self.tail.advance(of_tail);
        self.first.advance(of_first);
        self.head.is_empty() && self.tail.left().is_empty() && self.first.is_empty()
    }

    /// Sends it, or what is left of it, as fast as the client takes it.
    pub(crate) async fn send<S: Carrier>(self, stream: &mut S) -> io::Result<()> {
        let Self { head, tail, first, mut body, .. } = self;
        let mut before: [&[u8]; 3] = [&head, tail.left(), &first];
        let mut held = false;
        loop {
            let [head, tail, first] = std::mem::take(&mut before);
            match poll_fn(|cx| body.poll_next(cx, S::KERNEL_SENDS)).await.transpose()? {
                Some(Next::Bytes(bytes)) => write(stream, [head, tail, first, &bytes]).await?,
                Some(next) => {
                    let before = head.len() + tail.len() + first.len();
                    let at_once = body.is_end_stream() && goes_at_once(stream, &next, before);
                    if !held && !at_once {
                        stream.hold(true);
                        held = true;
                    }
                    send(stream, [head, tail, first], next).await?;
                }
                // What comes next would be read as the rest of it.
                None if body.size_hint().lower() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {
                    write(stream, [head, tail, first, &[]]).await?;
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

/// The head of an answer with `headers` and `more`, made once for all that will be the same but for their tails.
pub(crate) fn head(
    status: StatusCode,
    headers: &HeaderMap,
    more: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
) -> Bytes {
    let mut head = BytesMut::with_capacity(1024);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or_default(), "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    let mut add = |name: &HeaderName, value: &HeaderValue| {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    headers.iter().for_each(|(name, value)| add(name, value));
    more.into_iter().for_each(|(name, value)| add(&name, &value));
    head.freeze()
}

/// Writes all of `slices`.
async fn write<S: Carrier>(stream: &mut S, slices: [&[u8]; 4]) -> io::Result<()> {
    write_all(stream, &mut slices.map(IoSlice::new)).await
}

async fn write_all<S: Carrier>(stream: &mut S, mut left: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match poll_fn(|cx| Pin::new(&mut *stream).poll_write_vectored(cx, left)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut left, written),
        }
    }
    Ok(())
}

/// Whether `next` goes in one call, with a head of so many bytes `before` it: there is nothing that packets could wait for.
fn goes_at_once<S: Carrier>(stream: &mut S, next: &Next, before: usize) -> bool {
    matches!(next, Next::Kept(draw) if draw.goes_at_once(before, stream.most_at_once()))
}

/// Sends `head`, and has the kernel send what comes next.
async fn send<S: Carrier>(stream: &mut S, head: [&[u8]; 3], next: Next) -> io::Result<()> {
    let mut head = head.map(IoSlice::new);
    match next {
        Next::Kept(draw) if draw.takes_head() => return send_kept(stream, &mut head, draw).await,
        _ => write_all(stream, &mut head).await?,
    }
    match next {
        Next::Bytes(bytes) => write(stream, [&bytes, &[], &[], &[]]).await,
        Next::Kept(draw) => send_kept(stream, &mut [], draw).await,
        Next::Span(span) => send_span(stream, &span).await,
        Next::Piped(load) => send_piped(stream, load).await,
    }
}

/// Sends `head` and what the kernel keeps; from where on that can't be, as bytes.
async fn send_kept<S: Carrier>(stream: &mut S, mut head: &mut [IoSlice<'_>], mut draw: Draw) -> io::Result<()> {
    IoSlice::advance_slices(&mut head, 0);
    while draw.range.is_some() {
        match poll_fn(|cx| stream.poll_send_kept(cx, head, &draw)).await {
            Ok(sent) if sent > 0 => {
                let of_head = sent.min(head.iter().map(|slice| slice.len()).sum());
                IoSlice::advance_slices(&mut head, of_head);
                draw.advance((sent - of_head) as u64);
            }
            Ok(_) | Err(_) if head.is_empty() => break,
            // There may be no room for it in the pipe.
            Ok(_) | Err(_) => write_all(stream, std::mem::take(&mut head)).await?,
        }
    }
    while let Some(block) = draw.block() {
        write(stream, [&block?, &[], &[], &[]]).await?;
    }
    Ok(())
}

/// Sends what is in a pipe; from where on that can't be, as bytes.
async fn send_piped<S: Carrier>(stream: &mut S, mut load: Load) -> io::Result<()> {
    while load.left > 0 {
        match poll_fn(|cx| stream.poll_send_pipe(cx, &mut load)).await {
            Ok(sent) if sent > 0 => load.left -= sent,
            Ok(_) | Err(_) => {
                let bytes = load.pipe.take(load.left)?;
                load.file.vouch_for_lent()?;
                return write(stream, [&bytes, &[], &[], &[]]).await;
            }
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
        write(stream, [&bytes, &[], &[], &[]]).await?;
        at += bytes.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
