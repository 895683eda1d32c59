#!lua flags=allow-oom
-- ARGV: moment, a process that is to be told of the ends of these jobs or "", keys. Returns each job, or false.
local found = {}
for i = 3, #ARGV do
  found[i - 2] = describe(ARGV[i]) or false
  if ARGV[2] ~= '' and found[i - 2] and (found[i - 2][6] == 'p' or found[i - 2][6] == 'r') then
    local before = call('HGET', WATCHED, ARGV[i]) or ''
    if not string.find(before, ARGV[2], 1, true) then call('HSET', WATCHED, ARGV[i], before .. ' ' .. ARGV[2]) end
  end
end
return cjson.encode(found)
