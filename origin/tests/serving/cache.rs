//! What the hot cache promises: one reading however many ask, no flush by one pass, a bound.

use std::path::Path;
use std::sync::Arc;

use config::origin::Origin;
use config::tree::TreePath;
use origin::cache::{Cache, Demand, Found, Share};
use origin::entry::Entry;
use origin::metrics::Metrics;
use origin::policy::Policy;
use origin::store::{Store, StoreError};
use prometheus::Registry;

use crate::common::{LARGE, R, Running, chill, is_there, noise, seal};

const CAPACITY: u64 = 8 << 20;
const FILES: u64 = 100;

fn cache(library: &Path) -> Arc<Cache> {
    let policy = Arc::new(Policy::new(&Origin::default()).unwrap());
    let metrics = Arc::new(Metrics::new(&Registry::new()).unwrap());
    Arc::new(Cache::new(Arc::new(Store::new(library.to_owned())), policy, metrics, CAPACITY, FILES).unwrap())
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
    demand(cache, path, Demand { share: Share::Whole, piped: false }).await
}

async fn demand(cache: &Cache, path: &str, demand: Demand) -> Result<(Arc<Entry>, Found), Arc<StoreError>> {
    cache.get(path, &TreePath::parse(path).unwrap(), demand, 0).await
}

/// `None` where the file system keeps no seals.
fn sealed_segments(library: &Path, number: usize, size: usize) -> Option<Vec<String>> {
    let paths = segments(library, number, size);
    let digest = blake3::hash(&noise(size));
    paths.iter().all(|path| seal(&library.join(path), digest)).then_some(paths)
}

#[test]
fn a_thousand_first_requests_read_a_file_once() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 100_000).remove(0);
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
fn what_is_missing_is_looked_for_again_when_asked_again() {
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
fn one_pass_over_a_cold_library_leaves_what_is_asked_for_often() {
    let library = tempfile::tempdir().unwrap();
    let all = segments(library.path(), 300, 100_000);
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
    let left = hot.iter().filter(|path| cache.hot(path).is_some()).count();
    assert_eq!(left, hot.len());
    let held = all.iter().filter(|path| cache.hot(path).is_some()).count();
    assert!(held * 100_000 <= usize::try_from(CAPACITY).unwrap(), "{held} objects of 100 kB in 8 MiB");
}

#[test]
fn what_is_forgotten_is_read_again_and_its_neighbours_are_not() {
    let library = tempfile::tempdir().unwrap();
    let path = segments(library.path(), 1, 10).remove(0);
    let cache = cache(library.path());
    run(get(&cache, &path)).unwrap();
    cache.forget("a/R0123456789abcde");
    assert!(cache.hot(&path).is_some());
    cache.forget(&format!("a/{R}"));
    assert!(cache.hot(&path).is_none());
}

/// Where an entry's bytes are: in memory, or in a file that was asked for once.
fn in_memory(entry: &Entry) -> bool {
    assert_eq!(entry.plain().len, 200_000);
    entry.is_in_memory()
}

#[test]
fn what_is_sealed_is_read_into_memory_for_the_second_who_asks() {
    let library = tempfile::tempdir().unwrap();
    let Some(paths) = sealed_segments(library.path(), 1, 200_000) else { return };
    let cache = cache(library.path());
    for (turn, from_memory, hot) in [(1, false, false), (2, true, false), (3, true, true)] {
        let (entry, found) = run(entry(&cache, &paths[0])).unwrap();
        assert_eq!((in_memory(&entry), found == Found::Hot), (from_memory, hot), "request {turn}");
    }
}

#[test]
fn a_thousand_first_requests_of_what_is_sealed_share_a_file_or_one_reading() {
    a_thousand_first_requests(|_| {});
}

#[test]
fn a_thousand_first_requests_of_what_no_cache_has_share_one_reading() {
    a_thousand_first_requests(chill);
}

/// Of a file that is sealed, and prepared in this way. The first of all takes what it takes.
fn a_thousand_first_requests(prepare: fn(&Path)) {
    for first in [Share::Nothing, Share::Part, Share::Whole] {
        for (size, piped) in [(100_000, false), (100_000, true), (200_000, false), (200_000, true)] {
            a_thousand_after(first, size, piped, prepare);
        }
    }
}

fn a_thousand_after(first: Share, size: usize, piped: bool, prepare: fn(&Path)) {
    let library = tempfile::tempdir().unwrap();
    let Some(paths) = sealed_segments(library.path(), 1, size) else { return };
    prepare(&library.path().join(&paths[0]));
    let cache = cache(library.path());
    let mut entries = run(async {
        let mut asking = tokio::task::JoinSet::new();
        let shares = std::iter::once(first).chain(std::iter::repeat_n(Share::Whole, 1000));
        for (number, share) in shares.enumerate() {
            let (cache, path) = (cache.clone(), paths[0].clone());
            asking.spawn(async move {
                let (entry, _) = demand(&cache, &path, Demand { share, piped }).await.unwrap();
                (number > 0).then_some(entry)
            });
        }
        asking.join_all().await.into_iter().flatten().collect::<Vec<_>>()
    });
    assert_eq!(entries.len(), 1000);
    // What each who shares it has the disk read anew, nobody shares.
    assert!(entries.iter().filter(|entry| entry.is_for_one(true)).count() <= 1);
    entries.sort_by_key(Arc::as_ptr);
    entries.dedup_by_key(|entry| Arc::as_ptr(entry));
    // Who comes when the first has just been served is the second to ask.
    assert!(entries.len() <= 2, "{} files or readings", entries.len());
    assert!(entries.iter().filter(|entry| entry.is_in_memory()).count() <= 1);
    assert!(entries.iter().all(|entry| entry.plain().len == size as u64));
}

#[test]
fn one_pass_over_what_is_sealed_takes_no_memory() {
    let library = tempfile::tempdir().unwrap();
    let Some(paths) = sealed_segments(library.path(), 100, 200_000) else { return };
    let cache = cache(library.path());
    run(async {
        for path in &paths {
            get(&cache, path).await.unwrap();
        }
    });
    assert_eq!(paths.iter().filter(|path| cache.hot(path).is_some()).count(), 0);
}

#[test]
fn beyond_so_many_open_files_what_is_sealed_is_read_at_once() {
    let library = tempfile::tempdir().unwrap();
    let most = usize::try_from(FILES).unwrap();
    let Some(paths) = sealed_segments(library.path(), most + 2, 200_000) else { return };
    let cache = cache(library.path());
    let ask = |path: &String| run(entry(&cache, path)).unwrap().0;
    let held: Vec<_> = paths[..most].iter().map(ask).collect();
    assert!(held.iter().all(|entry| !in_memory(entry)));
    assert!(in_memory(&ask(&paths[most])));
    drop(held);
    assert!(!in_memory(&ask(&paths[most + 1])));
}

#[test]
fn who_takes_little_has_little_read() {
    let content = noise(1_500_000);
    let digest = blake3::hash(&content);
    let etag = format!("\"{}\"", &digest.to_hex()[..32]);
    let cold = || {
        let origin = Running::with(|settings| settings.cache_bytes = 64 << 20);
        let file = origin.library().join(LARGE.trim_start_matches("/vod/"));
        std::fs::write(&file, &content).unwrap();
        let sealed = seal(&file, digest);
        chill(&file);
        (origin, file, sealed)
    };
    let (_origin, file, sealed) = cold();
    let told = !is_there(&file, 1_400_000) && std::fs::read(&file).is_ok() && is_there(&file, 1_400_000);
    if !sealed || !told {
        println!("NOT TESTED: {} keeps no seals, or is in memory", file.display());
        return;
    }
    // Who takes nothing does not count as the first.
    let then = [("pack; fwd=miss", "pack; fwd=miss"), ("pack; fwd=miss", "pack; hit")];
    for (method, header, status, body, (second, third)) in [
        ("HEAD", ("accept", "*/*"), 200, &[][..], then[0]),
        ("GET", ("if-none-match", etag.as_str()), 304, &[], then[0]),
        ("GET", ("range", "bytes=5-9"), 206, &content[5..10], then[1]),
    ] {
        let (origin, file, _) = cold();
        let reply = origin.ask(method, LARGE, &[header]);
        assert_eq!(reply.status, status, "{method} {header:?}");
        assert!(reply.body == body, "{method} {header:?}");
        assert!(!is_there(&file, 1_400_000), "{method} {header:?}");
        for told in [second, third, "pack; hit"] {
            let reply = origin.get(LARGE, &[]);
            assert!(reply.body == content);
            assert_eq!(reply.header("cache-status"), Some(told), "{method} {header:?}");
        }
    }
}
