//! TLS as real clients speak it: curl and openssl.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use config::origin::{Certificate, Origin};
use origin::Mounts;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::common::{LARGE, Running, SEGMENT, eventually, fill, noise};

/// Signs the certificates of a test.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder: folder.to_owned() }
    }

    /// Writes a certificate with a serial number for `names`, and its key, to `file` with two endings.
    fn sign(&self, file: &str, serial: u64, names: &[&str]) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.serial_number = Some(serial.into());
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let at = |ending: &str| self.folder.join(format!("{file}.{ending}"));
        std::fs::write(at("key"), key.serialize_pem()).unwrap();
        std::fs::write(at("crt"), certificate.pem()).unwrap();
        Certificate { certificate: at("crt"), key: at("key") }
    }
}

/// An origin with certificates for `origin.example` (serial 10) and `*.cdn.example` (11).
pub(crate) fn origin(change: impl FnOnce(&mut Origin)) -> (Running, Authority) {
    mounting(Mounts::none(), change)
}

/// The same with other services beside the library.
pub(crate) fn mounting(mounts: Mounts, change: impl FnOnce(&mut Origin)) -> (Running, Authority) {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder.path().join("library"));
    let authority = Authority::new(folder.path());
    let certificates =
        vec![authority.sign("origin", 10, &["origin.example"]), authority.sign("cdn", 11, &["*.cdn.example"])];
    let origin = Running::mounting(mounts, folder, |settings| {
        settings.tls.listen = vec!["127.0.0.1:0".parse().unwrap()];
        settings.tls.certificates = certificates;
        change(settings);
    });
    (origin, authority)
}

/// curl's standard output for `path` at a host of `origin`; it verifies the certificate.
pub(crate) fn curl(origin: &Running, host: &str, path: &str, arguments: &[&str]) -> Vec<u8> {
    let port = origin.addresses.tls[0].port();
    let ca = origin.folder.path().join("ca.pem");
    let output = Command::new("curl")
        .args(["-sS", "--max-time", "20", "--resolve", &format!("{host}:{port}:127.0.0.1"), "--cacert"])
        .arg(ca)
        .args(arguments)
        .arg(format!("https://{host}:{port}{path}"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The report of openssl on a handshake.
fn openssl(origin: &Running, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &origin.addresses.tls[0].to_string()]).args(arguments);
    let output = command.stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The serial number of the certificate that a client which asks for `name` is given.
fn serial(origin: &Running, name: &str) -> String {
    let handshake = openssl(origin, &["-servername", name]);
    let mut x509 = Command::new("openssl");
    x509.args(["x509", "-noout", "-serial"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut x509 = x509.spawn().unwrap();
    std::io::Write::write_all(&mut x509.stdin.take().unwrap(), handshake.as_bytes()).unwrap();
    String::from_utf8(x509.wait_with_output().unwrap().stdout).unwrap().trim().replace("serial=", "")
}

#[test]
fn both_versions_and_both_protocols_give_the_same() {
    let (origin, _authority) = origin(|settings| settings.cache_bytes = 64 << 20);
    for (arguments, version) in [
        (&["--http2"][..], "2 1.3"),
        (&["--http1.1"], "1.1 1.3"),
        (&["--http2", "--tls-max", "1.2"], "2 1.2"),
        (&["--http1.1", "--tls-max", "1.2"], "1.1 1.2"),
        (&["--no-alpn", "--http1.1"], "1.1 1.3"),
    ] {
        // Twice: from the file, and from memory, which large bodies without TLS are not sent from.
        for path in [LARGE, LARGE, SEGMENT] {
            let length = if path == LARGE { 700_000 } else { 100_000 };
            assert!(curl(&origin, "origin.example", path, arguments) == noise(length), "{arguments:?}");
        }
        let part = curl(&origin, "eu.cdn.example", LARGE, &[arguments, &["-r", "1000-300000"]].concat());
        assert!(part == noise(700_000)[1000..=300_000], "{arguments:?}");
        let told = ["-o", "/dev/null", "-w", "%{http_version}"];
        let told =
            String::from_utf8(curl(&origin, "origin.example", "/healthz", &[arguments, &told].concat())).unwrap();
        assert_eq!(told, version.split(' ').next().unwrap(), "{arguments:?}");
        let tls = version.split(' ').nth(1).unwrap();
        let flag = if tls == "1.2" { "-tls1_2" } else { "-tls1_3" };
        assert!(openssl(&origin, &[flag]).contains(&format!("TLSv{tls}")), "{arguments:?}");
    }
}

#[test]
fn old_versions_and_plain_text_are_refused() {
    let (origin, _authority) = origin(|_| {});
    let old = openssl(&origin, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(old.contains("alert") && old.contains("Cipher is (NONE)"), "{old}");
    assert!(crate::common::raw(origin.addresses.tls[0], b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_none());
    eventually("a failed handshake is counted", || {
        !origin.metrics().contains("pack_tls_handshakes_total{outcome=\"failed\"} 0\n")
    });
    // Unencrypted listeners go on beside it.
    assert_eq!(origin.get(SEGMENT, &[]).status, 200);
}

#[test]
fn the_name_chooses_the_certificate_and_sessions_are_resumed() {
    let (origin, _authority) = origin(|_| {});
    for (name, number) in [("origin.example", "0A"), ("eu.cdn.example", "0B"), ("nobody.example", "0A")] {
        assert_eq!(serial(&origin, name), number, "{name}");
    }
    // openssl connects once, then five times with the session that it got.
    for version in ["-tls1_2", "-tls1_3"] {
        let file = origin.folder.path().join(format!("session{version}"));
        let file = file.to_str().unwrap();
        // In TLS 1.3 tickets come after the handshake: an answer that was read to its end lies behind them.
        let request = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let again = |flag: &str| {
            let mut client = Command::new("openssl");
            client.args(["s_client", "-ign_eof", "-servername", "origin.example", version, flag, file, "-connect"]);
            client.arg(origin.addresses.tls[0].to_string());
            let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            std::io::Write::write_all(&mut client.stdin.take().unwrap(), request.as_bytes()).unwrap();
            String::from_utf8_lossy(&client.wait_with_output().unwrap().stdout).into_owned()
        };
        assert!(again("-sess_out").contains("New, "), "{version}");
        assert!(again("-sess_in").contains("Reused, "), "{version}");
    }
    assert!(origin.metrics().contains("pack_tls_handshakes_total{outcome=\"resumed\"} 2\n"), "{}", origin.metrics());
}

#[test]
fn changed_certificates_are_taken_and_broken_ones_are_not() {
    let (origin, authority) = origin(|_| {});
    assert_eq!(serial(&origin, "origin.example"), "0A");
    authority.sign("origin", 20, &["origin.example"]);
    eventually("the new certificate", || serial(&origin, "origin.example") == "14");
    // A look may have fallen between two files that belong together, and failed as it should.
    let failures = || origin.metric("pack_tls_reload_failures_total").parse::<u64>().unwrap();
    let before = failures();
    std::fs::write(origin.folder.path().join("cdn.crt"), "nonsense").unwrap();
    eventually("the failure is counted", || failures() > before);
    assert_eq!(serial(&origin, "eu.cdn.example"), "0B");
    authority.sign("cdn", 21, &["*.cdn.example"]);
    eventually("the mended certificate", || serial(&origin, "eu.cdn.example") == "15");
    // rcgen's certificates end on 1 January 4096.
    assert_eq!(origin.metric("pack_tls_certificate_expiry_timestamp_seconds"), "67090118400");
}

#[test]
fn all_of_many_pipelined_requests_are_answered() {
    const MANY: usize = 300;
    let (origin, _authority) = origin(|_| {});
    let one = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut client = Command::new("openssl");
    client.args(["s_client", "-quiet", "-ign_eof", "-connect", &origin.addresses.tls[0].to_string()]);
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let all = one.repeat(MANY - 1) + last;
    std::io::Write::write_all(&mut client.stdin.take().unwrap(), all.as_bytes()).unwrap();
    let answers = String::from_utf8_lossy(&client.wait_with_output().unwrap().stdout).into_owned();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), MANY);
}
