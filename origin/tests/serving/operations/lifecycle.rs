//! Start, metrics, drain.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use config::origin::Origin;
use config::settings::Settings;
use origin::{Control, Mounts};
use prometheus::Registry;
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, openat};

use crate::common::{LARGE, Running, SEGMENT, ask, eventually, parse};

/// Reads the head of an answer, and no byte more.
fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(0);
        stream.read_exact(head.last_mut().map(std::slice::from_mut).unwrap()).unwrap();
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn what_is_under_way_ends_and_nothing_new_begins() {
    let origin = Running::with(|settings| {
        settings.cache_bytes = 1 << 20;
        // Longer than it takes on any machine: the end comes with the last answer.
        settings.drain_seconds = 120;
    });
    let path = origin.library().join("shows/ep-1/R0123456789abcdef/video/360p/00002.m4s");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(20 << 20).unwrap();
    let address = origin.addresses.public;
    let mut idle = TcpStream::connect(address).unwrap();
    write!(idle, "HEAD {SEGMENT} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    head_of(&mut idle);
    let mut busy = TcpStream::connect(address).unwrap();
    write!(busy, "GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let head = head_of(&mut busy);
    assert!(head.contains("\r\ncontent-length: 20971520\r\n"), "{head}");
    origin.control.stop();
    let readiness = || ask(origin.addresses.admin, "GET", "/readyz", &[]).status;
    eventually("not ready any more", || readiness() == 503);
    eventually("no new connections", || TcpStream::connect(address).is_err());
    // A request that crosses the end on an idle connection is answered, and told that it was the last.
    write!(idle, "GET {SEGMENT} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut last = Vec::new();
    idle.read_to_end(&mut last).unwrap();
    let last = parse(&last).unwrap();
    assert_eq!((last.status, last.body.len(), last.header("connection")), (200, 100_000, Some("close")));
    busy.read_exact(&mut vec![0; 20 << 20]).unwrap();
    drop(busy);
    origin.join().unwrap();
}

#[test]
fn the_library_is_there_to_the_end_of_the_drain() {
    let origin = Running::with(|settings| settings.drain_seconds = 120);
    let mut slow = TcpStream::connect(origin.addresses.public).unwrap();
    write!(slow, "GET {SEGMENT} HTTP/1.1\r\n").unwrap();
    origin.control.stop();
    // Longer than a file system may go without an answer.
    std::thread::sleep(Duration::from_secs(6));
    write!(slow, "Host: a\r\n\r\n").unwrap();
    assert!(head_of(&mut slow).starts_with("HTTP/1.1 200 "));
    drop(slow);
    origin.join().unwrap();
}

#[test]
fn a_client_that_takes_nothing_does_not_hold_up_the_end() {
    let origin = Running::with(|settings| {
        settings.cache_bytes = 1 << 20;
        settings.drain_seconds = 1;
    });
    let path = origin.library().join("shows/ep-1/R0123456789abcdef/video/360p/00002.m4s");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(60 << 20).unwrap();
    let mut stuck = TcpStream::connect(origin.addresses.public).unwrap();
    write!(stuck, "GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stuck.read_exact(&mut [0; 100]).unwrap();
    origin.control.stop();
    origin.join().unwrap();
}

#[test]
fn new_settings_that_wait_for_a_dead_disk_do_not_hold_up_the_end() {
    let origin = Running::with(|settings| settings.drain_seconds = 1);
    let records = config::access::folder(&origin.library());
    std::fs::create_dir_all(&records).unwrap();
    // As on a file system that hangs, open(2) of a pipe waits until somebody writes.
    let record = records.join(config::access::RecordId::of("a").file_name());
    mknodat(CWD, &record, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let writer = || openat(CWD, &record, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty());
    eventually("somebody waits for the record", || writer().is_ok());
    origin.control.reload(Origin::default());
    std::thread::sleep(Duration::from_millis(100));
    origin.control.stop();
    let (ended, has_ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(origin.join()));
    has_ended.recv_timeout(Duration::from_secs(20)).expect("it ends").unwrap();
}

#[test]
fn metrics_are_on_the_admin_address_alone() {
    let origin = Running::start();
    assert_eq!(origin.get("/metrics", &[]).status, 404);
    for _ in 0..3 {
        assert_eq!(origin.get(SEGMENT, &[]).status, 200);
    }
    let metrics = || String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    for line in [
        "pack_http_requests_total{kind=\"video\",status=\"200\"} 3",
        "pack_http_response_bytes_total{kind=\"video\"} 300000",
        "pack_cache_hits_total 2",
        "pack_cache_misses_total 1",
        "pack_http_requests_by_protocol_total{protocol=\"http1\"} 4",
        "pack_http_time_to_first_byte_seconds_count{kind=\"video\"} 3",
        "pack_http_request_duration_seconds_count{kind=\"video\"} 3",
        "pack_http_requests_in_flight 0",
        "pack_origin_titles{state=\"served\"} 1",
    ] {
        eventually(line, || metrics().contains(line));
    }
    assert_eq!(ask(origin.addresses.admin, "GET", "/healthz", &[]).status, 200);
    assert_eq!(ask(origin.addresses.admin, "GET", SEGMENT, &[]).status, 404);
    assert_eq!(ask(origin.addresses.admin, "POST", "/metrics", &[]).status, 405);
}

#[test]
fn what_players_say_is_measured() {
    let origin = Running::start();
    let segment = format!("{SEGMENT}?CMCD=bl%3D1500%2Cbr%3D3200%2Cbs%2Csid%3D%22secret%22");
    assert_eq!(origin.get(&segment, &[("CMCD-Request", "mtp=25000,su")]).status, 200);
    assert_eq!(origin.get(&format!("{SEGMENT}?CMCD=%FF%00nonsense"), &[]).status, 200);
    assert_eq!(origin.get("/healthz?CMCD=su%2Cot%3Dv", &[]).status, 200);
    let metrics = String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    for line in [
        "pack_cmcd_requests_total{kind=\"video\"} 1",
        "pack_cmcd_buffer_starvations_total{kind=\"video\"} 1",
        "pack_cmcd_startup_requests_total{kind=\"video\"} 1",
        "pack_cmcd_buffer_seconds_sum{kind=\"video\"} 1.5",
        "pack_cmcd_bit_rate_bits_per_second_sum{kind=\"video\"} 3200000",
        "pack_cmcd_throughput_bits_per_second_sum 25000000",
        "pack_cmcd_requests_total{kind=\"other\"} 1",
        "pack_cmcd_startup_requests_total{kind=\"other\"} 1",
        "pack_cmcd_buffer_seconds_count{kind=\"audio\"} 0",
    ] {
        assert!(metrics.contains(&format!("{line}\n")), "{line} in {metrics}");
    }
    assert!(!metrics.contains("secret"));
}

#[test]
fn an_address_that_can_not_be_had_is_named_with_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = Settings::default();
    settings.origin.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0)).into()];
    settings.origin.admin = taken.local_addr().unwrap();
    let error =
        origin::serve(&settings, &Control::new(), &Registry::new(), Mounts::none(), |_| {}).unwrap_err().to_string();
    assert!(error.contains(&settings.origin.admin.to_string()) && error.contains("--admin"), "{error}");
}
