//! ffmpeg as an eye: small pictures in colour, with their times, of the source and of a rendition.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::ChildStdin;
use std::sync::Mutex;
use std::sync::mpsc;

use tools::command::{self, FIRST_PIPE, RunError};
use tools::process::{Bounds, End};

use super::{Picture, Size};
use crate::decode::argv::{Line, line};
use crate::proof::source::probe::{LOOK, url};
use crate::proof::source::stream::{Stream, is_unknown};

/// A frame may have this many bytes to describe it.
const LONGEST_LINE: u64 = 4096;

/// The ffmpeg, and the conditions that it runs under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Eye<'a> {
    pub(crate) ffmpeg: &'a Path,
    pub(crate) bounds: &'a Bounds,
    pub(crate) size: Size,
    /// Cells by which a source's picture may be shaped otherwise: sizes are whole pairs of pixels.
    pub(crate) slack: u32,
    /// The form in which the source's frames are taken.
    pub(crate) taken: Taken,
    /// Care with which a source is decoded.
    pub(crate) care: Care,
}

/// Forms in which frames of a source are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// As they are.
    Whole,
    /// Each field by itself: a frame of the title may show the moment of either.
    ByField,
    /// As they are, each with its own shape of pixels: newer ffmpegs take the first one's for that of all.
    EachShape,
}

impl Taken {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Whole => Self::ByField,
            Self::ByField | Self::EachShape => Self::Whole,
        }
    }
}

/// With how much care a source is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Without frames that no other needs, and without smoothing blocks: a third of the time less.
    Quick,
    /// As it should be.
    Whole,
}

/// Where to look in a source. Times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct From {
    /// Where the container is entered; from its start where there is none.
    pub(crate) enter: Option<i64>,
    /// The first and the last times that are wanted, in order.
    pub(crate) windows: Vec<(i64, i64)>,
    /// Most pictures that are wanted.
    pub(crate) count: Option<u32>,
}

impl From {
    /// The filters that let what is wanted pass, each with its comma; nothing is decoded behind the last.
    fn filter(&self) -> String {
        let windows: Vec<String> = self
            .windows
            .iter()
            .map(|(first, last)| format!("between(t,{},{})", seconds(first - 500_000), seconds(last + 500_000)))
            .collect();
        let end = self.windows.last().map_or(i64::MAX / 4, |(_, last)| last + 1_000_000);
        format!("trim=end={},select='{}',", seconds(end), windows.join("+"))
    }
}

/// Which pictures of a rendition are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Key pictures.
    Keys,
    /// All.
    All,
    /// So many that follow each other, from a time on, nanoseconds.
    From { first: i64, count: u32 },
}

impl Wanted {
    /// The filters that let only those pass that are wanted, each with its comma.
    pub(crate) fn filter(self) -> String {
        match self {
            Self::Keys | Self::All => String::new(),
            Self::From { first, .. } => format!("select='gte(t,{})',", seconds(first - 500_000)),
        }
    }
}

impl Eye<'_> {
    /// Tells `see` the pictures of `stream` of a file; of all of it, or of some that follow each other. What ffmpeg
    /// complained of.
    pub(crate) fn source(
        self,
        path: &Path,
        stream: &Stream,
        from: Option<From>,
        see: impl FnMut(i64, Picture) + Send,
    ) -> Result<Vec<String>, String> {
        let mut args: Vec<OsString> = common();
        let mut filter = String::new();
        if let Some(enter) = from.as_ref().and_then(|from| from.enter) {
            extend(&mut args, &["-noaccurate_seek", "-seek_timestamp", "1", "-ss", &seconds(enter)]);
        }
        if self.care == Care::Quick {
            extend(&mut args, &["-skip_frame", "noref", "-skip_loop_filter", "all"]);
        }
        // As many columns are taken off at the left as the stream says, not fewer for the processor's sake.
        extend(&mut args, &["-flags", "+unaligned", "-protocol_whitelist", "file"]);
        extend(&mut args, &LOOK);
        if self.taken == Taken::EachShape {
            extend(&mut args, &["-nofind_stream_info"]);
        }
        stream.decoder().iter().for_each(|decoder| extend(&mut args, &["-c:v", decoder]));
        args.push("-i".into());
        args.push(url(path).into());
        extend(&mut args, &["-map", &format!("0:{}", stream.index)]);
        filter += &from.as_ref().map(From::filter).unwrap_or_default();
        filter += &self.fitted(stream);
        if let Some(count) = from.and_then(|from| from.count) {
            extend(&mut args, &["-frames:v", &count.to_string()]);
        }
        self.run(args, &filter, drop, see)
    }

    /// Tells `see` the pictures of a rendition that are wanted; `feed` writes its bytes.
    pub(crate) fn rendition(
        self,
        wanted: Wanted,
        feed: impl FnOnce(End<ChildStdin>) + Send,
        see: impl FnMut(i64, Picture) + Send,
    ) -> Result<Vec<String>, String> {
        let mut args = common();
        if wanted == Wanted::Keys {
            extend(&mut args, &["-skip_frame", "nokey"]);
        }
        extend(&mut args, &["-ignore_editlist", "1", "-i", "pipe:0", "-map", "0:v:0"]);
        if let Wanted::From { count, .. } = wanted {
            extend(&mut args, &["-frames:v", &count.to_string()]);
        }
        self.run(args, &format!("{}{}", wanted.filter(), self.small()), feed, see)
    }

    /// The JPEG `image`; `None` where nothing comes of it.
    pub(crate) fn image(self, image: &[u8]) -> Result<Option<Picture>, String> {
        let mut args = common();
        extend(&mut args, &["-f", "jpeg_pipe", "-i", "pipe:0", "-frames:v", "1"]);
        let mut seen = None;
        self.run(args, &self.small(), |mut to| drop(to.write_all(image)), |_, picture| seen = Some(picture))?;
        Ok(seen)
    }

    fn small(self) -> String {
        let Size { wide, high } = self.size;
        format!("scale={wide}:{high}:flags=area,format=rgb24")
    }

    /// The filters that make a source's pictures small: as displayed, all of each, with bars where the shape is another, what is
    /// transparent over black.
    fn fitted(self, stream: &Stream) -> String {
        let (Size { wide, high }, slack) = (self.size, self.slack);
        let cropped = stream.edges();
        let over_black = if stream.has_alpha() { "premultiply=inplace=1," } else { "" };
        // A field has half the lines, and its pixels' shape is not told anew.
        let (fields, dar) = match self.taken {
            Taken::Whole | Taken::EachShape => ("", "dar"),
            Taken::ByField => ("separatefields,", "(dar/2)"),
        };
        let matrix = match stream.color_space.as_str() {
            "bt709" => ":in_color_matrix=bt709",
            "bt2020nc" | "bt2020c" => ":in_color_matrix=bt2020",
            // Players' default for pictures without a matrix: Rec. ITU-R BT.709 above standard definition.
            silent if is_unknown(silent) && stream.width.min(stream.height) > 576 => ":in_color_matrix=bt709",
            _ => "",
        };
        let side = |whole: u32, own: &str| format!("if(gte({own},{whole}-{slack}),{whole},max(1,{own}))");
        let (across, down) = (side(wide, &format!("round({high}*{dar})")), side(high, &format!("round({wide}/{dar})")));
        format!(
            "{cropped}{over_black}{fields}scale=w='{across}':h='{down}':eval=frame\
             :flags=area{matrix},format=rgb24,pad={wide}:{high}:(ow-iw)/2:(oh-ih)/2:eval=frame"
        )
    }

    fn run(
        self,
        mut args: Vec<OsString>,
        filter: &str,
        feed: impl FnOnce(End<ChildStdin>) + Send,
        see: impl FnMut(i64, Picture) + Send,
    ) -> Result<Vec<String>, String> {
        let times = FIRST_PIPE + 1;
        let print =
            format!("settb=1/1000000000,metadata=mode=add:key=n:value=1,metadata=print:file='pipe\\:{times}':direct=1");
        extend(&mut args, &["-vf", &format!("{filter},{print}"), "-fps_mode", "passthrough", "-f", "rawvideo"]);
        extend(&mut args, &[&format!("pipe:{FIRST_PIPE}")]);
        let (sender, times) = mpsc::channel();
        // Each pipe is read on a thread of its own: one has the one end, one the other.
        let (sender, eye) = (Mutex::new(Some(sender)), Mutex::new((times, see)));
        let read = |pipe: usize, from: &mut End<io::PipeReader>| -> io::Result<()> {
            let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
            if pipe > 0 {
                let sender = sender.lock().ok().and_then(|mut sender| sender.take()).ok_or_else(gone)?;
                return told(from, &sender);
            }
            let Ok(mut eye) = eye.lock() else { return Err(gone()) };
            let (times, see) = &mut *eye;
            pictures(from, self.size, times, see)
        };
        match command::run_fed(self.ffmpeg, &args, 2, self.bounds, feed, read, |_| {}) {
            Ok(finished) => Ok(finished.complaints),
            Err(RunError::Cancelled) => Err("stopped".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn told(from: &mut impl Read, to: &mpsc::Sender<i64>) -> io::Result<()> {
    let (mut from, mut text, mut last) = (BufReader::new(from), String::new(), 0);
    while from.by_ref().take(LONGEST_LINE).read_line(&mut text)? > 0 {
        if let Some(Line::Frame(at)) = line(text.trim_end()) {
            last = at.unwrap_or(last);
            // Nobody looks any more: what is written must still be taken.
            let _ = to.send(last);
        }
        text.clear();
    }
    Ok(())
}

fn pictures(
    from: &mut impl Read,
    size: Size,
    times: &mpsc::Receiver<i64>,
    see: &mut impl FnMut(i64, Picture),
) -> io::Result<()> {
    loop {
        let mut rgb = vec![0; size.bytes()];
        match from.read_exact(&mut rgb) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let Ok(at) = times.recv() else { return Ok(()) };
        see(at, Picture { size, rgb });
    }
}

pub(crate) fn common() -> Vec<OsString> {
    let common = ["-hide_banner", "-nostdin", "-copyts", "-threads", "1", "-filter_threads", "1"];
    common.map(OsString::from).into()
}

pub(crate) fn extend(args: &mut Vec<OsString>, more: &[&str]) {
    args.extend(more.iter().map(OsString::from));
}

/// Nanoseconds as ffmpeg's seconds.
pub(crate) fn seconds(nanos: i64) -> String {
    let (sign, whole) = if nanos < 0 { ("-", nanos.unsigned_abs()) } else { ("", nanos.unsigned_abs()) };
    format!("{sign}{}.{:06}", whole / 1_000_000_000, whole % 1_000_000_000 / 1000)
}
