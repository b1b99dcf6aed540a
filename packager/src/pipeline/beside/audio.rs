//! Files of audio beside a source.

use std::path::PathBuf;

use crate::ingest::{self, Audio};
use crate::library::Stamp;
use crate::pipeline::error::TitleError;
use crate::pipeline::identity::content_digest;
use crate::probe::{Ffprobe, ProbeError, probe};
use crate::source::{AudioBeside, AudioSource, SourceInfo};
use media::track::AudioFile;

/// A file that can be heard, where it lies, and its stamp from before it was read.
pub(in crate::pipeline) struct Found {
    pub beside: AudioBeside,
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// The files that can be heard, and words for the operator on the others.
pub(in crate::pipeline) fn audio(
    ffprobe: Ffprobe<'_>,
    files: &[Audio],
) -> Result<(Vec<Found>, Vec<String>), TitleError> {
    let (mut found, mut words) = (Vec::new(), Vec::new());
    for file in files {
        let leave_out = |why: String| format!("{} is left out: {why}", file.path.display());
        let stamp = match ingest::stamp(&file.path) {
            Ok(stamp) => stamp,
            Err(error) => {
                words.push(leave_out(error.to_string()));
                continue;
            }
        };
        let bounds = ffprobe.bounds.clone().reading(&file.path);
        match probe(Ffprobe { program: ffprobe.program, bounds: &bounds }, &file.path, 0) {
            Ok(info) if info.copy.is_some() => {
                words.push(leave_out("its clock jumps; make one piece of it (ffmpeg -i IN -vn OUT.flac)".into()));
            }
            Ok(info) if info.audio.is_empty() => words.push(leave_out("there is no audio in it".into())),
            Ok(info) => {
                let read = |source| TitleError::Read { path: file.path.clone(), source };
                let digest = content_digest(&file.path, &bounds.cancel).map_err(read)?;
                let blake3 = digest.ok_or(TitleError::Cancelled)?.to_hex().to_string();
                let beside = AudioBeside {
                    file: AudioFile { ending: file.ending.clone(), blake3 },
                    audio: in_language(info, &file.language),
                };
                found.push(Found { beside, path: file.path.clone(), stamp });
            }
            Err(error @ ProbeError::Stopped(_)) => return Err(error.into()),
            Err(error) => words.push(leave_out(error.to_string())),
        }
    }
    Ok((found, words))
}

/// Its tracks, in the language that the file's name has.
fn in_language(info: SourceInfo, language: &str) -> Vec<AudioSource> {
    info.audio.into_iter().map(|track| AudioSource { language: language.into(), ..track }).collect()
}
