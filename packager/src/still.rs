//! A frame of a published title, as its viewers see it: upright, of square pixels and of standard dynamic range, whatever
//! its source is.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use config::title::Title;
use config::tree::{INIT, PLAYLIST, VIDEO};
use tools::command::{self, FIRST_PIPE, RunError};
use tools::process::Bounds;

use crate::library::{DiskError, read};

/// Most bytes of the picture: a JPEG of the largest rendition has far fewer.
const MOST: u64 = 32 << 20;
/// A rendition no higher than this is large enough for a poster.
const HEIGHT: u32 = 1080;

/// A frame can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum StillError {
    /// The title has no video, or none at this time.
    #[error("there is no picture at this time")]
    NoPicture,
    /// Its files can't be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// ffmpeg failed.
    #[error(transparent)]
    Ffmpeg(#[from] RunError<io::Error>),
}

/// The frame that is shown `at_us` microseconds into the title whose folder is `folder` and whose description is `title`, as
/// a JPEG.
///
/// # Errors
/// When there is none, the files can't be read, or ffmpeg fails or is ended by `bounds`.
pub fn take(ffmpeg: &Path, bounds: &Bounds, folder: &Path, title: &Title, at_us: i64) -> Result<Vec<u8>, StillError> {
    let sizes = title.video.iter().filter(|video| video.height <= HEIGHT);
    let rendition = sizes.max_by_key(|video| video.height).or_else(|| title.video.first());
    let rendition = rendition.ok_or(StillError::NoPicture)?;
    let folder = folder.join(&title.revision).join(VIDEO).join(&rendition.name);
    let file = |name: &str| read(&folder.join(name))?.ok_or(StillError::NoPicture);
    let playlist = file(PLAYLIST)?;
    let playlist = String::from_utf8_lossy(&playlist);
    let (segment, ends_us) = segment_at(&playlist, at_us).ok_or(StillError::NoPicture)?;
    let (init, media) = (file(INIT)?, file(segment)?);
    // The last frame's time begins before the end.
    let at_us = at_us.min(ends_us.saturating_sub(frame_us(&rendition.frame_rate).saturating_mul(3) / 2));
    let finished = command::run_fed(
        ffmpeg,
        &args(at_us),
        1,
        bounds,
        |mut stdin| drop(stdin.write_all(&init).and_then(|()| stdin.write_all(&media))),
        |_, pipe| {
            let mut picture = Vec::new();
            pipe.take(MOST).read_to_end(&mut picture).map(|_| picture)
        },
        |_| {},
    )?;
    finished.outputs.into_iter().next().filter(|picture| !picture.is_empty()).ok_or(StillError::NoPicture)
}

/// The command: the first frame from `at_us` on of what is fed to it, a JPEG on its pipe.
fn args(at_us: i64) -> Vec<OsString> {
    // Frames are late by less than a millisecond after the rounding of a page's seconds.
    let from = at_us.saturating_sub(1000);
    let graph = format!(
        "select='gte(t\\,{}.{:06})',scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p",
        from.max(0) / 1_000_000,
        from.max(0) % 1_000_000
    );
    let pipe = format!("pipe:{FIRST_PIPE}");
    let args =
        ["-hide_banner", "-copyts", "-threads", "1", "-f", "mp4", "-i", "pipe:0", "-map", "0:v:0", "-vf", &graph];
    let jpeg = ["-frames:v", "1", "-c:v", "mjpeg", "-q:v", "2", "-flags", "+bitexact", "-f", "image2pipe", &pipe];
    args.into_iter().chain(jpeg).map(OsString::from).collect()
}

/// The segment of a media playlist that a time is in, or the last one, and when it ends, microseconds.
fn segment_at(playlist: &str, at_us: i64) -> Option<(&str, i64)> {
    let (mut ends_us, mut last) = (0_i64, None);
    for line in playlist.lines() {
        if let Some(length) = line.strip_prefix("#EXTINF:") {
            ends_us = ends_us.checked_add(micros(length.split(',').next()?)?)?;
        } else if !line.starts_with('#') && !line.is_empty() {
            last = Some((line, ends_us));
            if at_us < ends_us {
                break;
            }
        }
    }
    last
}

/// Microseconds of a decimal number of seconds.
fn micros(seconds: &str) -> Option<i64> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let part: i64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(part)
}

/// The time of a frame at `rate`, a fraction, in microseconds.
fn frame_us(rate: &str) -> i64 {
    let (num, den) = rate.split_once('/').unwrap_or((rate, "1"));
    let of = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
    of(den).zip(of(num)).map_or(40_000, |(den, num)| den.saturating_mul(1_000_000) / num)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_one_segment_and_a_later_one_in_the_last() {
        let playlist = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.000000,\n00001.m4s\n#EXTINF:2.5,\n00002.m4s\n";
        for (at_us, expected) in [
            (0, ("00001.m4s", 6_000_000)),
            (5_999_999, ("00001.m4s", 6_000_000)),
            (6_000_000, ("00002.m4s", 8_500_000)),
            (99_000_000, ("00002.m4s", 8_500_000)),
        ] {
            assert_eq!(segment_at(playlist, at_us), Some(expected), "{at_us}");
        }
        assert_eq!(segment_at("#EXTM3U\n", 0), None);
        assert_eq!(segment_at("#EXTINF:x,\n1", 0), None);
    }

    #[test]
    fn rates_are_fractions() {
        assert_eq!(
            (frame_us("25/1"), frame_us("30000/1001"), frame_us("25"), frame_us("0/0")),
            (40_000, 33_366, 40_000, 40_000)
        );
    }
}
