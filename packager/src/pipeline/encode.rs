//! Doing one job: ffmpeg at one end, segment files at the other.

use std::fs::{self, File};
use std::io::{self, PipeReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::{Mutex, PoisonError};

use config::settings::Encode;
use config::tree::POSTER;

use super::error::TitleError;
use super::job::Job;
use super::poster::{image_format, poster_command};
use super::results::{Files, Made, Results};
use super::room::Room;
use super::what::What;
use crate::ffmpeg::argv;
use crate::library::{At, DiskError};
use crate::plan::{Heard, Plan};
use crate::probe::{Damage, Ffprobe, ProbeError, damaged};
use crate::source::SourceInfo;
use media::cmaf::{self, CmafError, Fault, Sink};
use media::presentation::Part;
use media::timeline::Chunk;
use media::track::{AudioPlan, Rung};
use tools::Tools;
use tools::command::{self, Finished, RunError};
use tools::process::{Bounds, End};

/// The inputs of every job of a title.
#[derive(Clone, Copy)]
pub(super) struct Bench<'a> {
    pub tools: &'a Tools,
    pub encode: &'a Encode,
    pub source: &'a Path,
    /// The source itself, where `source` is a copy of it.
    pub original: &'a Path,
    pub info: &'a SourceInfo,
    pub plan: &'a Plan,
    pub results: &'a Results,
    /// The operator's own poster.
    pub poster: Option<&'a Path>,
    pub room: &'a Room,
    pub bounds: &'a Bounds,
}

impl Bench<'_> {
    /// Does a job and makes its results last; they are in the order of its outputs. `progress` is told the frames made
    /// so far. While the library's disk is too full, it waits.
    pub(super) fn perform(&self, job: &Job, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<Made>, TitleError> {
        if !self.room.wait(&self.bounds.cancel) {
            return Err(TitleError::Cancelled);
        }
        let dirs: Vec<PathBuf> =
            job.outputs.iter().map(|output| self.results.begin(&output.key)).collect::<Result<_, _>>()?;
        let plan = &job.plan(self.plan);
        let bench = Bench { plan, ..*self };
        let made = match job.outputs.first().map(|output| &output.what) {
            Some(What::Video(chunk, _)) => bench.chunk(chunk, &dirs, progress)?,
            Some(What::Audio(_)) => bench.heard(&dirs)?,
            Some(What::Text(_)) => bench.texts(&dirs)?,
            Some(What::Poster) => dirs.iter().map(|dir| bench.poster(dir)).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        for (output, made) in job.outputs.iter().zip(&made) {
            self.results.keep(&output.key, made)?;
        }
        Ok(made)
    }

    fn chunk(&self, chunk: &Chunk, dirs: &[PathBuf], progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<Made>, TitleError> {
        let plan = self.plan;
        let Some(video) = &plan.video else { return Ok(Vec::new()) };
        let args = argv::video(self.source, plan, video, chunk, &self.encode.preset);
        let package = |index: usize, pipe: &mut End<PipeReader>| {
            let rung = &plan.ladder[index];
            cmaf::video::package(pipe, &plan.grid, chunk, rung, video.color, &mut Folder(&dirs[index]), &mut |_| {})
        };
        let finished = command::run(&self.tools.ffmpeg.path, &args, dirs.len(), self.bounds, package, progress);
        let places = plan.ladder.iter().map(Rung::folder).zip(dirs);
        let mut made = tracks(format!("chunk {}", chunk.index + 1), places, finished)?;
        let time = |frame| i64::try_from(plan.grid.rate.span(frame).ticks_at(1_000_000)).unwrap_or(i64::MAX);
        let span = time(chunk.frames.start)..time(chunk.frames.end);
        self.find_damage(&mut made, "video", &[video.stream], video.entry(chunk.index).seek_us, span)?;
        Ok(made)
    }

    /// Where the source's tracks are damaged, if ffmpeg complained; `span` is counted from the title's start.
    fn find_damage(
        &self,
        made: &mut [Made],
        kind: &str,
        tracks: &[u32],
        seek_us: Option<i64>,
        span: Range<i64>,
    ) -> Result<(), TitleError> {
        if made.iter().all(|made| made.complaints.is_empty()) {
            return Ok(());
        }
        let (plan, origin) = (self.plan, self.plan.origin_us);
        let ffprobe = Ffprobe { program: &self.tools.ffprobe.path, bounds: self.bounds };
        let span = span.start.saturating_add(origin)..span.end.saturating_add(origin);
        for &track in tracks {
            let times = damaged(ffprobe, self.source, plan.decoded_stream(track), seek_us, &span);
            let times = times.map_err(|error| match error {
                ProbeError::Stopped(_) => TitleError::Cancelled,
                error => error.into(),
            })?;
            let damage = Damage::new(&format!("{kind} track {track}"), times.into_iter().map(|at| at - origin));
            made.iter_mut().for_each(|made| made.damage.merge(&damage));
        }
        Ok(())
    }

    /// The audio of the source, or of a file beside it.
    fn heard(&self, dirs: &[PathBuf]) -> Result<Vec<Made>, TitleError> {
        let mut made = Vec::new();
        for Heard { file, plan, info } in &self.plan.heard(self.info) {
            let beside = file.as_ref().map(|file| self.original.with_extension(&file.ending));
            let source = beside.as_deref().unwrap_or(self.source);
            made.extend(Bench { source, plan, info, ..*self }.audio(dirs)?);
        }
        Ok(made)
    }

    fn audio(&self, dirs: &[PathBuf]) -> Result<Vec<Made>, TitleError> {
        let plan = self.plan;
        let args = argv::audio(plan);
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
        let finished = command::run_fed(&self.tools.ffmpeg.path, &args, dirs.len(), self.bounds, feed, package, |_| {});
        let places = plan.audio.iter().map(AudioPlan::folder).zip(dirs);
        let mut made = tracks("the audio".into(), places, finished)?;
        // An encoder whose input ends early pads with silence: only the decoder knows that it did not get to the end.
        match decoded.into_inner().unwrap_or(Err(RunError::Cancelled)) {
            Ok(complaints) => made.iter_mut().for_each(|made| made.complaints.extend(complaints.iter().cloned())),
            // The encoder had enough: the audio goes on after the title's end.
            Err(RunError::Output(_)) => {}
            Err(RunError::Cancelled) => return Err(TitleError::Cancelled),
            Err(source) => return Err(TitleError::Decode { what: "the audio".into(), source: Box::new(source) }),
        }
        let end = i64::try_from(plan.grid.duration().ticks_at(1_000_000)).unwrap_or(i64::MAX);
        for (made, audio) in made.iter_mut().zip(&plan.audio) {
            self.find_damage(std::slice::from_mut(made), "audio", audio.input.tracks(), None, 0..end)?;
        }
        Ok(made)
    }

    /// Decodes the audio into an encoder's standard input; the decoder's complaints.
    fn decode_audio(&self, encoder: End<ChildStdin>) -> Result<Vec<String>, RunError<io::Error>> {
        let args = argv::audio_decoder(self.source, self.plan, self.info);
        let encoder = Mutex::new(encoder);
        let copy = |_: usize, pipe: &mut End<PipeReader>| {
            let mut encoder = encoder.lock().unwrap_or_else(PoisonError::into_inner);
            io::copy(pipe, &mut *encoder)
        };
        let ended = command::run_fed(&self.tools.ffmpeg.path, &args, 1, self.bounds, drop, copy, |_| {})?;
        Ok(ended.complaints)
    }

    fn poster(&self, dir: &Path) -> Result<Made, TitleError> {
        let source = self.poster.unwrap_or(self.source);
        let Some(args) = poster_command(self.source, self.poster.map(|own| (own, image_format(own))), self.plan) else {
            return Ok(Made::new(Files::Poster(0), Vec::new()));
        };
        let read = |_: usize, pipe: &mut End<PipeReader>| {
            let mut image = Vec::new();
            pipe.take(MAX_POSTER).read_to_end(&mut image)?;
            Ok::<_, io::Error>(image)
        };
        // A title without its poster is still a title: that no picture can be had is said, and no more.
        let made = command::run(&self.tools.ffmpeg.path, &args, 1, self.bounds, read, |_| {});
        let image = made.map(|finished| finished.outputs.into_iter().next().unwrap_or_default());
        let none = |complaint| Made::new(Files::Poster(0), vec![complaint]);
        match image {
            Ok(image) if !image.is_empty() => {
                let path = dir.join(POSTER);
                fs::write(&path, &image).at("write", &path)?;
                Ok(Made::new(Files::Poster(image.len() as u64), Vec::new()))
            }
            Ok(_) => Ok(none(format!("{}: no picture for a poster", source.display()))),
            Err(error @ (RunError::Failed { .. } | RunError::Output(_))) => Ok(none(format!("no poster: {error}"))),
            Err(RunError::Cancelled) => Err(TitleError::Cancelled),
            // It may go well another time: a title is not without a poster for good because of a moment's trouble.
            Err(error) => Err(TitleError::Poster(Box::new(error))),
        }
    }
}

/// The results of a command whose outputs are tracks; `places` are the folders that they are written to, by rendition.
fn tracks<'a>(
    what: String,
    places: impl Iterator<Item = (String, &'a PathBuf)>,
    finished: Result<Finished<Part>, RunError<CmafError>>,
) -> Result<Vec<Made>, TitleError> {
    let Finished { outputs, complaints } = finished.map_err(|source| blame(what, places, source))?;
    let made = |part| Made::new(Files::Track(part), complaints.clone());
    Ok(outputs.into_iter().map(made).collect())
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

/// A stop is a stop, wherever it was noticed; and where a segment can't be written, ffmpeg is not to blame.
fn blame<'a>(
    what: String,
    mut places: impl Iterator<Item = (String, &'a PathBuf)>,
    source: RunError<CmafError>,
) -> TitleError {
    match source {
        RunError::Cancelled => TitleError::Cancelled,
        RunError::Output(CmafError { rendition, fault: Fault::Write { segment, cause } }) => {
            let folder = places.find(|(name, _)| *name == rendition).map_or(Path::new(""), |(_, folder)| folder);
            DiskError { what: "write", path: folder.join(segment), source: cause }.into()
        }
        source => TitleError::Encode { what, source: Box::new(source) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Cause;
    use crate::pipeline::failure::{Failure, Trouble};

    #[test]
    fn a_full_disk_in_the_middle_of_a_chunk_is_said_with_the_file_and_what_to_do() {
        let fault = Fault::Write { segment: "00001.m4s".into(), cause: io::ErrorKind::StorageFull.into() };
        let error = RunError::Output(CmafError { rendition: "video/234p-145".into(), fault });
        let folders = [PathBuf::from("results/a"), PathBuf::from("results/b")];
        let names = ["video/360p-365", "video/234p-145"].map(ToOwned::to_owned);
        let error = blame("chunk 3".into(), names.into_iter().zip(&folders), error);
        let said = "can't write results/b/00001.m4s: the disk is full; free some space and run again";
        assert_eq!(error.to_string(), said);
        assert_eq!((error.cause(), error.failure()), (Cause::Library, Failure::Passing(Trouble::Room)));
    }
}
