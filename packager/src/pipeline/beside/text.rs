//! Files of text beside a source.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::ingest::Text;
use crate::source::TextSource;
use media::text::{Format, MAX_FILE, read};
use media::track::{TextFile, TextInput};

/// The files that can be shown, and words for the operator: on those that can't, and on what is left out of the others.
pub(in crate::pipeline) fn text(files: &[Text]) -> (Vec<TextSource>, Vec<String>) {
    let (mut texts, mut words) = (Vec::new(), Vec::new());
    for file in files {
        let name = file.path.display();
        let bytes = match bytes(&file.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                words.push(format!("{name} can't be read, and is left out: {error}"));
                continue;
            }
        };
        let format = format(&file.path);
        match read(&bytes, format) {
            Ok(reading) => {
                let guessed = reading.guessed;
                words.extend(guessed.map(|as_what| format!("{name} is not UTF-8; it is read as {as_what}")));
                words.extend(reading.faults.iter().map(|fault| format!("{name}, {fault}; it is left out")));
                let more = reading.left_out - reading.faults.len();
                words.extend((more > 0).then(|| format!("{name}: {more} more cues are left out")));
                let file_of = TextFile { ending: file.ending.clone(), format, blake3: digest(&bytes) };
                let (language, kind) = (file.language.clone(), file.kind);
                texts.push(TextSource { input: TextInput::File(file_of), language, title: None, kind });
            }
            Err(error) => words.push(format!("{name} is left out: {error}")),
        }
    }
    (texts, words)
}

/// A file's bytes, no more than a text may have and one that tells that there are more.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn format(path: &Path) -> Format {
    let is_srt = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("srt"));
    if is_srt { Format::SubRip } else { Format::WebVtt }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use config::title::TextKind;

    use super::*;

    #[test]
    fn what_cannot_be_shown_is_told_of_and_does_not_keep_the_rest_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = |ending: &str, content: &[u8]| {
            let path = dir.path().join(format!("clip.{ending}"));
            fs::write(&path, content).unwrap();
            Text { path, ending: ending.into(), language: "en".into(), kind: TextKind::Subtitles }
        };
        let good = b"1\n00:00:01,000 --> 00:00:02,000\nHi\n\n2\n00:00:03,000 --> x\nlost\n";
        let files = [
            file("en.srt", good),
            file("de.vtt", good),
            Text { path: dir.path().join("clip.fr.srt"), ..file("fr.x", b"") },
            file("ru.srt", b"00:00:01,000 --> 00:00:02,000\n\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0\n"),
        ];
        let (texts, words) = super::text(&files);
        let ending = |text: &TextSource| match &text.input {
            TextInput::File(file) => file.ending.clone(),
            TextInput::Track(_) => String::new(),
        };
        assert_eq!(texts.iter().map(ending).collect::<Vec<_>>(), ["en.srt", "ru.srt"]);
        let words: Vec<String> =
            words.iter().map(|word| word.replace(&format!("{}/", dir.path().display()), "")).collect();
        assert_eq!(words[0], "clip.en.srt, line 6: '00:00:03,000 --> x' is no timing; it is left out");
        assert!(words[1].starts_with("clip.de.vtt is left out: it does not begin with the line WEBVTT"), "{words:?}");
        assert!(words[2].starts_with("clip.fr.srt can't be read"), "{words:?}");
        assert_eq!(words[3], "clip.ru.srt is not UTF-8; it is read as windows-1251");
    }
}
