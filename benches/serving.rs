//! `cargo bench --bench serving`: what a request costs, side by side with nginx, tuned.
//!
//! Objects from 2 KB to 4 MB on loopback, over HTTP/1.1, TLS and HTTP/2; hot ones at 64 and 2,000 connections, and cold
//! ones, each asked for once, that neither server nor kernel has in memory. `pack serve` and nginx in turn; for each row
//! processor time a request of the server's processes alone and requests a second, of the runs in the middle, and
//! `pack`'s processor time as a multiple of nginx's, of the pair in the middle: what else keeps the machine busy falls on
//! two runs next to each other alike. Above all stands what TCP is paced by. Needs nginx, wrk, h2load and openssl.
//!
//! `BENCH_SECONDS` (2) is how long each is asked with 64 connections; with 2,000 it is four times that, since over TLS
//! shaking hands alone takes seconds. `BENCH_RUNS` (3) is how often, `BENCH_ROWS` a part of the names of the rows that
//! are wanted (such as `TLS cold`).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod environment;
mod load;
mod servers;

use std::path::Path;
use std::process::Command;

use environment::number;
use load::{Cost, Objects, Protocol};
use servers::Server;

const SIZES: [usize; 5] = [2 << 10, 64 << 10, 250 << 10, 1 << 20, 4 << 20];
/// Bytes of all cold objects of one size, and their largest number: several for each of the connections, which cost
/// something too.
const COLD: (usize, usize) = (512 << 20, 2000);

fn main() {
    let house = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let house = house.path();
    make_certificate(house);
    println!("TCP's congestion control: {}; of what pack listens with on loopback, reno", congestion_control());
    println!(
        "{:<32} {:>12} {:>12} {:>13} {:>12} {:>10}",
        "", "pack us", "requests/s", "nginx us", "requests/s", "CPU ×"
    );
    let wanted = std::env::var("BENCH_ROWS").unwrap_or_default();
    let library = house.join("library");
    for size in SIZES {
        let mut cold = None;
        let hot = Objects::make(&library.join("hot"), size, 1);
        for protocol in [Protocol::Http1, Protocol::Tls, Protocol::Http2] {
            for connections in [Some(64), Some(2000), None] {
                let temperature = connections.map_or("cold".to_owned(), |count| format!("hot {count}"));
                let row = format!("{:>5} KB {protocol:<8} {temperature}", size >> 10);
                if !row.contains(&wanted) {
                    continue;
                }
                let compared = compare(house, |server| match connections {
                    Some(count) => load::hot(server, protocol, &hot, count, seconds(count)),
                    None => {
                        let count = (COLD.0 / size).min(COLD.1);
                        let make = |title: &str| Objects::make(&library.join(title), size, count);
                        let objects = cold.get_or_insert_with(|| ["first", "second"].map(make));
                        load::cold(server, protocol, objects, house)
                    }
                });
                print_row(&row, &compared);
            }
        }
    }
}

/// What the kernel paces connections by. It has a say in each row: bbr sets timers, whose interrupts are charged to whoever
/// runs.
fn congestion_control() -> String {
    let name = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control");
    name.map_or_else(|error| format!("not known ({error})"), |name| name.trim().to_owned())
}

fn seconds(connections: u32) -> u32 {
    number("BENCH_SECONDS", 2) * if connections > 64 { 4 } else { 1 }
}

/// What one request costs, of several runs.
struct Compared {
    ours: Cost,
    theirs: Cost,
    /// Processor time, ours by theirs.
    ratio: f64,
}

/// What `ask` costs `pack` and nginx.
fn compare(house: &Path, mut ask: impl FnMut(&Server) -> Cost) -> Compared {
    let start: [fn(&Path) -> Server; 2] = [servers::pack, servers::nginx];
    let pairs: Vec<_> = (0..number("BENCH_RUNS", 3)).map(|_| start.map(|start| ask(&start(house)))).collect();
    let [ours, theirs] = [0, 1].map(|which| middle(pairs.iter().map(|pair| pair[which]), |cost| cost.us));
    Compared { ours, theirs, ratio: middle(pairs.iter().map(|[ours, theirs]| ours.us / theirs.us), |ratio| *ratio) }
}

/// The one of `all` that is in the middle `by` that measure.
fn middle<T: Copy>(all: impl Iterator<Item = T>, by: impl Fn(&T) -> f64) -> T {
    let mut all: Vec<T> = all.collect();
    all.sort_by(|a, b| by(a).total_cmp(&by(b)));
    all[all.len() / 2]
}

fn print_row(row: &str, Compared { ours, theirs, ratio }: &Compared) {
    println!("{row:<32} {:>12.1} {:>12.0} {:>13.1} {:>12.0} {ratio:>10.2}", ours.us, ours.rate, theirs.us, theirs.rate);
}

/// A key and a certificate for both servers.
fn make_certificate(house: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    openssl.args(["-keyout", "key.pem", "-out", "certificate.pem"]).current_dir(house);
    let made = openssl.output().expect("openssl runs; is it installed?");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
