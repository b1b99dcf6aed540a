//! Answers that have to be waited for.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use config::tree::TreePath;
use http::{Method, Request, StatusCode, Version};
use http_body_util::Empty;
use tokio::io::AsyncRead;

use crate::activity::UnderWay;
use crate::answer::Answer;
use crate::connection::Terms;
use crate::http1::poll_more;
use crate::http1::reply::Reply;
use crate::service::Service;

/// The answer to a request of any kind.
pub(super) struct Waiting {
    pub(super) request: Request<Empty<Bytes>>,
    pub(super) under_way: UnderWay,
    /// Of the request on its connection.
    pub(super) number: u32,
    /// Whether the connection ends with it.
    pub(super) last: bool,
}

impl Waiting {
    pub(super) async fn reply(self, service: Arc<Service>, terms: &Terms) -> Reply {
        let Self { request, under_way, number, last } = self;
        let response = service.answer(&request, under_way).await;
        let response = terms.complete(&service, response, Some(number));
        Reply::of(response, request.method(), last, Instant::now())
    }
}

/// All of a file that is sent as it lies on disk: nothing but its path decides what the answer is.
pub(super) struct Fetching {
    /// What found that it answers all alike.
    pub(super) service: Arc<Service>,
    pub(super) path: String,
    pub(super) tree: TreePath,
    /// Whether it is best in a pipe.
    pub(super) piped: bool,
    pub(super) under_way: UnderWay,
    /// Of the request on its connection.
    pub(super) number: u32,
    /// Whether the connection ends with it.
    pub(super) last: bool,
}

impl Fetching {
    pub(super) async fn reply(self, terms: &Terms) -> Reply {
        let Self { service, path, tree, piped, under_way, number, last } = self;
        let fetched = service.fetched(&path, &tree, piped).await;
        let now = Instant::now();
        match fetched {
            Ok(ready) => {
                let meter = service.metrics.answer(ready.kind, StatusCode::OK, Version::HTTP_11, under_way);
                let last = last || terms.is_last(&service, number);
                Reply::new(ready.head, ready.body.metered(meter), last, now)
            }
            Err(Answer { kind, response }) => {
                let meter = service.metrics.answer(kind, response.status(), Version::HTTP_11, under_way);
                let response = response.map(|body| body.metered(meter));
                Reply::of(terms.complete(&service, response, Some(number)), &Method::GET, last, now)
            }
        }
    }
}

/// Waits for a reply as long as its client is there; `None` when that has left. What it says meanwhile is its next
/// request, of which no more is read than once, and goes to `unread`.
pub(super) async fn wait<R, S: AsyncRead + Unpin>(
    mut reply: Pin<Box<impl Future<Output = R>>>,
    stream: &mut S,
    unread: &mut Bytes,
) -> io::Result<Option<R>> {
    poll_fn(|cx| {
        if let Poll::Ready(reply) = reply.as_mut().poll(cx) {
            return Poll::Ready(Ok(Some(reply)));
        }
        if unread.is_empty() {
            *unread = ready!(poll_more(stream, cx))?;
            if unread.is_empty() {
                return Poll::Ready(Ok(None));
            }
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn a_reply_is_waited_for_until_its_client_leaves() {
        let (mut near, mut far) = tokio::io::duplex(100);
        let mut unread = Bytes::new();
        far.write_all(b"GET /next").await.unwrap();
        let soon = Box::pin(async {
            tokio::task::yield_now().await;
            1
        });
        assert_eq!(wait(soon, &mut near, &mut unread).await.unwrap(), Some(1));
        assert_eq!(unread, "GET /next");
        unread.clear();
        drop(far);
        assert_eq!(wait(Box::pin(pending::<u8>()), &mut near, &mut unread).await.unwrap(), None);
    }
}
