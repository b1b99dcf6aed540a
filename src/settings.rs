//! Where settings are looked up on this machine: the file, the environment, the flags.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use config::settings::{Layer, Place, Resolved};

use crate::args::{Global, Listen};
use crate::exit::Failure;

/// The settings in force for this command line.
pub(crate) fn resolve(global: &Global, listen: &Listen) -> Result<Resolved, Failure> {
    let environment = environment(env::vars_os())?;
    let mut layers = Vec::new();
    if let Some((path, text)) = file(global.config.as_deref(), &environment)? {
        layers.push(Layer::file(&path, &text)?);
    }
    layers.push(Layer::environment(&environment)?);
    layers.push(flags(global, listen));
    Ok(config::settings::resolve(layers)?)
}

/// Which files and other places have a say, for people.
pub(crate) fn sources(resolved: &Resolved) -> String {
    let name = |place: &Place| match place {
        Place::Default => None,
        Place::File { path, .. } => Some(path.display().to_string()),
        other => Some(other.to_string()),
    };
    let names: BTreeSet<String> = resolved.entries.iter().filter_map(|entry| name(&entry.place)).collect();
    if names.is_empty() { "defaults".into() } else { names.into_iter().collect::<Vec<_>>().join(", ") }
}

fn flags(global: &Global, listen: &Listen) -> Layer {
    Layer::default()
        .with_flag("ingest.path", "--ingest", global.ingest.as_deref())
        .with_flag("library.path", "--library", global.library.as_deref())
        .with_flag("studio.state", "--state", global.state.as_deref())
        .with_flag("origin.listen", "--listen", listen.listen.as_deref())
        .with_flag("origin.admin", "--admin", listen.admin.as_deref())
}

/// The variables that are text. Of the others only ours matter: they would be lost silently.
fn environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => drop(texts.insert(name, value)),
            Err(_) if name.starts_with("PACK_") => {
                return Err(Failure::usage(anyhow!("environment variable {name}: its value is not UTF-8")));
            }
            Err(_) => {}
        }
    }
    Ok(texts)
}

/// The settings file that counts, with its text: the named one, which must be there, or the first that exists.
fn file(named: Option<&Path>, environment: &BTreeMap<String, String>) -> Result<Option<(PathBuf, String)>, Failure> {
    if let Some(path) = named {
        let text = read(path)?.ok_or_else(|| Failure::usage(anyhow!("{}: no such file (--config)", path.display())))?;
        return Ok(Some((path.into(), text)));
    }
    // A home that we may not look into, as another user's after `su`, has no settings of ours.
    for path in candidates(environment).into_iter().filter(|path| path.try_exists().unwrap_or(false)) {
        if let Some(text) = read(&path)? {
            return Ok(Some((path, text)));
        }
    }
    Ok(None)
}

/// Where a settings file may lie. The XDG base directory specification: the variable counts if it is an absolute path,
/// else it is `~/.config`.
fn candidates(environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    let home = home.map(|home| home.join("pack/pack.toml"));
    ["./pack.toml".into()].into_iter().chain(home).chain(["/etc/pack/pack.toml".into()]).collect()
}

/// The text of a settings file; `None` when there is none.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => {
            let error = Err::<(), _>(error).with_context(|| format!("can't read the settings file {}", path.display()));
            error.map_err(Failure::usage).map(|()| None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_up(variables: &[(&str, &str)]) -> Vec<String> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        candidates(&variables).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn files_are_looked_up_where_the_contract_says() {
        for (variables, middle) in [
            (&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")][..], Some("/x/pack/pack.toml")),
            (&[("HOME", "/h")], Some("/h/.config/pack/pack.toml")),
            (&[("XDG_CONFIG_HOME", "relative"), ("HOME", "/h")], Some("/h/.config/pack/pack.toml")),
            (&[("XDG_CONFIG_HOME", ""), ("HOME", "/h")], Some("/h/.config/pack/pack.toml")),
            (&[], None),
        ] {
            let expected = ["./pack.toml"].into_iter().chain(middle).chain(["/etc/pack/pack.toml"]);
            assert_eq!(looked_up(variables), expected.collect::<Vec<_>>(), "{variables:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_our_variables_must_be_text() {
        use std::os::unix::ffi::OsStringExt;
        let bad = || OsString::from_vec(vec![0xff]);
        assert!(environment([("OTHER".into(), bad())].into_iter()).unwrap().is_empty());
        let failure = environment([("PACK_LIBRARY".into(), bad())].into_iter()).unwrap_err();
        assert_eq!(failure.error.to_string(), "environment variable PACK_LIBRARY: its value is not UTF-8");
    }
}
