//! One layer of settings: values and where each stands.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::SettingsError;
use super::keys::{DEFAULTS, hint, is_section, join, known, plain, variables};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Place {
    /// Nobody set it.
    Default,
    /// A settings file.
    File {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// With its dashes.
        flag: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "environment variable {variable}"),
            Self::Flag { flag } => f.write_str(flag),
        }
    }
}

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// `section.name`.
    pub key: String,
    /// As written.
    pub value: Value,
    /// Where it was written.
    #[serde(flatten)]
    pub place: Place,
}

impl Entry {
    /// The value on one line, whatever it holds.
    #[must_use]
    pub fn written(&self) -> String {
        written(&self.value)
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let fields = table.iter().map(|(name, value)| format!("{name} = {}", written(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        // TOML would spread a text with line ends over several lines; JSON's form of texts and numbers is TOML too.
        other => serde_json::to_string(other).unwrap_or_else(|_| other.to_string()),
    }
}

/// The settings that one file, the environment or the flags give. Every key in it exists; values are not yet checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    entries: Vec<Entry>,
}

impl Layer {
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Reads a settings file's text; `path` is for messages.
    ///
    /// # Errors
    /// When it is no TOML, or has a key that does not exist.
    pub fn file(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let file = File { path, text };
        let table = DeTable::parse(text).map_err(|error| file.syntax(&error))?;
        let mut entries = Vec::new();
        file.read("", table.get_ref(), &mut entries)?;
        Ok(Self { entries })
    }

    /// Takes the `PACK_…` variables out of `given`. Texts are taken as they are, other values as in the file.
    ///
    /// # Errors
    /// When such a variable is no setting's.
    pub fn environment(given: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let known = variables();
        let of_hook = |name: &str| crate::hooks::VARIABLES.contains(&name);
        let ours = given.iter().filter(|(name, _)| name.starts_with("PACK_") && !of_hook(name));
        let entries = ours.map(|(name, text)| {
            let place = Place::Environment { variable: name.clone() };
            let Some(key) = known.get(name) else {
                let hint = hint(name, known.keys().map(String::as_str));
                return Err(SettingsError::Unknown { place, name: name.clone(), hint });
            };
            Ok(Entry { key: (*key).into(), value: value_from_text(key, text), place })
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// Adds the value of a flag: `key` is the setting, `flag` how the person wrote it.
    #[must_use]
    pub fn with_flag(mut self, key: &str, flag: &str, text: Option<&str>) -> Self {
        let entry = |text: &str| Entry {
            key: key.into(),
            value: value_from_text(key, text),
            place: Place::Flag { flag: flag.into() },
        };
        self.entries.extend(text.map(entry));
        self
    }
}

/// A text is itself where the setting is a text, else what it means as TOML.
fn value_from_text(key: &str, text: &str) -> Value {
    let as_text = || Value::String(text.into());
    if DEFAULTS.get(key).is_none_or(Value::is_str) {
        return as_text();
    }
    ValueDeserializer::parse(text).and_then(Value::deserialize).unwrap_or_else(|_| as_text())
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn read(&self, section: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) -> Result<(), SettingsError> {
        for (name, value) in table {
            let key = join(section, name.get_ref());
            let place = self.place(&name.span());
            let key = plain(&key).filter(|_| !value.get_ref().is_table()).map_or(key, ToOwned::to_owned);
            match value.get_ref() {
                DeValue::Table(table) if is_section(&key) => self.read(&key, table, entries)?,
                _ if DEFAULTS.contains_key(&key) => entries.push(self.entry(key, value, place)?),
                _ if is_section(&key) => {
                    let hint = format!("it is a section: write [{key}] and its settings below");
                    return Err(SettingsError::Unknown { place, name: key, hint });
                }
                _ => {
                    let hint = hint(&key, known());
                    return Err(SettingsError::Unknown { place, name: key, hint });
                }
            }
        }
        Ok(())
    }

    fn entry(&self, key: String, value: &Spanned<DeValue<'_>>, place: Place) -> Result<Entry, SettingsError> {
        let value = Value::deserialize(ValueDeserializer::from(value.clone()));
        Ok(Entry { key, value: value.map_err(|error| self.syntax(&error))?, place })
    }

    fn syntax(&self, error: &toml::de::Error) -> SettingsError {
        let problem = error.message().replace('\n', "; ");
        SettingsError::Syntax { place: self.place(&error.span().unwrap_or(0..0)), problem }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        Place::File { path: self.path.into(), line: 1 + before.iter().filter(|b| **b == b'\n').count() }
    }
}
