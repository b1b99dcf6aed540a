//! `cargo bench --bench studio`: how long the studio's answers take with many titles and accounts, on both databases.
//!
//! benches/README.md says what the rows are and how figures are to be read. Needs PostgreSQL. `BENCH_TITLES` (100,000) is the
//! number of titles; there are a tenth as many accounts. `BENCH_REQUESTS` (300) is how often each row asks, `BENCH_ROWS` a
//! part of the names of the rows that are wanted. `BENCH_HOUSE` is a folder that keeps the databases for the next run: to
//! fill them takes minutes. Each answer is checked; those over few titles against all that there are.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod client;
mod data;
mod database;
#[path = "../environment.rs"]
mod environment;
mod expected;
mod fill;
mod rows;
mod server;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use studio::store::Place;

use client::Client;
use data::Data;
use database::Postgres;
use environment::number;
use rows::{Draw, Question, ROWS};
use server::Server;

/// Everybody's password.
const PASSWORD: &str = "correct horse battery";
/// Of questions: both databases get the same.
const SEED: u64 = 21;
/// Requests of a row before it counts.
const WARM: u32 = 10;

fn main() {
    // Others than we have to get to PostgreSQL's folder, and the name of its socket has to be short.
    let temporary = tempfile::tempdir().expect("a folder");
    let house = std::env::var_os("BENCH_HOUSE").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let data = Data::new(number("BENCH_TITLES", 100_000) as usize);
    let postgres = Postgres::start(&house.join("postgres"));
    let urls = [None, Some(postgres.url())];
    let folders = ["sqlite", "other"].map(|name| house.join(name));
    let places = [Place::of(&folders[0].join("state"), ""), Place::of(&folders[1], &postgres.url())];
    for (folder, place) in folders.iter().zip(&places) {
        fill(folder, place, &data);
    }
    postgres.analyze();
    println!("{} titles, {} accounts, {}", data.titles.len(), data.accounts.len(), load());
    println!(
        "{:<32} SQLite: median    95 %    99 %  CPU 99 %  PostgreSQL: median    95 %    99 %  CPU 99 %",
        "milliseconds"
    );
    let processes = [None, Some(postgres.process())];
    let servers: Vec<Server> =
        (0..2).map(|which| Server::start(&folders[which], urls[which].as_deref(), processes[which])).collect();
    let mut asking: Vec<Asking<'_>> = servers.iter().map(|server| Asking::new(server, &data)).collect();
    let wanted = std::env::var("BENCH_ROWS").unwrap_or_default();
    for (name, draw) in ROWS.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let costs: Vec<String> = asking.iter_mut().map(|asking| asking.row(draw).to_string()).collect();
        println!("{name:<32} {:>38}  {:>42}", costs[0], costs[1]);
    }
    println!("{}", load());
}

/// Fills a database that is not filled.
fn fill(folder: &Path, place: &Place, data: &Data) {
    let mark = folder.join(format!("{} titles", data.titles.len()));
    if mark.exists() {
        return;
    }
    fs::create_dir_all(folder).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let began = Instant::now();
    runtime.block_on(fill::fill(place, data, PASSWORD));
    println!("filled in {:.0?}", began.elapsed());
    fs::write(mark, "").expect("a mark");
}

/// Processes that wanted a processor in the last minute.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").expect("proc(5)");
    format!("load {}", load.split(' ').next().unwrap_or_default())
}

/// Asks one server.
struct Asking<'a> {
    server: &'a Server,
    data: &'a Data,
    stranger: Client,
    anna: Client,
}

impl<'a> Asking<'a> {
    fn new(server: &'a Server, data: &'a Data) -> Self {
        let [stranger, anna] = [server.client(), server.client().sign_in("anna", PASSWORD)];
        Self { server, data, stranger, anna }
    }

    /// Asks the questions of a row.
    fn row(&mut self, draw: fn(&Draw<'_>, &mut Rng) -> Question) -> Costs {
        let (mut random, from) = (Rng::with_seed(SEED), Draw { data: self.data });
        let mut costs = Costs::default();
        let requests = number("BENCH_REQUESTS", 300);
        let warm = WARM.min(requests);
        for request in 0..warm + requests {
            let (wall, cpu) = self.ask(&draw(&from, &mut random));
            if request >= warm {
                costs.wall.push(wall);
                costs.cpu.push(cpu);
            }
        }
        costs.wall.sort();
        costs.cpu.sort();
        costs
    }

    /// The time that an answer takes, and processor time for it.
    fn ask(&mut self, question: &Question) -> (Duration, Duration) {
        let client = if question.is_annas { &mut self.anna } else { &mut self.stranger };
        let mut path = question.path.clone();
        for _ in 0..question.turned {
            let page = client.json(&path);
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{}&cursor={next}", question.path);
        }
        let cpu = self.server.cpu();
        let began = Instant::now();
        let answer = client.get(&path);
        let cost = (began.elapsed(), self.server.cpu() - cpu);
        // What has fewer pages ends with the last of them.
        if question.turned == 0 {
            question.expected.check(self.data, question.is_annas, 0, &path, &answer);
        }
        cost
    }
}

/// Costs of a row's answers, the least first.
#[derive(Default)]
struct Costs {
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
}

impl std::fmt::Display for Costs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at =
            |of: &[Duration], percent: usize| of[(of.len() * percent / 100).min(of.len() - 1)].as_secs_f64() * 1000.0;
        let [p50, p95, p99] = [50, 95, 99].map(|percent| at(&self.wall, percent));
        write!(f, "{p50:>7.1} {p95:>7.1} {p99:>7.1} {:>9.1}", at(&self.cpu, 99))
    }
}
