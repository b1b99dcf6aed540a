use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use config::settings::IoClass;

use super::*;

const MEMORY: u64 = 512 << 20;

fn sandbox() -> Sandbox {
    Sandbox::new(&settings(), &[])
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.sandbox.memory = MEMORY;
    settings
}

/// True if the script succeeds in the sandbox; tests show first that it does outside.
fn succeeds(sandbox: &Sandbox, script: &str, access: &Access) -> bool {
    let mut command = Command::new("bash");
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = sandbox.start(&mut command, access).unwrap().wait().unwrap();
    status.success()
}

#[track_caller]
fn is_refused(script: &str) {
    assert!(succeeds(&Sandbox::off(), script, &Access::default()), "outside: {script}");
    assert!(!succeeds(&sandbox(), script, &Access::default()), "inside: {script}");
}

#[test]
fn this_system_offers_all_of_it() {
    assert_eq!(missing(), [""; 0]);
}

#[test]
fn only_what_is_given_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (source, other) = (folder.path().join("source.mp4"), folder.path().join("other.mp4"));
    fs::write(&source, "recording").unwrap();
    fs::write(&other, "private").unwrap();
    let given = Access { read: vec![source.clone()], write: None };
    let read = |file: &Path| format!("read line < {} || [ -n \"$line\" ]", file.display());
    assert!(succeeds(&sandbox(), &read(&source), &given));
    assert!(!succeeds(&sandbox(), &read(&other), &given));
    assert!(!succeeds(&sandbox(), &format!("echo more >> {}", source.display()), &given));
    is_refused("read line < /etc/passwd");
    is_refused("read line < /proc/1/stat");
    is_refused("read line < /proc/$PPID/stat");
    is_refused(&format!("cd {} && ls", folder.path().display()));
}

#[test]
fn only_what_is_given_is_written_and_no_more_than_its_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.mkv");
    fs::write(&path, "before").unwrap();
    let given = Access { read: Vec::new(), write: Some(Output { path: path.clone(), most: 1 << 20 }) };
    assert!(succeeds(&sandbox(), &format!("echo packets > {}", path.display()), &given));
    assert_eq!(fs::read_to_string(&path).unwrap(), "packets\n");
    assert!(!succeeds(&sandbox(), &format!("head -c 2M /dev/zero > {}", path.display()), &given));
    assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 20);
    is_refused(&format!("echo x > {}", folder.path().join("new").display()));
    is_refused(&format!("mkdir {}", folder.path().join("folder").display()));
    is_refused(&format!("chmod 600 {}", path.display()));
    is_refused(&format!("touch -d 2001-01-01 {}", path.display()));
    is_refused(&format!("chown root {}", path.display()));
    is_refused(&format!("rm {}", path.display()));
}

#[test]
fn no_network_is_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    is_refused(&format!("exec 3<> /dev/tcp/127.0.0.1/{port}"));
    is_refused(&format!("exec 3<> /dev/udp/127.0.0.1/{port}"));
}

#[test]
fn no_process_outside_is_signalled() {
    let mut outside = Command::new("sleep").arg("60").spawn().unwrap();
    assert!(!succeeds(&sandbox(), &format!("kill {}", outside.id()), &Access::default()));
    assert!(outside.try_wait().unwrap().is_none());
    outside.kill().unwrap();
    assert!(outside.wait().unwrap().signal().is_some());
}

#[test]
#[cfg(target_os = "linux")]
fn no_process_outside_is_traced() {
    let mut outside = Command::new("sleep").arg("60").spawn().unwrap();
    // PTRACE_SEIZE, which stops nobody and ends with the tracer. Some systems let only parents trace.
    let (call, seize) = (libc::SYS_ptrace, 0x4206);
    let script = format!("perl -e 'syscall({call}, {seize}, {}, 0, 0) == 0 or exit 1'", outside.id());
    if succeeds(&Sandbox::off(), &script, &Access::default()) {
        assert!(!succeeds(&sandbox(), &script, &Access::default()));
    }
    outside.kill().unwrap();
    outside.wait().unwrap();
}

#[test]
fn no_variable_is_handed_on_but_what_programs_need() {
    assert!(succeeds(&Sandbox::off(), "[ -n \"$CARGO_MANIFEST_DIR\" ] && [ -n \"$PATH\" ]", &Access::default()));
    assert!(succeeds(&sandbox(), "[ -z \"$CARGO_MANIFEST_DIR\" ] && [ -n \"$PATH\" ]", &Access::default()));
}

#[test]
fn memory_has_an_end() {
    // tail keeps all of a line that has no end.
    is_refused("head -c 700M /dev/zero | tail -n 1 > /dev/null; [ ${PIPESTATUS[1]} = 0 ]");
}

#[test]
fn what_encodes_is_nice() {
    let told = |nice: u32, io: IoClass| {
        let mut settings = settings();
        (settings.ffmpeg.nice, settings.ffmpeg.io) = (nice, io);
        let mut command = Command::new("sh");
        command.args(["-c", "nice; ionice"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let sandbox = Sandbox::new(&settings, &[]);
        let said = sandbox.start(&mut command, &Access::default()).unwrap().wait_with_output().unwrap().stdout;
        String::from_utf8(said).unwrap()
    };
    assert_eq!(told(10, IoClass::Idle), "10\nidle\n");
    assert_eq!(told(19, IoClass::BestEffort), "19\nbest-effort: prio 7\n");
    assert!(told(0, IoClass::Normal).starts_with("0\n"));
}
