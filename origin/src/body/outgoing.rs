//! A file that is not in memory, on its way out: read block by block, or sent by the kernel window by window.
//!
//! A file that is seen to have changed ends the response, and with it the connection or stream, short of its length: the
//! client sees that it has not got all.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::{Load, Next, Piece, Span};
use crate::range::ByteRange;
use crate::store::direct::Block;
use crate::store::{Opened, StoreError, WINDOW};

#[derive(Debug)]
pub(super) struct Outgoing {
    file: Arc<Opened>,
    pieces: VecDeque<Piece>,
    reading: Option<Pooled<Block>>,
    bringing: Option<Pooled<()>>,
    /// Whether the window that comes next is in the kernel's cache.
    there: bool,
    /// Up to where the kernel brings the file in without being asked again.
    ahead: u64,
}

type Sent<T> = Poll<Option<io::Result<T>>>;

impl Outgoing {
    pub(super) fn new(file: &Arc<Opened>, pieces: VecDeque<Piece>) -> Self {
        let ahead = if file.begun { file.reach(0, WINDOW.min(file.identity.size)) } else { 0 };
        Self { file: file.clone(), pieces, reading: None, bringing: None, there: false, ahead }
    }

    /// The next piece; of the file, the next block. Not a block ahead, which a slow client would hold memory with.
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Sent<Bytes> {
        if !matches!(self.pieces.front(), Some(Piece::Span(_))) {
            return Poll::Ready(self.whole_piece().map(Ok));
        }
        let bytes = ready!(self.poll_block(cx, false)).map(|block| match block {
            Block::Bytes(bytes) => Ok(bytes),
            Block::Piped(mut pipe, length) => pipe.take(length),
        });
        Poll::Ready(Some(bytes.flatten()))
    }

    /// The next piece; of the file, the next window, which the kernel has in its cache, while it brings in the one after
    /// it; or the next block, if that is how it is sent.
    pub(super) fn poll_spans(&mut self, cx: &mut Context<'_>) -> Sent<Next> {
        let span = match self.pieces.front_mut() {
            Some(Piece::Span(span)) => span,
            Some(Piece::Bytes(_)) | None => {
                return Poll::Ready(self.whole_piece().map(|bytes| Ok(Next::Bytes(bytes))));
            }
        };
        if self.file.by_block {
            let block = ready!(self.poll_block(cx, true));
            return Poll::Ready(Some(block.map(|block| match block {
                Block::Bytes(bytes) => Next::Bytes(bytes),
                Block::Piped(pipe, left) => Next::Piped(Load { file: self.file.clone(), pipe, left }),
            })));
        }
        let bring = |range: ByteRange| Pooled::begin(&self.file, move |file| file.bring_in(range.start, range.end));
        let range = first_window(*span);
        if !(self.there || self.file.begun && range.start < WINDOW) {
            ready!(self.bringing.get_or_insert_with(|| bring(range)).poll(cx))?;
            if range.start >= self.ahead {
                self.ahead = self.file.reach(range.start, range.end);
            }
        }
        span.start = range.end;
        (self.there, self.bringing) = (false, None);
        if span.start < span.end {
            let next = first_window(*span);
            // To look where nothing is begun would begin it, with a single page.
            self.there = next.start < self.ahead && self.file.is_there(next.end - 1);
            self.bringing = (!self.there).then(|| bring(next));
        } else {
            self.pieces.pop_front();
        }
        Poll::Ready(Some(Ok(Next::Span(Span { file: self.file.clone(), range }))))
    }

    /// The next block of the span that comes next, if it can be in a pipe when it may be `piped`.
    fn poll_block(&mut self, cx: &mut Context<'_>, piped: bool) -> Poll<io::Result<Block>> {
        let Some(Piece::Span(span)) = self.pieces.front_mut() else {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        };
        let (start, end) = (span.start, span.end);
        let may_be_there = !self.file.direct && self.reading.is_none() && start < self.ahead;
        let at_once = || may_be_there.then(|| self.file.block_at_once(start, end)).flatten().map(Block::Bytes);
        let block = match self.file.take_first(start, end).or_else(at_once) {
            Some(block) => block,
            None => {
                let begin = || Pooled::begin(&self.file, move |file| file.next_block(start, end, piped));
                let block = ready!(self.reading.get_or_insert_with(begin).poll(cx))?;
                if self.file.large_folios && start >= self.ahead {
                    self.ahead = self.file.reach(start, first_window(ByteRange { start, end }).end);
                }
                block
            }
        };
        self.reading = None;
        span.start += block.len() as u64;
        if span.start >= span.end {
            self.pieces.pop_front();
        }
        Poll::Ready(Ok(block))
    }

    fn whole_piece(&mut self) -> Option<Bytes> {
        match self.pieces.pop_front()? {
            Piece::Bytes(bytes) => Some(bytes),
            Piece::Span(_) => None,
        }
    }
}

/// What of `span` lies in one window of the file.
fn first_window(span: ByteRange) -> ByteRange {
    ByteRange { end: span.end.min((span.start / WINDOW + 1) * WINDOW), ..span }
}

/// Work on the pool.
#[derive(Debug)]
pub(super) struct Pooled<T>(JoinHandle<Result<T, StoreError>>);

impl<T: Send + 'static> Pooled<T> {
    /// Begins `work`, which blocks, on `file`.
    pub(super) fn begin(
        file: &Arc<Opened>,
        work: impl FnOnce(&Opened) -> Result<T, StoreError> + Send + 'static,
    ) -> Self {
        let file = file.clone();
        Self(tokio::task::spawn_blocking(move || work(&file)))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let done = ready!(Pin::new(&mut self.0).poll(cx)).map_err(io::Error::other)?;
        Poll::Ready(done.map_err(io::Error::other))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::store::Store;

    #[test]
    fn however_a_file_is_had_its_blocks_are_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut content = vec![0; 4_500_000];
        blake3::Hasher::new().finalize_xof().fill(&mut content);
        std::fs::write(folder.path().join("a"), &content).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let at = |offset| usize::try_from(offset).unwrap();
        for (large_folios, begun) in [(false, false), (false, true), (true, false), (true, true)] {
            for (start, end) in [(0, 4_500_000), (5, 6), (WINDOW - 1, WINDOW + 1), (WINDOW, 4_500_000)] {
                let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
                (opened.large_folios, opened.begun) = (large_folios, begun);
                let pieces = VecDeque::from([Piece::Span(ByteRange { start, end })]);
                let (mut outgoing, mut got) = (Outgoing::new(&Arc::new(opened), pieces), Vec::new());
                runtime.block_on(async {
                    while let Some(bytes) = poll_fn(|cx| outgoing.poll_bytes(cx)).await {
                        got.extend_from_slice(&bytes.unwrap());
                    }
                });
                assert!(got == content[at(start)..at(end)], "{large_folios} {begun} {start}..{end}");
            }
        }
    }

    #[test]
    fn a_window_ends_where_the_next_begins() {
        for ((start, end), expected) in [
            ((0, 10), 10),
            ((0, WINDOW), WINDOW),
            ((0, WINDOW + 1), WINDOW),
            ((WINDOW - 1, 3 * WINDOW), WINDOW),
            ((WINDOW, 3 * WINDOW), 2 * WINDOW),
            ((2 * WINDOW + 5, 2 * WINDOW + 7), 2 * WINDOW + 7),
        ] {
            assert_eq!(first_window(ByteRange { start, end }), ByteRange { start, end: expected });
        }
    }
}
