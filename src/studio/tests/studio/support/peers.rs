//! Programs of others that tests talk to, each in a folder of its own below `target`, where it is installed once.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

/// A program that ends with the test.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// Starts `command`, and waits until it listens at `port`.
    pub(crate) fn start(command: &mut Command, port: u16) -> Self {
        let running = Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")));
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return running;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{command:?} does not listen at {port}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The folder of the Python programs.
pub(crate) fn python() -> PathBuf {
    installed("studio-venv", |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        run(Command::new(folder.join("bin/pip")).args([
            "install",
            "--quiet",
            "aiosmtpd==1.4.6",
            "oidc-provider-mock==0.3.4",
        ]));
    })
    .join("bin")
}

/// The folder of the Node packages.
pub(crate) fn node() -> PathBuf {
    installed("studio-node", |folder| {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("package.json"), r#"{ "private": true, "type": "module" }"#).unwrap();
        let packages = ["install", "--silent", "--no-audit", "--no-fund", "oidc-provider@9.13.3"];
        run(Command::new("npm").args(packages).current_dir(folder));
    })
}

/// The folder `name` below `target`, where `install` has put something once, whole.
fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join(name);
    let lock = File::create(target.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !folder.join("done").exists() {
        let _ = fs::remove_dir_all(&folder);
        install(&folder);
        fs::write(folder.join("done"), "").unwrap();
    }
    folder
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
