//! HTTP/3, asked for with the crates' own client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use h3_quinn::quinn::crypto::rustls::QuicClientConfig;
use h3_quinn::quinn::{ClientConfig, Endpoint, TransportConfig};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Empty;
use origin::{Claim, Mount, Mounts};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::timeout;
use tower::service_fn;

use crate::common::{LARGE, Running, SEGMENT, ask, noise};
use crate::connections::tls::{curl, mounting, origin};

type Answer = (StatusCode, HeaderMap, Vec<u8>);

fn configuration(origin: &Running) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(origin.folder.path().join("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut tls = versions.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()))
}

fn client(config: ClientConfig) -> Endpoint {
    let mut endpoint = Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    endpoint.set_default_client_config(config);
    endpoint
}

/// Asks for all of `requests` at once, over one connection.
fn asked(origin: &Running, host: &str, requests: &[(&str, &str, &str)]) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connection = client(configuration(origin)).connect(origin.addresses.tls[0], host).unwrap().await.unwrap();
        let (mut driver, sender) = h3::client::new(h3_quinn::Connection::new(connection)).await.unwrap();
        let driving = tokio::spawn(async move { driver.wait_idle().await });
        let mut asking = Vec::new();
        for (method, path, range) in requests {
            let request =
                Request::builder().method(*method).uri(format!("https://{host}{path}")).header("range", *range);
            let (mut sender, request) = (sender.clone(), request.body(()).unwrap());
            asking.push(tokio::spawn(async move {
                let mut stream = sender.send_request(request).await.unwrap();
                stream.finish().await.unwrap();
                let (head, ()) = stream.recv_response().await.unwrap().into_parts();
                let mut body = Vec::new();
                while let Some(mut data) = stream.recv_data().await.unwrap() {
                    let piece: Bytes = data.copy_to_bytes(data.remaining());
                    body.extend(piece);
                }
                (head.status, head.headers, body)
            }));
        }
        let mut answers = Vec::new();
        for answer in asking {
            answers.push(answer.await.unwrap());
        }
        drop(sender);
        driving.abort();
        answers
    })
}

#[test]
fn http_3_gives_the_same_and_tls_tells_of_it() {
    let (origin, _authority) = origin(|settings| settings.cache_bytes = 64 << 20);
    let requests = [
        ("GET", LARGE, "bytes=0-"),
        ("GET", LARGE, "bytes=1000-300000"),
        ("HEAD", SEGMENT, "x"),
        ("GET", "/vod/none", "x"),
        ("POST", SEGMENT, "x"),
    ];
    for host in ["origin.example", "eu.cdn.example"] {
        let answers = asked(&origin, host, &requests);
        let statuses: Vec<u16> = answers.iter().map(|(status, ..)| status.as_u16()).collect();
        assert_eq!(statuses, [206, 206, 200, 404, 405]);
        assert!(answers[0].2 == noise(700_000));
        assert!(answers[1].2 == noise(700_000)[1000..=300_000]);
        assert_eq!((answers[2].1["content-length"].to_str().unwrap(), answers[2].2.len()), ("100000", 0));
        for (_, headers, _) in &answers {
            assert!(headers.contains_key("cache-control") && headers.contains_key("date"), "{headers:?}");
        }
    }
    let head = String::from_utf8(curl(&origin, "origin.example", SEGMENT, &["-I"])).unwrap();
    let port = origin.addresses.tls[0].port();
    assert!(head.contains(&format!("\r\nalt-svc: h3=\":{port}\"; ma=86400\r\n")), "{head}");
    assert_eq!(origin.get(SEGMENT, &[]).header("alt-svc"), None, "without TLS, nobody vouches for it");
    let metrics = String::from_utf8(ask(origin.addresses.admin, "GET", "/metrics", &[]).body).unwrap();
    assert!(metrics.contains("pack_http_requests_by_protocol_total{protocol=\"http3\"} 10\n"), "{metrics}");
}

/// The client asks, takes nothing of the answer, and sends content that nobody reads.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_stays_with_the_client() {
    const MOST: u64 = 200_000;
    let (origin, _authority) = origin(|_| {});
    let mut config = configuration(&origin);
    let mut transport = TransportConfig::default();
    transport.stream_receive_window(1000u32.into());
    config.transport_config(Arc::new(transport));
    let connection = client(config).connect(origin.addresses.tls[0], "origin.example").unwrap().await.unwrap();
    let (_driver, mut sender) = h3::client::new(h3_quinn::Connection::new(connection.clone())).await.unwrap();
    let request = Request::get(format!("https://origin.example{LARGE}")).body(()).unwrap();
    let mut stream = sender.send_request(request).await.unwrap();
    let sending = async { while stream.send_data(Bytes::from_static(&[0; 10_000])).await.is_ok() {} };
    let _full = timeout(Duration::from_secs(2), sending).await;
    let sent = connection.stats().udp_tx.bytes;
    assert!((10_000..MOST).contains(&sent), "{sent} bytes were sent");
}

/// A browser that speaks it would look for mounts there.
#[test]
fn beside_mounts_there_is_no_http_3() {
    let mount =
        Mount::new("studio", [Claim::Path("/")], service_fn(async |_| Ok(Response::new(Empty::<Bytes>::new()))));
    let (origin, _authority) = mounting(Mounts::new(vec![mount]).unwrap(), |_| {});
    for path in ["/", SEGMENT] {
        let head = String::from_utf8(curl(&origin, "origin.example", path, &["-I"])).unwrap();
        assert!(head.contains(" 200") && !head.contains("alt-svc"), "{path}: {head}");
    }
    std::net::UdpSocket::bind(origin.addresses.tls[0]).unwrap();
}
