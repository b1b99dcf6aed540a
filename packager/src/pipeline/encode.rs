//! Doing one job: ffmpeg at one end, segment files at the other.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::{Mutex, PoisonError};

use config::settings::Encode;
use config::tree::{AUDIO, POSTER, VIDEO};

use super::error::TitleError;
use super::staging::{Record, Staging};
use crate::ffmpeg::argv;
use crate::library::{create_dir, seal, write_replace};
use crate::plan::Plan;
use crate::source::SourceInfo;
use media::cmaf::{self, CmafError, Part, Sink};
use media::timeline::Chunk;
use tools::Tools;
use tools::cancel::Cancel;
use tools::command::{self, Finished, RunError};
use tools::process::End;

/// A unit of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// All renditions of a chunk.
    Chunk(Chunk),
    /// All audio renditions, whole.
    Audio,
    /// The poster.
    Poster,
}

impl Job {
    /// Its name in the staging folder.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Chunk(chunk) => format!("chunk-{:05}", chunk.index),
            Self::Audio => "audio".into(),
            Self::Poster => "poster".into(),
        }
    }

    /// Frames that it makes.
    pub(super) fn frames(&self) -> u64 {
        match self {
            Self::Chunk(chunk) => chunk.frames.end - chunk.frames.start,
            Self::Audio | Self::Poster => 0,
        }
    }
}

/// What every job of a title needs.
pub(super) struct Bench<'a> {
    pub tools: &'a Tools,
    pub encode: &'a Encode,
    pub source: &'a Path,
    pub info: &'a SourceInfo,
    pub plan: &'a Plan,
    pub staging: &'a Staging,
    /// The operator's own poster.
    pub poster: Option<&'a Path>,
    pub cancel: &'a Cancel,
}

impl Bench<'_> {
    /// Does a job and makes its result last. `progress` is told the frames made so far.
    pub(super) fn perform(&self, job: &Job, progress: &(dyn Fn(u64) + Sync)) -> Result<Record, TitleError> {
        let record = match job {
            Job::Chunk(chunk) => self.chunk(chunk, progress)?,
            Job::Audio => self.audio()?,
            Job::Poster => self.poster()?,
        };
        self.staging.finish(&job.name(), &record)?;
        Ok(record)
    }

    fn chunk(&self, chunk: &Chunk, progress: &(dyn Fn(u64) + Sync)) -> Result<Record, TitleError> {
        let plan = self.plan;
        let tracks: Vec<String> = plan.ladder.iter().map(|rung| format!("{VIDEO}/{}", rung.name)).collect();
        let dirs = self.folders(&tracks)?;
        let args = argv::video(self.source, plan, chunk, &self.encode.preset);
        let package = |index: usize, pipe: &mut End<PipeReader>| {
            let rung = &plan.ladder[index];
            cmaf::video::package(
                pipe,
                &plan.grid,
                chunk,
                rung,
                plan.video.color,
                &mut Folder(&dirs[index]),
                &mut |_| {},
            )
        };
        let bounds = self.tools.bounds(self.cancel);
        let finished = command::run(&self.tools.ffmpeg.path, &args, tracks.len(), &bounds, package, progress);
        recorded(format!("chunk {}", chunk.index + 1), tracks, finished)
    }

    fn audio(&self) -> Result<Record, TitleError> {
        let plan = self.plan;
        let tracks: Vec<String> = plan.audio.iter().map(|track| format!("{AUDIO}/{}", track.name)).collect();
        let dirs = self.folders(&tracks)?;
        let args = argv::audio(plan, self.info);
        let decoded = Mutex::new(Err(RunError::Cancelled));
        let feed = |encoder| {
            let ended = self.decode_audio(encoder);
            if let Ok(mut decoded) = decoded.lock() {
                *decoded = ended;
            }
        };
        let package = |index: usize, pipe: &mut End<PipeReader>| {
            cmaf::audio::package(pipe, &plan.grid, &plan.audio[index], &mut Folder(&dirs[index]), &mut |_| {})
        };
        let bounds = self.tools.bounds(self.cancel);
        let finished = command::run_fed(&self.tools.ffmpeg.path, &args, tracks.len(), &bounds, feed, package, |_| {});
        let mut record = recorded("the audio".into(), tracks, finished)?;
        // An encoder whose input ends early pads with silence: only the decoder knows that it did not get to the end.
        match decoded.into_inner().unwrap_or(Err(RunError::Cancelled)) {
            Ok(complaints) => record.complaints.extend(complaints),
            // The encoder had enough: the audio goes on after the title's end.
            Err(RunError::Output(_)) => {}
            Err(RunError::Cancelled) => return Err(TitleError::Cancelled),
            Err(source) => return Err(TitleError::Decode { what: "the audio".into(), source: Box::new(source) }),
        }
        Ok(record)
    }

    /// Decodes the audio into an encoder's standard input; the decoder's complaints.
    fn decode_audio(&self, encoder: End<ChildStdin>) -> Result<Vec<String>, RunError<io::Error>> {
        let args = argv::audio_decoder(self.source, self.plan, self.info);
        let encoder = Mutex::new(encoder);
        let copy = |_: usize, pipe: &mut End<PipeReader>| {
            let mut encoder = encoder.lock().unwrap_or_else(PoisonError::into_inner);
            io::copy(pipe, &mut *encoder)
        };
        let bounds = self.tools.bounds(self.cancel);
        let ended = command::run_fed(&self.tools.ffmpeg.path, &args, 1, &bounds, drop, copy, |_| {})?;
        Ok(ended.complaints)
    }

    /// The folders that tracks are packaged into, made.
    fn folders(&self, tracks: &[String]) -> Result<Vec<PathBuf>, TitleError> {
        let dirs: Vec<PathBuf> = tracks.iter().map(|track| self.staging.revision_dir().join(track)).collect();
        dirs.iter().try_for_each(|dir| create_dir(dir))?;
        Ok(dirs)
    }

    fn poster(&self) -> Result<Record, TitleError> {
        let path = self.staging.revision_dir().join(POSTER);
        let (source, args) = match self.poster {
            Some(own) => (own, argv::own_poster(own, image_format(own), poster_size(self.plan))),
            None => (self.source, argv::poster(self.source, self.plan, poster_time(self.plan), poster_size(self.plan))),
        };
        let read = |_: usize, pipe: &mut End<PipeReader>| {
            let mut image = Vec::new();
            pipe.take(MAX_POSTER).read_to_end(&mut image)?;
            Ok::<_, io::Error>(image)
        };
        // A title without its poster is still a title: whatever goes wrong here is said, and no more.
        let made = command::run(&self.tools.ffmpeg.path, &args, 1, &self.tools.bounds(self.cancel), read, |_| {});
        let mut complaints = Vec::new();
        match made.map(|finished| finished.outputs.into_iter().next().unwrap_or_default()) {
            Ok(image) if !image.is_empty() => {
                write_replace(&path, &image, self.staging.root())?;
                seal(&path)?;
            }
            Err(RunError::Cancelled) => return Err(TitleError::Cancelled),
            // It may go well another time: a title is not without a poster for good because of a moment's trouble.
            Err(error) if error.is_killed() => return Err(TitleError::Poster(Box::new(error))),
            Ok(_) => complaints.push(format!("{}: no picture for a poster", source.display())),
            Err(error) => complaints.push(format!("no poster: {error}")),
        }
        Ok(Record { parts: Vec::new(), complaints })
    }
}

/// The demuxer for an operator's own picture, by how it begins. Nothing else is tried: what is called a picture may be a
/// script that names other files. What is none of these fails as a JPEG.
pub(super) fn image_format(path: &Path) -> &'static str {
    let mut head = [0; 12];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match (read, &head) {
        (Ok(()), [0x89, b'P', b'N', b'G', ..]) => "png_pipe",
        (Ok(()), [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P']) => "webp_pipe",
        _ => "jpeg_pipe",
    }
}

/// A folder that is there already, as the place of a track's segments.
struct Folder<'a>(&'a Path);

impl Sink for Folder<'_> {
    type Segment = File;

    fn segment(&mut self, name: &str) -> io::Result<File> {
        File::create(self.0.join(name))
    }
}

/// Most bytes that a poster is read to.
const MAX_POSTER: u64 = 16 << 20;
/// Posters are made from the largest size that is no higher than this.
const POSTER_HEIGHT: u32 = 720;

pub(super) fn poster_size(plan: &Plan) -> (u32, u32) {
    let sizes = plan.ladder.iter().map(|rung| (rung.width, rung.height));
    let smallest = sizes.clone().min_by_key(|(w, h)| w * h);
    sizes.filter(|(w, h)| *w.min(h) <= POSTER_HEIGHT).max_by_key(|(w, h)| w * h).or(smallest).unwrap_or((2, 2))
}

/// A tenth into the title: past black and titles, short of the story. Microseconds.
pub(super) fn poster_time(plan: &Plan) -> i64 {
    i64::try_from(plan.grid.rate.span(plan.grid.frames / 10).ticks_at(1_000_000)).unwrap_or(0)
}

/// The record of a command whose outputs are tracks.
fn recorded(
    what: String,
    tracks: Vec<String>,
    finished: Result<Finished<Part>, RunError<CmafError>>,
) -> Result<Record, TitleError> {
    let Finished { outputs, complaints } = finished.map_err(|source| blame(what, source))?;
    Ok(Record { parts: tracks.into_iter().zip(outputs).collect(), complaints })
}

/// A stop is a stop, wherever it was noticed.
fn blame(what: String, source: RunError<CmafError>) -> TitleError {
    match source {
        RunError::Cancelled => TitleError::Cancelled,
        source => TitleError::Encode { what, source: Box::new(source) },
    }
}
