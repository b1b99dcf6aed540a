//! Character encodings: files of text are UTF-8 as often as they are what an old editor wrote.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// The text of a file, and the name of its encoding where that had to be guessed.
pub(super) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let marked = bytes.get(mark..).unwrap_or_default();
        return (encoding.decode_without_bom_handling(marked).0, None);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.into(), None);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    // It is not UTF-8, but may be all but for a few bytes.
    let guessed = detector.guess(None, Utf8Detection::Allow);
    let (text, _) = guessed.decode_without_bom_handling(bytes);
    (text, (guessed != UTF_8).then(|| guessed.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_encodings_are_recognised() {
        let text = "Это обычная русская речь, записанная давно.\nПривет, как дела?";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
        assert_eq!(decoded(&bytes), (text.into(), Some("windows-1251")));
        let text = "Übung macht den Meister, sagte der Bär schön und überließ.";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        assert_eq!(decoded(&bytes), (text.into(), Some("windows-1252")));
        let little: Vec<u8> = "\u{feff}Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&little), ("Grüße".into(), None));
        assert_eq!(decoded("\u{feff}Grüße".as_bytes()), ("Grüße".into(), None));
        assert_eq!(decoded("Grüße".as_bytes()), ("Grüße".into(), None));
    }
}
