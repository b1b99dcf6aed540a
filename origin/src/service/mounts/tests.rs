//! Mounts without a connection: their answers as hyper would take them.

mod request_body;
mod response_body;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{io, thread};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower::service_fn;

use super::content::BoxError;
use super::*;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

type Next = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// A body that does as it is told each time that it is asked. Counts how often it is asked, and says when it is
/// dropped.
struct Scripted {
    next: Box<dyn FnMut(&mut Context<'_>) -> Next + Send>,
    hint: SizeHint,
    asked: Arc<AtomicUsize>,
    gone: Option<oneshot::Sender<()>>,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.next)(cx)
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let _ = self.gone.take().map(|gone| gone.send(()));
    }
}

fn scripted(
    next: impl FnMut(&mut Context<'_>) -> Next + Send + 'static,
) -> (Scripted, Arc<AtomicUsize>, oneshot::Receiver<()>) {
    let (gone, is_gone) = oneshot::channel();
    let asked = Arc::new(AtomicUsize::new(0));
    let body = Scripted { next: Box::new(next), hint: SizeHint::new(), asked: asked.clone(), gone: Some(gone) };
    (body, asked, is_gone)
}

fn frames(frames: impl IntoIterator<Item = Frame<Bytes>>) -> Scripted {
    let mut frames: VecDeque<_> = frames.into_iter().collect();
    scripted(move |_| Poll::Ready(frames.pop_front().map(Ok))).0
}

fn data(byte: u8, length: usize) -> Frame<Bytes> {
    Frame::data(vec![byte; length].into())
}

/// A runtime for a mount that answers all requests with what `answer` gives.
fn mounted<A, B>(answer: impl Fn(Request<RequestBody>) -> A + Clone + Send + Sync + 'static) -> MountRuntime
where
    A: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let service = service_fn(move |request| {
        let answer = answer(request);
        async move { Ok(answer.await) }
    });
    Mounts::new(vec![Mount::new("tested", [Claim::Below("/")], service)]).unwrap().start().unwrap()
}

/// The same for one answer with `body`.
fn giving<B>(body: B) -> MountRuntime
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    mounted(move |_| {
        let body = body.lock().unwrap().take().unwrap();
        async move { Response::new(body) }
    })
}

fn request(method: &str) -> Request<RequestBody> {
    let body = RequestBody::new(Empty::<Bytes>::new(), LONG);
    Request::builder().method(method).uri("/path").body(body).unwrap()
}

fn call(runtime: &MountRuntime, method: &str) -> impl Future<Output = Response<MountedBody>> + Send + use<> {
    runtime.find("/path").unwrap().call(request(method), LONG)
}

async fn get(runtime: &MountRuntime) -> Response<MountedBody> {
    call(runtime, "GET").await
}

#[test]
fn names_are_of_one_mount_each() {
    let mount = |name| {
        Mount::new(name, [], service_fn(|_| async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }))
    };
    assert_eq!(Mounts::new(vec![mount("a"), mount("a")]).unwrap_err(), MountError::Name("a"));
    assert!(Mounts::new(vec![mount("a"), mount("b")]).unwrap().names().eq(["a", "b"]));
    assert!(Mounts::none().start().unwrap().find("/").is_none());
}

#[tokio::test]
async fn what_a_mount_does_not_set_is_put_in_and_no_more() {
    let bare = get(&giving(Full::from("a"))).await;
    let expected = [("cache-control", "private, no-store"), ("x-content-type-options", "nosniff")];
    assert!(bare.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).eq(expected));
    let runtime = mounted(|_| async {
        let response = Response::builder().header("cache-control", "public").header("cdn-cache-control", "max-age=9");
        response.header("x-content-type-options", "own").status(404).body(Full::from("a")).unwrap()
    });
    let own = get(&runtime).await;
    assert_eq!((own.status(), own.headers().len()), (StatusCode::NOT_FOUND, 3));
    assert_eq!(own.headers()["cache-control"], "public");
    assert_eq!(own.headers()["x-content-type-options"], "own");
}

#[tokio::test]
async fn a_head_has_the_length_of_a_body_that_is_not_made() {
    let (mut body, asked, is_gone) = scripted(|_| panic!("asked for"));
    body.hint = SizeHint::with_exact(1234);
    let response = call(&giving(body), "HEAD").await;
    assert_eq!(response.headers()["content-length"], "1234");
    assert!(response.body().is_end_stream());
    is_gone.await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    // Of a body that was left out, the length is not known.
    let left_out = call(&giving(Empty::<Bytes>::new()), "HEAD").await;
    assert!(!left_out.headers().contains_key("content-length"));
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_mount_goes_on() {
    let turns = Arc::new(AtomicUsize::new(0));
    let runtime = mounted(move |_| {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        async move {
            assert!(turn != 0, "the first panics");
            Response::new(Full::from("fine"))
        }
    });
    let failed = get(&runtime).await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.headers()["cache-control"], "private, no-store");
    assert_eq!(failed.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(failed.into_body().collect().await.unwrap().to_bytes(), "internal error\n");
    assert_eq!(get(&runtime).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn who_leaves_ends_the_work() {
    /// Says when it is dropped.
    struct Told(Option<oneshot::Sender<()>>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.take().map(|gone| gone.send(()));
        }
    }
    let (gone, is_gone) = oneshot::channel();
    let told = Arc::new(std::sync::Mutex::new(Some(Told(Some(gone)))));
    let runtime = mounted(move |_| {
        let told = told.lock().unwrap().take();
        async move {
            let _told = told;
            std::future::pending::<Response<Full<Bytes>>>().await
        }
    });
    // Before the answer …
    assert!(timeout(SHORT, get(&runtime)).await.is_err());
    timeout(LONG, is_gone).await.unwrap().unwrap();
    // … and while it comes.
    let (body, _, is_gone) = scripted(|_| Poll::Pending);
    let runtime = giving(body);
    drop(get(&runtime).await);
    timeout(LONG, is_gone).await.unwrap().unwrap();
}

/// More requests than threads block in each of their steps; the timers of the test's only thread come on time.
#[tokio::test]
async fn a_mount_that_blocks_holds_up_nobody_else() {
    let blocked = Arc::new(AtomicUsize::new(0));
    let in_mount = blocked.clone();
    let runtime = mounted(move |_| {
        let blocked = in_mount.clone();
        async move {
            let mut left = 3;
            let (body, ..) = scripted(move |_| {
                blocked.fetch_add(1, Ordering::Relaxed);
                thread::sleep(20 * SHORT);
                left -= 1;
                Poll::Ready((left > 0).then(|| Ok(data(1, 1))))
            });
            Response::new(body)
        }
    });
    let asking: Vec<_> = (0..16).map(|_| tokio::spawn(call(&runtime, "GET"))).collect();
    let mut bodies: Vec<_> = Vec::new();
    let mut longest = Duration::ZERO;
    for asked in asking {
        let turn = Instant::now();
        if let Ok(response) = timeout(SHORT, asked).await {
            bodies.push(tokio::spawn(response.unwrap().into_body().collect()));
        }
        longest = longest.max(turn.elapsed());
    }
    assert!(blocked.load(Ordering::Relaxed) > 0);
    assert!(longest < 10 * SHORT, "{longest:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn its_threads_are_nice() {
    let priority = || rustix::process::getpriority_process(None).unwrap();
    let runtime = mounted(move |_| async move {
        let blocking = tokio::task::spawn_blocking(priority).await.unwrap();
        Response::new(Full::from(vec![u8::try_from(priority().min(blocking)).unwrap()]))
    });
    let told = get(&runtime).await.into_body().collect().await.unwrap().to_bytes();
    assert!(told[0] >= 10 && i32::from(told[0]) >= priority(), "{told:?}");
}
