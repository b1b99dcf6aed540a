//! The two servers that are compared over one library, and what of the processors each took.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::settings;

/// One of the two.
#[derive(Debug)]
pub(crate) struct Contender {
    /// Its name in the table.
    pub(crate) name: &'static str,
    program: Program,
    ports: Ports,
}

#[derive(Debug)]
enum Program {
    Pack(PathBuf),
    Nginx,
}

/// The ports of a server on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// HTTP/1.1, no TLS.
    pub(crate) plain: u16,
    /// HTTP/1.1 and HTTP/2 over TLS.
    pub(crate) tls: u16,
    /// `pack`'s metrics.
    pub(crate) admin: u16,
}

/// The program of BENCH_PACK, or else the one that cargo built, and the other of BENCH_AGAINST, or else nginx.
pub(crate) fn contenders() -> [Contender; 2] {
    let pack = std::env::var_os("BENCH_PACK").unwrap_or_else(|| env!("CARGO_BIN_EXE_pack").into());
    let (name, against) = match std::env::var_os("BENCH_AGAINST") {
        Some(other) => ("against", Program::Pack(other.into())),
        None => ("nginx", Program::Nginx),
    };
    let [ours, theirs] = free_ports();
    [
        Contender { name: "pack", program: Program::Pack(pack.into()), ports: ours },
        Contender { name, program: against, ports: theirs },
    ]
}

/// Ports that nobody listens on, since `pack` shares its own with whoever allows that. Clients' own ports begin above.
fn free_ports() -> [Ports; 2] {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).expect("a small number");
    let mut free = (first..).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let mut next = || free.next().expect("a free port");
    [(); 2].map(|()| Ports { plain: next(), tls: next(), admin: next() })
}

impl Contender {
    /// Starts it over `house`/library, with `log` as its access log.
    pub(crate) fn start(&self, house: &Path, log: Option<&Path>) -> Server {
        let settings = house.join(self.name).with_extension("settings");
        let said = house.join("error.log");
        let (text, mut command) = match &self.program {
            Program::Pack(program) => {
                let mut pack = Command::new(program);
                pack.args(["serve", "-q", "--config"]).arg(&settings).arg("--library").arg(house.join("library"));
                pack.stderr(File::create(&said).expect("a file"));
                (settings::pack(house, self.ports, log), pack)
            }
            Program::Nginx => {
                let mut nginx = Command::new("nginx");
                nginx.arg("-c").arg(&settings).stderr(Stdio::null());
                (settings::nginx(house, self.ports, log), nginx)
            }
        };
        fs::write(&settings, text).expect("a settings file");
        let process = command.stdout(Stdio::null()).spawn();
        let process = process.unwrap_or_else(|error| panic!("{command:?}: {error}; is it installed?"));
        let server = Server { process, ports: self.ports };
        for port in [self.ports.plain, self.ports.tls] {
            wait_for(port, &said);
        }
        server
    }
}

/// A server that is ended, with its workers, when it goes.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) ports: Ports,
}

impl Server {
    /// Processor time that it and its workers have taken, microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.processes().map(process_cpu_us).sum()
    }

    /// Bytes that it and its workers have had read from disk.
    pub(crate) fn read_bytes(&self) -> u64 {
        self.processes().filter_map(process_read_bytes).sum()
    }

    fn processes(&self) -> impl Iterator<Item = u32> {
        let id = self.process.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let children: Vec<_> = children.split_whitespace().filter_map(|child| child.parse().ok()).collect();
        children.into_iter().chain([id])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx's master ends its workers on TERM, which `kill` of the standard library is not.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// Processor time of a process's threads, microseconds: the first field of each one's `schedstat` (the kernel's
/// sched-stats.rst), in nanoseconds. Those of `stat` are ticks of 10 ms, too coarse for a hundred requests.
fn process_cpu_us(id: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let schedstats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let nanoseconds = schedstats.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1000.0
}

fn process_read_bytes(id: u32) -> Option<u64> {
    let io = fs::read_to_string(format!("/proc/{id}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("read_bytes: "))?.parse().ok()
}

fn wait_for(port: u16, said: &Path) {
    for _ in 0..1000 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("nothing listens on port {port}: {}", fs::read_to_string(said).unwrap_or_default());
}
