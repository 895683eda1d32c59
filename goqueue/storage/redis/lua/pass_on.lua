#!lua flags=allow-oom
-- ARGV: moment, type. Wakes another process for a job, because the one that was woken has no worker free.
if call('ZCARD', P .. 'ready:' .. ARGV[2]) + call('ZCARD', P .. 'suspect:' .. ARGV[2]) > 0 then wake(ARGV[2], 1) end
return 0
