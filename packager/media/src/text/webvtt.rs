//! WebVTT files (W3C). Styles, regions and comments are left out: cues stand where players put them.

use super::Cue;
use super::read::{Taker, TextError, lines, shortened};
use super::time::timing;

/// Reads a file's text.
pub(super) fn read(text: &str, taker: &mut Taker) -> Result<(), TextError> {
    let lines = lines(text);
    let mut lines = lines.iter().map(|(number, line)| (*number, line.as_str())).peekable();
    let head = lines.next().and_then(|(_, line)| line.strip_prefix("WEBVTT"));
    if !head.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return Err(TextError::NoHeader);
    }
    while let Some((number, line)) = lines.next() {
        if !line.contains("-->") {
            continue;
        }
        // §6.3: a line with an arrow begins the next cue, even without an empty line before it.
        let more = |next: &(usize, &str)| !next.1.is_empty() && !next.1.contains("-->");
        let mut text: Vec<&str> = Vec::new();
        while let Some((_, line)) = lines.next_if(more) {
            text.push(line);
        }
        match timing(line) {
            Some((start_ms, end_ms, after)) => {
                taker.cue(number, Cue { start_ms, end_ms, settings: settings(after), text: text.join("\n") })?;
            }
            None => taker.fault(number, &format!("'{}' is no timing", shortened(line))),
        }
    }
    Ok(())
}

/// The settings that say where a cue stands (§4.4); those of a region go with the regions.
fn settings(text: &str) -> String {
    const KNOWN: [&str; 5] = ["vertical", "line", "position", "size", "align"];
    let plain = |value: &str| {
        let byte = |byte: u8| byte.is_ascii_alphanumeric() || b".,%-".contains(&byte);
        !value.is_empty() && value.len() <= 32 && value.bytes().all(byte)
    };
    let known =
        |setting: &&str| setting.split_once(':').is_some_and(|(name, value)| KNOWN.contains(&name) && plain(value));
    text.split_whitespace().filter(known).take(KNOWN.len()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, read};
    use super::*;

    #[test]
    fn cues_are_read_and_all_else_is_left_out() {
        let text = "WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:1,LOCAL:00:00.000\n\nSTYLE\n::cue { color: red }\n\n\
            NOTE nobody sees this\n\n1\n00:01.500 --> 00:00:02.000 line:0 region:a align:start\n<i>Hi</i>\nyou\n\n\
            00:05.000 --> 00:04.000\nbackwards\n\n00:0x --> 1\nno time\n\n00:06.000 --> 00:07.000\nlast";
        let reading = read(text.as_bytes(), Format::WebVtt).unwrap();
        let cue = |start_ms, end_ms, settings: &str, text: &str| Cue {
            start_ms,
            end_ms,
            settings: settings.into(),
            text: text.into(),
        };
        let expected = [cue(1500, 2000, "line:0 align:start", "<i>Hi</i>\nyou"), cue(6000, 7000, "", "last")];
        assert_eq!(reading.cues, expected);
        let told: Vec<String> = reading.faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["line 14: the cue ends before it begins", "line 17: '00:0x --> 1' is no timing"]);
    }

    #[test]
    fn what_is_no_webvtt_is_refused_with_what_to_do() {
        assert_eq!(read(b"1\n00:01,000 --> 00:02,000\na", Format::WebVtt), Err(TextError::NoHeader));
        let empty = read(b"WEBVTT\n\n", Format::WebVtt);
        assert_eq!(empty.unwrap_err().to_string(), "there is no cue in it");
    }
}
