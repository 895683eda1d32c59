#!lua flags=allow-oom
-- Settles attempts, then claims jobs. ARGV: moment, worker, whether it is new, its claim, max jobs, how many of each of
-- these follow: claims that do not count, jobs that completed and returned nothing, other outcomes, types, limits.
--   a claim that does not count   owner
--   completed                     key, owner
--   another outcome               key, owner, status if it is to end, status, whether it is handed back, error, result, delay
--   a limit                       type, how many at once or "", how many a second or ""
-- Returns what came late, the claimed jobs, and whether the worker is known.
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
  job[STATUS], job[OWNER], job[UPDATED] = 'p', false, NOW
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
  call('SREM', P .. 'held:' .. who, key)
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
  limits[job_type] = { tonumber(argument()), tonumber(argument()) }
end

local known = ARGV[3] == '1' or call('HEXISTS', BEATS, worker) == 1
local claimed = {}
if most == 0 or not known or call('SISMEMBER', P .. 'void:' .. worker, owner) == 1 then
  return done(cjson.encode({ late, claimed, known }))
end
if ARGV[3] == '1' then call('HSETNX', BEATS, worker, 0) end

local function tokens_of(job_type, rate)
  local full = math.max(1, rate)
  local kept = call('HGET', P .. 'tokens', job_type)
  if not kept then return full end
  local left, since = string.match(kept, '(%S+) (%S+)')
  return math.min(full, tonumber(left) + rate * math.max(0, NOW - tonumber(since)))
end

-- How many jobs of a type may begin now.
local function room(job_type)
  local limit, free = limits[job_type], most
  if limit and limit[1] then
    free = math.min(free, limit[1] - tonumber(call('HGET', COUNTS, 'r' .. job_type) or 0) - (changes['r' .. job_type] or 0))
  end
  if limit and limit[2] then free = math.min(free, math.floor(tokens_of(job_type, limit[2]) + 1e-6)) end
  return math.max(0, free)
end

release()
local closed, rooms, found = {}, {}, {}
for _, job_type in ipairs(call('SMEMBERS', PAUSED)) do closed[job_type] = true end
local suspect_free = call('HEXISTS', SUSPECTS, worker) == 0
local suspect
for _, job_type in ipairs(types) do
  rooms[job_type] = closed[job_type] and 0 or room(job_type)
  if rooms[job_type] > 0 then
    local keys = call('ZRANGE', P .. 'ready:' .. job_type, 0, rooms[job_type] - 1, 'WITHSCORES')
    for i = 1, #keys, 2 do found[#found + 1] = { tonumber(keys[i + 1]), keys[i] } end
    -- A job whose worker died may have killed it. One at a time is claimed by each worker, so that who dies with it is
    -- innocent, and not blamed with it again and again.
    local first = suspect_free and call('ZRANGE', P .. 'suspect:' .. job_type, 0, 0, 'WITHSCORES') or {}
    if first[1] and (not suspect or first[1] < suspect[2]) then suspect = { tonumber(first[2]), first[1] } end
  end
end
if suspect then found[#found + 1] = suspect end
if suspect or #types > 1 then
  table.sort(found, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
end

for _, each in ipairs(found) do
  if #claimed == most then break end
  local key = each[2]
  local job, body = load(key), call('HGET', BODY, key)
  if job and body and rooms[job[TYPE]] > 0 then
    rooms[job[TYPE]] = rooms[job[TYPE]] - 1
    call('ZREM', line(job), key)
    if job[LOST] > 0 then call('HSET', SUSPECTS, worker, key) end
    count(job, -1)
    job[STATUS], job[ATTEMPTS], job[UPDATED], job[OWNER] = 'r', job[ATTEMPTS] + 1, NOW, owner
    count(job, 1)
    if entered[job[TYPE]] then entered[job[TYPE]] = entered[job[TYPE]] - 1 end -- nobody else need come for it
    call('SADD', held, key)
    save(key, job)
    body = decode(body)
    claimed[#claimed + 1] = { key, job[TYPE], body[1], body[2], body[3], 'r', job[ATTEMPTS], job[ERROR], job[RESULT],
      exact(NOW), job[LOST], job[CANCELLING] }
    local limit = limits[job[TYPE]]
    if limit and limit[2] then
      call('HSET', P .. 'tokens', job[TYPE], exact(tokens_of(job[TYPE], limit[2]) - 1) .. ' ' .. exact(NOW))
    end
  end
end
local reply = done(cjson.encode({ late, claimed, known }))
if #claimed < most then -- whoever adds a job of these types wakes it
  for _, job_type in ipairs(types) do call('SADD', P .. 'idle:' .. job_type, worker) end
end
return reply
