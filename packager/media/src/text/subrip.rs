//! SubRip files. There is no standard of them: a line of times begins a cue, whatever stands before it.

use super::Cue;
use super::markup::converted;
use super::read::{Taker, TextError, lines, shortened};
use super::time::timing;

/// Reads a file's text.
pub(super) fn read(text: &str, taker: &mut Taker) -> Result<(), TextError> {
    let lines = lines(text);
    let timed = lines.iter().enumerate().filter(|(_, (_, line))| line.contains("-->"));
    let starts: Vec<usize> = timed.map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).map(|next| before(&lines, *next)).chain([lines.len()]);
    for (start, end) in starts.iter().zip(ends) {
        let Some((number, line)) = lines.get(*start) else { continue };
        let Some((start_ms, end_ms, _)) = timing(line) else {
            taker.fault(*number, &format!("'{}' is no timing", shortened(line)));
            continue;
        };
        let body = lines.get(start + 1..end).unwrap_or_default();
        let body: Vec<&str> = body.iter().map(|(_, line)| line.trim()).filter(|line| !line.is_empty()).collect();
        let (settings, text) = converted(&body.join("\n"));
        taker.cue(*number, Cue { start_ms, end_ms, settings, text })?;
    }
    Ok(())
}

/// The line before which the text ends that a cue's timing at `next` follows: its number, where it has one, is not of it.
fn before(lines: &[(usize, String)], next: usize) -> usize {
    let number = |at: &usize| {
        let line = lines.get(*at).map_or("", |(_, line)| line.trim());
        !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
    };
    next.checked_sub(1).filter(number).unwrap_or(next)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, read};

    #[test]
    fn cues_are_read_as_people_write_them() {
        let text = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}<I>Hi</I>\r\n\r\nyou & me\r\n\r\n2\r\n\
            0:00:03.2 --> 0:00:04 X1:10 X2:20\r\n<font color=\"red\">5 < 6</font>\r\n\r\n\
            00:00:05,000 --> 00:00:06,000\r\n1984\r\n\r\n3\r\n00:00:07,000 --> x\r\nlost\r\n";
        let reading = read(text.as_bytes(), Format::SubRip).unwrap();
        let seen: Vec<_> =
            reading.cues.iter().map(|c| (c.start_ms, c.end_ms, c.settings.as_str(), c.text.as_str())).collect();
        let expected =
            [(1000, 2500, "line:0", "<i>Hi</i>\nyou &amp; me"), (3200, 4000, "", "5 &lt; 6"), (5000, 6000, "", "1984")];
        assert_eq!(seen, expected);
        assert_eq!(reading.faults[0].to_string(), "line 15: '00:00:07,000 --> x' is no timing");
    }
}
