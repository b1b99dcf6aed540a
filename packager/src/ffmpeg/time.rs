//! Times as ffmpeg takes them.

/// Microseconds as a decimal number of seconds, exactly.
pub(super) fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", us.unsigned_abs() / 1_000_000, us.unsigned_abs() % 1_000_000)
}
