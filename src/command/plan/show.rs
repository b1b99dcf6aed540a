//! A plan for people.

use config::title::TextKind;
use media::track::{AudioPlan, TextInput};
use packager::plan::{Plan, Reason, Topic};
use packager::source::{Scan, SourceInfo};

use super::{Command, Planned};
use crate::text::{bit_rate, clock, count, shell_quoted, table};

/// Chunks' commands that are enough to see how they differ.
const CHUNKS_SHOWN: usize = 2;

/// The whole page.
pub(super) fn text(planned: &Planned<'_>, all_commands: bool) -> String {
    let mut text = format!("Source: {}\n", planned.input.display());
    text.push_str(&source(planned.source));
    if planned.plan.video.is_some() {
        text.push_str(&grid(planned));
        text.push_str(&ladder(planned.plan));
    }
    text.push_str(&sound(planned.plan));
    text.push_str(&why(&planned.reasons));
    text.push_str(&commands(&planned.commands, planned.chunks.len(), all_commands));
    text
}

fn source(source: &SourceInfo) -> String {
    let mut rows = vec![["container".into(), source.format.clone()]];
    rows.extend(source.video.as_ref().map(|v| {
        let facts = format!(
            "{} {}×{}, {} fps{}{}, {}, from {} to {}",
            v.codec,
            v.width,
            v.height,
            v.rate,
            if v.variable_rate { " (variable)" } else { "" },
            if v.scan == Scan::Progressive { "" } else { ", interlaced" },
            bit_rate(v.bit_rate),
            seconds(v.start_us),
            seconds(v.end_us),
        );
        [format!("picture #{}", v.index), facts]
    }));
    rows.extend(source.audio.iter().map(|a| {
        let layout = a.layout.clone().unwrap_or_else(|| count(a.channels, "channel"));
        let (from, to) = (seconds(a.start_us), seconds(a.end_us));
        let facts = format!("{} {layout}, {} Hz, {}, from {from} to {to}", a.codec, a.sample_rate, a.language);
        [format!("sound #{}", a.index), facts]
    }));
    rows.extend(source.text.iter().map(|text| {
        let place = match &text.input {
            TextInput::Track(track) => format!("text #{track}"),
            TextInput::File(file) => format!("text .{}", file.ending),
        };
        let kind = match text.kind {
            TextKind::Subtitles => "",
            TextKind::Forced => ", forced",
            TextKind::Captions => ", for people who hear badly",
        };
        [place, format!("{}{kind}", text.language)]
    }));
    rows.extend(source.warnings.iter().map(|warning| ["warning".into(), warning.clone()]));
    indented(&table(["", ""], &rows))
}

fn grid(planned: &Planned<'_>) -> String {
    let grid = &planned.plan.grid;
    let lasts = |frames: u64| clock_exact(grid.rate.span(frames).ticks_at(1_000_000));
    let segment = u64::from(grid.gop) * u64::from(grid.segment_gops);
    format!(
        "\nGrid: {} frames at {} fps, {}\n  GOP {} frames ({}), segment {segment} frames ({}); {} in {}\n",
        grid.frames,
        grid.rate,
        clock(grid.duration().ticks_at(1000)),
        grid.gop,
        lasts(grid.gop.into()),
        lasts(segment),
        count(u64::try_from(grid.segments().len()).unwrap_or(u64::MAX), "segment"),
        count(u64::try_from(planned.chunks.len()).unwrap_or(u64::MAX), "chunk"),
    )
}

fn ladder(plan: &Plan) -> String {
    let rows: Vec<_> = plan
        .ladder
        .iter()
        .rev()
        .map(|r| {
            [
                r.name.clone(),
                format!("{}×{}", r.width, r.height),
                bit_rate(r.bit_rate.into()),
                bit_rate(r.rate.max_rate.into()),
                format!("{} kb", r.rate.buffer / 1000),
                format!("{}.{}", r.rate.crf_tenths / 10, r.rate.crf_tenths % 10),
            ]
        })
        .collect();
    format!("\nLadder\n{}", indented(&table(["RENDITION", "SIZE ", "AVERAGE ", "PEAK ", "BUFFER ", "CRF "], &rows)))
}

fn sound(plan: &Plan) -> String {
    if plan.audio.is_empty() {
        return "\nSound: none\n".into();
    }
    let row = |a: &AudioPlan| {
        let default = if a.default { "default" } else { "" };
        let (track, rate) = (from(a), bit_rate(a.bit_rate.into()));
        [a.name.clone(), track, a.language.clone(), a.layout.clone(), rate, a.label.clone(), default.into()]
    };
    let rows: Vec<_> = plan.audio.iter().map(row).collect();
    format!(
        "\nAudio\n{}",
        indented(&table(["RENDITION", "FROM", "LANGUAGE", "LAYOUT", "AVERAGE ", "LABEL", ""], &rows))
    )
}

/// The tracks that a rendition is made of.
fn from(audio: &AudioPlan) -> String {
    audio.input.tracks().iter().map(|track| format!("#{track}")).collect::<Vec<_>>().join(" ")
}

fn why(reasons: &[Reason]) -> String {
    let topic = |topic: Topic| match topic {
        Topic::Rate => "rate",
        Topic::Grid => "grid",
        Topic::Extent => "extent",
        Topic::Ladder => "ladder",
        Topic::Picture => "picture",
        Topic::Color => "colour",
        Topic::Audio => "audio",
        Topic::Text => "text",
    };
    let row = |r: &Reason| {
        let decision = if r.kept { r.decision.clone() } else { format!("no {}", r.decision) };
        [topic(r.topic).into(), decision, r.because.clone()]
    };
    let rows: Vec<_> = reasons.iter().map(row).collect();
    format!("\nWhy\n{}", indented(&table(["", "", ""], &rows)))
}

fn commands(commands: &[Command], chunks: usize, all: bool) -> String {
    let hidden = |n: usize| !all && (CHUNKS_SHOWN..chunks).contains(&n);
    // How many share a chunk depends on the processors at hand, and decides no byte.
    let shared = if chunks > 0 {
        " (a chunk's renditions may be shared between several ffmpegs, with the same results)"
    } else {
        ""
    };
    let mut text = format!("\nCommands{shared}\n");
    for (n, command) in commands.iter().enumerate() {
        if !hidden(n) {
            let quoted: Vec<String> = command.argv.iter().map(|a| shell_quoted(a)).collect();
            text.push_str(&format!("  # {}\n  {}\n", command.makes, quoted.join(" ")));
        } else if n == CHUNKS_SHOWN {
            text.push_str(&format!("  # {} more chunks alike: -v shows them\n", chunks - CHUNKS_SHOWN));
        }
    }
    text
}

/// Microseconds as seconds with three decimals.
fn seconds(microseconds: i64) -> String {
    let sign = if microseconds < 0 { "-" } else { "" };
    format!("{sign}{}", clock_exact(microseconds.unsigned_abs()))
}

fn clock_exact(microseconds: u64) -> String {
    let milliseconds = microseconds.saturating_add(500) / 1000;
    format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000)
}

/// Each line two blanks to the right; an empty header's line is left out.
fn indented(text: &str) -> String {
    text.lines().filter(|line| !line.is_empty()).map(|line| format!("  {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_three_decimals_and_a_sign() {
        for (us, text) in [(0, "0.000 s"), (6_006_000, "6.006 s"), (-21_333, "-0.021 s"), (999_500, "1.000 s")] {
            assert_eq!(seconds(us), text);
        }
    }

    #[test]
    fn the_middle_chunks_commands_are_hidden_unless_all_are_wanted() {
        let command = |makes: &str| Command { makes: makes.into(), argv: vec!["ffmpeg".into(), "a b".into()] };
        let made = [command("chunk 1"), command("chunk 2"), command("chunk 3"), command("chunk 4"), command("sound")];
        let short = commands(&made, 4, false);
        assert_eq!(
            short,
            "\nCommands (a chunk's renditions may be shared between several ffmpegs, with the same results)\n  # chunk 1\n  ffmpeg 'a b'\n  # chunk 2\n  ffmpeg 'a b'\n  # 2 more chunks alike: -v shows \
             them\n  # sound\n  ffmpeg 'a b'\n"
        );
        assert!(commands(&made, 4, true).contains("chunk 3\n"));
    }
}
