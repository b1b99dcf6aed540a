//! The outlook of a source: everything that is known before anything is encoded. Changes nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use check::Asked;
use config::settings::{Deinterlace, Encode, Settings};

use super::beside;
use super::error::TitleError;
use super::poster::{image_format, poster_command};
use crate::ffmpeg::{self, argv};
use crate::ingest::Sidecars;
use crate::library::Stamp;
use crate::plan::{self, Plan, plan};
use crate::probe::{Ffprobe, fields, probe, telecine};
use crate::source::{Scan, SourceInfo};
use tools::Tools;
use tools::cancel::Cancel;
use tools::process::Bounds;

/// The facts found in a source and the plan made of them.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The settings of encoding, with the title's own laid over them.
    pub encode: Encode,
    /// The files that belong to the source.
    pub sidecars: Sidecars,
    /// The stamps of the files beside the source that are decoded, from before they were read.
    pub(super) stamps: Vec<(PathBuf, Stamp)>,
    /// The source.
    pub info: SourceInfo,
    /// The plan.
    pub plan: Plan,
}

impl Outlook {
    /// Probes and plans.
    ///
    /// # Errors
    /// When the source can't be packaged, its settings file is wrong, or `cancel` came first.
    pub fn of(path: &Path, settings: &Settings, tools: &Tools, cancel: &Cancel) -> Result<Self, TitleError> {
        refuse_large(path, settings.ingest.max_size)?;
        let outlook = tools.bounds(path, cancel).once_more(|bounds| Self::within(path, settings, tools, bounds))?;
        outlook.refuse_long(path, settings.ingest.max_duration)?;
        Ok(outlook)
    }

    fn within(path: &Path, settings: &Settings, tools: &Tools, bounds: &Bounds) -> Result<Self, TitleError> {
        let sidecars = Sidecars::of(path);
        let encode = with_own(settings, &sidecars)?;
        let ffprobe = Ffprobe { program: &tools.ffprobe.path, bounds };
        let mut info = probe(ffprobe, path, encode.program)?;
        if let Some(video) = &mut info.video {
            video.scan = fields::scan(&tools.ffmpeg.path, bounds, path, video)?;
            let copy = info.copy.as_ref();
            video.scan = telecine::scan(&tools.ffmpeg.path, bounds, path, video, copy)?;
            if matches!(video.scan, Scan::Unflagged { .. }) {
                info.warnings.push(format!(
                    "picture track {}: calls itself progressive, but its lines are of two moments; it is deinterlaced",
                    video.index
                ));
            }
        }
        if let Some(file) = sidecars.settings.as_deref().filter(|_| !settings.ingest.own_settings) {
            info.warnings.push(format!("{} is not taken: ingest.own_settings is false", file.display()));
        }
        let (texts, words) = beside::text(&sidecars.text);
        info.text.extend(texts);
        info.warnings.extend(words);
        let (found, words) = beside::audio(ffprobe, &sidecars.audio)?;
        let stamps = found.iter().map(|found| (found.path.clone(), found.stamp)).collect();
        info.beside = found.into_iter().map(|found| found.beside).collect();
        info.warnings.extend(words);
        let plan = plan(&info, &encode);
        info.warnings.extend(plan::warnings(&info));
        Ok(Self { encode, sidecars, stamps, info, plan })
    }

    /// Refuses a source that lasts longer than `most` seconds, where that is not 0.
    fn refuse_long(&self, path: &Path, most: u32) -> Result<(), TitleError> {
        let (seconds, most) = (self.plan.grid.duration().ticks_at(1), u64::from(most));
        let long = most > 0 && seconds > most;
        if long { Err(TitleError::TooLong { path: path.into(), seconds, most }) } else { Ok(()) }
    }

    /// The same source without its copy, in one chunk; `None` where its clock has to be laid anew.
    pub(super) fn without_copy(&self) -> Option<Self> {
        let info = self.info.without_copy()?;
        let plan = plan(&info, &self.encode);
        Some(Self { info, plan, ..self.clone() })
    }

    /// The arguments of every ffmpeg that makes the title of `source`: its copy at `copy`, where there is one, then its
    /// chunks, its audio (decoder and encoder), its texts, its poster.
    #[must_use]
    pub fn commands(&self, source: &Path, copy: &Path) -> Vec<Vec<OsString>> {
        let copied = self.plan.copy.as_ref().map(|plan| ffmpeg::copy::copy(source, plan, copy));
        let decoded = if copied.is_some() { copy } else { source };
        let commands = self.commands_from(decoded, source, self.sidecars.poster.as_deref());
        copied.into_iter().chain(commands).collect()
    }

    /// The arguments of those that decode `source`, which may be a copy of the `original`, with the operator's own poster,
    /// where there is one, at `poster`.
    pub(super) fn commands_from(&self, source: &Path, original: &Path, poster: Option<&Path>) -> Vec<Vec<OsString>> {
        let plan = &self.plan;
        let chunk = |video, chunk| argv::video(source, plan, video, chunk, &self.encode.preset);
        let chunks = plan.grid.chunks();
        let chunks = plan.video.iter().flat_map(|video| chunks.iter().map(move |of| chunk(video, of)));
        let audio = plan.heard(&self.info).into_iter().flat_map(|heard| {
            let file = heard.file.as_ref().map(|file| original.with_extension(&file.ending));
            let decoder = argv::audio_decoder(file.as_deref().unwrap_or(source), &heard.plan, &heard.info);
            [decoder, argv::audio(&heard.plan)]
        });
        let texts = Some(beside::of_source(plan)).filter(|tracks| !tracks.is_empty());
        let texts = texts.map(|tracks| ffmpeg::texts(original, &tracks));
        let poster = poster_command(source, poster.map(|own| (own, image_format(own))), plan);
        chunks.chain(audio).chain(texts).chain(poster).collect()
    }
}

/// Refuses a source of more than `most` bytes, where that is not 0. That it can't be asked is said by whoever reads it.
fn refuse_large(path: &Path, most: u64) -> Result<(), TitleError> {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let large = most > 0 && bytes > most;
    if large { Err(TitleError::TooLarge { path: path.into(), bytes, most }) } else { Ok(()) }
}

/// The settings of encoding for the title of `source`, with its own laid over them where these count.
///
/// # Errors
/// When its settings file can't be read, or is wrong.
pub fn settings_of(source: &Path, settings: &Settings) -> Result<Encode, TitleError> {
    with_own(settings, &Sidecars::named(source))
}

/// The requests of `encode`, the settings of `source` itself among them, that its proof has to know.
#[must_use]
pub fn asked(source: &Path, encode: &Encode) -> Asked {
    Asked {
        // Sources of at most 60 frames a second keep their rate otherwise.
        rate: encode.frame_rate != "source" || encode.max_frame_rate < 60,
        fields: encode.deinterlace == Deinterlace::Off,
        poster: Sidecars::named(source).poster.is_some(),
    }
}

fn with_own(settings: &Settings, sidecars: &Sidecars) -> Result<Encode, TitleError> {
    let encode = &settings.encode;
    let own = sidecars.settings.as_ref().filter(|_| settings.ingest.own_settings);
    let Some(path) = own else { return Ok(encode.clone()) };
    let read = |source| TitleError::Read { path: path.clone(), source };
    let text = std::fs::read_to_string(path).map_err(read)?;
    encode.with_title_file(path, &text).map_err(TitleError::Settings)
}
