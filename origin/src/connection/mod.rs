//! One connection, from its first byte to its last.

pub(crate) mod admission;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod hyper_path;
mod limits;
pub(crate) mod proxy_protocol;
pub(crate) mod running;
pub(crate) mod socket;
mod socket_io;
pub(crate) mod tls;
mod transport;
pub(crate) mod watchdog;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use config::origin::Origin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::http::client::Client;
use crate::http::lifetime::Lifetime;
use crate::observe::activity::{Activity, Command};
use crate::service::state::Service;
use http1::End;
use hyper_path::Failure;
use limits::ConnectionLimits;
use running::{Open, Running};
use socket::Socket;
use socket_io::SocketIo;
use tls::stream::Secured;
use transport::Transport;
use watchdog::Watchdog;

/// A connection that was admitted.
pub(crate) struct Connection {
    running: Arc<Running>,
    settings: Arc<Origin>,
    accepted: Instant,
    client: Client,
    watchdog: Watchdog,
}

/// The end of a connection before its first request.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error("{0}")]
    Proxy(#[from] proxy_protocol::Invalid),
    #[error("too many connections from its address")]
    TooMany,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// A connection that requests can be read from.
struct ReadyConnection {
    activity: Arc<Activity>,
    stream: ClientStream,
}

enum ClientStream {
    Cleartext(SocketIo),
    Tls(Secured<SocketIo>),
}

impl Connection {
    pub(crate) fn new(running: Arc<Running>, from: Option<SocketAddr>, tls: bool, watchdog: Watchdog) -> Self {
        let settings = running.settings();
        Self { running, settings, accepted: Instant::now(), client: Client { address: from, tls }, watchdog }
    }

    /// Serves until the client ends it, or the watchdog does. The connection is `open` until its stream goes.
    pub(crate) async fn serve(mut self, socket: Socket, open: Open) {
        let metrics = self.running.service().metrics.clone();
        let within = Duration::from_secs(self.settings.limits.header_seconds.into());
        // In memory of its own, like all that follows: a connection may last for days, and a handshake's state is large.
        let opened = Box::pin(tokio::time::timeout(within, self.open(socket, open))).await;
        match opened {
            Ok(Ok(ReadyConnection { activity, stream })) => {
                self.watchdog.watch(&activity, &self.settings.limits);
                let ended = match stream {
                    ClientStream::Cleartext(stream) => self.speak(stream, None, activity).await,
                    ClientStream::Tls(stream) => {
                        let http2 = stream.protocol().map(|protocol| protocol == b"h2");
                        self.speak(stream, http2, activity).await
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

    /// Reads the PROXY header, checks the client's address, and does the TLS handshake.
    async fn open(&mut self, mut socket: Socket, mut open: Open) -> Result<ReadyConnection, Unopened> {
        let early = self.introduce(&mut socket).await?;
        if let Some(address) = self.client.address
            && !open.count_for(address.ip())
        {
            refuse(socket, self.running.service(), self.client.tls).await;
            return Err(Unopened::TooMany);
        }
        let activity = Arc::new(Activity::new(self.accepted, self.client));
        let stream = SocketIo::new(socket, early, activity.clone(), self.running.loans.clone(), open);
        let Some(tls) = self.running.tls.as_ref().filter(|_| self.client.tls) else {
            return Ok(ReadyConnection { activity, stream: ClientStream::Cleartext(stream) });
        };
        let stream = tls.accept(stream).await.inspect_err(|_| tls.count(None))?;
        tls.count(stream.get_ref().1.handshake_kind());
        Ok(ReadyConnection { activity, stream: ClientStream::Tls(Secured::new(stream)) })
    }

    /// Reads the load balancer's PROXY header, and returns the bytes of the client that came with it. A header is taken
    /// from nobody else, and no balancer is let in without one: either could claim to be anybody.
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

    /// Speaks the protocol that TLS agreed on; without one, HTTP/2 if the first bytes are its preface, else HTTP/1.1.
    async fn speak<S>(&self, stream: S, http2: Option<bool>, activity: Arc<Activity>) -> Result<(), Failure>
    where
        S: Transport + 'static,
    {
        let alternative = self.running.alternative.get().filter(|_| self.client.tls).cloned();
        let limits = &self.settings.limits;
        let outlet = self.running.blocks.outlet(S::KERNEL_SENDS);
        let limits = ConnectionLimits::new(limits, activity, outlet, alternative);
        if http2 == Some(true) {
            return Box::pin(hyper_path::serve_http2(stream, &self.running, limits)).await;
        }
        match Box::pin(self.take_the_short_path(stream, &limits)).await? {
            End::Closed => Ok(()),
            // The first bytes hold to the end (RFC 9113 §3.3: the preface comes before all else).
            End::Http2(stream) if http2.is_none() && limits.activity.requests() == 0 => {
                Box::pin(hyper_path::serve_http2(stream, &self.running, limits)).await
            }
            // hyper's memory is spent only on connections that need it.
            End::Hyper(stream) | End::Http2(stream) => {
                Box::pin(hyper_path::serve_http1(stream, &self.running, limits)).await
            }
        }
    }

    async fn take_the_short_path<S: Transport>(&self, stream: S, limits: &ConnectionLimits) -> io::Result<End<S>> {
        let mut served = pin!(http1::serve(stream, &self.running, limits));
        poll_fn(|cx| {
            limits.activity.commands.register(cx);
            match limits.activity.commands.take() {
                Some(Command::End) => Poll::Ready(Ok(End::Closed)),
                Some(Command::Finish) | None => served.as_mut().poll(cx),
            }
        })
        .await
    }
}

/// Refuses a client for which there is no room, with a 503; over TLS that would take a handshake.
pub(crate) async fn refuse(mut socket: Socket, service: Arc<Service>, tls: bool) {
    const LONGEST_REFUSAL: Duration = Duration::from_secs(1);
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
    let _ = tokio::time::timeout(LONGEST_REFUSAL, async {
        socket.write_all(answer.as_bytes()).await?;
        socket.shutdown().await?;
        // The request, which nobody reads, would have the kernel reset the connection, and the answer be lost.
        let mut room = [0; 1024];
        while socket.read(&mut room).await? > 0 {}
        io::Result::Ok(())
    })
    .await;
}
