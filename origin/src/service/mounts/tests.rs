//! Mounts without a connection: their answers as hyper would take them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{io, thread};

use http::{HeaderMap, StatusCode};
use http_body_util::{Empty, Full};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tower::service_fn;

use super::outgoing::Interrupted;
use super::*;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

type Next = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// A body that does as it is told each time that it is asked. Counts how often it is asked, and says when it is dropped.
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
        self.hint.clone()
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
async fn bodies_come_through_with_their_length_and_trailers() {
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), "7".parse().unwrap())]);
    let mut body = frames([data(1, 3), data(2, 40_000), Frame::trailers(trailers.clone())]);
    body.hint = SizeHint::with_exact(40_003);
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    let mut came = Vec::new();
    assert_eq!(body.size_hint().exact(), Some(40_003));
    while let Some(frame) = body.frame().await {
        match frame.unwrap().into_data() {
            Ok(data) => came.push(data),
            Err(frame) => assert_eq!(frame.into_trailers().unwrap(), trailers),
        }
        let so_far = came.iter().map(Bytes::len).sum::<usize>() as u64;
        assert_eq!(body.size_hint().exact(), Some(40_003 - so_far));
    }
    assert!(body.is_end_stream());
    // In frames that hyper may hold whole.
    assert_eq!(came.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 16 << 10, 16 << 10, 40_000 - (32 << 10)]);
    assert!(came[0] == [1; 3][..] && came[1..].iter().flatten().all(|byte| *byte == 2));
}

#[tokio::test]
async fn the_last_frame_is_known_as_the_last() {
    let runtime = giving(Full::from("all"));
    let mut body = get(&runtime).await.into_body();
    assert!(!body.is_end_stream());
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "all");
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn errors_of_bodies_come_through() {
    let mut frames = VecDeque::from([Ok(data(1, 1)), Err(io::Error::other("of the mount"))]);
    let (body, ..) = scripted(move |_| Poll::Ready(frames.pop_front()));
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    assert_eq!(body.frame().await.unwrap().unwrap_err().to_string(), "of the mount");
    assert!(body.frame().await.is_none());
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
async fn an_empty_body_has_ended_with_its_head() {
    let response = get(&giving(Empty::<Bytes>::new())).await;
    assert!(response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(0));
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
async fn a_body_that_panics_does_not_look_whole() {
    let mut turns = 0;
    let (body, ..) = scripted(move |_| {
        turns += 1;
        assert!(turns < 2, "the second frame panics");
        Poll::Ready(Some(Ok(data(1, 1))))
    });
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().unwrap_err().is::<Interrupted>());
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

#[tokio::test]
async fn no_more_than_one_frame_is_made_ahead() {
    let (body, asked, _gone) = scripted(|_| Poll::Ready(Some(Ok(data(1, 100_000)))));
    let runtime = giving(body);
    let mut body = get(&runtime).await.into_body();
    sleep(SHORT).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..7 {
        body.frame().await.unwrap().unwrap();
    }
    sleep(SHORT).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_takes_nothing_for_too_long_gets_no_more() {
    let (body, _, is_gone) = scripted(|_| Poll::Ready(Some(Ok(data(1, 100)))));
    let runtime = giving(body);
    let mut body = runtime.find("/path").unwrap().call(request("GET"), SHORT).await.into_body();
    timeout(LONG, is_gone).await.unwrap().unwrap();
    // The frame that was ready, and no whole body.
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().unwrap_err().is::<Interrupted>());
}

#[tokio::test]
async fn a_mount_may_take_its_time_for_the_next_frame() {
    let (mut timer, mut given) = (Box::pin(sleep(3 * SHORT)), false);
    let (body, ..) = scripted(move |cx| {
        if std::mem::replace(&mut given, timer.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(None);
        }
        if given { Poll::Ready(Some(Ok(data(7, 1)))) } else { Poll::Pending }
    });
    let runtime = giving(body);
    let response = runtime.find("/path").unwrap().call(request("GET"), SHORT).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), [7][..]);
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
                thread::sleep(4 * SHORT);
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
    assert!(longest < 3 * SHORT, "{longest:?}");
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

#[tokio::test]
async fn what_a_client_sends_is_counted() {
    let mut body = RequestBody::new(frames([data(1, 5), data(2, 6)]), LONG);
    let received = body.received();
    assert!(!body.is_end_stream());
    let runtime = mounted(|request| async { Response::new(request.into_body()) });
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().len(), 5);
    assert_eq!(received.bytes(), 5);
    let echoed = runtime.find("/").unwrap().call(Request::new(body), LONG).await.into_body();
    assert_eq!(echoed.collect().await.unwrap().to_bytes(), [2; 6][..]);
    assert_eq!(received.bytes(), 11);
}

#[tokio::test]
async fn a_request_without_content_has_ended() {
    assert!(RequestBody::new(Empty::<Bytes>::new(), LONG).is_end_stream());
    let mut body = RequestBody::new(Full::<Bytes>::from("all"), LONG);
    assert_eq!(body.size_hint().exact(), Some(3));
    body.frame().await.unwrap().unwrap();
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn who_sends_nothing_while_waited_for_is_left() {
    let (content, _, is_gone) = scripted(|_| Poll::Pending);
    let began = Instant::now();
    let mut body = RequestBody::new(content, SHORT);
    assert_eq!(body.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(began.elapsed() >= SHORT);
    is_gone.await.unwrap();
    assert!(body.is_end_stream() && body.frame().await.is_none());
}

#[tokio::test]
async fn no_time_runs_while_nobody_waits() {
    // Each frame comes after half of the patience; the mount takes its time before it asks again.
    let mut timer = None;
    let (content, ..) = scripted(move |cx| {
        let timer = timer.get_or_insert_with(|| Box::pin(sleep(SHORT)));
        std::task::ready!(timer.as_mut().poll(cx));
        timer.set(sleep(SHORT));
        Poll::Ready(Some(Ok(data(1, 1))))
    });
    let mut body = RequestBody::new(content, 10 * SHORT);
    for _ in 0..2 {
        body.frame().await.unwrap().unwrap();
        sleep(12 * SHORT).await;
    }
    for _ in 0..14 {
        body.frame().await.unwrap().unwrap();
    }
}
