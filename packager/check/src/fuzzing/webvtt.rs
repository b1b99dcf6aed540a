//! Subtitles.

use std::fmt::Write as _;

use super::findings_have_their_lines;
use crate::media::text::{Cue, Vtt, read};
use crate::report::{Findings, Place};
use crate::syntax::decimal::SECOND;

/// `data`: a WebVTT file.
///
/// # Panics
/// When a property does not hold.
pub fn webvtt(data: &[u8]) {
    let mut findings = Findings::default();
    let vtt = read(data, &Place::file("1.vtt"), &mut findings);
    let Ok(text) = std::str::from_utf8(data) else {
        assert!(vtt.cues.is_empty() && findings.first().is_some(), "cues in no text");
        return;
    };
    findings_have_their_lines(&findings, &text.replace("\r\n", "\n").replace('\r', "\n"));
    assert!(vtt.cues.iter().all(|cue| cue.start < cue.end), "{vtt:?}");
    assert!(vtt.cues.windows(2).all(|two| two[0].line < two[1].line), "{vtt:?}");
    // The parsed file, written plainly, parses the same, without findings.
    let written = write(&vtt);
    let mut again = Findings::default();
    let read_again = read(written.as_bytes(), &Place::file("1.vtt"), &mut again);
    assert!(again.first().is_none(), "{:?} in\n{written}", again.first());
    let content = |cue: &Cue| (cue.start, cue.end, cue.text.clone());
    assert_eq!(
        read_again.cues.iter().map(content).collect::<Vec<_>>(),
        vtt.cues.iter().map(content).collect::<Vec<_>>()
    );
    assert_eq!(read_again.shift(), vtt.shift());
}

fn write(vtt: &Vtt) -> String {
    let mut text = String::from("WEBVTT\n");
    if let Some((ticks, local)) = vtt.map {
        let _ = writeln!(text, "X-TIMESTAMP-MAP=LOCAL:{},MPEGTS:{ticks}", clock(local));
    }
    for cue in &vtt.cues {
        let _ = write!(text, "\n{} --> {}\n{}\n", clock(cue.start), clock(cue.end), cue.text);
    }
    text
}

fn clock(nanos: u64) -> String {
    let (seconds, millis) = (nanos / SECOND, nanos % SECOND / 1_000_000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
