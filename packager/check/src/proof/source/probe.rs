//! ffprobe, run over a source: its tracks, and each packet's times.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tools::process::{Bounds, Process};
use tools::sandbox::guarded;

use super::packet::{Packet, packet};
use super::stream::{Stream, is_unknown};

/// Most bytes of the description of tracks.
const MOST_DESCRIPTION: u64 = 8 << 20;
/// Longest line about a packet, bytes.
const LONGEST_LINE: u64 = 4096;
/// Most packets that are kept: a day of a hundred a second, twice.
const MOST_PACKETS: usize = 20_000_000;

/// Limits within which ffprobe and ffmpeg look for tracks: some begin a minute in.
pub(crate) const LOOK: [&str; 4] = ["-probesize", "50M", "-analyzeduration", "60M"];

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("ffprobe cannot be run on it: {0}")]
    Io(#[from] io::Error),
    #[error("ffprobe describes it so that nobody understands: {0}")]
    Answer(#[from] serde_json::Error),
    #[error("ffprobe finds no track in it; is it there, and whole?")]
    Nothing,
    #[error("it has more packets than can be held")]
    TooMany,
}

/// A source's tracks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Described {
    pub(crate) streams: Vec<Stream>,
    pub(crate) programs: Vec<Program>,
    pub(crate) format: Format,
}

/// The container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Format {
    pub(crate) format_name: String,
}

/// A program of a transport stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Program {
    pub(crate) streams: Vec<Stream>,
}

impl Program {
    /// True if it has pictures or sound.
    pub(crate) fn has_media(&self) -> bool {
        self.streams.iter().any(|stream| stream.is_video() || stream.is_audio())
    }
}
/// The ffprobe, the conditions that it runs under, and the file that it reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe<'a> {
    pub(crate) ffprobe: &'a Path,
    pub(crate) bounds: &'a Bounds,
    pub(crate) path: &'a Path,
}

impl Probe<'_> {
    /// The tracks: those, too, that begin a minute in.
    pub(crate) fn describe(self) -> Result<Described, ProbeError> {
        let mut described = self.described(&LOOK)?;
        let format = described.format.format_name.clone();
        for stream in described.streams.iter_mut().filter(|stream| stream.is_video()) {
            stream.find_edges(self.path, &format);
        }
        // Colours that the stream lacks may be in its container: ffprobe tells those before it decodes.
        if described.streams.iter().any(|stream| stream.is_video() && is_unknown(&stream.color_transfer))
            && let Ok(early) = self.described(&["-nofind_stream_info"])
        {
            for stream in &mut described.streams {
                stream.complete(early.streams.iter().find(|early| early.index == stream.index));
            }
        }
        Ok(described)
    }

    fn described(self, look: &[&str]) -> Result<Described, ProbeError> {
        self.run(look, &["-show_streams", "-show_format", "-show_programs", "-of", "json"], |out| {
            let mut answer = Vec::new();
            out.take(MOST_DESCRIPTION).read_to_end(&mut answer)?;
            let described: Described = serde_json::from_slice(&answer)?;
            if described.streams.is_empty() { Err(ProbeError::Nothing) } else { Ok(described) }
        })
    }

    /// Every packet that is presented, in the file's order.
    pub(crate) fn packets(self) -> Result<Vec<Packet>, ProbeError> {
        let entries = "packet=stream_index,pts_time,dts_time,duration_time,flags";
        self.run(&LOOK, &["-show_entries", entries, "-of", "compact=p=0"], |out| {
            let mut out = BufReader::with_capacity(1 << 16, out);
            let (mut packets, mut line) = (Vec::new(), Vec::new());
            while out.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
                packets.extend(packet(&String::from_utf8_lossy(&line)));
                line.clear();
                if packets.len() > MOST_PACKETS {
                    return Err(ProbeError::TooMany);
                }
            }
            Ok(packets)
        })
    }

    fn run<T: Send>(
        self,
        look: &[&str],
        args: &[&str],
        read: impl FnOnce(&mut dyn Read) -> Result<T, ProbeError> + Send,
    ) -> Result<T, ProbeError> {
        // Of a list of files nothing is opened but itself.
        let options = ["-v", "quiet", "-protocol_whitelist", "file"].iter().chain(look).chain(args).chain(&["-i"]);
        let args: Vec<OsString> = options.map(OsString::from).chain([url(self.path).into()]).collect();
        let mut command = Command::new(self.ffprobe);
        command.args(guarded(&args));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process::start(&mut command, self.bounds)?;
        let out = process.take_stdout().map(|pipe| process.meter().end(pipe));
        let result = std::thread::scope(|scope| {
            let reader = scope.spawn(|| out.map(|mut out| read(&mut out)));
            process.until_end();
            reader.join().ok().flatten()
        });
        process.wait()?;
        result.unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()))
    }
}
/// `file:` keeps a name with a colon from being read as a protocol.
pub(crate) fn url(path: &Path) -> PathBuf {
    let mut url = OsString::from("file:");
    url.push(path);
    url.into()
}
