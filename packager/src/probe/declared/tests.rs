//! Whatever ffprobe answers, nothing that is asked of it panics.

use proptest::prelude::*;
use serde_json::Value;

use super::json::Answer;
use super::{color, crop, facts, refuse};

/// Everything that is asked of an answer, whatever it holds.
fn ask(answer: &Answer) {
    let path = std::path::Path::new("x");
    let _ = refuse::format(&answer.format.format_name, path);
    let _ = facts::picture(answer, path);
    for stream in &answer.streams {
        let _ = (
            facts::displayed(stream, facts::frame(stream), path),
            refuse::undecodable(stream, path),
            color::declared(stream, None),
            color::peak(stream),
            crop::shown(stream, "mov", facts::frame(stream), path),
            facts::alpha(stream),
            refuse::dolby(stream, path),
        );
    }
}

#[test]
fn missing_and_quoted_fields_are_tolerated() {
    let text = r#"{"streams": [{"index": 3, "width": "640", "height": 480, "channels": null, "surprise": [],
        "tags": {"LANGUAGE": "eng"}, "side_data_list": [{"rotation": -90}, {}]}], "chapters": []}"#;
    let answer: Answer = serde_json::from_str(text).unwrap();
    let stream = &answer.streams[0];
    assert_eq!((stream.index, stream.width, stream.height, stream.channels), (3, Some(640), Some(480), None));
    assert_eq!((stream.tag("language"), stream.side_data_list[0].rotation), (Some("eng"), Some(-90)));
    assert_eq!(facts::displayed(stream, facts::frame(stream), std::path::Path::new("x")).unwrap(), (480, 640));
    assert!(serde_json::from_str::<Answer>("{}").unwrap().streams.is_empty());
}

/// A value that stands where ffprobe writes a field.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[-0-9:/.]{0,22}".prop_map(Value::from),
        proptest::sample::select(vec!["video", "audio", "unknown", "1:0", "0/0", "N/A", "yuv420p", "tt"])
            .prop_map(Value::from),
    ]
}

const FIELDS: [&str; 12] = [
    "index",
    "codec_type",
    "codec_name",
    "width",
    "height",
    "sample_aspect_ratio",
    "pix_fmt",
    "time_base",
    "channels",
    "sample_rate",
    "disposition",
    "tags",
];

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        if let Ok(answer) = serde_json::from_slice::<Answer>(&bytes) {
            ask(&answer);
        }
    }

    #[test]
    fn any_fields_are_an_answer_or_an_error(
        streams in proptest::collection::vec(
            proptest::collection::btree_map(proptest::sample::select(FIELDS.to_vec()), value(), 0..8),
            0..4,
        ),
    ) {
        let text = serde_json::json!({ "streams": streams }).to_string();
        if let Ok(answer) = serde_json::from_str::<Answer>(&text) {
            ask(&answer);
        }
    }
}
