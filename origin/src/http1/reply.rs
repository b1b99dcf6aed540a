//! An answer on its way to the client.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderMap, Method, Response, StatusCode};
use hyper::body::Body as _;

use crate::body::{Body, Next, Span};
use crate::carrier::Carrier;
use crate::pipes::Pipe;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status line and all fields but those of the tail.
    head: Bytes,
    body: Body,
    /// Whether the connection ends with it.
    pub(crate) last: bool,
}

impl Reply {
    /// One whose head was made before.
    pub(crate) fn new(head: Bytes, body: Body, last: bool) -> Self {
        Self { head, body, last }
    }

    /// `response` to a request by `method`, after which the connection ends if it says so or this is to be the `last`.
    pub(crate) fn of(response: Response<Body>, method: &Method, last: bool) -> Self {
        let (mut parts, body) = response.into_parts();
        let last = parts.headers.remove(CONNECTION).is_some() || last;
        // RFC 9110 §8.6: never with 204; with 304 and HEAD, only if it is what a GET would have had.
        let bodiless = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if !bodiless && method != Method::HEAD && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, body.size_hint().lower().into());
        }
        Self::new(head(parts.status, &parts.headers), body, last)
    }

    /// Sends it, as fast as the client takes it. What is in memory goes out from its file, if that can be, from `spans`
    /// bytes on.
    pub(crate) async fn send<S: Carrier>(self, stream: &mut S, spans: u64) -> io::Result<()> {
        let spans = S::SENDS_FILES.then_some(spans);
        let Self { head, mut body, last } = self;
        let tail = Tail::new(SystemTime::now(), last);
        let mut before: [&[u8]; 2] = [&head, tail.as_bytes()];
        let mut held = false;
        loop {
            let [head, tail] = std::mem::take(&mut before);
            match poll_fn(|cx| body.poll_next(cx, spans)).await.transpose()? {
                Some(Next::Bytes(bytes)) => write(stream, [head, tail, &bytes]).await?,
                Some(next) => {
                    if !held {
                        stream.hold(true);
                        held = true;
                    }
                    write(stream, [head, tail, &[]]).await?;
                    send(stream, next).await?;
                }
                // What comes next would be read as the rest of it.
                None if body.size_hint().lower() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {
                    write(stream, [head, tail, &[]]).await?;
                    break;
                }
            }
        }
        if held {
            stream.hold(false);
        }
        poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
    }
}

/// The head of an answer, made once for all that will be the same but for their tails.
pub(crate) fn head(status: StatusCode, headers: &HeaderMap) -> Bytes {
    let mut head = BytesMut::with_capacity(1024);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or_default(), "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.freeze()
}

/// The end of a head: the hour, whether it is the connection's last, and an empty line.
struct Tail {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Tail {
    const LONGEST: usize = 64;

    fn new(now: SystemTime, last: bool) -> Self {
        let mut tail = Self { bytes: [0; Self::LONGEST], length: 0 };
        DATE.with_borrow_mut(|date| tail.add(date.at(now)));
        if last {
            tail.add(b"connection: close\r\n");
        }
        tail.add(b"\r\n");
        tail
    }

    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A field `date` (RFC 9110 §6.6.1), made once a second.
#[derive(Default)]
struct DateLine {
    second: Duration,
    text: String,
}

thread_local! {
    static DATE: RefCell<DateLine> = RefCell::default();
}

impl DateLine {
    fn at(&mut self, now: SystemTime) -> &[u8] {
        let second = Duration::from_secs(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
        if self.text.is_empty() || self.second != second {
            self.second = second;
            self.text = format!("date: {}\r\n", httpdate::fmt_http_date(UNIX_EPOCH + second));
        }
        self.text.as_bytes()
    }
}

/// Writes all of `slices`.
async fn write<S: Carrier>(stream: &mut S, slices: [&[u8]; 3]) -> io::Result<()> {
    let mut left = slices.map(IoSlice::new);
    let mut left = left.as_mut_slice();
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match poll_fn(|cx| Pin::new(&mut *stream).poll_write_vectored(cx, left)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut left, written),
        }
    }
    Ok(())
}

/// Has the kernel send what comes next.
async fn send<S: Carrier>(stream: &mut S, next: Next) -> io::Result<()> {
    match next {
        Next::Bytes(bytes) => write(stream, [&bytes, &[], &[]]).await,
        Next::Span(span) => send_span(stream, &span).await,
        Next::Piped(pipe, length) => send_piped(stream, pipe, length).await,
    }
}

/// Sends so many bytes from a pipe; from where on that can't be, as bytes.
async fn send_piped<S: Carrier>(stream: &mut S, mut pipe: Pipe, length: usize) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        match poll_fn(|cx| stream.poll_send_pipe(cx, &mut pipe, left)).await {
            Ok(sent) if sent > 0 => left -= sent,
            Ok(_) | Err(_) => return write(stream, [&pipe.take(left)?, &[], &[]]).await,
        }
    }
    Ok(())
}

/// Sends a span from its file; from where on that can't be, as bytes.
async fn send_span<S: Carrier>(stream: &mut S, span: &Span) -> io::Result<()> {
    let (mut at, end) = (span.range.start, span.range.end);
    while at < end {
        match poll_fn(|cx| stream.poll_send_file(cx, &span.file, at, end - at)).await {
            Ok(sent) if sent > 0 => at += sent,
            Ok(_) | Err(_) => break,
        }
    }
    while at < end {
        let bytes = span.bytes_from(at).await?;
        write(stream, [&bytes, &[], &[]]).await?;
        at += bytes.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use http::HeaderValue;
    use http::header::CONTENT_TYPE;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;
    use crate::entry::Source;
    use crate::range::ByteRange;
    use crate::store::{Opened, Store};

    #[test]
    fn a_head_is_what_rfc_9112_says() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("a/b"));
        headers.append("x", HeaderValue::from_static("1"));
        headers.append("x", HeaderValue::from_static("2"));
        let text = "HTTP/1.1 416 Range Not Satisfiable\r\ncontent-type: a/b\r\nx: 1\r\nx: 2\r\n";
        assert_eq!(head(StatusCode::RANGE_NOT_SATISFIABLE, &headers), text);
    }

    #[test]
    fn a_tail_tells_the_hour_and_the_end() {
        let hour = UNIX_EPOCH + Duration::from_millis(784_111_777_999);
        let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        assert_eq!(Tail::new(hour, false).as_bytes(), format!("{date}\r\n").as_bytes());
        assert_eq!(Tail::new(hour, true).as_bytes(), format!("{date}connection: close\r\n\r\n").as_bytes());
        let later = Tail::new(hour + Duration::from_secs(1), false);
        assert!(later.as_bytes().starts_with(b"date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
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
            let reply = Reply::of(response, &method, false);
            let text = String::from_utf8(reply.head.to_vec()).unwrap();
            assert_eq!(text.contains("content-length: 3\r\n"), told, "{text}");
        }
    }

    /// What was written to it. Its kernel sends so many bytes from a file, and then can't.
    struct Client {
        got: Vec<u8>,
        sends: u64,
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

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Carrier for Client {
        const SENDS_FILES: bool = true;

        fn unread(&mut self, _: Bytes) {}

        fn hold(&mut self, _: bool) {}

        fn poll_send_pipe(&mut self, _: &mut Context<'_>, pipe: &mut Pipe, most: usize) -> Poll<io::Result<usize>> {
            let most = most.min(usize::try_from(self.sends).unwrap_or(usize::MAX));
            if most == 0 {
                return Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
            }
            let sent = pipe.take(most)?;
            self.sends -= sent.len() as u64;
            self.got.extend_from_slice(&sent);
            Poll::Ready(Ok(sent.len()))
        }

        fn poll_send_file(&mut self, _: &mut Context<'_>, file: &Opened, at: u64, most: u64) -> Poll<io::Result<u64>> {
            let sent = file.block(at, at + most.min(self.sends)).map_err(io::Error::other)?;
            self.sends -= sent.len() as u64;
            self.got.extend_from_slice(&sent);
            Poll::Ready(if sent.is_empty() { Err(io::ErrorKind::Unsupported.into()) } else { Ok(sent.len() as u64) })
        }
    }

    /// Sends `range` of a file to a client whose kernel sends so many of them; what it gets.
    fn sent(source: fn(Bytes, Arc<Opened>) -> Source, range: ByteRange, sends: u64) -> (io::Result<()>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), content()).unwrap();
        let opened = Store::new(folder.path().to_owned()).open("a").unwrap();
        let body = Body::part(&source(content().into(), Arc::new(opened)), range);
        let reply = Reply::new(Bytes::new(), body, false);
        let mut client = Client { got: Vec::new(), sends };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(reply.send(&mut client, 0));
        let head = client.got.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (ended, client.got.split_off(head + 4))
    }

    fn content() -> Vec<u8> {
        let mut content = vec![0; 1_400_000];
        blake3::Hasher::new().finalize_xof().fill(&mut content);
        content
    }

    #[test]
    fn where_the_kernel_can_send_no_more_the_bytes_are_sent() {
        for source in [Source::Backed, |_, file| Source::File(file)] {
            for (start, end) in [(0, 1_400_000), (5, 1_300_000), (1_048_575, 1_048_577)] {
                let range = ByteRange { start, end };
                for sends in [0, 1, 1 << 20, 1_100_000, u64::MAX] {
                    let (ended, got) = sent(source, range, sends);
                    ended.unwrap();
                    let at = |offset| usize::try_from(offset).unwrap();
                    assert!(got == content()[at(range.start)..at(range.end)], "{range:?} {sends}");
                }
            }
        }
    }
}
