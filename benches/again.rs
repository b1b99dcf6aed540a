//! `cargo bench --bench again`: a run that finds nothing to do, over a library of many titles.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops at what is wrong"
)]

mod environment;
mod measure;
mod pack;

use std::fs;
use std::path::Path;
use std::process::Command;

use environment::number;
use measure::{Cost, median, run};
use pack::pack;

fn main() {
    let titles = number("BENCH_TITLES", 100);
    let house = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let ingest = house.path().join("ingest");
    fs::create_dir(&ingest).expect("an ingest folder");
    for title in 0..titles {
        source(&ingest.join(format!("{title:04}.mp4")), title);
    }
    let first = run(pack(house.path()).arg("run"));
    let runs: Vec<Cost> = (0..number("BENCH_RUNS", 5)).map(|_| run(pack(house.path()).arg("run"))).collect();
    let again = median(&runs);
    println!(
        "{titles} titles, packaged in {:.1} s; a run with nothing to do, median of {}:",
        first.wall_s(),
        runs.len()
    );
    println!("  {:.3} s on the wall, {:.2} s of processors", again.wall_s(), again.cpu_s());
}

/// Two seconds of a small pattern, another for each title.
fn source(path: &Path, title: u32) {
    let pattern = format!("testsrc2=size=128x72:rate=25:duration=2,hue=h={title}");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", &pattern, "-c:v", "libx264", "-preset", "ultrafast"]);
    run(ffmpeg.args(["-pix_fmt", "yuv420p"]).arg(path));
}
