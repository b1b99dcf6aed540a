//! The catalogue: one TOML file a language, as tables in the order of their keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Result;

/// Each language's tag and its name in itself; the first is the default.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];
/// Keys that begin so go to the scripts.
const FOR_SCRIPTS: &str = "script.";

/// The Rust source of the languages' table.
pub(crate) fn code(folder: &Path) -> Result<String> {
    let mut code = String::from("const LANGUAGES: &[Texts] = &[\n");
    for (tag, name) in LANGUAGES {
        let file = folder.join(tag).with_extension("toml");
        let table: toml::Table =
            toml::from_str(&fs::read_to_string(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut texts = BTreeMap::new();
        flatten("", table, &mut texts).map_err(|key| format!("{}: {key} is no text", file.display()))?;
        writeln!(code, "    Texts {{ tag: {tag:?}, name: {name:?}, script: {:?}, entries: &[", script(&texts))?;
        for (key, text) in &texts {
            writeln!(code, "        ({key:?}, {text:?}),")?;
        }
        code.push_str("    ] },\n");
    }
    code.push_str("];\n");
    Ok(code)
}

/// Puts the texts of a table into `texts`; a key is the names on the way to it, joined by dots.
fn flatten(above: &str, table: toml::Table, texts: &mut BTreeMap<String, String>) -> std::result::Result<(), String> {
    for (name, value) in table {
        let key = if above.is_empty() { name } else { format!("{above}.{name}") };
        match value {
            toml::Value::Table(table) => flatten(&key, table, texts)?,
            toml::Value::String(text) => drop(texts.insert(key, text)),
            _ => return Err(key),
        }
    }
    Ok(())
}

/// The texts of the scripts as JSON. No text can end the element that holds it.
fn script(texts: &BTreeMap<String, String>) -> String {
    let own = texts.iter().filter_map(|(key, text)| Some((key.strip_prefix(FOR_SCRIPTS)?, text)));
    let own: serde_json::Map<String, Value> = own.map(|(key, text)| (key.to_owned(), text.as_str().into())).collect();
    Value::Object(own).to_string().replace('<', "\\u003c")
}
