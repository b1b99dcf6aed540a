//! A mail server that keeps what it is given: aiosmtpd.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::peers::{Running, free_port, python};

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
        let mut command = Command::new(python().join("aiosmtpd"));
        command.args(["-n", "-l", &format!("127.0.0.1:{}", self.port), "-c", "aiosmtpd.handlers.Mailbox"]);
        command.arg(self.folder.path().join("mail")).stdout(Stdio::null()).stderr(Stdio::null());
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
