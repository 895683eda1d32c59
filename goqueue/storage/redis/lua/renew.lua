#!lua
-- ARGV: moment, key of a job that has ended, one job. Returns the key of the new one, or "".
local old = load(ARGV[2])
if not old or old[STATUS] == 'p' or old[STATUS] == 'r' then return '' end
if ARGV[8] ~= '' then
  local holder = call('HGET', UNIQUE, ARGV[3] .. '\0' .. string.sub(ARGV[8], 2))
  if holder and holder ~= ARGV[2] and call('HEXISTS', STATE, holder) == 1 then return '' end
end
remove(ARGV[2], old)
return done(insert_all(3, 0))
