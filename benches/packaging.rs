//! `cargo bench --bench packaging`: what a title costs, side by side with what one would use instead.
//!
//! One source, generated; each contender makes the ladder that `pack` plans for it, as HLS (and DASH where it can) with
//! segments of 6 s, in turn, several times. At x264's preset `fast`, our default: `pack` and a single plain ffmpeg with
//! its own `hls` muxer and our x264 settings. At `slow`, which Shaka Streamer can't be told to leave: all three.
//!
//! `BENCH_SECONDS` (60) is the source's length, `BENCH_RUNS` (3) how often each is run.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod contenders;
mod environment;
mod measure;
mod recording;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contenders::Job;
use environment::number;
use measure::{Cost, median, run};
use packager::probe::Ffprobe;
use recording::Recording;
use tools::cancel::Cancel;
use tools::process::Bounds;
use tools::sandbox::Sandbox;

fn main() {
    let source = source(number("BENCH_SECONDS", 60));
    let runs = number("BENCH_RUNS", 3);
    let bounds = Bounds::new(Cancel::default(), Duration::from_secs(300), Sandbox::off());
    let ffprobe = Ffprobe { program: Path::new("ffprobe"), bounds: &bounds };
    let info = packager::probe::probe(ffprobe, &source, 0).expect("a source that can be probed");
    let plan = packager::plan::plan(&info, &config::settings::Settings::default().encode);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for preset in ["fast", "slow"] {
        let job = Job { source: &source, plan: &plan, preset, folder: folder.path() };
        println!("\n{} rungs, preset {preset}, median of {runs}:", plan.ladder.len());
        let mut costs = vec![("pack", Vec::new()), ("ffmpeg", Vec::new())];
        if preset == contenders::STREAMER_PRESET && contenders::streamer().exists() {
            costs.push(("Shaka Streamer", Vec::new()));
        }
        for _ in 0..runs {
            for (name, costs) in &mut costs {
                costs.push(once(&job, name));
            }
        }
        table(&costs);
    }
}

/// One run of a contender, in an empty folder.
fn once(job: &Job<'_>, name: &str) -> Cost {
    let output = job.folder.join("output");
    if output.exists() {
        fs::remove_dir_all(&output).expect("the output of the run before");
    }
    fs::create_dir(&output).expect("a folder");
    run(&mut match name {
        "pack" => contenders::pack(job, &output),
        "ffmpeg" => contenders::ffmpeg(job, &output),
        _ => contenders::shaka_streamer(job, &output),
    })
}

fn table(costs: &[(&str, Vec<Cost>)]) {
    let ours = median(&costs[0].1);
    println!("  {:<16}{:>10}{:>14}{:>16}{:>20}", "", "wall, s", "pack is ×", "processors, s", "pack is ×");
    for (name, runs) in costs {
        let cost = median(runs);
        let (wall, cpu) = (ours.wall_s() / cost.wall_s(), ours.cpu_s() / cost.cpu_s());
        println!("  {name:<16}{:>10.1}{wall:>14.2}{:>16.1}{cpu:>20.2}", cost.wall_s(), cost.cpu_s());
    }
    println!("  pack's own memory: at most {} MB", ours.peak_kb / 1000);
}

/// 1080p at 30 frames a second, made once.
fn source(seconds: u32) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{seconds}s.mp4"));
    if path.exists() {
        return path;
    }
    let part = path.with_extension("part.mp4");
    Recording { size: "1920x1080", rate: 30, seconds, grain: 4 }.make(&part);
    fs::rename(&part, &path).expect("the finished source takes its name");
    path
}
