//! The house: layers know only those below them, no files know each other in a circle, and no two things share a name.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From the sockets down to what is pure.
const LAYERS: [&str; 10] =
    ["server", "connection", "service", "pages", "delivery", "library", "observe", "error", "access", "http"];

/// The code of the crate by its modules' paths, without tests and comments, each module in one line.
fn modules() -> BTreeMap<String, String> {
    let in_one_line = |text: String| {
        let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        lines.collect::<Vec<_>>().join(" ")
    };
    sources().into_iter().map(|(module, text)| (module, in_one_line(text))).collect()
}

/// The files of the crate by their modules' paths, without their tests.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(&root).unwrap().with_extension("");
            let parts: Vec<_> = below.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod").collect();
            if !(parts.contains(&"tests") || parts[0] == "fuzzing" || parts == ["lib"]) {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                modules.insert(parts.join("::"), code.to_owned());
            }
        }
    }
    modules
}

/// The paths that a `use` names: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn named(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('{') else {
        return vec![text.split(" as ").next().unwrap().trim().into()];
    };
    let body = rest.rsplit_once('}').map_or(rest, |(body, _)| body);
    let (mut depth, mut parts, mut part) = (0, Vec::new(), String::new());
    for c in body.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    let own = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    own.flat_map(|part| named(&format!("{}{part}", before.trim()))).map(|path| path.replace("::self", "")).collect()
}

/// The module that `path` leads to, as `of` sees it, if it is one of `modules`.
fn target(path: &str, of: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let path = path.replace(' ', "");
    let absolute = if let Some(absolute) = path.strip_prefix("crate::") {
        absolute.to_owned()
    } else {
        let (mut base, mut rest): (Vec<&str>, &str) = (of.split("::").collect(), &path);
        while let Some(above) = rest.strip_prefix("super::") {
            base.pop();
            rest = above;
        }
        base.into_iter().chain([rest]).collect::<Vec<_>>().join("::")
    };
    let parts: Vec<_> = absolute.split("::").collect();
    (1..=parts.len()).rev().map(|length| parts[..length].join("::")).find(|path| modules.contains_key(path))
}

/// The modules that each module uses.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let modules = modules();
    let mut all = BTreeMap::new();
    for (module, text) in &modules {
        let statements = text.split(';').filter_map(|statement| statement.split_once("use ").map(|(_, path)| path));
        let inline = text.match_indices("crate::").map(|(at, _)| {
            text[at..].split(|c: char| !(c.is_alphanumeric() || c == ':' || c == '_')).next().unwrap().to_owned()
        });
        let paths = statements.flat_map(named).chain(inline);
        let used = paths.filter_map(|path| target(&path, module, &modules)).filter(|used| used != module);
        all.insert(module.clone(), used.collect::<BTreeSet<_>>());
    }
    all
}

#[test]
fn layers_know_only_those_below() {
    let uses = uses();
    let layer = |module: &str| {
        let layer = LAYERS.iter().position(|layer| module.split("::").next() == Some(layer));
        layer.unwrap_or_else(|| panic!("{module} has no layer"))
    };
    assert!(LAYERS.iter().all(|layer| uses.keys().any(|module| module.starts_with(layer))), "{:?}", uses.keys());
    for (module, used) in &uses {
        let own = layer(module);
        for other in used {
            assert!(own <= layer(other), "{module} uses {other}, which is above it");
        }
    }
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let mut left = uses();
    assert!(left.len() > 50 && left["service::dispatch"].contains("http::host"), "{:?}", left.keys());
    // Files that use none of the others go first; what then never goes is a circle, or above one.
    loop {
        let free: Vec<_> = left.iter().filter(|(_, used)| used.is_empty()).map(|(module, _)| module.clone()).collect();
        if free.is_empty() {
            break;
        }
        for module in free {
            left.remove(&module);
            left.values_mut().for_each(|used| used.retain(|other| *other != module));
        }
    }
    assert!(left.is_empty(), "circles, and what is above them: {left:#?}");
}

/// The name of the type, trait, constant or static that `line` defines outside of any block.
fn defined(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub").map_or(line, |rest| {
        let rest = rest.strip_prefix('(').and_then(|scope| scope.split_once(')')).map_or(rest, |(_, rest)| rest);
        rest.trim_start()
    });
    let (keyword, rest) = rest.split_once(' ')?;
    let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    let is_item = ["struct", "enum", "trait", "type", "const", "static"].contains(&keyword);
    // `const fn`, and constants without a name, are none.
    (is_item && name.starts_with(|c: char| c.is_uppercase())).then_some(name)
}

#[test]
fn no_two_things_share_a_name() {
    assert_eq!(defined("pub(crate) struct Head<'b>(&'b str);"), Some("Head"));
    assert_eq!(defined("const LINE: usize = 1;"), Some("LINE"));
    assert_eq!(defined("pub const fn len() {}"), None);
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let modules = sources();
    // Of the two kinds of spans, a build has one.
    for (module, text) in modules.iter().filter(|(module, _)| *module != "observe::spans::without") {
        for name in text.lines().filter_map(defined) {
            places.entry(name).or_default().push(module);
        }
    }
    assert!(places.len() > 150, "{places:?}");
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "defined in several modules, so that a reader has to ask which is meant: {places:#?}");
}
