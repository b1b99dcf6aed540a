//! The stream below HTTP and TLS: it tells when its other end takes nothing, and has the kernel send what is not in our
//! memory.
//!
//! Writing memory to a socket copies it into the kernel, which above some hundred kilobytes is most of what a request
//! costs. Published files never change, so the kernel can send from its own cache (sendfile(2)). Whatever is odd about
//! the file (it is shorter, it was written to, it can't be sent from) is seen before each call. Only who writes to a
//! published file just while the kernel sends it gets new bytes into an old answer.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::activity::Activity;
use crate::body::{Draw, Load};
use crate::carrier::{Carrier, take};
use crate::socket::Socket;
use crate::store::Opened;

/// What one call sends at most, so that one connection does not keep its thread from the others.
const AT_ONCE: usize = 2 << 20;

/// Slices that one call takes at most.
const SLICES: usize = 64;

/// The stream of one connection.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// What was read of it before, and is to be read again.
    early: Bytes,
    activity: Arc<Activity>,
    talk: Talk,
    reader: Reader,
    /// See [`Socket::most_at_once`], once that was asked for.
    at_once: Option<usize>,
}

/// Whether a client takes what it is sent, or leaves it with our kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Unknown,
    /// The kernel takes no more for it.
    Full,
    /// Its system has taken most of that since.
    Proven,
}

/// How much a client says, beside what it asks and takes. In HTTP/2 a connection may carry settings, pings and resets
/// without end, each of which costs more to handle than to send (CVE-2019-9512, CVE-2019-9515).
#[derive(Debug)]
struct Talk {
    /// Of one request's head, bytes.
    head: u64,
    heard: u64,
    told: u64,
}

impl Talk {
    /// Whether it is more than `requests` can be the reason of. Windows are updated (RFC 9113 §6.9) with far less than a
    /// sixty-fourth of what was taken, and a handshake of TLS has a few kilobytes.
    fn is_too_much(&self, requests: u32) -> bool {
        const FREE: u64 = 64 << 10;
        self.heard > FREE + self.head * (1 + u64::from(requests)) + self.told / 64
    }
}

impl Wire {
    /// The stream of `socket`, of which `early` was read already, with heads of `head` bytes at most.
    pub(crate) fn new(socket: Socket, early: Bytes, activity: Arc<Activity>, head: u64) -> Self {
        let talk = Talk { head, heard: 0, told: 0 };
        Self { socket, early, activity, talk, reader: Reader::Unknown, at_once: None }
    }

    fn count(&mut self, written: &Poll<io::Result<usize>>) {
        self.activity.wrote(written);
        if let Poll::Ready(Ok(bytes)) = written {
            self.talk.told += *bytes as u64;
        }
    }

    /// Has `send` done when the socket takes bytes. It adds to its argument how many those were, and says so where the
    /// socket would take no more.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        mut send: impl FnMut(BorrowedFd<'_>, &mut usize) -> io::Result<()>,
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(self.poll_sent(cx, &mut send));
        let written = Poll::Ready(sent);
        self.count(&written);
        written
    }

    fn poll_sent(
        &mut self,
        cx: &mut Context<'_>,
        send: &mut impl FnMut(BorrowedFd<'_>, &mut usize) -> io::Result<()>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if self.socket.poll_write_ready(cx)?.is_pending() {
                self.activity.wrote(&Poll::Pending);
                return Poll::Pending;
            }
            if self.reader == Reader::Full {
                self.reader = Reader::Proven;
                self.socket.trust();
            }
            let mut sent = 0;
            let tried = self.socket.try_write(|| send(self.socket.as_fd(), &mut sent));
            let full = matches!(&tried, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
            if full && self.reader == Reader::Unknown {
                self.reader = Reader::Full;
            }
            match tried {
                // What has gone is told first; what is wrong is seen again.
                _ if sent > 0 => return Poll::Ready(Ok(sent)),
                Err(error) if !full => return Poll::Ready(Err(error)),
                Ok(()) => return Poll::Ready(Ok(0)),
                Err(_) => {}
            }
        }
    }
}

impl Carrier for Wire {
    const KERNEL_SENDS: bool = true;

    fn unread(&mut self, bytes: Bytes) {
        self.early = [bytes, std::mem::take(&mut self.early)].concat().into();
    }

    fn hold(&mut self, held: bool) {
        self.socket.hold(held);
    }

    fn poll_send_file(&mut self, cx: &mut Context<'_>, file: &Opened, at: u64, length: u64) -> Poll<io::Result<usize>> {
        let length = usize::try_from(length).unwrap_or(AT_ONCE).min(AT_ONCE);
        self.poll_send(cx, |socket, sent| {
            file.unchanged()?;
            *sent += rustix::fs::sendfile(socket, file.as_fd(), Some(&mut { at }), length)?;
            Ok(())
        })
    }

    fn most_at_once(&mut self) -> usize {
        *self.at_once.get_or_insert_with(|| self.socket.most_at_once())
    }

    fn poll_send_kept(&mut self, cx: &mut Context<'_>, head: &[IoSlice<'_>], draw: &Draw) -> Poll<io::Result<usize>> {
        let Some(range) = draw.range else { return Poll::Ready(Ok(0)) };
        let most = self.most_at_once();
        self.poll_send(cx, |socket, sent| draw.reservoir.send(socket, head, range, most, sent))
    }

    fn poll_send_pipe(&mut self, cx: &mut Context<'_>, load: &mut Load) -> Poll<io::Result<usize>> {
        self.poll_send(cx, |socket, sent| {
            load.file.vouch_for_lent()?;
            *sent += load.pipe.send(socket, load.left)?;
            Ok(())
        })
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if take(&mut self.early, buffer) {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.talk.heard += (buffer.filled().len() - before) as u64;
        if self.talk.is_too_much(self.activity.requests()) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "it says far more than it asks")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // Linux takes no more than 1,024 in a call.
        let slices = slices.get(..SLICES).unwrap_or(slices);
        let all: usize = slices.iter().map(|slice| slice.len()).sum();
        self.poll_send(cx, |socket, sent| {
            *sent += rustix::io::writev(socket, slices)?;
            // A part alone is taken where there is no room for the rest.
            if *sent < all { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use socket2::SockRef;
    use tokio::net::TcpStream;

    use super::*;
    use crate::pipes::tests::alone;
    use crate::range::ByteRange;
    use crate::reservoir::tests::kept;
    use crate::socket::Client;
    use crate::store::Store;
    use crate::store::direct::Block;

    /// A client, and what it is written to.
    fn pair() -> (std::net::TcpStream, Wire) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        server.set_nonblocking(true).unwrap();
        let socket = Socket::Tcp(TcpStream::from_std(server).unwrap());
        socket.prepare();
        let activity = Arc::new(Activity::new(Instant::now(), Client::default()));
        (client, Wire::new(socket, Bytes::new(), activity, 16 << 10))
    }

    fn limit(wire: &Wire) -> u32 {
        SockRef::from(&wire.socket.as_fd()).tcp_notsent_lowat().unwrap()
    }

    /// Writes as much as it takes in one turn, and says how much that was.
    async fn write(wire: &mut Wire, at_once: usize) -> usize {
        let bytes = vec![0; at_once];
        let mut all = 0;
        poll_fn(|cx| {
            while let Poll::Ready(written) = Pin::new(&mut *wire).poll_write(cx, &bytes) {
                all += written.unwrap();
            }
            Poll::Ready(all)
        })
        .await
    }

    #[tokio::test]
    async fn who_takes_what_is_there_is_given_more() {
        let (mut client, mut wire) = pair();
        let limited = limit(&wire);
        // Until the task has had its share, which says nothing of the client.
        assert!(write(&mut wire, 1).await < 1000);
        assert_eq!((wire.reader, limit(&wire)), (Reader::Unknown, limited));
        tokio::task::yield_now().await;
        let mut written = wire.talk.told;
        written += write(&mut wire, 16 << 10).await as u64;
        assert_eq!((wire.reader, limit(&wire)), (Reader::Full, limited));
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut got = vec![0; usize::try_from(written).unwrap()];
        client.read_exact(&mut got).unwrap();
        poll_fn(|cx| Pin::new(&mut wire).poll_write(cx, b"a")).await.unwrap();
        assert_eq!((wire.reader, limit(&wire)), (Reader::Proven, u32::MAX));
    }

    #[tokio::test]
    async fn whoever_reads_slowly_gets_all_that_is_kept() {
        const LONG: Duration = Duration::from_secs(60);
        let content: Vec<u8> = (0..1_500_000_u32).flat_map(u32::to_be_bytes).collect();
        let reservoir = kept(&content);
        for most in [usize::MAX, 128 << 10] {
            let (tcp, over_tcp) = pair();
            tcp.set_read_timeout(Some(LONG)).unwrap();
            let (unix, server) = std::os::unix::net::UnixStream::pair().unwrap();
            unix.set_read_timeout(Some(LONG)).unwrap();
            server.set_nonblocking(true).unwrap();
            let socket = Socket::Unix(tokio::net::UnixStream::from_std(server).unwrap());
            let activity = Arc::new(Activity::new(Instant::now(), Client::default()));
            let over_unix = Wire::new(socket, Bytes::new(), activity, 16 << 10);
            let clients: [Box<dyn io::Read + Send>; 2] = [Box::new(tcp), Box::new(unix)];
            for (client, mut wire) in clients.into_iter().zip([over_tcp, over_unix]) {
                let reader = std::thread::spawn(move || read_slowly(client));
                let mut range = ByteRange { start: 0, end: content.len() as u64 };
                let mut head = &b"head"[..];
                while range.start < range.end {
                    let before = [IoSlice::new(head)];
                    let before = if head.is_empty() { &[][..] } else { &before };
                    let send = |cx: &mut Context<'_>| {
                        wire.poll_send(cx, |socket, sent| reservoir.send(socket, before, range, most, sent))
                    };
                    let sent = tokio::time::timeout(LONG, poll_fn(send)).await.expect("the socket is read").unwrap();
                    range.start += (sent - head.len()) as u64;
                    head = &[];
                }
                drop(wire);
                assert!(reader.join().unwrap() == [b"head", &content[..]].concat());
            }
        }
    }

    /// All that comes, read so that the socket is full before it is.
    fn read_slowly(mut client: impl io::Read) -> Vec<u8> {
        let (mut got, mut part) = (Vec::new(), vec![0; 300_000]);
        loop {
            std::thread::sleep(Duration::from_millis(2));
            match client.read(&mut part).unwrap() {
                0 => return got,
                read => got.extend_from_slice(&part[..read]),
            }
        }
    }

    #[test]
    fn of_what_was_written_to_no_more_goes_out_of_a_pipe() {
        let _alone = alone();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, [1; 9_000]).unwrap();
        // Two writes in one tick of the file system's clock can't be told apart.
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let mut opened = Store::new(folder.path().to_owned()).open("a").unwrap();
        assert!(opened.go_piped());
        let Some(Block::Piped(pipe, _)) = opened.take_first(0, 9_000) else { panic!("it is in a pipe") };
        let mut load = Load { file: Arc::new(opened), pipe, left: 1_000 };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_client, mut wire) = pair();
            assert_eq!(poll_fn(|cx| wire.poll_send_pipe(cx, &mut load)).await.unwrap(), 1_000);
            std::fs::write(&path, [2; 9_000]).unwrap();
            let error = poll_fn(|cx| wire.poll_send_pipe(cx, &mut load)).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        });
    }

    #[test]
    fn a_client_may_say_as_much_as_it_asks_and_takes() {
        let (kib, mib) = (1 << 10, 1 << 20);
        for (heard, told, requests, too_much) in [
            (0, 0, 0, false),
            (80 * kib, 0, 0, false),
            (80 * kib + 1, 0, 0, true),
            (80 * kib + 1, 0, 1, false),
            (10 * mib, 0, 1000, false),
            (20 * mib, 0, 1000, true),
            (mib, 64 * mib, 1, false),
            (mib, mib, 1, true),
        ] {
            let talk = Talk { head: 16 * kib, heard, told };
            assert_eq!(talk.is_too_much(requests), too_much, "{talk:?}, {requests} requests");
        }
    }
}
