//! The command and the secret of hooks.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use config::settings::Hooks;
use rustix::fs::{Access, access};

use super::{Finding, State};

/// What is found of those that are set.
pub(super) fn findings(settings: &Hooks) -> Vec<Finding> {
    let command = settings.command.first().map(|program| command(program, env::var_os("PATH").as_deref()));
    let secret = (!settings.webhook.is_empty()).then(|| secret(&settings.secret_file));
    command.into_iter().chain(secret).collect()
}

fn command(program: &str, path: Option<&OsStr>) -> Finding {
    // As execvp(3) looks for it.
    let found: Vec<PathBuf> = match program.contains('/') {
        true => vec![program.into()],
        false => {
            path.map(|path| env::split_paths(path).map(|folder| folder.join(program)).collect()).unwrap_or_default()
        }
    };
    let runs = |file: &&PathBuf| file.is_file() && access(file.as_path(), Access::EXEC_OK).is_ok();
    match found.iter().find(runs) {
        Some(file) => Finding::ok("hook", file.display().to_string()),
        None => Finding::bad(
            "hook",
            State::Fail,
            format!("hooks.command: {program} is no file that this user may run"),
            "name a program by its whole path, and make it executable: chmod +x",
        ),
    }
}

fn secret(file: &Path) -> Finding {
    let path = file.display();
    match hooks::is_exposed(file) {
        Ok(false) => Finding::ok("secret", format!("{path} is its owner's alone")),
        Ok(true) => Finding::bad(
            "secret",
            State::Warn,
            format!("hooks.secret_file: others than its owner may read {path}, and sign events as pack does"),
            format!("chmod 600 {path}"),
        ),
        Err(error) => {
            let mend = format!("make one: (umask 077; echo whsec_$(openssl rand -base64 32) >{path})");
            Finding::bad("secret", State::Fail, error.to_string(), mend)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use crate::command::machine::doctor::hooks::*;

    #[test]
    fn a_command_must_be_executable() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("notify");
        let whole = program.to_str().unwrap();
        let look = || (command(whole, None).state, command("notify", Some(folder.path().as_os_str())).state);
        assert_eq!(look(), (State::Fail, State::Fail));
        fs::write(&program, "#!/bin/sh\n").unwrap();
        assert_eq!(look(), (State::Fail, State::Fail));
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(look(), (State::Ok, State::Ok));
        assert_eq!(command("notify", None).state, State::Fail);
    }

    #[test]
    fn a_secret_is_its_owners_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "a secret of enough bytes").unwrap();
        let with = |mode| {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            secret(file.path()).state
        };
        assert_eq!((with(0o600), with(0o400), with(0o640), with(0o604)), {
            (State::Ok, State::Ok, State::Warn, State::Warn)
        });
        let none = secret(Path::new("none/secret"));
        assert_eq!(none.state, State::Fail);
        assert!(none.mend.is_some_and(|mend| mend.contains("openssl rand")));
        fs::write(file.path(), "short").unwrap();
        assert_eq!(with(0o600), State::Fail);
    }
}
