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

use std::fs;
use std::path::Path;
use std::process::Command;

use environment::number;
use measure::{Cost, median, run};

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

fn pack(house: &Path) -> Command {
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    pack.current_dir(house).env("PACK_ENCODE_PRESET", "ultrafast");
    pack
}

/// The short title, packaged: 720p with grain, so that its segments are as large as a recording's.
fn package(house: &Path) -> std::path::PathBuf {
    fs::create_dir(house.join("ingest")).expect("an ingest folder");
    let seconds = long_title::SHORT;
    let picture = format!("testsrc2=size=1280x720:rate=25:duration={seconds},noise=alls=12:allf=t");
    let sound = format!("sine=frequency=440:beep_factor=4:sample_rate=48000:duration={seconds}");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound, "-c:v", "libx264"]);
    ffmpeg.args(["-preset", "ultrafast", "-crf", "24", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2"]);
    run(ffmpeg.arg(house.join("ingest/long.mp4")));
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
