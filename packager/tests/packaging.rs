//! From what ffmpeg really writes to a presentation that ffmpeg really plays.
#![allow(clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use packager::cmaf::{self, Part};
use packager::plan::{AudioPlan, Chunk, ColorTags, Grid, Rung};
use packager::time::FrameRate;

fn rung() -> Rung {
    Rung {
        name: "180p-300".into(),
        width: 320,
        height: 180,
        bit_rate: 300_000,
        max_rate: 400_000,
        buffer: 600_000,
        crf_tenths: 230,
    }
}

fn color() -> ColorTags {
    let bt709 = || "bt709".to_owned();
    ColorTags { primaries: bt709(), transfer: bt709(), matrix: bt709() }
}

fn audio() -> AudioPlan {
    AudioPlan {
        name: "en-2ch".into(),
        stream: 1,
        language: "en".into(),
        label: "English".into(),
        layout: "stereo".into(),
        channels: 2,
        sample_rate: 48_000,
        bit_rate: 128_000,
        default: true,
    }
}

/// 7.4 s in segments of 2 s, two a chunk.
fn grid(rate: FrameRate) -> Grid {
    let gop = rate.frames_nearest(1);
    Grid { rate, frames: u64::from(gop) * 7 + u64::from(gop) * 2 / 5, gop, segment_gops: 2, chunk_segments: 2 }
}

fn package_video(grid: &Grid, chunk: &Chunk, dir: &Path) -> Part {
    let picture = format!("testsrc2=size=320x180:rate={},format=yuv420p", grid.rate);
    let trim = format!("trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS", chunk.frames.start, chunk.frames.end);
    let keys = format!("expr:eq(mod(n,{}),0)", grid.gop);
    let gop = grid.gop.to_string();
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &picture, "-vf", &trim, "-c:v", "libx264", "-preset", "veryfast"])
        .args(["-bf", "3", "-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0", "-force_key_frames", &keys])
        .args(["-flags", "+cgop", "-threads", "1", "-f", "mp4"])
        .args(["-movflags", "+empty_moov+default_base_moof+frag_keyframe+negative_cts_offsets", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg");
    let reader = ffmpeg.stdout.take().expect("a pipe");
    let mut done = 0;
    let part = cmaf::video::package(reader, grid, chunk, &rung(), &color(), dir, &mut |frames| done = frames);
    let part = part.expect("a chunk that is on the grid");
    assert!(ffmpeg.wait().expect("ffmpeg").success());
    assert_eq!(done, chunk.frames.end - chunk.frames.start);
    part
}

fn package_audio(grid: &Grid, dir: &Path) -> Part {
    let samples = grid.duration().ticks_at(48_000);
    let sound = format!("sine=sample_rate=48000,aformat=channel_layouts=stereo,atrim=end_sample={samples}");
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &sound, "-c:a", "aac", "-b:a", "128k", "-f", "mp4"])
        .args(["-movflags", "+delay_moov+default_base_moof", "-frag_duration", "2000000", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg");
    let reader = ffmpeg.stdout.take().expect("a pipe");
    let part = cmaf::audio::package(reader, grid, &audio(), dir, &mut |_| {});
    let part = part.expect("a track as long as the title");
    assert!(ffmpeg.wait().expect("ffmpeg").success());
    part
}

/// A track as one file, as a player sees it: its init segment and all media segments.
fn joined(dir: &Path, init: &[u8]) -> std::path::PathBuf {
    let mut files: Vec<_> = fs::read_dir(dir).expect("a folder").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let media = files.iter().flat_map(|path| fs::read(path).expect("a segment"));
    let joined = dir.join("joined.mp4");
    fs::write(&joined, init.iter().copied().chain(media).collect::<Vec<u8>>()).expect("a file");
    joined
}

/// The numbers that ffprobe prints for `entries`, a row a packet or frame. It must have no warning.
fn probe(file: &Path, entries: &str) -> Vec<Vec<i64>> {
    let output = Command::new("ffprobe")
        .args(["-v", "warning", "-show_entries", entries, "-of", "csv=p=0"])
        .arg(file)
        .output()
        .expect("ffprobe");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).expect("text");
    let row = |line: &str| line.split(',').filter_map(|field| field.parse().ok()).collect();
    text.lines().map(row).filter(|row: &Vec<i64>| !row.is_empty()).collect()
}

#[test]
fn chunks_made_in_any_order_join_into_one_exact_track() {
    for rate in [FrameRate::new(25, 1), FrameRate::new(30_000, 1001)].into_iter().flatten() {
        let (grid, dir) = (grid(rate), tempfile::tempdir().expect("a folder"));
        let parts: Vec<Part> = grid.chunks().iter().rev().map(|c| package_video(&grid, c, dir.path())).collect();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.init == parts[0].init));
        let times = probe(&joined(dir.path(), &parts[0].init), "frame=pts").concat();
        let frames = i64::try_from(grid.frames).expect("few frames");
        assert_eq!(times, (0..frames).map(|frame| frame * i64::from(rate.frame_ticks())).collect::<Vec<_>>());
    }
}

#[test]
fn sound_is_heard_exactly_as_long_as_the_title() {
    for rate in [FrameRate::new(25, 1), FrameRate::new(30_000, 1001)].into_iter().flatten() {
        let (grid, dir) = (grid(rate), tempfile::tempdir().expect("a folder"));
        let part = package_audio(&grid, dir.path());
        let heard: u64 = part.segments.iter().map(|segment| segment.duration).sum();
        assert_eq!(heard, grid.duration().ticks_at(48_000));
        let stream = probe(&joined(dir.path(), &part.init), "stream=start_pts,duration_ts").concat();
        assert_eq!(stream, [-1024, 1024 + i64::try_from(heard).expect("a short title")]);
    }
}
