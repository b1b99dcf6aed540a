//! Asking a server, by h2load, or by wrk where each object is asked for once over HTTP/1.1.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::objects::Objects;
use crate::servers::Server;

/// Requests under way at once while each object is asked for once: over so many connections in HTTP/1.1, and in HTTP/2
/// over an eighth of that.
const AT_ONCE: usize = 64;
const OVER_EACH: usize = 8;
/// Connections before it counts.
const WARM: u32 = 64;
/// Time for a server to end what the requests left it to do, and be charged for: lines of its log, connections to close.
const SETTLING: Duration = Duration::from_millis(150);
/// The fewest requests of one connection. All are answered to the end: cut off after a time, what filled sockets' buffers
/// would be paid for and not counted.
const FEWEST: u32 = 2;

/// The protocol of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS.
    Http2,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http1 => "HTTP/1.1",
            Self::Tls => "TLS",
            Self::Http2 => "HTTP/2",
        })
    }
}

/// The price of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Processor time of the server a request, microseconds.
    pub(crate) us: f64,
    /// Requests a second.
    pub(crate) rate: f64,
    /// Requests in all.
    pub(crate) requests: f64,
}

/// Asks one server.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    pub(crate) server: &'a Server,
    pub(crate) protocol: Protocol,
    /// With CMCD in each request.
    pub(crate) with_cmcd: bool,
    /// A folder for lists of requests.
    pub(crate) house: &'a Path,
}

impl Client<'_> {
    /// The first of `objects`, again and again for about `seconds`.
    pub(crate) fn hot(&self, objects: &Objects, connections: u32, seconds: u32) -> Cost {
        let targets = objects.first(self.with_cmcd);
        // Enough to tell how many there are in a second, and for the server to have the object in memory.
        let warm = (64 << 20) as f64 / objects.size as f64;
        let warm = self.again(&targets, objects.size, WARM, warm.clamp(256.0, 8192.0));
        self.again(&targets, objects.size, connections, warm.rate * f64::from(seconds))
    }

    /// `targets` in turn over each connection, until there were about so many `requests`, the same number over each.
    fn again(&self, targets: &[String], size: usize, connections: u32, requests: f64) -> Cost {
        let of_each = (requests / f64::from(connections)).ceil().max(f64::from(FEWEST));
        let requests = of_each * f64::from(connections);
        let mut h2load = self.h2load(targets, 0);
        h2load.args([&format!("-c{connections}"), &format!("-n{requests}")]);
        // A player has picture and sound under way at once.
        h2load.arg(if self.protocol == Protocol::Http2 { "-m2" } else { "--h1" });
        let (said, us) = self.run(vec![h2load]);
        assert!(said[0].contains(&format!("({}) data", requests * size as f64)), "not all bytes: {}", said[0]);
        let seconds = seconds_of(&said[0]).unwrap_or_else(|| panic!("no time: {}", said[0]));
        Cost { us: us / requests, rate: requests / seconds, requests }
    }

    /// Each of the second objects once, with neither the server nor the kernel having it in memory. Before it counts, each
    /// of the first, so that the server has the memory that it needs for that.
    pub(crate) fn cold(&self, [first, second]: &[Objects; 2]) -> Cost {
        self.each_once(first);
        let before = self.server.read_bytes();
        let cost = self.each_once(second);
        let read = (self.server.read_bytes() - before) as f64;
        assert!(read >= cost.requests * second.size as f64, "only {read} bytes came from disk: that was not cold");
        cost
    }

    fn each_once(&self, objects: &Objects) -> Cost {
        let targets = objects.each(self.with_cmcd);
        objects.chill();
        let (commands, requests) = match self.protocol {
            Protocol::Http2 => (self.h2load_of_each(&targets), targets.len()),
            Protocol::Http1 | Protocol::Tls => (vec![self.wrk_of_each(&targets)], targets.len() - 1),
        };
        let (began, requests) = (Instant::now(), requests as f64);
        let (_, us) = self.run(commands);
        let seconds = (began.elapsed() - SETTLING).as_secs_f64();
        Cost { us: us / requests, rate: requests / seconds, requests }
    }

    /// One h2load for each connection, since those of one would all begin with the first target.
    fn h2load_of_each(&self, targets: &[String]) -> Vec<Command> {
        let parts = targets.chunks(targets.len().div_ceil(AT_ONCE / OVER_EACH)).enumerate();
        let command = |(number, part): (usize, &[String])| {
            let mut h2load = self.h2load(part, number);
            h2load.args(["-c1", &format!("-m{OVER_EACH}"), &format!("-n{}", part.len())]);
            h2load
        };
        parts.map(command).collect()
    }

    fn wrk_of_each(&self, targets: &[String]) -> Command {
        let file = self.house.join("requests.lua");
        fs::write(&file, script_of_each(targets)).expect("a script");
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "--timeout", "20s", "-d60s", &format!("-c{}", AT_ONCE.min(targets.len())), "-s"]);
        wrk.arg(file).arg(self.base() + "/");
        wrk
    }

    /// h2load with `targets` in turn for each connection, from a list of that `number`.
    fn h2load(&self, targets: &[String], number: usize) -> Command {
        let list = self.house.join(format!("requests-{number}"));
        let urls: Vec<_> = targets.iter().map(|target| self.base() + target).collect();
        fs::write(&list, urls.join("\n")).expect("a list");
        let mut command = Command::new("h2load");
        command.args(["-t1", "-i"]).arg(list);
        command
    }

    fn base(&self) -> String {
        match self.protocol {
            Protocol::Http1 => format!("http://127.0.0.1:{}", self.server.ports.plain),
            Protocol::Tls | Protocol::Http2 => format!("https://127.0.0.1:{}", self.server.ports.tls),
        }
    }

    /// The outputs of `commands`, all run at once, and the processor time that the server took for them, microseconds.
    fn run(&self, mut commands: Vec<Command>) -> (Vec<String>, f64) {
        let before = self.server.cpu_us();
        let start = |command: &mut Command| {
            let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
            started.unwrap_or_else(|error| panic!("{command:?}: {error}; is it installed?"))
        };
        let started: Vec<_> = commands.iter_mut().map(start).collect();
        let said = started.into_iter().map(said).collect();
        sleep(SETTLING);
        (said, self.server.cpu_us() - before)
    }
}

/// The output of a load generator, whose requests all succeeded.
fn said(process: Child) -> String {
    let output = process.wait_with_output().expect("a process that ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line_of = |start| said.lines().find_map(|line| line.strip_prefix(start));
    let is_good = output.status.success()
        && !said.contains("Socket errors")
        && line_of("requests: ").is_none_or(|line| line.ends_with(", 0 failed, 0 errored, 0 timeout"))
        && line_of("status codes: ").is_none_or(|line| line.ends_with(" 2xx, 0 3xx, 0 4xx, 0 5xx"));
    assert!(is_good, "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// wrk's script for each of `targets` once. wrk knows no number of requests: the script holds back what would be one too
/// many, and ends it with the last. wrk calls for one request that it never sends.
fn script_of_each(targets: &[String]) -> String {
    let quoted: Vec<_> = targets.iter().map(|target| format!("'{target}'")).collect();
    format!("local targets = {{{}}}\n", quoted.join(","))
        + "local begun, asked, answered = 0, 0, 0\n\
           function delay() begun = begun + 1; return begun < #targets and 0 or 60000 end\n\
           function request() asked = asked + 1; return wrk.format('GET', targets[asked]) end\n\
           function response(status) if status ~= 200 then os.exit(1) end\n\
           answered = answered + 1; if answered == #targets - 1 then os.exit(0) end end\n"
}

/// Of `finished in 2.00s, …`; also `512.00ms`, `70us`, `1.00m`.
fn seconds_of(said: &str) -> Option<f64> {
    let time = said.lines().find_map(|line| line.strip_prefix("finished in "))?.split(',').next()?;
    let (number, unit) = time.split_at(time.find(|c: char| c.is_ascii_alphabetic())?);
    let scale = match unit {
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}
