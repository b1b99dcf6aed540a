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

/// The encoders, judged from ffmpeg's list.
fn encoders(list: &str) -> Finding {
    // ` V....D libx264   libx264 H.264 / …`: flags, then the name.
    let has = |name: &str| list.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
    let missing: Vec<&str> = ENCODERS.into_iter().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Finding::ok("encoders", ENCODERS.join(", "));
    }
    let found = format!("this ffmpeg lacks {}", missing.join(", "));
    Finding::bad("encoders", State::NoFfmpeg, found, "install an ffmpeg that was built with --enable-gpl --enable-libx264")
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
