//! Services beside the library, over each protocol.

mod client;
mod leaving;
mod socket;
mod studio;
mod trickle;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use config::origin::{Limits, Origin};
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::common::{LARGE, Running, SEGMENT, eventually, noise};
use crate::connections::tls::{Authority, mounting};
use client::{Repeated, Way, whole};
use socket::Socket;
use studio::Studio;

const LONG: Duration = Duration::from_secs(60);
/// The path of a WebSocket that sends back what comes.
const ECHO: &str = "/api/v1/socket";
/// Blocks of 100 MiB.
const HUNDRED_MIB: u64 = (100 << 20) / Repeated::BLOCK;

/// An origin with TLS and without, and its mount.
struct House {
    origin: Running,
    studio: Studio,
    _authority: Authority,
}

fn house(change: impl FnOnce(&mut Origin)) -> House {
    let studio = Studio::default();
    let (origin, authority) = mounting(studio.mounts(), change);
    House { origin, studio, _authority: authority }
}

/// One whose patience with clients of the library is short.
fn hasty() -> House {
    house(|settings| {
        settings.limits = Limits { idle_seconds: 1, request_seconds: 1, ..Limits::default() };
        settings.drain_seconds = 60;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_is_asked_before_the_library_and_for_its_claims_alone() {
    let house = house(|_| {});
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        assert_eq!(whole(client.get("/").await).await, "the studio's front page", "{way:?}");
        // In turns: what answers the one must not keep the connection from the other.
        assert_eq!(client.get(SEGMENT).await.into_body().collect().await.unwrap().to_bytes(), noise(100_000));
        let none = client.get("/api/v1/none").await;
        assert_eq!(none.status(), 404, "{way:?}");
        whole(none).await;
        assert_eq!(whole(client.get("/healthz").await).await, "ok\n", "{way:?}");
        let titles = client.get("/api/titles").await;
        assert_eq!(titles.headers()["access-control-allow-origin"], "*", "{way:?}");
        whole(titles).await;
        let lines: String = (0..100).map(|line| format!("line {line}\n")).collect();
        assert_eq!(whole(client.get("/api/v1/lines").await).await, lines, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_names_a_user_or_two_hosts_reaches_no_mount() {
    let house = house(|_| {});
    for way in Way::ALL {
        for (authority, host, status) in [
            ("origin.example", Some("ORIGIN.example"), 200),
            ("someone@origin.example", Some("origin.example"), 400),
            ("someone:secret@origin.example", Some("origin.example"), 400),
            // In HTTP/1.1 the field is not looked at beside a target that names a host (RFC 9112 §3.2.2).
            ("origin.example", Some("other.example"), if way.http2 { 400 } else { 200 }),
            ("origin.example", None, if way.http2 { 200 } else { 400 }),
        ] {
            let uri = format!("https://{authority}/");
            let answered = way.connect(&house.origin).await.status_of(&uri, host).await;
            assert_eq!(answered, status, "{way:?} {uri} {host:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_answers_are_kept_by_nobody_unless_it_says_so() {
    let house = house(|_| {});
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        for path in ["/", "/api/v1/none", "/api/v1/panic"] {
            let response = client.get(path).await;
            let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header("cache-control"), Some("private, no-store"), "{way:?} {path}");
            assert_eq!(header("x-content-type-options"), Some("nosniff"), "{way:?} {path}");
            for name in ["access-control-allow-origin", "cdn-cache-control", "timing-allow-origin", "etag"] {
                assert_eq!(header(name), None, "{way:?} {path}");
            }
            whole(response).await;
        }
        let own = client.get("/api/v1/own").await;
        assert_eq!(own.headers()["cache-control"], "public, max-age=60", "{way:?}");
        whole(own).await;
        let head = client.ask(Method::HEAD, "/").await;
        assert_eq!(head.headers()["content-length"], "23", "{way:?}");
        assert_eq!(whole(head).await, "", "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_that_panics_is_a_500_and_its_connection_goes_on() {
    let house = house(|_| {});
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        let failed = client.get("/api/v1/panic").await;
        assert_eq!((failed.status(), whole(failed).await.as_str()), (500.try_into().unwrap(), "internal error\n"));
        assert_eq!(client.get("/").await.status(), 200, "{way:?}");
    }
}

/// Content that the mount has not read yet stays with the client. All of it comes through, while the library is read:
/// over HTTP/2 on the same connection.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_100_mib_waits_for_the_mount_and_holds_up_no_download() {
    /// Sockets on loopback have some megabytes, the windows of HTTP/2 one.
    const AHEAD: u64 = 16 << 20;
    let sum = Repeated::sum(HUNDRED_MIB);
    for way in Way::ALL {
        let house = house(|_| {});
        let mut client = way.connect(&house.origin).await;
        let mut beside = match client.beside() {
            Some(beside) => beside,
            None => way.connect(&house.origin).await,
        };
        let upload = Repeated::new(HUNDRED_MIB);
        let taken = upload.taken();
        let upload = tokio::spawn(async move { whole(client.post("/api/v1/sum?held", upload).await.unwrap()).await });
        sleep(Duration::from_millis(500)).await;
        let ahead = taken.load(Ordering::Relaxed);
        assert!((1..AHEAD).contains(&ahead), "{way:?}: {ahead} bytes were sent, and none of them read");
        let mut downloads = 0;
        while downloads < 3 || !upload.is_finished() {
            let body = timeout(LONG, beside.get(LARGE).await.into_body().collect()).await.unwrap().unwrap();
            assert!(body.to_bytes() == noise(700_000), "{way:?}");
            downloads += 1;
            house.studio.release.send_replace(true);
        }
        assert_eq!(upload.await.unwrap(), sum, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_stalls_is_ended() {
    let house = house(|settings| settings.limits.stall_seconds = 1);
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        let began = Instant::now();
        let answer = timeout(LONG, client.post("/api/v1/sum", Repeated::stalling())).await.unwrap().unwrap();
        assert_eq!(answer.status(), 408, "{way:?}");
        assert!(began.elapsed() >= Duration::from_secs(1), "{way:?}");
        assert_eq!(whole(answer).await, "it stalled", "{way:?}");
    }
    eventually("the connections end", || house.origin.metric("pack_http_connections") == "0");
}

#[tokio::test]
async fn events_go_on_longer_than_any_limit_and_through_a_drain_until_the_mount_ends_them() {
    let House { origin, studio, _authority } = hasty();
    let mut listening = JoinSet::new();
    for way in Way::ALL {
        let mut client = way.connect(&origin).await;
        let response = client.get("/api/v1/events").await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        listening.spawn(async move {
            let events = timeout(LONG, whole(response)).await.unwrap();
            // The connection is the client's for as long.
            drop(client);
            (way, events)
        });
    }
    sleep(Duration::from_millis(3_500)).await;
    origin.control.stop();
    sleep(Duration::from_millis(1_500)).await;
    assert!(listening.try_join_next().is_none(), "cut off");
    studio.end.send_replace(true);
    while let Some(listened) = listening.join_next().await {
        let (way, events) = listened.unwrap();
        assert!(events.ends_with("data: end\n\n"), "{way:?}: {events}");
        assert!(events.matches("tick").count() > 30, "{way:?}: {events}");
    }
    let began = Instant::now();
    origin.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "nothing is under way");
}

#[tokio::test]
async fn a_long_poll_may_take_longer_than_any_limit() {
    let house = hasty();
    let mut waiting = JoinSet::new();
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        waiting.spawn(async move { (way, whole(client.get("/api/v1/poll").await).await) });
    }
    sleep(Duration::from_millis(3_500)).await;
    house.studio.release.send_replace(true);
    while let Some(waited) = waiting.join_next().await {
        let (way, news) = waited.unwrap();
        assert_eq!(news, "news", "{way:?}");
    }
}

/// `PACK_SOCKET_SECONDS` is how long, for more than a few seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_stays_open_with_pings_further_apart_than_the_idle_limit() {
    let seconds = std::env::var("PACK_SOCKET_SECONDS").map_or(5, |text| text.parse().unwrap());
    let house = hasty();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut open = JoinSet::new();
    for way in Way::ALL {
        let (mut socket, client) = Socket::connect(way, &house.origin, ECHO).await;
        open.spawn(async move {
            while Instant::now() < until {
                assert!(socket.echoes("hello").await && socket.echoes("").await, "{way:?}");
                sleep(Duration::from_millis(2_500)).await;
                assert!(socket.lives().await, "{way:?}");
            }
            socket.close().await;
            client
        });
    }
    let _clients = open.join_all().await;
    eventually("the connections end", || house.origin.metric("pack_http_connections") == "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn web_sockets_count_as_connections_for_as_long_as_they_are_open() {
    let house = house(|settings| settings.limits.connections_per_address = 2);
    let open = async || Socket::shake_hands(ECHO, Way::ALL[0].open(&house.origin).await).await;
    let (mut first, mut second) = (open().await.unwrap(), open().await.unwrap());
    assert!(first.echoes("1").await && second.echoes("2").await);
    assert_eq!(house.origin.metric("pack_http_connections"), "2");
    let refused = open().await.err().unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(first.echoes("3").await && second.echoes("4").await);
    first.close().await;
    eventually("a place is free", || house.origin.metric("pack_http_connections") == "1");
    assert!(open().await.unwrap().echoes("5").await);
    // An open one does not outlast the drain.
    house.origin.control.stop();
    assert!(second.echoes("6").await);
    second.close().await;
    house.origin.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn web_sockets_go_on_through_a_drain_until_they_end() {
    let house = hasty();
    let mut open = Vec::new();
    for way in Way::ALL {
        open.push(Socket::connect(way, &house.origin, ECHO).await);
    }
    house.origin.control.stop();
    sleep(Duration::from_millis(1_500)).await;
    for (socket, _) in &mut open {
        assert!(socket.echoes("still here").await);
    }
    for (socket, client) in open {
        socket.close().await;
        // GOAWAY (RFC 9113 §6.8): the connection has ended with its last stream.
        drop(client);
    }
    let began = Instant::now();
    house.origin.join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "nothing is open");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_nothing_but_a_web_socket_that_the_mount_opens_is_a_tunnel() {
    let house = house(|_| {});
    for way in Way::ALL.into_iter().filter(|way| way.http2) {
        let mut client = way.connect(&house.origin).await;
        for (path, protocol, status) in [
            ("/", "websocket", 501),
            (ECHO, "connect-udp", 501),
            ("/api/v1/none", "websocket", 404),
            ("/api/v1/panic", "websocket", 500),
            ("/healthz", "websocket", 405),
            (SEGMENT, "websocket", 405),
        ] {
            let answer = client.extended_connect(path, protocol).await.unwrap();
            assert_eq!(answer.status(), status, "{way:?} {path} {protocol}");
            whole(answer).await;
        }
        let (upper, _) = Socket::connect(way, &house.origin, ECHO).await;
        upper.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_and_the_metrics_name_the_mount() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let house = house(|settings| settings.access_log.to = log.display().to_string());
    for way in Way::ALL {
        let mut client = way.connect(&house.origin).await;
        whole(client.get("/api/v1/none?q=1").await).await;
        whole(client.post("/api/v1/sum", Repeated::new(3)).await.unwrap()).await;
        whole(client.get("/healthz").await).await;
        Socket::connect(way, &house.origin, ECHO).await.0.close().await;
    }
    let lines = || std::fs::read_to_string(&log).unwrap_or_default();
    eventually("all lines are written", || lines().lines().count() == 16);
    let lines: Vec<Value> = lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_mount: Vec<_> = lines.iter().filter(|line| line["kind"] == "studio").collect();
    assert_eq!(of_mount.len(), 12);
    for line in of_mount {
        let (target, status) = (line["target"].as_str().unwrap(), line["status"].as_u64().unwrap());
        let asked = (line["method"].as_str().unwrap(), target, status);
        let is_open = matches!(asked, ("GET", ECHO, 101) | ("CONNECT", ECHO, 200));
        assert!(is_open || matches!((target, status), ("/api/v1/none?q=1", 404) | ("/api/v1/sum", 200)), "{line}");
        assert!(is_open || line["bytes"].as_u64().unwrap() > 0, "{line}");
    }
    for line in [
        "pack_mount_requests_total{class=\"4xx\",mount=\"studio\"} 4",
        "pack_mount_requests_total{class=\"2xx\",mount=\"studio\"} 6",
        "pack_mount_requests_total{class=\"1xx\",mount=\"studio\"} 2",
        "pack_mount_request_duration_seconds_count{mount=\"studio\"} 12",
        "pack_http_requests_total{kind=\"other\",status=\"200\"} 4",
        "pack_http_requests_in_flight 0",
    ] {
        eventually(line, || house.origin.metrics().contains(&format!("{line}\n")));
    }
}
