//! The program over one of the databases, and the processor time that both take.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::client::Client;

/// A studio at work, ended when it goes.
pub(crate) struct Server {
    process: Child,
    address: String,
    /// The database's process, if it has one of its own.
    database: Option<u32>,
}

impl Server {
    /// Starts it in `folder`, with its data in the database at `url`, or in a file where there is none.
    pub(crate) fn start(folder: &Path, url: Option<&str>, database: Option<u32>) -> Self {
        for part in ["ingest", "library"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        let pack = std::env::var_os("BENCH_PACK").unwrap_or_else(|| env!("CARGO_BIN_EXE_pack").into());
        let mut pack = Command::new(pack);
        pack.args(["studio", "--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]).current_dir(folder);
        pack.env("XDG_CONFIG_HOME", folder).env("PACK_STUDIO_DATABASE", url.unwrap_or_default()).stdin(Stdio::null());
        let mut process = pack.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut events = lines.by_ref().map(|line| serde_json::from_str::<Value>(&line).expect("an event"));
        let serving = events.find(|event| event["event"] == "serving").expect("it serves");
        let address = serving["listen"].as_str().expect("an address").to_owned();
        thread::spawn(move || lines.for_each(drop));
        Self { process, address, database }
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Processor time that it and its database have taken.
    pub(crate) fn cpu(&self) -> Duration {
        let children = self.database.iter().flat_map(|id| {
            let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            children.split_whitespace().filter_map(|child| child.parse().ok()).collect::<Vec<u32>>()
        });
        children.chain([self.process.id()]).map(cpu_of).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Processor time of a process's threads: the first field of each one's `schedstat` (the kernel's sched-stats.rst).
fn cpu_of(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let schedstats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    Duration::from_nanos(schedstats.filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok()).sum())
}
