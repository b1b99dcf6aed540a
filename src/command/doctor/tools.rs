//! ffmpeg, ffprobe, and how fast they are here.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use config::settings::Ffmpeg;

use super::{Finding, State};

/// The encoders that every title needs.
const ENCODERS: [&str; 2] = ["libx264", "aac"];

/// Whether the programs and the encoders are there.
pub(super) fn programs(ffmpeg: &Ffmpeg) -> Vec<Finding> {
    let mut findings = vec![version("ffmpeg", &ffmpeg.ffmpeg), version("ffprobe", &ffmpeg.ffprobe)];
    if findings.iter().all(|f| f.state == State::Ok) {
        findings.push(match output(&ffmpeg.ffmpeg, &["-hide_banner", "-encoders"]) {
            Ok(text) => encoders(&text),
            Err(error) => Finding::bad("encoders", State::NoFfmpeg, error, "look at what `ffmpeg -encoders` says"),
        });
    }
    findings
}

/// Whether a program is there and new enough.
fn version(name: &'static str, program: &Path) -> Finding {
    let mend = format!("install ffmpeg 5.1 or newer, or set ffmpeg.{name} to where it is");
    match output(program, &["-version"]) {
        Ok(text) => {
            let line = text.lines().next().unwrap_or_default();
            let state = if new_enough(line) { State::Ok } else { State::NoFfmpeg };
            Finding { check: name, state, found: line.into(), mend: (state != State::Ok).then_some(mend) }
        }
        Err(error) => Finding::bad(name, State::NoFfmpeg, error, mend),
    }
}

/// `ffmpeg version 5.1.6-0+deb12u1 Copyright …`. Builds from git (`N-109542-g…`, `git-2024-…`) are taken for new.
fn new_enough(line: &str) -> bool {
    let Some(version) = line.split_whitespace().skip_while(|word| *word != "version").nth(1) else { return false };
    let mut numbers = version.trim_start_matches('n').split(|c: char| !c.is_ascii_digit());
    match (numbers.next().map(str::parse::<u32>), numbers.next().map(str::parse::<u32>)) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (5, 1),
        (Some(Ok(major)), _) => major > 5,
        _ => version.starts_with("N-") || version.starts_with("git-"),
    }
}

/// The encoders, judged from ffmpeg's list.
fn encoders(list: &str) -> Finding {
    // ` V....D libx264   libx264 H.264 / …`: flags, then the name.
    let has = |name: &str| list.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
    let missing: Vec<&str> = ENCODERS.into_iter().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Finding::ok("encoders", ENCODERS.join(", "));
    }
    let found = format!("this ffmpeg lacks {}", missing.join(", "));
    Finding::bad(
        "encoders",
        State::NoFfmpeg,
        found,
        "install an ffmpeg that was built with --enable-gpl --enable-libx264",
    )
}

/// Measures the encoder on two seconds of a moving pattern.
pub(super) fn speed(ffmpeg: &Ffmpeg, preset: &str) -> Finding {
    const SECONDS: f64 = 2.0;
    let source = "testsrc2=size=1920x1080:rate=30:duration=2";
    let encode = ["-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", preset, "-f", "null", "-"];
    let began = Instant::now();
    match output(&ffmpeg.ffmpeg, &encode) {
        Ok(_) => speed_judged(SECONDS / began.elapsed().as_secs_f64().max(0.001), preset),
        Err(error) => Finding::bad("speed", State::NoFfmpeg, error, "ffmpeg can't encode: install another"),
    }
}

fn speed_judged(times: f64, preset: &str) -> Finding {
    let found = format!("1080p30 with preset {preset}: {times:.1}× real time for the top rendition");
    if times >= 1.0 {
        return Finding::ok("speed", found);
    }
    Finding::bad("speed", State::Warn, found, "more processors, or a faster preset: encode.preset = \"veryfast\"")
}

/// Standard output of a program that must succeed, or why there is none.
fn output(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let result = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = result.map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}: {}", program.display(), output.status, stderr.lines().last().unwrap_or("it says nothing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_from_5_1_on_are_taken() {
        for (version, enough) in [
            ("5.1.6-0+deb12u1", true),
            ("n7.1", true),
            ("6", true),
            ("10.0", true),
            ("N-109542-gabcdef", true),
            ("git-2024-01-01", true),
            ("5.0.3", false),
            ("5", false),
            ("4.4.2-0ubuntu0.22.04.1", false),
            ("unknown", false),
        ] {
            assert_eq!(new_enough(&format!("ffmpeg version {version} Copyright (c)")), enough, "{version}");
        }
        assert!(!new_enough("hello"));
    }

    #[test]
    fn encoders_are_read_from_the_list() {
        let list = " V..... = Video\n ------\n V....D libx264              H.264\n A....D aac                  AAC\n";
        assert_eq!(encoders(list).state, State::Ok);
        let poor = encoders(&list.replace("libx264 ", "libx264rgb"));
        assert_eq!((poor.state, poor.found.as_str()), (State::NoFfmpeg, "this ffmpeg lacks libx264"));
    }

    #[test]
    fn an_encoder_slower_than_real_time_is_a_warning() {
        assert_eq!(speed_judged(0.99, "slow").state, State::Warn);
        assert_eq!(speed_judged(1.0, "slow").state, State::Ok);
    }
}
