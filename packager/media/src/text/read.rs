//! From a file's bytes to its cues, within bounds.

use super::{Cue, Format, charset, subrip, webvtt};

/// Largest file that is read, bytes.
pub const MAX_FILE: u64 = 8 << 20;
/// More cues of one file are not taken: a film has two thousand.
const MAX_CUES: usize = 50_000;
/// Longest text of a cue, bytes.
const MAX_TEXT: usize = 4096;
/// More faults are counted, but not told one by one.
const MAX_FAULTS: usize = 3;

/// The content of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The cues, by their start.
    pub cues: Vec<Cue>,
    /// The encoding, where it had to be guessed.
    pub guessed: Option<&'static str>,
    /// The first of what was left out.
    pub faults: Vec<Fault>,
    /// Faults in all.
    pub left_out: usize,
}

/// Something that is left out of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// The reason.
    pub what: String,
}

/// Why a file gives no cues.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is larger than any file of text.
    #[error("it is larger than {} MiB: no file of subtitles is", MAX_FILE >> 20)]
    TooLarge,
    /// It has more cues than any.
    #[error("it has more than {MAX_CUES} cues")]
    TooMany,
    /// It does not begin as WebVTT does.
    #[error("it does not begin with the line WEBVTT; if it is SubRip, call it .srt")]
    NoHeader,
    /// There is nothing in it that could be shown.
    #[error("there is no cue in it{}", .0.as_ref().map(|fault| format!(" ({fault})")).unwrap_or_default())]
    NoCues(Option<Fault>),
}

/// Reads a file.
///
/// # Errors
/// When it has no cues, or more than a file of text has.
pub fn read(bytes: &[u8], format: Format) -> Result<Reading, TextError> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(TextError::TooLarge);
    }
    let (text, guessed) = charset::decoded(bytes);
    let mut taker = Taker { reading: Reading { guessed, ..Reading::default() } };
    match format {
        Format::WebVtt => webvtt::read(&text, &mut taker)?,
        Format::SubRip => subrip::read(&text, &mut taker)?,
    }
    let mut reading = taker.reading;
    if reading.cues.is_empty() {
        return Err(TextError::NoCues(reading.faults.into_iter().next()));
    }
    reading.cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    Ok(reading)
}

/// Takes cues and faults.
pub(super) struct Taker {
    reading: Reading,
}

impl Taker {
    /// Takes the cue whose timing stands in a line; one without a text shows nothing.
    pub(super) fn cue(&mut self, line: usize, cue: Cue) -> Result<(), TextError> {
        if cue.end_ms <= cue.start_ms {
            self.fault(line, "the cue ends before it begins");
        } else if cue.text.len() > MAX_TEXT {
            self.fault(line, &format!("the cue's text is longer than {MAX_TEXT} bytes"));
        } else if self.reading.cues.len() >= MAX_CUES {
            return Err(TextError::TooMany);
        } else if !cue.text.is_empty() {
            self.reading.cues.push(cue);
        }
        Ok(())
    }

    pub(super) fn fault(&mut self, line: usize, what: &str) {
        self.reading.left_out += 1;
        if self.reading.faults.len() < MAX_FAULTS {
            self.reading.faults.push(Fault { line, what: what.into() });
        }
    }
}

/// Numbered lines, from 1, ended by LF, CR LF or CR (WebVTT §4.1). What no line may hold is a replacement character.
pub(super) fn lines(text: &str) -> Vec<(usize, String)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
    (1..).zip(text.split('\n')).map(|(number, line)| (number, line.to_owned())).collect()
}

/// The start of a line, for messages.
pub(super) fn shortened(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(40).collect()
}
