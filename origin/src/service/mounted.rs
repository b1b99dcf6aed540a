//! Requests that a mount answers: within the origin's limits, counted and logged as all others.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use config::caller::Caller;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::mounts::{Broken, Mounted, MountedBody, RequestBody, Tunnel, is_extended_connect};
use super::state::{Service, answered};
use crate::http::client::Client;
use crate::http::request_id::X_REQUEST_ID;
use crate::observe::activity::guards::InMount;
use crate::observe::exchange::Asked;
use crate::observe::log::Line;
use crate::observe::metrics::meters::MountMeter;

/// A mount's response on its way.
#[derive(Debug)]
pub(crate) struct MeteredBody {
    body: MountedBody,
    meter: MountMeter,
    /// `None` where a tunnel has it.
    in_mount: Option<InMount>,
}

impl Service {
    /// Has `mount` answer `request` of `client`, which began then. A client may leave bytes for `stall` at a time.
    pub(crate) async fn answer_by_mount(
        &self,
        mount: &Mounted,
        request: Request<Incoming>,
        client: Client,
        in_mount: InMount,
        stall: Duration,
    ) -> Response<MeteredBody> {
        let began = Instant::now();
        let (mut head, body) = request.into_parts();
        let id = self.ids.as_ref().map(|ids| ids.of(&head.headers));
        if let Some(id) = &id {
            // The mount's own log has it, too.
            head.headers.insert(X_REQUEST_ID, id.clone());
        }
        // The parts of the request for the log, since the mount takes the request.
        let logged = (self.log.is_some() || self.spans.is_some()).then(|| {
            let mut logged = Request::new(());
            (*logged.method_mut(), *logged.uri_mut()) = (head.method.clone(), head.uri.clone());
            (*logged.version_mut(), *logged.headers_mut()) = (head.version, head.headers.clone());
            logged
        });
        let version = head.version;
        join_cookies(&mut head.headers);
        head.extensions.insert(Caller { address: client.address, is_tls: client.tls });
        let is_extended_connect = is_extended_connect(&head);
        let request = Request::from_parts(head, RequestBody::new(body, stall));
        let (mut response, tunnel) = if is_extended_connect {
            mount.connect(request, stall).await
        } else {
            (mount.call(request, stall).await, None)
        };
        let in_mount = match tunnel {
            Some(tunnel) => {
                mount.spawn(self.tunnel(tunnel, in_mount, stall));
                None
            }
            None => Some(in_mount),
        };
        let status = response.status();
        let line = logged.and_then(|request| {
            Line::begin(self.log.as_ref(), self.spans.as_deref(), status.as_u16(), || {
                let address = client.address.map(|address| address.ip());
                let asked = Asked { id: id.as_ref().map(HeaderValue::as_bytes), ..Asked::of(&request, address) };
                (asked, answered(status, mount.name(), None, began))
            })
        });
        if let Some(id) = id {
            response.headers_mut().entry(X_REQUEST_ID).or_insert(id);
        }
        let meter = self.metrics.answer_by_mount(mount.name(), status, version, began, line);
        response.map(|body| MeteredBody { body, meter, in_mount })
    }

    /// Runs `tunnel` to its end. As over HTTP/1.1, a client that takes nothing of it loses its connection.
    fn tunnel(&self, tunnel: Tunnel, in_mount: InMount, stall: Duration) -> impl Future<Output = ()> + use<> {
        let metrics = self.metrics.clone();
        async move {
            if let Err(Broken::Stalled) = tunnel.run(stall).await {
                in_mount.end_connection();
                metrics.timeouts.inc();
            }
        }
    }
}

/// Makes one field of the several that HTTP/2 lets a client make of its cookies (RFC 9113 §8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1
        && let Ok(mut joined) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        joined.set_sensitive(true);
        headers.insert(COOKIE, joined);
    }
}

impl Body for MeteredBody {
    type Data = Bytes;
    type Error = <MountedBody as Body>::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // It is asked for more once what it gave out has found room in the client's window (RFC 9113 §5.2).
        if let Some(in_mount) = &mut self.in_mount {
            in_mount.taken();
        }
        let next = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &next {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.meter.sent(bytes as u64);
            if let Some(in_mount) = self.in_mount.as_mut().filter(|_| bytes > 0) {
                in_mount.gave(Instant::now());
            }
        }
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_one_field() {
        let mut headers = HeaderMap::new();
        for crumb in ["session=1", "theme=dark", "a=b; c=d"] {
            headers.append(COOKIE, HeaderValue::from_static(crumb));
        }
        for _ in 0..2 {
            join_cookies(&mut headers);
            let all: Vec<_> = headers.get_all(COOKIE).iter().collect();
            assert_eq!(all, ["session=1; theme=dark; a=b; c=d"]);
        }
    }
}
