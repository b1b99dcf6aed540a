//! Sound: decoded to its end, and where it is silent.

use std::sync::atomic::AtomicU64;
use std::thread;

use super::argv::Line;
use super::decoder::Told;
use super::kind::Kind;
use super::{Context, Member};
use crate::report::Findings;
use crate::report::rules::decode as rules;
use crate::syntax::decimal::show_signed;

/// Decodes the run of `member`.
pub(super) fn judge(context: &Context<'_>, member: &Member<'_>, findings: &mut Findings) {
    let fed = AtomicU64::new(0);
    thread::scope(|scope| {
        let mut decoder = context.start(scope, member, Kind::Sound, &fed);
        let (mut silent, mut last) = (None, 0);
        while let Some(told) = decoder.next() {
            match told {
                Told::Sound(Line::Frame(at)) => last = at.unwrap_or(last),
                Told::Sound(Line::SilenceStart(at)) => silent = Some(at),
                Told::Sound(Line::SilenceEnd(end)) => tell(member, silent.take(), end, findings),
                Told::Picture(_) | Told::Samples(_) => {}
            }
        }
        tell(member, silent, last, findings);
        context.judge_end(member, Kind::Sound, decoder.finish(), findings);
    });
}

fn tell(member: &Member<'_>, start: Option<i64>, end: i64, findings: &mut Findings) {
    let Some(start) = start else { return };
    let shown = |at: i64| at.saturating_sub(member.run.shift);
    let text = format!("is silent from {} to {}", show_signed(shown(start)), show_signed(shown(end)));
    findings.add(&rules::SILENT, member.place(shown(start)), text);
}
