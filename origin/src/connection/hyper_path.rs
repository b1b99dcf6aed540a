//! Connections that hyper has: HTTP/2, and all of HTTP/1.1 that is no plain request of the library. Requests go to the
//! mounts first, then to the library.

use std::convert::Infallible;
use std::future::{Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode, Version};
use http_body_util::Either as EitherBody;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::either::Either;

use super::http2::coalescing::CoalescingIo;
use super::http2::executor::AtOnce;
use super::limits::ConnectionLimits;
use super::running::Running;
use super::transport::Transport;
use crate::delivery::body::Body;
use crate::observe::activity::Command;
use crate::service::mounted::MeteredBody;

/// Streams that one HTTP/2 connection may have open: more than any player asks for at once. RFC 9113 §6.5.2 recommends 100;
/// but a stream's state takes a kilobyte as long as the connection lasts, also when the stream has ended.
const HTTP2_STREAMS: u32 = 16;
/// Streams of the library that each connection may have open whatever others have.
const OWN_STREAMS: usize = 4;
/// Streams beyond these, on all connections. Each takes some two kilobytes for as long as its client takes nothing of it:
/// of a thousand connections with as many as they may have, that would be 32 MiB.
pub(crate) const SHARED_STREAMS: usize = 1024;
/// Bytes of a stream of HTTP/2 that may wait to be sent.
const WAITING: usize = 64 << 10;
/// Bytes that a client may send on a stream, and on a connection, before a mount reads them: at 100 ms to and fro, uploads
/// reach 21 Mb/s. With the 64 KiB that RFC 9113 §6.9.2 begins with it were 5, too few for recordings. The connection has
/// more, so that a stream that its mount does not read leaves room for others.
const HTTP2_WINDOWS: (u32, u32) = (256 << 10, 512 << 10);
/// The least that hyper's buffer for heads can be, bytes.
const LEAST: usize = 8 << 10;

/// The error of a connection that ended early.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Serves HTTP/1.1 over `stream` to its end.
pub(super) async fn serve_http1<S>(stream: S, running: &Running, limits: ConnectionLimits) -> Result<(), Failure>
where
    S: Transport + 'static,
{
    let mut builder = http1::Builder::new();
    // With this, hyper does not listen while an answer is under way, and a mount would wait on for a client that has
    // left. Where something is mounted, who closes its half has left; but plain requests of the library are answered,
    // which the short path does.
    builder.half_close(running.mounts.is_empty());
    // The watchdog does what hyper's own timer for heads would, which is set and cleared with every request.
    builder.writev(true).max_buf_size(limits.head.max(LEAST)).max_headers(limits.fields);
    builder.header_read_timeout(None);
    let limits = limits.by_hyper();
    let answer = |request| answer(running, request, &limits);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service_fn(answer)).with_upgrades());
    let ended = poll_fn(|cx| {
        limits.activity.commands.register(cx);
        match limits.activity.commands.take() {
            None => served.as_mut().poll(cx).map_err(Failure::from),
            Some(Command::Finish) => {
                served.as_mut().graceful_shutdown();
                served.as_mut().poll(cx).map_err(Failure::from)
            }
            Some(Command::End) => Poll::Ready(Ok(())),
        }
    });
    let ended = ended.await;
    if let Some(status) = ended.as_ref().err().and_then(refusal) {
        let (refused, _) = limits.activity.begin(Instant::now());
        running.service().note_unreadable(status, refused);
    }
    ended
}

/// The status of the answer that hyper gives of its own accord to what is no head of HTTP, before it ends.
fn refusal(error: &Failure) -> Option<StatusCode> {
    let error = error.downcast_ref::<hyper::Error>()?;
    // It gives none to a preface of HTTP/2.
    let error = Some(error).filter(|error| error.is_parse() && !error.is_parse_version_h2())?;
    Some(if error.is_parse_too_large() { StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE } else { StatusCode::BAD_REQUEST })
}

/// Serves HTTP/2 over `stream` to its end.
pub(super) async fn serve_http2<S>(stream: S, running: &Running, limits: ConnectionLimits) -> Result<(), Failure>
where
    S: Transport + 'static,
{
    let mut builder = http2::Builder::new(AtOnce);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS)
        .initial_stream_window_size(HTTP2_WINDOWS.0)
        .initial_connection_window_size(HTTP2_WINDOWS.1)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .max_send_buf_size(WAITING);
    if !running.mounts.is_empty() {
        builder.enable_connect_protocol();
    }
    limits.activity.speaks_http2();
    let limits = limits.by_hyper();
    let answer = |request| answer(running, request, &limits);
    let stream = CoalescingIo::new(stream, limits.activity.clone(), limits.head);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream.clone()), service_fn(answer)));
    let ended = poll_fn(|cx| {
        limits.activity.commands.register(cx);
        match limits.activity.commands.take() {
            None => {}
            Some(Command::Finish) => served.as_mut().graceful_shutdown(),
            Some(Command::End) => return Poll::Ready(Ok(())),
        }
        let ended = served.as_mut().poll(cx);
        if ended.is_pending()
            && let Poll::Ready(Err(error)) = stream.poll_release(cx)
        {
            return Poll::Ready(Err(error.into()));
        }
        ended.map_err(Failure::from)
    });
    ended.await
}

type HyperAnswer = Result<Response<EitherBody<Body, MeteredBody>>, Infallible>;

/// Answers `request`: synchronously when possible, so that no future has to be allocated.
fn answer(
    running: &Running,
    request: Request<Incoming>,
    limits: &Arc<ConnectionLimits>,
) -> Either<Ready<HyperAnswer>, Pin<Box<dyn Future<Output = HyperAnswer> + Send>>> {
    let (service, limits) = (running.service(), limits.clone());
    let number_of = |number: u32| Some(number).filter(|_| request.version() != Version::HTTP_2);
    let mount = running.mounts.find(request.uri().path()).filter(|_| service.head_refusal(&request).is_none());
    if let Some(mount) = mount.cloned() {
        let (in_mount, number) = limits.activity.begin_mounted(Instant::now());
        let (number, client) = (number_of(number), limits.activity.client());
        let stall = Duration::from_secs(running.settings().limits.stall_seconds.into());
        return Either::Right(Box::pin(async move {
            let response = service.answer_by_mount(&mount, request, client, in_mount, stall).await;
            Ok(limits.complete(service.is_draining(), response, number).map(EitherBody::Right))
        }));
    }
    let (mut under_way, number) = limits.activity.begin(Instant::now());
    let number = number_of(number);
    if limits.activity.under_way() > OWN_STREAMS {
        match running.streams.clone().try_acquire_owned() {
            Ok(place) => under_way = under_way.holding(place),
            Err(_) => {
                let response = service.shed(&request, under_way, &limits.outlet).map(EitherBody::Left);
                return Either::Left(ready(Ok(limits.complete(service.is_draining(), response, number))));
            }
        }
    }
    match service.answer_at_once(&request, under_way, &limits.outlet) {
        Ok(response) => {
            let response = limits.complete(service.is_draining(), response, number);
            Either::Left(ready(Ok(response.map(EitherBody::Left))))
        }
        Err(under_way) => Either::Right(Box::pin(async move {
            let response = service.answer(&request, under_way, &limits.outlet).await;
            Ok(limits.complete(service.is_draining(), response, number).map(EitherBody::Left))
        })),
    }
}
