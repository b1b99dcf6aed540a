//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::{Ready, poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use config::origin::{Limits, Origin};
use http::header::{ALT_SVC, CONNECTION};
use http::{HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::either::Either;

use crate::activity::{Activity, Order};
use crate::admission::Permit;
use crate::body::Body;
use crate::carrier::{Carrier, Secured};
use crate::executor::AtOnce;
use crate::gather::Gather;
use crate::http1;
use crate::live::Live;
use crate::policy::Lifetime;
use crate::proxy_protocol;
use crate::service::Service;
use crate::socket::{Client, Socket};
use crate::watchdog::Watchdog;
use crate::wire::Wire;

/// Streams that one HTTP/2 connection may have open: more than any player asks for at once.
const STREAMS: u32 = 128;
/// Bytes of a stream of HTTP/2 that may wait to be sent. All of them lie in memory for as long as its client likes.
const WAITING: usize = 128 << 10;

/// A connection that was admitted.
pub(crate) struct Connection {
    live: Arc<Live>,
    settings: Arc<Origin>,
    accepted: Instant,
    client: Client,
    permit: Permit,
    watchdog: Watchdog,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why a connection came to nothing before its first request.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error("{0}")]
    Proxy(#[from] proxy_protocol::Invalid),
    #[error("too many connections from its address")]
    TooMany,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What requests can be read from.
struct Opened {
    activity: Arc<Activity>,
    stream: Stream,
}

enum Stream {
    Plain(Wire),
    Tls(Secured),
}

/// What holds for all requests of a connection.
pub(crate) struct Terms {
    pub(crate) activity: Arc<Activity>,
    /// `Alt-Svc` of its answers.
    pub(crate) alternative: Option<HeaderValue>,
    /// Bytes of a head, at most.
    pub(crate) longest: usize,
    /// Fields of a head, at most.
    pub(crate) fields: usize,
    /// Requests, at most.
    most: u32,
}

impl Terms {
    /// Whether the connection ends with the answer to its request of this `number`, from 1.
    pub(crate) fn is_last(&self, service: &Service, number: u32) -> bool {
        number >= self.most || service.draining.load(Ordering::Relaxed)
    }

    /// Adds to `response` what depends on the connection, in HTTP/1.1 on the request's `number`, too.
    pub(crate) fn complete(
        &self,
        service: &Service,
        mut response: Response<Body>,
        number: Option<u32>,
    ) -> Response<Body> {
        if number.is_some_and(|number| self.is_last(service, number)) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(alternative) = &self.alternative {
            response.headers_mut().insert(ALT_SVC, alternative.clone());
        }
        response
    }
}

impl Connection {
    pub(crate) fn new(
        live: Arc<Live>,
        from: Option<SocketAddr>,
        tls: bool,
        permit: Permit,
        watchdog: Watchdog,
    ) -> Self {
        let settings = live.settings();
        Self { live, settings, accepted: Instant::now(), client: Client { address: from, tls }, permit, watchdog }
    }

    /// Serves until the client ends it, or the watchdog does.
    pub(crate) async fn serve(mut self, socket: Socket) {
        socket.prepare();
        let metrics = self.live.service().metrics.clone();
        let _open = metrics.opened();
        let within = Duration::from_secs(self.settings.limits.header_seconds.into());
        match tokio::time::timeout(within, self.open(socket)).await {
            Ok(Ok(Opened { activity, stream })) => {
                self.watchdog.watch(&activity, &self.settings.limits);
                let ended = match stream {
                    Stream::Plain(wire) => self.speak(wire, None, activity).await,
                    Stream::Tls(secured) => {
                        let agreed = secured.protocol().map(|protocol| protocol == b"h2");
                        self.speak(secured, agreed, activity).await
                    }
                };
                if let Err(error) = ended {
                    tracing::debug!("a connection ended early: {error}");
                }
            }
            Ok(Err(error)) => tracing::debug!("a connection from {:?} came to nothing: {error}", self.client.address),
            Err(_) => metrics.timeouts.inc(),
        }
    }

    /// All that comes before the first request.
    async fn open(&mut self, mut socket: Socket) -> Result<Opened, Unopened> {
        let early = self.introduce(&mut socket).await?;
        if let Some(address) = self.client.address
            && !self.permit.count_for(address.ip())
        {
            refuse(socket, self.live.service(), self.client.tls).await;
            return Err(Unopened::TooMany);
        }
        let activity = Arc::new(Activity::new(self.accepted, self.client));
        let wire = Wire::new(socket, early, activity.clone(), self.settings.limits.header_bytes);
        let Some(tls) = self.live.tls.as_ref().filter(|_| self.client.tls) else {
            return Ok(Opened { activity, stream: Stream::Plain(wire) });
        };
        let stream = tls.accept(wire).await.inspect_err(|_| tls.count(None))?;
        tls.count(stream.get_ref().1.handshake_kind());
        Ok(Opened { activity, stream: Stream::Tls(Secured::new(stream)) })
    }

    /// Has a load balancer say whom it connects for, and gives back what the client said already. A header is taken from
    /// nobody else, and no balancer is let in without one: either could claim to be anybody.
    async fn introduce(&mut self, socket: &mut Socket) -> Result<Bytes, Unopened> {
        let from = self.client.address.map(|address| address.ip());
        if !self.settings.proxy_protocol.iter().any(|proxies| proxies.contain(from)) {
            return Ok(Bytes::new());
        }
        let mut read = BytesMut::new();
        loop {
            if let Some(header) = proxy_protocol::parse(&read)? {
                self.client.address = header.client.or(self.client.address);
                return Ok(read.split_off(header.length).freeze());
            }
            if socket.read_buf(&mut read).await? == 0 {
                return Err(Unopened::Io(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Speaks HTTP/2 if that was agreed on, HTTP/1.1 if something else was, or whatever the first bytes tell.
    async fn speak<S>(&self, stream: S, http2: Option<bool>, activity: Arc<Activity>) -> Result<(), Failure>
    where
        S: Carrier + 'static,
    {
        let limits = &self.settings.limits;
        let terms = Terms {
            alternative: self.live.alternative.get().filter(|_| self.client.tls).cloned(),
            longest: head_bytes(limits),
            fields: usize::try_from(limits.headers).unwrap_or(usize::MAX),
            most: limits.requests_per_connection,
            activity,
        };
        if http2 == Some(true) {
            return self.speak_by_hyper(stream, builder(limits).http2_only(), terms).await;
        }
        let rest = {
            let mut plain = std::pin::pin!(http1::converse(stream, &self.live, &terms));
            poll_fn(|cx| match terms.activity.take_order(cx) {
                Some(Order::End) => Poll::Ready(Ok(None)),
                Some(Order::Finish) | None => plain.as_mut().poll(cx),
            })
            .await
        };
        let Some(stream) = rest? else { return Ok(()) };
        // What the first bytes told holds to the end (RFC 9113 §3.3: the preface comes before all else).
        let told = http2.is_some() || terms.activity.requests() > 0;
        let builder = if told { builder(limits).http1_only() } else { builder(limits) };
        // What it takes, connections that need no hyper shall not have to hold.
        Box::pin(self.speak_by_hyper(stream, builder, terms)).await
    }

    async fn speak_by_hyper<S>(&self, stream: S, builder: Builder<AtOnce>, terms: Terms) -> Result<(), Failure>
    where
        S: Carrier + 'static,
    {
        let terms = Arc::new(terms);
        let answer = |request| answer(self.live.service(), request, &terms);
        let gather = Gather::new(stream);
        let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(gather.clone()), service_fn(answer)));
        let ended = poll_fn(|cx| {
            match terms.activity.take_order(cx) {
                None => {}
                Some(Order::Finish) => served.as_mut().graceful_shutdown(),
                Some(Order::End) => return Poll::Ready(Ok(())),
            }
            let ended = served.as_mut().poll(cx);
            if ended.is_pending()
                && let Poll::Ready(Err(error)) = gather.poll_release(cx)
            {
                return Poll::Ready(Err(error.into()));
            }
            ended
        });
        ended.await
    }
}

type Answered = Result<Response<Body>, Infallible>;

/// Answers `request`: at once if that can be, since then there is next to nothing to be kept for it meanwhile.
fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
    terms: &Arc<Terms>,
) -> Either<Ready<Answered>, Pin<Box<dyn Future<Output = Answered> + Send>>> {
    let http2 = request.version() == Version::HTTP_2;
    if http2 {
        terms.activity.speaks_http2();
    }
    let (under_way, number) = terms.activity.begin(Instant::now());
    let number = Some(number).filter(|_| !http2);
    match service.answer_at_once(&request, false, under_way) {
        Ok(response) => Either::Left(ready(Ok(terms.complete(&service, response, number)))),
        Err(under_way) => {
            let terms = terms.clone();
            Either::Right(Box::pin(async move {
                let response = service.answer(&request, under_way).await;
                Ok(terms.complete(&service, response, number))
            }))
        }
    }
}

/// Bytes that a head may have.
fn head_bytes(limits: &Limits) -> usize {
    // hyper's buffers have no less.
    usize::try_from(limits.header_bytes).unwrap_or(usize::MAX).max(8192)
}

fn builder(limits: &Limits) -> Builder<AtOnce> {
    let header = head_bytes(limits);
    let headers = usize::try_from(limits.headers).unwrap_or(usize::MAX);
    let mut builder = Builder::new(AtOnce);
    // The watchdog does what hyper's own timer for heads would, which is set and cleared with every request.
    builder.http1().writev(true).max_buf_size(header).max_headers(headers).header_read_timeout(None);
    let list = u32::try_from(header).unwrap_or(u32::MAX);
    let mut http2 = builder.http2();
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(list)
        .max_send_buf_size(WAITING);
    builder
}

/// Tells a client for which there is no room to come back later; over TLS that would take a handshake.
pub(crate) async fn refuse(mut socket: Socket, service: Arc<Service>, tls: bool) {
    const LONGEST: Duration = Duration::from_secs(1);
    service.metrics.refused.inc();
    if tls {
        return;
    }
    let mut answer = String::from("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n");
    answer.push_str(&format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::now())));
    for (name, value) in service.policy.headers(Lifetime::Overload) {
        answer.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    answer.push_str("\r\n");
    let _ = tokio::time::timeout(LONGEST, async {
        socket.write_all(answer.as_bytes()).await?;
        socket.shutdown().await
    })
    .await;
}
