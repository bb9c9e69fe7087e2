-- One decision of the guard: every step takes effect, or none.
--
-- The meaning of each step is that of verification::log::SlidingLog; the contract suite runs the
-- same tests against both. KEYS are the distinct keys of the decision, all of one slot. ARGV: the
-- moment ('' for this server's own clock), the grace of expiry, the steps as JSON (see wire.rs).
--
-- A flag is kept as {expiry, flag}, a log as {expiry, eased or false, at, units, at, units, ...}:
-- moments in milliseconds, oldest first, and before them the one that was eased last, if any.
-- Nothing is written before everything is computed, so an error leaves nothing half done.

local NO_LIMIT = 4294967295

local steps = cjson.decode(ARGV[3])
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local grace = tonumber(ARGV[2])

-- What is kept, by index of its key; only what has not expired by this decision's clock.
local entries, changed = {}, {}
if #KEYS > 0 then
  local packed = redis.call('MGET', unpack(KEYS))
  for index = 1, #KEYS do
    if packed[index] then
      local entry = cmsgpack.unpack(packed[index])
      if entry[1] > now then
        entries[index] = entry
      end
    end
  end
end

local function log_of(key)
  local entry = entries[key]
  if entry and #entry > 2 then
    return entry
  end
end

local function flag_of(key)
  local entry = entries[key]
  return entry and #entry == 2 and entry[2] or nil
end

local function put(key, entry)
  changed[key] = true
  entries[key] = entry[1] > now and entry or nil
end

-- Keeps a log until no window can see its latest charge; an empty one is dropped.
local function put_log(key, log, rule)
  log[1] = #log > 2 and log[#log - 1] + rule.horizon or 0
  put(key, log)
end

-- When the cool-down of the latest unit ends; its rung is counted as of that unit.
local function rested_at(log, rule)
  if #rule.cooldowns == 0 or #log == 2 then
    return now
  end
  local last, used = log[#log - 1], 0
  for place = #log - 1, 3, -2 do
    if log[place] + rule.longest <= last then
      break
    end
    used = used + log[place + 1]
  end
  local wait = rule.cooldowns[used] or rule.cooldowns[#rule.cooldowns]
  return last + (log[2] == last and math.min(wait, rule.eased) or wait)
end

-- Until when this store admits only a part of a cap: it may have lost what it had counted. What has
-- no charge to a cap yet begins now.
local function cold_until(cap)
  return (flag_of(cap.since) or now) + cap.cold
end

local function room_for(log, rule, share)
  local used, left, next_at = 0, NO_LIMIT, now
  for _, window in ipairs(rule.windows) do
    local sum, free_at, quota = 0, now, math.ceil(window.quota / share)
    for place = #log - 1, 3, -2 do
      local leaves = log[place] + window.per
      if leaves <= now then
        break
      end
      local before = sum
      sum = sum + log[place + 1]
      if before < quota and sum >= quota then
        -- Once this one has left the window, fewer than the quota remain.
        free_at = leaves
      end
    end
    used = math.max(used, math.min(sum, NO_LIMIT))
    left = math.min(left, math.max(quota - sum, 0))
    next_at = math.max(next_at, free_at)
  end
  next_at = math.max(next_at, rested_at(log, rule))
  return used, left, next_at
end

local function room(log, rule)
  local used, left, next_at = room_for(log, rule, 1)
  if rule.cap and cold_until(rule.cap) > now then
    local _, part, part_at = room_for(log, rule, rule.cap.share)
    left, next_at = part, math.max(next_at, math.min(part_at, cold_until(rule.cap)))
  end
  return used, left, next_at
end

-- A large quota is kept in sixtieths of its window, rounded up: no unit leaves early.
local function rounded(at, rule)
  local rest = at % rule.grain
  return rest == 0 and at or at - rest + rule.grain
end

local function add(log, at)
  local place = #log - 1
  while place >= 3 and log[place] > at do
    place = place - 2
  end
  if place >= 3 and log[place] == at then
    log[place + 1] = log[place + 1] + 1
  else
    table.insert(log, place + 2, at)
    table.insert(log, place + 3, 1)
  end
end

local function take_back(log, at)
  for place = #log - 1, 3, -2 do
    if log[place] == at then
      log[place + 1] = log[place + 1] - 1
      if log[place + 1] == 0 then
        table.remove(log, place)
        table.remove(log, place)
      end
      return
    end
  end
end

-- What no window can see any more goes. Rebuilt rather than shifted out one by one.
local function without_past(log, rule)
  local kept = { log[1], log[2] }
  for place = 3, #log, 2 do
    if log[place] + rule.horizon > now then
      kept[#kept + 1] = log[place]
      kept[#kept + 1] = log[place + 1]
    end
  end
  return kept
end

-- Each kind of step: when it refuses, what it does and finds. Refusals are
-- {flag or -1, retry_at, left}; findings begin with their kind: 0 nothing, 1 room, 2 flag, 3 count.
local kinds = {}

kinds.unflagged = {
  refusal = function(step)
    local flag = flag_of(step.key)
    if flag then
      return { flag, entries[step.key][1], 0 }
    end
  end,
  apply = function(step)
    return { 0 }
  end,
}

kinds.charge = {
  refusal = function(step)
    local log = log_of(step.key)
    if log then
      local _, left, next_at = room(log, step.rule)
      if next_at > now then
        return { -1, next_at, left }
      end
    end
  end,
  apply = function(step)
    local log = without_past(log_of(step.key) or { 0, false }, step.rule)
    add(log, rounded(now, step.rule))
    put_log(step.key, log, step.rule)
    local cap = step.rule.cap
    if cap then
      put(cap.since, { now + cap.kept, flag_of(cap.since) or now })
    end
    return { 1, room(log, step.rule) }
  end,
}

kinds.charge_unless_first = {
  refusal = function(step)
    local other = log_of(step.first_of)
    if other and #other > 2 then
      return kinds.charge.refusal(step)
    end
  end,
  apply = kinds.charge.apply,
}

kinds.record = {
  apply = function(step)
    local log = log_of(step.key) or { 0, false }
    add(log, rounded(step.at, step.rule))
    put_log(step.key, without_past(log, step.rule), step.rule)
    return { 0 }
  end,
}

kinds.give_back = {
  apply = function(step)
    local log = log_of(step.key)
    if log then
      take_back(log, rounded(step.at, step.rule))
      put_log(step.key, log, step.rule)
    end
    return { 0 }
  end,
}

kinds.ease = {
  apply = function(step)
    local log = log_of(step.key) or { 0, false }
    local at = rounded(step.at, step.rule)
    if #log > 2 and log[#log - 1] == at then
      log[2] = at
      put_log(step.key, log, step.rule)
    end
    return { 1, room(log, step.rule) }
  end,
}

kinds.flag = {
  apply = function(step)
    put(step.key, { now + step.ttl, step.flag })
    return { 0 }
  end,
}

kinds.read_flag = {
  apply = function(step)
    return { 2, flag_of(step.key) or -1 }
  end,
}

kinds.read = {
  apply = function(step)
    return { 1, room(log_of(step.key) or { 0, false }, step.rule) }
  end,
}

kinds.count = {
  apply = function(step)
    local log, sum = log_of(step.key) or {}, 0
    for place = 3, #log, 2 do
      if log[place] >= step.from and log[place] < step.to then
        sum = sum + log[place + 1]
      end
    end
    return { 3, sum }
  end,
}

-- Whether only a part of the caps was admitted; -1 when none had a say.
local cold = -1
for _, step in ipairs(steps) do
  if step.rule and step.rule.cap then
    cold = cold_until(step.rule.cap) > now and 1 or 0
  end
end

-- Every refusal is judged by the state before the decision.
local refused = { now, 0, cold }
for index, step in ipairs(steps) do
  local refusal = kinds[step.kind].refusal and kinds[step.kind].refusal(step)
  if refusal then
    refused[#refused + 1] = index - 1
    for _, value in ipairs(refusal) do
      refused[#refused + 1] = value
    end
  end
end
if #refused > 3 then
  return refused
end

local made = { now, 1, cold }
for _, step in ipairs(steps) do
  for _, value in ipairs(kinds[step.kind].apply(step)) do
    made[#made + 1] = value
  end
end

for index in pairs(changed) do
  local entry = entries[index]
  if entry then
    local ttl = string.format('%.0f', entry[1] - now + grace)
    redis.call('SET', KEYS[index], cmsgpack.pack(entry), 'PX', ttl)
  else
    redis.call('DEL', KEYS[index])
  end
end
return made
