-- One decision of the guard: every step takes effect, or none.
--
-- The meaning of each step is that of verification::log::SlidingLog; the contract suite runs the
-- same tests against both. KEYS are the distinct keys of the decision, all of one slot. ARGV: the
-- moment ('' for this server's own clock), the grace of expiry, and the steps as one flat array of
-- numbers in MessagePack, which is what Lua reads with the least work. It begins with what all
-- steps share; then comes step after step (wire.rs writes them):
--
--   kind, place of the key in KEYS, place of the next step,
--   then for a flag: flag, lifetime; for what is expected of a flag: one more than it, 0 for none;
--   for a count: from, to;
--   for what has a rule: a moment or the place of another key, horizon, grain, 1 for a cap,
--   longest window, number of cool-downs, the cool-downs, quota and span of each window.
--
-- A flag is kept as {expiry, flag}, a log as {expiry, eased or false, at, units, at, units, ...}:
-- moments in milliseconds, oldest first, and before them the one that was eased last, if any.
-- Nothing is written before everything is computed, so an error leaves nothing half done.

local UNFLAGGED, CHARGE, CHARGE_UNLESS_FIRST, RECORD, GIVE_BACK = 1, 2, 3, 4, 5
local EASE, FLAG, READ_FLAG, READ, COUNT, EXPECT = 6, 7, 8, 9, 10, 11
local NO_LIMIT = 4294967295

local sent = cmsgpack.unpack(ARGV[3])
-- Where the key is since when this store counts, and its lifetime; which share of a cap is admitted
-- while it is cold, and for how long; what a cool-down shrinks to when it is eased.
local since, since_kept, share, cold_for, eased = unpack(sent, 1, 5)
local FIRST_STEP = 6
-- Where the parts of a step are, counted from its first number.
local KEY, NEXT, EXTRA, TO, HORIZON, GRAIN, IS_CAP, LONGEST, COOLDOWNS = 1, 2, 3, 4, 4, 5, 6, 7, 8

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
local function put_log(step, log)
  log[1] = #log > 2 and log[#log - 1] + sent[step + HORIZON] or 0
  put(sent[step + KEY], log)
end

-- When the cool-down of the latest unit ends; its rung is counted as of that unit.
local function rested_at(log, step)
  local cooldowns, length = sent[step + COOLDOWNS], #log
  if cooldowns == 0 or length == 2 then
    return now
  end
  local last, longest, used = log[length - 1], sent[step + LONGEST], 0
  for place = length - 1, 3, -2 do
    if log[place] + longest <= last then
      break
    end
    used = used + log[place + 1]
  end
  local wait = sent[step + COOLDOWNS + (used < cooldowns and used or cooldowns)]
  if log[2] == last and wait > eased then
    wait = eased
  end
  return math.max(now, last + wait)
end

-- Until when this store admits only a part of a cap: it may have lost what it had counted. What has
-- no charge to a cap yet begins now.
local cold_until = (flag_of(since) or now) + cold_for

local function room_for(log, step, part)
  local used, left, next_at, length = 0, NO_LIMIT, rested_at(log, step), #log
  for window = step + COOLDOWNS + 1 + sent[step + COOLDOWNS], sent[step + NEXT] - 1, 2 do
    local sum, quota, span = 0, sent[window], sent[window + 1]
    if part > 1 then
      quota = math.ceil(quota / part)
    end
    for place = length - 1, 3, -2 do
      local leaves = log[place] + span
      if leaves <= now then
        break
      end
      local before = sum
      sum = sum + log[place + 1]
      if before < quota and sum >= quota and leaves > next_at then
        -- Once this one has left the window, fewer than the quota remain.
        next_at = leaves
      end
    end
    if sum > used then
      used = sum < NO_LIMIT and sum or NO_LIMIT
    end
    if quota - sum < left then
      left = quota > sum and quota - sum or 0
    end
  end
  return used, left, next_at
end

local function room(log, step)
  local used, left, next_at = room_for(log, step, 1)
  if sent[step + IS_CAP] == 1 and cold_until > now then
    local _, part, part_at = room_for(log, step, share)
    left, next_at = part, math.max(next_at, math.min(part_at, cold_until))
  end
  return used, left, next_at
end

-- A large quota is kept in sixtieths of its window, rounded up: no unit leaves early.
local function rounded(at, step)
  local grain = sent[step + GRAIN]
  local rest = at % grain
  return rest == 0 and at or at - rest + grain
end

local function add(log, at)
  local place = #log - 1
  while place >= 3 and log[place] > at do
    place = place - 2
  end
  if place >= 3 and log[place] == at then
    log[place + 1] = log[place + 1] + 1
  else
    -- Moments mostly come in their order.
    for later = #log, place + 2, -1 do
      log[later + 2] = log[later]
    end
    log[place + 2], log[place + 3] = at, 1
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
local function without_past(log, step)
  local horizon = sent[step + HORIZON]
  if not log[3] or log[3] + horizon > now then
    return log
  end
  local kept = { log[1], log[2] }
  for place = 3, #log, 2 do
    if log[place] + horizon > now then
      kept[#kept + 1] = log[place]
      kept[#kept + 1] = log[place + 1]
    end
  end
  return kept
end

-- The moment, whether every step takes effect, and whether only a part of the caps was admitted; -1
-- when none had a say.
local answer = { now, 0, since > 0 and (cold_until > now and 1 or 0) or -1 }

local function say(first, second, third, fourth)
  local length = #answer
  answer[length + 1] = first
  answer[length + 2] = second
  answer[length + 3] = third
  answer[length + 4] = fourth
end

-- Keeps the moment since when this store counts, and its lifetime new to an hour.
local function keep_since()
  local entry = entries[since]
  if not entry or entry[1] < now + since_kept - 3600000 then
    put(since, { now + since_kept, flag_of(since) or now })
  end
end

-- Every refusal is judged by the state before the decision. Said are the index of its step, the flag
-- or -1, the moment to come again, the units left.
local step, index = FIRST_STEP, 0
while sent[step] do
  local kind, key = sent[step], sent[step + KEY]
  if kind == UNFLAGGED then
    local flag = flag_of(key)
    if flag then
      say(index, flag, entries[key][1], 0)
    end
  elseif kind == EXPECT then
    local flag = flag_of(key)
    if (flag and flag + 1 or 0) ~= sent[step + EXTRA] then
      say(index, flag or -1, flag and entries[key][1] or now, 0)
    end
  elseif kind == CHARGE or kind == CHARGE_UNLESS_FIRST and log_of(sent[step + EXTRA]) then
    local log = log_of(key)
    if log then
      local _, left, next_at = room(log, step)
      if next_at > now then
        say(index, -1, next_at, left)
      end
    end
  end
  step, index = sent[step + NEXT], index + 1
end
if #answer > 3 then
  return answer
end

-- Findings begin with their kind: 0 nothing, 1 room, 2 flag, 3 count.
answer[2] = 1
step = FIRST_STEP
while sent[step] do
  local kind, key = sent[step], sent[step + KEY]
  if kind == CHARGE or kind == CHARGE_UNLESS_FIRST then
    local log = without_past(log_of(key) or { 0, false }, step)
    add(log, rounded(now, step))
    put_log(step, log)
    if sent[step + IS_CAP] == 1 then
      keep_since()
    end
    say(1, room(log, step))
  elseif kind == READ then
    say(1, room(log_of(key) or { 0, false }, step))
  elseif kind == READ_FLAG then
    say(2, flag_of(key) or -1)
  elseif kind == COUNT then
    local log, from, to, sum = log_of(key) or {}, sent[step + EXTRA], sent[step + TO], 0
    for place = 3, #log, 2 do
      if log[place] >= from and log[place] < to then
        sum = sum + log[place + 1]
      end
    end
    say(3, sum)
  elseif kind == EASE then
    local log, at = log_of(key) or { 0, false }, rounded(sent[step + EXTRA], step)
    if #log > 2 and log[#log - 1] == at then
      log[2] = at
      put_log(step, log)
    end
    say(1, room(log, step))
  else
    if kind == RECORD then
      local log = log_of(key) or { 0, false }
      add(log, rounded(sent[step + EXTRA], step))
      put_log(step, without_past(log, step))
    elseif kind == GIVE_BACK then
      local log = log_of(key)
      if log then
        take_back(log, rounded(sent[step + EXTRA], step))
        put_log(step, log)
      end
    elseif kind == FLAG then
      put(key, { now + sent[step + TO], sent[step + EXTRA] })
    end
    say(0)
  end
  step = sent[step + NEXT]
end

for index in pairs(changed) do
  local entry = entries[index]
  if entry then
    redis.call('SET', KEYS[index], cmsgpack.pack(entry), 'PX', entry[1] - now + grace)
  else
    redis.call('DEL', KEYS[index])
  end
end
return answer
