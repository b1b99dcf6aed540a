use std::os::unix::fs::symlink;

use config::title::{MadeWith, Source};

use super::*;

const R1: &str = "R0123456789abcdef";
const R2: &str = "Rfedcba9876543210";

fn put(library: &Path, name: &str, revision: &str) {
    let title = Title {
        name: name.strip_prefix("shows/").map(|_| "Épisode 1".into()),
        title: name.into(),
        revision: revision.into(),
        duration: Duration { ticks: 5, timescale: 1 },
        poster: Some(format!("{revision}/poster.jpg")),
        source: Source { name: String::new(), size: 0, blake3: String::new(), format: String::new(), tracks: None },
        made_with: MadeWith { pack: String::new(), ffmpeg: String::new() },
        video: Vec::new(),
        audio: Vec::new(),
        text: Vec::new(),
        warnings: Vec::new(),
    };
    let folder = library.join(name);
    std::fs::create_dir_all(folder.join(revision).join("video/x")).unwrap();
    std::fs::write(folder.join(".new"), serde_json::to_vec(&title).unwrap()).unwrap();
    std::fs::rename(folder.join(".new"), folder.join(TITLE_JSON)).unwrap();
}

fn looked(library: &Path, now: u128, how: impl FnOnce(&mut Look<'_>)) -> Changes {
    let mut look = Look { library, now, enter: &mut |_| {}, changes: Changes::default() };
    how(&mut look);
    look.changes
}

fn names(folder: &CatalogFolder) -> Vec<String> {
    folder.titles().iter().map(|title| title.title.clone()).collect()
}

#[test]
fn titles_come_change_and_go() {
    let library = tempfile::tempdir().unwrap();
    let path = library.path();
    let mut found = CatalogFolder::default();
    // Far enough in the future for every change to count as long past. It really is: file systems take their time
    // from a clock that goes on every ten milliseconds at the latest.
    let look = |found: &mut CatalogFolder| {
        let changes = looked(path, u128::MAX, |look| found.look("", look));
        std::thread::sleep(std::time::Duration::from_millis(20));
        changes
    };
    assert_eq!(look(&mut found), Changes::default());
    put(path, "a", R1);
    put(path, "shows/ep-1", R1);
    std::fs::create_dir_all(path.join(".pack/staging/x")).unwrap();
    assert!(look(&mut found).any);
    assert_eq!(names(&found), ["a", "shows/ep-1"]);
    let listed = String::from_utf8(json(&found.titles())).unwrap();
    assert!(listed.contains("\"title\":\"shows/ep-1\",\"name\":\"Épisode 1\""), "{listed}");
    assert!(listed.contains("\"title\":\"a\",\"duration\""), "none has none: {listed}");
    assert_eq!(found.titles()[0].poster.as_deref(), Some("/vod/a/R0123456789abcdef/poster.jpg"));
    assert_eq!(look(&mut found), Changes::default());
    put(path, "a", R2);
    assert!(look(&mut found).any);
    std::fs::remove_dir_all(path.join("a").join(R1)).unwrap();
    assert_eq!(look(&mut found), Changes { any: false, gone: vec![format!("a/{R1}")] });
    std::fs::remove_dir_all(path.join("shows")).unwrap();
    assert_eq!(look(&mut found), Changes { any: true, gone: vec![format!("shows/ep-1/{R1}")] });
    std::fs::write(path.join("a").join(TITLE_JSON), "{").unwrap();
    std::fs::remove_dir_all(path).unwrap();
    assert_eq!(look(&mut found), Changes { any: true, gone: vec![format!("a/{R2}")] });
    assert_eq!(names(&found), [""; 0]);
}

#[test]
fn what_can_not_be_read_is_not_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (library, elsewhere) = (folder.path().join("library"), folder.path().join("elsewhere"));
    let mut found = CatalogFolder::default();
    put(&elsewhere, "a", R1);
    put(&elsewhere, "shows/ep-1", R1);
    symlink(&elsewhere, &library).unwrap();
    let look = |found: &mut CatalogFolder| looked(&library, u128::MAX, |look| found.look("", look));
    assert!(look(&mut found).any);
    // A link to itself: neither is it there, nor is it gone.
    let description = elsewhere.join("a").join(TITLE_JSON);
    std::fs::remove_file(&description).unwrap();
    symlink(&description, &description).unwrap();
    assert_eq!(look(&mut found), Changes::default());
    std::fs::remove_file(&library).unwrap();
    symlink(&library, &library).unwrap();
    assert_eq!(look(&mut found), Changes::default());
    assert_eq!(names(&found), ["a", "shows/ep-1"]);
    // Changes made meanwhile are seen as soon as they can be.
    std::fs::remove_file(&description).unwrap();
    std::fs::remove_file(&library).unwrap();
    symlink(&elsewhere, &library).unwrap();
    assert!(look(&mut found).any);
    assert_eq!(names(&found), ["shows/ep-1"]);
}

#[test]
fn two_changes_in_one_tick_are_both_seen() {
    let library = tempfile::tempdir().unwrap();
    let mut found = CatalogFolder::default();
    for round in 0..50 {
        put(library.path(), &format!("t{round}"), R1);
        looked(library.path(), crate::library::now(), |look| found.look("", look));
        assert_eq!(found.titles().len(), round + 1);
    }
}

#[test]
fn one_folder_is_looked_at_alone_with_what_is_new_in_it() {
    let library = tempfile::tempdir().unwrap();
    let path = library.path();
    let mut found = CatalogFolder::default();
    put(path, "a", R1);
    looked(path, u128::MAX, |look| found.look("", look));
    put(path, "a", R2);
    put(path, "shows/ep-1", R1);
    let mut entered = Vec::new();
    let enter = &mut |folder: &Path| entered.push(folder.strip_prefix(path).unwrap().to_owned());
    let mut look = Look { library: path, now: u128::MAX, enter, changes: Changes::default() };
    found.look_at("none", &mut look);
    found.look_at("shows/ep-1", &mut look);
    assert_eq!(look.changes, Changes::default(), "neither is known");
    found.look_at("", &mut look);
    assert_eq!(entered, ["", "shows", "shows/ep-1"].map(Path::new), "the new one is entered, the old one is not");
    assert_eq!(names(&found), ["a", "shows/ep-1"]);
    std::fs::remove_dir_all(path.join("a").join(R1)).unwrap();
    let changes = looked(path, 0, |look| found.look_at("a", look));
    assert_eq!(changes, Changes { any: true, gone: vec![format!("a/{R1}")] });
}
