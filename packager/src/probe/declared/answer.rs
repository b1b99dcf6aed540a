//! Asking ffprobe, and what it answers when it can't.

use std::io::Read;
use std::path::Path;

use super::container;
use super::json::Answer;
use crate::probe::error::ProbeError;
use crate::probe::run::{self, Ended, Ffprobe};

/// The answer about streams is a few kilobytes; what is larger is cut, and so refused.
const LARGEST_ANSWER: u64 = 8 << 20;

/// Asks ffprobe what container and streams declare.
pub(in crate::probe) fn declared(ffprobe: Ffprobe<'_>, path: &Path) -> Result<Answer, ProbeError> {
    answer(ffprobe, path, &["-show_programs", "-show_streams", "-show_format", "-of", "json"])
}

/// Asks ffprobe what the container alone declares: where a stream says that its colour is not described, ffprobe takes
/// that for the last word.
pub(in crate::probe) fn as_contained(ffprobe: Ffprobe<'_>, path: &Path) -> Result<Answer, ProbeError> {
    answer(ffprobe, path, &["-nofind_stream_info", "-show_streams", "-of", "json"])
}

fn answer(ffprobe: Ffprobe<'_>, path: &Path, args: &[&str]) -> Result<Answer, ProbeError> {
    let (text, ended) = run::ffprobe(ffprobe, path, args, |stdout| {
        let mut text = Vec::new();
        stdout.take(LARGEST_ANSWER).read_to_end(&mut text).map(|_| text)
    })?;
    if ended.status.success() {
        return serde_json::from_slice(&text).map_err(|source| ProbeError::Answer { path: path.into(), source });
    }
    Err(failure(path, &ended))
}

/// Sorts the ways in which ffprobe fails on a file that is there.
pub(in crate::probe) fn failure(path: &Path, ended: &Ended) -> ProbeError {
    let said = ended.last_words();
    if ended.stderr.contains("moov atom not found") {
        match container::begins_as_mp4(path) {
            Ok(true) => {
                let detail = "it has no index ('moov'), which is written last".into();
                return ProbeError::CutShort { path: path.into(), detail };
            }
            Ok(false) => {}
            Err(error) => return ProbeError::io(path, error),
        }
    }
    if said.starts_with("Invalid data found") || said.starts_with("End of file") {
        return ProbeError::NotMedia { path: path.into(), said };
    }
    if let Some(what) = ended.not_taken() {
        return ProbeError::NotTaken { path: path.into(), what };
    }
    if said.starts_with("Permission denied") {
        return ProbeError::PermissionDenied(path.into());
    }
    if said.starts_with("No such file") {
        return ProbeError::NotFound(path.into());
    }
    ProbeError::Failed { path: path.into(), status: ended.status.to_string(), said }
}
