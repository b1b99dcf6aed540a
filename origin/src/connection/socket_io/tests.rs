use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use config::origin::Limits;
use prometheus::Registry;
use socket2::SockRef;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use super::*;
use crate::connection::admission::Admission;
use crate::connection::socket::LOANS;
use crate::http::client::Client;
use crate::library::store::Store;
use crate::observe::metrics::Metrics;

/// A client, and the stream that it is written to.
fn pair() -> (std::net::TcpStream, SocketIo) {
    pair_with(Loans::default())
}

fn pair_with(loans: Loans) -> (std::net::TcpStream, SocketIo) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let server = listener.accept().unwrap().0;
    server.set_nonblocking(true).unwrap();
    let socket = Socket::tcp(TcpStream::from_std(server).unwrap());
    let activity = Arc::new(Activity::new(std::time::Instant::now(), Client::default()));
    (client, SocketIo::new(socket, Bytes::new(), activity, loans, open()))
}

fn open() -> Open {
    let metrics = Metrics::new(&Registry::new(), std::iter::empty()).unwrap();
    let permit = Arc::new(Admission::new(&Limits::default(), 10_000)).admit().unwrap();
    Open { permit, _gauge: metrics.opened(), _tracked: TaskTracker::new().token() }
}

fn limit(stream: &SocketIo) -> u32 {
    match &stream.socket {
        Socket::Tcp(stream, _) => SockRef::from(stream).tcp_notsent_lowat().unwrap(),
        Socket::Unix(_) => panic!("a TCP connection"),
    }
}

/// Writes as much as it takes in one turn, and says how much that was.
async fn write(stream: &mut SocketIo, at_once: usize) -> usize {
    let bytes = vec![0; at_once];
    let mut all = 0;
    poll_fn(|cx| {
        while let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(cx, &bytes) {
            all += written.unwrap();
        }
        Poll::Ready(all)
    })
    .await
}

#[tokio::test]
async fn the_kernel_holds_more_for_a_client_that_takes_what_is_there() {
    let (mut client, mut stream) = pair();
    let little = limit(&stream);
    // Until the task has had its share, which says nothing of the client.
    let mut written = write(&mut stream, 1).await;
    assert!(written < 1000);
    assert_eq!((stream.reader, limit(&stream)), (Reader::Unknown, little));
    tokio::task::yield_now().await;
    written += write(&mut stream, 16 << 10).await;
    assert_eq!((stream.reader, limit(&stream)), (Reader::Full, little));
    client.read_exact(&mut vec![0; written]).unwrap();
    poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, b"a")).await.unwrap();
    assert_eq!(stream.reader, Reader::Proven);
    let bounded = limit(&stream);
    assert!(little < bounded);
    // Pages of files are lent to the socket.
    let (_folder, file) = large_file();
    // Little enough of the file that there is still room for what follows.
    poll_fn(|cx| stream.poll_send_file(cx, &file, 0, 100_000)).await.unwrap().expect("it is cached");
    assert!(limit(&stream) > bounded);
    poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, b"a")).await.unwrap();
    assert_eq!(limit(&stream), bounded);
}

/// Bytes of a file for which a loan is taken, and that fill all buffers on the way.
const LENT: u64 = 16 << 20;

fn large_file() -> (tempfile::TempDir, Opened) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), vec![7; usize::try_from(LENT).unwrap()]).unwrap();
    let file = Store::new(folder.path().to_owned(), std::time::Instant::now()).open("a").unwrap();
    (folder, file)
}

#[tokio::test]
async fn the_kernel_holds_more_for_some_alone_and_they_give_it_back() {
    let (_folder, file) = large_file();
    let loans = Loans::default();
    let others: Vec<_> = std::iter::from_fn(|| loans.take()).collect();
    let (mut client, mut stream) = pair_with(loans.clone());
    stream.reader = Reader::Proven;
    poll_fn(|cx| stream.poll_send_file(cx, &file, 0, LENT)).await.unwrap().expect("it is cached");
    assert_eq!(limit(&stream), 32 << 10, "all are taken");
    drop(others);
    let mut sent = 0;
    poll_fn(|cx| {
        while let Poll::Ready(more) = stream.poll_send_file(cx, &file, 0, LENT) {
            sent += more.unwrap().expect("it is cached");
        }
        Poll::Ready(())
    })
    .await;
    assert_eq!((limit(&stream), loans.left()), (1 << 20, LOANS - 1));
    // The answer has ended, and the client has not taken it.
    let flushed = poll_fn(|cx| Poll::Ready(Pin::new(&mut stream).poll_flush(cx).is_ready())).await;
    assert!(!flushed && loans.left() < LOANS);
    let reading = tokio::task::spawn_blocking(move || client.read_exact(&mut vec![0; sent]).map(|()| client));
    stream.flush().await.unwrap();
    assert_eq!((limit(&stream), loans.left()), (32 << 10, LOANS));
    let _client = reading.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_lent_to_a_client_that_is_cut_off_is_gone() {
    let (_folder, file) = large_file();
    let (mut client, mut stream) = pair();
    stream.reader = Reader::Proven;
    poll_fn(|cx| stream.poll_send_file(cx, &file, 0, LENT)).await.unwrap().expect("it is cached");
    drop(stream);
    let error = client.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_file_that_was_written_to_goes_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, [1; 9_000]).unwrap();
    // Two writes in one tick of the file system's clock can't be told apart.
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let file = Store::new(folder.path().to_owned(), std::time::Instant::now()).open("a").unwrap();
    let (_client, mut stream) = pair();
    assert_eq!(poll_fn(|cx| stream.poll_send_file(cx, &file, 0, 1_000)).await.unwrap(), Some(1_000));
    std::fs::write(&path, [2; 9_000]).unwrap();
    let error = poll_fn(|cx| stream.poll_send_file(cx, &file, 1_000, 9_000)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn the_end_waits_for_a_client_that_still_speaks() {
    let (mut client, mut stream) = pair();
    client.write_all(b"one more request").unwrap();
    stream.write_all(&[7; 1_000]).await.unwrap();
    let ending = tokio::spawn(async move { stream.shutdown().await });
    let reading = tokio::task::spawn_blocking(move || {
        client.write_all(b"and another").unwrap();
        let mut got = Vec::new();
        client.read_to_end(&mut got).unwrap();
        client.write_all(b"and the last").unwrap();
        client.shutdown(Shutdown::Both).unwrap();
        got
    });
    assert_eq!(reading.await.unwrap(), [7; 1_000]);
    ending.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let (_client, mut stream) = pair();
    tokio::time::timeout(4 * ending::SILENCE, stream.shutdown()).await.expect("it ends").unwrap();
}

#[test]
fn the_first_bytes_of_slices_are_cut_where_they_have_to_be() {
    let slices = [&b"abc"[..], b"", b"de"].map(IoSlice::new);
    for (most, expected) in [(0, ""), (1, "a"), (3, "abc"), (4, "abcd"), (5, "abcde"), (9, "abcde")] {
        let mut room = [IoSlice::new(&[]); CUT_SLICES];
        let bytes: Vec<u8> = first(&slices, most, &mut room).iter().flat_map(|slice| slice.iter().copied()).collect();
        assert_eq!(bytes, expected.as_bytes(), "{most}");
    }
    let many = vec![IoSlice::new(b"ab"); 2 * SLICES];
    let mut room = [IoSlice::new(&[]); CUT_SLICES];
    assert_eq!(first(&many, 1_000, &mut room).len(), CUT_SLICES);
}

#[tokio::test]
async fn a_client_that_takes_much_has_shown_that_it_takes_what_is_there() {
    let (mut client, mut stream) = pair();
    let reading = tokio::task::spawn_blocking(move || std::io::copy(&mut client, &mut std::io::sink()));
    stream.write_all(&vec![7; 2 << 20]).await.unwrap();
    assert_eq!(stream.reader, Reader::Proven);
    drop(stream);
    assert_eq!(reading.await.unwrap().unwrap(), 2 << 20);
}
