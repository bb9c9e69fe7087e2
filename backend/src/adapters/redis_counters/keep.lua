-- Keeps one value: unless there is one already, or in place of it.
--
-- ARGV: the moment ('' for this server's own clock), the grace of expiry, the lifetime in
-- milliseconds, 'first' or 'always', the value. Returns the value that was there and stays there.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

if ARGV[4] == 'first' then
  local packed = redis.call('GET', KEYS[1])
  if packed then
    local entry = cmsgpack.unpack(packed)
    if entry[1] > now then
      return entry[2]
    end
  end
end

local ttl = tonumber(ARGV[3])
if ttl > 0 then
  local expiry = string.format('%.0f', ttl + tonumber(ARGV[2]))
  redis.call('SET', KEYS[1], cmsgpack.pack({ now + ttl, ARGV[5] }), 'PX', expiry)
else
  redis.call('DEL', KEYS[1])
end
return false
