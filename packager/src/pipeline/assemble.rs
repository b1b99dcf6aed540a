//! From finished jobs to a title's folder that is whole: init segments, playlists, MPD, `title.json`; checked.

use std::path::Path;

use config::title::{Duration, MadeWith, Source, Title};
use config::tree::{IFRAME_PLAYLIST, INIT, MPD, PLAYLIST, POSTER, Revision, TITLE_JSON, TitleName};

use super::error::TitleError;
use super::job::Output;
use super::results::{Files, Made, Results};
use super::staging::Staging;
use crate::library::{create_dir, seal, write_replace};
use crate::plan::Plan;
use crate::probe::Damage;
use media::cmaf::{self, Part};
use media::presentation::{AudioSet, MediaPresentation, SwitchingSet, Track, VideoSet, VideoTrack};
use media::steering::Steering;
use media::{dash, hls};

/// What the jobs of a title made, as it is published.
pub(super) struct Record {
    /// The parts of tracks, with the track's folder below the revision.
    pub parts: Vec<(String, Part)>,
    /// What ffmpeg complained of.
    pub complaints: Vec<String>,
    /// Where the source is damaged.
    pub damage: Damage,
}

impl Record {
    /// Puts the results' files into their places in `staging`. Tracks get their languages; of complaints, each is told
    /// once, whichever ffmpegs had it.
    pub(super) fn fill(
        staging: &Staging,
        results: &Results,
        made: &[(Output, Made)],
        plan: &Plan,
    ) -> Result<Self, TitleError> {
        let mut record = Self { parts: Vec::new(), complaints: Vec::new(), damage: Damage::default() };
        for (output, made) in made {
            let track = output.what.folder(plan);
            let folder = staging.revision_dir().join(&track);
            create_dir(&folder)?;
            results.put(&output.key, made, &folder)?;
            if let Files::Track(part) = &made.files {
                record.parts.push((track, in_language(part, output.what.language(plan))));
            }
            let new = made.complaints.iter().filter(|text| !record.complaints.contains(text));
            let new: Vec<String> = new.cloned().collect();
            record.complaints.extend(new);
            record.damage.merge(&made.damage);
        }
        Ok(record)
    }
}

fn in_language(part: &Part, language: Option<&str>) -> Part {
    let init = language.and_then(|language| cmaf::in_language(&part.init, language));
    Part { init: init.unwrap_or_else(|| part.init.clone()), ..part.clone() }
}

/// What a title's documents are made from.
pub(super) struct Package<'a> {
    pub title: &'a TitleName,
    pub revision: &'a Revision,
    pub name: Option<&'a str>,
    pub source: &'a Source,
    pub ffmpeg: &'a str,
    pub plan: &'a Plan,
    pub warnings: &'a [String],
    pub staging: &'a Staging,
    pub steering: Option<&'a Steering>,
}

impl Package<'_> {
    /// Writes all that the jobs' segments lack, so that it lasts.
    pub(super) fn assemble(&self, record: &Record) -> Result<(), TitleError> {
        let presentation = self.presentation(record)?;
        for (path, part) in first_parts(record) {
            self.write_sealed(&self.staging.revision_dir().join(path).join(INIT), &part.init)?;
        }
        for track in presentation.tracks() {
            self.playlist(&presentation, track)?;
        }
        for video in presentation.video_tracks() {
            let path = self.staging.revision_dir().join(&video.track.path).join(IFRAME_PLAYLIST);
            self.write_sealed(&path, hls::iframe_playlist(video).as_bytes())?;
        }
        let dir = self.staging.title_dir();
        self.write(
            &dir.join(PLAYLIST),
            hls::multivariant_playlist(&presentation, self.revision, self.steering).as_bytes(),
        )?;
        self.write(&dir.join(MPD), dash::mpd(&presentation, self.revision, self.steering).as_bytes())?;
        let title = self.describe(&presentation, record);
        let mut text = serde_json::to_vec_pretty(&title).map_err(TitleError::Describe)?;
        text.push(b'\n');
        self.write(&dir.join(TITLE_JSON), &text)
    }

    fn presentation(&self, record: &Record) -> Result<MediaPresentation, TitleError> {
        let grid = &self.plan.grid;
        let video = self.plan.ladder.iter().map(|rung| {
            let parts = parts_of(record, &format!("{}/{}", config::tree::VIDEO, rung.name));
            VideoTrack::join(rung, grid, &parts)
        });
        let video = video.collect::<Result<Vec<_>, _>>()?;
        let video = (!video.is_empty()).then_some(SwitchingSet::Video(VideoSet { tracks: video }));
        let audio = self.plan.audio.iter().filter_map(|plan| {
            let parts = parts_of(record, &format!("{}/{}", config::tree::AUDIO, plan.name));
            parts.first().map(|part| AudioSet::join(plan, grid, part).map(SwitchingSet::Audio))
        });
        let sets = video.into_iter().map(Ok).chain(audio).collect::<Result<_, _>>()?;
        Ok(MediaPresentation { duration: grid.duration(), sets })
    }

    fn playlist(&self, presentation: &MediaPresentation, track: &Track) -> Result<(), TitleError> {
        let path = self.staging.revision_dir().join(&track.path).join(PLAYLIST);
        self.write_sealed(&path, hls::media_playlist(presentation, track).as_bytes())
    }

    fn describe(&self, presentation: &MediaPresentation, record: &Record) -> Title {
        let poster = self.staging.revision_dir().join(POSTER).is_file();
        let (damage, complaints) = (record.damage.warnings(), record.complaints.iter());
        Title {
            title: self.title.to_string(),
            name: self.name.map(Into::into),
            revision: self.revision.to_string(),
            duration: Duration { ticks: presentation.duration.ticks, timescale: presentation.duration.timescale },
            poster: poster.then(|| format!("{}/{POSTER}", self.revision)),
            source: self.source.clone(),
            made_with: MadeWith { pack: env!("CARGO_PKG_VERSION").into(), ffmpeg: self.ffmpeg.into() },
            video: presentation.video_renditions(),
            audio: presentation.audio_renditions(),
            warnings: self.warnings.iter().chain(&damage).chain(complaints).cloned().collect(),
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), TitleError> {
        Ok(write_replace(path, bytes, self.staging.root())?)
    }

    /// Writes a file of the revision, which is never written to again.
    fn write_sealed(&self, path: &Path, bytes: &[u8]) -> Result<(), TitleError> {
        self.write(path, bytes)?;
        Ok(seal(path)?)
    }
}

/// The parts of one track, in the order of their segments.
fn parts_of(record: &Record, track: &str) -> Vec<Part> {
    let all = record.parts.iter();
    all.filter(|(path, _)| path == track).map(|(_, part)| part.clone()).collect()
}

/// One part of each track: whose init segment it is does not matter, joining has proved that they are the same.
fn first_parts(record: &Record) -> Vec<(&str, &Part)> {
    let mut firsts: Vec<(&str, &Part)> = Vec::new();
    for (path, part) in record.parts.iter() {
        if !firsts.iter().any(|(seen, _)| seen == path) {
            firsts.push((path, part));
        }
    }
    firsts
}
