use std::os::unix::fs::{FileExt as _, symlink};

use rustix::fs::CWD;

use super::*;

fn library() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("library/a")).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    std::fs::write(folder.path().join("library/a/index.m3u8"), "#EXTM3U\n").unwrap();
    let store = Store::new(folder.path().join("library"), Instant::now());
    (folder, store)
}

#[test]
fn a_file_is_read_whole_and_in_blocks() {
    let (_folder, store) = library();
    let opened = store.open("a/index.m3u8").unwrap();
    assert_eq!(opened.read().unwrap(), b"#EXTM3U\n");
    assert_eq!(opened.block(1, 3).unwrap(), b"EXT");
    assert_eq!(opened.digest(|| false).unwrap(), blake3::hash(b"#EXTM3U\n"));
    assert_eq!(opened.sealed(), None);
    let mut room = [0; 8];
    opened.read_into(&mut room).unwrap();
    assert_eq!(&room, b"#EXTM3U\n");
}

#[test]
fn the_state_of_a_file_is_known_without_waiting() {
    let (folder, store) = library();
    let opened = store.open("a/index.m3u8").unwrap();
    assert_eq!(store.identity_at_once("a/index.m3u8"), Some(opened.identity));
    assert_eq!(store.identity_at_once("a/none"), None);
    std::fs::write(folder.path().join("new"), "#EXTM3X\n").unwrap();
    std::fs::rename(folder.path().join("new"), folder.path().join("library/a/index.m3u8")).unwrap();
    assert_ne!(store.identity_at_once("a/index.m3u8"), Some(opened.identity));
}

#[test]
fn a_stretch_that_is_brought_in_may_end_before_or_after_the_file() {
    let (folder, store) = library();
    let path = folder.path().join("library/a/00001.m4s");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let opened = store.open("a/00001.m4s").unwrap();
    for (start, end) in [(0, 1 << 20), (0, 0), (299_999, 300_000), (300_000, 400_000), (5, 4), (u64::MAX, u64::MAX)] {
        opened.bring_in(start, end).unwrap();
    }
    assert!(opened.is_cached(0, 300_000) || !opened.tells());
    File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert!(matches!(opened.bring_in(0, 1 << 20), Err(StoreError::Changed { at: 10 })));
    opened.bring_in(0, 10).unwrap();
}

#[test]
fn a_part_as_long_as_is_read_ahead_is_missed() {
    use rustix::fs::{Advice, fadvise};
    let (folder, store) = library();
    let path = folder.path().join("library/a/00001.m4s");
    std::fs::write(&path, vec![7; 1 << 20]).unwrap();
    let file = File::open(&path).unwrap();
    file.sync_all().unwrap();
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    // Nothing is read ahead.
    fadvise(&file, 0, None, Advice::Random).unwrap();
    for (start, length) in [(0, 128 << 10), (256 << 10, 768 << 10)] {
        file.read_exact_at(&mut vec![0; length], start).unwrap();
    }
    let opened = store.open("a/00001.m4s").unwrap();
    // A file system in memory forgets nothing.
    assert!(!opened.is_cached(0, 1 << 20) || opened.block_at_once(128 << 10, 128 << 10).is_some());
}

#[test]
fn blocks_of_the_kernel_s_cache_are_had_at_once() {
    let (folder, store) = library();
    let path = folder.path().join("library/a/00001.m4s");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let opened = store.open("a/00001.m4s").unwrap();
    if !opened.tells() {
        return;
    }
    for (start, length) in [(0, 16_375), (299_999, 1), (250_000, 50_000)] {
        assert_eq!(opened.block_at_once(start, length).unwrap(), vec![7; length]);
    }
    assert!(opened.block_at_once(299_999, 2).is_none(), "it ends before");
    std::fs::write(&path, vec![8; 300_000]).unwrap();
    assert!(opened.block_at_once(0, 300_000).is_none(), "it was written to");
}

#[test]
fn nothing_outside_is_reached() {
    let (folder, store) = library();
    let library = folder.path().join("library");
    symlink(folder.path().join("secret"), library.join("a/link.m3u8")).unwrap();
    symlink("index.m3u8", library.join("a/inner.m3u8")).unwrap();
    symlink(folder.path(), library.join("up")).unwrap();
    let root = rustix::fs::open(&library, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    for path in ["a/link.m3u8", "a/inner.m3u8", "up/secret", "up/library/a/index.m3u8", "a/none", "none/none"] {
        assert!(matches!(store.open(path), Err(StoreError::Missing)), "{path}");
        let by_parts = open_by_parts(&root, path, flags).map_err(StoreError::from);
        assert!(matches!(by_parts, Err(StoreError::Missing)), "{path} by parts");
    }
    for path in ["../secret", "a/../../secret", "/etc/passwd"] {
        assert!(matches!(store.open(path), Err(StoreError::Missing)), "{path}");
    }
    assert!(open_by_parts(&root, "a/index.m3u8", flags).is_ok());
}

#[test]
fn folders_and_fifos_are_no_files() {
    let (folder, store) = library();
    let fifo = folder.path().join("library/a/fifo.m3u8");
    rustix::fs::mknodat(CWD, &fifo, rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    for path in ["a", "a/fifo.m3u8"] {
        assert!(matches!(store.open(path), Err(StoreError::Missing)), "{path}");
    }
}

#[test]
fn what_changes_under_a_reader_is_noticed_and_what_replaces_it_is_not_mixed_in() {
    let (folder, store) = library();
    let path = folder.path().join("library/a/index.m3u8");
    let opened = store.open("a/index.m3u8").unwrap();
    std::fs::write(folder.path().join("new"), "#EXTM3X\n").unwrap();
    std::fs::rename(folder.path().join("new"), &path).unwrap();
    assert_eq!(opened.read().unwrap(), b"#EXTM3U\n");
    let opened = store.open("a/index.m3u8").unwrap();
    std::fs::write(&path, "#EXT").unwrap();
    assert!(matches!(opened.read(), Err(StoreError::Changed { at: 4 })));
}

#[test]
fn a_library_is_served_once_its_records_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    let now = Instant::now();
    let store = Store::new(library.clone(), now);
    std::fs::create_dir(&library).unwrap();
    store.refresh(now, || assert!(!store.is_there(now)));
    assert!(store.is_there(now));
    // One that comes after the look waits for the next.
    std::fs::remove_dir(&library).unwrap();
    store.refresh(now, || std::fs::create_dir(&library).unwrap());
    assert!(!store.is_there(now));
}

#[test]
fn a_library_may_come_later_go_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (library, away) = (folder.path().join("library"), folder.path().join("away"));
    let now = Instant::now();
    let store = Store::new(library.clone(), now);
    let look = || {
        store.refresh(now, || ());
        (store.is_there(now), store.open("a").map(|file| file.read().unwrap()))
    };
    assert!(matches!(look(), (false, Err(StoreError::Away(_)))));
    std::fs::create_dir(&library).unwrap();
    assert!(matches!(look(), (true, Err(StoreError::Missing))), "nothing was ever in it");
    std::fs::write(library.join("a"), "1").unwrap();
    assert!(matches!(look(), (true, Ok(content)) if content == b"1"));
    std::fs::rename(&library, &away).unwrap();
    assert!(matches!(look(), (false, Err(StoreError::Away(_)))));
    std::fs::create_dir(&library).unwrap();
    assert!(matches!(look(), (false, Err(StoreError::Away(_)))), "a mount point without its disk");
    std::fs::remove_dir(&library).unwrap();
    std::fs::rename(&away, &library).unwrap();
    assert!(matches!(look(), (true, Ok(content)) if content == b"1"));
    assert!(!store.is_there(now + HUNG), "it does not answer");
}
