//! What the hot cache promises: one reading however many ask, no flush by one pass, a bound.

use std::path::Path;
use std::sync::Arc;

use config::origin::Origin;
use config::tree::TreePath;
use origin::cache::{Cache, Found};
use origin::metrics::Metrics;
use origin::policy::Policy;
use origin::store::{Store, StoreError};
use prometheus::Registry;

use crate::common::{R, noise};

const CAPACITY: u64 = 8 << 20;

fn cache(library: &Path) -> Arc<Cache> {
    let policy = Arc::new(Policy::new(&Origin::default()).unwrap());
    let metrics = Arc::new(Metrics::new(&Registry::new()).unwrap());
    Arc::new(Cache::new(Arc::new(Store::new(library.to_owned())), policy, metrics, CAPACITY).unwrap())
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
    cache.get(path, &TreePath::parse(path).unwrap(), 0).await.map(|(_, found)| found)
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
