//! Sources that cost as recordings do.

use std::path::Path;
use std::process::Command;

use crate::measure::run;

/// The properties of the recording.
pub(crate) struct Recording {
    /// As ffmpeg writes it, such as `1280x720`.
    pub(crate) size: &'static str,
    /// Frames a second.
    pub(crate) rate: u32,
    pub(crate) seconds: u32,
    /// The strength of the noise that makes segments as large as a recording's.
    pub(crate) grain: u32,
}

impl Recording {
    /// Makes it, with a beep each second, as the MP4 at `path`.
    pub(crate) fn make(&self, path: &Path) {
        let Self { size, rate, seconds, grain } = self;
        let picture = format!("testsrc2=size={size}:rate={rate}:duration={seconds},noise=alls={grain}:allf=t");
        let sound = format!("sine=frequency=440:beep_factor=4:sample_rate=48000:duration={seconds}");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound]);
        ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-g", &(2 * rate).to_string()]);
        run(ffmpeg.args(["-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-b:a", "192k"]).arg(path));
    }
}
