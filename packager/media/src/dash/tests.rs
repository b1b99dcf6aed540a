//! Whole documents, and what an independent reader makes of them.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::presentation::samples::{assert_golden, audio_alone, full, revision, silent, steering, with_text};

#[test]
fn documents_are_golden() {
    assert_golden("dash/full.mpd", &mpd(&full(), &revision(), None));
    assert_golden("dash/text.mpd", &mpd(&with_text(), &revision(), None));
    assert_golden("dash/audio-alone.mpd", &mpd(&audio_alone(), &revision(), None));
    assert_golden("dash/steered.mpd", &mpd(&silent(), &revision(), Some(&steering())));
    assert_golden("dash/silent.mpd", &mpd(&silent(), &revision(), None));
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).unwrap()?;
    Some(attribute.value.into_owned())
}

/// Every element of a kind with the value of one of its attributes.
fn values(text: &str, kind: &str, name: &str) -> Vec<Option<String>> {
    let mut reader = Reader::from_str(text);
    let mut values = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return values,
            Event::Start(e) | Event::Empty(e) if e.name().as_ref() == kind => values.push(attribute(&e, name)),
            _ => {}
        }
    }
}

#[test]
fn a_reader_finds_the_presentations_figures() {
    let full = full();
    let text = mpd(&full, &revision(), None);
    let tracks: Vec<_> = full.tracks().collect();
    let rates = tracks.iter().map(|track| Some(track.sustained_bandwidth(full.min_buffer_time()).to_string()));
    assert_eq!(values(&text, "Representation", "bandwidth"), rates.collect::<Vec<_>>());
    let names = tracks.iter().map(|track| Some(track.name().to_owned()));
    assert_eq!(values(&text, "Representation", "id"), names.collect::<Vec<_>>());
    assert_eq!(values(&text, "Period", "duration"), [Some("PT20.02S".to_owned())]);
}

#[test]
fn a_timeline_covers_every_segment_once() {
    let full = full();
    let text = mpd(&full, &revision(), None);
    let count = |repeat: &Option<String>| 1 + repeat.as_deref().map_or(0, |r| r.parse::<u64>().unwrap());
    let number = |value: &Option<String>| value.as_deref().unwrap().parse::<u64>().unwrap();
    let (durations, repeats) = (values(&text, "S", "d"), values(&text, "S", "r"));
    let listed: u64 = durations.iter().zip(&repeats).map(|(d, r)| number(d) * count(r)).sum();
    let firsts = full.sets.iter().filter_map(|set| set.tracks().into_iter().next());
    assert_eq!(listed, firsts.map(|track| track.duration().ticks).sum::<u64>());
}

#[test]
fn the_template_gives_the_names_of_the_tree() {
    let number = 7;
    assert_eq!(SEGMENT_TEMPLATE.replace("$Number%05d$", &format!("{number:05}")), tree::segment_name(number));
}

#[test]
fn durations_are_plain_decimals() {
    for (ticks, timescale, text) in [(600_600, 30_000, "PT20.02S"), (150, 25, "PT6S"), (1, 3, "PT0.333333S")] {
        assert_eq!(iso_duration(Span { ticks, timescale }), text);
    }
}
