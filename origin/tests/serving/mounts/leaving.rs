//! Clients that leave a mount, or take nothing of it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use super::client::{Way, without_room};
use super::socket::Socket;
use super::{ECHO, House, hasty, house};
use crate::common::{LARGE, eventually, noise, parse};

/// HTTP/1.1, without TLS and with it.
const WAYS: [Way; 2] = [Way { tls: false, http2: false }, Way { tls: true, http2: false }];

/// Waits until the mount holds so many requests.
fn held(house: &House, number: usize) {
    eventually("the mount has that many", || house.studio.release.receiver_count() == number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_does_not_wait_for_a_client_that_has_left() {
    let house = house(|_| {});
    for way in WAYS {
        for path in ["/api/v1/poll", "/api/v1/silence"] {
            let mut stream = way.open(&house.origin).await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: origin.example\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            held(&house, 1);
            drop(stream);
            held(&house, 0);
            eventually("the connection ends", || house.origin.metric("pack_http_connections") == "0");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_mounts_a_half_closed_client_of_the_library_gets_its_whole_answer() {
    let house = house(|_| {});
    for way in WAYS {
        let mut stream = way.open(&house.origin).await;
        let request = format!("GET {LARGE} HTTP/1.1\r\nHost: origin.example\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        assert!(parse(&answer).unwrap().body == noise(700_000), "{way:?}");
    }
}

/// The mount reads in one task and writes in another: both hear of the end. Over HTTP/2 the client's socket takes what comes,
/// but its stream has no window for it.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgraded_stream_whose_client_takes_nothing_is_ended() {
    let house = house(|settings| settings.limits.stall_seconds = 1);
    for (way, ended) in Way::ALL.into_iter().zip(["1", "2", "3", "4"]) {
        let open = Socket::connect(way, &house.origin, "/api/v1/flood").await;
        eventually("the connection ends", || house.origin.metric("pack_http_connections") == "0");
        assert_eq!(house.origin.metric("pack_http_timeouts_total"), ended, "{way:?}");
        drop(open);
    }
}

/// However short the answer is: the socket takes what comes, but the stream has no window for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_room_for_a_mount_s_answer_is_ended() {
    let house = house(|settings| settings.limits.stall_seconds = 1);
    for (ended, (tls, path)) in
        (1..).zip([(false, "/"), (true, "/"), (false, "/api/v1/lines"), (true, "/api/v1/lines")])
    {
        let mut client = without_room(tls, &house.origin).await;
        let open = client.get(path).await;
        assert_eq!(open.status(), 200);
        eventually("the connection ends", || house.origin.metric("pack_http_connections") == "0");
        assert_eq!(house.origin.metric("pack_http_timeouts_total"), ended.to_string(), "{tls} {path}");
        drop(open);
    }
}

/// Over HTTP/2, a WebSocket's end is not its connection's, which the idle limit then ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_web_sockets_have_ended_is_idle() {
    let house = hasty();
    for way in Way::ALL.into_iter().filter(|way| way.http2) {
        let mut client = way.connect(&house.origin).await;
        let (closed, left) = (Socket::beside(&mut client, ECHO).await, Socket::beside(&mut client, ECHO).await);
        closed.close().await;
        sleep(Duration::from_millis(1_500)).await;
        assert_eq!(client.get("/").await.status(), 200, "{way:?}: one is open");
        drop(left);
        eventually("the connection ends", || house.origin.metric("pack_http_connections") == "0");
        drop(client);
    }
}
