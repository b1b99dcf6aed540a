//! HTTP/3 (RFC 9114): the same answers over QUIC, on the ports of the TLS listeners.
//!
//! Each port has one socket and one thread: QUIC's connections outlive a change of the client's address, which the
//! kernel would take for another's. A successor does not get them: clients come back, by TCP at first (RFC 7838 §2.4).

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use h3::error::Code;
use h3::server::{RequestResolver, RequestStream};
use h3_quinn::quinn::{self, Endpoint, EndpointConfig, Incoming, TokioRuntime, TransportConfig, VarInt};
use h3_quinn::{BidiStream, Connection};
use http::header::{CONNECTION, DATE};
use http::{HeaderValue, Response};
use http_body_util::{BodyExt as _, Empty};
use quinn::crypto::rustls::QuicServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::worker::{reactor, stopped};
use crate::connection::hyper_path::Failure;
use crate::connection::running::{Open, Running};
use crate::delivery::blocks::Outlet;
use crate::delivery::body::Body;
use crate::http::client::Client;
use crate::observe::activity::Activity;

/// Requests that one connection may have open: more than any player asks for at once.
const HTTP3_STREAMS: u32 = 32;
/// Bytes of a connection's answers that the client may not have acknowledged yet: at 50 ms to and fro, it gets 84 Mb/s.
/// quinn keeps them all, however little the client takes.
const UNACKNOWLEDGED: u64 = 512 << 10;
/// Bytes that a client may send on a stream, and on a connection, before they are read: heads are, and nobody reads content.
const HTTP3_WINDOWS: (u32, u32) = (16 << 10, 64 << 10);
/// Bytes that a client must take within the time for a stall.
const PIECE: usize = 64 << 10;

type Http3Stream = RequestStream<BidiStream<Bytes>, Bytes>;

/// A socket for QUIC, beside a predecessor's if it `replaces` one; a successor may bind beside it.
pub(super) fn bind(address: SocketAddr, replaces: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_port(replaces)?;
    socket.bind(&address.into())?;
    socket.set_reuse_port(true)?;
    Ok(socket.into())
}

/// The `Alt-Svc` that tells clients of TLS that `port` speaks HTTP/3 (RFC 7838).
pub(super) fn alternative(port: u16) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("h3=\":{port}\"; ma=86400")).ok()
}

/// Serves on `socket` until the stop, and for no longer than the drain may take.
pub(super) fn run(running: &Arc<Running>, socket: UdpSocket, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    reactor(running.settings().limits.io_threads)?.block_on(async {
        let runtime = Arc::new(TokioRuntime);
        let endpoint = Endpoint::new(EndpointConfig::default(), Some(configuration(running)?), socket, runtime)?;
        let connections = TaskTracker::new();
        loop {
            tokio::select! {
                incoming = endpoint.accept() => match incoming {
                    Some(incoming) => admit(running, incoming, &connections, &stop),
                    None => break,
                },
                () = stopped(&mut stop) => break,
            }
        }
        endpoint.set_server_config(None);
        connections.close();
        let drain = Duration::from_secs(running.settings().drain_seconds.into());
        let _late = tokio::time::timeout(drain, connections.wait()).await;
        // Responses cut off here must not look whole.
        endpoint.close(VarInt::from_u32(0), b"");
        let _gone = tokio::time::timeout(Duration::from_secs(1), endpoint.wait_idle()).await;
        Ok(())
    })
}

fn configuration(running: &Running) -> io::Result<quinn::ServerConfig> {
    let tls = running.tls.as_ref().ok_or(io::ErrorKind::Unsupported)?.quic().map_err(io::Error::other)?;
    let crypto = QuicServerConfig::try_from(tls).map_err(io::Error::other)?;
    let mut transport = TransportConfig::default();
    let idle = Duration::from_secs(running.settings().limits.idle_seconds.into());
    transport.max_concurrent_bidi_streams(HTTP3_STREAMS.into()).max_idle_timeout(idle.try_into().ok());
    transport.send_window(UNACKNOWLEDGED);
    transport.stream_receive_window(HTTP3_WINDOWS.0.into()).receive_window(HTTP3_WINDOWS.1.into());
    // Nobody reads datagrams, either.
    transport.datagram_receive_buffer_size(None);
    let mut configuration = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    configuration.transport_config(Arc::new(transport));
    Ok(configuration)
}

fn admit(running: &Arc<Running>, incoming: Incoming, connections: &TaskTracker, stop: &watch::Receiver<bool>) {
    let metrics = running.service().metrics.clone();
    metrics.accepted.inc();
    let from = incoming.remote_address().ip().to_canonical();
    let permit = running.admission.admit().and_then(|mut permit| permit.count_for(from).then_some(permit));
    let Some(permit) = permit else {
        metrics.refused.inc();
        return incoming.refuse();
    };
    let open = Open { permit, _gauge: metrics.opened(), _tracked: connections.token() };
    let (running, stop) = (running.clone(), stop.clone());
    tokio::spawn(async move {
        if let Err(error) = serve_connection(running, incoming, Arc::new(open), stop).await {
            tracing::debug!("an HTTP/3 connection ended early: {error}");
        }
    });
}

/// One connection, until the client ends it or nothing is under way after the stop.
async fn serve_connection(
    running: Arc<Running>,
    incoming: Incoming,
    open: Arc<Open>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let limits = running.settings().limits.clone();
    let first = Duration::from_secs(limits.header_seconds.into());
    let connection = tokio::time::timeout(first, incoming).await??;
    let from = connection.remote_address();
    let client = Client { address: Some(SocketAddr::new(from.ip().to_canonical(), from.port())), tls: true };
    let mut builder = h3::server::builder();
    let mut session = builder.max_field_section_size(limits.header_bytes).build(Connection::new(connection)).await?;
    let (exchanges, outlet) = (TaskTracker::new(), running.blocks.outlet(false));
    let (mut requests, mut ending) = (0, false);
    loop {
        let last = tokio::select! {
            accepted = session.accept() => match accepted? {
                None => break,
                Some(asked) => {
                    // It counts as open until the last of its answers has ended, however the session ends.
                    exchanges.spawn(exchange(running.clone(), asked, client, outlet.clone(), open.clone()));
                    requests += 1;
                    requests >= limits.requests_per_connection
                }
            },
            () = stopped(&mut stop), if !ending => true,
        };
        // RFC 9114 §5.2: what comes after it was not looked at, and may be asked for elsewhere.
        if last && !ending {
            ending = true;
            session.shutdown(0).await?;
        }
    }
    exchanges.close();
    exchanges.wait().await;
    Ok(())
}

/// One request and its answer.
async fn exchange(
    running: Arc<Running>,
    asked: RequestResolver<Connection, Bytes>,
    client: Client,
    outlet: Outlet,
    _open: Arc<Open>,
) {
    let limits = running.settings().limits.clone();
    let within = Duration::from_secs(limits.header_seconds.into());
    let Ok(Ok((request, mut stream))) = tokio::time::timeout(within, asked.resolve_request()).await else { return };
    let now = Instant::now();
    let (under_way, _) = Arc::new(Activity::new(now, client)).begin(now);
    let request = request.map(|()| Empty::<Bytes>::new());
    let response = running.service().answer(&request, under_way, &outlet).await;
    let stall = Duration::from_secs(limits.stall_seconds.into());
    let within = Duration::from_secs(limits.request_seconds.into());
    let sent = tokio::time::timeout(within, send(&mut stream, response, stall)).await;
    if let Err(error) = sent.map_err(Failure::from).flatten() {
        tracing::debug!("an HTTP/3 answer ended early: {error}");
        // Let go, the stream would end as if that were all.
        stream.stop_stream(Code::H3_INTERNAL_ERROR);
    }
}

async fn send(stream: &mut Http3Stream, response: Response<Body>, stall: Duration) -> Result<(), Failure> {
    let (mut head, mut body) = response.into_parts();
    // RFC 9114 §4.2: connections are none of a message's business here.
    head.headers.remove(CONNECTION);
    head.headers.insert(DATE, HeaderValue::try_from(httpdate::fmt_http_date(SystemTime::now()))?);
    tokio::time::timeout(stall, stream.send_response(Response::from_parts(head, ()))).await??;
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame?.into_data() else { continue };
        while !data.is_empty() {
            let piece = data.split_to(PIECE.min(data.len()));
            tokio::time::timeout(stall, stream.send_data(piece)).await??;
        }
    }
    Ok(tokio::time::timeout(stall, stream.finish()).await??)
}
