//! Asking a server: wrk over HTTP/1.1 with and without TLS, h2load over HTTP/2.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::objects::Objects;
use crate::servers::Server;

/// Requests under way at once while each object is asked for once.
const AT_ONCE: usize = 64;
/// Answers from this size on are counted by their bytes, since those under way at the end cost something too; smaller ones
/// by number, since wrk counts the bytes of heads, of which each server has its own.
const LARGE: usize = 64 << 10;

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
    /// The first of `objects`, again and again for `seconds`.
    pub(crate) fn hot(&self, objects: &Objects, connections: u32, seconds: u32) -> Cost {
        let targets = objects.first(self.with_cmcd);
        // Some before it counts, so that the server has it in memory.
        let mut warm = self.h2load(&targets);
        warm.args(["-c64", "-n256"]).args((self.protocol != Protocol::Http2).then_some("--h1"));
        self.run(&mut warm);
        let mut command = if self.protocol == Protocol::Http2 {
            let mut h2load = self.h2load(&targets);
            // As many as a player has under way at once: sound, video, and a bit more.
            h2load.args(["-m4", &format!("-D{seconds}")]);
            h2load
        } else {
            let mut wrk = self.wrk(&script_in_turn(&targets));
            wrk.arg(format!("-d{seconds}s"));
            wrk
        };
        let (said, us) = self.run(command.arg(format!("-c{connections}")));
        self.cost(&said, us, objects.size)
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
        if self.protocol == Protocol::Http2 {
            let mut h2load = self.h2load(&targets);
            h2load.args(["-c1", &format!("-m{AT_ONCE}"), &format!("-n{}", targets.len())]);
            let (said, us) = self.run(&mut h2load);
            return self.cost(&said, us, objects.size);
        }
        let mut wrk = self.wrk(&script_of_each(&targets));
        wrk.args([&format!("-c{}", AT_ONCE.min(targets.len())), "-d60s"]);
        let (began, requests) = (Instant::now(), (targets.len() - 1) as f64);
        let (_, us) = self.run(&mut wrk);
        Cost { us: us / requests, rate: requests / began.elapsed().as_secs_f64(), requests }
    }

    /// h2load with `targets` in turn for each connection.
    fn h2load(&self, targets: &[String]) -> Command {
        let list = self.house.join("requests");
        let urls: Vec<_> = targets.iter().map(|target| self.base() + target).collect();
        fs::write(&list, urls.join("\n")).expect("a list");
        let mut command = Command::new("h2load");
        command.args(["-t1", "-i"]).arg(list);
        command
    }

    fn wrk(&self, script: &str) -> Command {
        let file = self.house.join("requests.lua");
        fs::write(&file, script).expect("a script");
        let mut command = Command::new("wrk");
        command.args(["-t1", "--timeout", "20s", "-s"]).arg(file).arg(self.base() + "/");
        command
    }

    fn base(&self) -> String {
        match self.protocol {
            Protocol::Http1 => format!("http://127.0.0.1:{}", self.server.ports.plain),
            Protocol::Tls | Protocol::Http2 => format!("https://127.0.0.1:{}", self.server.ports.tls),
        }
    }

    /// The output of `command`, and the processor time that the server took meanwhile, microseconds.
    fn run(&self, command: &mut Command) -> (String, f64) {
        let before = self.server.cpu_us();
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; is it installed?"));
        let spent = self.server.cpu_us() - before;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        let is_good = output.status.success() && !["Non-2xx", "Socket errors"].iter().any(|bad| said.contains(bad));
        let statuses = said.lines().find_map(|line| line.strip_prefix("status codes: "));
        let is_good = is_good && statuses.is_none_or(|line| line.ends_with(" 2xx, 0 3xx, 0 4xx, 0 5xx"));
        assert!(is_good, "{command:?}: {said}{errors}");
        (said, spent)
    }

    fn cost(&self, said: &str, us: f64, size: usize) -> Cost {
        let summary = summary(said).unwrap_or_else(|| panic!("no summary: {said}"));
        let requests = if size < LARGE { summary.answers } else { summary.bytes / size as f64 };
        Cost { us: us / requests, rate: requests / summary.seconds, requests }
    }
}

fn lua(targets: &[String]) -> String {
    let quoted: Vec<_> = targets.iter().map(|target| format!("'{target}'")).collect();
    format!("local targets = {{{}}}\n", quoted.join(","))
}

/// wrk's script for `targets` in turn.
fn script_in_turn(targets: &[String]) -> String {
    lua(targets)
        + "local at, requests = 0, {}\n\
           function request() at = at % #targets + 1\n\
           requests[at] = requests[at] or wrk.format('GET', targets[at]); return requests[at] end\n"
}

/// wrk's script for each of `targets` once. wrk knows no number of requests: the script holds back what would be one too
/// many, and ends it with the last. wrk calls for one request that it never sends.
fn script_of_each(targets: &[String]) -> String {
    lua(targets)
        + "local begun, asked, answered = 0, 0, 0\n\
           function delay() begun = begun + 1; return begun < #targets and 0 or 60000 end\n\
           function request() asked = asked + 1; return wrk.format('GET', targets[asked]) end\n\
           function response(status) if status ~= 200 then os.exit(1) end\n\
           answered = answered + 1; if answered == #targets - 1 then os.exit(0) end end\n"
}

/// A load generator's own account.
struct Summary {
    answers: f64,
    bytes: f64,
    seconds: f64,
}

/// Of `N requests in 2.00s, 1.03GB read` (wrk), or of `finished in 2.00s, …` with `requests: …, N succeeded, …` and
/// `traffic: 1.03GB (1103…) total, …, 1.02GB (1101…) data` (h2load).
fn summary(said: &str) -> Option<Summary> {
    if let Some(line) = said.lines().find(|line| line.contains("requests in")) {
        let (answers, rest) = line.split_once(" requests in ")?;
        let (time, bytes) = rest.split_once(", ")?;
        let bytes = amount(bytes.strip_suffix(" read")?)?;
        return Some(Summary { answers: answers.trim().parse().ok()?, bytes, seconds: amount(time)? });
    }
    let line_of = |start| said.lines().find_map(|line| line.strip_prefix(start));
    let answers = line_of("requests: ")?.split(", ").find_map(|part| part.strip_suffix(" succeeded"))?;
    let bytes = line_of("traffic: ")?.rsplit_once('(')?.1.split_once(')')?.0;
    let time = line_of("finished in ")?.split(',').next()?;
    Some(Summary { answers: answers.parse().ok()?, bytes: bytes.parse().ok()?, seconds: amount(time)? })
}

/// `1.03GB`, `2.00s`, `512.00ms`, `1.00m`, in bytes or seconds.
fn amount(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let scale = match unit {
        "B" | "s" => 1.0,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0 * 1024.0 * 1024.0,
        "m" => 60.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}
