//! A library made by hand, an origin that serves it, and a client that sees every byte.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, UNIX_EPOCH};

use config::origin::{Address, Origin};
use config::seal::{ATTRIBUTE, Seal};
use config::settings::Settings;
use origin::{Control, Mounts};
use prometheus::Registry;
use rustix::fs::{Advice, XattrFlags, fadvise, fsetxattr};
use rustix::io::Errno;

pub(crate) const R: &str = "R0123456789abcdef";
pub(crate) const SEGMENT: &str = "/vod/shows/ep-1/R0123456789abcdef/video/360p/00001.m4s";
pub(crate) const LARGE: &str = "/vod/shows/ep-1/R0123456789abcdef/video/360p/00002.m4s";
pub(crate) const PLAYLIST: &str = "/vod/shows/ep-1/index.m3u8";

/// The addresses of a test's origin.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Its first TCP address without TLS.
    pub(crate) public: SocketAddr,
    /// With TLS.
    pub(crate) tls: Vec<SocketAddr>,
    pub(crate) admin: SocketAddr,
}

impl From<origin::Addresses> for Addresses {
    fn from(all: origin::Addresses) -> Self {
        let tcp = |addresses: Vec<Address>| {
            addresses.into_iter().filter_map(|address| match address {
                Address::Ip(address) => Some(address),
                Address::Unix(_) => None,
            })
        };
        let public = tcp(all.public).next().unwrap();
        Self { public, tls: tcp(all.tls).collect(), admin: all.admin }
    }
}

/// An origin that serves until it is dropped.
pub(crate) struct Running {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) addresses: Addresses,
    /// All without TLS.
    pub(crate) listening: Vec<Address>,
    pub(crate) control: Control,
    thread: Option<JoinHandle<Result<(), origin::Error>>>,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Origin)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fill(&folder.path().join("library"));
        Self::over(folder, change)
    }

    pub(crate) fn over(folder: tempfile::TempDir, change: impl FnOnce(&mut Origin)) -> Self {
        Self::mounting(Mounts::none(), folder, change)
    }

    pub(crate) fn mounting(mounts: Mounts, folder: tempfile::TempDir, change: impl FnOnce(&mut Origin)) -> Self {
        let settings = settings(&folder.path().join("library"), change);
        Self::run(folder, settings, Control::new(), mounts)
    }

    /// One that takes the place of another at its addresses.
    pub(crate) fn replacing(change: impl FnOnce(&mut Origin)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fill(&folder.path().join("library"));
        let settings = settings(&folder.path().join("library"), change);
        Self::run(folder, settings, Control::replacing(), Mounts::none())
    }

    fn run(folder: tempfile::TempDir, settings: Settings, control: Control, mounts: Mounts) -> Self {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let of_thread = control.clone();
        let thread = std::thread::spawn(move || {
            origin::serve(&settings, &of_thread, &Registry::new(), mounts, |addresses| ready.send(addresses).unwrap())
        });
        let addresses = is_ready.recv_timeout(Duration::from_secs(20)).unwrap();
        let listening = addresses.public.clone();
        Self { folder, addresses: addresses.into(), listening, control, thread: Some(thread) }
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    pub(crate) fn metrics(&self) -> String {
        String::from_utf8(ask(self.addresses.admin, "GET", "/metrics", &[]).body).unwrap()
    }

    /// The value of a metric without labels.
    pub(crate) fn metric(&self, name: &str) -> String {
        let metrics = self.metrics();
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {name} in {metrics}")).to_owned()
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.ask("GET", path, headers)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        ask(self.addresses.public, method, path, headers)
    }

    /// Waits for the end that was asked for.
    pub(crate) fn join(mut self) -> Result<(), origin::Error> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn settings(library: &Path, change: impl FnOnce(&mut Origin)) -> Settings {
    let mut origin = Origin {
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0)).into()],
        admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        cache_bytes: 8 << 20,
        drain_seconds: 5,
        ..Origin::default()
    };
    change(&mut origin);
    let mut settings = Settings { origin, ..Settings::default() };
    settings.library.path = library.to_owned();
    settings
}

/// Bytes that are equal at no two offsets near each other.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut reader = blake3::Hasher::new().update(b"noise").finalize_xof();
    let mut bytes = vec![0; length];
    reader.fill(&mut bytes);
    bytes
}

pub(crate) fn fill(library: &Path) {
    let title = library.join("shows/ep-1");
    let video = title.join(R).join("video/360p");
    std::fs::create_dir_all(&video).unwrap();
    std::fs::create_dir_all(library.join(".pack")).unwrap();
    std::fs::write(library.join(".pack/index.m3u8"), "private").unwrap();
    std::fs::write(video.join("00001.m4s"), noise(100_000)).unwrap();
    std::fs::write(video.join("00002.m4s"), noise(700_000)).unwrap();
    std::fs::write(video.join("index.m3u8"), "#EXTM3U\n#EXTINF:6,\n".repeat(100)).unwrap();
    std::fs::write(title.join(R).join("poster.jpg"), noise(5_000)).unwrap();
    std::fs::write(title.join("index.m3u8"), "#EXTM3U\n".repeat(100)).unwrap();
    std::fs::write(title.join("manifest.mpd"), "<MPD/>\n".repeat(100)).unwrap();
    std::fs::write(title.join("title.json"), title_json("shows/ep-1")).unwrap();
}

pub(crate) fn title_json(name: &str) -> String {
    let rendition = r#"{"name":"360p","codecs":"avc1.64001e","width":640,"height":360,"frame_rate":"25",
        "average_bandwidth":1,"peak_bandwidth":1,"bytes":800000,"segments":2}"#;
    format!(
        r#"{{"title":"{name}","revision":"{R}","duration":{{"ticks":12,"timescale":1}},"poster":"{R}/poster.jpg",
        "source":{{"name":"a","size":1,"blake3":"","format":"mov"}},"made_with":{{"pack":"0","ffmpeg":"5.1"}},
        "video":[{rendition}],"audio":[],"warnings":[]}}"#
    )
}

/// Has the kernel forget what it has of a file.
pub(crate) fn chill(path: &Path) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
}

/// Seals the file at `path` with `digest`; whether the file system keeps it.
pub(crate) fn seal(path: &Path, digest: blake3::Hash) -> bool {
    let file = File::open(path).unwrap();
    let state = file.metadata().unwrap();
    let mtime = state.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let seal = Seal { digest: *digest.as_bytes(), size: state.len(), mtime: mtime.try_into().unwrap() };
    put_seal(&file, &seal.encode())
}

#[expect(clippy::print_stdout, reason = "a test that can't be run says so")]
pub(crate) fn put_seal(file: &File, value: &[u8]) -> bool {
    match fsetxattr(file, ATTRIBUTE, value, XattrFlags::empty()) {
        Err(Errno::OPNOTSUPP) => {
            println!("NOT TESTED: {} is on a file system without extended attributes", std::env::temp_dir().display());
            false
        }
        other => {
            other.unwrap();
            true
        }
    }
}

/// An answer as it came off the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    raw(address, request.as_bytes()).unwrap_or_else(|| panic!("no answer to {method} {path}"))
}

/// Sends `request` as it is and reads until the end; `None` when what comes is no whole answer.
pub(crate) fn raw(address: SocketAddr, request: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    // Who is refused early may find the connection closed; the answer is there all the same.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    // A reset after the answer leaves what came before it.
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

pub(crate) fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HashMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let known = headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        assert!(known.is_none(), "{name} twice in\n{head}");
    }
    Some(Reply { status, headers, body: answer[end + 4..].to_vec() })
}

/// Waits until `condition` holds; the test fails if it never does.
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
