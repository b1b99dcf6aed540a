//! The job of texts: all of a title that are not there yet, of one reading of the source.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, PipeReader, Read};
use std::path::{Path, PathBuf};

use config::tree::{WHOLE_TEXT, text_segment_name};

use super::text::{bytes, digest};
use crate::ffmpeg;
use crate::library::At;
use crate::pipeline::encode::Bench;
use crate::pipeline::error::TitleError;
use crate::pipeline::results::{Files, Made};
use crate::plan::Plan;
use media::presentation::TextPart;
use media::text::{self, Cue, Format, MAX_FILE, Written};
use media::track::{TextFile, TextInput, TextPlan};
use tools::command::{self, Finished, RunError};
use tools::process::End;

/// Cues on the title's clock, and what there was to complain of.
#[derive(Debug, Clone, Default)]
struct Texts {
    cues: Vec<Cue>,
    complaints: Vec<String>,
}

impl Bench<'_> {
    /// Makes the plan's texts; the place of each is in `dirs`.
    pub(in crate::pipeline) fn texts(&self, dirs: &[PathBuf]) -> Result<Vec<Made>, TitleError> {
        let tracks = self.tracks()?;
        self.plan.text.iter().zip(dirs).map(|(plan, dir)| self.text(plan, &tracks, dir)).collect()
    }

    fn text(&self, plan: &TextPlan, tracks: &BTreeMap<u32, Texts>, dir: &Path) -> Result<Made, TitleError> {
        let of = |input: &TextInput| match input {
            TextInput::Track(track) => Ok(tracks.get(track).cloned().unwrap_or_default()),
            TextInput::File(file) => self.file(file),
        };
        let Texts { mut cues, mut complaints } = of(&plan.input)?;
        for input in &plan.forced {
            let forced = of(input)?;
            cues = text::with_forced(cues, &forced.cues);
            complaints.extend(forced.complaints);
        }
        let written = text::write(&cues, &self.plan.grid).or_else(|error| {
            complaints.push(format!("text {}: {error}; it is left empty", plan.name));
            text::write(&[], &self.plan.grid)
        });
        let Written { segments, whole, cues } = written.unwrap_or_default();
        let names = (1..).map(text_segment_name).zip(&segments).chain([(WHOLE_TEXT.to_owned(), &whole)]);
        for (name, content) in names {
            let path = dir.join(name);
            fs::write(&path, content).at("write", &path)?;
        }
        let bytes = |text: &String| text.len() as u64;
        let part = TextPart { segments: segments.iter().map(bytes).collect(), whole: bytes(&whole), cues };
        Ok(Made::new(Files::Text(part), complaints))
    }

    /// The cues of a file beside the source. Its times count from the title's start, as players show it.
    fn file(&self, file: &TextFile) -> Result<Texts, TitleError> {
        let path = self.original.with_extension(&file.ending);
        let read = bytes(&path).map_err(|source| TitleError::Read { path: path.clone(), source })?;
        if digest(&read) != file.blake3 {
            return Err(TitleError::Changed(path));
        }
        let cues = text::read(&read, file.format).map(|reading| reading.cues).unwrap_or_default();
        Ok(Texts { cues, complaints: Vec::new() })
    }

    /// The cues of the source's own tracks, by ffmpeg's stream index.
    fn tracks(&self) -> Result<BTreeMap<u32, Texts>, TitleError> {
        let tracks = of_source(self.plan);
        if tracks.is_empty() {
            return Ok(BTreeMap::new());
        }
        let args = ffmpeg::texts(self.original, &tracks);
        let read = |_: usize, pipe: &mut End<PipeReader>| {
            let mut text = Vec::new();
            pipe.take(MAX_FILE + 1).read_to_end(&mut text)?;
            // ffmpeg must not be kept from the rest of the source by what is too large.
            io::copy(pipe, &mut io::sink())?;
            Ok::<_, io::Error>(text)
        };
        let finished = command::run(&self.tools.ffmpeg.path, &args, tracks.len(), self.bounds, read, |_| {});
        let Finished { outputs, complaints } = finished.map_err(blame)?;
        let origin_ms = self.plan.source_origin_us().div_euclid(1000);
        let made = tracks.iter().zip(outputs).enumerate().map(|(at, (track, text))| {
            let (cues, error) = match text::read(&text, Format::WebVtt) {
                Ok(reading) => (reading.cues, None),
                Err(error) => (Vec::new(), Some(format!("subtitle track {track}: {error}"))),
            };
            let tidied = cues.into_iter().map(Cue::tidied).filter(|cue| !cue.text.is_empty());
            let cues = tidied.map(|cue| earlier(cue, origin_ms)).collect();
            let all = complaints.iter().filter(|_| at == 0).cloned().chain(error).collect();
            (*track, Texts { cues, complaints: all })
        });
        Ok(made.collect())
    }
}

/// The tracks of the source that a plan's texts are made of.
pub(in crate::pipeline) fn of_source(plan: &Plan) -> Vec<u32> {
    let inputs = plan.text.iter().flat_map(TextPlan::inputs);
    let mut tracks: Vec<u32> = inputs
        .filter_map(|input| match input {
            TextInput::Track(track) => Some(*track),
            TextInput::File(_) => None,
        })
        .collect();
    tracks.sort_unstable();
    tracks.dedup();
    tracks
}

fn earlier(cue: Cue, by_ms: i64) -> Cue {
    Cue { start_ms: cue.start_ms.saturating_sub(by_ms), end_ms: cue.end_ms.saturating_sub(by_ms), ..cue }
}

fn blame(error: RunError<io::Error>) -> TitleError {
    match error {
        RunError::Cancelled => TitleError::Cancelled,
        source => TitleError::Decode { what: "the subtitles".into(), source: Box::new(source) },
    }
}
