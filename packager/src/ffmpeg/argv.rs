//! The exact ffmpeg commands, as pure functions of the plan.

use std::ffi::OsString;
use std::path::Path;

use tools::command::FIRST_PIPE;

use super::audio::{Decoded, decoded, renditions};
use super::picture::LOOK_AHEAD;
use super::time::seconds;
use super::{filter, picture};
use crate::plan::{Entry, Plan, VideoPlan};
use crate::source::SourceInfo;
use media::timeline::Chunk;

/// Threads of a decoder.
const DECODER_THREADS: &str = "2";

/// Fragments of the video: one a GOP, beginning at its keyframe, no sample in `moov`.
const VIDEO_FLAGS: &str = "+empty_moov+default_base_moof+frag_keyframe+negative_cts_offsets";
/// Fragments of the sound: `moov` waits for the first packet, so that it knows the encoder's priming.
const AUDIO_FLAGS: &str = "+delay_moov+default_base_moof";
/// Keeps out of an output whatever ffmpeg copies unasked: a chapter list or a timecode would be a second track beside
/// the only one that the reader of the output takes.
const NOTHING_ELSE: [&str; 6] = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"];

/// Makes all rungs of `chunk` from one decode. Output `n` is rung `n` as fragmented MP4, a fragment a GOP.
#[must_use]
pub fn video(source: &Path, plan: &Plan, video: &VideoPlan, chunk: &Chunk, preset: &str) -> Vec<OsString> {
    let mut args = common();
    enter(&mut args, video.entry(chunk.index));
    args.extend(picture::options(video).into_iter().map(OsString::from));
    input_after(&mut args, picture::look_ahead(plan, video), source);
    extend(&mut args, ["-filter_complex", &filter::video(plan, video, chunk)]);
    for (index, rung) in (0u32..).zip(&plan.ladder) {
        extend(&mut args, ["-map", &format!("[v{index}]"), "-fps_mode", "passthrough", "-enc_time_base"]);
        extend(&mut args, [&format!("{}:{}", plan.grid.rate.den(), plan.grid.rate.num())]);
        args.extend(rung.codec.arguments(&rung.rate, plan.grid.gop, preset).into_iter().map(OsString::from));
        mp4(&mut args, VIDEO_FLAGS, index);
    }
    args
}

/// Decodes the audio that the plan needs, into its only pipe: the input of [`audio`].
#[must_use]
pub fn audio_decoder(source: &Path, plan: &Plan, info: &SourceInfo) -> Vec<OsString> {
    let mut args = common();
    // Damage is silence, not the end: what was lost is counted where it matters, on the title's clock.
    extend(&mut args, ["-max_error_rate", "1"]);
    input(&mut args, source);
    for (index, Decoded { track, form }) in decoded(plan, info).into_iter().enumerate() {
        extend(&mut args, ["-map", &format!("0:{}", plan.decoded_stream(track)), &format!("-filter:a:{index}"), &form]);
    }
    extend(&mut args, NOTHING_ELSE);
    extend(&mut args, ["-c:a", "pcm_f32le", "-f", "nut", &format!("pipe:{FIRST_PIPE}")]);
    args
}

/// Makes all audio renditions of what [`audio_decoder`] writes, which is its standard input. Output `n` is rendition `n` as
/// fragmented MP4.
#[must_use]
pub fn audio(plan: &Plan) -> Vec<OsString> {
    let mut args = common();
    extend(&mut args, ["-f", "nut", "-i", "pipe:0"]);
    extend(&mut args, ["-filter_complex", &renditions(plan)]);
    for (index, track) in (0u32..).zip(&plan.audio) {
        extend(&mut args, ["-map", &format!("[a{index}]")]);
        args.extend(track.codec.arguments(track.bit_rate).into_iter().map(OsString::from));
        extend(&mut args, ["-frag_duration", "2000000"]);
        mp4(&mut args, AUDIO_FLAGS, index);
    }
    args
}

/// Makes the poster, a JPEG of the frame shown at `at_us` (microseconds from the title's start), `width` × `height`.
#[must_use]
pub fn poster(source: &Path, plan: &Plan, video: &VideoPlan, at_us: i64, size: PosterSize) -> Vec<OsString> {
    let mut args = common();
    let at = at_us + plan.origin_us;
    let chunk = plan.grid.chunks().into_iter().rfind(|chunk| filter::frame_us(plan, chunk.frames.start) <= at_us);
    enter(&mut args, video.entry(chunk.map_or(0, |chunk| chunk.index)));
    args.extend(picture::options(video).into_iter().map(OsString::from));
    input_after(&mut args, picture::look_ahead(plan, video), source);
    extend(&mut args, ["-map", &format!("0:{}", plan.decoded_stream(video.stream))]);
    jpeg(&mut args, &filter::poster(video, at), video.color.scale_matrix(), size);
    args
}

/// Makes the poster from a picture of the operator's own, read by the demuxer `format`.
#[must_use]
pub fn own_poster(picture: &Path, format: &str, size: PosterSize) -> Vec<OsString> {
    let mut args = common();
    extend(&mut args, ["-f", format]);
    input(&mut args, picture);
    jpeg(&mut args, "", "auto", size);
    args
}

/// Makes the poster from the cover art, which is track `cover` of the source.
#[must_use]
pub fn cover(source: &Path, cover: u32, size: PosterSize) -> Vec<OsString> {
    let mut args = common();
    input(&mut args, source);
    extend(&mut args, ["-map", &format!("0:{cover}")]);
    jpeg(&mut args, "", "auto", size);
    args
}

/// The size of a poster, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PosterSize {
    /// Width and height.
    Exactly(u32, u32),
    /// The picture's own, or less where one side is longer than this.
    AtMost(u32),
}

impl PosterSize {
    /// As `scale` wants it.
    fn text(self) -> String {
        match self {
            Self::Exactly(width, height) => format!("{width}:{height}"),
            // An even number of pixels for the subsampled chroma.
            Self::AtMost(side) => {
                format!("'2*trunc(iw*min(1,{side}/max(iw,ih))/2)':'2*trunc(ih*min(1,{side}/max(iw,ih))/2)'")
            }
        }
    }
}

/// One JPEG, of the most usual of the first frames that come through `before` (filters, each with its comma, or nothing), whose
/// matrix is `matrix` in `scale`'s words:
/// a flash or a cut's blend is none.
fn jpeg(args: &mut Vec<OsString>, before: &str, matrix: &str, size: PosterSize) {
    // A JPEG's matrix is BT.601's, and its range is full (Rec. ITU-T T.871).
    let graph = format!(
        "{before}scale={}:in_color_matrix={matrix}:out_color_matrix=bt601:out_range=pc,setsar=1,\
         format=yuvj420p,thumbnail=30",
        size.text()
    );
    extend(args, ["-frames:v", "1", "-vf", &graph, "-c:v", "mjpeg", "-q:v", "4", "-flags", "+bitexact"]);
    extend(args, NOTHING_ELSE);
    extend(args, ["-f", "image2pipe", &format!("pipe:{FIRST_PIPE}")]);
}

/// Ends output `index`: one track in fragmented MP4.
fn mp4(args: &mut Vec<OsString>, flags: &str, index: u32) {
    extend(args, NOTHING_ELSE);
    extend(args, ["-f", "mp4", "-write_tmcd", "0", "-movflags", flags, &format!("pipe:{}", FIRST_PIPE + index)]);
}

pub(super) fn common() -> Vec<OsString> {
    // `-copyts`: chunks are cut by the source's own clock.
    // Filters have one thread: chunks keep the processors busy, and no byte depends on how many there are.
    let one = ["-filter_threads", "1", "-filter_complex_threads", "1"];
    ["-hide_banner", "-nostdin", "-copyts"].into_iter().chain(one).map(OsString::from).collect()
}

/// Starts decoding where the plan says, on the source's own clock. Every frame from there on is let in: one from before
/// the chunk may still be on display when it begins.
fn enter(args: &mut Vec<OsString>, entry: Entry) {
    if let Some(at_us) = entry.seek_us {
        // `-seek_timestamp`: otherwise ffmpeg counts from the container's own start.
        extend(args, ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", &seconds(at_us)]);
    }
}

pub(super) fn input(args: &mut Vec<OsString>, source: &Path) {
    input_after(args, &LOOK_AHEAD, source);
}

/// The input, which ffmpeg looks at as far as `look` says before it decodes.
fn input_after(args: &mut Vec<OsString>, look: &[&str], source: &Path) {
    // Not one decoder thread for each processor in each of the ffmpegs that run at the same time. And nothing is opened
    // that a playlist or a script inside of the source names elsewhere than in files.
    extend(args, ["-threads", DECODER_THREADS, "-protocol_whitelist", "file,pipe"]);
    args.extend(look.iter().map(OsString::from));
    args.push("-i".into());
    args.push(url(source));
}

/// `file:` keeps a name with a colon from being read as a protocol.
pub(super) fn url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

pub(super) fn extend<const N: usize>(args: &mut Vec<OsString>, more: [&str; N]) {
    args.extend(more.map(OsString::from));
}
