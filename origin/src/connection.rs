//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_rustls::server::TlsStream;

use crate::admission::Permit;
use crate::body::Body;
use crate::live::Live;
use crate::policy::Lifetime;
use crate::proxy_protocol;
use crate::service::Service;
use crate::socket::{Client, Socket};
use crate::watchdog::{Activity, Patience};
use crate::wire::Wire;
use crate::worker::stopped;

/// Streams that one HTTP/2 connection may have open: more than any player asks for at once.
const STREAMS: u32 = 128;
/// How often a connection is looked at that is to end.
const ENDING: Duration = Duration::from_millis(200);

/// A connection that was admitted.
pub(crate) struct Connection {
    live: Arc<Live>,
    settings: Arc<Origin>,
    accepted: Instant,
    client: Client,
    permit: Permit,
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
    pub(crate) fn new(live: Arc<Live>, from: Option<SocketAddr>, tls: bool, permit: Permit) -> Self {
        let settings = live.settings();
        Self { live, settings, accepted: Instant::now(), client: Client { address: from, tls }, permit }
    }

    /// Serves until the client ends it or runs out of patience; from the drain on, until what is under way ends.
    pub(crate) async fn serve(mut self, socket: Socket, stop: watch::Receiver<bool>) {
        socket.prepare(self.permit.among);
        let metrics = self.live.service().metrics.clone();
        metrics.connections.inc();
        let within = Duration::from_secs(self.settings.limits.header_seconds.into());
        match tokio::time::timeout(within, self.open(socket)).await {
            Ok(Ok(Opened { activity, stream: Stream::Plain(wire) })) => {
                self.speak(wire, builder(&self.settings.limits), &activity, stop).await;
            }
            Ok(Ok(Opened { activity, stream: Stream::Tls(stream) })) => {
                let builder = builder(&self.settings.limits);
                // What was agreed on (RFC 7301) is spoken. Who did not ask is told by the first bytes.
                let builder = match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => builder.http2_only(),
                    Some(_) => builder.http1_only(),
                    None => builder,
                };
                self.speak(stream, builder, &activity, stop).await;
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

    async fn speak<S>(
        &self,
        stream: S,
        builder: auto::Builder<TokioExecutor>,
        activity: &Arc<Activity>,
        mut stop: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let most = self.settings.limits.requests_per_connection;
        let alternative = self.live.alternative.get().filter(|_| self.client.tls);
        let answer = |request| answer(self.live.service(), request, activity.clone(), most, alternative.cloned());
        let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service_fn(answer)));
        let patience = Patience::from(&self.settings.limits);
        let mut look = every(patience.period());
        // Asked to end, and whether that was passed on.
        let (mut draining, mut ending) = (false, false);
        loop {
            tokio::select! {
                ended = served.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended early: {error}");
                    }
                    break;
                }
                () = stopped(&mut stop), if !draining => {
                    draining = true;
                    look = every(patience.period().min(ENDING));
                }
                _ = look.tick() => {
                    let state = activity.state(Instant::now());
                    if patience.is_over(state) {
                        self.live.service().metrics.timeouts.inc();
                        break;
                    }
                    // RFC 9113 §6.8: first it is said that no more should come, then which was the last. In HTTP/1.1
                    // an answer says that it is the last: to close between two would cross the next request.
                    if !ending && activity.is_http2() && (draining || state.requests >= most) {
                        ending = true;
                        served.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}

async fn answer(
    service: Arc<Service>,
    request: Request<Incoming>,
    activity: Arc<Activity>,
    most: u32,
    alternative: Option<HeaderValue>,
) -> Result<Response<Body>, Infallible> {
    let http2 = request.version() == Version::HTTP_2;
    if http2 {
        activity.speaks_http2();
    }
    let (under_way, number) = activity.begin(Instant::now());
    let mut response = service.answer(&request, under_way).await;
    if !http2 && (number >= most || service.draining.load(Ordering::Relaxed)) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(alternative) = alternative {
        response.headers_mut().insert(ALT_SVC, alternative);
    }
    Ok(response)
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

fn every(period: Duration) -> Interval {
    let mut look = tokio::time::interval(period);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look
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
