//! From what ffmpeg really writes to a presentation that ffmpeg really plays.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use config::tree::{self, Revision};

use super::audio_plan;
use crate::cmaf::{self, Sink};
use crate::codec::{RateControl, VideoCodec};
use crate::color::Cicp;
use crate::presentation::{MediaPresentation, Part};
use crate::time::FrameRate;
use crate::timeline::{Chunk, Grid};
use crate::track::Rung;
use crate::{dash, hls};

fn rung() -> Rung {
    let rate = RateControl { crf_tenths: 230, max_rate: 400_000, buffer: 600_000 };
    Rung { name: "180p-300".into(), codec: VideoCodec::H264, width: 320, height: 180, bit_rate: 300_000, rate }
}

/// 7.4 s in segments of 2 s, two a chunk.
fn grid(rate: FrameRate) -> Grid {
    let gop = rate.frames_nearest(1);
    Grid { rate, frames: u64::from(gop) * 7 + u64::from(gop) * 2 / 5, gop, segment_gops: 2, chunk_segments: 2 }
}

fn test_picture(grid: &Grid) -> String {
    format!("testsrc2=size=320x180:rate={},format=yuv420p", grid.rate)
}

fn test_sound() -> String {
    "sine=sample_rate=48000,aformat=channel_layouts=stereo".into()
}

struct Folder<'a>(&'a Path);

impl Sink for Folder<'_> {
    type Segment = File;

    fn segment(&mut self, name: &str) -> io::Result<File> {
        File::create(self.0.join(name))
    }
}

fn package_video(picture: &str, grid: &Grid, chunk: &Chunk, dir: &Path) -> Part {
    let trim = format!("trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS", chunk.frames.start, chunk.frames.end);
    let keys = format!("expr:eq(mod(n,{}),0)", grid.gop);
    let gop = grid.gop.to_string();
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", picture, "-vf", &trim, "-c:v", "libx264", "-preset", "veryfast"])
        .args(["-bf", "3", "-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0", "-force_key_frames", &keys])
        .args(["-flags", "+cgop", "-threads", "1", "-f", "mp4"])
        .args(["-movflags", "+empty_moov+default_base_moof+frag_keyframe+negative_cts_offsets", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let reader = ffmpeg.stdout.take().unwrap();
    let mut done = 0;
    let part =
        cmaf::video::package(reader, grid, chunk, &rung(), Cicp::BT709, &mut Folder(dir), &mut |frames| done = frames);
    let part = part.unwrap();
    assert!(ffmpeg.wait().unwrap().success());
    assert_eq!(done, chunk.frames.end - chunk.frames.start);
    part
}

fn package_audio(sound: &str, grid: &Grid, dir: &Path) -> Part {
    let samples = grid.duration().ticks_at(48_000);
    let sound = format!("{sound},atrim=end_sample={samples}");
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &sound, "-c:a", "aac", "-b:a", "128k", "-f", "mp4"])
        .args(["-movflags", "+delay_moov+default_base_moof", "-frag_duration", "2000000", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let reader = ffmpeg.stdout.take().unwrap();
    let part = cmaf::audio::package(reader, grid, &audio_plan(), &mut Folder(dir), &mut |_| {});
    let part = part.unwrap();
    assert!(ffmpeg.wait().unwrap().success());
    part
}

/// A track as one file, as a player sees it: its init segment and all media segments.
fn joined(dir: &Path, init: &[u8]) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let media = files.iter().flat_map(|path| fs::read(path).unwrap());
    let joined = dir.join("joined.mp4");
    fs::write(&joined, init.iter().copied().chain(media).collect::<Vec<u8>>()).unwrap();
    joined
}

/// The numbers that ffprobe prints for `entries`, a row a packet or frame. It must have no warning.
fn probe(file: &Path, stream: &str, entries: &str) -> Vec<Vec<i64>> {
    let output = Command::new("ffprobe")
        .args(["-v", "warning", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0"])
        .arg(file)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| line.split(',').filter_map(|field| field.parse().ok()).collect();
    text.lines().map(row).filter(|row: &Vec<i64>| !row.is_empty()).collect()
}

#[test]
fn chunks_made_in_any_order_join_into_one_exact_track() {
    for rate in [FrameRate::new(25, 1), FrameRate::new(30_000, 1001)].into_iter().flatten() {
        let (grid, dir) = (grid(rate), tempfile::tempdir().unwrap());
        let parts: Vec<Part> =
            grid.chunks().iter().rev().map(|c| package_video(&test_picture(&grid), &grid, c, dir.path())).collect();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.init == parts[0].init));
        let times = probe(&joined(dir.path(), &parts[0].init), "v:0", "frame=pts").concat();
        let frames = i64::try_from(grid.frames).unwrap();
        assert_eq!(times, (0..frames).map(|frame| frame * i64::from(rate.frame_ticks())).collect::<Vec<_>>());
    }
}

#[test]
fn sound_is_heard_exactly_as_long_as_the_title() {
    for rate in [FrameRate::new(25, 1), FrameRate::new(30_000, 1001)].into_iter().flatten() {
        let (grid, dir) = (grid(rate), tempfile::tempdir().unwrap());
        let part = package_audio(&test_sound(), &grid, dir.path());
        let heard: u64 = part.segments.iter().map(|segment| segment.duration).sum();
        assert_eq!(heard, grid.duration().ticks_at(48_000));
        let stream = probe(&joined(dir.path(), &part.init), "a:0", "stream=start_pts,duration_ts").concat();
        assert_eq!(stream, [-1024, 1024 + i64::try_from(heard).unwrap()]);
    }
}

/// Packages a whole title below `dir`, with one rung and one audio track.
fn package_title(picture: &str, sound: &str, grid: &Grid, dir: &Path) -> MediaPresentation {
    let revision = Revision::from_digest(1);
    let base = dir.join(revision.as_str());
    let (video_dir, audio_dir) = (base.join("video").join(rung().name), base.join("audio").join(audio_plan().name));
    for folder in [&video_dir, &audio_dir] {
        fs::create_dir_all(folder).unwrap();
    }
    let parts: Vec<Part> = grid.chunks().iter().map(|chunk| package_video(picture, grid, chunk, &video_dir)).collect();
    let part = package_audio(sound, grid, &audio_dir);
    let made = |track: &str| if track == rung().folder() { parts.clone() } else { vec![part.clone()] };
    let presentation = MediaPresentation::join(grid, &[rung()], &[audio_plan()], &[], made, |_| None).unwrap();
    let video = presentation.video_tracks().next().unwrap();
    let audio = presentation.tracks().last().unwrap();
    for (path, bytes) in [
        (video_dir.join(tree::INIT), parts[0].init.clone()),
        (audio_dir.join(tree::INIT), part.init),
        (video_dir.join(tree::PLAYLIST), hls::media_playlist(&presentation, &video.track).into()),
        (video_dir.join(tree::IFRAME_PLAYLIST), hls::iframe_playlist(video).into()),
        (audio_dir.join(tree::PLAYLIST), hls::media_playlist(&presentation, audio).into()),
        (dir.join(tree::PLAYLIST), hls::multivariant_playlist(&presentation, &revision, None).into()),
        (dir.join(tree::MPD), dash::mpd(&presentation, &revision, None).into()),
    ] {
        fs::write(path, bytes).unwrap();
    }
    presentation
}

/// ffmpeg's standard output; it must have no warning.
fn decoded(manifest: &Path, arguments: &[&str]) -> Vec<u8> {
    let input = ["-v", "warning", "-copyts", "-i"];
    let output = Command::new("ffmpeg").args(input).arg(manifest).args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", manifest.display());
    output.stdout
}

/// Presentation time, in milliseconds, of the first bright frame.
fn flash(manifest: &Path) -> f64 {
    let print = "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-";
    let text = decoded(manifest, &["-map", "0:v:0", "-vf", print, "-f", "null", "/dev/null"]);
    let text = String::from_utf8(text).unwrap();
    let rows = text.lines().zip(text.lines().skip(1)).step_by(2);
    let bright = |row: &str| row.split_once('=').is_some_and(|(_, y)| y.parse::<f64>().is_ok_and(|y| y > 100.0));
    let (row, _) = rows.into_iter().find(|(_, row)| bright(row)).unwrap();
    let (_, time) = row.split_once("pts_time:").unwrap();
    time.trim().parse::<f64>().unwrap() * 1000.0
}

/// Time, in milliseconds, of the first loud sample.
fn beep(manifest: &Path) -> f64 {
    let filter = "aresample=async=1:first_pts=0";
    let bytes = decoded(manifest, &["-map", "0:a:0", "-af", filter, "-ac", "1", "-f", "s16le", "-"]);
    let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    let (at, _) = samples.enumerate().find(|(_, sample)| sample.unsigned_abs() > 3000).unwrap();
    f64::from(u32::try_from(at).unwrap()) / 48.0
}

#[test]
fn picture_and_sound_play_together_without_a_warning() {
    for rate in [FrameRate::new(25, 1), FrameRate::new(30_000, 1001)].into_iter().flatten() {
        let (grid, dir) = (grid(rate), tempfile::tempdir().unwrap());
        // In the second chunk, away from every boundary.
        let frame = grid.frames * 4 / 5;
        let seconds = grid.rate.span(frame).as_secs_f64();
        let picture = format!(
            "color=black:size=320x180:rate={},drawbox=color=white:thickness=fill:enable=gte(n\\,{frame}),format=yuv420p",
            grid.rate
        );
        let sound = format!("aevalsrc=sin(2*PI*1000*t)*gte(t\\,{seconds})/2:sample_rate=48000:channel_layout=stereo");
        package_title(&picture, &sound, &grid, dir.path());
        let (playlist, mpd) = (dir.path().join(tree::PLAYLIST), dir.path().join(tree::MPD));
        for manifest in [&playlist, &mpd] {
            let at = flash(manifest);
            assert!((at - seconds * 1000.0).abs() < 0.1, "{rate}: flash at {at} ms, not {seconds} s");
        }
        let (flash, beep) = (flash(&playlist), beep(&playlist));
        assert!((flash - beep).abs() < 5.0, "{rate}: flash at {flash} ms, beep at {beep} ms");
        // Packets, because ffmpeg 9 skips the priming anew in every segment that its DASH demuxer opens.
        let times = probe(&mpd, "a:0", "packet=pts").concat();
        assert_eq!(times[0], -1024);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 1024), "{rate}: {times:?}");
    }
}

#[test]
fn an_iframe_is_a_whole_picture_by_itself() {
    let rate = FrameRate::new(25, 1).unwrap();
    let (grid, dir) = (grid(rate), tempfile::tempdir().unwrap());
    let presentation = package_title(&test_picture(&grid), &test_sound(), &grid, dir.path());
    let video = &presentation.video_tracks().next().unwrap().track;
    let folder = dir.path().join(Revision::from_digest(1).as_str()).join(&video.path);
    let init = fs::read(folder.join(tree::INIT)).unwrap();
    let segment = fs::read(folder.join(tree::segment_name(2))).unwrap();
    for fragment in &video.segments[1].fragments {
        let start = usize::try_from(fragment.offset).unwrap();
        let end = start + usize::try_from(fragment.first_sample_end).unwrap();
        assert_eq!(&segment[start + 4..start + 8], b"moof");
        let file = folder.join("iframe.mp4");
        fs::write(&file, [init.as_slice(), &segment[start..end]].concat()).unwrap();
        // Its moof describes the whole GOP, so ffmpeg misses the rest; the picture must be there.
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "quiet", "-i"]).arg(&file).args(["-frames:v", "1", "-f", "rawvideo", "-"]);
        let output = ffmpeg.output().unwrap();
        assert_eq!(output.stdout.len(), 320 * 180 * 3 / 2);
    }
}
