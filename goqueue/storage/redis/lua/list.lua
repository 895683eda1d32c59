#!lua flags=no-writes
-- ARGV: moment, after, before, status or "", "type" with a mark or "", limit, how many to look at. Returns the jobs,
-- and the last key that was looked at, or "" if there are no more.
local keys = call('ZRANGEBYSCORE', ALL, '(' .. ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[7])
local found, last, limit = {}, '', tonumber(ARGV[6])
for _, key in ipairs(keys) do
  local job = load(key)
  if job and (ARGV[4] == '' or job[STATUS] == ARGV[4]) and (ARGV[5] == '' or '=' .. job[TYPE] == ARGV[5]) then
    found[#found + 1] = describe(key)
  end
  last = key
  if #found == limit then return cjson.encode({ found, '' }) end
end
return cjson.encode({ found, #keys == tonumber(ARGV[7]) and last or '' })
