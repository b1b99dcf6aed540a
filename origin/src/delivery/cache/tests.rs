use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use config::origin::Origin;
use prometheus::Registry;

use super::*;

const R: &str = "R0123456789abcdef";
const CAPACITY: u64 = 8 << 20;
const FILES: u64 = 100;

fn cache(library: &Path) -> Arc<Cache> {
    with_files(library, FILES)
}

fn with_files(library: &Path, files: u64) -> Arc<Cache> {
    let policy = Arc::new(Policy::new(&Origin::default()).unwrap());
    let metrics = Arc::new(Metrics::new(&Registry::new(), std::iter::empty()).unwrap());
    let store = Arc::new(Store::new(library.to_owned(), Instant::now()));
    Arc::new(Cache::new(store, policy, metrics, CAPACITY, files).unwrap())
}

fn segments(library: &Path, number: usize, size: usize) -> Vec<String> {
    let below = format!("a/{R}/video/x");
    std::fs::create_dir_all(library.join(&below)).unwrap();
    let path = |n: usize| format!("{below}/{n:05}.m4s");
    (0..number).map(path).inspect(|path| std::fs::write(library.join(path), noise(size)).unwrap()).collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn get(cache: &Cache, path: &str) -> Result<Found, Arc<StoreError>> {
    entry(cache, path).await.map(|(_, found)| found)
}

async fn entry(cache: &Cache, path: &str) -> Result<(Arc<Entry>, Found), Arc<StoreError>> {
    cache.get(path, &TreePath::parse(path).unwrap(), 0).await
}

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn a_thousand_first_requests_read_a_file_once() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 50_000).remove(0);
    let cache = cache(library.path());
    let cold = run(async {
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (cache, path) = (cache.clone(), path.clone());
            asking.spawn(async move { get(&cache, &path).await.unwrap() });
        }
        asking.join_all().await.into_iter().filter(|found| matches!(found, Found::Cold(_))).count()
    });
    assert_eq!(cold, 1);
}

#[test]
fn a_file_is_not_read_on_for_its_digest_when_nobody_waits() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 0).remove(0);
    // All of it a hole, which takes minutes to read.
    std::fs::File::options().write(true).open(library.path().join(&path)).unwrap().set_len(1 << 37).unwrap();
    let cache = cache(library.path());
    let began = Instant::now();
    // The runtime ends when its pool has done all that it began.
    let got = run(async { tokio::time::timeout(Duration::from_millis(200), get(&cache, &path)).await });
    assert!(got.is_err() && began.elapsed() < Duration::from_secs(10), "{got:?} {:?}", began.elapsed());
}

#[test]
fn a_missing_file_is_looked_for_again_when_asked_again() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 10).remove(0);
    std::fs::remove_file(library.path().join(&path)).unwrap();
    let cache = cache(library.path());
    let missing = run(async {
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (cache, path) = (cache.clone(), path.clone());
            asking.spawn(async move { get(&cache, &path).await });
        }
        asking.join_all().await.into_iter().filter(Result::is_err).count()
    });
    assert_eq!(missing, 100);
    std::fs::write(library.path().join(&path), "now").unwrap();
    assert!(matches!(run(get(&cache, &path)).unwrap(), Found::Cold(_)));
    assert_eq!(run(get(&cache, &path)).unwrap(), Found::Hot);
}

#[test]
fn one_pass_over_a_cold_library_leaves_the_objects_that_are_asked_for_often() {
    let library = tempfile::tempdir().unwrap();
    let all = segments(library.path(), 300, 50_000);
    let (hot, cold) = all.split_at(10);
    let cache = cache(library.path());
    run(async {
        for _ in 0..5 {
            for path in hot {
                get(&cache, path).await.unwrap();
            }
        }
        for path in cold {
            get(&cache, path).await.unwrap();
        }
    });
    let left = hot.iter().filter(|path| cache.hot(path, true).is_some()).count();
    assert_eq!(left, hot.len());
    let held = all.iter().filter(|path| cache.hot(path, true).is_some()).count();
    assert!(held * 50_000 <= usize::try_from(CAPACITY).unwrap(), "{held} objects of 50 kB in 8 MiB");
}

#[test]
fn a_forgotten_file_is_read_again_and_its_neighbours_are_not() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 10).remove(0);
    let cache = cache(library.path());
    run(get(&cache, &path)).unwrap();
    cache.forget("a/R0123456789abcde");
    assert!(cache.hot(&path, true).is_some());
    cache.forget(&format!("a/{R}"));
    assert!(cache.hot(&path, true).is_none());
}

/// Waits until `is_so`, as work of the pool makes it.
async fn eventually(is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}

fn in_memory(entry: &Entry) -> bool {
    matches!(entry.uncoded().source, Source::Memory(_))
}

#[test]
fn large_objects_stay_in_their_files_until_a_second_asks_over_tls() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 200_000).remove(0);
    let cache = cache(library.path());
    run(async {
        assert!(!in_memory(&entry(&cache, &path).await.unwrap().0));
        assert!(!in_memory(&cache.hot(&path, true).unwrap()));
        tokio::task::yield_now().await;
        assert!(!in_memory(&cache.hot(&path, false).unwrap()), "it is read for those who come later");
        eventually(|| in_memory(&cache.hot(&path, true).unwrap())).await;
        let entry = cache.hot(&path, true).unwrap();
        let Source::Memory(bytes) = &entry.uncoded().source else { panic!("in memory") };
        assert!(*bytes == noise(200_000));
    });
}

#[test]
fn a_large_object_that_found_no_room_is_read_when_there_is_some() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 200_000).remove(0);
    let cache = cache(library.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        entry(&cache, &path).await.unwrap();
        let (go, goes) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || goes.recv());
        assert!(!in_memory(&cache.hot(&path, false).unwrap()));
        let others = cache.files.budget.count(vec![0; usize::try_from(CAPACITY).unwrap() - 100_000]).unwrap();
        drop(go);
        busy.await.unwrap().unwrap_err();
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        assert!(!in_memory(&cache.hot(&path, true).unwrap()));
        drop(others);
        cache.hot(&path, false).unwrap();
        eventually(|| in_memory(&cache.hot(&path, true).unwrap())).await;
    });
}

/// A content that finds out, as it goes, whether the cache holds a lock.
struct Probe(Arc<Cache>, Arc<AtomicBool>);

impl AsRef<[u8]> for Probe {
    fn as_ref(&self) -> &[u8] {
        &[7; 50_000]
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // In each part of the cache some of these would lie.
        let held = (0..100).any(|n| self.0.immutable.try_remove(&format!("{n}")).is_err());
        self.1.fetch_or(held, Ordering::Relaxed);
    }
}

#[test]
fn what_leaves_the_cache_is_dropped_while_it_holds_no_lock() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 50_000).remove(0);
    let cache = cache(library.path());
    let (identity, held) = (cache.files.store.open(&path).unwrap().identity, Arc::new(AtomicBool::new(false)));
    let put = |path: String| {
        let source = Source::Memory(Bytes::from_owner(Probe(cache.clone(), held.clone())));
        let fetched = Fetched { identity, source, digest: blake3::hash(b"") };
        let dated = Dated::Fixed(Modified { unix_seconds: 0, immutable: true });
        let entry = cache.entry(Object::VideoSegment, fetched, dated);
        cache.immutable.insert(path, Ok(Arc::new(entry)));
    };
    (0..400).for_each(|n| put(format!("a/{n}")));
    assert!(cache.metrics.evictions.get() > 100);
    cache.forget("a");
    assert!(cache.immutable.is_empty());
    assert!(!held.load(Ordering::Relaxed));
}

#[test]
fn contents_that_are_still_being_sent_count() {
    let library = tempfile::tempdir().unwrap();
    let all = segments(library.path(), 400, 60_000);
    let cache = with_files(library.path(), 10 * FILES);
    run(async {
        let mut held = Vec::new();
        for path in &all {
            held.push(entry(&cache, path).await.unwrap().0);
            assert!(cache.files.budget.held() <= CAPACITY);
        }
        let from_files = held.iter().filter(|entry| !in_memory(entry)).count();
        assert!(from_files > 200, "{from_files} of 400 are sent from their files");
        drop(held);
        assert!(cache.files.budget.held() <= CAPACITY);
    });
}

#[test]
fn no_more_files_are_open_than_there_are_descriptors() {
    let library = tempfile::tempdir().unwrap();
    let most = usize::try_from(FILES).unwrap();
    let all = segments(library.path(), 2 * most, 70_000);
    let cache = cache(library.path());
    run(async {
        for path in &all {
            get(&cache, path).await.unwrap();
        }
        // Held by nobody but the cache, a part of them stays open.
        let open = most - cache.files.places.available_permits();
        assert!((1..=most / 2).contains(&open), "{open} files are open");
        let mut held = Vec::new();
        let exhausted = loop {
            match entry(&cache, &all[held.len()]).await {
                Ok((entry, _)) => held.push(entry),
                Err(error) => break error,
            }
        };
        assert!(matches!(*exhausted, StoreError::Exhausted(_)), "{exhausted}");
        assert!(held.len() >= most / 2);
    });
}

#[test]
fn a_file_that_was_written_to_is_opened_anew() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 200_000).remove(0);
    let cache = cache(library.path());
    let old = run(entry(&cache, &path)).unwrap().0;
    assert!(cache.hot(&path, true).is_some());
    std::fs::write(library.path().join(&path), [7; 100]).unwrap();
    assert!(cache.hot(&path, true).is_none());
    let new = run(entry(&cache, &path)).unwrap().0;
    assert_eq!(new.uncoded().len, 100);
    assert_ne!(new.uncoded().etag, old.uncoded().etag);
}
