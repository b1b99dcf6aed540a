//! `cargo bench --bench checking`: what `pack check` takes for a long title on disk, of seven sizes and sound.
//!
//! ffprobe is beside it, reading nothing but the packets of the smallest size: nothing that we know reads and judges a
//! whole ladder. `BENCH_HOURS` (2) is the title's length, `BENCH_RUNS` (5) how often it is checked.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod environment;
mod long_title;
mod measure;
mod pack;
mod recording;

use std::fs;
use std::path::Path;
use std::process::Command;

use environment::number;
use measure::{Cost, median, run};
use pack::pack;
use recording::Recording;

fn main() {
    let house = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let title = package(house.path());
    let hours = number("BENCH_HOURS", 2);
    long_title::Long::of_hours(hours).stretch(&title);
    let runs = number("BENCH_RUNS", 5);
    let check = median(&(0..runs).map(|_| run(pack(house.path()).arg("check").arg(&title))).collect::<Vec<Cost>>());
    let looked = pack(house.path()).arg("check").arg(&title).output().expect("a report");
    let said = String::from_utf8_lossy(&looked.stdout);
    println!("{}", said.lines().last().unwrap_or_default());
    let peak = check.peak_kb / 1000;
    println!(
        "pack check, {hours} h, median of {runs}: {:.2} s, {:.2} s of processors, {peak} MB",
        check.wall_s(),
        check.cpu_s()
    );
    let probe = run(&mut ffprobe(&title));
    println!("ffprobe, packets of the smallest size alone: {:.2} s, {} MB", probe.wall_s(), probe.peak_kb / 1000);
}

/// The short title, packaged: 720p.
fn package(house: &Path) -> std::path::PathBuf {
    fs::create_dir(house.join("ingest")).expect("an ingest folder");
    let recording = Recording { size: "1280x720", rate: 25, seconds: long_title::SHORT, grain: 12 };
    recording.make(&house.join("ingest/long.mp4"));
    run(pack(house).arg("run").arg("ingest/long.mp4"));
    house.join("library/long")
}

fn ffprobe(title: &Path) -> Command {
    let entries = fs::read_dir(title).expect("a title").map(|entry| entry.expect("an entry").path());
    let revision = entries.into_iter().find(|path| path.is_dir()).expect("a revision");
    let mut sizes: Vec<_> =
        fs::read_dir(revision.join("video")).expect("sizes").map(|e| e.expect("one").path()).collect();
    sizes.sort_by_key(|size| fs::metadata(size.join("00001.m4s")).map_or(0, |segment| segment.len()));
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error", "-show_entries", "packet=pts,size"]).arg(sizes[0].join("index.m3u8"));
    ffprobe
}
