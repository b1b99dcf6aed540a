//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config::origin::Limits;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::admission::Permit;
use crate::policy::Lifetime;
use crate::server::stopped;
use crate::service::Service;
use crate::watchdog::{Activity, Patience};
use crate::wire::Wire;

/// Streams that one HTTP/2 connection may have open: more than any player asks for at once.
const STREAMS: u32 = 128;

/// A connection that was admitted.
pub(crate) struct Connection {
    service: Arc<Service>,
    builder: auto::Builder<TokioExecutor>,
    patience: Patience,
    requests: u32,
    _permit: Permit,
}

impl Connection {
    pub(crate) fn new(service: Arc<Service>, limits: &Limits, permit: Permit) -> Self {
        let header = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX).max(8192);
        let headers = usize::try_from(limits.headers).unwrap_or(usize::MAX);
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // The watchdog does what hyper's own timer for heads would, which is set and cleared with every request.
        builder.http1().writev(true).max_buf_size(header).max_headers(headers).header_read_timeout(None);
        let list = u32::try_from(header).unwrap_or(u32::MAX);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_header_list_size(list);
        let (patience, requests) = (Patience::from(limits), limits.requests_per_connection);
        Self { service, builder, patience, requests, _permit: permit }
    }

    /// Serves until the client ends it or runs out of patience; from the drain on, until what is under way ends.
    pub(crate) async fn serve(self, stream: TcpStream, mut stop: watch::Receiver<bool>) {
        let _ = stream.set_nodelay(true);
        let metrics = &self.service.metrics;
        metrics.connections.inc();
        let activity = Arc::new(Activity::new(Instant::now()));
        let answer = |request| {
            let (service, under_way) = (self.service.clone(), activity.begin(Instant::now()));
            async move { Ok::<_, Infallible>(service.answer(&request, under_way).await) }
        };
        let io = TokioIo::new(Wire::new(stream, activity.clone()));
        let mut served = std::pin::pin!(self.builder.serve_connection(io, service_fn(answer)));
        let mut look = tokio::time::interval(self.patience.period());
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ending = false;
        loop {
            tokio::select! {
                ended = served.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended early: {error}");
                    }
                    break;
                }
                () = stopped(&mut stop), if !ending => {
                    ending = true;
                    served.as_mut().graceful_shutdown();
                }
                _ = look.tick() => {
                    let state = activity.state(Instant::now());
                    if self.patience.is_over(state) {
                        metrics.timeouts.inc();
                        break;
                    }
                    if state.requests >= self.requests && !ending {
                        ending = true;
                        served.as_mut().graceful_shutdown();
                    }
                }
            }
        }
        metrics.connections.dec();
    }
}

/// Tells a client for which there is no room to come back later.
pub(crate) async fn refuse(mut stream: TcpStream, service: Arc<Service>) {
    const LONGEST: Duration = Duration::from_secs(1);
    let mut answer = String::from("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n");
    for (name, value) in service.policy.headers(Lifetime::Overload) {
        answer.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    answer.push_str("\r\n");
    let _ = tokio::time::timeout(LONGEST, async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
}
