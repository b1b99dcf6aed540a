use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm, date_time_ymd};

use super::*;

const ECDSA: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];
const ED25519: &[SignatureScheme] = &[SignatureScheme::ED25519];
const BOTH: &[SignatureScheme] = &[SignatureScheme::ED25519, SignatureScheme::ECDSA_NISTP256_SHA256];

fn pair(folder: &Path, file: &str, names: &[&str], algorithm: &'static SignatureAlgorithm) -> Certificate {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 4, 1));
    let certificate = params.self_signed(&key).unwrap();
    let pair = Certificate { certificate: folder.join(format!("{file}.crt")), key: folder.join(format!("{file}.key")) };
    std::fs::write(&pair.certificate, certificate.pem()).unwrap();
    std::fs::write(&pair.key, key.serialize_pem()).unwrap();
    pair
}

#[test]
fn a_client_gets_the_certificate_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let make = |file, names: &[&str], algorithm| pair(folder.path(), file, names, algorithm);
    let files = [
        make("default", &["origin.example"], &PKCS_ECDSA_P256_SHA256),
        make("wild", &["*.cdn.example", "cdn.example"], &PKCS_ECDSA_P256_SHA256),
        make("exact", &["Eu.CDN.example"], &PKCS_ECDSA_P256_SHA256),
        make("edwards", &["two.example"], &PKCS_ED25519),
        make("elliptic", &["two.example"], &PKCS_ECDSA_P256_SHA256),
        make("none", &[], &PKCS_ECDSA_P256_SHA256),
    ];
    let certificates = Certificates::load(&files).unwrap();
    for (name, schemes, file) in [
        (None, ECDSA, "default"),
        (Some("origin.example"), ECDSA, "default"),
        (Some("unknown.example"), ECDSA, "default"),
        (Some("cdn.example"), ECDSA, "wild"),
        (Some("us.cdn.example"), ECDSA, "wild"),
        (Some("US.cdn.EXAMPLE"), ECDSA, "wild"),
        (Some("us.cdn.example."), ECDSA, "wild"),
        (Some("eu.cdn.example"), ECDSA, "exact"),
        (Some("a.us.cdn.example"), ECDSA, "default"),
        (Some("*.cdn.example"), ECDSA, "wild"),
        (Some("example"), ECDSA, "default"),
        (Some(""), ECDSA, "default"),
        (Some("two.example"), BOTH, "edwards"),
        (Some("two.example"), ED25519, "edwards"),
        (Some("two.example"), ECDSA, "elliptic"),
        (Some("cdn.example"), ED25519, "edwards"),
    ] {
        let chosen = certificates.choose(name, schemes).unwrap();
        let found = certificates.all().iter().find(|loaded| Arc::ptr_eq(&loaded.key, &chosen)).unwrap();
        assert_eq!(found.file.file_stem().unwrap(), file, "{name:?} {schemes:?}");
    }
    assert!(certificates.choose(None, &[SignatureScheme::RSA_PSS_SHA256]).is_none());
}

#[test]
fn what_can_not_be_used_is_said_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = pair(folder.path(), "a", &["a.example"], &PKCS_ECDSA_P256_SHA256);
    let other = pair(folder.path(), "b", &["b.example"], &PKCS_ECDSA_P256_SHA256);
    let junk = folder.path().join("junk");
    std::fs::write(&junk, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let (empty, none) = (folder.path().join("empty"), folder.path().join("none"));
    std::fs::write(&empty, "").unwrap();
    let with = |certificate: &Path, key: &Path| Certificate { certificate: certificate.into(), key: key.into() };
    for (files, file, why) in [
        (with(&none, &good.key), "none", "can't read the certificate: No such file"),
        (with(&good.certificate, &none), "none", "can't read the private key: No such file"),
        (with(&empty, &good.key), "empty", "holds no certificate"),
        (with(&good.certificate, &empty), "empty", "holds no private key"),
        (with(&good.key, &good.key), "a.key", "holds no certificate"),
        (with(&junk, &good.key), "junk", "its first certificate can't be read"),
        (with(&good.certificate, &other.key), "a.crt", "b.key is not its key"),
    ] {
        let error = Certificates::load(&[good.clone(), files]).unwrap_err().to_string();
        assert!(error.contains(&format!("{file}: ")) && error.contains(why), "{error}");
    }
    assert!(matches!(Certificates::load(&[]), Err(TlsError::None)));
}

#[test]
fn the_hour_of_a_certificate_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let files = [pair(folder.path(), "a", &["a.example"], &PKCS_ECDSA_P256_SHA256)];
    let certificates = Certificates::load(&files).unwrap();
    let [loaded] = certificates.all() else { panic!("one") };
    const BEGIN: u64 = 1_577_836_800;
    const END: u64 = 1_585_699_200;
    assert_eq!((loaded.begins, loaded.expires), (BEGIN, END));
    for (now, warning) in [
        (0, Some("is not good before Wed, 01 Jan 2020 00:00:00 GMT")),
        (BEGIN, None),
        (END - RENEWAL_DUE, None),
        (END - RENEWAL_DUE + 1, Some("ends on Wed, 01 Apr 2020 00:00:00 GMT; renew it")),
        (END, Some("ended on Wed, 01 Apr 2020 00:00:00 GMT: clients refuse it")),
    ] {
        let told = loaded.warning(now);
        assert_eq!(told.is_some(), warning.is_some(), "{now}: {told:?}");
        assert!(told.unwrap_or_default().contains(warning.unwrap_or_default()), "{now}");
    }
}
