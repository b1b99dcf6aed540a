//! Sources of connections: IPv6, Unix sockets, load balancers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::Command;

use config::origin::{Address, Origin};

use crate::common::{LARGE, Running, SEGMENT, ask, eventually, noise, parse};

fn curl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("curl").args(["-sS", "--max-time", "20"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn also(text: &str) -> impl FnOnce(&mut Origin) {
    let address: Address = text.parse().unwrap();
    move |settings| settings.listen.push(address)
}

#[test]
fn ipv4_ipv6_and_a_unix_socket_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("origin.sock");
    let socket = socket.to_str().unwrap();
    let origin = Running::with(|settings| {
        also("[::1]:0")(settings);
        also(&format!("unix:{socket}"))(settings);
        settings.cache_bytes = 64 << 20;
    });
    let [v4, v6, unix] = &origin.listening[..] else { panic!("three listeners: {:?}", origin.listening) };
    assert_eq!(unix.to_string(), format!("unix:{socket}"));
    for _ in 0..2 {
        assert!(curl(&[&format!("http://{v4}{LARGE}")]) == noise(700_000));
        assert!(curl(&["-g", &format!("http://{v6}{LARGE}")]) == noise(700_000));
        assert!(curl(&["--unix-socket", socket, &format!("http://a{LARGE}")]) == noise(700_000));
        assert!(
            curl(&["--http2-prior-knowledge", "--unix-socket", socket, &format!("http://a{LARGE}")]) == noise(700_000)
        );
    }
}

#[test]
fn a_restart_on_a_unix_socket_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("origin.sock");
    let listen = format!("unix:{}", socket.display());
    let old = Running::with(also(&listen));
    let new = Running::replacing(also(&listen));
    drop(old);
    let mut stream = UnixStream::connect(&socket).unwrap();
    write!(stream, "GET {SEGMENT} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(parse(&answer).unwrap().body == noise(100_000));
    drop(new);
}

/// An origin that takes PROXY headers from `networks`, and two connections an address at most.
fn behind_a_balancer(networks: &[&str], change: impl FnOnce(&mut Origin)) -> Running {
    let networks = toml::Value::from(networks.to_vec());
    Running::with(|settings| {
        let mut table = toml::Table::try_from(&*settings).unwrap();
        table.insert("proxy_protocol".into(), networks);
        *settings = table.try_into().unwrap();
        settings.limits.connections_per_address = 2;
        change(settings);
    })
}

fn connect(origin: &Running, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(origin.addresses.public).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(first).unwrap();
    stream
}

fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset after the answer leaves what came before it.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn a_balancer_says_whom_it_connects_for() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let origin =
        behind_a_balancer(&["127.0.0.0/8"], |settings| settings.access_log.to = log.to_str().unwrap().to_owned());
    let url = format!("http://{}{LARGE}", origin.addresses.public);
    for protocol in ["--http1.1", "--http2-prior-knowledge"] {
        assert!(curl(&["--haproxy-protocol", protocol, &url]) == noise(700_000), "{protocol}");
    }
    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\x7f\0\0\x01\x30\x39\0\x50";
    let request = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (header, status) in [
        (&v2[..], Some(200)),
        (b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n", Some(200)),
        (b"PROXY UNKNOWN\r\n", Some(200)),
        (b"", None),
        (b"PROXY TCP4 nonsense\r\n", None),
        (b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\nPROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n", Some(400)),
    ] {
        let answer = rest(connect(&origin, &[header, request].concat()));
        assert_eq!(parse(&answer).map(|reply| reply.status), status, "{:?}", String::from_utf8_lossy(header));
    }
    for client in ["192.0.2.1", "2001:db8::1", "127.0.0.1"] {
        let told = || std::fs::read_to_string(&log).unwrap().contains(&format!("\"client\":\"{client}\""));
        eventually("the log names the client", told);
    }
}

#[test]
fn limits_count_for_the_address_that_a_balancer_names() {
    let origin = behind_a_balancer(&["127.0.0.0/8"], |_| {});
    let metrics = || String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let from = |last: u8| {
        let mut stream = connect(&origin, format!("PROXY TCP4 192.0.2.{last} 127.0.0.1 1 2\r\n{request}").as_bytes());
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        (stream, String::from_utf8_lossy(&status).into_owned())
    };
    let held = [from(1), from(1), from(2), from(2)];
    assert!(held.iter().all(|(_, status)| status == "HTTP/1.1 200"));
    assert_eq!(from(1).1, "HTTP/1.1 503");
    drop(held);
    eventually("all have ended", || metrics().contains("pack_http_connections 0\n"));
    assert_eq!(from(1).1, "HTTP/1.1 200");
}

#[test]
fn a_balancer_that_does_not_say_whom_it_connects_for_is_not_waited_for() {
    let origin = behind_a_balancer(&["127.0.0.0/8"], |settings| settings.limits.header_seconds = 1);
    assert!(rest(connect(&origin, b"PROXY TCP4 192.")).is_empty());
    let metrics = || String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    eventually("the time-out is counted", || metrics().contains("pack_http_timeouts_total 1\n"));
}

#[test]
fn a_header_from_elsewhere_is_no_header() {
    let origin = behind_a_balancer(&["192.0.2.0/24", "unix"], |_| {});
    assert_eq!(origin.get("/healthz", &[]).status, 200);
    let answer = rest(connect(&origin, b"PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(parse(&answer).unwrap().status, 400);
}
