use super::*;

fn held() -> (tempfile::TempDir, Library) {
    let dir = tempfile::tempdir().unwrap();
    let library = Library::open(dir.path()).unwrap();
    (dir, library)
}

fn name(text: &str) -> TitleName {
    TitleName::parse(text).unwrap()
}

fn description(title: &TitleName, revision: &Revision) -> String {
    let json = serde_json::json!({
        "title": title.as_str(), "revision": revision.as_str(), "duration": { "ticks": 1, "timescale": 1 },
        "source": { "name": "a.mp4", "size": 1, "blake3": "", "format": "mp4" },
        "made_with": { "pack": "", "ffmpeg": "" }, "poster": null, "video": [], "audio": [], "warnings": [],
    });
    json.to_string()
}

/// Publishes a revision of one empty folder.
fn publish(library: &Library, title: &TitleName, digest: u64) -> Revision {
    let revision = Revision::from_digest(digest);
    let staged = tempfile::tempdir_in(&library.root).unwrap();
    fs::create_dir_all(staged.path().join(revision.as_str()).join("video")).unwrap();
    for small in SMALL_FILES {
        fs::write(staged.path().join(small), description(title, &revision)).unwrap();
    }
    library.publish(title, &revision, staged.path()).unwrap();
    revision
}

/// Dates a revision's publication back.
fn published_at(library: &Library, title: &TitleName, revision: &Revision, seconds: u64) {
    let kept = library.small_files_dir(title, revision).join(TITLE_JSON);
    let date = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    fs::File::options().write(true).open(kept).unwrap().set_modified(date).unwrap();
}

#[test]
fn going_back_is_to_what_was_last_seen_before() {
    let (_dir, library) = held();
    let title = name("shows/a");
    let (a, b) = (publish(&library, &title, 1), publish(&library, &title, 2));
    published_at(&library, &title, &a, 1);
    published_at(&library, &title, &b, 2);
    assert!(library.show_again(&title, &a).unwrap());
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
        fs::remove_file(library.title_dir(&title).join(small)).unwrap();
    }
    library.remove(&title).unwrap();
    assert!(!dir.path().join("shows").exists());
    assert!(matches!(library.remove(&title), Err(LibraryError::NoTitle(_))));
}

#[test]
fn pruning_leaves_what_is_in_force_alone() {
    let (dir, library) = held();
    let (whole, half, broken) = (name("whole"), name("half"), name("broken"));
    publish(&library, &whole, 1);
    let current = publish(&library, &whole, 2);
    publish(&library, &half, 3);
    fs::remove_file(library.title_dir(&half).join(TITLE_JSON)).unwrap();
    let unknown = publish(&library, &broken, 4);
    fs::write(library.title_dir(&broken).join(TITLE_JSON), "{").unwrap();
    fs::write(library.private("new").join("new-x"), "four").unwrap();
    fs::create_dir_all(library.staging_dir(&whole, &current)).unwrap();

    let pruned = library.prune().unwrap();
    assert_eq!(pruned, Pruned { revisions: 2, staged: 1, bytes: 4 });
    assert_eq!(library.revisions(&whole).unwrap(), [current]);
    assert_eq!(library.revisions(&broken).unwrap(), [unknown]);
    assert!(!dir.path().join("half").exists());
    assert!(!library.private("new").exists());
}

#[test]
fn of_what_is_staged_only_the_title_s_own_goes() {
    let (_dir, library) = held();
    let (old, next) = (Revision::from_digest(1), Revision::from_digest(2));
    let staged = |title: &str, revision| library.staging_dir(&name(title), revision);
    for dir in [staged("a", &old), staged("a", &next), staged("a/b", &old), staged("ab", &old)] {
        fs::create_dir_all(dir).unwrap();
    }
    library.remove_staging(&name("a"), Some(&next)).unwrap();
    assert!(!staged("a", &old).exists());
    assert!(staged("a", &next).exists() && staged("a/b", &old).exists() && staged("ab", &old).exists());
}
