#!lua flags=allow-oom
-- ARGV: moment, key, a process that is to be told of its end or "". Returns the job, or "".
local found = describe(ARGV[2])
if not found then return '' end
if ARGV[3] ~= '' and (found[6] == 'p' or found[6] == 'r') then
  local before = call('HGET', WATCHED, ARGV[2]) or ''
  if not string.find(before, ARGV[3], 1, true) then call('HSET', WATCHED, ARGV[2], before .. ' ' .. ARGV[3]) end
end
return cjson.encode(found)
