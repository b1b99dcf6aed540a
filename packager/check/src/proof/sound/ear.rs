//! ffmpeg as an ear: how loud a track is at each time, and its start and end in full.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::ChildStdin;

use tools::command::{self, FIRST_PIPE, RunError};
use tools::process::{Bounds, End};

use super::heard::{Heard, Loudness};
use crate::decode::argv::{Line, line};
use crate::decode::kind::RATE;
use crate::proof::source::probe::{LOOK, url};
use crate::proof::source::stream::Stream;

/// Bytes of samples that are taken at a time.
const BLOCK: usize = 8192;
/// A frame may have this many bytes to describe it.
const LONGEST_LINE: u64 = 4096;

/// The ffmpeg, and the conditions that it runs under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ear<'a> {
    pub(crate) ffmpeg: &'a Path,
    pub(crate) bounds: &'a Bounds,
}

/// The output of one pipe.
enum Piped {
    Samples(Loudness),
    First(Option<i64>),
}

impl Ear<'_> {
    /// All of the audio tracks `streams` of a file, on its own clock, and whether ffmpeg complained of it. Where the clock
    /// jumps, holes are not filled.
    pub(crate) fn source(self, path: &Path, streams: &[&Stream], steady: bool) -> Result<(Vec<Heard>, bool), String> {
        let mut args = common();
        extend(&mut args, &["-protocol_whitelist", "file"]);
        extend(&mut args, &LOOK);
        args.push("-i".into());
        args.push(url(path).into());
        for (number, stream) in (0u32..).zip(streams) {
            output(&mut args, number, &format!("0:{}", stream.index), &mono(stream), steady);
        }
        self.run(&args, streams.len(), drop)
    }

    /// A rendition whose bytes `feed` writes, on its media's clock.
    pub(crate) fn rendition(self, feed: impl FnOnce(End<ChildStdin>) + Send) -> Result<Heard, String> {
        let mut args = common();
        extend(&mut args, &["-ignore_editlist", "1", "-i", "pipe:0"]);
        output(&mut args, 0, "0:a:0", "aformat=channel_layouts=mono", true);
        self.run(&args, 1, feed)?.0.into_iter().next().ok_or_else(|| "ffmpeg heard nothing".into())
    }

    fn run(
        self,
        args: &[OsString],
        tracks: usize,
        feed: impl FnOnce(End<ChildStdin>) + Send,
    ) -> Result<(Vec<Heard>, bool), String> {
        let read = |pipe: usize, from: &mut End<io::PipeReader>| -> io::Result<Piped> {
            if pipe.is_multiple_of(2) { loudness(from).map(Piped::Samples) } else { first(from).map(Piped::First) }
        };
        let finished = match command::run_fed(self.ffmpeg, args, 2 * tracks, self.bounds, feed, read, |_| {}) {
            Ok(finished) => finished,
            Err(RunError::Cancelled) => return Err("stopped".into()),
            Err(error) => return Err(error.to_string()),
        };
        let mut heard = Vec::new();
        let mut outputs = finished.outputs.into_iter();
        while let (Some(Piped::Samples(loudness)), Some(Piped::First(first))) = (outputs.next(), outputs.next()) {
            heard.push(Heard { first, loudness });
        }
        Ok((heard, !finished.complaints.is_empty()))
    }
}

/// One channel of a track. Layouts that nobody named can't be mixed as they should be: all their channels are heard alike.
fn mono(stream: &Stream) -> String {
    if stream.channel_layout.is_empty() && stream.channels > 2 {
        let all: Vec<String> = (0..stream.channels).map(|channel| format!("c{channel}")).collect();
        format!("pan=mono|c0<{}", all.join("+"))
    } else {
        "aformat=channel_layouts=mono".into()
    }
}

fn output(args: &mut Vec<OsString>, number: u32, map: &str, mono: &str, steady: bool) {
    let (samples, times) = (FIRST_PIPE + 2 * number, FIRST_PIPE + 2 * number + 1);
    // Holes are filled from 10 ms on; what is less is the container's rounding.
    let filled = if steady { ":async=1:min_hard_comp=0.01" } else { "" };
    // `print` prints nothing of a frame that has no metadata at all. Times are printed in nanoseconds.
    let graph = format!(
        "{mono},aresample={RATE}{filled},asettb=1/1000000000,ametadata=mode=add:key=n:value=1,\
         ametadata=print:file='pipe\\:{times}':direct=1"
    );
    extend(args, &["-map", map, "-af", &graph, "-f", "s16le", &format!("pipe:{samples}")]);
}

fn loudness(from: &mut impl Read) -> io::Result<Loudness> {
    let (mut loudness, mut block) = (Loudness::default(), Vec::with_capacity(BLOCK));
    loop {
        block.clear();
        from.take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(loudness);
        }
        let samples = block.chunks_exact(2).filter_map(|two| two.first_chunk()).map(|two| i16::from_le_bytes(*two));
        loudness.hear(samples);
    }
}

/// The time of the first frame; the others are taken, so that ffmpeg can go on.
fn first(from: &mut impl Read) -> io::Result<Option<i64>> {
    let (mut from, mut text, mut first) = (BufReader::new(from), String::new(), None);
    while from.by_ref().take(LONGEST_LINE).read_line(&mut text)? > 0 {
        if let Some(Line::Frame(at)) = line(text.trim_end()) {
            first = first.or(at);
        }
        text.clear();
    }
    Ok(first)
}

fn common() -> Vec<OsString> {
    let common = ["-hide_banner", "-nostdin", "-copyts", "-threads", "1", "-filter_threads", "1", "-vn"];
    common.map(OsString::from).into()
}

fn extend(args: &mut Vec<OsString>, more: &[&str]) {
    args.extend(more.iter().map(OsString::from));
}
