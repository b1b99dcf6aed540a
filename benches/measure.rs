//! The cost of a command: elapsed time, processor time, and the memory of its own process.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The costs of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// User and system time of it and all that it started.
    pub(crate) cpu: Duration,
    /// The most memory that the process itself held, kB; what it started is not counted.
    pub(crate) peak_kb: u64,
}

impl Cost {
    /// Seconds on the wall.
    pub(crate) fn wall_s(self) -> f64 {
        self.wall.as_secs_f64()
    }

    /// Seconds of processors.
    pub(crate) fn cpu_s(self) -> f64 {
        self.cpu.as_secs_f64()
    }
}

/// Runs `command` to its end.
///
/// # Panics
/// When it can't be started or fails: a failed run has no cost to speak of.
pub(crate) fn run(command: &mut Command) -> Cost {
    let (cpu, start) = (children_cpu(), Instant::now());
    let log = tempfile::NamedTempFile::new().expect("a file for messages");
    let messages = log.reopen().expect("the same file");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let id = child.id();
    let watch = thread::spawn(move || {
        let samples = std::iter::from_fn(|| {
            thread::sleep(Duration::from_millis(20));
            peak_kb(id)
        });
        samples.last().unwrap_or(0)
    });
    let status = child.wait().expect("a started process ends");
    let wall = start.elapsed();
    let said = fs::read(log.path()).unwrap_or_default();
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&said));
    Cost { wall, cpu: children_cpu() - cpu, peak_kb: watch.join().unwrap_or(0) }
}

/// The median of each cost.
pub(crate) fn median(runs: &[Cost]) -> Cost {
    fn middle<T: Ord + Copy>(runs: &[Cost], of: impl Fn(&Cost) -> T) -> T {
        let mut values: Vec<T> = runs.iter().map(of).collect();
        values.sort();
        values[values.len() / 2]
    }
    Cost { wall: middle(runs, |c| c.wall), cpu: middle(runs, |c| c.cpu), peak_kb: middle(runs, |c| c.peak_kb) }
}

/// Processor time of all children that have been waited for, and of theirs: fields 16 and 17 of proc(5)'s `stat`, in
/// ticks of 10 ms, which Linux fixes for programs whatever its own clock does.
fn children_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("proc(5)");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let ticks: u64 = after_name.split_whitespace().skip(13).take(2).map(|t| t.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

fn peak_kb(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
