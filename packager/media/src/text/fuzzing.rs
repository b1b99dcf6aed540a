//! Properties that hold for any file of text, tested by `make fuzz` and by the replay of its corpora.

use super::read::MAX_FILE;
use super::{Cue, Format, Reading, read, with_forced, write};
use crate::time::FrameRate;
use crate::timeline::Grid;

/// `data`: a file of text, read as each format.
///
/// # Panics
/// When a property does not hold.
pub fn text(data: &[u8]) {
    for format in [Format::WebVtt, Format::SubRip] {
        let Ok(Reading { cues, faults, left_out, .. }) = read(data, format) else { continue };
        assert!(data.len() as u64 <= MAX_FILE && faults.len() <= left_out, "{faults:?}");
        assert!(cues.windows(2).all(|two| two[0].start_ms <= two[1].start_ms), "{cues:?}");
        for cue in &cues {
            assert!(cue.start_ms < cue.end_ms && !cue.text.is_empty(), "{cue:?}");
            assert!(cue.text.split('\n').all(|line| !line.is_empty() && !line.contains("-->")), "{cue:?}");
        }
        let merged = with_forced(cues.clone(), &cues);
        assert!(cues.iter().all(|cue| merged.contains(cue)), "a forced cue is lost");
        written_again(&cues);
    }
}

/// Cues that are written are read again as they were, cut to the title.
fn written_again(cues: &[Cue]) {
    let Some(rate) = FrameRate::new(25, 1) else { return };
    let grid = Grid { rate, frames: 10 * 60 * 25, gop: 50, segment_gops: 3, chunk_segments: 8 };
    let Ok(written) = write(cues, &grid) else { return };
    let cut = |cue: &Cue| Cue { end_ms: cue.end_ms.min(600_000), ..cue.clone() };
    let within: Vec<Cue> = cues.iter().map(cut).filter(|cue| cue.start_ms < cue.end_ms).collect();
    assert_eq!(u64::from(written.cues), within.len() as u64);
    let again = read(written.whole.as_bytes(), Format::WebVtt).map(|reading| reading.cues).unwrap_or_default();
    let mut expected = within;
    expected.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    assert_eq!(again, expected, "in\n{}", written.whole);
    for segment in &written.segments {
        assert!(segment.starts_with("WEBVTT\nX-TIMESTAMP-MAP="), "{segment}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    include!("../../../../fixtures/fuzz/replay.rs");

    #[test]
    fn any_file_of_text_is_read_within_bounds() {
        replay("text", super::text);
    }

    proptest! {
        #[test]
        fn any_lines_of_a_file_hold_the_properties(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("WEBVTT".to_owned()),
                    Just(String::new()),
                    "[0-9]{1,3}",
                    "00:0[0-9]:[0-5][0-9][.,][0-9]{3} --> 00:0[0-9]:[0-5][0-9][.,][0-9]{3}( line:0)?",
                    "[<>&{}a-z/\\\\ -]{0,12}",
                    "\\PC{0,8}",
                ],
                0..30,
            ),
        ) {
            super::text(lines.join("\n").as_bytes());
            super::text(format!("WEBVTT\n{}", lines.join("\n")).as_bytes());
        }
    }
}
