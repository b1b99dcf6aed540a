//! Asking a server: wrk over HTTP/1.1 with and without TLS, h2load over HTTP/2.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rustix::fs::{Advice, fadvise, syncfs};

use crate::servers::Server;

/// How it is asked.
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

/// What an answer cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Processor time of the server a request, microseconds.
    pub(crate) us: f64,
    /// Requests a second.
    pub(crate) rate: f64,
}

/// Objects of one size below the library.
#[derive(Debug)]
pub(crate) struct Objects {
    /// Their paths as the origin serves them.
    pub(crate) paths: Vec<String>,
    files: Vec<PathBuf>,
    size: usize,
}

impl Objects {
    /// `count` objects of `size` bytes, a title in a folder of the library, sealed as `pack run` does.
    pub(crate) fn make(title: &Path, size: usize, count: usize) -> Self {
        let name_of_title = title.file_name().and_then(|name| name.to_str()).expect("a title's name");
        let below = format!("R0123456789abcdef/video-{size}");
        let folder = title.join(&below);
        fs::create_dir_all(&folder).expect("a folder");
        let name = |number: usize| format!("{number:05}.m4s");
        let files: Vec<_> = (0..count).map(|number| folder.join(name(number))).collect();
        for file in &files {
            fs::write(file, vec![b'x'; size]).expect("a segment");
            packager::library::seal(file).expect("a segment that is there");
        }
        // Only what is on disk can be dropped from the kernel's cache.
        syncfs(File::open(&folder).expect("the folder")).expect("a disk that takes it");
        Self {
            paths: (0..count).map(|number| format!("/vod/{name_of_title}/{below}/{}", name(number))).collect(),
            files,
            size,
        }
    }

    /// Has the kernel forget them.
    pub(crate) fn chill(&self) {
        for file in &self.files {
            let file = File::open(file).expect("a segment");
            fadvise(&file, 0, None, Advice::DontNeed).expect("advice is taken");
        }
    }
}

/// The first of `objects`, again and again for `seconds`.
pub(crate) fn hot(server: &Server, protocol: Protocol, objects: &Objects, connections: u32, seconds: u32) -> Cost {
    let url = url(server, protocol, &objects.paths[0]);
    let ask = |connections, seconds| {
        measure(server, load(protocol, connections).arg(duration_of(protocol, seconds)).arg(&url), objects.size)
    };
    // Once before it counts.
    ask(64, 1);
    ask(connections, seconds)
}

/// Each of the second objects once, with neither the server nor the kernel having it in memory. Before it counts, each of
/// the first, so that the server has the memory that it needs for that.
pub(crate) fn cold(server: &Server, protocol: Protocol, objects: &[Objects; 2], house: &Path) -> Cost {
    let [first, second] = objects;
    each_once(server, protocol, first, house);
    each_once(server, protocol, second, house)
}

fn each_once(server: &Server, protocol: Protocol, objects: &Objects, house: &Path) -> Cost {
    const AT_ONCE: usize = 64;
    objects.chill();
    let list = house.join("requests");
    if protocol == Protocol::Http2 {
        let urls: Vec<_> = objects.paths.iter().map(|path| url(server, protocol, path)).collect();
        fs::write(&list, urls.join("\n")).expect("a list");
        let mut command = Command::new("h2load");
        command.args(["-c1", &format!("-m{AT_ONCE}"), &format!("-n{}", urls.len()), "-i"]).arg(&list);
        return measure(server, &mut command, objects.size);
    }
    // wrk knows no number of requests: its script holds back what would be one too many, and ends it with the last. wrk
    // calls for one request that it never sends.
    let paths: Vec<_> = objects.paths.iter().map(|path| format!("'{path}'")).collect();
    let script = format!(
        "local paths = {{{}}}\nlocal begun, asked, answered = 0, 0, 0\n\
         function delay() begun = begun + 1; return begun < #paths and 0 or 60000 end\n\
         function request() asked = asked + 1; return wrk.format('GET', paths[asked]) end\n\
         function response(status) if status ~= 200 then os.exit(1) end\n\
         answered = answered + 1; if answered == #paths - 1 then os.exit(0) end end\n",
        paths.join(",")
    );
    fs::write(&list, script).expect("a script");
    let mut command = load(protocol, u32::try_from(AT_ONCE.min(paths.len())).expect("few"));
    command.args(["-d60s", "-s"]).arg(&list).arg(url(server, protocol, ""));
    let (began, requests) = (Instant::now(), (paths.len() - 1) as f64);
    let (_, us) = run(server, &mut command);
    Cost { us: us / requests, rate: requests / began.elapsed().as_secs_f64() }
}

fn url(server: &Server, protocol: Protocol, path: &str) -> String {
    match protocol {
        Protocol::Http1 => format!("http://127.0.0.1:{}{path}", server.ports.plain),
        Protocol::Tls | Protocol::Http2 => format!("https://127.0.0.1:{}{path}", server.ports.tls),
    }
}

fn load(protocol: Protocol, connections: u32) -> Command {
    let mut command = Command::new(if protocol == Protocol::Http2 { "h2load" } else { "wrk" });
    command.args(["-t1", &format!("-c{connections}")]);
    if protocol == Protocol::Http2 {
        // What a player has under way at once: sound, video, and a bit more.
        command.arg("-m4");
    } else {
        command.args(["--timeout", "20s"]);
    }
    command
}

fn duration_of(protocol: Protocol, seconds: u32) -> String {
    if protocol == Protocol::Http2 { format!("-D{seconds}") } else { format!("-d{seconds}s") }
}

fn measure(server: &Server, command: &mut Command, size: usize) -> Cost {
    let (said, us) = run(server, command);
    let (bytes, seconds) = transferred(&said).unwrap_or_else(|| panic!("{command:?} has no summary: {said}"));
    // By bytes, since what was still under way at the end cost something too.
    let requests = bytes / size as f64;
    Cost { us: us / requests, rate: requests / seconds }
}

/// What `command` says, and the processor time that the server took meanwhile, microseconds.
fn run(server: &Server, command: &mut Command) -> (String, f64) {
    let before = server.cpu_us();
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; is it installed?"));
    let spent = server.cpu_us() - before;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("Non-2xx"), "{command:?}: {said}{errors}");
    (said, spent)
}

/// Bytes and seconds, from `N requests in 2.00s, 1.03GB read` (wrk) or
/// `finished in 2.00s, …` with `traffic: 1.03GB (1103…) total, …, 1.02GB (1101…) data` (h2load).
fn transferred(said: &str) -> Option<(f64, f64)> {
    if let Some(line) = said.lines().find(|line| line.contains("requests in")) {
        let (_, rest) = line.split_once("requests in ")?;
        let (time, bytes) = rest.split_once(", ")?;
        return Some((amount(bytes.strip_suffix(" read")?)?, amount(time)?));
    }
    let line = said.lines().find_map(|line| line.strip_prefix("traffic: "))?;
    let data = line.rsplit_once('(')?.1.split_once(')')?.0;
    let time = said.lines().find_map(|line| line.strip_prefix("finished in "))?.split(',').next()?;
    Some((data.parse().ok()?, amount(time)?))
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
