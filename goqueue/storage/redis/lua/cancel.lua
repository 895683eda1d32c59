#!lua flags=allow-oom
-- ARGV: moment, key. Returns the job as it is afterwards, or "".
local job = load(ARGV[2])
if not job then return '' end
cancel(ARGV[2], job)
return done(cjson.encode(describe(ARGV[2])))
