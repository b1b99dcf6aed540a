//! Live presentations, watched for a while: playlists and MPDs are loaded again and again as a player does, what is new
//! in them is fetched when it is announced, and each version is judged against the one before.
//!
//! Of each playlist, MPD and track only the last version and the last segment are kept: an hour takes the memory of a
//! minute.

mod clock;
mod dash;
mod edge;
mod hls;
mod media;
mod mpd;
mod playlist;
mod together;

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use crate::dash::Dash;
use crate::fetch::tools::Tools;
use crate::hls::Hls;
use crate::report::rules::syntax;
use crate::report::{Findings, Place};
use clock::Clock;
use together::Together;

/// More playlists and MPDs are not followed: each has a thread.
const MAX_FOLLOWED: usize = 64;
/// Interval between reports of progress.
const TICK: Duration = Duration::from_millis(100);

/// Counts of what was read on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Watched {
    pub(crate) segments: usize,
    pub(crate) bytes: u64,
}

/// State that followers share.
struct Shared<'a> {
    tools: Tools<'a>,
    clock: &'a Clock,
    /// The playlists of this presentation.
    together: Mutex<Together>,
}

/// Result of one follower.
struct Outcome {
    findings: Findings,
    segments: usize,
    bytes: u64,
}

/// Follows one playlist or MPD.
trait Follow: Send {
    /// Loads and judges the next version; gives the nanoseconds to the one after it, `None` when all is over.
    fn step(&mut self, shared: &Shared<'_>) -> Option<u64>;
    /// The result.
    fn end(self: Box<Self>) -> Outcome;
}

/// Watches what of `hls` and `dash` is live for `time`, or until it ends.
pub(crate) fn watch(tools: Tools<'_>, hls: &[Hls], dash: &[Dash], time: Duration, findings: &mut Findings) -> Watched {
    let clock = Clock::start();
    let shared = |_: &Hls| Shared { tools, clock: &clock, together: Mutex::default() };
    let presentations: Vec<Shared<'_>> = hls.iter().map(shared).collect();
    let others = Shared { tools, clock: &clock, together: Mutex::default() };
    let mut followers: Vec<(Box<dyn Follow>, &Shared<'_>)> = Vec::new();
    for (presentation, shared) in hls.iter().zip(&presentations) {
        for live in presentation.regular().filter(|l| !l.playlist.finished()) {
            followers.push((Box::new(hls::Playlist::new(&live.url, &live.playlist, shared)), shared));
        }
    }
    for live in dash.iter().filter(|d| d.is_live()) {
        followers.push((Box::new(dash::Mpd::new(live, &others)), &others));
    }
    if followers.len() > MAX_FOLLOWED {
        let name = hls.first().and_then(|h| h.playlists.first()).map_or("", |l| l.playlist.name.as_str());
        let text = format!("more than {MAX_FOLLOWED} live playlists are not followed");
        findings.add(&syntax::LIMIT, Place::file(name), text);
        followers.truncate(MAX_FOLLOWED);
    }
    let mut watched = Watched::default();
    for outcome in run(followers, &clock, time, tools) {
        findings.absorb_new(outcome.findings);
        watched.segments += outcome.segments;
        watched.bytes = watched.bytes.saturating_add(outcome.bytes);
    }
    watched
}

/// Lets all followers go on side by side until `time` is over.
fn run(
    followers: Vec<(Box<dyn Follow>, &Shared<'_>)>,
    clock: &Clock,
    time: Duration,
    tools: Tools<'_>,
) -> Vec<Outcome> {
    let follow = |mut follower: Box<dyn Follow>, shared: &Shared<'_>| {
        while clock.elapsed() < time
            && let Some(wait) = follower.step(shared)
        {
            clock.sleep(Duration::from_nanos(wait).min(time.saturating_sub(clock.elapsed())));
        }
        follower.end()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = followers.into_iter().map(|(f, shared)| scope.spawn(move || follow(f, shared))).collect();
        while threads.iter().any(|t| !t.is_finished()) {
            tools.progress.watched(clock.elapsed().min(time), time);
            std::thread::sleep(TICK);
        }
        // A follower that panicked has found nothing that could be told: the check must not pass for it.
        let end = |t: ScopedJoinHandle<'_, Outcome>| t.join().unwrap_or_else(|panic| resume_unwind(panic));
        threads.into_iter().map(end).collect()
    })
}
