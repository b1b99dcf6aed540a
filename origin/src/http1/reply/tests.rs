use std::sync::Arc;
use std::task::{Context, Poll};

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;
use crate::entry::Source;
use crate::pipes::tests::alone;
use crate::range::ByteRange;
use crate::reservoir::tests::kept;
use crate::store::{Opened, Store, WINDOW};

#[test]
fn a_head_is_what_rfc_9112_says() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("a/b"));
    headers.append("x", HeaderValue::from_static("1"));
    headers.append("x", HeaderValue::from_static("2"));
    let text = "HTTP/1.1 416 Range Not Satisfiable\r\ncontent-type: a/b\r\nx: 1\r\nx: 2\r\n";
    assert_eq!(head(StatusCode::RANGE_NOT_SATISFIABLE, &headers, []), text);
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
        let mut response = Response::new(Body::bytes(Bytes::from_static(b"abc")));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let reply = Reply::of(response, &method, false, Instant::now());
        let text = String::from_utf8(reply.head.to_vec()).unwrap();
        assert_eq!(text.contains("content-length: 3\r\n"), told, "{text}");
    }
}

/// What was written to it. Of the first write it takes no more than so many bytes. Its kernel sends so many from a file,
/// and then can't, and from a pipe as many, if that has room for what is sent before.
struct Client {
    got: Vec<u8>,
    takes: usize,
    sends: u64,
    has_room: bool,
    at_once: usize,
    /// What of packets it was told last.
    held: Option<bool>,
}

impl Client {
    fn new(takes: usize, sends: u64, has_room: bool) -> Self {
        Self { got: Vec::new(), takes, sends, has_room, at_once: usize::MAX, held: None }
    }
}

impl AsyncRead for Client {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.got.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes = slices.iter().flat_map(|slice| slice.iter()).take(std::mem::replace(&mut self.takes, usize::MAX));
        let before = self.got.len();
        self.got.extend(bytes);
        let taken = self.got.len() - before;
        if taken > 0 { Poll::Ready(Ok(taken)) } else { Poll::Pending }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Carrier for Client {
    const KERNEL_SENDS: bool = true;

    fn unread(&mut self, _: Bytes) {}

    fn hold(&mut self, held: bool) {
        assert_ne!(self.held, Some(held), "told twice");
        self.held = Some(held);
    }

    fn most_at_once(&mut self) -> usize {
        self.at_once
    }

    fn poll_send_kept(&mut self, _: &mut Context<'_>, head: &[IoSlice<'_>], draw: &Draw) -> Poll<io::Result<usize>> {
        let range = draw.range.unwrap();
        let head: Vec<u8> = head.iter().flat_map(|slice| slice.iter().copied()).collect();
        assert!(head.is_empty() || draw.takes_head());
        if !head.is_empty() && !self.has_room {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        let most = usize::try_from(self.sends).unwrap_or(usize::MAX);
        let mut sent = head.get(..most.min(head.len())).unwrap().to_vec();
        if most > sent.len() {
            sent.extend_from_slice(&draw.reservoir.read(range.start, range.len().min((most - sent.len()) as u64))?);
        }
        if sent.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        }
        self.sends -= sent.len() as u64;
        self.got.extend_from_slice(&sent);
        Poll::Ready(Ok(sent.len()))
    }

    fn poll_send_pipe(&mut self, _: &mut Context<'_>, load: &mut Load) -> Poll<io::Result<usize>> {
        let most = load.left.min(usize::try_from(self.sends).unwrap_or(usize::MAX));
        if most == 0 {
            return Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        }
        let sent = load.pipe.take(most)?;
        self.sends -= sent.len() as u64;
        self.got.extend_from_slice(&sent);
        Poll::Ready(Ok(sent.len()))
    }

    fn poll_send_file(&mut self, _: &mut Context<'_>, file: &Opened, at: u64, most: u64) -> Poll<io::Result<usize>> {
        let sent = file.block(at, at + most.min(self.sends)).map_err(io::Error::other)?;
        self.sends -= sent.len() as u64;
        self.got.extend_from_slice(&sent);
        Poll::Ready(if sent.is_empty() { Err(io::ErrorKind::Unsupported.into()) } else { Ok(sent.len()) })
    }
}

type MakeSource = fn(Bytes, Arc<Opened>) -> Source;

/// Sends `range` of a file, of which it is said how it is `had`, to a client whose kernel sends so many bytes, and has
/// room for a head, too, or not; what it gets, and the head of that.
fn sent(
    source: MakeSource,
    had: fn(&mut Opened),
    range: ByteRange,
    (sends, has_room): (u64, bool),
) -> (io::Result<()>, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), content()).unwrap();
    let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
    had(&mut opened);
    let body = Body::part(&source(content().into(), Arc::new(opened)), range);
    let reply = Reply::new(Bytes::from_static(b"HTTP/1.1 200 OK\r\n"), body, false, Instant::now());
    let head = [&reply.head, reply.tail.left()].concat();
    let mut client = Client::new(usize::MAX, sends, has_room);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(reply.send(&mut client));
    assert_ne!(client.held, Some(true), "it waits for ever");
    (ended, client.got, head)
}

fn content() -> Vec<u8> {
    let mut content = vec![0; 4_500_000];
    blake3::Hasher::new().finalize_xof().fill(&mut content);
    content
}

#[test]
fn where_the_kernel_can_send_no_more_the_bytes_are_sent() {
    let _alone = alone();
    let file: MakeSource = |_, file| Source::File(file);
    let kept: MakeSource = |bytes, _| Source::Kept(Arc::new(kept(&bytes)), None);
    let in_pages: fn(&mut Opened) = |_| {};
    let in_large_folios: fn(&mut Opened) = |file| file.large_folios = true;
    let begun: fn(&mut Opened) = |file| (file.large_folios, file.begun) = (true, true);
    // Where the file system can't, it is sent in another way.
    let direct: fn(&mut Opened) = |file| {
        file.go_direct(true);
    };
    for (source, had) in [(kept, in_pages), (file, in_pages), (file, in_large_folios), (file, begun), (file, direct)] {
        for (start, end) in [(0, 4_500_000), (5, 2_300_000), (WINDOW - 1, WINDOW + 1), (WINDOW, 4_500_000)] {
            let range = ByteRange { start, end };
            let sends = [0, 1, 30, 1 << 20, WINDOW + 1, u64::MAX].map(|sends| (sends, true));
            for how in sends.into_iter().chain([(1 << 20, false)]) {
                let (ended, got, head) = sent(source, had, range, how);
                ended.unwrap();
                let at = |offset| usize::try_from(offset).unwrap();
                let body = &content()[at(range.start)..at(range.end)];
                assert!(got == [&head, body].concat(), "{range:?} {how:?}");
            }
        }
    }
}

#[test]
fn what_goes_in_one_call_is_not_held_back() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (bytes, mib, modern) = (content(), 1 << 20, *crate::linux::RELEASE >= (6, 5));
    let source = Source::Kept(Arc::new(kept(&bytes)), None);
    let head = Bytes::from_static(b"HTTP/1.1 200 OK\r\n");
    let before = head.len() + Reply::new(head.clone(), Body::empty(), false, Instant::now()).tail.left().len();
    for (start, end, at_once, expected) in [
        (0, mib, usize::MAX, modern),
        (0, 100_000, 100_000 + before, modern),
        (0, 100_000, 99_999 + before, false),
        (mib, 2 * mib, usize::MAX, modern),
        (0, mib + 1, usize::MAX, false),
        (5, 10, usize::MAX, false),
    ] {
        let mut client = Client { at_once, ..Client::new(usize::MAX, u64::MAX, true) };
        let body = Body::part(&source, ByteRange { start, end });
        runtime.block_on(Reply::new(head.clone(), body, false, Instant::now()).send(&mut client)).unwrap();
        assert_eq!(client.held, (!expected).then_some(false), "{start}..{end} {at_once}");
    }
}

#[test]
fn what_does_not_go_at_once_goes_later() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let head = Bytes::from_static(b"HTTP/1.1 200 OK\r\n");
    for body in ["", "abc"] {
        let now = Instant::now();
        let reply = || Reply::new(head.clone(), Body::bytes(Bytes::from_static(body.as_bytes())), false, now);
        let all = [&head, reply().tail.left(), body.as_bytes()].concat();
        for takes in 0..=all.len() {
            let (mut client, mut reply) = (Client::new(takes, 0, true), reply());
            let gone = reply.goes_at_once(&mut cx, &mut client).unwrap();
            assert_eq!((gone, client.got.len()), (takes == all.len(), takes));
            if !gone {
                runtime.block_on(reply.send(&mut client)).unwrap();
            }
            assert_eq!(client.got, all, "{takes}");
        }
    }
}
