# Varnish (7.1 or newer) as a shield in front of `pack serve`. Copy it to /etc/varnish/pack.vcl, and start
# `varnishd -a :80 -f /etc/varnish/pack.vcl -s malloc,4g -s Transient=malloc,512m`.
vcl 4.1;

import std;

backend pack {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 2s;
    .first_byte_timeout = 20s;
    .between_bytes_timeout = 20s;
    .probe = {
        .url = "/readyz";
        .interval = 1s;
        .timeout = 1s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# A token before a path is checked with the origin, each time, by a HEAD of the very URL. Then the request is started
# anew, without the token in its key: there is one copy for all who may see the title. X-Pack-Token says how far that
# is: "unchecked", "good" or "bad".
sub vcl_recv {
    unset req.http.Cookie;
    # The library's private folder: the origin has none of it, and neither has whatever the backend is pointed at.
    if (req.url ~ "(?i)/(\.|%2e)pack(/|\?|$)") {
        return (synth(404));
    }
    if (req.restarts == 0) {
        unset req.http.X-Pack-Token;
    }
    # Other tokens are the origin's to judge, each time; so is its health. OPTIONS is no GET.
    if (req.method != "GET" && req.method != "HEAD"
        || req.http.Authorization || req.url ~ "[?&]token=" || req.url ~ "^/(healthz|readyz)$") {
        return (pass);
    }
    # The query below /vod/ is the players' own (CMCD) and changes nothing.
    if (req.url ~ "^/vod/") {
        set req.url = regsub(req.url, "\?.*$", "");
    }
    if (req.url ~ "^/vod/~" && req.http.X-Pack-Token != "good") {
        if (!req.http.X-Pack-Token) {
            set req.http.X-Pack-Token = "unchecked";
        }
        return (pass);
    }
    # stale-while-revalidate; what is kept longer is for stale-if-error.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 60s;
    }
    return (hash);
}

sub vcl_hash {
    if (req.http.X-Pack-Token == "good") {
        # No URL has a space, so that no unchecked request has this key.
        hash_data("good token");
        hash_data(regsub(req.url, "^/vod/~[^/]*", "/vod"));
    } else {
        hash_data(req.url);
    }
    if (req.http.Host) {
        hash_data(req.http.Host);
    } else {
        hash_data(server.ip);
    }
    return (lookup);
}

sub vcl_backend_fetch {
    if (bereq.http.X-Pack-Token == "unchecked") {
        set bereq.method = "HEAD";
        unset bereq.http.Range;
        unset bereq.http.If-Range;
        unset bereq.http.If-Match;
        unset bereq.http.If-None-Match;
        unset bereq.http.If-Modified-Since;
        unset bereq.http.If-Unmodified-Since;
    }
}

sub vcl_backend_response {
    unset beresp.http.Set-Cookie;
    # A check may come too late to be true any more: then the failure is not kept for the others.
    if (bereq.http.X-Pack-Token == "good" && beresp.status != 200 && beresp.status != 304) {
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    # An answer that fails doesn't take the place of what is there.
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }
    # CDN-Cache-Control (RFC 9213) decides here; Cache-Control goes on to the players.
    if (beresp.http.CDN-Cache-Control ~ "(?i)no-store|private") {
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
        return (deliver);
    }
    set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*\bmax-age=([0-9]+).*$", "\1s"), 0s);
    set beresp.grace = std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*\bstale-if-error=([0-9]+).*$", "\1s"), 0s);
    # What is stale is renewed by its ETag.
    set beresp.keep = 1d;
    return (deliver);
}

sub vcl_backend_error {
    set beresp.http.Retry-After = "5";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Access-Control-Allow-Origin = "*";
}

sub vcl_deliver {
    if (req.http.X-Pack-Token == "unchecked") {
        if (resp.status == 200) {
            set req.http.X-Pack-Token = "good";
        } else {
            set req.http.X-Pack-Token = "bad";
        }
        return (restart);
    }
    set resp.http.Cache-Status = resp.http.Cache-Status + ", varnish; hits=" + obj.hits;
}
