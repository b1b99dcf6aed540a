//! A connection over which HTTP/1.1 is spoken in the plainest way.
//!
//! Heads are read where they lie, in a buffer of the thread's, and nothing is kept for a connection between two requests
//! but its place in the conversation. What is not plain goes on with hyper, which then has the connection to its end.

pub(crate) mod head;
mod pending;
pub(crate) mod reply;
mod tail;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use config::tree::TreePath;
use http::{Method, StatusCode, Version};
use tokio::io::{AsyncRead, AsyncWriteExt as _, ReadBuf};

use crate::cache::is_text;
use crate::carrier::Carrier;
use crate::connection::Terms;
use crate::fetch::Piped;
use crate::live::Live;
use crate::route::{Route, route};
use head::{Head, MOST};
use pending::{Fetching, Waiting, wait};
use reply::Reply;

/// What one read takes at most. A head that is longer, or that comes in pieces, is hyper's.
const AT_ONCE: usize = 16 << 10;

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; AT_ONCE].into());
}

/// Speaks it over `stream`, and gives that back if it is to go on with hyper.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn converse<S: Carrier>(stream: S, live: &Live, terms: &Terms) -> io::Result<Option<S>> {
    let mut conversation = Conversation { stream, unread: Bytes::new(), live, terms };
    loop {
        let reply = match poll_fn(|cx| conversation.poll_turn(cx)).await? {
            Turn::Reply(reply) => reply,
            Turn::Fetch(fetching) => match conversation.wait(Box::pin(fetching.reply(terms))).await? {
                Some(reply) => reply,
                None => return Ok(None),
            },
            Turn::Wait(waiting) => match conversation.wait(Box::pin(waiting.reply(live.service(), terms))).await? {
                Some(reply) => reply,
                None => return Ok(None),
            },
            Turn::NotPlain => {
                conversation.stream.unread(conversation.unread);
                return Ok(Some(conversation.stream));
            }
            Turn::End => {
                conversation.stream.shutdown().await?;
                return Ok(None);
            }
        };
        let last = reply.last;
        reply.send(&mut conversation.stream).await?;
        if last {
            conversation.stream.shutdown().await?;
            return Ok(None);
        }
    }
}

struct Conversation<'c, S> {
    stream: S,
    /// What was read beyond the last request.
    unread: Bytes,
    live: &'c Live,
    terms: &'c Terms,
}

/// What a request leads to.
enum Turn {
    /// The answer is there.
    Reply(Reply),
    /// A file has to be fetched.
    Fetch(Fetching),
    /// The answer has to be waited for.
    Wait(Waiting),
    /// This is for hyper.
    NotPlain,
    /// The client has ended the connection.
    End,
}

impl<S: Carrier> Conversation<'_, S> {
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

    async fn wait<R>(&mut self, reply: Pin<Box<impl Future<Output = R>>>) -> io::Result<Option<R>> {
        wait(reply, &mut self.stream, &mut self.unread).await
    }

    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        if !self.unread.is_empty() {
            let read = std::mem::take(&mut self.unread);
            let (turn, length) = self.turn(&read);
            self.unread = read.slice(length..);
            return Poll::Ready(Ok(turn));
        }
        READ.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(Turn::End));
            }
            let (turn, length) = self.turn(read.filled());
            self.unread = Bytes::copy_from_slice(read.filled().get(length..).unwrap_or_default());
            Poll::Ready(Ok(turn))
        })
    }

    /// What the request leads to that `bytes` begin with, and its length.
    fn turn(&self, bytes: &[u8]) -> (Turn, usize) {
        let mut room = [const { MaybeUninit::uninit() }; MOST];
        let room = room.get_mut(..self.terms.fields.min(MOST)).unwrap_or_default();
        let plain =
            Head::read(bytes, room, self.terms.longest).and_then(|head| Some((self.answer(&head)?, head.length)));
        plain.unwrap_or((Turn::NotPlain, 0))
    }

    fn answer(&self, head: &Head<'_, '_>) -> Option<Turn> {
        let (service, now) = (self.live.current(), Instant::now());
        if head.simple && self.terms.alternative.is_none() && service.answers_all_alike() {
            if let Some(ready) = service.ready(head, S::KERNEL_SENDS) {
                let (under_way, number) = self.terms.activity.begin(now);
                let last = head.last || self.terms.is_last(&service, number);
                let meter = service.metrics.answer(ready.kind, StatusCode::OK, Version::HTTP_11, under_way);
                return Some(Turn::Reply(Reply::new(ready.head, ready.body.metered(meter), last, now)));
            }
            if let Some((path, tree)) = plain_file(head) {
                let (under_way, number) = self.terms.activity.begin(now);
                let (service, piped, last) = (Arc::clone(&service), S::KERNEL_SENDS, head.last);
                return Some(Turn::Fetch(Fetching { service, path, tree, piped, under_way, number, last }));
            }
        }
        let mut request = head.request()?;
        let (under_way, number) = self.terms.activity.begin(now);
        Some(match service.answer_at_once(&request, S::KERNEL_SENDS, under_way) {
            Ok(response) => {
                let response = self.terms.complete(&service, response, Some(number));
                Turn::Reply(Reply::of(response, request.method(), head.last, now))
            }
            Err(under_way) => {
                if S::KERNEL_SENDS {
                    request.extensions_mut().insert(Piped);
                }
                Turn::Wait(Waiting { request, under_way, number, last: head.last })
            }
        })
    }
}

/// The file of a revision that `head` asks for all of, if that is sent as it lies on disk.
fn plain_file(head: &Head<'_, '_>) -> Option<(String, TreePath)> {
    if head.method != Method::GET || !head.target.starts_with("/vod/") {
        return None;
    }
    match route(head.target) {
        Route::Tree(path, tree) if tree.revision.is_some() && !is_text(tree.object) => Some((path.into_owned(), tree)),
        _ => None,
    }
}

/// What `stream` has to say; nothing at its end.
fn poll_more<S: AsyncRead + Unpin>(stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
    READ.with_borrow_mut(|buffer| {
        let mut read = ReadBuf::new(buffer);
        ready!(Pin::new(stream).poll_read(cx, &mut read))?;
        Poll::Ready(Ok(Bytes::copy_from_slice(read.filled())))
    })
}
