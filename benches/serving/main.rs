//! `cargo bench --bench serving`: processor time a request, side by side with a tuned nginx or with another `pack`.
//!
//! benches/README.md says which rows there are, how figures are to be read, and which settings the environment holds.
//! Needs nginx, wrk, h2load and openssl.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod congestion;
#[path = "../environment.rs"]
mod environment;
mod load;
mod objects;
mod rows;
mod servers;
mod settings;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use congestion::Congestion;
use environment::number;
use load::{Client, Cost};
use objects::Library;
use rows::{Row, Traffic};
use rustix::process::{Resource, getrlimit, setrlimit};
use servers::Contender;

/// Of an access log, the share of lines that may be missing without a word.
const TOLERATED: f64 = 0.01;

fn main() {
    allow_many_sockets();
    let temporary = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let wanted = std::env::var("BENCH_CONGESTION").unwrap_or_else(|_| "cubic".to_owned());
    let bench = Bench::new(temporary.path());
    let _until_the_end = Congestion::set(&wanted);
    bench.print_head();
    let mut library = Library::new(bench.house.join("library"));
    for row in rows::wanted() {
        bench.compare(&row, &mut library).print(&row, &bench.contenders);
    }
}

/// Many systems allow a process 1024 files unless it asks for more, and so few sockets to the load generators.
fn allow_many_sockets() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("as many files as are allowed");
}

/// The comparison of two servers.
struct Bench {
    house: PathBuf,
    contenders: [Contender; 2],
    interrupted: Arc<AtomicBool>,
}

impl Bench {
    fn new(house: &Path) -> Self {
        make_certificate(house);
        fs::create_dir_all(house.join("library")).expect("a folder");
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, interrupted.clone()).expect("a signal that may be handled");
        }
        Self { house: house.to_owned(), contenders: servers::contenders(), interrupted }
    }

    /// Above the table: the congestion control that each server really has, since one may choose for itself.
    fn print_head(&self) {
        let [ours, theirs] = &self.contenders;
        for contender in [ours, theirs] {
            println!("{} listens with {}", contender.name, congestion::of(&contender.start(&self.house, None)));
        }
        let row = ["", &format!("{} us", ours.name), "requests/s", &format!("{} us", theirs.name), "requests/s"];
        let [empty, our_us, our_rate, their_us, their_rate] = row;
        println!("{empty:<28}{our_us:>12}{our_rate:>12}{their_us:>12}{their_rate:>12}{:>8}  of pairs", "CPU ×");
    }

    /// Both servers in turn, BENCH_RUNS times.
    fn compare(&self, row: &Row, library: &mut Library) -> Compared {
        let mut pairs = Vec::new();
        for _ in 0..number("BENCH_RUNS", 3) {
            pairs.push(self.contenders.each_ref().map(|contender| self.run(contender, row, library)));
        }
        let costs = [0, 1].map(|which| middle(pairs.iter().map(|pair| pair[which].cost), |cost| cost.us));
        let lost = [0, 1].map(|which| pairs.iter().map(|pair| pair[which].lost).fold(0.0, f64::max));
        let mut ratios: Vec<f64> = pairs.iter().map(|[ours, theirs]| ours.cost.us / theirs.cost.us).collect();
        ratios.sort_by(f64::total_cmp);
        Compared { costs, ratios, lost }
    }

    /// One server, started for this run alone.
    fn run(&self, contender: &Contender, row: &Row, library: &mut Library) -> Run {
        let file = self.house.join("access.log");
        let _ = fs::remove_file(&file);
        let log = row.is_logged().then_some(file.as_path());
        let server = contender.start(&self.house, log);
        let client = Client { server: &server, protocol: row.protocol, with_cmcd: row.is_logged(), house: &self.house };
        let seconds = number("BENCH_SECONDS", 2) * row.longer();
        let cost = match row.traffic {
            Traffic::Logged(connections) | Traffic::Bare(connections) => {
                client.hot(library.hot(row.size), connections, seconds)
            }
            Traffic::Cold => client.cold(library.cold(row.size)),
        };
        // Its end writes the last lines.
        drop(server);
        // A panic, so that servers end, files go, and the system's congestion control comes back.
        assert!(!self.interrupted.load(Ordering::Relaxed), "interrupted");
        Run { cost, lost: log.map_or(0.0, |log| 1.0 - lines(log) / cost.requests) }
    }
}

fn lines(file: &Path) -> f64 {
    let file = BufReader::new(File::open(file).expect("an access log"));
    file.split(b'\n').map_while(Result::ok).count() as f64
}

struct Run {
    cost: Cost,
    /// Share of the answers that have no line in the access log.
    lost: f64,
}

/// One row's result, ours and theirs.
struct Compared {
    costs: [Cost; 2],
    /// Processor time of each pair, ours by theirs, in order.
    ratios: Vec<f64>,
    lost: [f64; 2],
}

impl Compared {
    fn print(&self, row: &Row, contenders: &[Contender; 2]) {
        let ([ours, theirs], ratios) = (&self.costs, &self.ratios);
        let (least, middle, most) = (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
        println!(
            "{:<28}{:>12.1}{:>12.0}{:>12.1}{:>12.0}{middle:>8.2}  {least:.2} to {most:.2}",
            row.to_string(),
            ours.us,
            ours.rate,
            theirs.us,
            theirs.rate
        );
        for (contender, lost) in contenders.iter().zip(self.lost) {
            if lost > TOLERATED {
                println!("  {} left {:.0} % of its answers out of the log", contender.name, lost * 100.0);
            }
        }
    }
}

/// The one of `all` that is in the middle `by` that measure.
fn middle<T: Copy>(all: impl Iterator<Item = T>, by: impl Fn(&T) -> f64) -> T {
    let mut all: Vec<T> = all.collect();
    all.sort_by(|a, b| by(a).total_cmp(&by(b)));
    all[all.len() / 2]
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
