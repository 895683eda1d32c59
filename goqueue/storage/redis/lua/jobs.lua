-- What scripts do with jobs: each begins with keys.lua, calls.lua and this.

-- Wake one process that looks for jobs of a type, for each of them. One that does not listen any more does not count.
local function wake(job_type, jobs)
  while jobs > 0 do
    local worker = call('SPOP', P .. 'idle:' .. job_type)
    if not worker then return end
    if call('PUBLISH', P .. 'to:' .. string.match(worker, '^[^.]+'), 'added ' .. job_type) > 0 then jobs = jobs - 1 end
  end
end

local entered = {}

local function line(job) return P .. (job[LOST] > 0 and 'suspect:' or 'ready:') .. job[TYPE] end

local function stand_in_line(key, job, place)
  gather('ZADD', line(job), place, key)
  if job[LIMIT_KEY] and job[LOST] == 0 then
    gather('ZADD', P .. 'keyed:' .. lane(job), place, key)
    gather('SADD', P .. 'keys:' .. job[TYPE], job[LIMIT_KEY])
  end
end

-- Let a job wait for a worker, since a moment.
local function enter(key, job, since)
  stand_in_line(key, job, exact(since - STEP * job[PRIORITY]))
  entered[job[TYPE]] = (entered[job[TYPE]] or 0) + 1
end

local function wake_all()
  for job_type, jobs in pairs(entered) do wake(job_type, jobs) end
end

-- Take a job out of the line in which it waits for a worker, if it is there.
local function step_out(key, job)
  gather('ZREM', line(job), key)
  if job[LIMIT_KEY] and job[LOST] == 0 then
    call('ZREM', P .. 'keyed:' .. lane(job), key)
    if call('EXISTS', P .. 'keyed:' .. lane(job)) == 0 then call('SREM', P .. 'keys:' .. job[TYPE], job[LIMIT_KEY]) end
  end
end

-- Take a job out that waits for a worker, or for its time.
local function leave_line(key, job)
  step_out(key, job)
  call('ZREM', DELAYED, key)
end

local function created(key) return tonumber(key) * 1024 / 1e9 end

-- Let a job wait for its time, and tell all processes if none is earlier.
local function park(key, due)
  call('ZADD', DELAYED, exact(due), key)
  if call('ZRANGE', DELAYED, 0, 0)[1] == key then call('PUBLISH', P .. 'later', '') end
end

-- Let those wait for a worker whose time has come.
local function release()
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', NOW_TEXT, 'WITHSCORES', 'LIMIT', 0, 1000)
  for i = 1, #due, 2 do
    local job = load(due[i])
    call('ZREM', DELAYED, due[i])
    if job then enter(due[i], job, tonumber(due[i + 1])) end
  end
end

local function named(job) return job[TYPE] .. '\0' .. job[NAME] end

local function let_go(key, job)
  if job[NAME] and call('HGET', UNIQUE, named(job)) == key then call('HDEL', UNIQUE, named(job)) end
end

local watched = nil

local function tell_watchers(key)
  if watched == nil then watched = call('HLEN', WATCHED) > 0 end
  local who = watched and call('HGET', WATCHED, key)
  if not who then return end
  for process in string.gmatch(who, '%S+') do call('PUBLISH', P .. 'to:' .. process, 'ended ' .. key) end
  call('HDEL', WATCHED, key)
end

-- End a job: its status is final. The caller saves it.
local function finish(key, job, status)
  count(job, -1)
  job[STATUS], job[UPDATED], job[OWNER], job[PROGRESS] = status, NOW, false, false
  count(job, 1)
  gather('ZADD', P .. 'ended:' .. status, NOW_TEXT, key)
  if job[KEPT] == 0 then let_go(key, job) end
  tell_watchers(key)
end

-- Forget a job that does not run.
local function remove(key, job)
  if job[STATUS] == 'p' then
    leave_line(key, job)
  else
    gather('ZREM', P .. 'ended:' .. job[STATUS], key)
  end
  let_go(key, job)
  count(job, -1)
  seen[key], changed[key] = false, nil
  gather('HDEL', STATE, key)
  gather('HDEL', BODY, key)
  gather('ZREM', ALL, key)
  tell_watchers(key)
end

local function cancel(key, job)
  if job[STATUS] == 'p' then
    leave_line(key, job)
    finish(key, job, 'x')
  elseif job[STATUS] == 'r' then
    job[CANCELLING] = 1
    call('PUBLISH', P .. 'to:' .. string.match(job[OWNER], '^[^.]+'), 'cancelled ' .. key)
  else
    return
  end
  save(key, job)
end

local function next_key()
  local last = tonumber(call('HGET', META, 'last') or 0)
  return math.max(last + 1, math.floor(NOW * 976562.5))
end

local FIELDS = 8 -- of a new job in ARGV: type, payload, max_retry, options, priority, unique name, kept, limit key

-- A text that may be missing has a mark before it.
local function maybe(text) return text ~= '' and string.sub(text, 2) end

-- Keep a new job, whose fields begin at ARGV[at], and return its key.
local function insert(at, number, due)
  local key = string.format('%016.0f', number)
  local job = { ARGV[at], 'p', 0, 0, 0, tonumber(ARGV[at + 4]), maybe(ARGV[at + 5]), tonumber(ARGV[at + 6]), 0, '',
    false, false, false, maybe(ARGV[at + 7]) }
  save(key, job)
  gather('HSET', BODY, key, encode({ maybe(ARGV[at + 1]), ARGV[at + 2], maybe(ARGV[at + 3]) }))
  gather('ZADD', ALL, key, key)
  if job[NAME] then call('HSET', UNIQUE, named(job), key) end
  count(job, 1)
  if due then park(key, due) else enter(key, job, created(key)) end
  return key
end

-- Keep the new jobs whose fields begin at ARGV[at]; return the key of the first. They are due in `delay` seconds.
local function insert_all(at, delay)
  local first = next_key()
  local jobs = math.floor((#ARGV - at + 1) / FIELDS)
  for i = 0, jobs - 1 do insert(at + i * FIELDS, first + i, delay > 0 and NOW + delay) end
  if jobs > 0 then call('HSET', META, 'last', string.format('%.0f', first + jobs - 1)) end
  return string.format('%.0f', first)
end

local function backlog()
  local waiting, counts = 0, call('HGETALL', COUNTS)
  for i = 1, #counts, 2 do
    if string.sub(counts[i], 1, 1) == 'p' then waiting = waiting + tonumber(counts[i + 1]) end
  end
  return waiting - call('ZCOUNT', DELAYED, '(' .. NOW_TEXT, '+inf')
end

-- What a caller gets of a job; nil if there is none.
local function describe(key)
  local job = load(key)
  local packed = job and call('HGET', BODY, key)
  if not packed then return nil end
  local body = decode(packed)
  return { key, job[TYPE], body[1], body[2], body[3], job[STATUS], job[ATTEMPTS], job[ERROR], job[RESULT],
    exact(job[UPDATED]), job[LOST], job[CANCELLING], job[PROGRESS] }
end

-- Return the keys of jobs that are kept no longer, the oldest of each kind first. ARGV[2] on: how many at most, and for
-- each of the statuses c, x and f: seconds or "", and how many are kept or "".
local function old()
  local found, page = {}, tonumber(ARGV[2])
  for place, status in ipairs({ 'c', 'x', 'f' }) do
    local ended, seconds, most = P .. 'ended:' .. status, ARGV[1 + 2 * place], ARGV[2 + 2 * place]
    local keys = {}
    if most ~= '' then
      local over = call('ZCARD', ended) - tonumber(most)
      if over > 0 then keys = call('ZRANGE', ended, 0, math.min(over, page) - 1) end
    end
    if seconds ~= '' then
      local before = call('ZRANGEBYSCORE', ended, '-inf', '(' .. exact(NOW - tonumber(seconds)), 'LIMIT', 0, page)
      if #before > #keys then keys = before end
    end
    for _, key in ipairs(keys) do found[#found + 1] = key end
  end
  return found
end

local function done(value)
  flush()
  write_counts()
  wake_all()
  return value
end
