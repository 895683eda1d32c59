#!lua flags=allow-oom
-- ARGV: moment, type, whether it is paused from now on. Whoever looked for its jobs in vain is woken when it is
-- resumed.
if ARGV[3] == '1' then return call('SADD', PAUSED, ARGV[2]) end
local was = call('SREM', PAUSED, ARGV[2])
wake(ARGV[2], call('ZCARD', P .. 'ready:' .. ARGV[2]) + call('ZCARD', P .. 'suspect:' .. ARGV[2]))
return was
