//! A mail server that keeps what it is given: aiosmtpd.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::peers::{Running, free_port, python};

/// The server: it knows no mailbox that begins with `gone`, asks those who write to one that begins with `grey` to come back
/// later, and with a name and a password it takes mail from who shows them alone.
const SCRIPT: &str = r#"
import sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

class Judge(Mailbox):
    seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 no such mailbox here"
        if address.startswith("grey") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

folder, port, user, password = sys.argv[1:]
def judge(server, session, envelope, mechanism, shown):
    return AuthResult(success=(shown.login, shown.password) == (user.encode(), password.encode()))
required = bool(user)
Controller(Judge(folder), "127.0.0.1", int(port), authenticator=judge, auth_required=required, auth_require_tls=False).start()
time.sleep(3600)
"#;

/// A mail server that runs, or doesn't yet.
pub(crate) struct Mailbox {
    port: u16,
    folder: TempDir,
    server: Option<Running>,
}

impl Mailbox {
    /// One that is away.
    pub(crate) fn away() -> Self {
        Self { port: free_port(), folder: TempDir::new().unwrap(), server: None }
    }

    /// One that runs.
    pub(crate) fn new() -> Self {
        let mut mailbox = Self::away();
        mailbox.start();
        mailbox
    }

    pub(crate) fn start(&mut self) {
        self.start_for("", "");
    }

    /// Starts it for whoever shows this name and password.
    pub(crate) fn start_for(&mut self, user: &str, password: &str) {
        let mut command = Command::new(python().join("python3"));
        command.args(["-c", SCRIPT]).arg(self.folder.path().join("mail"));
        command.args([&self.port.to_string(), user, password]).stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(Running::start(&mut command, self.port));
    }

    /// Makes it the studio's.
    pub(crate) fn serve(&self, settings: &mut config::settings::Studio) {
        settings.mail.server = format!("smtp://127.0.0.1:{}", self.port);
        settings.mail.from = "Studio <studio@example.com>".into();
        settings.address = "https://studio.example.com".into();
    }

    /// Mails to `recipient` that have come since the last call, in no order.
    pub(crate) fn take(&self, recipient: &str) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.folder.path().join("mail/new")) else { return Vec::new() };
        let paths = files.map(|file| file.unwrap().path());
        let mails = paths.map(|path| (plain(&fs::read_to_string(&path).unwrap()), path));
        let wanted = mails.filter(|(mail, _)| mail.contains(&format!("\nTo: {recipient}\n")));
        wanted
            .map(|(mail, path)| {
                fs::remove_file(path).unwrap();
                mail
            })
            .collect()
    }

    /// The only new mail to `recipient`.
    pub(crate) fn only(&self, recipient: &str) -> String {
        let mut mails = self.take(recipient);
        assert_eq!(mails.len(), 1, "to {recipient}: {mails:?}");
        mails.remove(0)
    }
}

/// The text of a mail without its encoding (RFC 2045 §6.7).
fn plain(mail: &str) -> String {
    let joined = mail.replace("=\n", "");
    let mut parts = joined.split('=');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let decoded = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(byte) => text.extend([char::from(byte).to_string(), part[2..].to_owned()]),
            None => text.extend(["=", part]),
        }
    }
    text
}

/// The secret of the link in a mail to the page `path`.
pub(crate) fn secret(mail: &str, path: &str) -> String {
    let link = format!("https://studio.example.com{path}");
    let rest = mail.split_once(&link).unwrap_or_else(|| panic!("no {link} in {mail}")).1;
    rest.split_whitespace().next().unwrap().into()
}
