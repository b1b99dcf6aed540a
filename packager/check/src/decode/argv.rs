//! The ffmpeg commands that decode, and what their filters print.

use std::ffi::OsString;

use super::kind::{Kind, RATE};
use super::picture::{HEIGHT, WIDTH};
use super::run::Input;
use crate::syntax::decimal;
use tools::command::FIRST_PIPE;

/// The arguments.
pub(super) fn arguments(kind: Kind, input: &Input<'_>) -> Vec<OsString> {
    let mut args = common();
    let mut extend = |more: &[&str]| args.extend(more.iter().map(OsString::from));
    let (url, stream) = match input {
        Input::Run(run) => {
            if run.init.is_some() {
                // Every sample counts; what the edit list says is applied here.
                extend(&["-ignore_editlist", "1"]);
            }
            ("pipe:0".into(), if kind == Kind::Picture { "0:v:0".into() } else { "0:a:0".into() })
        }
        Input::File(path, stream) => {
            // `file:` keeps a name with a colon from being read as a protocol.
            let mut url = OsString::from("file:");
            url.push(path);
            (url, format!("0:{stream}"))
        }
    };
    args.extend(["-i".into(), url, "-map".into(), stream.into()]);
    output(kind, &mut args);
    args
}

fn common() -> Vec<OsString> {
    let common = ["-hide_banner", "-nostdin", "-copyts", "-threads", "1", "-filter_threads", "1"];
    common.map(OsString::from).into()
}

fn output(kind: Kind, args: &mut Vec<OsString>) {
    let times = u32::try_from(kind.times()).unwrap_or(0) + FIRST_PIPE;
    // `print` prints nothing of a frame that has no metadata at all. Times are printed in nanoseconds.
    let print = |a: &str| {
        let file = format!("file='pipe\\:{times}':direct=1");
        format!("{a}settb=1/1000000000,{a}metadata=mode=add:key=n:value=1,{a}metadata=print:{file}")
    };
    let first = format!("pipe:{FIRST_PIPE}");
    let mut extend = |more: &[&str]| args.extend(more.iter().map(OsString::from));
    match kind {
        Kind::Picture => {
            let graph = format!("{},scale={WIDTH}:{HEIGHT}:flags=area,format=gray", print(""));
            extend(&["-vf", &graph, "-fps_mode", "passthrough", "-f", "rawvideo", &first]);
        }
        Kind::Sound => {
            let graph = format!("silencedetect=noise=-60dB:duration=2,{}", print("a"));
            extend(&["-af", &graph, "-f", "null", "-"]);
        }
        Kind::Samples => {
            let graph = format!("aformat=channel_layouts=mono,aresample={RATE}:async=1,{}", print("a"));
            extend(&["-af", &graph, "-f", "s16le", &first]);
        }
    }
}

/// A line that says something; times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// A frame; `None` when ffmpeg knows no time for it.
    Frame(Option<i64>),
    SilenceStart(i64),
    SilenceEnd(i64),
}

/// Reads `frame:3    pts:120000000 pts_time:0.12` or `lavfi.silence_start=1.5`.
pub(crate) fn line(text: &str) -> Option<Line> {
    if let Some(rest) = text.strip_prefix("frame:") {
        let pts = rest.split_whitespace().find_map(|word| word.strip_prefix("pts:"));
        return Some(Line::Frame(pts.and_then(|pts| pts.parse().ok())));
    }
    let (key, value) = text.split_once('=')?;
    match key {
        "lavfi.silence_start" => seconds(value).map(Line::SilenceStart),
        "lavfi.silence_end" => seconds(value).map(Line::SilenceEnd),
        _ => None,
    }
}

fn seconds(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    // Next to nothing is written with an exponent.
    let nanos = if digits.contains("e-") { 0 } else { decimal::nanos(digits)? };
    Some(sign * i64::try_from(nanos).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        for (text, expected) in [
            ("frame:3    pts:120000000 pts_time:0.12", Some(Line::Frame(Some(120_000_000)))),
            ("frame:3    pts:NOPTS   pts_time:NOPTS", Some(Line::Frame(None))),
            ("lavfi.silence_start=3.0256", Some(Line::SilenceStart(3_025_600_000))),
            ("lavfi.silence_start=-0.021", Some(Line::SilenceStart(-21_000_000))),
            ("lavfi.silence_start=6.2e-05", Some(Line::SilenceStart(0))),
            ("lavfi.silence_end=5", Some(Line::SilenceEnd(5_000_000_000))),
            ("lavfi.silence_duration=2", None),
            ("n=1", None),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }
}
