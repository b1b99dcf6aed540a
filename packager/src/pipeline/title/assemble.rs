//! From finished jobs to a title's folder that is whole: init segments, playlists, MPD, `title.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use config::title::{Duration, MadeWith, Source, Title};
use config::tree::{IFRAME_PLAYLIST, INIT, MPD, PLAYLIST, POSTER, Revision, TITLE_JSON, TitleName};

use super::staging::Staging;
use crate::library::{At, create_dir, seal, write_replace};
use crate::pipeline::error::TitleError;
use crate::pipeline::job::Output;
use crate::pipeline::results::{Files, Made, Results};
use crate::plan::Plan;
use crate::probe::Damage;
use media::cmaf::{self, provisional};
use media::presentation::{MediaPresentation, Part, TextPart, Track};
use media::steering::Steering;
use media::{dash, hls};

/// The output of a title's jobs, as it is published.
pub(super) struct Record {
    /// The parts of tracks, with the track's folder below the revision.
    pub parts: Vec<(String, Part)>,
    /// The files of text tracks, with the track's folder below the revision.
    pub texts: BTreeMap<String, TextPart>,
    /// ffmpeg's complaints.
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
        let (complaints, damage) = (Vec::new(), Damage::default());
        let mut record = Self { parts: Vec::new(), texts: BTreeMap::new(), complaints, damage };
        for (output, made) in made {
            let track = output.what.folder(plan);
            let folder = staging.revision_dir().join(&track);
            create_dir(&folder)?;
            results.put(&output.key, made, &folder)?;
            match &made.files {
                Files::Track(part) => record.parts.push((track, in_language(part, output.what.language(plan)))),
                Files::Text(text) => drop(record.texts.insert(track, text.clone())),
                Files::Poster(_) => {}
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

/// The inputs of a title's documents.
pub(super) struct Package<'a> {
    pub title: &'a TitleName,
    pub revision: &'a Revision,
    pub name: String,
    pub source: Source,
    pub ffmpeg: &'a str,
    pub plan: &'a Plan,
    pub warnings: &'a [String],
    pub staging: &'a Staging,
    pub steering: Option<&'a Steering>,
}

impl Package<'_> {
    /// Writes all that the jobs' segments lack, so that it lasts.
    pub(super) fn assemble(&self, record: &Record) -> Result<(), TitleError> {
        let presentation =
            self.presentation(|track| parts_of(record, track), |track| record.texts.get(track).cloned())?;
        for (path, part) in first_parts(record) {
            self.write_sealed(&Path::new(self.revision.as_str()).join(path).join(INIT), &part.init)?;
        }
        for (path, text) in self.manifests(&presentation) {
            // Files in the revision are never written to again.
            let write = if path.starts_with(self.revision.as_str()) { Self::write_sealed } else { Self::write };
            write(self, &path, text.as_bytes())?;
        }
        let title = self.describe(&presentation, record);
        let mut text = serde_json::to_vec_pretty(&title).map_err(TitleError::Describe)?;
        text.push(b'\n');
        self.write(Path::new(TITLE_JSON), &text)
    }

    /// Writes the manifests as they will be, as far as that is known before anything is encoded: to be looked at, not to
    /// last.
    pub(super) fn foresee(&self) -> Result<(), TitleError> {
        let Plan { grid, ladder, audio, .. } = self.plan;
        let video = ladder.iter().map(|rung| (rung.folder(), provisional::video(grid, rung)));
        let audio = audio.iter().map(|plan| (plan.folder(), provisional::audio(grid, plan)));
        let parts: BTreeMap<String, Part> = video.chain(audio).collect();
        let provisional = |_: &str| Some(provisional::text(grid));
        let presentation = self.presentation(|track| parts.get(track).cloned().into_iter().collect(), provisional)?;
        for (path, text) in self.manifests(&presentation) {
            let path = self.staging.title_dir().join(path);
            path.parent().map_or(Ok(()), create_dir)?;
            fs::write(&path, text).at("write", &path)?;
        }
        Ok(())
    }

    fn presentation(
        &self,
        parts: impl Fn(&str) -> Vec<Part>,
        texts: impl Fn(&str) -> Option<TextPart>,
    ) -> Result<MediaPresentation, TitleError> {
        let Plan { grid, ladder, audio, text, .. } = self.plan;
        Ok(MediaPresentation::join(grid, ladder, audio, text, parts, texts)?)
    }

    /// All playlists and the MPD, by their paths below the title's folder.
    fn manifests(&self, presentation: &MediaPresentation) -> Vec<(PathBuf, String)> {
        let (revision, steering) = (self.revision, self.steering);
        let beside = |track: &Track, name| Path::new(revision.as_str()).join(&track.path).join(name);
        let video = presentation.video_tracks().map(|video| &video.track);
        let audio = presentation.audio().flat_map(|set| &set.tracks).map(|audio| &audio.track);
        let media = video.chain(audio).map(|track| (beside(track, PLAYLIST), hls::media_playlist(presentation, track)));
        let text = presentation.text().map(|set| (beside(&set.track, PLAYLIST), hls::text_playlist(presentation, set)));
        let iframes = presentation
            .video_tracks()
            .map(|video| (beside(&video.track, IFRAME_PLAYLIST), hls::iframe_playlist(video)));
        let small = [
            (PLAYLIST.into(), hls::multivariant_playlist(presentation, revision, steering)),
            (MPD.into(), dash::mpd(presentation, revision, steering)),
        ];
        media.chain(iframes).chain(text).chain(small).collect()
    }

    fn describe(&self, presentation: &MediaPresentation, record: &Record) -> Title {
        let poster = self.staging.revision_dir().join(POSTER).is_file();
        let (damage, complaints) = (record.damage.warnings(), record.complaints.iter());
        Title {
            title: self.title.to_string(),
            name: Some(self.name.clone()),
            revision: self.revision.to_string(),
            duration: Duration { ticks: presentation.duration.ticks, timescale: presentation.duration.timescale },
            poster: poster.then(|| format!("{}/{POSTER}", self.revision)),
            source: self.source.clone(),
            made_with: MadeWith { pack: env!("CARGO_PKG_VERSION").into(), ffmpeg: self.ffmpeg.into() },
            video: presentation.video_renditions(),
            audio: presentation.audio_renditions(),
            text: presentation.text_renditions(),
            warnings: self.warnings.iter().chain(&damage).chain(complaints).cloned().collect(),
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), TitleError> {
        Ok(write_replace(&self.staging.title_dir().join(path), bytes, self.staging.root())?)
    }

    fn write_sealed(&self, path: &Path, bytes: &[u8]) -> Result<(), TitleError> {
        self.write(path, bytes)?;
        Ok(seal(&self.staging.title_dir().join(path))?)
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
