//! Follows one dynamic MPD: reloads it, fetches what is new in it and now and then what is about to leave.

use std::collections::HashMap;
use std::sync::Mutex;

use url::Url;

use super::edge::{Due, available};
use super::media::{Announced, Media};
use super::mpd::{History, depth};
use super::playlist::When;
use super::{Follow, Outcome, Shared};
use crate::dash::{self, Dash};
use crate::fetch::names;
use crate::fetch::parallel;
use crate::fetch::{Resource, Store};
use crate::media::tracks::Tracks;
use crate::report::rules::live as rules;
use crate::report::{Findings, Place};
use crate::syntax::date;
use crate::syntax::decimal::{SECOND, show, xs_duration};

/// Shortest and longest time between two refreshes, nanoseconds.
const WAIT: (u64, u64) = (SECOND / 4, 6 * SECOND);
/// Refreshes between two looks at the time shift buffer's start.
const LOOK: u32 = 8;
/// More new segments of a Representation at one refresh are left out.
const MAX_NEW: usize = 20;

/// A dynamic MPD that is followed.
pub(super) struct Mpd {
    url: Url,
    name: String,
    history: History,
    /// By the Period's place and start and the Representation's id.
    tracks: HashMap<(u64, String), Track>,
    refreshes: u32,
    findings: Findings,
    /// Lead of the clock that the MPD names over ours, nanoseconds.
    ahead: i64,
    done: (usize, u64),
}

/// Known state of a Representation.
struct Track {
    media: Media,
    /// Key of the next segment.
    next: u64,
    /// The next one was not there when it was due.
    waiting: bool,
}

/// Pending work of one Representation.
struct Work {
    key: (u64, String),
    name: String,
    init: Option<Resource>,
    exact: bool,
    new: Vec<Due>,
    oldest: Option<Due>,
}

impl Mpd {
    /// Follows `first`, which is known now.
    pub(super) fn new(first: &Dash, shared: &Shared<'_>) -> Self {
        let mut findings = Findings::default();
        let history = History::new(first, shared.clock.now(), &mut findings);
        let ahead = ahead(first, shared, &mut findings);
        Self {
            url: first.url.clone(),
            name: first.name.clone(),
            history,
            tracks: HashMap::new(),
            refreshes: 0,
            findings,
            ahead,
            done: (0, 0),
        }
    }

    fn reload(&mut self, shared: &Shared<'_>) -> Option<Dash> {
        let mut own = Findings::default();
        let data = shared.tools.store.manifest(&self.url).map_err(|error| error.to_string());
        let loaded = data.and_then(|data| {
            let dash = dash::load(shared.tools.store, &self.url, &data, &mut Tracks::default(), &mut own);
            dash.ok_or_else(|| own.first().map_or_else(String::new, |f| f.message.clone()))
        });
        loaded.map_err(|why| self.findings.add(&rules::REFRESH, Place::file(&self.name), why)).ok()
    }

    /// Fetches what is new in `dash`, Representations side by side.
    fn fetch(&mut self, dash: &Dash, now: i64, shared: &Shared<'_>) {
        let look = self.refreshes.is_multiple_of(LOOK);
        let work = self.work(dash, now, look);
        let known: Vec<(Work, Mutex<Track>)> = work
            .into_iter()
            .map(|work| {
                let track = self.tracks.remove(&work.key).unwrap_or_else(|| Track::new(&work));
                (work, Mutex::new(track))
            })
            .collect();
        let found = parallel::map(&known, shared.tools.threads, |(work, track)| {
            let mut own = Findings::default();
            if let Ok(mut track) = track.lock() {
                track.go_on(work, now, shared, &mut own);
            }
            own
        });
        for own in found {
            self.findings.absorb(own);
        }
        // Tracks that are in no Period any more are forgotten.
        for (_, gone) in self.tracks.drain() {
            self.done.0 += gone.media.segments;
            self.done.1 = self.done.1.saturating_add(gone.media.bytes);
        }
        self.tracks.extend(known.into_iter().filter_map(|(work, track)| Some((work.key, track.into_inner().ok()?))));
    }

    fn work(&self, dash: &Dash, now: i64, look: bool) -> Vec<Work> {
        let oldest_end = now.saturating_sub_unsigned(depth(dash));
        let mut all = Vec::new();
        for (representation, loaded) in dash.representations() {
            let key = (representation.period.start, representation.id().to_owned());
            let from = self.tracks.get(&key).map(|t| t.next);
            // At first the newest one; from then on each.
            let most = if from.is_some() { MAX_NEW } else { 1 };
            let new = available(dash, &representation, loaded, (from.unwrap_or(0), now, most));
            let window = || available(dash, &representation, loaded, (0, now, usize::MAX / 2));
            // With a margin of its own length: it may leave while it is asked for.
            let there = |due: &Due| due.at.saturating_sub_unsigned(due.duration) > oldest_end;
            let oldest = (look && loaded.addressed.exact).then(|| window().into_iter().find(there)).flatten();
            let name = format!("{}#{}", dash.name, representation.id());
            let (init, exact) = (loaded.addressed.init.clone(), loaded.addressed.exact);
            all.push(Work { key, name, init, exact, new, oldest });
        }
        all
    }
}

impl Track {
    fn new(work: &Work) -> Self {
        Self { media: Media::new(&work.name), next: 0, waiting: false }
    }

    fn go_on(&mut self, work: &Work, now: i64, shared: &Shared<'_>, findings: &mut Findings) {
        self.waiting = false;
        for due in &work.new {
            let announced = Announced {
                resource: due.resource.clone(),
                init: work.init.clone(),
                duration: due.duration,
                exact: false,
                discontinuity: false,
                encrypted: false,
            };
            let file = Place::file(&names::show(&due.resource.url));
            let late = u64::try_from(now.saturating_sub(due.at)).unwrap_or(0);
            match self.media.take(shared.tools, &announced, findings) {
                // A SegmentTimeline announces what is there. Else it may be on its way yet: it is waited for.
                Err(_) if !work.exact && late < due.duration => {
                    if late > due.duration / 2 {
                        let text = format!("was not there {} after its availability time", show(late));
                        findings.add(&rules::LATE, file, text);
                    }
                    self.waiting = true;
                    return;
                }
                Err(error) => {
                    self.media.lost();
                    let text =
                        format!("{} announces it, {} after its availability time it {error}", work.name, show(late));
                    findings.add(&rules::MISSING, file, text);
                }
                Ok(_) => {}
            }
            self.next = due.key.saturating_add(1);
        }
        if let Some(oldest) = &work.oldest
            && let Err(error) = shared.tools.store.open(&oldest.resource)
        {
            let text = format!("is within the time shift buffer of {} and {error}", work.name);
            findings.add(&rules::WINDOW, Place::file(&names::show(&oldest.resource.url)), text);
        }
    }
}

impl Follow for Mpd {
    fn step(&mut self, shared: &Shared<'_>) -> Option<u64> {
        let asked = shared.clock.now();
        let Some(dash) = self.reload(shared) else { return Some(SECOND) };
        let when = When { asked, had: shared.clock.now() };
        let was_live = self.history.is_live();
        self.history.next(&dash, when, &mut self.findings);
        self.fetch(&dash, asked.saturating_add(self.ahead), shared);
        self.refreshes = self.refreshes.wrapping_add(1);
        let update = dash.root.get("minimumUpdatePeriod").and_then(xs_duration).unwrap_or(SECOND);
        let age = shared.tools.store.may_be_old(&self.url).unwrap_or(0);
        if self.refreshes == 1 && dash.is_live() && age.saturating_mul(SECOND) > update.max(SECOND) {
            let text = format!("may be kept for {age} s, minimumUpdatePeriod is {}", show(update));
            self.findings.add(&rules::CACHED, Place::file(&self.name), text);
        }
        let waiting = self.tracks.values().any(|t| t.waiting);
        // Once more after the end, to see that it stays.
        was_live.then(|| if waiting { WAIT.0 } else { (update / 2).clamp(WAIT.0, WAIT.1) })
    }

    fn end(self: Box<Self>) -> Outcome {
        let media = || self.tracks.values().map(|t| &t.media);
        let segments = self.done.0 + media().map(|m| m.segments).sum::<usize>();
        let bytes = media().map(|m| m.bytes).fold(self.done.1, u64::saturating_add);
        Outcome { segments, bytes, findings: self.findings }
    }
}

/// Lead of the clock that `dash` names over ours, nanoseconds (§5.8.4.11); 0 without one that can be read here.
fn ahead(dash: &Dash, shared: &Shared<'_>, findings: &mut Findings) -> i64 {
    let mut wanted = None;
    for clock in dash.root.children("UTCTiming") {
        let (scheme, value) = (clock.get("schemeIdUri").unwrap_or_default(), clock.get("value").unwrap_or_default());
        let asked = shared.clock.now();
        let text = if scheme.contains(":utc:direct:") {
            Ok(value.to_owned())
        } else if scheme.contains(":utc:http-xsdate:") || scheme.contains(":utc:http-iso:") {
            read_clock(dash, value, shared.tools.store)
        } else {
            continue;
        };
        match text.map(|text| (date::nanos(text.trim()), text)) {
            Ok((Some(time), _)) => return time.saturating_sub(asked),
            Ok((None, text)) => {
                let text = crate::syntax::m3u8::attributes::shorten(&text);
                wanted = Some((clock.line, format!("{value} gives '{text}', no date and time")));
            }
            Err(error) => wanted = Some((clock.line, format!("{value} {error}"))),
        }
    }
    if let Some((line, text)) = wanted {
        findings.add(&rules::UTC_READABLE, Place::line(&dash.name, line), text);
    }
    0
}

fn read_clock(dash: &Dash, value: &str, store: &dyn Store) -> Result<String, String> {
    let url = value.split_whitespace().next().and_then(|v| dash.url.join(v).ok());
    let url = url.ok_or_else(|| "is no URL".to_owned())?;
    let mut input = store.open(&Resource::whole(url)).map_err(|e| e.to_string())?;
    let data = input.read_all(1024).map_err(|e| e.to_string())?;
    String::from_utf8(data).map_err(|_| "is no text".to_owned())
}
