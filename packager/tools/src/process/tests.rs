use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use super::*;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn bounds(stall: u64) -> Bounds {
    Bounds::new(Cancel::default(), Duration::from_secs(stall), Sandbox::off())
}

fn ended(script: &str, bounds: &Bounds) -> Ended {
    Process::output(&mut sh(script), bounds).unwrap().1
}

#[test]
fn a_process_without_progress_is_ended_with_its_children() {
    // The shell's child would hold the pipe, and so the reader, for a minute.
    let ended = ended("sleep 60; true", &bounds(1));
    assert!(ended.stalled);
    assert_eq!(ended.status.signal(), Some(Signal::KILL.as_raw()));
}

#[test]
fn a_grandchild_does_not_outlive_the_process() {
    let ended = ended("sleep 60 & exit 3", &bounds(50));
    assert_eq!((ended.stalled, ended.status.code()), (false, Some(3)));
}

#[test]
fn a_stop_ends_the_whole_group() {
    let bounds = bounds(50);
    let cancel = bounds.cancel.clone();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| ended("sleep 60; true", &bounds));
        cancel.cancel();
        assert_eq!(running.join().unwrap().status.signal(), Some(Signal::KILL.as_raw()));
    });
}

#[test]
fn the_manner_of_an_end_is_told_from_outside_and_through_a_shell() {
    let by = |script: &str| ended(script, &bounds(50)).manner();
    assert_eq!(["KILL", "TERM", "XCPU"].map(|signal| by(&format!("kill -{signal} $$"))), [Manner::Killed; 3]);
    assert_eq!(["SEGV", "ABRT", "ILL", "FPE"].map(|signal| by(&format!("kill -{signal} $$"))), [Manner::Crashed; 4]);
    let codes = ["137", "139", "127", "1"].map(|code| by(&format!("exit {code}")));
    assert_eq!(codes, [Manner::Killed, Manner::Crashed, Manner::Unusable, Manner::Itself]);
}

#[test]
fn what_hung_or_crashed_is_done_once_more_and_what_was_killed_is_not() {
    let attempts = |script: &str| {
        let count = std::cell::Cell::new(0);
        bounds(1).once_more(|bounds| {
            count.set(count.get() + 1);
            ended(script, bounds)
        });
        count.get()
    };
    let scripts = ["sleep 60", "kill -SEGV $$", "exit 134", "kill -KILL $$", "exit 127", "exit 1", "true"];
    assert_eq!(scripts.map(attempts), [2, 2, 2, 1, 1, 1, 1]);
}
