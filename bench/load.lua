-- What wrk sends, by the environment variable LOAD, and the one line of JSON it prints when done.
--   start   a start for another number each time; IDS names a file to keep the answered ids and numbers in
--   check   a check for each line of the file IDS, from the one at FROM on: an id and its code; with CODE
--           that code instead
--   files   the files named in PATHS in turn, for a client that reads gzip

local load = os.getenv("LOAD")
local ids, paths, at, code = nil, {}, tonumber(os.getenv("FROM") or "0"), os.getenv("CODE")
local json = { ["Content-Type"] = "application/json" }
local gzip = { ["Accept-Encoding"] = "gzip" }

-- Dutch mobile numbers go on with 1 to 5 or 8; after each comes another prefix, as in real life.
local leads = { 1, 2, 3, 4, 5, 8 }
local function number(n)
  local rest = n % 10000000
  local lead = leads[math.floor(n / 10000000) % 6 + 1]
  return string.format("+316%d%03d%04d", lead, rest % 1000, math.floor(rest / 1000))
end

-- Runs in every thread; there is one.
function init()
  if load == "check" then
    ids = assert(io.open(os.getenv("IDS"), "r"))
    local length = #ids:read("*l") + 1
    ids:seek("set", at * length)
  elseif load == "files" then
    for path in os.getenv("PATHS"):gmatch("%S+") do
      paths[#paths + 1] = wrk.format("GET", path, gzip)
    end
  elseif os.getenv("IDS") then
    ids = assert(io.open(os.getenv("IDS"), "a"))
    function response(status, _, body)
      if status == 201 then
        ids:write(body:match('"id":"([^"]+)"'), " ", body:match('"phone_number":"%+(%d+)"'), "\n")
      end
    end
  end
end

function request()
  at = at + 1
  if load == "start" then
    return wrk.format("POST", "/verifications", json, '{"phone_number":"' .. number(at) .. '"}')
  elseif load == "check" then
    -- Past the last id there is nothing honest to send; the answer is a 404, and the script objects.
    local id, right = (ids:read("*l") or "none 0"):match("(%S+) (%d+)")
    return wrk.format("POST", "/verifications/" .. id .. "/check", json, '{"code":"' .. (code or right) .. '"}')
  end
  return paths[at % #paths + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50_ms":%f,"p99_ms":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
