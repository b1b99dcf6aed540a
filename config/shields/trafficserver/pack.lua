-- What of this recipe depends on the request and on the origin's answer.

local function left_alone(path, query)
    return path == '/healthz' or path == '/readyz'
        or query:find('^token=') or query:find('&token=') or ts.client_request.header['Authorization']
end

-- A token before a path is checked with the origin, each time, by a HEAD of the very URL. If it is good, it is no
-- part of the key: there is one copy for all who may see the title. If not, the origin answers by itself.
local function checked()
    local path = ts.client_request.get_uri()
    local answer = ts.fetch('http://127.0.0.1' .. path, { method = 'HEAD', header = { Host = 'pack' } })
    if answer and answer.status == 200 then
        ts.http.set_cache_lookup_url('http://good' .. path:gsub('^/vod/~[^/]*', '/vod'))
    else
        ts.http.config_int_set(TS_LUA_CONFIG_HTTP_CACHE_HTTP, 0)
    end
end

-- Of what is stale, one asks for the new, and the others are sent what there is: all requests share this one table, as
-- remap.config has one state.
local renewing, count = {}, 0

local function looked_up()
    if ts.http.get_cache_lookup_status() ~= TS_LUA_CACHE_LOOKUP_HIT_STALE then
        return
    end
    local coding = ts.client_request.header['Accept-Encoding'] or ''
    local key, now = ts.client_request.get_uri() .. ' ' .. coding, ts.now()
    if renewing[key] and now - renewing[key] < 2 then
        ts.http.set_cache_lookup_status(TS_LUA_CACHE_LOOKUP_HIT_FRESH)
        return
    end
    if count > 100000 then
        renewing, count = {}, 0
    end
    count = renewing[key] and count or count + 1
    renewing[key] = now
end

-- All of a file is fetched, and ranges are cut from it here.
local function asking()
    ts.server_request.header['Range'] = nil
    ts.server_request.header['If-Range'] = nil
end

-- CDN-Cache-Control (RFC 9213) decides here; Cache-Control goes on to the players.
local function answered()
    local header = ts.server_response.header
    header['Set-Cookie'] = nil
    if header['CDN-Cache-Control'] then
        header['X-Pack-Cache-Control'] = header['Cache-Control']
        header['Cache-Control'] = header['CDN-Cache-Control']
    end
end

local function answering()
    local header = ts.client_response.header
    if header['X-Pack-Cache-Control'] then
        header['Cache-Control'] = header['X-Pack-Cache-Control']
        header['X-Pack-Cache-Control'] = nil
    end
end

-- The library's private folder: the origin has none of it, and neither has whatever remap.config points at.
local function is_private(path)
    local plain = path:lower():gsub('%%2e', '.')
    return plain:find('/.pack/', 1, true) or plain:find('/%.pack$')
end

function do_remap()
    local path = ts.client_request.get_uri()
    if is_private(path) then
        ts.http.set_resp(404, 'not found\n')
        return 0
    end
    ts.client_request.header['Cookie'] = nil
    local marked = path:find('^/vod/~') and ts.client_request.get_method() ~= 'HEAD'
    -- Other tokens are the origin's to judge, each time; so is its health, and so are checks.
    if left_alone(path, ts.client_request.get_uri_args() or '') or (path:find('~', 1, true) and not marked) then
        ts.http.config_int_set(TS_LUA_CONFIG_HTTP_CACHE_HTTP, 0)
        return 0
    end
    -- The query below /vod/ is the players' own (CMCD) and changes nothing.
    if path:find('^/vod/') then
        ts.client_request.set_uri_args('')
        ts.hook(TS_LUA_HOOK_SEND_REQUEST_HDR, asking)
    end
    if marked then
        ts.hook(TS_LUA_HOOK_POST_REMAP, checked)
    end
    ts.hook(TS_LUA_HOOK_CACHE_LOOKUP_COMPLETE, looked_up)
    ts.hook(TS_LUA_HOOK_READ_RESPONSE_HDR, answered)
    ts.hook(TS_LUA_HOOK_SEND_RESPONSE_HDR, answering)
    return 0
end
