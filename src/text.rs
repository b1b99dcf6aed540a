//! Figures and tables for people.

use std::fmt::Write;

/// A length of time as `1:02:03` or `2:03`, rounded to the second.
pub(crate) fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds.saturating_add(500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A rate in the unit that the field uses.
pub(crate) fn bit_rate(bits_per_second: u64) -> String {
    format!("{} kb/s", bits_per_second.saturating_add(500) / 1000)
}

/// `5 min ago`, in the largest unit that fits.
pub(crate) fn ago(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => (seconds, "s"),
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{number} {unit} ago")
}

/// `1 title`, `2 titles`.
pub(crate) fn count(n: impl Into<u64>, one: &str) -> String {
    let n = n.into();
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// Rows with their columns aligned; a column is flush right where the header ends in a blank, which is not printed.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    let all = || std::iter::once(header.map(|h| h.trim_end().to_owned())).chain(rows.iter().cloned());
    let mut widths = [0; N];
    for row in all() {
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in all() {
        let mut line = String::new();
        for ((cell, width), header) in row.iter().zip(widths).zip(header) {
            // Writing to a String can't fail.
            let _ = match header.ends_with(' ') {
                true => write!(line, "{cell:>width$}  "),
                false => write!(line, "{cell:width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `argument` as a POSIX shell takes it.
pub(crate) fn shell_quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_show_hours_only_when_there_are_any() {
        for (ms, text) in [(0, "0:00"), (1_499, "0:01"), (59_500, "1:00"), (634_000, "10:34"), (3_723_000, "1:02:03")] {
            assert_eq!(clock(ms), text);
        }
    }

    #[test]
    fn a_time_ago_is_in_the_largest_unit() {
        for (seconds, text) in
            [(0, "0 s ago"), (59, "59 s ago"), (61, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")]
        {
            assert_eq!(ago(seconds), text);
        }
    }

    #[test]
    fn columns_are_aligned_left_or_right() {
        let rows = [["a".into(), "10".into(), "x".into()], ["long-é".into(), "9".into(), String::new()]];
        assert_eq!(table(["TITLE", "SIZE ", "NOTE"], &rows), "TITLE   SIZE  NOTE\na         10  x\nlong-é     9\n");
    }

    #[test]
    fn the_shell_gets_back_what_was_quoted() {
        for text in ["plain", "", "two words", "it's", "$(x) `y` \"z\" \\", "a;b|c&d", "*?[", "\n", "scale=w=640:h=-2"]
        {
            let script = format!("printf %s {}", shell_quoted(text));
            let shell = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(shell.stdout).unwrap(), text);
        }
    }
}
