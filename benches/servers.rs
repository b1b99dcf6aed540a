//! `pack serve` and a tuned nginx over one library, and what of the processors they took.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// HTTP/1.1, no TLS.
    pub(crate) plain: u16,
    /// HTTP/1.1 and HTTP/2 over TLS.
    pub(crate) tls: u16,
}

/// A server that is ended, with its workers, when it goes.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Its ports on 127.0.0.1.
    pub(crate) ports: Ports,
}

impl Server {
    /// `said` has what it says.
    fn new(process: Child, ports: Ports, said: &Path) -> Self {
        for port in [ports.plain, ports.tls] {
            wait_for(port, said);
        }
        Self { process, ports }
    }

    /// Processor time that it and its workers have taken, microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        let id = self.process.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let ids = children.split_whitespace().filter_map(|child| child.parse().ok()).chain([id]);
        ids.map(process_cpu_us).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx's master ends its workers on TERM, which `kill` of the standard library is not.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// What a process's threads took of the processors, microseconds: the first field of each one's `schedstat` (the kernel's
/// sched-stats.rst), in nanoseconds. Those of `stat` are ticks of 10 ms, too coarse for a hundred requests.
fn process_cpu_us(id: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let schedstats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    let nanoseconds = schedstats.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.sum::<f64>() / 1000.0
}

fn wait_for(port: u16, said: &Path) {
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("nothing listens on port {port}: {}", fs::read_to_string(said).unwrap_or_default());
}

/// `pack serve` over `house`/library, with its defaults but for the limits that one machine as all clients runs into.
pub(crate) fn pack(house: &Path) -> Server {
    let ports = Ports { plain: 18080, tls: 18443 };
    let settings = format!(
        r#"[origin]
listen = "127.0.0.1:{plain}"
admin = "127.0.0.1:18082"
[origin.tls]
listen = ["127.0.0.1:{tls}"]
certificates = [{{ certificate = "{at}/certificate.pem", key = "{at}/key.pem" }}]
[origin.limits]
connections_per_address = 10000
requests_per_connection = 1000000000
"#,
        plain = ports.plain,
        tls = ports.tls,
        at = house.display()
    );
    let file = house.join("pack.toml");
    fs::write(&file, settings).expect("a settings file");
    let mut pack = Command::new(env!("CARGO_BIN_EXE_pack"));
    pack.args(["serve", "-q", "--config"]).arg(file).arg("--library").arg(house.join("library"));
    let said = house.join("pack.log");
    pack.stdout(Stdio::null()).stderr(File::create(&said).expect("a log"));
    Server::new(pack.spawn().expect("pack starts"), ports, &said)
}

/// nginx over the same files with the contract's headers: sendfile, its cache of open files, a listener a worker.
pub(crate) fn nginx(house: &Path) -> Server {
    let ports = Ports { plain: 18081, tls: 18444 };
    let file = house.join("nginx.conf");
    fs::write(&file, nginx_settings(house, ports)).expect("a settings file");
    let nginx = Command::new("nginx").arg("-c").arg(file).stderr(Stdio::null()).spawn();
    Server::new(nginx.expect("nginx starts; is it installed?"), ports, &house.join("error.log"))
}

fn nginx_settings(house: &Path, ports: Ports) -> String {
    let Ports { plain, tls } = ports;
    let at = house.display();
    format!(
        r#"worker_processes auto; pid {at}/nginx.pid; error_log {at}/error.log; daemon off; worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  types {{ video/mp4 m4s; }}
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 1000000000; open_file_cache max=2000; open_file_cache_valid 60s;
  client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3; uwsgi_temp_path {at}/t4;
  scgi_temp_path {at}/t5;
  server {{
    listen 127.0.0.1:{plain} reuseport backlog=4096;
    listen 127.0.0.1:{tls} ssl http2 reuseport backlog=4096;
    ssl_certificate {at}/certificate.pem; ssl_certificate_key {at}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location /vod/ {{
      alias {at}/library/;
      add_header Cache-Control "public, max-age=31536000, immutable";
      add_header CDN-Cache-Control "public, max-age=31536000, immutable";
      add_header Access-Control-Allow-Origin "*";
      add_header Access-Control-Expose-Headers "Content-Length, Content-Range, Date, ETag, Age, Cache-Status";
      add_header Timing-Allow-Origin "*";
      add_header X-Content-Type-Options "nosniff";
    }}
  }}
}}
"#
    )
}
