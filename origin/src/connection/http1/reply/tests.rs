use http::HeaderValue;
use http::Version;
use http::header::CONTENT_TYPE;
use prometheus::{IntGauge, Registry};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;
use crate::delivery::blocks::Blocks;
use crate::delivery::body::Content;
use crate::delivery::source::Source;
use crate::http::client::Client as Address;
use crate::http::kind::Kind;
use crate::library::store::Store;
use crate::observe::activity::Activity;
use crate::observe::metrics::Metrics;

/// A body of `content` for a connection over which the kernel sends.
fn body(content: Content) -> Body {
    let metrics = Arc::new(Metrics::new(&Registry::new(), std::iter::empty()).unwrap());
    let activity = Arc::new(Activity::new(Instant::now(), Address::default()));
    let (under_way, _) = activity.begin(Instant::now());
    content.sent(metrics.answer(Kind::Video, StatusCode::OK, Version::HTTP_11, under_way), &outlet())
}

fn outlet() -> Outlet {
    Blocks::new(IntGauge::new("a", "a").unwrap()).outlet(true)
}

#[test]
fn a_length_is_told_where_there_may_be_one() {
    for (status, method, told) in [
        (200, Method::GET, true),
        (404, Method::GET, true),
        (200, Method::HEAD, false),
        (204, Method::OPTIONS, false),
        (304, Method::GET, false),
    ] {
        let mut response = Response::new(body(Content::bytes(Bytes::from_static(b"abc"))));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("a/b"));
        let reply = Reply::of(response, &method, false, Instant::now());
        let text = String::from_utf8(reply.head.to_vec()).unwrap();
        assert!(text.contains("content-type: a/b\r\n"));
        assert_eq!(text.contains("content-length: 3\r\n"), told, "{text}");
    }
}

/// A client that keeps what it gets. Of the first write it takes no more than `takes` bytes, and its kernel sends no more
/// than `sends` bytes of files, then none. Its first flush may have to wait.
struct Taker {
    got: Vec<u8>,
    takes: usize,
    sends: u64,
    held: bool,
    flush_waits: bool,
}

impl Taker {
    fn new(takes: usize, sends: u64) -> Self {
        Self { got: Vec::new(), takes, sends, held: false, flush_waits: false }
    }
}

impl AsyncRead for Taker {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Taker {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.iter().all(|slice| slice.is_empty()) {
            // As TLS and sockets do.
            return Poll::Ready(Ok(0));
        }
        let bytes = slices.iter().flat_map(|slice| slice.iter()).take(std::mem::replace(&mut self.takes, usize::MAX));
        let before = self.got.len();
        self.got.extend(bytes);
        let taken = self.got.len() - before;
        if taken > 0 { Poll::Ready(Ok(taken)) } else { Poll::Pending }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.flush_waits) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Transport for Taker {
    const KERNEL_SENDS: bool = true;

    fn unread(&mut self, _: Bytes) {}

    fn hold(&mut self, held: bool) {
        self.held = held;
    }

    fn let_wait(&mut self, _: usize) {}

    fn poll_send_file(
        &mut self,
        _: &mut Context<'_>,
        file: &Opened,
        start: u64,
        end: u64,
    ) -> Poll<io::Result<Option<usize>>> {
        let most = usize::try_from((end - start).min(self.sends)).unwrap();
        if most == 0 {
            return Poll::Ready(Ok(None));
        }
        let sent = file.block(start, most).map_err(io::Error::other)?;
        self.sends -= sent.len() as u64;
        self.got.extend_from_slice(&sent);
        Poll::Ready(Ok(Some(sent.len())))
    }
}

fn content() -> Vec<u8> {
    let mut content = vec![0; 2_500_000];
    blake3::Hasher::new().finalize_xof().fill(&mut content);
    content
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_file_goes_whole_whatever_the_kernel_sends_of_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), content()).unwrap();
    let store = Store::new(folder.path().to_owned(), Instant::now());
    for (start, end) in [(0, 2_500_000), (5, 1_300_000), (WINDOW - 1, WINDOW + 1), (WINDOW, 2_500_000)] {
        for sends in [0, 1, 30, 1 << 20, u64::MAX] {
            let source = Source::File(Arc::new(store.open("a").unwrap()));
            let body = body(Content::part(&source, ByteRange { start, end }));
            let reply = Reply::new(Bytes::from_static(b"HTTP/1.1 200 OK\r\n"), body, false, Instant::now());
            let head = [&reply.head, reply.tail()].concat();
            let mut client = Taker::new(usize::MAX, sends);
            runtime().block_on(reply.send(&mut client, &outlet())).unwrap();
            assert!(!client.held, "the last packet is held back");
            let at = |offset| usize::try_from(offset).unwrap();
            assert!(client.got == [&head, &content()[at(start)..at(end)]].concat(), "{start}..{end} {sends}");
        }
    }
}

#[test]
fn an_answer_that_does_not_go_at_once_goes_later() {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let head = Bytes::from_static(b"HTTP/1.1 200 OK\r\n");
    for text in ["", "abc"] {
        let now = Instant::now();
        let reply = || Reply::new(head.clone(), body(Content::bytes(Bytes::from_static(text.as_bytes()))), false, now);
        let all = [&head, reply().tail(), text.as_bytes()].concat();
        for takes in 0..=all.len() {
            let (mut client, mut reply) = (Taker::new(takes, 0), reply());
            let gone = reply.goes_at_once(&mut cx, &mut client).unwrap();
            assert_eq!((gone, client.got.len()), (takes == all.len(), takes));
            if !gone {
                runtime().block_on(reply.send(&mut client, &outlet())).unwrap();
            }
            assert_eq!(client.got, all, "{takes}");
        }
    }
}

#[test]
fn an_answer_that_was_taken_but_not_flushed_is_whole() {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let head = Bytes::from_static(b"HTTP/1.1 200 OK\r\n");
    let mut reply = Reply::new(head, body(Content::bytes(Bytes::from_static(b"abc"))), false, Instant::now());
    let mut client = Taker { flush_waits: true, ..Taker::new(usize::MAX, 0) };
    assert!(!reply.goes_at_once(&mut cx, &mut client).unwrap());
    runtime().block_on(reply.send(&mut client, &outlet())).unwrap();
    assert!(client.got.ends_with(b"abc"));
}

/// A stream as TLS is one: it keeps what it takes until it is flushed, and takes no more than it was told to let wait.
#[derive(Default)]
struct Records {
    waits: usize,
    most: usize,
    let_wait: usize,
    got: Vec<u8>,
}

impl AsyncRead for Records {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Records {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.waits >= self.let_wait.max(BLOCK) {
            self.waits = 0;
        }
        let taken = bytes.len().min(self.let_wait.max(BLOCK) - self.waits);
        self.got.extend_from_slice(&bytes[..taken]);
        self.waits += taken;
        self.most = self.most.max(self.waits);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waits = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Transport for Records {
    const KERNEL_SENDS: bool = false;

    fn unread(&mut self, _: Bytes) {}

    fn hold(&mut self, _: bool) {}

    fn let_wait(&mut self, bytes: usize) {
        self.let_wait = bytes;
    }

    fn poll_send_file(&mut self, _: &mut Context<'_>, _: &Opened, _: u64, _: u64) -> Poll<io::Result<Option<usize>>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

#[test]
fn over_tls_no_more_waits_than_there_are_places_for() {
    let content = content();
    let send = |outlet: &Outlet| {
        let body = body(Content::bytes(content.clone().into()));
        let reply = Reply::new(Bytes::from_static(b"HTTP/1.1 200 OK\r\n"), body, false, Instant::now());
        let mut stream = Records::default();
        runtime().block_on(reply.send(&mut stream, outlet)).unwrap();
        assert!(stream.got.ends_with(&content));
        assert_eq!(stream.let_wait, 0, "what others may let wait is left as it was");
        stream.most
    };
    let outlet = outlet();
    assert!((TOGETHER * BLOCK..=TOGETHER * BLOCK + 200).contains(&send(&outlet)), "with its head, in one call");
    // Another answer of the connection has all places but one.
    let mut held: Vec<_> = std::iter::from_fn(|| outlet.try_place()).collect();
    held.pop();
    assert!((BLOCK..=BLOCK + 200).contains(&send(&outlet)));
    drop(held);
}
