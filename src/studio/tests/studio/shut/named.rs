//! SECURITY.md names a test in each of its lines, and each of these tests exists.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the crate.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

/// The source of the module at `path`, a file or a folder's `mod.rs`.
fn module(path: &Path) -> Option<String> {
    fs::read_to_string(path.with_extension("rs")).or_else(|_| fs::read_to_string(path.join("mod.rs"))).ok()
}

/// What stands between backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn each_item_has_a_test_and_each_named_test_exists() {
    let text = fs::read_to_string(folder().join("SECURITY.md")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| item"));
    let mut tests = 0;
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 3, "{line}");
        let names = named(cells[2]);
        assert!(!names.is_empty() || cells[2].trim() == "the same", "no test is named: {line}");
        let mut source = None;
        for name in names {
            if name.ends_with(".rs") {
                let root = if name.starts_with("fixtures/") { folder().join("../..") } else { folder() };
                source = fs::read_to_string(root.join(name)).ok();
                assert!(source.is_some(), "there is no {name}: {line}");
                continue;
            }
            let path = name.split("::").fold(folder().join("tests/studio"), |path, part| path.join(part));
            let test = name.rsplit("::").next().unwrap();
            if name.contains("::") {
                if module(&path).is_some() {
                    tests += 1;
                    continue;
                }
                source = module(path.parent().unwrap());
            }
            let is_there = source.as_ref().is_some_and(|source| source.contains(&format!("fn {test}(")));
            assert!(is_there, "there is no test {name}: {line}");
            tests += 1;
        }
    }
    assert!(tests > 60, "{tests}");
}
