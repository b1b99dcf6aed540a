//! Transport streams with several programs: one of them is the title.

use std::path::Path;

use serde_json::Value;

use super::facts;
use super::json::{Answer, Program, Stream};
use crate::probe::error::ProbeError;

/// Keeps the tracks of one program: the one numbered `wanted`, or where that is 0 the one of the picture that would be
/// packaged anyway. Says what is left out.
pub(in crate::probe) fn keep_one(answer: &mut Answer, wanted: u32, path: &Path) -> Result<Vec<String>, ProbeError> {
    let programs: Vec<&Program> = answer.programs.iter().filter(|program| !program.streams.is_empty()).collect();
    let numbers = || programs.iter().map(|program| program.program_num).collect::<Vec<_>>();
    let chosen = match wanted {
        0 if programs.len() < 2 => None,
        0 => {
            let picture = facts::picture(answer, path).ok().flatten().map(|stream| stream.index);
            let best = programs.iter().find(|program| picture.is_some_and(|index| holds(program, index)));
            best.or_else(|| programs.first()).copied()
        }
        number => {
            let missing = || ProbeError::NoProgram { path: path.into(), wanted, there: numbers() };
            Some(programs.iter().find(|program| program.program_num == number).copied().ok_or_else(missing)?)
        }
    };
    let Some(chosen) = chosen else { return Ok(Vec::new()) };
    let others = programs.iter().filter(|program| program.program_num != chosen.program_num);
    let warnings = others.map(|program| left_out(program, chosen)).collect();
    let kept: Vec<u32> = chosen.streams.iter().map(|stream| stream.index).collect();
    answer.streams.retain(|stream: &Stream| kept.contains(&stream.index));
    Ok(warnings)
}

fn holds(program: &Program, index: u32) -> bool {
    program.streams.iter().any(|stream| stream.index == index)
}

fn left_out(program: &Program, chosen: &Program) -> String {
    let tracks: Vec<String> = program.streams.iter().map(|stream| stream.index.to_string()).collect();
    format!(
        "{} (tracks {}) is left out, {} is packaged; encode.program = {} in the title's settings file packages it instead",
        named(program),
        tracks.join(", "),
        named(chosen),
        program.program_num
    )
}

fn named(program: &Program) -> String {
    let name =
        program.tags.get("service_name").and_then(Value::as_str).map(|name| name.trim().replace(char::is_control, " "));
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("program {} '{name}'", program.program_num),
        None => format!("program {}", program.program_num),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let text = r#"{
            "programs": [
                {"program_num": 3, "tags": {"service_name": "One"}, "streams": [{"index": 0}, {"index": 1}]},
                {"program_num": 7, "streams": [{"index": 2}, {"index": 3}]},
                {"program_num": 9, "streams": []}
            ],
            "streams": [
                {"index": 0, "codec_type": "video", "width": 320, "height": 180},
                {"index": 1, "codec_type": "audio"},
                {"index": 2, "codec_type": "video", "width": 640, "height": 360},
                {"index": 3, "codec_type": "audio"}
            ]
        }"#;
        serde_json::from_str(text).unwrap()
    }

    fn kept(wanted: u32) -> (Vec<u32>, Vec<String>) {
        let mut answer = answer();
        let warnings = keep_one(&mut answer, wanted, Path::new("x.ts")).unwrap();
        (answer.streams.iter().map(|stream| stream.index).collect(), warnings)
    }

    #[test]
    fn one_program_is_kept_whole_and_the_others_are_named() {
        let (tracks, warnings) = kept(0);
        assert_eq!(tracks, [2, 3]);
        let said = "program 3 'One' (tracks 0, 1) is left out, program 7 is packaged; encode.program = 3 in the title's \
                    settings file packages it instead";
        assert_eq!(warnings, [said]);
        assert_eq!(kept(3).0, [0, 1]);
        let refused = keep_one(&mut answer(), 4, Path::new("x.ts")).unwrap_err().to_string();
        assert!(refused.contains("no program 4") && refused.contains("3, 7"), "{refused}");
    }

    #[test]
    fn a_source_without_programs_stays_whole() {
        let mut answer = Answer { programs: Vec::new(), ..answer() };
        assert_eq!(keep_one(&mut answer, 0, Path::new("x")).unwrap(), Vec::<String>::new());
        assert_eq!(answer.streams.len(), 4);
        assert!(keep_one(&mut answer, 1, Path::new("x")).is_err());
    }
}
