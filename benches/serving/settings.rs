//! Settings of the servers that are compared, alike as far as each has them.

use std::path::Path;

use crate::servers::Ports;

/// `pack serve` with its defaults, but for the limits that one machine as all clients runs into.
pub(crate) fn pack(house: &Path, Ports { plain, tls, admin }: Ports, log: Option<&Path>) -> String {
    let at = house.display();
    let log = log.map(|file| format!("[origin.access_log]\nto = \"{}\"\n", file.display())).unwrap_or_default();
    format!(
        r#"[origin]
listen = "127.0.0.1:{plain}"
admin = "127.0.0.1:{admin}"
[origin.tls]
listen = ["127.0.0.1:{tls}"]
certificates = [{{ certificate = "{at}/certificate.pem", key = "{at}/key.pem" }}]
[origin.limits]
connections_per_address = 10000
requests_per_connection = 1000000000
{log}"#
    )
}

/// nginx over the same files with the contract's headers, tuned: sendfile, its cache of open files, a listener a worker.
/// `output_buffers` and `http2_chunk_size` made a request for 97 KB over HTTP/2 a quarter cheaper than their defaults;
/// `aio threads`, `multi_accept`, `sendfile_max_chunk` and `worker_cpu_affinity` made nothing cheaper.
pub(crate) fn nginx(house: &Path, Ports { plain, tls, .. }: Ports, log: Option<&Path>) -> String {
    let at = house.display();
    let log = log.map_or_else(|| "off".to_owned(), |file| format!("{} line buffer=64k flush=1s", file.display()));
    // Else workers of root's nginx are nobody, who may not look into a temporary folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    format!(
        r#"{user} worker_processes auto; worker_rlimit_nofile 16384; pcre_jit on; daemon off;
pid {at}/nginx.pid; error_log {at}/error.log;
events {{ worker_connections 8192; }}
http {{
  types {{ video/mp4 m4s; application/vnd.apple.mpegurl m3u8; }}
  {LOG_FORMAT}
  access_log {log};
  sendfile on; tcp_nopush on; tcp_nodelay on; output_buffers 2 256k; http2_chunk_size 64k;
  keepalive_timeout 75s; keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=60s; open_file_cache_valid 60s; open_file_cache_errors on;
  gzip on; gzip_vary on; gzip_types application/vnd.apple.mpegurl;
  client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3; uwsgi_temp_path {at}/t4;
  scgi_temp_path {at}/t5;
  server {{
    listen 127.0.0.1:{plain} reuseport backlog=4096;
    listen 127.0.0.1:{tls} ssl http2 reuseport backlog=4096;
    ssl_certificate {at}/certificate.pem; ssl_certificate_key {at}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m; ssl_session_timeout 1h;
    location /vod/ {{
      alias {at}/library/;
      {HEADERS}
    }}
  }}
}}
"#
    )
}

/// The fields of `pack`'s own lines, without those of its cache.
const LOG_FORMAT: &str = r#"log_format line escape=json
    '{"agent":"$http_user_agent","bytes":$body_bytes_sent,"client":"$remote_addr","duration":$request_time,'
    '"host":"$http_host","id":"$http_x_request_id","method":"$request_method","protocol":"$server_protocol",'
    '"referer":"$http_referer","status":$status,"target":"$request_uri","time":"$time_iso8601"}';"#;

const HEADERS: &str = r#"add_header Cache-Control "public, max-age=31536000, immutable";
      add_header CDN-Cache-Control "public, max-age=31536000, immutable";
      add_header Access-Control-Allow-Origin "*";
      add_header Access-Control-Expose-Headers "Content-Length, Content-Range, Date, ETag, Age, Cache-Status, CMSD-Static, CMSD-Dynamic";
      add_header Timing-Allow-Origin "*";
      add_header X-Content-Type-Options "nosniff";"#;
