//! Layers laid over the defaults.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::keys::DEFAULTS;
use super::layer::{Entry, Layer, Place};
use super::{Settings, SettingsError};

/// The settings in force, and where each came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The settings.
    pub settings: Settings,
    /// Every key in alphabetical order, with its value and where that stands.
    pub entries: Vec<Entry>,
}

/// Lays `layers` over the defaults, weakest first.
///
/// # Errors
/// The first value that is not allowed, whether or not a stronger layer overrides it; then the first contradiction.
pub fn resolve(layers: impl IntoIterator<Item = Layer>) -> Result<Resolved, SettingsError> {
    let mut settings = Settings::default();
    let mut entries: BTreeMap<String, Entry> = DEFAULTS.iter().map(default_entry).collect();
    for entry in layers.into_iter().flat_map(Layer::into_entries) {
        settings = settings.with(&entry)?;
        entries.insert(entry.key.clone(), entry);
    }
    if let Some((key, why)) = settings.conflict()
        && let Some(entry) = entries.remove(key)
    {
        return Err(SettingsError::Conflict { value: entry.written(), place: entry.place, key: key.into(), why });
    }
    Ok(Resolved { settings, entries: entries.into_values().collect() })
}

fn default_entry((key, value): (&String, &Value)) -> (String, Entry) {
    (key.clone(), Entry { key: key.clone(), value: value.clone(), place: Place::Default })
}

impl Settings {
    /// These settings with one value replaced. They are right, so that whatever is wrong afterwards is that value.
    pub(super) fn with(&self, entry: &Entry) -> Result<Self, SettingsError> {
        self.with_value(&entry.key, &entry.value).map_err(|problem| SettingsError::Value {
            place: entry.place.clone(),
            key: entry.key.clone(),
            value: entry.written(),
            problem: problem.replace('\n', "; "),
        })
    }

    fn with_value(&self, key: &str, value: &Value) -> Result<Self, String> {
        let mut root = Table::try_from(self).map_err(|error| error.to_string())?;
        let (sections, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut root;
        for section in sections.split('.').filter(|s| !s.is_empty()) {
            let Some(Value::Table(below)) = table.get_mut(section) else { return Err(format!("no section {section}")) };
            table = below;
        }
        table.insert(name.into(), value.clone());
        root.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }
}
