//! `cargo bench --bench serving`: what a request costs, side by side with nginx, tuned.
//!
//! One library of files from 2 KB to 4 MB, hot, over HTTP/1.1 on loopback; `pack serve` and nginx in turn, asked by
//! wrk. For each size and number of connections: CPU time a request of the server's processes alone, requests a
//! second, and `pack`'s CPU as a multiple of nginx's. Both send the contract's headers. Needs nginx and wrk.
//!
//! `BENCH_SECONDS` (3) is how long each is asked, `BENCH_RUNS` (3) how often; the median is printed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const SIZES: [usize; 5] = [2 << 10, 64 << 10, 250 << 10, 1 << 20, 4 << 20];
const CONNECTIONS: [u32; 2] = [64, 2000];
const PACK: &str = "127.0.0.1:18080";
const NGINX: &str = "127.0.0.1:18081";
const BELOW: &str = "bench/R0123456789abcdef/video/x";

fn main() {
    let house = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = house.path().join("library").join(BELOW);
    fs::create_dir_all(&folder).expect("a library");
    for (number, size) in SIZES.iter().enumerate() {
        fs::write(folder.join(format!("{number:05}.m4s")), vec![b'x'; *size]).expect("a segment");
    }
    let (pack, nginx) = (Server(start_pack(house.path())), Server(start_nginx(house.path())));
    wait_for(PACK);
    wait_for(NGINX);
    println!("bytes      connections   pack us/request  requests/s   nginx us/request  requests/s   CPU ratio");
    for (number, size) in SIZES.iter().enumerate() {
        for connections in CONNECTIONS {
            let path = format!("/vod/{BELOW}/{number:05}.m4s");
            let runs = 0..number_of("BENCH_RUNS", 3);
            let (mut ours, mut theirs): (Vec<_>, Vec<_>) =
                runs.map(|_| (ask(&pack, PACK, &path, connections), ask(&nginx, NGINX, &path, connections))).unzip();
            let (ours, theirs) = (median(&mut ours), median(&mut theirs));
            let ratio = ours.0 / theirs.0;
            println!(
                "{size:<10} {connections:<13} {:>15.1}  {:>10.0}   {:>16.1}  {:>10.0}   {ratio:>9.2}",
                ours.0, ours.1, theirs.0, theirs.1
            );
        }
    }
}

/// A server that is ended, with its workers, when the bench is.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // nginx's master ends its workers on TERM, which `kill` of the standard library is not.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn start_pack(house: &Path) -> Child {
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    pack.args(["serve", "-q", "--listen", PACK, "--admin", "127.0.0.1:18082", "--library"]);
    pack.arg(house.join("library")).env("PACK_ORIGIN_LIMITS_CONNECTIONS_PER_ADDRESS", "10000");
    pack.env("PACK_ORIGIN_LIMITS_REQUESTS_PER_CONNECTION", "1000000000").current_dir(house);
    pack.spawn().expect("pack starts")
}

fn start_nginx(house: &Path) -> Child {
    let at = house.display();
    let configuration = format!(
        r#"worker_processes auto; pid {at}/nginx.pid; error_log {at}/error.log; daemon off; worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  types {{ video/mp4 m4s; }}
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000000; open_file_cache max=1000; open_file_cache_valid 60s;
  client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3; uwsgi_temp_path {at}/t4;
  scgi_temp_path {at}/t5;
  server {{
    listen {NGINX} reuseport backlog=4096;
    location /vod/ {{
      alias {at}/library/;
      add_header Cache-Control "public, max-age=31536000, immutable";
      add_header CDN-Cache-Control "public, max-age=31536000, immutable";
      add_header Access-Control-Allow-Origin "*";
      add_header Access-Control-Expose-Headers "Content-Length, Content-Range, Date, ETag, Age, Cache-Status";
      add_header Timing-Allow-Origin "*";
      add_header X-Content-Type-Options "nosniff";
    }}
  }}
}}
"#
    );
    let file = house.join("nginx.conf");
    fs::write(&file, configuration).expect("a configuration");
    Command::new("nginx").arg("-c").arg(file).stderr(Stdio::null()).spawn().expect("nginx starts; is it installed?")
}

fn wait_for(address: &str) {
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("nothing listens on {address}");
}

/// Microseconds of CPU a request, and requests a second.
fn ask(server: &Server, address: &str, path: &str, connections: u32) -> (f64, f64) {
    let seconds = number_of("BENCH_SECONDS", 3);
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--timeout", "20s"]);
    let before = cpu_us(server.0.id());
    let output = wrk.arg(format!("http://{address}{path}")).output().expect("wrk runs; is it installed?");
    let spent = cpu_us(server.0.id()) - before;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains("Non-2xx"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find(|line| line.contains("requests in")).expect("wrk's summary");
    let requests: f64 = line.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number");
    (spent / requests, requests / f64::from(seconds))
}

/// CPU time of a process and those that it started, microseconds.
fn cpu_us(id: u32) -> f64 {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let ids = children.split_whitespace().filter_map(|child| child.parse().ok()).chain([id]);
    ids.map(|id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // proc(5): after the name in parentheses, utime and stime are the 12th and 13th, in ticks of 10 ms.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) * 10_000.0
    })
    .sum()
}

/// The run in the middle by CPU.
fn median(runs: &mut [(f64, f64)]) -> (f64, f64) {
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs[runs.len() / 2]
}

fn number_of(variable: &str, otherwise: u32) -> u32 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
