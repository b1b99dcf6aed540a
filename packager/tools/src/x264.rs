//! Which build of x264 an ffmpeg has.

use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use media::codec::x264_build;

use super::{ToolError, output};
use crate::process::Bounds;

/// Bytes of a picture of 16 × 16 pixels in 4:2:0.
const PICTURE: usize = 16 * 16 * 3 / 2;

/// Encodes one picture and reads who did it.
pub(super) fn build(ffmpeg: &Path, bounds: &Bounds) -> Result<String, ToolError> {
    let command = || {
        let mut picture = tempfile::tempfile()?;
        picture.write_all(&[0; PICTURE])?;
        picture.rewind()?;
        let mut command = Command::new(ffmpeg);
        command.args(["-hide_banner", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", "16x16", "-i", "pipe:0"]);
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-f", "h264", "pipe:1"]);
        command.stdin(Stdio::from(picture));
        Ok(command)
    };
    let stream = output("ffmpeg", ffmpeg, command, "for a picture of libx264", bounds)?;
    x264_build(&stream).ok_or_else(|| ToolError::NoEncode(ffmpeg.into()))
}
