#!lua
-- Takes over what was received beside the queue. ARGV: moment, node, the greatest key that was given, the names of the
-- keys. Returns 1, or 0 and changes nothing if there are jobs already.
if call('HLEN', STATE) > 0 then return 0 end
call('DEL', NOTES, PAUSED)
for i = 4, #ARGV do call('RENAME', P .. 'copy:' .. ARGV[i], P .. ARGV[i]) end
call('HSET', META, 'node', ARGV[2], 'last', ARGV[3])
return 1
