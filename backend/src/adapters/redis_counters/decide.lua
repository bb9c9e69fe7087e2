-- One decision of the guard: every step takes effect, or none.
--
-- The meaning of each step is that of verification::log::SlidingLog; the contract suite runs the
-- same tests against both. KEYS are the distinct keys of the decision, all of one slot. ARGV: the
-- moment ('' for this server's own clock), the grace of expiry, the moment by this server's clock from
-- which on it is too late to decide, and the steps as one flat array of numbers in MessagePack, which
-- is what Lua reads with the least work. It begins with what all steps share; then comes step after
-- step (wire.rs writes them):
--
--   kind, place of the key in KEYS, place of the next step,
--   then for a flag: flag, lifetime; for what is expected of a flag: one more than it, 0 for none;
--   for a count: from, to, the coarsest grain, and that of a coarse log;
--   for what has a rule: a moment or the place of another key, horizon, how long moments are exact,
--   0, or 1 for a cap, or 2 for a budget, number of cool-downs, the cool-downs, and for each window,
--   the shortest first, quota, span and grain; for a budget also the grain of a coarse log, and the
--   span and grain in which verified units are counted.
--
-- A flag is kept as {expiry, flag}, a log as {expiry, eased, at, units, at, units, ...}: moments in
-- milliseconds, oldest first, and before them the one that was eased last, or true for a budget's log
-- that has grown so long that its moments are no longer exact, or false. Where a moment stands for all
-- of one grain, it is the first of them.
-- Nothing is written before everything is computed, so an error leaves nothing half done.

local UNFLAGGED, CHARGE, CHARGE_UNLESS_FIRST, RECORD, GIVE_BACK = 1, 2, 3, 4, 5
local EASE, FLAG, READ_FLAG, READ, COUNT, EXPECT, CHARGE_BUDGET = 6, 7, 8, 9, 10, 11, 12
local KNOWN, HAS_ROOM = 13, 14
local CAP, BUDGET = 1, 2
local NO_LIMIT = 4294967295

local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if clock >= tonumber(ARGV[3]) then
  return { clock, clock, 2 }
end
local now = tonumber(ARGV[1]) or clock

local sent = cmsgpack.unpack(ARGV[4])
-- Where the key is since when this store counts, and its lifetime; which share of a cap is admitted
-- while it is cold, and for how long; what a cool-down shrinks to when it is eased; how many moments
-- a budget keeps exactly.
local since, since_kept, share, cold_for, eased, exact = unpack(sent, 1, 6)
local FIRST_STEP = 7
-- Where the parts of a step are, counted from its first number.
local KEY, NEXT, EXTRA, HORIZON, EXACT_FOR, SHAPE, COOLDOWNS = 1, 2, 3, 4, 5, 6, 7
local TO, GRAIN, COARSE = 4, 5, 6

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

-- The last and the first moment that are the same as this one in a grain.
local function last_of(at, grain)
  local rest = at % grain
  return rest == 0 and at or at - rest + grain
end

local function first_of(at, grain)
  return grain > 1 and at > 0 and at - (at - 1) % grain or at
end

-- Where the windows of a step are: the first, the last number, and how many numbers each has.
local function windows(step)
  local first = step + COOLDOWNS + 1 + sent[step + COOLDOWNS]
  return first, sent[step + NEXT] - 1, sent[step + SHAPE] == BUDGET and 6 or 3
end

-- The place of a window's grain, counted from its first number.
local function grain_of(log)
  return log[2] == true and 3 or 2
end

-- A window sees the moments after this one: all of one grain leave it together.
local function seen_after(span, grain)
  local began = now - span
  return began - began % grain
end

-- When the cool-down of the latest unit ends; its rung is counted as of that unit.
local function rested_at(log, step)
  local cooldowns = sent[step + COOLDOWNS]
  if cooldowns == 0 or #log == 2 then
    return now
  end
  local length = #log
  local _, last_number = windows(step)
  local last, used = log[length - 1], 0
  local longest, grain = sent[last_number - 1], sent[last_number]
  for place = length - 1, 3, -2 do
    if last_of(log[place], grain) + longest <= last then
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

-- Units that a window of this span still sees.
local function seen(log, span, grain)
  local sum, place, after = 0, log and #log - 1 or 2, seen_after(span, grain)
  while place >= 3 and log[place] > after do
    sum, place = sum + log[place + 1], place - 2
  end
  return sum
end

-- When fewer units than the quota remain in a window that has as many or more.
local function room_at(log, quota, span, grain)
  local sum = 0
  for place = #log - 1, 3, -2 do
    sum = sum + log[place + 1]
    if sum >= quota then
      return last_of(log[place], grain) + span
    end
  end
end

local function room_for(log, step, part)
  local left, next_at = NO_LIMIT, rested_at(log, step)
  local sum, place = 0, #log - 1
  local first, last, stride = windows(step)
  local grain_at = grain_of(log)
  for window = first, last, stride do
    local quota, span, grain = sent[window], sent[window + 1], sent[window + grain_at]
    local after = seen_after(span, grain)
    -- A longer window sees what a shorter one sees, and more.
    while place >= 3 and log[place] > after do
      sum, place = sum + log[place + 1], place - 2
    end
    if part > 1 then
      quota = math.ceil(quota / part)
    end
    local limit = quota
    if stride == 6 then
      limit = math.max(quota, seen(log_of(sent[step + EXTRA]), sent[window + 4], sent[window + 5]))
    end
    if sum >= limit and quota > 0 then
      next_at = math.max(next_at, room_at(log, quota, span, grain))
    end
    if limit - sum < left then
      left = limit > sum and limit - sum or 0
    end
  end
  return sum < NO_LIMIT and sum or NO_LIMIT, left, next_at
end

local function room(log, step)
  local used, left, next_at = room_for(log, step, 1)
  if sent[step + SHAPE] == CAP and cold_until > now then
    local _, part, part_at = room_for(log, step, share)
    left, next_at = part, math.max(next_at, math.min(part_at, cold_until))
  end
  return used, left, next_at
end

local function add(log, step, at)
  local first = windows(step)
  if sent[step + EXACT_FOR] == 0 and first < sent[step + NEXT] then
    at = first_of(at, sent[first + grain_of(log)])
  end
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

local function take_one(log, at)
  for place = #log - 1, 3, -2 do
    if log[place] == at then
      log[place + 1] = log[place + 1] - 1
      if log[place + 1] == 0 then
        table.remove(log, place)
        table.remove(log, place)
      end
      return true
    end
  end
end

-- Looks for the moment in every grain in which it may be kept.
local function take_back(log, step, at)
  if sent[step + EXACT_FOR] > 0 and take_one(log, at) then
    return
  end
  local first, last, stride = windows(step)
  for window = first, last, stride do
    if take_one(log, first_of(at, sent[window + grain_of(log)])) then
      return
    end
  end
end

-- What no window can see any more goes, and what the rest need not tell apart becomes one. Rebuilt
-- rather than shifted out one by one, and only when something goes or may become one. Where several
-- windows see a log, that is looked at twice in the shortest of them: until then all is told apart.
local function without_past(log, step)
  local horizon, exact_for = sent[step + HORIZON], sent[step + EXACT_FOR]
  local first, last, stride = windows(step)
  local length, grows_coarse = #log, false
  if length == 2 then
    return log
  end
  if stride == 6 and length > 2 + 2 * exact and log[2] ~= true then
    local live = 0
    for place = 3, length, 2 do
      live = live + (log[place] + horizon > now and 1 or 0)
    end
    grows_coarse = live > exact
    log[2] = grows_coarse or log[2]
  end
  local grain_at = grain_of(log)
  -- Grains never shrink from window to window.
  local is_exact = last < first or sent[last - stride + 1 + grain_at] == 1
  if log[3] + horizon > now and not grows_coarse then
    if is_exact or exact_for == 0 and first + stride > last then
      return log
    end
    local half = sent[first + 1] / 2
    -- How long a budget's log is says whether it grows coarse.
    if (stride == 3 or log[2] == true) and now - now % half <= log[length - 1] then
      return log
    end
  end
  local kept = { log[1], log[2] }
  for place = 3, length, 2 do
    local at = log[place]
    if at + horizon > now then
      if not is_exact and (exact_for == 0 or at + exact_for <= now) then
        local window = first
        while window + stride <= last
          and last_of(at, sent[window + grain_at]) + sent[window + 1] <= now do
          window = window + stride
        end
        at = first_of(at, sent[window + grain_at])
      end
      local before = #kept
      if before > 2 and kept[before - 1] == at then
        kept[before] = kept[before] + log[place + 1]
      else
        kept[before + 1], kept[before + 2] = at, log[place + 1]
      end
    end
  end
  return kept, grows_coarse
end

-- This server's clock, the moment of the decision, whether every step takes effect, and whether only a
-- part of the caps was admitted; -1 when none had a say.
local answer = { clock, now, 0, since > 0 and (cold_until > now and 1 or 0) or -1 }

local said = #answer

local function say(kind, first, second, third)
  answer[said + 1], said = kind, said + 1
  if first then
    answer[said + 1], said = first, said + 1
  end
  if second then
    answer[said + 1], answer[said + 2], said = second, third, said + 2
  end
end

-- Keeps the moment since when this store counts, and its lifetime new to an hour.
local function keep_since()
  local entry = entries[since]
  if not entry or entry[1] < now + since_kept - 3600000 then
    put(since, { now + since_kept, flag_of(since) or now })
  end
end

-- Where one unit more changes nothing else: what was used and left before it, by step. Most rooms need
-- not be measured a second time.
local used_before, left_before = {}, {}

-- Whether a unit is kept as of exactly this moment.
local function has(log, at)
  local place = log and #log - 1 or 2
  while place >= 3 and log[place] > at do
    place = place - 2
  end
  return place >= 3 and log[place] == at
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
  elseif kind == KNOWN then
    local at = sent[step + TO]
    if not has(log_of(key), at) and not has(log_of(sent[step + EXTRA]), at) then
      say(index, -1, now, 0)
    end
  elseif kind == CHARGE or kind == CHARGE_BUDGET
    or kind == CHARGE_UNLESS_FIRST and log_of(sent[step + EXTRA])
    or kind == HAS_ROOM and (sent[step + EXTRA] == 0 or log_of(sent[step + EXTRA])) then
    local log = log_of(key)
    if log then
      local used, left, next_at = room(log, step)
      if next_at > now then
        say(index, -1, next_at, left)
      elseif left > 1 and left < NO_LIMIT and sent[step + COOLDOWNS] == 0 then
        used_before[step], left_before[step] = used, left
      end
    end
  end
  step, index = sent[step + NEXT], index + 1
end
if said > 4 then
  return answer
end

-- Findings begin with their kind: 0 nothing, 1 room, 2 flag, 3 count.
answer[3] = 1
step = FIRST_STEP
while sent[step] do
  local kind, key = sent[step], sent[step + KEY]
  if kind == CHARGE or kind == CHARGE_UNLESS_FIRST or kind == CHARGE_BUDGET then
    local used = not changed[key] and not changed[sent[step + EXTRA]] and used_before[step]
    local log, grows_coarse = without_past(log_of(key) or { 0, false }, step)
    add(log, step, now)
    put_log(step, log)
    if sent[step + SHAPE] == CAP then
      keep_since()
    end
    if used and not grows_coarse then
      say(1, used + 1, left_before[step] - 1, now)
    else
      say(1, room(log, step))
    end
  elseif kind == READ or kind == HAS_ROOM then
    say(1, room(log_of(key) or { 0, false }, step))
  elseif kind == READ_FLAG then
    say(2, flag_of(key) or -1)
  elseif kind == COUNT then
    local log, from, to, sum = log_of(key) or {}, sent[step + EXTRA], sent[step + TO], 0
    local grain = sent[step + (log[2] == true and COARSE or GRAIN)]
    -- What is to be within is the last moment of each grain.
    local after, last, place = last_of(from, grain) - grain, to - 1 - (to - 1) % grain, #log - 1
    while place >= 3 and log[place] > after do
      sum, place = sum + (log[place] <= last and log[place + 1] or 0), place - 2
    end
    say(3, sum)
  elseif kind == EASE then
    local log, at = log_of(key) or { 0, false }, sent[step + EXTRA]
    if sent[step + COOLDOWNS] > 0 and #log > 2 and log[#log - 1] == at then
      log[2] = at
      put_log(step, log)
    end
    say(1, room(log, step))
  else
    if kind == RECORD then
      local log = log_of(key) or { 0, false }
      add(log, step, sent[step + EXTRA])
      put_log(step, without_past(log, step))
    elseif kind == GIVE_BACK then
      local log = log_of(key)
      if log then
        take_back(log, step, sent[step + EXTRA])
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
    local kept_for = string.format('%d', entry[1] - now + grace)
    redis.call('SET', KEYS[index], cmsgpack.pack(entry), 'PX', kept_for)
  else
    redis.call('DEL', KEYS[index])
  end
end
return answer
