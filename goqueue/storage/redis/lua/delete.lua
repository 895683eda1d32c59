#!lua flags=allow-oom
-- ARGV: moment, key. Returns 1 if it is forgotten now, 0 if there is none, and -1 if it runs.
local job = load(ARGV[2])
if not job then return 0 end
if job[STATUS] == 'r' then return -1 end
remove(ARGV[2], job)
return done(1)
