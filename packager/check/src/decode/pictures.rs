//! Renditions of one picture, decoded in step and compared frame by frame.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::thread;

use super::decoder::Decoder;
use super::kind::Kind;
use super::picture::{Luma, Picture, differs};
use super::shift::{Late, REACH, Shift};
use super::still::{Still, Stills, Stretch};
use super::{Context, Member};
use crate::report::Findings;
use crate::report::rules::decode as rules;
use crate::syntax::decimal::show_signed;

/// Another picture for less than this may be a blend or a flash, nanoseconds.
const SHORTEST: i64 = 1_000_000_000;
/// Tolerance within which two times are the same where a rendition has one picture alone, nanoseconds.
const SAME_TIME: i64 = 10_000_000;

/// Decodes the runs of `members`, renditions of one picture, of which the first is the best; the others are compared with
/// it.
pub(super) fn judge(context: &Context<'_>, members: &[Member<'_>], findings: &mut Findings) {
    let fed: Vec<AtomicU64> = members.iter().map(|_| AtomicU64::new(0)).collect();
    thread::scope(|scope| {
        let start = |(member, fed)| Watched::new(member, context.start(scope, member, Kind::Picture, fed));
        let mut watched: Vec<Watched<'_, '_>> = members.iter().zip(&fed).map(start).collect();
        let mut own = Findings::default();
        if let Some((best, others)) = watched.split_first_mut() {
            in_step(best, others, findings, &mut own);
        }
        for (index, watched) in watched.into_iter().enumerate() {
            let findings = if index == 0 { &mut own } else { &mut *findings };
            watched.finish(context, members.first().map_or("", |best| &best.track.name), findings);
        }
        if members.first().is_some_and(|best| !best.judged) {
            findings.absorb(own);
        }
    });
}

fn in_step(best: &mut Watched<'_, '_>, others: &mut [Watched<'_, '_>], findings: &mut Findings, own: &mut Findings) {
    let mut near = Near::default();
    let name = best.member.track.name.clone();
    while let Some(at) = near.advance(|| best.take()) {
        let (now, apart) = (near.now, near.apart());
        let all = near.lumas();
        let Some(shown) = all.get(now).copied() else { return };
        best.still(at, shown, None, own);
        for other in &mut *others {
            while let Some(early) = other.take_before(at - apart) {
                other.still(early.at, &early.luma, None, findings);
            }
            if let Some(picture) = other.take_before(at + apart) {
                other.still(picture.at, &picture.luma, Some(shown), findings);
                other.compare(&picture, &all, now, &name, findings);
            }
        }
    }
}

/// The best rendition's pictures around the one that is looked at.
#[derive(Default)]
struct Near {
    pictures: VecDeque<Picture>,
    now: usize,
    started: bool,
}

impl Near {
    /// Goes on to the next picture, and gives its time.
    fn advance(&mut self, mut next: impl FnMut() -> Option<Picture>) -> Option<i64> {
        self.now += usize::from(self.started);
        self.started = true;
        while self.pictures.len() <= self.now + REACH {
            let Some(picture) = next() else { break };
            self.pictures.push_back(picture);
        }
        while self.now > REACH {
            self.pictures.pop_front();
            self.now -= 1;
        }
        self.pictures.get(self.now).map(|picture| picture.at)
    }

    /// Half of the time to the nearer neighbour.
    fn apart(&self) -> i64 {
        let at = |index: usize| self.pictures.get(index).map(|picture| picture.at);
        let now = at(self.now).unwrap_or(0);
        let after = at(self.now + 1).map(|after| after.saturating_sub(now));
        let before = self.now.checked_sub(1).and_then(at).map(|before| now.saturating_sub(before));
        after.into_iter().chain(before).filter(|apart| *apart > 0).min().map_or(SAME_TIME, |apart| apart / 2)
    }

    fn lumas(&self) -> Vec<&Luma> {
        self.pictures.iter().map(|picture| &*picture.luma).collect()
    }
}

/// One rendition while it is decoded.
struct Watched<'scope, 'a> {
    member: &'a Member<'a>,
    decoder: Decoder<'scope>,
    waiting: Option<Picture>,
    stills: Stills,
    shift: Shift,
    /// Since when it is how late.
    late: Option<Late>,
    /// From when to when it shows another picture.
    other: Option<(i64, i64)>,
    last: i64,
}

impl<'scope, 'a> Watched<'scope, 'a> {
    fn new(member: &'a Member<'a>, decoder: Decoder<'scope>) -> Self {
        let (stills, shift) = (Stills::default(), Shift::default());
        Self { member, decoder, waiting: None, stills, shift, late: None, other: None, last: 0 }
    }

    /// The next picture, on the presentation's timeline.
    fn take(&mut self) -> Option<Picture> {
        self.waiting.take().or_else(|| {
            let picture = self.decoder.picture()?;
            Some(Picture { at: picture.at.saturating_sub(self.member.run.shift), ..picture })
        })
    }

    /// The next picture if it is shown before `end`.
    fn take_before(&mut self, end: i64) -> Option<Picture> {
        let picture = self.take()?;
        if picture.at < end {
            return Some(picture);
        }
        self.waiting = Some(picture);
        None
    }

    fn still(&mut self, at: i64, luma: &Luma, best: Option<&Luma>, findings: &mut Findings) {
        self.last = at;
        for stretch in self.stills.see(at, luma, best) {
            self.tell_still(stretch, findings);
        }
    }

    fn tell_still(&self, stretch: Stretch, findings: &mut Findings) {
        let Stretch { kind, start, end } = stretch;
        let (rule, what) = match kind {
            Still::Black => (&rules::BLACK, "is black"),
            Still::Frozen => (&rules::FROZEN, "stands still"),
        };
        let text = format!("{what} from {} to {}", show_signed(start), show_signed(end));
        findings.add(rule, self.member.place(start), text);
    }

    fn compare(&mut self, picture: &Picture, near: &[&Luma], now: usize, best: &str, findings: &mut Findings) {
        if let Some(late) = self.shift.see(picture.at, &picture.luma, near, now) {
            self.tell_late(Some(late.from), best, findings);
            self.late = Some(late).filter(|late| late.frames != 0);
        }
        let other = near.get(now).and_then(|shown| differs(shown, &picture.luma));
        // A shift is told of as such.
        let found = || near.iter().any(|shown| differs(shown, &picture.luma) == Some(false));
        match other {
            Some(true) if !found() => self.other.get_or_insert((picture.at, picture.at)).1 = picture.at,
            Some(_) => self.tell_other(best, findings),
            None => {}
        }
    }

    /// Tells of the stretch in which it was late, which ends at `end`, or with the track.
    fn tell_late(&mut self, end: Option<i64>, best: &str, findings: &mut Findings) {
        let Some(Late { from, frames }) = self.late.take() else { return };
        let plural = if frames.abs() == 1 { "" } else { "s" };
        let way = if frames > 0 { "late" } else { "early" };
        let until = end.map_or("on".to_owned(), |end| format!("to {}", show_signed(end)));
        let text = format!("is {} frame{plural} {way} from {} {until}, beside {best}", frames.abs(), show_signed(from));
        findings.add(&rules::ALIGNED, self.member.place(from), text);
    }

    fn tell_other(&mut self, best: &str, findings: &mut Findings) {
        let Some((start, end)) = self.other.take().filter(|(start, end)| end - start >= SHORTEST) else { return };
        let text = format!("shows another picture than {best} from {} to {}", show_signed(start), show_signed(end));
        findings.add(&rules::SAME, self.member.place(start), text);
    }

    fn finish(mut self, context: &Context<'_>, best: &str, findings: &mut Findings) {
        while let Some(picture) = self.take() {
            self.still(picture.at, &picture.luma, None, findings);
        }
        for stretch in self.stills.finish() {
            self.tell_still(stretch, findings);
        }
        if let Some(late) = self.shift.finish() {
            self.tell_late(Some(late.from), best, findings);
            self.late = Some(late).filter(|late| late.frames != 0);
        }
        self.tell_late(None, best, findings);
        self.tell_other(best, findings);
        let ended = self.decoder.finish();
        if !self.member.judged {
            context.judge_end(self.member, Kind::Picture, ended, findings);
        }
    }
}
