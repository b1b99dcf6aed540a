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
fn only_three_signals_are_the_machine_s() {
    let by = |signal: &str| ended_by_machine(ended(&format!("kill -{signal} $$"), &bounds(50)).status);
    assert_eq!(["KILL", "TERM", "XCPU"].map(by), [true; 3]);
    assert_eq!(["SEGV", "ABRT", "ILL", "FPE"].map(by), [false; 4]);
    assert_eq!(
        ["137", "139", "1"].map(|code| ended_by_machine(ended(&format!("exit {code}"), &bounds(50)).status)),
        [true, false, false]
    );
}
