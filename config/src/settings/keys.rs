//! The keys that exist, as `default.toml` lists them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::{Table, Value};

use super::DEFAULT_FILE;

/// Every key with its default, keys as `section.name`.
pub(super) static DEFAULTS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let table: Table = toml::from_str(DEFAULT_FILE).unwrap_or_default();
    let mut leaves = BTreeMap::new();
    flatten("", &table, &mut leaves);
    leaves
});

/// Sections that were a path alone before they were sections: a plain value in place of the table is the path.
const PATHS: [(&str, &str); 2] = [("ingest", "ingest.path"), ("library", "library.path")];

/// The key of a value that stands in the place of `section`, where there is one.
pub(super) fn plain(section: &str) -> Option<&'static str> {
    PATHS.iter().find(|(name, _)| *name == section).map(|(_, key)| *key)
}

/// All that may stand in a file for a value.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    PATHS.iter().map(|(name, _)| *name).chain(DEFAULTS.keys().map(String::as_str))
}

/// Every environment variable with its key. Of two for one key, the longer counts.
pub(super) fn variables() -> BTreeMap<String, &'static str> {
    let plain = PATHS.iter().map(|(name, key)| (environment_variable(name), *key));
    plain.chain(DEFAULTS.keys().map(|key| (environment_variable(key), key.as_str()))).collect()
}

/// The environment variable of `key`: `encode.preset` is `PACK_ENCODE_PRESET`.
pub(super) fn environment_variable(key: &str) -> String {
    format!("PACK_{}", key.replace('.', "_").to_uppercase())
}

/// True if keys lie below `name`.
pub(super) fn is_section(name: &str) -> bool {
    DEFAULTS.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// `key` below `section`, which is empty at the top.
pub(super) fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.into() } else { format!("{section}.{key}") }
}

/// All leaves of `table`.
pub(super) fn flatten(section: &str, table: &Table, into: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = join(section, name);
        match value {
            Value::Table(table) => flatten(&key, table, into),
            value => {
                into.insert(key, value.clone());
            }
        }
    }
}

/// The hint to someone who wrote `name`, given the names that are known.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |key: &str| {
        // `preset` without its section is nearer to `encode.preset` than letters tell.
        if last(key) == last(name) { 0 } else { strsim::osa_distance(key, name) }
    };
    match known.min_by_key(|key| distance(key)) {
        Some(nearest) if distance(nearest) <= 3.max(name.len() / 3) => format!("did you mean {nearest}?"),
        _ => "`pack config --default` lists all".into(),
    }
}
