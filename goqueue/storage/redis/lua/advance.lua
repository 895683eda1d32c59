#!lua
-- ARGV: moment, name, the number that is to be noted or "", the one to note, jobs. Returns the first key, "0" if there
-- are no jobs, or "" if something else is noted.
if (call('HGET', NOTES, ARGV[2]) or '') ~= ARGV[3] then return '' end
call('HSET', NOTES, ARGV[2], ARGV[4])
if #ARGV == 4 then return '0' end
return done(insert_all(5, 0))
