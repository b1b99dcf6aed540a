//! The body of a response: bytes from memory or from pipes, none of them copied where that can be, or a file.

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
use crate::linux;
use crate::metrics::Meter;
use crate::pipes::Pipe;
use crate::range::ByteRange;
use crate::reservoir::Reservoir;
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
    Kept(Draw),
    Parts(VecDeque<Part>),
    File(Outgoing),
}

/// Of several ranges.
#[derive(Debug)]
enum Part {
    Bytes(Bytes),
    Kept(Draw),
}

/// What is sent next.
#[derive(Debug)]
pub(crate) enum Next {
    /// From memory.
    Bytes(Bytes),
    /// By the kernel, from what it keeps.
    Kept(Draw),
    /// By the kernel, from a file.
    Span(Span),
    /// By the kernel, from a pipe.
    Piped(Load),
}

/// A part of a file.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) file: Arc<Opened>,
    pub(crate) range: ByteRange,
}

/// Bytes of a file that are in a pipe.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) file: Arc<Opened>,
    pub(crate) pipe: Pipe,
    /// How many are still to be sent.
    pub(crate) left: usize,
}

/// A part of what the kernel keeps, of which less and less is left.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) reservoir: Arc<Reservoir>,
    /// `None` when nothing is left.
    pub(crate) range: Option<ByteRange>,
    /// The same bytes in memory, all or none.
    memory: Bytes,
}

impl Next {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Kept(draw) => draw.len(),
            Self::Span(span) => span.range.len(),
            Self::Piped(load) => load.left as u64,
        }
    }
}

impl Span {
    /// A block of its bytes from `at` on, which counts from the file's start.
    ///
    /// # Errors
    /// When they can't be read, or the file changed.
    pub(crate) async fn bytes_from(&self, at: u64) -> io::Result<Bytes> {
        let end = self.range.end;
        let mut reading = Pooled::begin(&self.file, move |file| file.block(at, end));
        poll_fn(|cx| reading.poll(cx)).await
    }
}

impl Draw {
    fn new(reservoir: &Arc<Reservoir>, memory: Option<&Bytes>, range: ByteRange) -> Self {
        let memory = memory.map(|bytes| slice(bytes, range)).unwrap_or_default();
        Self { reservoir: reservoir.clone(), range: Some(range), memory }
    }

    pub(crate) fn len(&self) -> u64 {
        self.range.map_or(0, ByteRange::len)
    }

    /// Notes that its first `bytes` are taken.
    pub(crate) fn advance(&mut self, bytes: u64) {
        self.range = self.range.and_then(|ByteRange { start, end }| {
            let start = start.saturating_add(bytes);
            (start < end).then_some(ByteRange { start, end })
        });
        let taken = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.memory.len());
        let _ = self.memory.split_to(taken);
    }

    /// Whether a head can be sent with its first bytes.
    pub(crate) fn takes_head(&self) -> bool {
        self.range.is_some_and(|range| Reservoir::begins_at(range.start))
    }

    /// Whether the kernel sends all of it in one call, with a `head` of so many bytes, where it is given no more than `most`
    /// at once. Before Linux 6.5 it does so run by run, and nothing but the socket's own waiting makes full packets of
    /// them.
    pub(crate) fn goes_at_once(&self, head: usize, most: usize) -> bool {
        let Some(range) = self.range else { return false };
        let fits = usize::try_from(range.len()).is_ok_and(|length| head.saturating_add(length) <= most);
        fits && Reservoir::is_one_draw(range) && *linux::RELEASE >= (6, 5)
    }

    /// Takes its first bytes: all that are left if they are in memory, else a block, copied. `None` when nothing is left.
    pub(crate) fn block(&mut self) -> Option<io::Result<Bytes>> {
        let range = self.range?;
        if !self.memory.is_empty() {
            self.range = None;
            return Some(Ok(std::mem::take(&mut self.memory)));
        }
        let block = self.reservoir.read(range.start, range.len());
        Some(block.inspect(|block| self.advance(block.len() as u64)))
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
            Source::Kept(reservoir, memory) => {
                let draw = Draw::new(reservoir, memory.as_ref(), range);
                Self { content: Content::Kept(draw), left: range.len(), meter: None }
            }
            Source::File(file) => Self::file(file, VecDeque::from([Piece::Span(range)]), range.len()),
        }
    }

    /// Several ranges of `source`.
    #[must_use]
    pub fn multipart(source: &Source, multipart: Multipart) -> Self {
        let Multipart { parts, end, len: left, .. } = multipart;
        let content = match source {
            Source::Memory(bytes) => {
                Content::Parts(in_order(parts, end, Part::Bytes, |range| Part::Bytes(slice(bytes, range))))
            }
            Source::Kept(reservoir, memory) => Content::Parts(in_order(parts, end, Part::Bytes, |range| {
                Part::Kept(Draw::new(reservoir, memory.as_ref(), range))
            })),
            Source::File(file) => Content::File(Outgoing::new(file, in_order(parts, end, Piece::Bytes, Piece::Span))),
        };
        Self { content, left, meter: None }
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

/// Each range after what comes before it, then the end.
fn in_order<P>(
    parts: Vec<(Bytes, ByteRange)>,
    end: Bytes,
    bytes: fn(Bytes) -> P,
    range: impl Fn(ByteRange) -> P,
) -> VecDeque<P> {
    let each = parts.into_iter().flat_map(|(before, of)| [bytes(before), range(of)]);
    each.chain([bytes(end)]).collect()
}

/// The first bytes of `parts`.
fn first_of(parts: &mut VecDeque<Part>) -> Option<io::Result<Bytes>> {
    loop {
        match parts.pop_front()? {
            Part::Bytes(bytes) => return Some(Ok(bytes)),
            Part::Kept(mut draw) => {
                if let Some(block) = draw.block() {
                    parts.push_front(Part::Kept(draw));
                    return Some(block);
                }
            }
        }
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
    /// All of it if it is in memory, in one piece.
    pub(crate) fn take_memory(&mut self) -> Option<Bytes> {
        let Content::Bytes(bytes) = &mut self.content else { return None };
        let bytes = std::mem::take(bytes);
        if !bytes.is_empty() {
            self.count(bytes.len() as u64);
        }
        Some(bytes)
    }

    /// What is sent next, by the kernel where it `can` send.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>, can: bool) -> Poll<Option<io::Result<Next>>> {
        let next = match &mut self.content {
            Content::Kept(draw) if can && self.left > 0 => Some(Ok(Next::Kept(draw.clone()))),
            Content::File(outgoing) if can && self.left > 0 => ready!(outgoing.poll_spans(cx)),
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
            Content::Kept(draw) => draw.block(),
            Content::Parts(parts) => first_of(parts),
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
