use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::sync::Barrier;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use Visibility::{Public, Restricted, Unlisted};

const NOW: u64 = 1_800_000_000;

fn library() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn name(text: &str) -> TitleName {
    TitleName::parse(text).unwrap()
}

fn set(library: &TempDir, title: &str, visibility: Option<Visibility>, revoke: bool) -> Result<Record, AccessError> {
    change(library.path(), &name(title), Public, Change { visibility, revoke }, NOW)
}

fn file(library: &TempDir, title: &str) -> PathBuf {
    folder(library.path()).join(RecordId::of(title).file_name())
}

#[test]
fn a_record_is_laid_out_as_described() {
    let library = library();
    set(&library, "shows/ep-1", Some(Restricted), true).unwrap();
    // `printf shows/ep-1 | b3sum`, its first 32 digits.
    let path = library.path().join(".pack/access/6db0daccc13a24fcb08119a08a69e27f.json");
    let json = fs::read_to_string(&path).unwrap();
    assert_eq!(json, r#"{"title":"shows/ep-1","visibility":"restricted","epoch":1}"#);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap()), mode(&library.path().join(".pack"))), (0o600, 0o700, 0o700));
}

#[test]
fn the_epoch_rises_by_revoking_alone() {
    let library = library();
    assert_eq!(record(library.path(), &name("a")).unwrap(), None);
    let mut epoch = 0;
    for (visibility, revoke, then) in [
        (None, false, Public),
        (Some(Unlisted), false, Unlisted),
        (Some(Restricted), false, Restricted),
        (None, true, Restricted),
        (Some(Restricted), true, Restricted),
        (Some(Public), false, Public),
        (Some(Restricted), false, Restricted),
        (None, true, Restricted),
    ] {
        epoch += u64::from(revoke);
        let after = set(&library, "a", visibility, revoke).unwrap();
        assert_eq!(after, Record { title: "a".into(), visibility: then, epoch });
        assert_eq!(record(library.path(), &name("a")).unwrap(), Some(after));
    }
    assert_eq!(record(library.path(), &name("b")).unwrap(), None);
}

#[test]
fn a_title_that_nobody_decided_on_has_the_default() {
    let library = library();
    let revoked = Change { visibility: None, revoke: true };
    let after = change(library.path(), &name("a"), Restricted, revoked, NOW).unwrap();
    assert_eq!((after.visibility, after.epoch), (Restricted, 1));
}

#[test]
fn a_damaged_record_says_so_until_it_is_revoked() {
    let library = library();
    set(&library, "b", Some(Public), false).unwrap();
    let other = fs::read_to_string(file(&library, "b")).unwrap();
    for text in ["", "{", "[]", r#"{"title":"a","visibility":"public"}"#, &other] {
        fs::write(file(&library, "a"), text).unwrap();
        for visibility in [None, Some(Public)] {
            let error = set(&library, "a", visibility, false).unwrap_err().to_string();
            assert!(
                error.contains(&file(&library, "a").display().to_string()) && error.contains("--revoke"),
                "{error}"
            );
        }
        assert_eq!(fs::read_to_string(file(&library, "a")).unwrap(), text, "it stays as it is");
    }
    let mended = set(&library, "a", None, true).unwrap();
    assert_eq!((mended.visibility, mended.epoch), (Restricted, NOW + 1));
    assert_eq!(set(&library, "a", Some(Public), true).unwrap().epoch, NOW + 2);
}

#[test]
fn only_whole_records_are_read() {
    for (json, fault) in [
        (r#"{"title":"a","visibility":"public","epoch":0,"x":1}"#, "unknown field"),
        (r#"{"title":"a","visibility":"Public","epoch":0}"#, "unknown variant"),
        (r#"{"title":"a","visibility":"public","epoch":-1}"#, "invalid value"),
        (r#"{"title":"a","visibility":"public","epoch":1.5}"#, "invalid type"),
        (r#"{"title":"a","visibility":"public","epoch":0} x"#, "trailing"),
        (r#"{"title":"b","visibility":"public","epoch":0}"#, "record of 'b'"),
    ] {
        let error = Record::parse(RecordId::of("a"), json.as_bytes()).unwrap_err();
        assert!(error.contains(fault), "{json}: {error}");
    }
}

#[test]
fn the_last_epoch_is_said_to_be_the_last() {
    let library = library();
    set(&library, "a", None, false).unwrap();
    fs::write(file(&library, "a"), format!(r#"{{"title":"a","visibility":"public","epoch":{}}}"#, u64::MAX)).unwrap();
    assert!(matches!(set(&library, "a", None, true), Err(AccessError::LastEpoch(_))));
}

#[test]
fn no_revocation_is_lost_among_processes() {
    let library = library();
    let (threads, rounds) = (4, 25);
    let together = Barrier::new(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                together.wait();
                (0..rounds).for_each(|_| drop(set(&library, "a", Some(Restricted), true).unwrap()));
            });
        }
    });
    let epoch = u64::try_from(threads * rounds).unwrap();
    assert_eq!(record(library.path(), &name("a")).unwrap().map(|record| record.epoch), Some(epoch));
}

#[test]
fn processes_agree_on_one_key() {
    let library = library();
    assert_eq!(key(library.path()).unwrap(), None);
    let together = Barrier::new(4);
    let keys: Vec<String> = std::thread::scope(|scope| {
        let make = |n: u8| {
            let (library, together) = (&library, &together);
            scope.spawn(move || {
                together.wait();
                key_or(library.path(), [n; 32]).unwrap()
            })
        };
        let threads: Vec<_> = (1..=4).map(make).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 64), "{keys:?}");
    assert_eq!(key(library.path()).unwrap().as_ref(), Some(&keys[0]));
    assert_eq!(fs::metadata(folder(library.path()).join(KEY)).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(folder(library.path()).join(KEY), "0123").unwrap();
    assert!(key_or(library.path(), [1; 32]).unwrap_err().to_string().contains("64 hexadecimal digits"));
}

/// Only root can give files away; for anyone else there is nothing to see here.
#[test]
fn what_root_makes_belongs_to_the_librarys_owner() {
    let library = library();
    if std::os::unix::fs::chown(library.path(), Some(65_534), Some(65_534)).is_err() {
        return;
    }
    set(&library, "a", Some(Restricted), false).unwrap();
    key_or(library.path(), [1; 32]).unwrap();
    let private = library.path().join(PRIVATE);
    let folder = folder(library.path());
    for path in [private, folder.join("lock"), folder.join(KEY), folder, file(&library, "a")] {
        assert_eq!(fs::metadata(&path).unwrap().uid(), 65_534, "{}", path.display());
    }
}

/// The owner could have root (`sudo pack access …`) write to, give away or read any file of the system.
#[test]
fn nothing_is_reached_through_what_the_librarys_owner_put_in_its_place() {
    let (library, outside) = (library(), library());
    let root = std::os::unix::fs::chown(library.path(), Some(65_534), Some(65_534)).is_ok();
    set(&library, "a", Some(Restricted), false).unwrap();
    let (folder, secret) = (folder(library.path()), outside.path().join("secret"));
    let text = format!("{}\n", "0".repeat(64));
    fs::write(&secret, &text).unwrap();
    let before = fs::metadata(&secret).unwrap();
    for (name, refused) in [("lock", true), ("new", false), (KEY, true)] {
        for hard in [false, true] {
            let path = folder.join(name);
            let _ = fs::remove_file(&path);
            if hard {
                fs::hard_link(&secret, &path).unwrap();
            } else {
                symlink(&secret, &path).unwrap();
            }
            let done = set(&library, "a", None, true).map(drop).and_then(|()| key(library.path()).map(drop));
            assert_eq!(done.is_err(), refused && !hard, "{name} {hard} {done:?}");
            fs::remove_file(&path).ok();
            let after = fs::metadata(&secret).unwrap();
            assert_eq!((after.uid(), after.mode()), (before.uid(), before.mode()), "{name} {hard} {root}");
            assert_eq!(fs::read_to_string(&secret).unwrap(), text, "{name} {hard}");
        }
    }
    fs::rename(file(&library, "a"), outside.path().join("record")).unwrap();
    symlink(outside.path().join("record"), file(&library, "a")).unwrap();
    assert!(set(&library, "a", None, true).is_err() && record(library.path(), &name("a")).is_err());
    for linked in [folder, library.path().join(PRIVATE)] {
        let moved = outside.path().join(linked.file_name().unwrap());
        fs::rename(&linked, &moved).unwrap();
        symlink(&moved, &linked).unwrap();
        let error = set(&library, "b", None, false).unwrap_err().to_string();
        assert!(error.contains("links are not followed"), "{error}");
        assert!(record(library.path(), &name("a")).is_err() && key(library.path()).is_err());
        fs::remove_file(&linked).unwrap();
        fs::rename(&moved, &linked).unwrap();
    }
}

#[test]
fn a_library_that_is_not_there_is_not_made() {
    let library = library();
    let none = library.path().join("none");
    let error = change(&none, &name("a"), Public, Change::default(), NOW).unwrap_err().to_string();
    assert!(error.contains("can't create the folder") && !none.exists(), "{error}");
}

proptest! {
    #[test]
    fn a_record_reads_as_it_was_written(title in "[a-z0-9._/-]{0,80}", visibility in 0..3_usize, epoch: u64) {
        let record = Record { title: title.clone(), visibility: Visibility::ALL[visibility], epoch };
        let json = serde_json::to_vec(&record).unwrap();
        prop_assert_eq!(Record::parse(RecordId::of(&title), &json), Ok(record));
    }

    #[test]
    fn a_file_name_is_that_record_or_none(title in "\\PC{0,20}", other in "[0-9a-fA-F+]{30,33}\\.json|\\PC{0,40}") {
        let id = RecordId::of(&title);
        prop_assert_eq!(RecordId::parse(&id.file_name()), Some(id));
        let parsed = RecordId::parse(&other);
        prop_assert!(parsed.is_none_or(|id| id.file_name() == other));
    }
}
