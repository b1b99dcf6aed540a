//! The body of a response.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::blocks::{BLOCK, Block, Outlet, Place};
use super::outgoing::{Outgoing, Piece};
use super::source::Source;
use crate::http::content::multipart::Multipart;
use crate::http::content::range::ByteRange;
use crate::library::file::Opened;
use crate::observe::metrics::meters::Meter;

/// The content of a response, before it is known who takes it.
#[derive(Debug)]
pub(crate) struct Content {
    from: From,
    len: u64,
}

#[derive(Debug)]
enum From {
    Memory(Bytes),
    Pieces(Arc<Opened>, VecDeque<Piece>),
    Parts(VecDeque<Bytes>),
}

impl Content {
    /// No bytes.
    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    /// These bytes.
    pub(crate) fn bytes(bytes: Bytes) -> Self {
        Self { len: bytes.len() as u64, from: From::Memory(bytes) }
    }

    /// A range of `source`.
    pub(crate) fn part(source: &Source, range: ByteRange) -> Self {
        match source {
            Source::Memory(bytes) => Self::bytes(slice(bytes, range)),
            Source::File(file) => {
                Self { from: From::Pieces(file.clone(), VecDeque::from([Piece::Span(range)])), len: range.len() }
            }
        }
    }

    /// Several ranges of `source`.
    pub(crate) fn multipart(source: &Source, multipart: Multipart) -> Self {
        let Multipart { parts, end, len, .. } = multipart;
        let from = match source {
            Source::Memory(bytes) => From::Parts(in_order(parts, end, |part| part, |range| slice(bytes, range))),
            Source::File(file) => From::Pieces(file.clone(), in_order(parts, end, Piece::Bytes, Piece::Span)),
        };
        Self { from, len }
    }

    /// The body that sends it: counted by `meter`, its blocks within `outlet`.
    pub(crate) fn sent(self, meter: Meter, outlet: &Outlet) -> Body {
        let from = match self.from {
            From::Memory(bytes) => Sending::Memory(bytes),
            From::Parts(parts) => Sending::Parts(parts),
            From::Pieces(file, pieces) => Sending::File(Outgoing::new(file, pieces, outlet.clone())),
        };
        Body { from, left: self.len, meter: Some(meter) }
    }
}

/// Each range after the bytes that go before it, then the end.
fn in_order<P>(
    parts: Vec<(Bytes, ByteRange)>,
    end: Bytes,
    bytes: fn(Bytes) -> P,
    range: impl Fn(ByteRange) -> P,
) -> VecDeque<P> {
    let each = parts.into_iter().flat_map(|(before, of)| [bytes(before), range(of)]);
    each.chain([bytes(end)]).collect()
}

fn slice(bytes: &Bytes, range: ByteRange) -> Bytes {
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(at(range.start)..at(range.end))
}

/// A response's body on its way, and the meter that sees it go.
#[derive(Debug)]
pub(crate) struct Body {
    from: Sending,
    /// Bytes that did not go yet.
    left: u64,
    /// Until the last bytes have it.
    meter: Option<Meter>,
}

/// The block that `bytes` begin with, which is taken off them.
fn next_of(bytes: &mut Bytes) -> Option<io::Result<Block>> {
    (!bytes.is_empty()).then(|| Ok(Block::new(bytes.split_to(bytes.len().min(BLOCK)), None)))
}

/// The last bytes of a body. The answer is under way for as long as any part of them lives.
struct Last {
    bytes: Bytes,
    _meter: Option<Meter>,
}

impl AsRef<[u8]> for Last {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[derive(Debug)]
enum Sending {
    Memory(Bytes),
    Parts(VecDeque<Bytes>),
    File(Outgoing),
}

impl Body {
    /// Bytes that are still to go.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// All of it if it is in memory, in one piece. Whoever takes it counts what goes.
    pub(crate) fn take_memory(&mut self) -> Option<Bytes> {
        match &mut self.from {
            Sending::Memory(bytes) => Some(std::mem::take(bytes)),
            Sending::Parts(_) | Sending::File(_) => None,
        }
    }

    /// The span of a file that comes next, for the kernel to send. Whoever takes it counts what goes.
    pub(crate) fn take_span(&mut self) -> Option<(Arc<Opened>, ByteRange)> {
        match &mut self.from {
            Sending::File(outgoing) => outgoing.take_span(),
            Sending::Memory(_) | Sending::Parts(_) => None,
        }
    }

    /// True if its blocks are parts of what is in memory, and come without a place. Whoever copies them takes one.
    pub(crate) fn is_in_memory(&self) -> bool {
        !matches!(self.from, Sending::File(_))
    }

    /// The next block. One that has to be read takes `place`, or waits for one. Whoever takes the block counts what goes.
    pub(crate) fn poll_block(&mut self, cx: &mut Context<'_>, place: Option<Place>) -> Poll<Option<io::Result<Block>>> {
        match &mut self.from {
            Sending::Memory(bytes) => Poll::Ready(next_of(bytes)),
            Sending::Parts(parts) => loop {
                let Some(part) = parts.front_mut() else { return Poll::Ready(None) };
                match next_of(part) {
                    None => drop(parts.pop_front()),
                    block => return Poll::Ready(block),
                }
            },
            Sending::File(outgoing) => outgoing.poll_block(cx, place),
        }
    }

    /// Notes that `bytes` of it went.
    pub(crate) fn count(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(bytes);
        if let Some(meter) = &mut self.meter {
            meter.sent(bytes);
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    /// Bytes are counted as they are handed over, a block at a time. The last ones have the meter: hyper lets go of a body
    /// once it has them, but HTTP/2 holds them for as long as their client does not take them (RFC 9113 §5.2).
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(block) = ready!(self.poll_block(cx, None)) else { return Poll::Ready(None) };
        let mut bytes = block?.into_bytes();
        self.count(bytes.len() as u64);
        if self.left == 0 {
            bytes = Bytes::from_owner(Last { bytes, _meter: self.meter.take() });
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
