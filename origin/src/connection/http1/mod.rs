//! The short path: plain GETs and HEADs of the library over HTTP/1.1, without hyper.
//!
//! hyper keeps two kilobytes for each connection and as much for each head, which at some thousand connections are in no
//! processor's cache, and cost more than the answer. Here heads are read where they lie, in a buffer of the thread's, and
//! nothing is kept for a connection between two requests. Anything else goes on with hyper, which then has the connection
//! to its end.

pub(crate) mod head;
mod reply;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use tokio::io::{AsyncWriteExt as _, ReadBuf};

use super::limits::ConnectionLimits;
use super::running::Running;
use super::transport::Transport;
use crate::service::fast::Ready;
use head::{Head, MOST_FIELDS, Parsed};
use reply::Reply;

/// Bytes that one read takes at most.
const READ: usize = 16 << 10;
/// The first line of HTTP/2's preface (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

thread_local! {
    /// Heads are read here and answered before the next connection has its turn.
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into());
}

/// The end of the short path.
pub(crate) enum End<S> {
    /// The connection has ended.
    Closed,
    /// The next request, which was not taken, is for hyper.
    Hyper(S),
    /// The client speaks HTTP/2.
    Http2(S),
}

/// Answers plain requests of `stream` until one is not.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn serve<S: Transport>(stream: S, running: &Running, limits: &ConnectionLimits) -> io::Result<End<S>> {
    let mut short = ShortPath { stream, unread: Bytes::new(), gone: false, running, limits };
    loop {
        let reply = match poll_fn(|cx| short.poll_turn(cx)).await? {
            Turn::Reply(reply) => reply,
            Turn::Wait(reply) => short.wait(reply).await?,
            Turn::Hyper if short.unread.starts_with(PREFACE) => return Ok(End::Http2(short.give_back())),
            Turn::Hyper => return Ok(End::Hyper(short.give_back())),
            Turn::Closed => {
                short.stream.shutdown().await?;
                return Ok(End::Closed);
            }
        };
        let last = reply.last;
        reply.send(&mut short.stream, &limits.outlet).await?;
        if last {
            short.stream.shutdown().await?;
            return Ok(End::Closed);
        }
    }
}

struct ShortPath<'c, S> {
    stream: S,
    /// Bytes that were read beyond the last request.
    unread: Bytes,
    /// True when the client has said all that it will say.
    gone: bool,
    running: &'c Running,
    limits: &'c ConnectionLimits,
}

type PendingReply = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// The next thing to do on a connection.
#[expect(clippy::large_enum_variant, reason = "nearly all are replies, which an allocation would make dearer")]
enum Turn {
    /// The answer is there.
    Reply(Reply),
    /// The answer has to be waited for.
    Wait(PendingReply),
    /// The request is for hyper, or the connection is.
    Hyper,
    /// There are no more requests.
    Closed,
}

impl<S: Transport> ShortPath<'_, S> {
    fn give_back(mut self) -> S {
        self.stream.unread(self.unread);
        self.stream
    }

    /// The next request whose answer does not go at once.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        loop {
            let mut turn = ready!(self.poll_request(cx))?;
            let gone = match &mut turn {
                Turn::Reply(reply) if !reply.last => reply.goes_at_once(cx, &mut self.stream)?,
                _ => false,
            };
            if !gone {
                return Poll::Ready(Ok(turn));
            }
        }
    }

    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        if !self.unread.is_empty() {
            let read = std::mem::take(&mut self.unread);
            match self.turn(&read) {
                Some((turn, length)) => {
                    self.unread = read.slice(length..);
                    return Poll::Ready(Ok(turn));
                }
                None => self.unread = read,
            }
        }
        loop {
            if self.gone {
                return Poll::Ready(Ok(Turn::Closed));
            }
            if let Some(turn) = ready!(self.poll_read(cx))? {
                return Poll::Ready(Ok(turn));
            }
        }
    }

    /// Reads once. `None` if the head is not there whole: it may come in pieces.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Turn>>> {
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            self.gone = read.filled().is_empty();
            let joined;
            let bytes = if self.unread.is_empty() {
                read.filled()
            } else {
                joined = [&self.unread, read.filled()].concat();
                &joined
            };
            let (turn, length) = match self.turn(bytes) {
                Some((turn, length)) => (Some(turn), length),
                None => (None, 0),
            };
            self.unread = Bytes::copy_from_slice(bytes.get(length..).unwrap_or_default());
            Poll::Ready(Ok(turn))
        })
    }

    /// Waits for a reply. Bytes that come meanwhile are the next request's; no more of them are read than once. A client
    /// that says no more (half-closed) still gets its answers.
    async fn wait(&mut self, mut reply: PendingReply) -> io::Result<Reply> {
        poll_fn(|cx| {
            if let Poll::Ready(reply) = reply.as_mut().poll(cx) {
                return Poll::Ready(Ok(reply));
            }
            if self.unread.is_empty() && !self.gone {
                ready!(self.poll_more(cx))?;
            }
            Poll::Pending
        })
        .await
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            self.gone = read.filled().is_empty();
            self.unread = Bytes::copy_from_slice(read.filled());
            Poll::Ready(Ok(()))
        })
    }

    /// Decides about the request that `bytes` begin with, and gives its length; `None` if more has to come first.
    fn turn(&self, bytes: &[u8]) -> Option<(Turn, usize)> {
        let mut room = [const { MaybeUninit::uninit() }; MOST_FIELDS];
        let room = room.get_mut(..self.limits.fields.min(MOST_FIELDS)).unwrap_or_default();
        match Head::parse(bytes, room) {
            Parsed::Plain(head) if head.length <= self.limits.head => {
                Some(self.answer(&head).map_or((Turn::Hyper, 0), |turn| (turn, head.length)))
            }
            Parsed::Partial if bytes.len() < self.limits.head => None,
            // The parser is at a loss at the `2`, before the line is there whole.
            Parsed::Other if bytes.len() < PREFACE.len() && PREFACE.starts_with(bytes) => None,
            Parsed::Plain(_) | Parsed::Partial | Parsed::Other => Some((Turn::Hyper, 0)),
        }
    }

    /// `None` if the request is hyper's after all.
    fn answer(&self, head: &Head<'_, '_>) -> Option<Turn> {
        let (service, now) = (self.running.current(), Instant::now());
        let (limits, activity) = (self.limits, &self.limits.activity);
        if head.simple
            && limits.alternative.is_none()
            && let Some(hot) = service.find(&head.plain(), &limits.outlet)
        {
            let (under_way, number) = activity.begin(now);
            let last = head.last || limits.is_last(service.is_draining(), number);
            let Ready { head, body } = service.ready(&hot, &head.plain(), under_way, &limits.outlet);
            return Some(Turn::Reply(Reply::new(head, body, last, now)));
        }
        let request = head.request()?;
        let (under_way, number) = activity.begin(now);
        let head_last = head.last;
        Some(match service.answer_at_once(&request, under_way, &limits.outlet) {
            Ok(response) => {
                let response = limits.complete(service.is_draining(), response, Some(number));
                Turn::Reply(Reply::of(response, request.method(), head_last, now))
            }
            Err(under_way) => {
                let (service, limits) = (Arc::clone(&service), limits.clone());
                Turn::Wait(Box::pin(async move {
                    let response = service.answer(&request, under_way, &limits.outlet).await;
                    let response = limits.complete(service.is_draining(), response, Some(number));
                    Reply::of(response, request.method(), head_last, Instant::now())
                }))
            }
        })
    }
}
