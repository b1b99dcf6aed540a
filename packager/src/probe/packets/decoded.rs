//! Times of frames in containers that keep only the order of decoding.

use std::io::BufRead;
use std::path::Path;

use super::scan::Tracks;
use crate::probe::error::ProbeError;
use crate::probe::run::{self, Ffprobe};

/// Packets after which a decoder has shown its first frame.
const PACKETS: u32 = 64;

/// AVI has no presentation times: its packets count in the order of decoding, and ffmpeg shows the first frame when
/// the decoder gives it, a frame or two after the first count.
pub(in crate::probe) fn decode_order_only(format: &str) -> bool {
    format == "avi"
}

/// Moves a track that was measured in decoding order to where its first frame is shown.
pub(in crate::probe) fn place(
    tracks: &mut Tracks,
    ffprobe: Ffprobe<'_>,
    path: &Path,
    stream: u32,
) -> Result<(), ProbeError> {
    let shown = first_frame(ffprobe, path, stream)?;
    if let Some(track) = tracks.get_mut(&stream)
        && let Some((shown, counted)) = shown.zip(track.first)
    {
        track.shift(shown.saturating_sub(counted));
    }
    Ok(())
}

/// When ffmpeg shows a track's first frame, in its ticks.
fn first_frame(ffprobe: Ffprobe<'_>, path: &Path, stream: u32) -> Result<Option<i64>, ProbeError> {
    let (stream, interval) = (stream.to_string(), format!("%+#{PACKETS}"));
    let entries = ["-show_entries", "frame=best_effort_timestamp", "-of", "compact=p=0"];
    let args = [&["-select_streams", &stream, "-read_intervals", &interval], entries.as_slice()].concat();
    let (first, _) = run::ffprobe(ffprobe, path, &args, |stdout| {
        let mut lines = stdout.lines().map_while(Result::ok);
        Ok(lines.find_map(|line| {
            let time = line.split('|').find_map(|field| field.strip_prefix("best_effort_timestamp="))?;
            time.trim().parse().ok()
        }))
    })?;
    Ok(first)
}
