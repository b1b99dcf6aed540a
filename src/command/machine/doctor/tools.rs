//! ffmpeg, ffprobe, and how fast they are here.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Instant;

use config::settings::Settings;
use tools::cancel::Cancel;
use tools::command;
use tools::process::Bounds;
use tools::sandbox::Sandbox;
use tools::{Hole, Tools, Version};

use super::{Finding, State};

/// The programs and their encoders, or what is wrong with the first that is.
pub(super) fn find(settings: &Settings) -> Result<Tools, Finding> {
    tools::find(settings, &Cancel::default()).map_err(|error| Finding {
        check: "ffmpeg",
        state: State::NoFfmpeg,
        // It says itself how to mend it.
        found: error.to_string(),
        mend: None,
    })
}

/// What is good about them, and what is known against them.
pub(super) fn programs(tools: &Tools) -> Vec<Finding> {
    let program = |name, program: &tools::Program| {
        Finding::ok(name, format!("{}, version {}", program.path.display(), program.version))
    };
    let encoders = format!("libx264, aac and {} more", tools.encoders.len().saturating_sub(2));
    let good =
        [program("ffmpeg", &tools.ffmpeg), program("ffprobe", &tools.ffprobe), Finding::ok("encoders", encoders)];
    good.into_iter().chain(tools::holes(&tools.ffmpeg.version).map(|hole| known(hole, &tools.ffmpeg.version))).collect()
}

/// A hole that this version had when it was released.
fn known(hole: &Hole, version: &Version) -> Finding {
    Finding::bad(
        "holes",
        State::Warn,
        format!("ffmpeg {version} may have {}: {}", hole.cve, hole.what),
        format!(
            "install {}, or ask your distribution whether {} is mended in its build: it keeps the version",
            hole.mended(),
            hole.cve
        ),
    )
}

/// Measures the encoder on two seconds of a moving pattern.
pub(super) fn speed(ffmpeg: &Path, settings: &Settings) -> Finding {
    const SECONDS: f64 = 2.0;
    let source = "testsrc2=size=1920x1080:rate=30:duration=2";
    let preset = settings.encode.preset.as_str();
    let encode = ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", preset, "-f", "null", "-"];
    let encode = encode.map(OsString::from);
    let bounds = Bounds::new(Cancel::default(), tools::stall(settings), Sandbox::new(settings, &[ffmpeg]));
    let nothing = |_: usize, _: &mut _| Ok::<(), io::Error>(());
    let began = Instant::now();
    match command::run(ffmpeg, &encode, 0, &bounds, nothing, |_| {}) {
        Ok(_) => judged(SECONDS / began.elapsed().as_secs_f64().max(0.001), preset),
        Err(error) => unable(&error.to_string()),
    }
}

fn unable(why: &str) -> Finding {
    Finding::bad("speed", State::NoFfmpeg, format!("a pattern can't be encoded: {why}"), "install another ffmpeg")
}

fn judged(times: f64, preset: &str) -> Finding {
    let found = format!("1080p30 with preset {preset}: {times:.1}× real time for the top rendition");
    if times >= 1.0 {
        return Finding::ok("speed", found);
    }
    Finding::bad("speed", State::Warn, found, "more processors, or a faster preset: encode.preset = \"veryfast\"")
}

#[cfg(test)]
mod tests {
    use crate::command::machine::doctor::tools::*;

    #[test]
    fn an_encoder_slower_than_real_time_is_a_warning() {
        assert_eq!(judged(0.99, "slow").state, State::Warn);
        assert_eq!(judged(1.0, "slow").state, State::Ok);
    }

    #[test]
    fn an_ffmpeg_that_encodes_nothing_is_none() {
        let settings = Settings::default();
        assert_eq!(speed(Path::new("false"), &settings).state, State::NoFfmpeg);
        assert_eq!(speed(Path::new("/nowhere/ffmpeg"), &settings).state, State::NoFfmpeg);
    }
}
