use std::os::unix::fs::symlink;

use rustix::fs::CWD;

use super::*;

fn library() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("library/a")).unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    std::fs::write(folder.path().join("library/a/index.m3u8"), "#EXTM3U\n").unwrap();
    let store = Store::new(folder.path().join("library"));
    (folder, store)
}

#[test]
fn a_file_is_read_whole_and_in_blocks() {
    let (_folder, store) = library();
    let opened = store.open("a/index.m3u8").unwrap();
    assert_eq!(opened.read().unwrap(), "#EXTM3U\n");
    assert_eq!(opened.block(1, 4).unwrap(), "EXT");
    assert_eq!(opened.digest().unwrap(), blake3::hash(b"#EXTM3U\n"));
    assert_eq!(opened.sealed(), None);
    assert_eq!(store.identity("a/index.m3u8").unwrap(), opened.identity);
}

#[test]
fn what_is_to_be_brought_in_may_end_before_or_after_the_file() {
    let (folder, store) = library();
    let path = folder.path().join("library/a/00001.m4s");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let opened = store.open("a/00001.m4s").unwrap();
    for (start, end) in [(0, WINDOW), (0, 0), (299_999, 300_000), (300_000, 400_000), (5, 4), (u64::MAX, u64::MAX)] {
        opened.bring_in(start, end).unwrap();
    }
    assert_eq!(opened.read().unwrap(), vec![7; 300_000]);
    File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert!(matches!(opened.bring_in(0, WINDOW), Err(StoreError::Changed { at: 10 })));
    opened.bring_in(0, 10).unwrap();
}

#[test]
fn what_needs_no_waiting_is_had_at_once() {
    let (folder, store) = library();
    let path = folder.path().join("library/a/00001.m4s");
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let opened = store.open("a/00001.m4s").unwrap();
    for (start, end, length) in [(0, 300_000, SMALL), (299_999, 300_000, 1), (250_000, 300_000, 50_000)] {
        assert_eq!(opened.block_at_once(start, end).unwrap(), vec![7; length]);
    }
    assert!(opened.block_at_once(299_999, 300_001).is_none(), "it ends before");
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
    let root = store.root.load_full().unwrap();
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
    assert_eq!(opened.read().unwrap(), "#EXTM3U\n");
    let opened = store.open("a/index.m3u8").unwrap();
    std::fs::write(&path, "#EXT").unwrap();
    assert!(matches!(opened.read(), Err(StoreError::Changed { at: 0 })));
}

#[test]
fn a_library_may_come_later_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    let store = Store::new(library.clone());
    assert!(matches!(store.open("a"), Err(StoreError::Missing)));
    std::fs::create_dir(&library).unwrap();
    std::fs::write(library.join("a"), "1").unwrap();
    assert!(store.refresh());
    assert_eq!(store.open("a").unwrap().read().unwrap(), "1");
    std::fs::rename(&library, folder.path().join("old")).unwrap();
    std::fs::create_dir(&library).unwrap();
    assert!(store.refresh());
    assert!(matches!(store.open("a"), Err(StoreError::Missing)));
    std::fs::remove_dir(&library).unwrap();
    assert!(!store.refresh());
}
