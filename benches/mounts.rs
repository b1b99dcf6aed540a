//! `cargo bench --bench mounts`: waiting times of the library's readers while a mount works.
//!
//! Eight viewers ask for segments of 2 and 64 KB over HTTP/1.1 on loopback, fifty times a second each, first with the
//! mount at rest, then while it sleeps, computes on every thread that it can get, or blocks them all. Each row has the
//! medians and the 99th percentiles of both, and the ratio of the latter, of the pair of runs in the middle. The origin
//! runs in a process of its own, which is this program again; viewers have another, and whoever asks the mount a third.
//! All share the machine's processors, and `rests` shows by how much runs differ alike. The machine has to be quiet:
//! Linux shares processors among sessions first (sched(7), autogroup), so a session that computes waits for all others.
//! As root, `setsid -w sh -c 'echo -20 >/proc/self/autogroup; exec cargo bench --bench mounts'` goes before them.
//!
//! `BENCH_SECONDS` (4) is how long each half of a run takes, `BENCH_RUNS` (5) how many runs there are,
//! `BENCH_ROWS` a part of the names of the rows that are wanted.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod environment;

use std::convert::Infallible;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use bytes::Bytes;
use config::origin::{Address, Origin};
use config::settings::Settings;
use http::{Request, Response};
use http_body_util::Full;
use origin::{Addresses, Control};
use origin::{Claim, Mount, Mounts, RequestBody};
use prometheus::Registry;
use tower::service_fn;

use environment::number;

/// Segments, bytes.
const SIZES: [usize; 2] = [2 << 10, 64 << 10];
const VIEWERS: usize = 8;
/// Between two requests of a viewer.
const PACE: Duration = Duration::from_millis(20);
/// Requests to the mount at once: more than it has threads of either kind.
const AT_ONCE: usize = 64;
/// Time that the mount works for one request.
const TURN: Duration = Duration::from_millis(500);
const ROWS: [&str; 4] = ["rest", "sleep", "compute", "block"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("origin") => serve(Path::new(&arguments[2])),
        Some("ask") => ask_mount(&arguments[2], &arguments[3]),
        _ => compare(),
    }
}

fn compare() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    fill(folder.path());
    let mut origin = Helper::start(&["origin", folder.path().to_str().expect("a name in UTF-8")]);
    let address = origin.line();
    let time = Duration::from_secs(number("BENCH_SECONDS", 4).into());
    view(&address, time.min(Duration::from_secs(1)));
    println!(
        "{} processors\n{:<10} {:>12} {:>10} {:>14} {:>10} {:>8}",
        available_parallelism().map_or(1, usize::from),
        "the mount",
        "at rest p50",
        "p99",
        "at work p50",
        "p99",
        "p99 ×"
    );
    let wanted = std::env::var("BENCH_ROWS").unwrap_or_default();
    for row in ROWS.into_iter().filter(|row| row.contains(&wanted)) {
        let mut runs: Vec<_> = (0..number("BENCH_RUNS", 5)).map(|_| run(row, &address, time)).collect();
        runs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
        let Run { quiet, loud } = &runs[runs.len() / 2];
        println!(
            "{:<10} {:>12.2?} {:>10.2?} {:>14.2?} {:>10.2?} {:>8.2}",
            format!("{row}s"),
            quiet.p50(),
            quiet.p99(),
            loud.p50(),
            loud.p99(),
            runs[runs.len() / 2].ratio()
        );
    }
}

/// One moment of rest and one of work.
struct Run {
    quiet: Delays,
    loud: Delays,
}

impl Run {
    fn ratio(&self) -> f64 {
        self.loud.p99().as_secs_f64() / self.quiet.p99().as_secs_f64()
    }
}

fn run(row: &str, address: &str, time: Duration) -> Run {
    let quiet = view(address, time);
    let _asking = (row != "rest").then(|| Helper::start(&["ask", address, row]));
    // It is under way.
    thread::sleep(Duration::from_millis(300));
    let loud = view(address, time);
    Run { quiet, loud }
}

/// This program again, until it is dropped.
struct Helper(Child);

impl Helper {
    fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("this program");
        Self(Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().expect("a process"))
    }

    /// The first line that it prints.
    fn line(&mut self) -> String {
        let output = self.0.stdout.take().expect("a pipe");
        BufReader::new(output).lines().next().expect("a line").expect("text")
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn fill(library: &Path) {
    let folder = library.join("bench/R0123456789abcdef/video");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (number, size) in SIZES.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:05}.m4s")), vec![b'x'; *size]).expect("a segment");
    }
}

/// The origin with its mount, until it is killed. Prints its address.
fn serve(library: &Path) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut origin = Origin { listen: vec![any.into()], admin: any, ..Origin::default() };
    origin.limits.connections_per_address = 1000;
    let mut settings = Settings { origin, ..Settings::default() };
    library.clone_into(&mut settings.library.path);
    let service = service_fn(|request| async { Ok::<_, Infallible>(work(request).await) });
    let mounts = Mounts::new(vec![Mount::new("work", [Claim::Below("/busy/")], service)]).expect("claims");
    let ready = |addresses: Addresses| match &addresses.public[..] {
        [Address::Ip(address)] => println!("{address}"),
        other => panic!("one address: {other:?}"),
    };
    origin::serve(&settings, &Control::new(), &Registry::new(), mounts, ready).expect("an origin");
}

async fn work(request: Request<RequestBody>) -> Response<Full<Bytes>> {
    match request.uri().path() {
        "/busy/sleep" => tokio::time::sleep(TURN).await,
        "/busy/compute" => compute(),
        "/busy/block" => {
            let pool = tokio::task::spawn_blocking(|| thread::sleep(TURN));
            thread::sleep(TURN);
            let _ = pool.await;
        }
        other => panic!("{other}"),
    }
    Response::new(Full::default())
}

fn compute() {
    let until = Instant::now() + TURN;
    let mut sum = 0_u64;
    while Instant::now() < until {
        for number in 0..10_000_u64 {
            sum = black_box(sum.wrapping_mul(31).wrapping_add(number));
        }
    }
}

/// Has the mount work without a pause, until this is killed.
fn ask_mount(address: &str, work: &str) {
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut client = Client::new(address);
                loop {
                    assert_eq!(client.get(&format!("/busy/{work}")), 0, "an empty answer");
                }
            });
        }
    });
}

/// Times that answers took, sorted.
struct Delays(Vec<Duration>);

impl Delays {
    fn p50(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    fn p99(&self) -> Duration {
        self.0[self.0.len() * 99 / 100]
    }
}

fn view(address: &str, time: Duration) -> Delays {
    let mut all: Vec<Duration> = thread::scope(|scope| {
        let viewers: Vec<_> = (0..VIEWERS).map(|viewer| scope.spawn(move || view_one(address, viewer, time))).collect();
        viewers.into_iter().flat_map(|viewer| viewer.join().expect("no viewer fails")).collect()
    });
    all.sort_unstable();
    Delays(all)
}

fn view_one(address: &str, viewer: usize, time: Duration) -> Vec<Duration> {
    let (mut client, mut delays) = (Client::new(address), Vec::new());
    // Not all at the same moment.
    thread::sleep(PACE * u32::try_from(viewer).expect("few") / u32::try_from(VIEWERS).expect("few"));
    let (began, mut turn) = (Instant::now(), viewer);
    while began.elapsed() < time {
        let which = turn % SIZES.len();
        let asked = Instant::now();
        let length = client.get(&format!("/vod/bench/R0123456789abcdef/video/{which:05}.m4s"));
        delays.push(asked.elapsed());
        assert_eq!(length, SIZES[which], "the whole segment");
        turn += 1;
        thread::sleep(PACE.saturating_sub(asked.elapsed()));
    }
    delays
}

/// A connection of HTTP/1.1, spoken by hand: a client that costs little.
struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Client {
    fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream: BufReader::with_capacity(128 << 10, stream), body: Vec::new() }
    }

    /// The length of the body at `path`, all of which is read.
    fn get(&mut self, path: &str) -> usize {
        write!(self.stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").expect("a request is sent");
        let mut length = 0;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("a head");
            assert!(!line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.1 200 "), "{path}: {line}");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a length");
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).expect("the whole body");
        length
    }
}
