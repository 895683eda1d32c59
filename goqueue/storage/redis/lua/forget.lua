#!lua flags=allow-oom
-- ARGV: moment, keys. Forgets those that have ended, and returns how many.
local gone = 0
for i = 2, #ARGV do
  local job = load(ARGV[i])
  if job and job[STATUS] ~= 'p' and job[STATUS] ~= 'r' then
    remove(ARGV[i], job)
    gone = gone + 1
  end
end
return done(gone)
