#!lua flags=allow-oom
-- Settles attempts, then claims jobs. ARGV: moment, worker, whether it is new, its claim, max jobs, how many of each of
-- these follow: claims that do not count, jobs that completed and returned nothing, other outcomes, types, limits.
--   a claim that does not count   owner
--   completed                     key, owner
--   another outcome               key, owner, status if it is to end, status, whether it is handed back, error, result,
--                                 delay
--   a limit                       type, how many at once or "", how many a second or "", and both for each limit key
-- Returns what came late, the claimed jobs, and whether the worker is known.
local NEAR = 1000 -- jobs among which those without a limit key are looked for
local worker, claim, most = ARGV[2], ARGV[4], tonumber(ARGV[5])
local owner, held = worker .. ' ' .. claim, P .. 'held:' .. worker
local at = 11
local function argument()
  at = at + 1
  return ARGV[at - 1]
end

-- Give back a job that runs: as if it had not been tried, if `back`.
local function wait_again(key, job, back, delay)
  count(job, -1)
  job[STATUS], job[OWNER], job[UPDATED], job[PROGRESS] = 'p', false, NOW, false
  if back then job[ATTEMPTS] = job[ATTEMPTS] - 1 end
  count(job, 1)
  if delay > 0 then
    park(key, NOW + delay)
  else
    enter(key, job, back and created(key) or NOW)
  end
end

local function leave_owner(key, job)
  local who = string.match(job[OWNER], '^%S+')
  gather('SREM', P .. 'held:' .. who, key)
  if job[LOST] > 0 then call('HDEL', SUSPECTS, who) end
end

for _ = 1, tonumber(ARGV[6]) do -- a claim whose reply was lost: what it took, if anything, is given back
  local void = argument()
  local who = string.match(void, '^%S+')
  call('SADD', P .. 'void:' .. who, void)
  for _, key in ipairs(call('SMEMBERS', P .. 'held:' .. who)) do
    local job = load(key)
    if job and job[OWNER] == void then
      leave_owner(key, job)
      if job[CANCELLING] == 1 then finish(key, job, 'x') else wait_again(key, job, true, 0) end
      save(key, job)
    end
  end
end

local late = {}

local function settle(key, by, ending, status, back, err, result, delay)
  local job = load(key)
  if not job or job[STATUS] ~= 'r' or job[OWNER] ~= by then
    late[#late + 1] = key
    return
  end
  leave_owner(key, job)
  local target = job[CANCELLING] == 1 and ending or status
  if not back then job[ERROR] = err end
  job[RESULT] = result
  if target == 'p' then
    wait_again(key, job, back, delay)
  else
    finish(key, job, target)
  end
  save(key, job)
end

local completed = {}
for i = 0, tonumber(ARGV[7]) - 1 do completed[i + 1] = ARGV[at + 2 * i] end
fetch(completed)
for _ = 1, tonumber(ARGV[7]) do
  local key, by = argument(), argument()
  settle(key, by, 'c', 'c', false, '', false, 0)
end
for _ = 1, tonumber(ARGV[8]) do
  local key, by, ending, status, back, err = argument(), argument(), argument(), argument(), argument(), argument()
  local result, delay = argument(), tonumber(argument())
  settle(key, by, ending, status, back == '1', err, result ~= '' and string.sub(result, 2), delay)
end

local types, limits = {}, {}
for i = 1, tonumber(ARGV[9]) do types[i] = argument() end
for _ = 1, tonumber(ARGV[10]) do
  local job_type = argument()
  local limit = {}
  for i = 1, 4 do limit[i] = tonumber(argument()) or false end
  limits[job_type] = limit
end

local known = ARGV[3] == '1' or call('HEXISTS', BEATS, worker) == 1
local claimed = {}
if most == 0 or not known or call('SISMEMBER', P .. 'void:' .. worker, owner) == 1 then
  return done(cjson.encode({ late, claimed, known }))
end
if ARGV[3] == '1' then call('HSETNX', BEATS, worker, 0) end

-- A bucket that is missing is full, so it is kept for as long as it takes to fill it.
local function tokens_of(name, rate)
  local full = math.max(1, rate)
  local kept = call('GET', P .. 'bucket:' .. name)
  if not kept then return full end
  local left, since = string.match(kept, '(%S+) (%S+)')
  return math.min(full, tonumber(left) + rate * math.max(0, NOW - tonumber(since)))
end

local function take_token(name, rate)
  if not rate then return end
  local value = exact(tokens_of(name, rate) - 1) .. ' ' .. NOW_TEXT
  call('SET', P .. 'bucket:' .. name, value, 'EX', math.ceil(math.max(1, rate) / rate) + 1)
end

-- How many jobs may begin now of a type, or with a limit key, of which so many run.
local function room(name, running, at_once, rate)
  local free = most
  if at_once then free = math.min(free, at_once - running) end
  if rate then free = math.min(free, math.floor(tokens_of(name, rate) + 1e-6)) end
  return math.max(0, free)
end

local function room_of_type(job_type)
  local limit = limits[job_type]
  if not limit then return most end
  local field = 'r' .. job_type
  local running = tonumber(call('HGET', COUNTS, field) or 0) + (changes[field] or 0)
  return room(job_type, running, limit[1], limit[2])
end

local function room_of_key(job_type, key)
  local name, limit = job_type .. '\31' .. key, limits[job_type]
  local running = tonumber(call('HGET', P .. 'busy', name) or 0) + (busy[name] or 0)
  return room(name, running, limit[3], limit[4])
end

flush() -- what waits again may be claimed
release()
flush()
local closed, rooms, key_rooms, found = {}, {}, {}, {}
for _, job_type in ipairs(call('SMEMBERS', PAUSED)) do closed[job_type] = true end

-- Choose so many jobs of a line, all of one limit key if it has a lane, and return how many there are.
local function take(name, jobs, job_type, key_lane)
  local keys = call('ZRANGE', P .. name, 0, jobs - 1, 'WITHSCORES')
  for i = 1, #keys, 2 do found[#found + 1] = { tonumber(keys[i + 1]), keys[i], job_type, key_lane } end
  return #keys / 2
end

-- Choose jobs that have no limit key, near the head of a line: those with one are in lines of their own.
local function take_without_key(job_type, jobs)
  local near, names = call('ZRANGE', P .. 'ready:' .. job_type, 0, NEAR - 1, 'WITHSCORES'), {}
  for i = 1, #near, 2 do names[#names + 1] = near[i] end
  fetch(names)
  for i, key in ipairs(names) do
    local job = load(key)
    if job and not job[LIMIT_KEY] and jobs > 0 then
      found[#found + 1], jobs = { tonumber(near[2 * i]), key, job_type }, jobs - 1
    end
  end
end

local suspect_free = call('HEXISTS', SUSPECTS, worker) == 0
local suspect
for _, job_type in ipairs(types) do
  rooms[job_type] = closed[job_type] and 0 or room_of_type(job_type)
  if rooms[job_type] > 0 then
    local limit = limits[job_type]
    local keyed = limit and (limit[3] or limit[4])
    if keyed then
      for _, key in ipairs(call('SMEMBERS', P .. 'keys:' .. job_type)) do
        local free = math.min(rooms[job_type], room_of_key(job_type, key))
        local key_lane = job_type .. '\31' .. key
        key_rooms[key_lane] = free
        if free > 0 and take('keyed:' .. key_lane, free, job_type, key_lane) == 0 then
          call('SREM', P .. 'keys:' .. job_type, key)
        end
      end
      take_without_key(job_type, rooms[job_type])
    else
      take('ready:' .. job_type, rooms[job_type], job_type)
    end
    -- A job whose worker died may have killed it. One at a time is claimed by each worker, so that who dies with it is
    -- innocent, and not blamed with it again and again.
    local first = suspect_free and call('ZRANGE', P .. 'suspect:' .. job_type, 0, 0, 'WITHSCORES') or {}
    local job = first[1] and keyed and load(first[1])
    local key_lane = job and job[LIMIT_KEY] and lane(job)
    if key_lane then key_rooms[key_lane] = room_of_key(job_type, job[LIMIT_KEY]) end
    if key_lane and key_rooms[key_lane] == 0 then first = {} end
    if first[1] and (not suspect or first[1] < suspect[2]) then
      suspect = { tonumber(first[2]), first[1], job_type, key_lane }
    end
  end
end
if suspect then found[#found + 1] = suspect end
if suspect or #types > 1 then
  table.sort(found, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
end

local keys = {}
for _, each in ipairs(found) do
  local key_lane = each[4] -- what is chosen of a line, and a suspect besides, may be more than its key has room for
  if #keys < most and rooms[each[3]] > 0 and (not key_lane or key_rooms[key_lane] > 0) then
    keys[#keys + 1], rooms[each[3]] = each[2], rooms[each[3]] - 1
    if key_lane then key_rooms[key_lane] = key_rooms[key_lane] - 1 end
  end
end
fetch(keys)
local bodies = #keys > 0 and call('HMGET', BODY, unpack(keys)) or {}
for i, key in ipairs(keys) do
  local job, body = load(key), bodies[i]
  if job and body then
    step_out(key, job)
    if job[LOST] > 0 then call('HSET', SUSPECTS, worker, key) end
    count(job, -1)
    job[STATUS], job[ATTEMPTS], job[UPDATED], job[OWNER] = 'r', job[ATTEMPTS] + 1, NOW, owner
    count(job, 1)
    if entered[job[TYPE]] then entered[job[TYPE]] = entered[job[TYPE]] - 1 end -- nobody else need come for it
    gather('SADD', held, key)
    save(key, job)
    body = decode(body)
    claimed[#claimed + 1] = { key, job[TYPE], body[1], body[2], body[3], 'r', job[ATTEMPTS], job[ERROR], job[RESULT],
      NOW_TEXT, job[LOST], job[CANCELLING], false }
    local limit = limits[job[TYPE]]
    if limit then
      take_token(job[TYPE], limit[2])
      if job[LIMIT_KEY] then take_token(lane(job), limit[4]) end
    end
  end
end
local reply = done(cjson.encode({ late, claimed, known }))
if #claimed < most then -- whoever adds a job of these types wakes it
  for _, job_type in ipairs(types) do call('SADD', P .. 'idle:' .. job_type, worker) end
end
return reply
