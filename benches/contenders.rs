//! The commands that make the same ladder.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use packager::plan::Plan;

/// The x264 preset that Shaka Streamer uses for recordings; it has no setting for it.
pub(crate) const STREAMER_PRESET: &str = "slow";

/// The package to be made.
pub(crate) struct Job<'a> {
    /// The source.
    pub(crate) source: &'a Path,
    /// The ladder and the sound.
    pub(crate) plan: &'a Plan,
    /// x264's preset.
    pub(crate) preset: &'a str,
    /// A folder for settings.
    pub(crate) folder: &'a Path,
}

/// `pack run`.
pub(crate) fn pack(job: &Job<'_>, output: &Path) -> Command {
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    pack.arg("run").arg(job.source).arg("--library").arg(output);
    pack.env("PACK_ENCODE_PRESET", job.preset).current_dir(job.folder);
    pack
}

/// One plain ffmpeg: one decode, our x264 settings, its own `hls` muxer.
pub(crate) fn ffmpeg(job: &Job<'_>, output: &Path) -> Command {
    let ladder = &job.plan.ladder;
    let mut graph = format!("[0:v]split={}", ladder.len());
    (0..ladder.len()).for_each(|n| write!(graph, "[s{n}]").expect("text"));
    for (n, rung) in ladder.iter().enumerate() {
        write!(graph, ";[s{n}]scale={}:{},format=yuv420p[v{n}]", rung.width, rung.height).expect("text");
    }
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-i"]).arg(job.source).args(["-filter_complex", &graph]);
    let gop = job.plan.grid.gop.to_string();
    let mut streams = String::new();
    for (n, rung) in ladder.iter().enumerate() {
        let of = |option: &str| format!("-{option}:v:{n}");
        ffmpeg.args(["-map", &format!("[v{n}]")]);
        ffmpeg.args([of("crf"), format!("{}.{}", rung.rate.crf_tenths / 10, rung.rate.crf_tenths % 10)]);
        ffmpeg.args([of("maxrate"), rung.rate.max_rate.to_string(), of("bufsize"), rung.rate.buffer.to_string()]);
        write!(streams, "v:{n},agroup:sound ").expect("text");
    }
    ffmpeg.args(["-c:v", "libx264", "-preset", job.preset, "-profile:v", "high", "-flags", "+cgop"]);
    ffmpeg.args(["-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0"]);
    for (n, track) in job.plan.audio.iter().enumerate() {
        ffmpeg.args(["-map", "0:a", &format!("-b:a:{n}"), &track.bit_rate.to_string()]);
        ffmpeg.args([format!("-ac:a:{n}"), track.channels.to_string()]);
        write!(streams, "a:{n},agroup:sound ").expect("text");
    }
    ffmpeg.args(["-c:a", "aac", "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod"]);
    ffmpeg.args(["-hls_segment_type", "fmp4", "-master_pl_name", "index.m3u8", "-var_stream_map", streams.trim()]);
    ffmpeg.arg("%v.m3u8").current_dir(output);
    ffmpeg
}

/// Where `make bench` puts Shaka Streamer.
pub(crate) fn streamer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/venv/bin/shaka-streamer")
}

/// Shaka Streamer with the same sizes and rates: HLS and DASH over the same segments.
pub(crate) fn shaka_streamer(job: &Job<'_>, output: &Path) -> Command {
    let source = job.source.display();
    let input = format!("inputs:\n- {{name: {source}, media_type: video}}\n- {{name: {source}, media_type: audio}}\n");
    let mut names = Vec::new();
    let mut rates = String::from("video_resolutions:\n");
    for rung in &job.plan.ladder {
        let (name, width, height) = (&rung.name, rung.width, rung.height);
        let rate = rung.bit_rate / 1000;
        writeln!(rates, "  {name}: {{max_width: {width}, max_height: {height}, bitrates: {{h264: {rate}k}}}}")
            .expect("text");
        names.push(name.as_str());
    }
    rates.push_str("audio_channel_layouts:\n  stereo: {max_channels: 2, bitrates: {aac: 160k}}\n");
    let pipeline = format!(
        "streaming_mode: vod\nresolutions: [{}]\nchannel_layouts: [stereo]\naudio_codecs: [aac]\nvideo_codecs: [h264]\n\
         manifest_format: [dash, hls]\nsegment_size: 6\nsegment_per_file: true\n",
        names.join(", ")
    );
    let mut streamer = Command::new(streamer());
    for (option, name, text) in [("-i", "input", input), ("-p", "pipeline", pipeline), ("-b", "rates", rates)] {
        let path = job.folder.join(format!("{name}.yaml"));
        fs::write(&path, text).expect("a settings file");
        streamer.arg(option).arg(path);
    }
    streamer.arg("-o").arg(output);
    streamer
}
