//! An answer of the short path on its way to the client.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Instant, SystemTime};

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{Method, Response, StatusCode};

use crate::connection::transport::Transport;
use crate::delivery::blocks::{BLOCK, Block, Outlet, PendingPlace};
use crate::delivery::body::Body;
use crate::delivery::pool;
use crate::http::content::range::ByteRange;
use crate::http::head::{DateLine, Tail, head};
use crate::library::file::{Opened, WINDOW};

/// Blocks that are written together: records of TLS that go in one call.
const TOGETHER: usize = 4;
/// Bytes that TLS may have to send beside, such as the answer to a new key (RFC 8446 §4.6.3).
const TO_SPARE: usize = 1 << 10;

thread_local! {
    static DATE_LINE: RefCell<DateLine> = RefCell::default();
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    /// The status line and all fields, but those of the tail until it is on its way.
    head: Bytes,
    tail: Option<Tail>,
    /// The part of the body that was taken to be sent at once.
    first: Bytes,
    body: Body,
    /// True if the connection ends with it.
    pub(super) last: bool,
}

impl Reply {
    /// One at `now` whose head was made before.
    pub(super) fn new(head: Bytes, body: Body, last: bool, now: Instant) -> Self {
        let tail = DATE_LINE.with_borrow_mut(|date| Tail::new(date.at(now, SystemTime::now), last));
        Self { head, tail: Some(tail), first: Bytes::new(), body, last }
    }

    /// `response` to a request by `method`, after which the connection ends if it says so or this is to be the `last`.
    pub(super) fn of(response: Response<Body>, method: &Method, last: bool, now: Instant) -> Self {
        let (mut parts, body) = response.into_parts();
        let last = parts.headers.remove(CONNECTION).is_some() || last;
        // RFC 9110 §8.6: never with 204; with 304 and HEAD, only if it is what a GET would have had.
        let without = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !without && method != Method::HEAD && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, body.left().into());
        }
        Self::new(head(parts.status, &parts.headers, []), body, last, now)
    }

    /// Sends it if it is in memory, and says whether all of it went in one call. If not, the rest is left to
    /// [`Self::send`]. A connection whose answers go like this has next to nothing written to its own memory, which after
    /// some thousand others is far from the processor.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(super) fn goes_at_once<S: Transport>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> io::Result<bool> {
        if !self.is_taken_whole::<S>() {
            return Ok(false);
        }
        let Some(bytes) = self.body.take_memory() else { return Ok(false) };
        self.first = bytes;
        let slices = [&self.head, self.tail(), &self.first].map(IoSlice::new);
        let Poll::Ready(written) = Pin::new(&mut *stream).poll_write_vectored(cx, &slices) else { return Ok(false) };
        let sent = self.advance(written?);
        match Pin::new(stream).poll_flush(cx) {
            Poll::Ready(flushed) => flushed.map(|()| sent),
            Poll::Pending => Ok(false),
        }
    }

    fn tail(&self) -> &[u8] {
        self.tail.as_ref().map_or(&[], Tail::bytes)
    }

    /// Notes that so many `bytes` of head, tail and first bytes went, and says whether nothing is left of them.
    fn advance(&mut self, bytes: usize) -> bool {
        let before = self.head.len() + self.tail().len();
        if bytes < before {
            let mut left = BytesMut::with_capacity(before);
            left.extend_from_slice(&self.head);
            left.extend_from_slice(self.tail());
            left.advance(bytes);
            self.head = left.freeze();
        } else {
            self.head = Bytes::new();
            self.first.advance(bytes - before);
            self.body.count((bytes - before) as u64);
        }
        self.tail = None;
        self.is_written()
    }

    /// True if the stream has taken head, tail and first bytes; a stream in TLS may still have to send them.
    fn is_written(&self) -> bool {
        self.head.is_empty() && self.tail.is_none() && self.first.is_empty()
    }

    /// True if the stream can be given all of a body in memory at once: the kernel takes what it has room for, and one
    /// record of TLS is little to hold for a client that takes nothing.
    fn is_taken_whole<S: Transport>(&self) -> bool {
        S::KERNEL_SENDS || self.body.left() <= BLOCK as u64
    }

    /// Sends it, or what is left of it, as fast as the client takes it. What waits for the client takes places of `outlet`.
    pub(super) async fn send<S: Transport>(mut self, stream: &mut S, outlet: &Outlet) -> io::Result<()> {
        if self.first.is_empty() && self.is_taken_whole::<S>() {
            self.first = self.body.take_memory().unwrap_or_default();
        }
        if self.body.left() == self.first.len() as u64 {
            self.send_memory(stream).await?;
        } else {
            let before = [&self.head, self.tail()].concat();
            send_rest(stream, before, self.body, outlet).await?;
        }
        poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
    }

    async fn send_memory<S: Transport>(&mut self, stream: &mut S) -> io::Result<()> {
        while !self.is_written() {
            let slices = [&self.head, self.tail(), &self.first].map(IoSlice::new);
            match poll_fn(|cx| Pin::new(&mut *stream).poll_write_vectored(cx, &slices)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => self.advance(written),
            };
        }
        Ok(())
    }
}

/// Sends `before` and all that is left of `body`.
async fn send_rest<S: Transport>(
    stream: &mut S,
    mut before: Vec<u8>,
    mut body: Body,
    outlet: &Outlet,
) -> io::Result<()> {
    let mut held = false;
    while body.left() > 0 {
        if S::KERNEL_SENDS
            && let Some((file, span)) = body.take_span()
        {
            if !std::mem::replace(&mut held, true) {
                stream.hold(true);
            }
            write_all(stream, &mut [IoSlice::new(&before)]).await?;
            before.clear();
            send_span(stream, &file, span, &mut body).await?;
            continue;
        }
        send_blocks(stream, &before, &mut body, outlet).await?;
        before.clear();
    }
    if held {
        stream.hold(false);
    }
    stream.let_wait(0);
    Ok(())
}

/// Sends `before` and the next blocks of `body`. Over TLS, their places are kept until the stream holds nothing made of them.
async fn send_blocks<S: Transport>(stream: &mut S, before: &[u8], body: &mut Body, outlet: &Outlet) -> io::Result<()> {
    let mut waiting = None;
    let blocks = match S::KERNEL_SENDS {
        // A block that the kernel takes is not held here; and the next piece may be for the kernel to send.
        true => [
            Some(poll_fn(|cx| body.poll_block(cx, None)).await.ok_or(io::ErrorKind::UnexpectedEof)??),
            None,
            None,
            None,
        ],
        false => poll_fn(|cx| poll_blocks(body, outlet, &mut waiting, cx)).await?,
    };
    let sent = blocks.iter().flatten().map(|block| block.bytes.len()).sum::<usize>();
    stream.let_wait(before.len() + sent + TO_SPARE);
    let [first, second, third, fourth] =
        blocks.each_ref().map(|block| block.as_ref().map_or(&[][..], |block| &block.bytes));
    write_all(stream, &mut [before, first, second, third, fourth].map(IoSlice::new)).await?;
    if !S::KERNEL_SENDS {
        let _places = blocks.map(|block| block.and_then(Block::into_place));
        poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await?;
    }
    body.count(sent as u64);
    Ok(())
}

type Batch = [Option<Block>; TOGETHER];

/// The next blocks, as many as are there without waiting once the first is. `waiting` keeps the turn between two calls.
fn poll_blocks(
    body: &mut Body,
    outlet: &Outlet,
    waiting: &mut Option<PendingPlace>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<Batch>> {
    let mut blocks = [const { None }; TOGETHER];
    for (number, room) in blocks.iter_mut().enumerate() {
        let place = match number {
            0 if body.is_in_memory() => ready!(outlet.poll_place(cx, waiting)),
            // It waits for its own.
            0 => None,
            // None is waited for while the client is: it would be kept from others meanwhile.
            _ => match outlet.try_place() {
                None => break,
                place => place,
            },
        };
        let (for_copy, for_read) = if body.is_in_memory() { (place, None) } else { (None, place) };
        *room = match body.poll_block(cx, for_read) {
            Poll::Ready(Some(block)) => Some(block?.taking(for_copy)),
            // Bytes that come next on the connection would be read as the rest of it.
            Poll::Ready(None) if number == 0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Poll::Pending if number == 0 => return Poll::Pending,
            Poll::Ready(None) | Poll::Pending => break,
        };
    }
    Poll::Ready(Ok(blocks))
}

async fn write_all<S: Transport>(stream: &mut S, mut left: &mut [IoSlice<'_>]) -> io::Result<()> {
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match poll_fn(|cx| Pin::new(&mut *stream).poll_write_vectored(cx, left)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut left, written),
        }
    }
    Ok(())
}

/// Has the kernel send `span` of `file`, a window after the other. A window that is not in its cache is brought in by the
/// pool; one that leaves the cache again before it is sent goes out from memory.
async fn send_span<S: Transport>(
    stream: &mut S,
    file: &Arc<Opened>,
    span: ByteRange,
    body: &mut Body,
) -> io::Result<()> {
    let (mut at, mut brought_in) = (span.start, false);
    while at < span.end {
        let end = span.end.min(at.saturating_add(WINDOW));
        match poll_fn(|cx| stream.poll_send_file(cx, file, at, end)).await? {
            Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(sent) => {
                at += sent as u64;
                body.count(sent as u64);
                brought_in = false;
            }
            None if !brought_in => {
                let file = file.clone();
                let work = pool::begin(move || file.bring_in(at, end));
                pool::end(work).await.map_err(io::Error::other)?;
                brought_in = true;
            }
            None => {
                let (file, most) = (file.clone(), usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK));
                let block = pool::end(pool::begin(move || file.block(at, most))).await.map_err(io::Error::other)?;
                write_all(stream, &mut [IoSlice::new(&block)]).await?;
                at += block.len() as u64;
                body.count(block.len() as u64);
                brought_in = false;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
