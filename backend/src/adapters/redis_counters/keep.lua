-- Keeps one value: unless there is one already, or in place of it.
--
-- ARGV: the moment ('' for this server's own clock), the grace of expiry, the moment by this server's
-- clock from which on it is too late, the lifetime in milliseconds, 'first' or 'always', the value.
-- Returns this server's clock, 1 if it was too late, and the value that was there and stays there.

local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if clock >= tonumber(ARGV[3]) then
  return { clock, 1, false }
end
local now = tonumber(ARGV[1]) or clock

if ARGV[5] == 'first' then
  local packed = redis.call('GET', KEYS[1])
  if packed then
    local entry = cmsgpack.unpack(packed)
    if entry[1] > now then
      return { clock, 0, entry[2] }
    end
  end
end

local ttl = tonumber(ARGV[4])
if ttl > 0 then
  local expiry = string.format('%.0f', ttl + tonumber(ARGV[2]))
  redis.call('SET', KEYS[1], cmsgpack.pack({ now + ttl, ARGV[6] }), 'PX', expiry)
else
  redis.call('DEL', KEYS[1])
end
return { clock, 0, false }
