//! Forced cues within a regular track (HLS Authoring Specification, 5.8): players show one text track at a time.

use std::collections::BTreeMap;

use super::Cue;
use super::markup::bare;

/// `regular` with all of `forced`. A cue of the same words at an overlapping time is the same one, and is taken as the forced
/// track has it.
#[must_use]
pub fn with_forced(regular: Vec<Cue>, forced: &[Cue]) -> Vec<Cue> {
    let mut by_words: BTreeMap<String, Vec<&Cue>> = BTreeMap::new();
    for cue in forced {
        by_words.entry(bare(&cue.text)).or_default().push(cue);
    }
    let is_forced = |cue: &Cue| {
        let same = by_words.get(&bare(&cue.text)).map_or([].as_slice(), Vec::as_slice);
        same.iter().any(|forced| forced.start_ms < cue.end_ms && cue.start_ms < forced.end_ms)
    };
    let mut all: Vec<Cue> = regular.into_iter().filter(|cue| !is_forced(cue)).chain(forced.iter().cloned()).collect();
    all.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_track_has_each_forced_cue_once() {
        let cue = |start_ms, end_ms, text: &str| Cue { start_ms, end_ms, settings: String::new(), text: text.into() };
        let regular = vec![cue(0, 900, "Hi"), cue(1010, 2010, "<i>A sign</i>"), cue(5000, 6000, "A sign")];
        let forced = [cue(1000, 2000, "A  sign"), cue(3000, 4000, "Exit")];
        let expected =
            [cue(0, 900, "Hi"), cue(1000, 2000, "A  sign"), cue(3000, 4000, "Exit"), cue(5000, 6000, "A sign")];
        assert_eq!(with_forced(regular, &forced), expected);
    }
}
