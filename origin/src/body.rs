//! The body of a response: bytes from memory without a copy, or a file read ahead by a block.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::entry::Source;
use crate::metrics::Meter;
use crate::range::ByteRange;
use crate::respond::Multipart;
use crate::store::{Opened, StoreError};

/// What is sent, and the meter that sees it go.
#[derive(Debug)]
pub struct Body {
    content: Content,
    left: u64,
    meter: Option<Meter>,
}

#[derive(Debug)]
enum Content {
    Bytes(Bytes),
    Span(Span),
    Pieces(VecDeque<Piece>),
    File { file: Arc<Opened>, pieces: VecDeque<Piece>, reading: Option<Reading> },
}

/// What is sent next.
#[derive(Debug)]
pub(crate) enum Next {
    /// From memory.
    Bytes(Bytes),
    /// By the kernel.
    Span(Span),
}

/// A part of a file that is in memory, too.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) file: Arc<Opened>,
    pub(crate) range: ByteRange,
    memory: Bytes,
}

impl Span {
    /// Its bytes from `at` on, which counts from the file's start.
    pub(crate) fn memory_from(&self, at: u64) -> &[u8] {
        let from = usize::try_from(at.saturating_sub(self.range.start)).unwrap_or(usize::MAX);
        self.memory.get(from..).unwrap_or_default()
    }
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// Of the file.
    Span(ByteRange),
}

#[derive(Debug)]
struct Reading(JoinHandle<Result<Bytes, StoreError>>);

impl Body {
    /// No bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    /// These bytes.
    #[must_use]
    pub fn bytes(bytes: Bytes) -> Self {
        Self { left: bytes.len() as u64, content: Content::Bytes(bytes), meter: None }
    }

    /// A range of `source`.
    #[must_use]
    pub fn part(source: &Source, range: ByteRange) -> Self {
        match source {
            Source::Memory(bytes) => Self::bytes(slice(bytes, range)),
            Source::Backed(bytes, file) => {
                let memory = slice(bytes, range);
                let left = memory.len() as u64;
                Self { content: Content::Span(Span { file: file.clone(), range, memory }), left, meter: None }
            }
            Source::File(file) => Self::file(file, VecDeque::from([Piece::Span(range)]), range.len()),
        }
    }

    /// Several ranges of `source`.
    #[must_use]
    pub fn multipart(source: &Source, multipart: Multipart) -> Self {
        let span = |range| match source {
            Source::Memory(bytes) | Source::Backed(bytes, _) => Piece::Bytes(slice(bytes, range)),
            Source::File(_) => Piece::Span(range),
        };
        let left = multipart.len;
        let parts = multipart.parts.into_iter().flat_map(|(before, range)| [Piece::Bytes(before), span(range)]);
        let pieces = parts.chain([Piece::Bytes(multipart.end)]).collect();
        match source {
            Source::Memory(_) | Source::Backed(..) => Self { content: Content::Pieces(pieces), left, meter: None },
            Source::File(file) => Self::file(file, pieces, left),
        }
    }

    fn file(file: &Arc<Opened>, pieces: VecDeque<Piece>, left: u64) -> Self {
        Self { content: Content::File { file: file.clone(), pieces, reading: None }, left, meter: None }
    }

    /// Has `meter` count what is sent.
    #[must_use]
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }
}

fn slice(bytes: &Bytes, range: ByteRange) -> Bytes {
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(at(range.start)..at(range.end))
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.poll_bytes(cx).map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Body {
    /// What is sent next, in `spans` of a file where the kernel can send from it.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>, spans: bool) -> Poll<Option<io::Result<Next>>> {
        if spans && self.left > 0 && matches!(self.content, Content::Span(_)) {
            let content = std::mem::replace(&mut self.content, Content::Bytes(Bytes::new()));
            if let Content::Span(span) = content {
                self.count(self.left);
                return Poll::Ready(Some(Ok(Next::Span(span))));
            }
        }
        self.poll_bytes(cx).map(|next| next.map(|bytes| bytes.map(Next::Bytes)))
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let next = match &mut self.content {
            Content::Bytes(bytes) => Some(Ok(std::mem::take(bytes))),
            Content::Span(span) => Some(Ok(std::mem::take(&mut span.memory))),
            Content::Pieces(pieces) => pieces.pop_front().map(|piece| match piece {
                Piece::Bytes(bytes) => Ok(bytes),
                Piece::Span(_) => Err(io::ErrorKind::InvalidData.into()),
            }),
            Content::File { file, pieces, reading } => ready!(poll_file(file, pieces, reading, cx)),
        };
        if let Some(Ok(bytes)) = &next {
            self.count(bytes.len() as u64);
        }
        Poll::Ready(next)
    }

    /// Notes that `bytes` more are handed over.
    fn count(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(bytes);
        if let Some(meter) = &mut self.meter {
            meter.sent(bytes);
        }
    }
}

type Read = Option<io::Result<Bytes>>;

/// The next piece; of the file, the next block, with the one after it begun. A file that changes meanwhile ends the
/// response, and with it the connection or stream, short of its length: the client sees that it has not got all.
fn poll_file(
    file: &Arc<Opened>,
    pieces: &mut VecDeque<Piece>,
    reading: &mut Option<Reading>,
    cx: &mut Context<'_>,
) -> Poll<Read> {
    let span = match pieces.front_mut() {
        None => return Poll::Ready(None),
        Some(Piece::Bytes(bytes)) => {
            let bytes = std::mem::take(bytes);
            pieces.pop_front();
            return Poll::Ready(Some(Ok(bytes)));
        }
        Some(Piece::Span(span)) => span,
    };
    let under_way = reading.get_or_insert_with(|| Reading::begin(file, *span));
    let read = ready!(Pin::new(&mut under_way.0).poll(cx));
    *reading = None;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
        Err(join) => return Poll::Ready(Some(Err(io::Error::other(join)))),
    };
    span.start += bytes.len() as u64;
    if span.start < span.end {
        *reading = Some(Reading::begin(file, *span));
    } else {
        pieces.pop_front();
    }
    Poll::Ready(Some(Ok(bytes)))
}

impl Reading {
    fn begin(file: &Arc<Opened>, span: ByteRange) -> Self {
        let file = file.clone();
        Self(tokio::task::spawn_blocking(move || file.block(span.start, span.end)))
    }
}
