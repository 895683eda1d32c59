#!lua flags=no-writes
-- ARGV: moment. Returns the backlog, the seconds until the next job is due or "", and for how long the oldest has
-- waited.
local due = call('ZRANGEBYSCORE', DELAYED, '(' .. NOW_TEXT, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local oldest
local function since(keys)
  local job = keys[1] and load(keys[1])
  if not job then return end
  local moment = tonumber(keys[2]) + STEP * job[PRIORITY]
  if not oldest or moment < oldest then oldest = moment end
end
for _, field in ipairs(call('HKEYS', COUNTS)) do
  if string.sub(field, 1, 1) == 'p' then
    since(call('ZRANGE', P .. 'ready:' .. string.sub(field, 2), 0, 0, 'WITHSCORES'))
    since(call('ZRANGE', P .. 'suspect:' .. string.sub(field, 2), 0, 0, 'WITHSCORES'))
  end
end
local parked = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
if parked[2] and tonumber(parked[2]) <= NOW and (not oldest or tonumber(parked[2]) < oldest) then
  oldest = tonumber(parked[2])
end
return { backlog(), due[2] and exact(tonumber(due[2]) - NOW) or '', oldest and exact(NOW - oldest) or '' }
