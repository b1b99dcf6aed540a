mod cut;

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use config::tree::{INIT, PLAYLIST, TITLE_JSON};

use super::publish::SMALL_FILES;
use super::*;

fn held() -> (tempfile::TempDir, Library) {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::hold(dir.path()).unwrap();
    (dir, library)
}

fn folder(library: &Library, title: &TitleName) -> PathBuf {
    library.own.parent().unwrap().join(title.as_str())
}

fn name(text: &str) -> TitleName {
    TitleName::parse(text).unwrap()
}

fn description(title: &TitleName, revision: &Revision) -> String {
    let audio = serde_json::json!({
        "name": "en-2ch", "codecs": "", "language": "en", "channels": 2, "sample_rate": 48000,
        "average_bandwidth": 1, "peak_bandwidth": 1, "bytes": 8, "segments": 2,
    });
    let json = serde_json::json!({
        "title": title.as_str(), "revision": revision.as_str(), "duration": { "ticks": 1, "timescale": 1 },
        "source": { "name": "a.mp4", "size": 1, "blake3": CONTENT, "format": "mp4" },
        "made_with": { "pack": "", "ffmpeg": "" }, "poster": null, "video": [], "audio": [audio], "warnings": [],
    });
    json.to_string()
}

/// BLAKE3 of a source.
const CONTENT: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Publishes a revision of one track with two segments of 4 bytes.
fn publish(library: &Library, title: &TitleName, digest: u64) -> Revision {
    try_to_publish(library, title, digest).unwrap()
}

fn try_to_publish(library: &Library, title: &TitleName, digest: u64) -> Result<Revision, LibraryError> {
    let revision = Revision::from_digest(digest);
    let staged = tempfile::tempdir_in(&library.own).unwrap();
    let track = staged.path().join(revision.as_str()).join("audio/en-2ch");
    fs::create_dir_all(&track).unwrap();
    for file in [INIT, PLAYLIST, "00001.m4s", "00002.m4s"] {
        fs::write(track.join(file), "four").unwrap();
    }
    for small in SMALL_FILES {
        fs::write(staged.path().join(small), description(title, &revision)).unwrap();
    }
    let decisions = library.decisions(title).unwrap();
    library.publish(title, &revision, staged.path(), decisions).map(|done| assert!(done))?;
    Ok(revision)
}

fn show_again(library: &Library, title: &TitleName, revision: &Revision) {
    let decisions = library.decisions(title).unwrap();
    assert_eq!(library.show_again(title, revision, decisions).unwrap(), ShownAgain::Yes);
}

#[test]
fn what_was_decided_meanwhile_is_not_undone_by_showing_a_revision_again() {
    let (_dir, library) = held();
    let title = name("shows/a");
    let (a, b) = (publish(&library, &title, 1), publish(&library, &title, 2));
    let before = library.decisions(&title).unwrap();
    assert_eq!(library.rollback(&title).unwrap(), a);
    assert_eq!(library.show_again(&title, &b, before).unwrap(), ShownAgain::Overruled);
    assert_eq!(library.current(&title).unwrap(), a);
}

#[test]
fn going_back_is_to_what_was_last_seen_before() {
    let (_dir, library) = held();
    let title = name("shows/a");
    let (a, b) = (publish(&library, &title, 1), publish(&library, &title, 2));
    show_again(&library, &title, &a);
    assert_eq!(library.current(&title).unwrap(), a);
    assert_eq!(library.rollback(&title).unwrap(), b);
    assert_eq!(library.current(&title).unwrap(), b);
}

#[test]
fn a_title_removed_by_half_can_be_removed() {
    let (dir, library) = held();
    let title = name("shows/a");
    publish(&library, &title, 1);
    for small in SMALL_FILES {
        fs::remove_file(folder(&library, &title).join(small)).unwrap();
    }
    library.remove(&title).unwrap();
    assert!(!dir.path().join("shows").exists());
    assert!(matches!(library.remove(&title), Err(LibraryError::NoTitle { .. })));
}

#[test]
fn pruning_leaves_what_is_in_force_alone() {
    let (dir, library) = held();
    let (whole, half, broken) = (name("whole"), name("half"), name("broken"));
    publish(&library, &whole, 1);
    let current = publish(&library, &whole, 2);
    publish(&library, &half, 3);
    SMALL_FILES.iter().for_each(|small| fs::remove_file(folder(&library, &half).join(small)).unwrap());
    let unknown = publish(&library, &broken, 4);
    fs::write(folder(&library, &broken).join(TITLE_JSON), "{").unwrap();
    fs::write(library.private("new").join("new-x"), "four").unwrap();
    let unfinished = library.results_dir(CONTENT).join("key");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("00001.m4s"), "four").unwrap();

    let pruned = library.prune().unwrap();
    assert_eq!(pruned, Pruned { revisions: 2, staged: 1, bytes: 4 + 4 + 2 * 16 });
    assert_eq!(library.revisions(&whole).unwrap(), [current]);
    assert_eq!(library.revisions(&broken).unwrap(), [unknown]);
    assert!(!dir.path().join("half").exists());
    assert!(!library.private("new").exists() && !unfinished.exists());
}

#[test]
fn of_what_is_staged_only_the_title_s_own_goes() {
    let (_dir, library) = held();
    let (old, next) = (Revision::from_digest(1), Revision::from_digest(2));
    let staged = |title: &str, revision| library.staging_dir(&name(title), revision);
    for dir in [staged("a", &old), staged("a", &next), staged("a/b", &old), staged("ab", &old)] {
        fs::create_dir_all(dir).unwrap();
    }
    library.remove_staging(&name("a")).unwrap();
    assert!(!staged("a", &old).exists() && !staged("a", &next).exists());
    assert!(staged("a/b", &old).exists() && staged("ab", &old).exists());
}

#[test]
fn what_any_small_file_refers_to_is_in_force() {
    let (_dir, library) = held();
    let title = name("a");
    let old = publish(&library, &title, 1);
    let index = fs::read(folder(&library, &title).join(PLAYLIST)).unwrap();
    let new = publish(&library, &title, 2);
    // As a crash between the renames of two of them leaves them.
    fs::write(folder(&library, &title).join(PLAYLIST), index).unwrap();
    assert_eq!(library.prune().unwrap().revisions, 0);
    assert_eq!(library.published(&title), None);
    show_again(&library, &title, &new);
    assert_eq!(library.published(&title).as_ref(), Some(&new));
    assert_eq!(library.prune().unwrap().revisions, 1);
    assert!(!folder(&library, &title).join(old.as_str()).exists());
}

fn segment(library: &Library, title: &TitleName, revision: &Revision) -> PathBuf {
    folder(library, title).join(revision.as_str()).join("audio/en-2ch/00002.m4s")
}

#[test]
fn a_revision_that_lost_a_file_is_not_taken_for_a_whole_one() {
    let (_dir, library) = held();
    let title = name("a");
    let revision = publish(&library, &title, 1);
    let seen = library.look(&title, None);
    let is_there = || library.look(&title, seen.as_ref()).is_some();
    assert!(seen.is_some() && library.look(&title, seen.as_ref()) == seen);
    fs::remove_file(segment(&library, &title, &revision)).unwrap();
    assert!(!is_there() && !library.is_gone(&title));
    let shown = library.show_again(&title, &revision, library.decisions(&title).unwrap()).unwrap();
    assert_eq!(shown, ShownAgain::NotThere);
    publish(&library, &title, 1);
    assert!(segment(&library, &title, &revision).exists());
    assert!(is_there());
    fs::remove_dir_all(folder(&library, &title)).unwrap();
    assert!(!is_there() && library.is_gone(&title));
}

#[test]
fn only_a_whole_revision_is_gone_back_to() {
    let (_dir, library) = held();
    let title = name("a");
    let [first, second, _] = [1, 2, 3].map(|digest| publish(&library, &title, digest));
    fs::remove_file(segment(&library, &title, &second)).unwrap();
    assert_eq!(library.rollback(&title).unwrap(), first, "the one before the one that lost a file");
    assert_eq!(library.published(&title).as_ref(), Some(&first));
    assert!(matches!(library.rollback(&title), Err(LibraryError::NoEarlier(_))));
    let third = publish(&library, &title, 3);
    fs::remove_file(segment(&library, &title, &first)).unwrap();
    assert!(matches!(library.rollback(&title), Err(LibraryError::NoneWhole(_))));
    assert_eq!(library.published(&title), Some(third), "what is shown stays");
}

#[test]
fn what_is_removed_leaves_as_a_whole_and_the_trash_is_emptied_at_the_next_start() {
    let (dir, library) = held();
    let title = name("a");
    let revision = publish(&library, &title, 1);
    library.store.discard(&revision_path(&title, &revision)).unwrap();
    assert!(!folder(&library, &title).join(revision.as_str()).exists());
    let trash = library.private("trash");
    assert_eq!(fs::read_dir(&trash).unwrap().count(), 1);
    drop(library);
    let library = Library::hold(dir.path()).unwrap();
    assert_eq!(fs::read_dir(&trash).unwrap().count(), 0);
    library.store.discard("nowhere").unwrap();
    assert_eq!(fs::read_dir(&trash).unwrap().count(), 0);
}

#[test]
fn a_result_is_kept_as_long_as_a_revision_has_it() {
    let (_dir, library) = held();
    let title = name("a");
    let (old, new) = (publish(&library, &title, 1), publish(&library, &title, 2));
    let result = |key: &str, revision: &Revision| {
        let dir = library.results_dir(CONTENT).join(key);
        fs::create_dir_all(&dir).unwrap();
        fs::hard_link(segment(&library, &title, revision), dir.join("00002.m4s")).unwrap();
        fs::write(dir.join("result.json"), "{}").unwrap();
        dir
    };
    let (of_old, of_new) = (result("old", &old), result("new", &new));
    let lock = library.lock_content(CONTENT).unwrap().unwrap();
    assert!(library.lock_content(CONTENT).unwrap().is_none(), "one at a time");
    library.drop_results(CONTENT, &lock).unwrap();
    drop(lock);
    assert!(of_old.exists() && of_new.exists());
    assert_eq!(library.prune().unwrap(), Pruned { revisions: 1, staged: 0, bytes: 16 });
    assert!(!of_old.exists() && of_new.exists());
    library.remove(&title).unwrap();
    assert!(!library.results_dir(CONTENT).exists());
}

#[test]
fn an_operator_works_beside_a_packager() {
    let (dir, packager) = held();
    let beside = Library::open(dir.path()).unwrap();
    assert!(matches!(Library::hold(dir.path()), Err(LibraryError::Busy(_))));
    let title = name("a");
    let (old, _new) = (publish(&packager, &title, 1), publish(&packager, &title, 2));
    let begun = packager.decisions(&title).unwrap();
    assert_eq!(beside.rollback(&title).unwrap(), old);
    assert_ne!(packager.decisions(&title).unwrap(), begun, "work under way notices");
    beside.remove(&title).unwrap();
    let staged = packager.staging_dir(&title, &old);
    fs::create_dir_all(&staged).unwrap();
    assert!(!packager.publish(&title, &old, &staged, begun).unwrap(), "decided meanwhile");
    assert!(!folder(&packager, &title).exists());
    let resumed = packager.results_dir(CONTENT).join("key");
    fs::create_dir_all(&resumed).unwrap();
    fs::write(resumed.join("00001.m4s"), "four").unwrap();
    beside.prune().unwrap();
    assert!(staged.exists() && resumed.exists(), "it is the packager's");
    packager.prune().unwrap();
    assert!(!staged.exists());
}

#[test]
fn the_order_of_revisions_goes_by_no_clock() {
    let (_dir, library) = held();
    let title = name("a");
    let revisions = [3, 1, 2].map(|digest| publish(&library, &title, digest));
    for (revision, seconds) in revisions.iter().zip([30, 20, 10]) {
        let kept = library.private("revisions").join(flat(&title)).join(revision.as_str()).join(TITLE_JSON);
        let date = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(kept).unwrap().set_modified(date).unwrap();
    }
    assert_eq!(library.revisions(&title).unwrap(), revisions);
    show_again(&library, &title, &revisions[0]);
    assert_eq!(library.revisions(&title).unwrap().last(), Some(&revisions[0]));
}

#[test]
fn old_revisions_go_as_the_settings_want() {
    let (_dir, library) = held();
    let title = name("a");
    let [first, second, third] = [1, 2, 3].map(|digest| publish(&library, &title, digest));
    let now = SystemTime::now();
    let keep = |count, grace| Keep { count, age: None, grace: std::time::Duration::from_secs(grace) };
    assert_eq!(library.sweep(keep(Some(1), 60), now).unwrap().revisions, 0, "players may be in the middle of it");
    assert_eq!(library.rollback(&title).unwrap(), second);
    assert_eq!(library.sweep(keep(Some(2), 0), now + std::time::Duration::from_secs(9)).unwrap().revisions, 1);
    assert_eq!(library.revisions(&title).unwrap(), [second.clone(), third], "the one that went longest ago");
    assert_eq!(library.current(&title).unwrap(), second);
    assert!(!folder(&library, &title).join(first.as_str()).exists());
}

#[test]
fn a_lock_that_was_deleted_is_taken_again() {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::hold(dir.path()).unwrap();
    fs::remove_dir_all(dir.path().join(".pack")).unwrap();
    library.keep_hold().unwrap();
    assert!(matches!(Library::hold(dir.path()), Err(LibraryError::Busy(_))));
    fs::remove_file(dir.path().join(".pack/lock")).unwrap();
    let _other = Library::hold(dir.path()).unwrap();
    assert!(matches!(library.keep_hold(), Err(LibraryError::Busy(_))));
}
