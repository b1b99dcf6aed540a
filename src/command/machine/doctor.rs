//! `pack doctor`.

mod afterwards;
mod hooks;
mod machine;
mod tools;

use std::io;

use clap::Args;
use config::settings::Settings;
use serde::Serialize;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Say what is missing or slow on this machine, and how to mend it
///
/// Looks at ffmpeg and its encoders, the folders, the disk, the limits, the addresses and the settings. Ends with
/// status 4 where ffmpeg is not what it must be, with 1 where anything else is.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    listen: Listen,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    /// It works, but slowly or not for long.
    Warn,
    /// Something does not work.
    Fail,
    /// Nothing can be packaged.
    NoFfmpeg,
}

#[derive(Serialize)]
struct Diagnosis<'a> {
    event: &'static str,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl Doctor {
    /// Looks at everything, telling as it goes: the encoder's speed takes a moment to measure.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let resolved = settings::resolve(global, &self.listen)?;
        let settings = &resolved.settings;
        let mut exit = Exit::Done;
        let mut tell = |finding: Finding| -> io::Result<()> {
            exit = worse(exit, finding.state);
            match output.is_json() {
                true => output.json(&Diagnosis { event: "diagnosis", finding: &finding }),
                false => output.text(&lines(&finding)),
            }
        };
        tell(Finding::ok("settings", settings::sources(&resolved)))?;
        match tools::find(settings) {
            Err(finding) => tell(finding)?,
            Ok(found) => {
                for finding in tools::programs(&found) {
                    tell(finding)?;
                }
                tell(tools::speed(&found.ffmpeg.path, settings))?;
            }
        }
        for finding in findings(settings) {
            tell(finding)?;
        }
        Ok(exit)
    }
}

/// What is found of everything but ffmpeg.
fn findings(settings: &Settings) -> impl Iterator<Item = Finding> {
    let machine = machine::findings(settings).into_iter();
    machine.chain(afterwards::findings(&settings.ingest)).chain(hooks::findings(&settings.hooks))
}

const fn worse(exit: Exit, state: State) -> Exit {
    match (exit, state) {
        (_, State::NoFfmpeg) => Exit::NoFfmpeg,
        (Exit::Done, State::Fail) => Exit::Failed,
        (exit, _) => exit,
    }
}

fn lines(finding: &Finding) -> String {
    let state = match finding.state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail | State::NoFfmpeg => "FAIL",
    };
    let mut text = format!("{state:4}  {:9}  {}\n", finding.check, finding.found);
    if let Some(mend) = &finding.mend {
        text.push_str(&format!("{:17}→ {mend}\n", ""));
    }
    text
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), mend: None }
    }

    fn bad(check: &'static str, state: State, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, state, found: found.into(), mend: Some(mend.into()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::machine::doctor::*;

    #[test]
    fn the_worst_finding_decides_the_status() {
        use State::{Fail, NoFfmpeg, Ok, Warn};
        for (states, exit) in [
            (&[][..], Exit::Done),
            (&[Ok, Warn, Ok], Exit::Done),
            (&[Warn, Fail, Ok], Exit::Failed),
            (&[Fail, NoFfmpeg, Fail], Exit::NoFfmpeg),
        ] {
            assert_eq!(states.iter().fold(Exit::Done, |exit, state| worse(exit, *state)), exit, "{states:?}");
        }
    }

    #[test]
    fn a_finding_says_how_to_mend_it() {
        assert_eq!(lines(&Finding::ok("disk", "10 GiB free")), "ok    disk       10 GiB free\n");
        assert_eq!(
            lines(&Finding::bad("disk", State::Fail, "full", "make room")),
            "FAIL  disk       full\n                 → make room\n"
        );
    }
}
