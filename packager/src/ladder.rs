//! Which renditions a picture is worth: Apple's H.264 table, cut to what the source holds.

use config::settings::Encode;
use serde::Serialize;

use crate::source::VideoSource;
use media::track::Rung;

mod quality;
mod size;

pub use size::Size;

/// One row of the table: the height of a 16:9 picture, and its average bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    height: u32,
    bit_rate: u32,
}

/// *HLS Authoring Specification for Apple Devices*, "Video average bit rate", H.264, lowest first. Its rates hold up
/// to 30 frames a second below 540p and for the source's rate from there on; x264 spreads the same bits over more
/// frames at a higher rate factor, so they are kept at 50 and 60 too. It ends at 1080p; the two rows above go on as its
/// rates do, with the 0.75th power of the number of pixels.
const TABLE: [Row; 11] = [
    Row { height: 234, bit_rate: 145_000 },
    Row { height: 360, bit_rate: 365_000 },
    Row { height: 432, bit_rate: 730_000 },
    Row { height: 432, bit_rate: 1_100_000 },
    Row { height: 540, bit_rate: 2_000_000 },
    Row { height: 720, bit_rate: 3_000_000 },
    Row { height: 720, bit_rate: 4_500_000 },
    Row { height: 1080, bit_rate: 6_000_000 },
    Row { height: 1080, bit_rate: 7_800_000 },
    Row { height: 1440, bit_rate: 12_000_000 },
    Row { height: 2160, bit_rate: 22_000_000 },
];

/// The outcome of one row, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// `1080p` at the table's bits a second.
    pub height: u32,
    /// The table's rate, or for a row of the source's own the one between its neighbours.
    pub bit_rate: u32,
    /// The rung that it became; `None` when it was dropped.
    pub rung: Option<Rung>,
    /// For people.
    pub why: String,
}

/// Decides each row for this picture, lowest rate first: the table's, or those that the settings ask for.
#[must_use]
pub fn choose(video: &VideoSource, encode: &Encode) -> Vec<Choice> {
    let asked = encode.asked_rungs();
    let mut choices = if asked.is_empty() { of_the_table(video) } else { of_the_settings(video, &asked) };
    limit(&mut choices, encode);
    for rung in choices.iter_mut().filter_map(|choice| choice.rung.as_mut()) {
        rung.rate.crf_tenths = rung.rate.crf_tenths.saturating_add_signed(10 * encode.crf_offset);
    }
    choices
}

/// Drops what is above the settings' bounds; the lowest rung stays.
fn limit(choices: &mut [Choice], encode: &Encode) {
    for choice in choices.iter_mut().filter(|choice| choice.rung.is_some()).skip(1) {
        let rate = choice.rung.as_ref().map_or(0, |rung| rung.bit_rate);
        if choice.height > encode.max_height {
            choice.why = format!("higher than encode.max_height, {}", encode.max_height);
            choice.rung = None;
        } else if rate / 1000 > encode.max_kbps {
            choice.why = format!("faster than encode.max_kbps, {}", encode.max_kbps);
            choice.rung = None;
        }
    }
}

/// The rungs that were asked for, as they were asked for, but for those that are larger than the source; where all are,
/// the lowest has the source's size.
fn of_the_settings(video: &VideoSource, asked: &[(u32, u32)]) -> Vec<Choice> {
    let source = Size { width: video.width, height: video.height };
    let class = Class::of(source);
    let none_fits = !asked.iter().any(|(height, _)| class.reaches(*height));
    let choices = asked.iter().enumerate().map(|(at, &(height, bit_rate))| {
        let second = asked.iter().take(at).any(|(other, _)| *other == height);
        let rung = match (class.reaches(height), none_fits && at == 0) {
            (true, _) => Some(quality::rung(height, size::fit(source, height), bit_rate, second)),
            (false, true) => Some(quality::rung(class.height, size::even(source, source), bit_rate, false)),
            (false, false) => None,
        };
        let why = match rung {
            Some(_) => "asked for by encode.rungs".into(),
            None => format!("larger than the source, {source}"),
        };
        Choice { height, bit_rate, rung, why }
    });
    choices.collect()
}

fn of_the_table(video: &VideoSource) -> Vec<Choice> {
    let source = Size { width: video.width, height: video.height };
    let class = Class::of(source);
    let useful = quality::Useful::of(video, class);
    let native = class.native_row();
    let rows = TABLE.into_iter().filter(|row| native.is_none_or(|native| row.bit_rate < native.bit_rate));
    let above = TABLE.into_iter().filter(|row| native.is_some_and(|native| row.bit_rate >= native.bit_rate));
    rows.chain(native).chain(above).map(|row| choice(row, native == Some(row), source, class, &useful)).collect()
}

fn choice(row: Row, native: bool, source: Size, class: Class, useful: &quality::Useful) -> Choice {
    let dropped = |why: String| Choice { height: row.height, bit_rate: row.bit_rate, rung: None, why };
    if row.height > class.rows_up_to() && !native {
        return dropped(format!("larger than the source, {source}"));
    }
    let worth = useful.at(row.height);
    let second = TABLE.iter().any(|other| other.height == row.height && other.bit_rate < row.bit_rate);
    if second && u64::from(row.bit_rate) > worth {
        return dropped(format!("the source's own rate is worth {} kb/s at this size", worth / 1000));
    }
    let size = if native { size::even(source, source) } else { size::fit(source, row.height) };
    if row.height < class.largest() && !size::same_shape(size, source) {
        return dropped(format!("no even size this small has the shape of {source}"));
    }
    let bit_rate = useful.cap(row.bit_rate, row.height);
    let why = match (native, bit_rate < row.bit_rate) {
        (true, _) => "the source's own size, which lies between the table's".into(),
        (false, true) => {
            format!("the table's {} kb/s, cut to what the source's own rate is worth", row.bit_rate / 1000)
        }
        (false, false) => "the table's".into(),
    };
    let rung = quality::rung(row.height, size, bit_rate, second);
    Choice { height: row.height, bit_rate: row.bit_rate, rung: Some(rung), why }
}

/// Where a picture stands in the table, whatever its shape: the height of the least 16:9 box that holds it, the box
/// turned for portrait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    height: u32,
}

impl Class {
    fn of(source: Size) -> Self {
        let (long, short) = (source.width.max(source.height), source.width.min(source.height));
        let widescreen = u64::from(long) * 9 / 16;
        Self { height: short.max(u32::try_from(widescreen).unwrap_or(u32::MAX)) }
    }

    /// True if it is as high as that; within three in a hundred counts, as for 1916x1074.
    fn reaches(self, height: u32) -> bool {
        u64::from(height) * 97 <= u64::from(self.height) * 100
    }

    /// The highest row's height that it reaches.
    fn rows_up_to(self) -> u32 {
        TABLE.into_iter().map(|row| row.height).filter(|height| self.reaches(*height)).max().unwrap_or(0)
    }

    /// The height of its largest rung, which it has in any case.
    fn largest(self) -> u32 {
        self.native_row().map_or(self.rows_up_to(), |row| row.height)
    }

    /// A row for the source's own size, when it lies clearly (eight in a hundred) above the one that it reaches, but
    /// reaches not the next: 480p, or anything below the table.
    fn native_row(self) -> Option<Row> {
        let below = TABLE.into_iter().rev().find(|row| row.height <= self.rows_up_to());
        let above = TABLE.into_iter().find(|row| row.height > self.rows_up_to())?;
        // Below the table the lowest row's rate holds: connections that carry it are the least that are served, and with
        // less, key frames of busy pictures are left with next to nothing.
        let Some(low) = below else { return Some(Row { height: self.height, ..above }) };
        if u64::from(self.height) * 100 < u64::from(low.height) * 108 {
            return None;
        }
        // Between its neighbours as its number of pixels is.
        let pixels = |height: u32| u64::from(height).pow(2);
        let share = pixels(self.height).saturating_sub(pixels(low.height));
        let whole = pixels(above.height) - pixels(low.height);
        let more = u64::from(above.bit_rate - low.bit_rate) * share / whole;
        let bit_rate = low.bit_rate + u32::try_from(more).unwrap_or(0);
        Some(Row { height: self.height, bit_rate })
    }
}

#[cfg(test)]
mod tests;
