//! The property that must hold for any settings file: `make fuzz` and the replay of its corpus test it.
#![expect(clippy::panic, reason = "a property that does not hold ends the run")]

use std::collections::BTreeMap;
use std::path::Path;

use crate::settings::{Layer, Resolved, Settings, SettingsError, resolve};

/// Reads `data` as a settings file, as a title's own file, and as environment variables, one `NAME=value` a line.
///
/// # Panics
/// When a property does not hold.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let path = Path::new("pack.toml");
    held_to(Layer::file(path, text).and_then(|layer| resolve([layer])), text);
    if let Err(error) = Settings::default().encode.with_title_file(path, text) {
        names_its_line(&error, text);
    }
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let variables: BTreeMap<String, String> = pairs.map(|(name, value)| (name.into(), value.into())).collect();
    held_to(Layer::environment(&variables).and_then(|layer| resolve([layer])), text);
}

fn held_to(resolved: Result<Resolved, SettingsError>, text: &str) {
    match resolved {
        Ok(resolved) => written_settings_read_the_same(&resolved.settings),
        Err(error) => names_its_line(&error, text),
    }
}

fn written_settings_read_the_same(settings: &Settings) {
    let written = toml::to_string(settings).unwrap_or_else(|error| panic!("{settings:?}: {error}"));
    let read = Layer::file(Path::new("written.toml"), &written).and_then(|layer| resolve([layer]));
    assert_eq!(read.map(|resolved| resolved.settings).as_ref(), Ok(settings), "{written}");
}

/// A message is one line that begins with where the fault stands, and that line exists.
fn names_its_line(error: &SettingsError, text: &str) {
    let message = error.to_string();
    if let Some(rest) = message.strip_prefix("pack.toml:") {
        let line = rest.split(':').next().and_then(|line| line.parse::<usize>().ok());
        let lines = text.split('\n').count();
        assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{message} in a file of {lines} lines");
    } else {
        assert!(message.starts_with("environment variable PACK_"), "{message}");
    }
    assert!(!message.contains('\n'), "{message}");
}

#[cfg(test)]
mod tests {
    include!("../../fixtures/fuzz/replay.rs");

    #[test]
    fn any_settings_file_is_taken_or_refused_with_its_line() {
        replay("settings", super::settings);
    }
}
