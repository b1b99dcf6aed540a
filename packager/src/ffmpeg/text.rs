//! The command that reads the text tracks of a source.

use std::ffi::OsString;
use std::path::Path;

use tools::command::FIRST_PIPE;

use super::argv::{common, extend, input};

/// Subtitles that are text, by ffmpeg's names of their decoders.
pub const TEXT_DECODERS: [&str; 7] = ["subrip", "ass", "ssa", "mov_text", "webvtt", "text", "srt"];

/// Writes the texts of `tracks`, ffmpeg's stream indices, as WebVTT with the source's own times. Output `n` is track `n` of
/// them.
#[must_use]
pub fn texts(source: &Path, tracks: &[u32]) -> Vec<OsString> {
    let mut args = common();
    for track in tracks {
        extend(&mut args, [&format!("-codec_whitelist:{track}"), &TEXT_DECODERS.join(",")]);
    }
    input(&mut args, source);
    for (output, track) in (FIRST_PIPE..).zip(tracks) {
        extend(&mut args, ["-map", &format!("0:{track}"), "-map_metadata", "-1", "-map_chapters", "-1"]);
        extend(&mut args, ["-c:s", "webvtt", "-f", "webvtt", &format!("pipe:{output}")]);
    }
    args
}
