//! ffprobe's description of a source: its tracks, and each packet's times.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;
use tools::process::{Bounds, Process};
use tools::sandbox::guarded;

use super::aperture::Aperture;
use super::reading::Packet;
use crate::syntax::decimal;

/// Most bytes of the description of tracks.
const MOST_DESCRIPTION: u64 = 8 << 20;
/// Longest line about a packet, bytes.
const LONGEST_LINE: u64 = 4096;
/// Most packets that are kept: a day of a hundred a second, twice.
const MOST_PACKETS: usize = 20_000_000;

/// Video of fewer lines counts as progressive, unless it says that it is interlaced.
const LEAST_LINES: u32 = 400;
/// Codecs that have no fields.
const PROGRESSIVE: [&str; 9] = ["vp8", "vp9", "av1", "vp6f", "flv1", "gif", "apng", "webp", "theora"];

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

/// A track; what it does not say is empty or 0.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Stream {
    pub(crate) index: u32,
    /// The container's own number, hexadecimal in MP4.
    pub(super) id: String,
    pub(crate) codec_type: String,
    pub(crate) codec_name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) sample_aspect_ratio: String,
    pub(crate) pix_fmt: String,
    pub(crate) field_order: String,
    pub(crate) color_space: String,
    pub(crate) color_transfer: String,
    pub(crate) color_primaries: String,
    pub(crate) channels: u32,
    pub(crate) channel_layout: String,
    disposition: BTreeMap<String, Value>,
    pub(super) side_data_list: Vec<BTreeMap<String, Value>>,
    tags: BTreeMap<String, Value>,
    /// The part of its pictures that is shown, where that is not all.
    #[serde(skip)]
    pub(crate) aperture: Option<Aperture>,
}

impl Stream {
    /// Moving pictures: no cover art.
    pub(crate) fn is_video(&self) -> bool {
        let cover = ["attached_pic", "timed_thumbnails"];
        self.codec_type == "video" && self.width > 0 && !cover.into_iter().any(|name| self.is(name))
    }

    /// The purpose of an audio track, as the source marks it.
    pub(crate) fn purpose(&self) -> Option<Purpose> {
        let marked = [
            ("visual_impaired", Purpose::Description),
            ("descriptions", Purpose::Description),
            ("hearing_impaired", Purpose::ClearSpeech),
            ("comment", Purpose::Commentary),
        ];
        marked.into_iter().find(|(name, _)| self.is(name)).map(|(_, purpose)| purpose)
    }

    fn is(&self, disposition: &str) -> bool {
        self.disposition.get(disposition).and_then(Value::as_i64) == Some(1)
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.codec_type == "audio" && self.channels > 0 && !self.codec_name.is_empty() && self.codec_name != "none"
    }

    /// True if one of its channels is of low frequencies: `5.1(side)`.
    pub(crate) fn has_low_frequencies(&self) -> bool {
        self.channel_layout.split('(').next().is_some_and(|layout| layout.ends_with(".1"))
    }

    /// Width and height as displayed, in the same unit: after rotation, with square pixels.
    pub(crate) fn shape(&self) -> (u64, u64) {
        let sar = self.sample_aspect_ratio.split_once([':', '/']);
        let sar = sar.and_then(|(w, h)| Some((w.parse::<u64>().ok()?, h.parse::<u64>().ok()?)));
        let (across, down) = sar.filter(|(w, h)| *w > 0 && *h > 0).unwrap_or((1, 1));
        let (wide, high) = self.aperture.map_or((self.width, self.height), |shown| (shown.wide, shown.high));
        let (wide, high) = (u64::from(wide).saturating_mul(across), u64::from(high).saturating_mul(down));
        let turned = self.side_data_list.iter().find_map(|data| data.get("rotation").and_then(Value::as_i64));
        if turned.is_some_and(|by| by.rem_euclid(180) == 90) { (high, wide) } else { (wide, high) }
    }

    /// Takes over what `container` tells of the colours where the stream itself says nothing.
    fn complete(&mut self, container: Option<&Self>) {
        let Some(container) = container else { return };
        for (own, told) in [
            (&mut self.color_space, &container.color_space),
            (&mut self.color_transfer, &container.color_transfer),
            (&mut self.color_primaries, &container.color_primaries),
        ] {
            if is_unknown(own) {
                own.clone_from(told);
            }
        }
    }

    pub(crate) fn is_progressive(&self) -> bool {
        self.field_order == "progressive"
    }

    /// True if its frames are of two fields, as it says itself.
    pub(crate) fn is_of_fields(&self) -> bool {
        matches!(self.field_order.as_str(), "tt" | "bb" | "tb" | "bt")
    }

    /// True if its frames may be of two fields, whatever it says: standards have them in these sizes and codecs. `lines` are
    /// those that are shown.
    pub(crate) fn may_have_fields(&self, lines: u32) -> bool {
        let sized = self.height >= LEAST_LINES && self.height != 720 && lines >= LEAST_LINES && lines != 720;
        self.is_of_fields() || sized && !self.is_turned() && !PROGRESSIVE.contains(&self.codec_name.as_str())
    }

    /// Lines of its frames that are shown.
    pub(crate) fn lines(&self) -> u32 {
        self.aperture.map_or(self.height, |shown| shown.high)
    }

    fn is_turned(&self) -> bool {
        self.side_data_list.iter().any(|data| data.get("rotation").is_some())
    }

    /// The decoder that sees what ffmpeg's own does not: transparency that VP8 and VP9 carry as a second picture.
    pub(crate) fn decoder(&self) -> Option<&'static str> {
        let transparent = self.tags.get("alpha_mode").and_then(Value::as_str) == Some("1");
        match self.codec_name.as_str() {
            "vp8" if transparent => Some("libvpx"),
            "vp9" if transparent => Some("libvpx-vp9"),
            _ => None,
        }
    }

    pub(crate) fn has_alpha(&self) -> bool {
        let format = ["yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16"]
            .iter()
            .any(|kind| self.pix_fmt.starts_with(kind));
        format || self.decoder().is_some()
    }
}

/// Purpose of an audio track that is not the title's own audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It tells what the video shows, for those who don't see it.
    Description,
    /// Its speech is easy to tell from the rest, for those who hear badly.
    ClearSpeech,
    /// Remarks on the title.
    Commentary,
}

impl Purpose {
    /// As a message has it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Description => "a description of the video",
            Self::ClearSpeech => "for people who hear badly",
            Self::Commentary => "a commentary",
        }
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

/// ffprobe's words for what a stream does not say.
pub(crate) fn is_unknown(name: &str) -> bool {
    matches!(name, "" | "unknown" | "unspecified")
}

/// `file:` keeps a name with a colon from being read as a protocol.
pub(crate) fn url(path: &Path) -> PathBuf {
    let mut url = OsString::from("file:");
    url.push(path);
    url.into()
}

/// Reads `stream_index=0|pts_time=1.04|dts_time=1.0|duration_time=0.04|flags=K__`. `None` of what is not presented: the
/// edit list or the encoder's priming takes it away, or it has no time.
pub(crate) fn packet(line: &str) -> Option<Packet> {
    let (mut stream, mut pts, mut dts, mut duration) = (None, None, None, None);
    let (mut key, mut discard) = (false, false);
    for (name, value) in line.trim_end().split('|').filter_map(|field| field.split_once('=')) {
        match name {
            "stream_index" => stream = value.parse().ok(),
            "pts_time" => pts = time(value),
            "dts_time" => dts = time(value),
            "duration_time" => duration = time(value),
            "flags" => (key, discard) = (value.contains('K'), value.contains('D')),
            _ => {}
        }
    }
    let dts = dts.or(pts)?;
    (!discard).then_some(Packet { stream: stream?, pts, dts, duration: duration.unwrap_or(0).max(0), key })
}

fn time(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    Some(sign * i64::try_from(decimal::nanos(digits)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_packets_are_read() {
        let read = |line: &str| packet(line).map(|p| (p.stream, p.pts, p.dts, p.duration));
        let full = "stream_index=1|pts_time=-0.021|dts_time=-0.04|duration_time=0.02|flags=K__|side_data_type=x\n";
        assert_eq!(read(full), Some((1, Some(-21_000_000), -40_000_000, 20_000_000)));
        let timeless = "stream_index=0|pts_time=N/A|dts_time=1.5|duration_time=N/A|flags=___";
        assert_eq!(read(timeless), Some((0, None, 1_500_000_000, 0)));
        for bad in ["", "x", "stream_index=0|pts_time=N/A|dts_time=N/A", "stream_index=0|pts_time=1|flags=KD_"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn shapes_are_as_displayed() {
        let stream = |rotation: i64, sar: &str| Stream {
            width: 720,
            height: 576,
            sample_aspect_ratio: sar.into(),
            side_data_list: vec![BTreeMap::from([("rotation".to_owned(), rotation.into())])],
            ..Stream::default()
        };
        assert_eq!(stream(0, "0:1").shape(), (720, 576));
        assert_eq!(stream(-90, "1:1").shape(), (576, 720));
        assert_eq!(stream(180, "64:45").shape(), (720 * 64, 576 * 45));
    }
}
