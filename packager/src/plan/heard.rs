//! Audio renditions by the file that they are decoded from.

use super::Plan;
use crate::source::SourceInfo;
use media::track::AudioFile;

/// The audio renditions of one file, planned as if it were the source.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The file beside the source; `None` for the source itself.
    pub file: Option<AudioFile>,
    /// The plan with these renditions alone, on the file's clock.
    pub plan: Plan,
    /// The file's tracks.
    pub info: SourceInfo,
}

impl Plan {
    /// The audio renditions by their files, those of the source first.
    #[must_use]
    pub fn heard(&self, info: &SourceInfo) -> Vec<Heard> {
        let of = |file: Option<&AudioFile>| {
            let audio = self.audio.iter().filter(|audio| audio.file.as_ref() == file).cloned().collect();
            Plan { audio, ..self.clone() }
        };
        let own = Heard { file: None, plan: of(None), info: info.clone() };
        let beside = info.beside.iter().map(|beside| Heard {
            file: Some(beside.file.clone()),
            // It begins with the title, wherever its clock does, and is never copied.
            plan: Plan { origin_us: beside.start_us(), copy: None, ..of(Some(&beside.file)) },
            info: SourceInfo { audio: beside.audio.clone(), copy: None, ..info.clone() },
        });
        std::iter::once(own).chain(beside).filter(|heard| !heard.plan.audio.is_empty()).collect()
    }
}
