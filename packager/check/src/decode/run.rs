//! Runs, decoded at a stretch: an init segment and the segments behind it, up to the next one or a discontinuity.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::kind::Kind;
use crate::fetch::{FetchError, MAX_STREAMED, Resource, Store};
use crate::media::isobmff::init::TrackInit;
use crate::media::isobmff::sample_entry::EntryKind;
use crate::media::track::{Content, Track, TrackRefs};
use crate::report::progress::Progress;
use crate::syntax::decimal::signed_ticks;

/// Read and written at a time, bytes.
const BLOCK: usize = 64 * 1024;

/// A decoder's input.
#[derive(Debug, Clone, Copy)]
pub(super) enum Input<'a> {
    Run(&'a Run),
    /// A file, and the number of the stream in it.
    File(&'a Path, u32),
}

/// A stretch of a track.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// Index of its first segment in the track.
    pub(crate) first: usize,
    pub(crate) init: Option<Resource>,
    pub(crate) segments: Vec<Resource>,
    /// Nanoseconds that the edit list takes from presentation times.
    pub(crate) shift: i64,
    /// Samples that the fragments declare; `None` where that is not known.
    pub(crate) samples: Option<u64>,
}

/// The stretches of a track.
pub(crate) fn runs(refs: &TrackRefs, track: &Track) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before = None;
    for (index, at) in refs.segments.iter().enumerate() {
        if runs.is_empty() || at.discontinuity || at.init != before {
            before = at.init;
            let init = at.init.and_then(|init| refs.inits.get(init)).cloned();
            let described = at.init.and_then(|init| track.inits.get(init)?.as_ref());
            let own = described.and_then(|init| init.track());
            let shift = own.map_or(0, |t: &TrackInit| signed_ticks(t.edit_shift(), t.timescale));
            let samples = described.filter(|init| init.tracks.len() == 1).map(|_| 0);
            runs.push(Run { first: index, init, segments: Vec::new(), shift, samples });
        }
        let Some(run) = runs.last_mut() else { continue };
        run.segments.push(at.resource.clone());
        let declared = track.segments.get(index).map_or(&[][..], |s| s.fragments());
        run.samples = run.samples.map(|n| n + declared.iter().map(|f| u64::from(f.samples)).sum::<u64>());
    }
    runs
}

/// Media of a track that can be decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Holds {
    pub(super) picture: bool,
    pub(super) sound: bool,
    /// It is encrypted.
    pub(super) locked: bool,
}

impl Holds {
    pub(super) fn of(refs: &TrackRefs, track: &Track) -> Self {
        let entries = || track.inits.iter().flatten().flat_map(|i| &i.tracks).filter_map(TrackInit::entry);
        let ts =
            || track.segments.iter().filter_map(|s| if let Content::Ts(ts) = &s.content { Some(ts) } else { None });
        Self {
            picture: entries().any(|e| matches!(e.kind, EntryKind::Video(_))) || ts().any(|ts| ts.picture),
            sound: entries().any(|e| matches!(e.kind, EntryKind::Audio(_)))
                || ts().any(|ts| ts.sound)
                || track.segments.iter().any(|s| matches!(s.content, Content::PackedAudio)),
            locked: refs.segments.iter().any(|s| s.encrypted) || entries().any(|e| e.format != e.coding),
        }
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Picture => self.picture,
            Kind::Sound | Kind::Samples => self.sound,
        }
    }
}

impl Run {
    /// One of its segments alone.
    pub(crate) fn only(&self, index: usize) -> Self {
        let segments = self.segments.get(index).cloned().into_iter().collect();
        Self { first: self.first + index, init: self.init.clone(), segments, shift: self.shift, samples: None }
    }

    /// The same from the segment at `index` on.
    pub(crate) fn behind(mut self, index: usize) -> Self {
        self.segments.drain(..index.min(self.segments.len()));
        Self { first: self.first + index, samples: None, ..self }
    }

    /// Writes its bytes to `to`, counting them in `fed`. A resource that can't be had is left out, as `media-missing`
    /// tells; a reader that has enough ends it.
    pub(crate) fn feed(&self, store: &dyn Store, progress: &dyn Progress, fed: &AtomicU64, mut to: impl Write) {
        if let Some(init) = &self.init
            && let Ok(false) = copy(store, init, fed, &mut to)
        {
            return;
        }
        for segment in &self.segments {
            if let Ok(false) = copy(store, segment, fed, &mut to) {
                return;
            }
            progress.segment();
        }
    }
}

/// True if `to` took it all.
fn copy(store: &dyn Store, resource: &Resource, fed: &AtomicU64, to: &mut impl Write) -> Result<bool, FetchError> {
    let mut input = store.open(resource)?;
    let mut block = vec![0; BLOCK];
    let mut written = 0u64;
    let mut got = input.fill(&mut block)?;
    // Packed audio's segments begin with a tag that tells their time (RFC 8216bis §3.1.3), which no decoder wants.
    let mut skip = tag_length(block.get(..got).unwrap_or_default());
    while got > 0 && written < MAX_STREAMED {
        let data = block.get(skip.min(got)..got).unwrap_or_default();
        if to.write_all(data).is_err() {
            return Ok(false);
        }
        written += got as u64;
        fed.fetch_add(got as u64, Ordering::Relaxed);
        skip -= skip.min(got);
        got = input.fill(&mut block)?;
    }
    Ok(true)
}

/// Bytes of the ID3 tag at the start of `data`: a header of ten, whose last four have seven bits each of the rest's length.
fn tag_length(data: &[u8]) -> usize {
    let &[b'I', b'D', b'3', _, _, _, a, b, c, d, ..] = data else { return 0 };
    [a, b, c, d].iter().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f)) + 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_measured() {
        assert_eq!(tag_length(b"ID3\x04\0\0\0\0\x02\x01rest"), 10 + 257);
        assert_eq!(tag_length(b"\xff\xf1\x50\x80"), 0);
    }
}
