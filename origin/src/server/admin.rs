//! The admin address: metrics, health.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::{Registry, TextEncoder};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listener::{Accepting, Listener};
use super::worker::{pause_accepting, reactor, stopped};
use crate::connection::running::Running;
use crate::connection::socket::Socket;
use crate::http::policy;

/// Serves the admin address.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    registry: Registry,
    running: Arc<Running>,
}

impl Admin {
    /// Serves all metrics of `registry`.
    #[must_use]
    pub(crate) fn new(registry: Registry, running: Arc<Running>) -> Self {
        Self { registry, running }
    }

    /// Serves on `listeners` until `stop`.
    ///
    /// # Errors
    /// When the system gives no reactor.
    pub(crate) fn run(self, listeners: impl Iterator<Item = Listener>, stop: &watch::Receiver<bool>) -> io::Result<()> {
        let runtime = reactor(1)?;
        runtime.block_on(async {
            let mut accepting = JoinSet::new();
            for listener in listeners {
                accepting.spawn(self.clone().accept(Accepting::new(listener)?, stop.clone()));
            }
            accepting.join_all().await;
            Ok(())
        })
    }

    async fn accept(self, listener: Accepting, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((socket, _)) => drop(tokio::spawn(self.clone().connection(socket))),
                    Err(error) => pause_accepting(&error).await,
                },
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn connection(self, socket: Socket) {
        let answer = |request: Request<Incoming>| {
            let answer = self.answer(request.method(), request.uri().path());
            async move { Ok::<_, Infallible>(answer) }
        };
        let served =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service_fn(answer));
        if let Err(error) = served.await {
            tracing::debug!("an admin connection ended early: {error}");
        }
    }

    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let (status, text) = match (method, path) {
            (&Method::GET | &Method::HEAD, "/metrics") => {
                self.running.service().cache.measure();
                match TextEncoder::new().encode_to_string(&self.registry.gather()) {
                    Ok(text) => (StatusCode::OK, text),
                    Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
                }
            }
            (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, "ok\n".to_owned()),
            (&Method::GET | &Method::HEAD, "/readyz") => {
                let (status, text) = self.running.service().readiness();
                (status, text.to_owned())
            }
            (&Method::GET | &Method::HEAD, _) => (StatusCode::NOT_FOUND, "not found\n".to_owned()),
            _ => (StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n".to_owned()),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, policy::allow());
        }
        response
    }
}
