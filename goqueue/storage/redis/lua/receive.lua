#!lua
-- Keeps jobs of another storage beside the queue, until `adopt`. ARGV: moment, and for each job: key, type, payload,
-- max_retry, options, status, place or time, whether it is delayed, updated, attempts, error, result, cancelling, lost,
-- priority, unique name, kept, limit key.
for at = 2, #ARGV, 18 do
  local function number(i) return tonumber(ARGV[at + i]) end
  local key, due = ARGV[at], ARGV[at + 6]
  local job = { ARGV[at + 1], ARGV[at + 5], number(9), number(13), number(8), number(14), maybe(ARGV[at + 15]),
    number(16), number(12), ARGV[at + 10], maybe(ARGV[at + 11]), false, false, maybe(ARGV[at + 17]) }
  save(key, job)
  gather('HSET', BODY, key, encode({ maybe(ARGV[at + 2]), ARGV[at + 3], maybe(ARGV[at + 4]) }))
  gather('ZADD', ALL, key, key)
  count(job, 1)
  if job[STATUS] ~= 'p' then
    gather('ZADD', P .. 'ended:' .. job[STATUS], exact(job[UPDATED]), key)
  elseif ARGV[at + 7] == '1' then
    gather('ZADD', DELAYED, due, key)
  else
    stand_in_line(key, job, due)
  end
  if job[NAME] and (job[STATUS] == 'p' or job[KEPT] == 1) then call('HSET', UNIQUE, named(job), key) end
end
return done(0)
