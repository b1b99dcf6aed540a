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
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::activity::{Activity, Order};
use crate::admission::Permit;
use crate::body::Body;
use crate::live::Live;
use crate::policy::Lifetime;
use crate::proxy_protocol;
use crate::service::Service;
use crate::socket::{Client, Socket};
use crate::watchdog::Watchdog;
use crate::wire::Wire;

/// Streams that one HTTP/2 connection may have open: more than any player asks for at once.
const STREAMS: u32 = 128;

/// A connection that was admitted.
pub(crate) struct Connection {
    live: Arc<Live>,
    settings: Arc<Origin>,
    accepted: Instant,
    client: Client,
    permit: Permit,
    watchdog: Watchdog,
}

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
    Tls(Box<TlsStream<Wire>>),
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
        metrics.connections.inc();
        let within = Duration::from_secs(self.settings.limits.header_seconds.into());
        match tokio::time::timeout(within, self.open(socket)).await {
            Ok(Ok(Opened { activity, stream: Stream::Plain(wire) })) => {
                self.watchdog.watch(&activity, &self.settings.limits);
                self.speak(wire, builder(&self.settings.limits), &activity).await;
            }
            Ok(Ok(Opened { activity, stream: Stream::Tls(stream) })) => {
                self.watchdog.watch(&activity, &self.settings.limits);
                let builder = builder(&self.settings.limits);
                // What was agreed on (RFC 7301) is spoken. Who did not ask is told by the first bytes.
                let builder = match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => builder.http2_only(),
                    Some(_) => builder.http1_only(),
                    None => builder,
                };
                self.speak(stream, builder, &activity).await;
            }
            Ok(Err(error)) => tracing::debug!("a connection from {:?} came to nothing: {error}", self.client.address),
            Err(_) => metrics.timeouts.inc(),
        }
        metrics.connections.dec();
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
        Ok(Opened { activity, stream: Stream::Tls(Box::new(stream)) })
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

    async fn speak<S>(&self, stream: S, builder: auto::Builder<TokioExecutor>, activity: &Arc<Activity>)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let most = self.settings.limits.requests_per_connection;
        let alternative = self.live.alternative.get().filter(|_| self.client.tls);
        let answer = |request| answer(self.live.service(), request, activity, most, alternative.cloned());
        let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service_fn(answer)));
        let ended = poll_fn(|cx| match activity.take_order(cx) {
            None => served.as_mut().poll(cx).map(Some),
            Some(Order::Finish) => {
                served.as_mut().graceful_shutdown();
                served.as_mut().poll(cx).map(Some)
            }
            Some(Order::End) => Poll::Ready(None),
        });
        if let Some(Err(error)) = ended.await {
            tracing::debug!("a connection ended early: {error}");
        }
    }
}

type Answered = Result<Response<Body>, Infallible>;

/// Answers `request`: at once if that can be, since then there is next to nothing to be kept for it meanwhile.
fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
    activity: &Arc<Activity>,
    most: u32,
    alternative: Option<HeaderValue>,
) -> Either<Ready<Answered>, Pin<Box<dyn Future<Output = Answered> + Send>>> {
    let http2 = request.version() == Version::HTTP_2;
    if http2 {
        activity.speaks_http2();
    }
    let (under_way, number) = activity.begin(Instant::now());
    let complete = move |service: &Service, mut response: Response<Body>| {
        if !http2 && (number >= most || service.draining.load(Ordering::Relaxed)) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(alternative) = alternative {
            response.headers_mut().insert(ALT_SVC, alternative);
        }
        Ok(response)
    };
    match service.answer_at_once(&request, under_way) {
        Ok(response) => Either::Left(ready(complete(&service, response))),
        Err(under_way) => Either::Right(Box::pin(async move {
            let response = service.answer(&request, under_way).await;
            complete(&service, response)
        })),
    }
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let header = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX).max(8192);
    let headers = usize::try_from(limits.headers).unwrap_or(usize::MAX);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The watchdog does what hyper's own timer for heads would, which is set and cleared with every request.
    builder.http1().writev(true).max_buf_size(header).max_headers(headers).header_read_timeout(None);
    let list = u32::try_from(header).unwrap_or(u32::MAX);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_header_list_size(list);
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
