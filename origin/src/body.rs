//! The body of a response: bytes from memory without a copy, or a file.

mod outgoing;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::entry::Source;
use crate::metrics::Meter;
use crate::pipes::Pipe;
use crate::range::ByteRange;
use crate::respond::Multipart;
use crate::store::Opened;
use outgoing::{Outgoing, Pooled};

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
    File(Outgoing),
}

/// What is sent next.
#[derive(Debug)]
pub(crate) enum Next {
    /// From memory.
    Bytes(Bytes),
    /// By the kernel, from a file.
    Span(Span),
    /// By the kernel, so many bytes of what is in a pipe.
    Piped(Pipe, usize),
}

/// A part of a file.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) file: Arc<Opened>,
    pub(crate) range: ByteRange,
    /// All of it, or nothing.
    memory: Bytes,
}

impl Next {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Span(span) => span.range.len(),
            Self::Piped(_, length) => *length as u64,
        }
    }
}

impl Span {
    /// Takes it out of a body that is done with it.
    fn take(&mut self) -> Self {
        Self { file: self.file.clone(), range: self.range, memory: std::mem::take(&mut self.memory) }
    }

    /// Its bytes from `at` on, which counts from the file's start: all of them if they are in memory, else a block that is
    /// read for it.
    ///
    /// # Errors
    /// When they can't be read, or the file changed.
    pub(crate) async fn bytes_from(&self, at: u64) -> io::Result<Bytes> {
        if !self.memory.is_empty() {
            return Ok(slice(&self.memory, ByteRange { start: at - self.range.start, end: self.range.len() }));
        }
        let end = self.range.end;
        let mut reading = Pooled::begin(&self.file, move |file| file.block(at, end));
        poll_fn(|cx| reading.poll(cx)).await
    }
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// Of the file.
    Span(ByteRange),
}

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
        Self { content: Content::File(Outgoing::new(file, pieces)), left, meter: None }
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
    /// What is sent next, in spans of a file where the kernel can send from it: given `spans`, if they have so many bytes
    /// or are in no memory.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>, spans: Option<u64>) -> Poll<Option<io::Result<Next>>> {
        let next = match (&mut self.content, spans) {
            (Content::Span(span), Some(least)) if self.left > 0 && span.range.len() >= least => {
                Some(Ok(Next::Span(span.take())))
            }
            (Content::File(outgoing), Some(_)) if self.left > 0 => ready!(outgoing.poll_spans(cx)),
            _ => return self.poll_bytes(cx).map(|next| next.map(|bytes| bytes.map(Next::Bytes))),
        };
        if let Some(Ok(next)) = &next {
            self.count(next.len());
        }
        Poll::Ready(next)
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
            Content::File(outgoing) => ready!(outgoing.poll_bytes(cx)),
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
