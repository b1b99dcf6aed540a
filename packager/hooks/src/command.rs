//! Delivery by running a program.

use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, Read as _, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command as Program, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver as Ended, channel};
use std::thread;
use std::time::{Duration, Instant};

use config::hooks::VARIABLES;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::courier::Deliver;
use crate::letter::Letter;
use crate::stop::Stop;
use crate::verdict::Verdict;

/// How often a program is looked at.
const TICK: Duration = Duration::from_millis(20);
/// The time that a program has left once we are to end.
const LAST: Duration = Duration::from_secs(2);
/// Output of one run that goes to the log, and of one line of it, bytes.
const MOST_OUTPUT: u64 = 64 << 10;
const MOST_LINE: u64 = 4 << 10;

/// The command.
pub(crate) struct Command {
    pub(crate) words: Vec<String>,
    /// The longest that it may run.
    pub(crate) timeout: Duration,
}

/// The end of a run.
enum End {
    Exited(ExitStatus),
    TimedOut,
    Stopped,
}

impl Deliver for Command {
    fn deliver(&self, letter: &Letter, stop: &Stop) -> Verdict {
        match self.run(letter, stop) {
            Ok(End::Exited(status)) if status.success() => Verdict::Taken,
            Ok(End::Exited(status)) => Verdict::Over(format!("it ended with {status}")),
            Ok(End::TimedOut) => Verdict::Over(format!(
                "it was ended, with all that it had started, after {} s (hooks.timeout)",
                self.timeout.as_secs()
            )),
            Ok(End::Stopped) => Verdict::Stopped,
            Err(error) => Verdict::Over(format!("it can't be run: {error}; `pack doctor` looks at it")),
        }
    }
}

impl Command {
    fn run(&self, letter: &Letter, stop: &Stop) -> io::Result<End> {
        let Some((program, arguments)) = self.words.split_first() else { return Err(io::ErrorKind::NotFound.into()) };
        // A file, not a pipe: whether it is read is the program's own business.
        let mut input = tempfile::tempfile()?;
        input.write_all(letter.body.as_bytes())?;
        input.rewind()?;
        let (output, written) = io::pipe()?;
        let mut child = start(program, arguments, letter, input, written)?;
        let logged = log(output, &letter.title)?;
        let end = self.watch(&mut child, stop)?;
        // What it wrote stands in the log before what became of it does. A process that left its group may hold the pipe.
        let _ = logged.recv_timeout(Duration::from_secs(1));
        Ok(end)
    }

    /// Waits for the program's end, and ends what is left of its group.
    fn watch(&self, child: &mut Child, stop: &Stop) -> io::Result<End> {
        let mut until = Instant::now() + self.timeout;
        let mut stopped = false;
        let group = Pid::from_child(child);
        let in_time = loop {
            // Left unreaped, so that its number stays its group's until that is ended.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
            if waitid(WaitId::Pid(group), options)?.is_some() {
                break true;
            }
            if !stopped && stop.is_set() {
                stopped = true;
                until = until.min(Instant::now() + LAST);
            }
            if Instant::now() >= until {
                break false;
            }
            thread::sleep(TICK);
        };
        let _ = kill_process_group(group, Signal::KILL);
        let status = child.wait()?;
        Ok(match (in_time, stopped) {
            (true, _) => End::Exited(status),
            (false, true) => End::Stopped,
            (false, false) => End::TimedOut,
        })
    }
}

fn start(
    program: &str,
    arguments: &[String],
    letter: &Letter,
    input: File,
    written: io::PipeWriter,
) -> io::Result<Child> {
    let [event, title] = VARIABLES;
    let mut command = Program::new(program);
    command.args(arguments).env(event, &letter.event).env(title, &letter.title).process_group(0);
    command.stdin(input).stdout(written.try_clone()?).stderr(Stdio::from(written));
    command.spawn()
}

/// Writes what a program says to the log, line by line; what it returns tells of the end.
fn log(output: PipeReader, title: &str) -> io::Result<Ended<()>> {
    let (ended, end) = channel();
    let title = title.to_owned();
    thread::Builder::new().name("hook's output".into()).spawn(move || {
        let mut left = BufReader::new(output).take(MOST_OUTPUT);
        let mut line = Vec::new();
        while (&mut left).take(MOST_LINE).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            tracing::info!("{title}: hooks.command says: {}", String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
        // Whoever writes more must not be kept waiting.
        let _ = io::copy(&mut left.into_inner(), &mut io::sink());
        let _ = ended.send(());
    })?;
    Ok(end)
}
