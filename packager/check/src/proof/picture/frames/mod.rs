//! ffmpeg as a magnifying glass: frames of a rendition that follow each other, line by line.

pub(super) mod pulldown;
pub(super) mod torn;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ChildStdin;

use tools::command::{self, FIRST_PIPE, RunError};
use tools::process::{Bounds, End};

use super::eye::{Wanted, common, extend};

/// Columns that are looked at, in the middle of what is wider.
const MOST_COLUMNS: u32 = 960;

/// Brightness of a frame's pixels, row by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grey {
    pub(crate) wide: usize,
    pub(crate) luma: Vec<u8>,
}

/// The ffmpeg, and the conditions that it runs under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glass<'a> {
    pub(crate) ffmpeg: &'a Path,
    pub(crate) bounds: &'a Bounds,
    /// Pixels of a frame.
    pub(crate) size: (u32, u32),
}

impl Glass<'_> {
    /// The frames that are `wanted` of a rendition whose bytes `feed` writes.
    pub(crate) fn frames(self, wanted: Wanted, feed: impl FnOnce(End<ChildStdin>) + Send) -> Result<Vec<Grey>, String> {
        let mut args = common();
        extend(&mut args, &["-ignore_editlist", "1", "-i", "pipe:0", "-map", "0:v:0"]);
        if let Wanted::From { count, .. } = wanted {
            extend(&mut args, &["-frames:v", &count.to_string()]);
        }
        self.run(args, &wanted.filter(), feed)
    }

    /// The JPEG `image`.
    pub(crate) fn image(self, image: &[u8]) -> Result<Vec<Grey>, String> {
        let mut args = common();
        extend(&mut args, &["-f", "jpeg_pipe", "-i", "pipe:0", "-frames:v", "1"]);
        self.run(args, "", |mut to| drop(to.write_all(image)))
    }

    fn run(
        self,
        mut args: Vec<OsString>,
        filter: &str,
        feed: impl FnOnce(End<ChildStdin>) + Send,
    ) -> Result<Vec<Grey>, String> {
        let (width, high) = self.size;
        let wide = width.min(MOST_COLUMNS);
        let graph = format!("{filter}scale={width}:{high},crop={wide}:{high}:exact=1,format=gray");
        extend(&mut args, &["-vf", &graph, "-fps_mode", "passthrough", "-f", "rawvideo"]);
        extend(&mut args, &[&format!("pipe:{FIRST_PIPE}")]);
        let read = |_: usize, from: &mut End<io::PipeReader>| frames(from, wide as usize, high as usize);
        match command::run_fed(self.ffmpeg, &args, 1, self.bounds, feed, read, |_| {}) {
            Ok(finished) => Ok(finished.outputs.into_iter().flatten().collect()),
            Err(RunError::Cancelled) => Err("stopped".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn frames(from: &mut impl Read, wide: usize, high: usize) -> io::Result<Vec<Grey>> {
    let mut frames = Vec::new();
    loop {
        let mut luma = vec![0; wide * high];
        match from.read_exact(&mut luma) {
            Ok(()) => frames.push(Grey { wide, luma }),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(frames),
            Err(error) => return Err(error),
        }
    }
}
