#!lua flags=no-writes
-- ARGV: moment, how many at most, and for each of the statuses c, x and f: seconds or "", and how many are kept or "".
-- Returns the keys of jobs that are kept no longer, the oldest first.
local found, seen, page = {}, {}, tonumber(ARGV[2])
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
