//! What is printed: results to standard output, messages to standard error.

use std::io::{self, IsTerminal, Write};
use std::time::SystemTime;

use indicatif::{MultiProgress, ProgressDrawTarget};
use packager::event::error_chain;
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Failure;

/// The two standard streams, and the bars that messages must not tear.
pub(crate) struct Output {
    json: bool,
    bars: MultiProgress,
}

impl Output {
    /// With `json`, standard output gets one JSON object a line and nothing else.
    /// With `quiet`, no bars are drawn.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        // Bars are for a person who watches: not in a log file, and not in between JSON.
        let watched = io::stderr().is_terminal() && !json && !quiet;
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { json, bars: MultiProgress::with_draw_target(target) }
    }

    /// Whether results are JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Where progress bars are drawn; hidden where nobody watches.
    pub(crate) const fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Writes `text` to standard output as it is.
    pub(crate) fn text(&self, text: &str) -> io::Result<()> {
        self.bars.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            stdout.flush()
        })
    }

    /// Writes an object that has an `event`, stamped with the time.
    pub(crate) fn json(&self, event: &impl Serialize) -> io::Result<()> {
        let line = stamped(event, SystemTime::now())?;
        self.text(&line)
    }

    /// Writes a document: as it is, or as the member `text` of an event of that name.
    pub(crate) fn document(&self, event: &str, text: &str) -> io::Result<()> {
        if self.json { self.json(&json!({ "event": event, "text": text })) } else { self.text(text) }
    }

    /// Says what was done: `event` to programs, `text` to people.
    pub(crate) fn outcome(&self, event: &impl Serialize, text: &str) -> io::Result<()> {
        if self.json { self.json(event) } else { self.text(&format!("{text}\n")) }
    }

    /// Writes a line for people to standard error.
    pub(crate) fn message(&self, text: &str) {
        self.bars.suspend(|| {
            // With standard error gone there is nobody left to tell.
            let _ = writeln!(io::stderr().lock(), "{text}");
        });
    }

    /// Says why the program ends.
    pub(crate) fn failure(&self, failure: &Failure) {
        let errors = error_chain(failure.error.as_ref());
        self.message(&chain_text("error", &errors));
        if self.json {
            let event = json!({ "event": "error", "status": failure.exit.status(), "errors": errors });
            // The same message is on standard error already.
            let _ = self.json(&event);
        }
    }
}

/// One line of JSON: `event` first, then `time`, then the rest.
fn stamped(event: &impl Serialize, now: SystemTime) -> io::Result<String> {
    let Value::Object(members) = serde_json::to_value(event)? else {
        return Err(io::Error::other("an event must be a JSON object"));
    };
    let name = members.get("event").cloned().unwrap_or_default();
    let time = humantime::format_rfc3339_millis(now).to_string();
    let mut line = format!("{{\"event\":{name},\"time\":\"{time}\"");
    for (key, value) in members.iter().filter(|(key, _)| *key != "event") {
        line.push_str(&format!(",{}:{value}", Value::from(key.as_str())));
    }
    line.push_str("}\n");
    Ok(line)
}

/// `error: outermost: caused by: …`, one line a cause.
pub(crate) fn chain_text(label: &str, errors: &[String]) -> String {
    let mut text = label.to_owned();
    for (n, error) in errors.iter().enumerate() {
        text.push_str(if n == 0 { ": " } else { "\n  caused by: " });
        text.push_str(&error.replace('\n', "\n    "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_stamped_event_is_one_line_with_the_time() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        let line = stamped(&json!({ "a": "x\ny", "event": "published" }), now).unwrap();
        assert_eq!(line, "{\"event\":\"published\",\"time\":\"2023-11-14T22:13:20.123Z\",\"a\":\"x\\ny\"}\n");
        assert!(stamped(&json!([1]), now).is_err());
    }

    #[test]
    fn a_chain_is_indented_below_its_first_message() {
        let errors = ["a.mp4 can't be read".to_owned(), "line 1\nline 2".to_owned()];
        assert_eq!(chain_text("error", &errors), "error: a.mp4 can't be read\n  caused by: line 1\n    line 2");
    }
}
