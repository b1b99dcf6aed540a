//! Words and times of a WebVTT or SubRip file.

/// Most cues of a file.
const CUES: usize = 20_000;
/// Longest text of a cue, characters.
const TEXT: usize = 500;

/// A text and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Milliseconds from the beginning.
    pub start: i64,
    /// The text, without markup.
    pub text: String,
}

/// The cues of a WebVTT or SubRip file in their order. What can't be read is left out.
#[must_use]
pub fn cues(vtt: &str) -> Vec<Cue> {
    let vtt = vtt.replace("\r\n", "\n").replace('\r', "\n");
    vtt.split("\n\n").filter_map(cue).take(CUES).collect()
}

/// A block of the file as a cue: an identifier may stand before its times (WebVTT §4.1).
fn cue(block: &str) -> Option<Cue> {
    let mut lines = block.lines().skip_while(|line| !line.contains("-->"));
    let start = time(lines.next()?.split("-->").next()?.trim())?;
    let text = lines.map(plain).collect::<Vec<_>>().join(" ");
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT).collect();
    (!text.is_empty()).then_some(Cue { start, text })
}

/// Milliseconds of `[hh:]mm:ss.ttt`; SubRip has a comma there.
fn time(text: &str) -> Option<i64> {
    let (clock, thousandths) = text.split_once(['.', ','])?;
    let mut seconds = 0_i64;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    seconds.checked_mul(1000)?.checked_add(thousandths.parse().ok()?)
}

/// A line without its tags, and with the characters that its escapes stand for (WebVTT §4.2.2).
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut is_tag = false;
    for c in line.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag && !c.is_control() => text.push(c),
            _ => {}
        }
    }
    let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""), ("&amp;", "&")];
    escapes.iter().fold(text, |text, (escape, c)| text.replace(escape, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_have_their_times_and_plain_texts() {
        let vtt = "WEBVTT\r\n\r\nNOTE nothing\r\n\r\n1\r\n00:01.500 --> 00:02.000 line:0\r\n<v Anna>He\0llo &amp; <i>good</i>\r\nevening\r\n\r\n\
                   01:00:00.001 --> 01:00:01.000\nLater\n\nbroken --> \nx\n\n00:09.000 --> 00:10.000\n<b></b>\n";
        let cue = |start, text: &str| Cue { start, text: text.into() };
        assert_eq!(cues(vtt), [cue(1500, "Hello & good evening"), cue(3_600_001, "Later")]);
        let srt =
            "1\r\n00:00:02,250 --> 00:00:03,000\r\nBonjour\r\n\r\n2\r\n00:00:04,000 --> 00:00:05,000\r\nAdieu\r\n";
        assert_eq!(cues(srt), [cue(2250, "Bonjour"), cue(4000, "Adieu")]);
        assert_eq!(cues(""), []);
        assert_eq!(cues("99999999999999999999:00.000 --> x\ny"), []);
    }
}
