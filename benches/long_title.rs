//! A long title without long encoding: a short one whose middle is repeated.
//!
//! Every segment is a file of its own with its own times and its own size, as long as the one that it repeats; but of
//! its media data only what stands first in each fragment is on the disk, the rest is a hole. That costs no disk, and
//! what reads structure does not notice.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Seconds of the short title: eight segments of 6 s.
pub(crate) const SHORT: u32 = 48;
/// Segments before the middle. Priming is there; behind the middle are the last, odd audio frames.
const BEFORE: u32 = 1;
/// Segments of the middle: 24 s, which is a whole number of AAC frames at 48 kHz.
const MIDDLE: u32 = 4;
const SEGMENT: u32 = 6;
/// Bytes of each fragment's media data that are kept.
const KEPT: usize = 4096;

/// The long title, by the number of times that the middle stands in it.
#[derive(Clone, Copy)]
pub(crate) struct Long {
    repeats: u32,
}

impl Long {
    /// One of about `hours`.
    pub(crate) fn of_hours(hours: u32) -> Self {
        Self { repeats: (hours * 3600 - SHORT) / (MIDDLE * SEGMENT) + 1 }
    }

    fn segments(self) -> u32 {
        SHORT / SEGMENT + MIDDLE * (self.repeats - 1)
    }

    /// The short title's segment that segment `number` (from 1) repeats, and how many middles later it is.
    fn origin(self, number: u32) -> (u32, u32) {
        let within = number.saturating_sub(BEFORE + 1);
        if number <= BEFORE {
            (number, 0)
        } else if within < MIDDLE * self.repeats {
            (BEFORE + 1 + within % MIDDLE, within / MIDDLE)
        } else {
            (number - MIDDLE * (self.repeats - 1), self.repeats - 1)
        }
    }

    /// Makes the title at `title` long.
    pub(crate) fn stretch(self, title: &Path) {
        // It tells the short title's length, and nothing that a player needs.
        fs::remove_file(title.join("title.json")).expect("a description");
        let mpd = fs::read_to_string(title.join("manifest.mpd")).expect("an MPD");
        fs::write(title.join("manifest.mpd"), self.mpd(&mpd)).expect("an MPD");
        let entries = fs::read_dir(title).expect("a title").map(|entry| entry.expect("an entry").path());
        let revision = entries.into_iter().find(|path| path.is_dir()).expect("a revision");
        for kind in ["video", "audio"] {
            let ticks = timescale(&mpd, kind);
            for rendition in fs::read_dir(revision.join(kind)).expect("renditions") {
                self.rendition(&rendition.expect("a rendition").path(), ticks);
            }
        }
    }

    fn rendition(self, folder: &Path, timescale: u64) {
        for name in ["index.m3u8", "iframes.m3u8"].iter().filter(|name| folder.join(name).exists()) {
            let text = fs::read_to_string(folder.join(name)).expect("a playlist");
            fs::write(folder.join(name), self.playlist(&text)).expect("a playlist");
        }
        let path = |number: u32| folder.join(format!("{number:05}.m4s"));
        let originals: Vec<Vec<u8>> =
            (1..=SHORT / SEGMENT).map(|number| fs::read(path(number)).expect("a segment")).collect();
        let of_middle = originals.iter().skip(BEFORE as usize).take(MIDDLE as usize);
        let fragments = u64::try_from(of_middle.map(|bytes| boxes(bytes, b"moof").len()).sum::<usize>());
        for number in 1..=self.segments() {
            let (origin, later) = self.origin(number);
            let ticks = u64::from(later * MIDDLE * SEGMENT) * timescale;
            let bytes = &originals[origin as usize - 1];
            write_later(bytes, ticks, u64::from(later) * fragments.expect("few"), &path(number));
        }
    }

    /// `text` with the segments' lines repeated.
    fn playlist(self, text: &str) -> String {
        let (head, rest) = text.split_at(text.find("#EXTINF").expect("segments"));
        let (body, tail) = rest.split_at(rest.find("#EXT-X-ENDLIST").expect("an end"));
        let mut out = head.to_owned();
        for number in 1..=self.segments() {
            let name = |number: u32| format!("{number:05}.m4s");
            let (origin, _) = self.origin(number);
            let mut entry = String::new();
            for line in body.lines() {
                entry.push_str(line);
                entry.push('\n');
                if !line.starts_with('#') {
                    if line == name(origin) {
                        out.push_str(&entry.replace(line, &name(number)));
                    }
                    entry.clear();
                }
            }
        }
        out + tail
    }

    /// `text` with each timeline repeated.
    fn mpd(self, text: &str) -> String {
        let seconds = SHORT + MIDDLE * SEGMENT * (self.repeats - 1);
        let text = text.replace(&format!("\"PT{SHORT}S\""), &format!("\"PT{seconds}S\""));
        let mut out = String::new();
        let mut parts = text.split("<SegmentTimeline>");
        out.push_str(parts.next().expect("a beginning"));
        for part in parts {
            let (timeline, rest) = part.split_once("</SegmentTimeline>").expect("an end");
            let durations: Vec<u64> = timeline.split("<S ").skip(1).flat_map(durations).collect();
            out.push_str("<SegmentTimeline>");
            for number in 1..=self.segments() {
                let (origin, _) = self.origin(number);
                let start = if number == 1 { "t=\"0\" " } else { "" };
                write!(out, "<S {start}d=\"{}\"/>", durations[origin as usize - 1]).expect("text");
            }
            write!(out, "</SegmentTimeline>{rest}").expect("text");
        }
        out
    }
}

fn attribute(element: &str, name: &str) -> Option<u64> {
    let (_, value) = element.split_once(&format!("{name}=\""))?;
    value.split_once('"')?.0.parse().ok()
}

fn durations(element: &str) -> impl Iterator<Item = u64> {
    let repeat = usize::try_from(attribute(element, "r").unwrap_or(0)).expect("few");
    std::iter::repeat_n(attribute(element, "d").expect("a duration"), repeat + 1)
}

/// Ticks a second of the renditions below `kind`.
fn timescale(mpd: &str, kind: &str) -> u64 {
    let templates = mpd.split("<SegmentTemplate ").skip(1);
    let mut of_kind = templates.filter(|template| template.contains(&format!("/{kind}/$RepresentationID$")));
    of_kind.next().and_then(|template| attribute(template, "timescale")).expect("a timescale")
}

/// Where the boxes of a kind at the top stand.
fn boxes(bytes: &[u8], wanted: &[u8; 4]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        if &bytes[at + 4..at + 8] == wanted {
            found.push((at, size));
        }
        at += size;
    }
    found
}

/// Writes the segment `bytes` as it is `ticks` and so many fragments later.
fn write_later(bytes: &[u8], ticks: u64, fragments: u64, path: &Path) {
    let mut copy = bytes.to_vec();
    for (at, size) in boxes(bytes, b"moof") {
        let field = |name: &[u8; 4]| {
            let within = bytes[at..at + size].windows(4).position(|w| w == name).expect("a box of ours");
            at + within + 8
        };
        // `mfhd` has 32 bits, our `tfdt` 64 (ISO/IEC 14496-12 §8.8.5, §8.8.12).
        let (mfhd, tfdt) = (field(b"mfhd"), field(b"tfdt"));
        let sequence = u32::from_be_bytes(copy[mfhd..mfhd + 4].try_into().expect("four bytes"));
        let sequence = sequence + u32::try_from(fragments).expect("fewer");
        copy[mfhd..mfhd + 4].copy_from_slice(&sequence.to_be_bytes());
        let time = u64::from_be_bytes(copy[tfdt..tfdt + 8].try_into().expect("eight bytes")) + ticks;
        copy[tfdt..tfdt + 8].copy_from_slice(&time.to_be_bytes());
    }
    let mut file = File::create(path).expect("a segment");
    let mut next = 0;
    for (at, size) in boxes(bytes, b"mdat") {
        let kept = at + size.min(KEPT);
        file.seek(SeekFrom::Start(next as u64))
            .and_then(|_| file.write_all(&copy[next..kept]))
            .expect("room on the disk");
        next = at + size;
    }
    file.set_len(bytes.len() as u64).expect("a length");
}
