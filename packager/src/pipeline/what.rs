//! The kinds of results, and the part of the plan that each depends on.

use media::timeline::Chunk;
use media::track::{AudioPlan, TextPlan};

use crate::plan::Plan;

/// A result's kind and place in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A chunk of a rung, by its place in the ladder.
    Video(Chunk, usize),
    /// An audio rendition, by its place in the plan.
    Audio(usize),
    /// A text rendition, by its place in the plan.
    Text(usize),
    /// The poster.
    Poster,
}

impl What {
    /// Its folder below the revision.
    pub(super) fn folder(&self, plan: &Plan) -> String {
        match self {
            Self::Video(_, rung) => plan.ladder[*rung].folder(),
            Self::Audio(track) => plan.audio[*track].folder(),
            Self::Text(track) => plan.text.get(*track).map(TextPlan::folder).unwrap_or_default(),
            Self::Poster => String::new(),
        }
    }

    /// The language of the track that it is.
    pub(super) fn language<'a>(&self, plan: &'a Plan) -> Option<&'a str> {
        match self {
            Self::Audio(track) => plan.audio.get(*track).map(|track| track.language.as_str()),
            Self::Video(..) | Self::Text(_) | Self::Poster => None,
        }
    }

    pub(super) fn frames(&self) -> u64 {
        self.chunk().map_or(0, |chunk| chunk.frames.end - chunk.frames.start)
    }

    pub(super) fn is_rung_of(&self, group: &[usize]) -> bool {
        matches!(self, Self::Video(_, rung) if group.contains(rung))
    }

    pub(super) fn chunk(&self) -> Option<&Chunk> {
        match self {
            Self::Video(chunk, _) => Some(chunk),
            Self::Audio(_) | Self::Text(_) | Self::Poster => None,
        }
    }
}

/// The plan of some outputs alone, without what only manifests say. The poster needs the ladder for its size.
pub(super) fn alone<'a>(plan: &Plan, what: impl Iterator<Item = &'a What> + Clone) -> Plan {
    let is_poster = what.clone().any(|what| matches!(what, What::Poster));
    let rungs = what.clone().filter_map(|what| if let What::Video(_, rung) = what { Some(*rung) } else { None });
    let texts = what.clone().filter_map(|what| if let What::Text(track) = what { Some(*track) } else { None });
    let tracks = what.filter_map(|what| if let What::Audio(track) = what { Some(*track) } else { None });
    let ladder = rungs.filter_map(|rung| plan.ladder.get(rung)).cloned().collect();
    Plan {
        ladder: if is_poster { plan.ladder.clone() } else { ladder },
        audio: tracks.filter_map(|track| plan.audio.get(track)).map(without_language).collect(),
        text: texts.filter_map(|track| plan.text.get(track)).cloned().collect(),
        ..plan.clone()
    }
}

/// The language is put into the init segment when the title is assembled.
fn without_language(track: &AudioPlan) -> AudioPlan {
    AudioPlan { language: "und".into(), ..track.clone() }
}
