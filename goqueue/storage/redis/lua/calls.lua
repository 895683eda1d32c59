-- How scripts read and write jobs: after keys.lua, before jobs.lua.
--
-- Calls are what costs, so many jobs share one: what changes is gathered, and written by `flush`. Whoever reads from
-- the server what may have been gathered flushes first; jobs are read from `seen`.
local MOST = 500 -- arguments of one call
local gathered = {}
local seen, changed = {}, {}

local function write(id)
  local it = gathered[id]
  gathered[id] = nil
  call(it.command, it.key, unpack(it))
end

local function gather(command, key, first, second)
  local id = command .. key
  local it = gathered[id]
  if not it then
    it = { command = command, key = key }
    gathered[id] = it
  end
  it[#it + 1] = first
  if second then it[#it + 1] = second end
  if #it >= MOST then write(id) end
end

local function fetch(keys)
  for from = 1, #keys, MOST do
    local to = math.min(from + MOST - 1, #keys)
    for i, packed in ipairs(call('HMGET', STATE, unpack(keys, from, to))) do
      local key = keys[from + i - 1]
      if seen[key] == nil then seen[key] = packed and decode(packed) end
    end
  end
end

local function load(key)
  if seen[key] == nil then
    local packed = call('HGET', STATE, key)
    seen[key] = packed and decode(packed)
  end
  return seen[key]
end

local function save(key, job)
  seen[key], changed[key] = job, true
end

local function flush()
  for key in pairs(changed) do gather('HSET', STATE, key, encode(seen[key])) end
  changed = {}
  for id in pairs(gathered) do write(id) end
end

-- Counts are gathered, and written once at the end.
local changes, busy = {}, {}

local function lane(job) return job[TYPE] .. '\31' .. job[LIMIT_KEY] end

local function count(job, by)
  local field = job[STATUS] .. job[TYPE]
  changes[field] = (changes[field] or 0) + by
  if job[LIMIT_KEY] and job[STATUS] == 'r' then busy[lane(job)] = (busy[lane(job)] or 0) + by end
end

local function write_counts()
  for field, by in pairs(changes) do
    if by ~= 0 and call('HINCRBY', COUNTS, field, by) == 0 then call('HDEL', COUNTS, field) end
  end
  for name, by in pairs(busy) do
    if by ~= 0 and call('HINCRBY', P .. 'busy', name, by) <= 0 then call('HDEL', P .. 'busy', name) end
  end
end
