//! An open file on its way out, block by block.
//!
//! A file that is seen to have changed ends the response, and with it the connection or stream, short of its length: the
//! client sees that it has not got all.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::blocks::{BLOCK, Block, Outlet, PendingPlace, Place};
use super::pool::{self, Pooled};
use crate::http::content::range::ByteRange;
use crate::library::file::{Opened, WINDOW};

/// A part of a response.
#[derive(Debug)]
pub(crate) enum Piece {
    Bytes(Bytes),
    /// A range of the file.
    Span(ByteRange),
}

/// The pieces that are still to be sent.
#[derive(Debug)]
pub(super) struct Outgoing {
    file: Arc<Opened>,
    pieces: VecDeque<Piece>,
    outlet: Outlet,
    step: Step,
}

/// The wait that the next block is in.
enum Step {
    /// A place for it, where that has a turn.
    Place(Option<PendingPlace>),
    Disk(Place, Pooled<Vec<u8>>),
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Place(None) => "Idle",
            Self::Place(Some(_)) => "Place",
            Self::Disk(..) => "Disk",
        })
    }
}

impl Outgoing {
    pub(super) fn new(file: Arc<Opened>, pieces: VecDeque<Piece>, outlet: Outlet) -> Self {
        Self { file, pieces, outlet, step: Step::Place(None) }
    }

    /// The next piece; of the file, the next block, in `place` if there is one, else in one that is waited for. It is not
    /// read ahead: a slow client would hold memory with it.
    pub(super) fn poll_block(&mut self, cx: &mut Context<'_>, place: Option<Place>) -> Poll<Option<io::Result<Block>>> {
        let span = match self.pieces.front() {
            Some(Piece::Span(span)) => *span,
            Some(Piece::Bytes(_)) | None => return Poll::Ready(self.bytes().map(|bytes| Ok(Block::new(bytes, None)))),
        };
        let block = ready!(self.poll_read(cx, span, place));
        if let Ok(block) = &block {
            self.advance(block.bytes.len() as u64);
        }
        Poll::Ready(Some(block))
    }

    /// The span of the file that is next, for the kernel to send, if it can tell what of it is in its cache. A block of it
    /// that is being read goes first.
    pub(super) fn take_span(&mut self) -> Option<(Arc<Opened>, ByteRange)> {
        let Some(Piece::Span(span)) = self.pieces.front() else { return None };
        let span = *span;
        if !self.file.tells() || !matches!(self.step, Step::Place(None)) {
            return None;
        }
        self.pieces.pop_front();
        Some((self.file.clone(), span))
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        span: ByteRange,
        mut place: Option<Place>,
    ) -> Poll<io::Result<Block>> {
        loop {
            match &mut self.step {
                Step::Place(waiting) => {
                    let place = match place.take() {
                        Some(place) => place,
                        None => ready!(self.outlet.poll_place(cx, waiting)).ok_or(io::ErrorKind::OutOfMemory)?,
                    };
                    let most = usize::try_from(span.len()).unwrap_or(BLOCK).min(BLOCK);
                    if let Some(block) = self.file.block_at_once(span.start, most) {
                        return Poll::Ready(Ok(Block::new(block, Some(place))));
                    }
                    let file = self.file.clone();
                    self.step = Step::Disk(place, pool::begin(move || file.block_and_more(span, most)));
                }
                Step::Disk(_, reading) => {
                    let read = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other)?.map_err(io::Error::other);
                    let done = std::mem::replace(&mut self.step, Step::Place(None));
                    let Step::Disk(place, _) = done else { continue };
                    return Poll::Ready(read.map(|block| Block::new(block, Some(place))));
                }
            }
        }
    }

    fn bytes(&mut self) -> Option<Bytes> {
        match self.pieces.pop_front()? {
            Piece::Bytes(bytes) => Some(bytes),
            Piece::Span(_) => None,
        }
    }

    fn advance(&mut self, bytes: u64) {
        let Some(Piece::Span(span)) = self.pieces.front_mut() else { return };
        span.start += bytes;
        if span.start >= span.end {
            self.pieces.pop_front();
        }
    }
}

impl Opened {
    /// `most` bytes from the start of `span`. Where the kernel tells what is in its cache, a window of the span is brought
    /// in with them, so that the blocks that follow need no visit to the pool.
    fn block_and_more(&self, span: ByteRange, most: usize) -> Result<Vec<u8>, crate::library::error::StoreError> {
        if self.tells() {
            self.bring_in(span.start, span.end.min(span.start.saturating_add(WINDOW)))?;
        }
        self.block(span.start, most)
    }
}
