#!lua
-- ARGV: moment, delay, limit or "", jobs. Returns the key of the first, or "" if so many are due already.
if ARGV[3] ~= '' and backlog() >= tonumber(ARGV[3]) then return '' end
return done(insert_all(4, tonumber(ARGV[2])))
