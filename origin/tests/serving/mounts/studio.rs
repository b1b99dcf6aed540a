//! A mount for tests, with one of everything that the library never does.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame};
use origin::{Claim, Mount, Mounts, RequestBody};
use tokio::sync::{mpsc, watch};
use tokio::time::interval;
use tower::service_fn;

use super::socket;

pub(super) type Content = UnsyncBoxBody<Bytes, io::Error>;

/// Time between two server-sent events.
const TICK: Duration = Duration::from_millis(100);

/// The mount, and the switches by which a test has it go on.
#[derive(Debug, Clone, Default)]
pub(super) struct Studio {
    /// Lets held requests go on.
    pub(super) release: watch::Sender<bool>,
    /// Ends streams of events.
    pub(super) end: watch::Sender<bool>,
}

impl Studio {
    /// It, mounted as `studio` at `/` and below `/api/v1/`.
    pub(super) fn mounts(&self) -> Mounts {
        let studio = self.clone();
        let service = service_fn(move |request| {
            let studio = studio.clone();
            async move { Ok::<_, Infallible>(studio.answer(request).await) }
        });
        Mounts::new(vec![Mount::new("studio", [Claim::Path("/"), Claim::Below("/api/v1/")], service)]).unwrap()
    }

    async fn answer(&self, request: Request<RequestBody>) -> Response<Content> {
        match request.uri().path() {
            "/" => text("the studio's front page"),
            "/api/v1/sum" => self.sum(request).await,
            "/api/v1/poll" => {
                wait(&self.release).await;
                text("news")
            }
            "/api/v1/lines" => fed(|lines| async move {
                for line in 0..100 {
                    lines.send(format!("line {line}\n").into()).await.unwrap();
                }
            }),
            "/api/v1/events" => self.events(),
            "/api/v1/silence" => {
                let studio = self.clone();
                fed(|events| async move {
                    events.send("begun".into()).await.unwrap();
                    // Held open for as long as somebody listens.
                    tokio::select! {
                        () = wait(&studio.release) => {}
                        () = events.closed() => {}
                    }
                })
            }
            "/api/v1/socket" => socket::accept(request, socket::echo),
            "/api/v1/flood" => socket::accept(request, socket::flood),
            "/api/v1/panic" => panic!("as the test wants it"),
            "/api/v1/own" => {
                let mut own = text("cached");
                own.headers_mut().insert(CACHE_CONTROL, "public, max-age=60".parse().unwrap());
                own
            }
            _ => status(StatusCode::NOT_FOUND, "the studio knows no such thing"),
        }
    }

    /// The length and hash of what was sent; with the query `held`, it is read only once that is let go on.
    async fn sum(&self, request: Request<RequestBody>) -> Response<Content> {
        if request.uri().query() == Some("held") {
            wait(&self.release).await;
        }
        let (mut body, mut hasher) = (request.into_body(), blake3::Hasher::new());
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => drop(hasher.update(frame.data_ref().map_or(&[], |data| data))),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return status(StatusCode::REQUEST_TIMEOUT, "it stalled");
                }
                Err(_) => return status(StatusCode::BAD_REQUEST, "it broke off"),
            }
        }
        text(&format!("{} {}", hasher.count(), hasher.finalize()))
    }

    fn events(&self) -> Response<Content> {
        let mut end = self.end.subscribe();
        let mut response = fed(|events| async move {
            let mut ticks = interval(TICK);
            while !*end.borrow_and_update() {
                ticks.tick().await;
                // The client may have left.
                if events.send("data: tick\n\n".into()).await.is_err() {
                    return;
                }
            }
            let _ = events.send("data: end\n\n".into()).await;
        });
        response.headers_mut().insert(CONTENT_TYPE, "text/event-stream".parse().unwrap());
        response
    }
}

async fn wait(told: &watch::Sender<bool>) {
    told.subscribe().wait_for(|told| *told).await.unwrap();
}

pub(super) fn text(text: &str) -> Response<Content> {
    status(StatusCode::OK, text)
}

pub(super) fn status(status: StatusCode, text: &str) -> Response<Content> {
    let body = Full::from(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    Response::builder().status(status).body(body).unwrap()
}

/// A body of what `feed` sends.
fn fed<F>(feed: impl FnOnce(mpsc::Sender<Bytes>) -> F) -> Response<Content>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(feed(sender));
    Response::new(Fed(receiver).boxed_unsync())
}

struct Fed(mpsc::Receiver<Bytes>);

impl Body for Fed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
