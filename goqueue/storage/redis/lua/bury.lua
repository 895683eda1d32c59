#!lua flags=allow-oom
-- Takes back the jobs of a dead worker. ARGV: moment, worker, its last heartbeat or "" (it leaves), how many workers a
-- job may lose. Returns key, type, status, attempts and error of each.
local worker, held = ARGV[2], P .. 'held:' .. ARGV[2]
local beat = call('HGET', BEATS, worker)
if not beat or (ARGV[3] ~= '' and beat ~= ARGV[3]) or (ARGV[3] == '' and call('SCARD', held) > 0) then return '[]' end
local taken, most = {}, tonumber(ARGV[4])
local keys = call('SMEMBERS', held)
fetch(keys)
for _, key in ipairs(keys) do
  local job = load(key)
  if job and job[STATUS] == 'r' and string.match(job[OWNER], '^%S+') == worker then
    job[LOST] = job[LOST] + 1
    if job[CANCELLING] == 1 then
      finish(key, job, 'x')
    elseif job[LOST] >= most then
      job[ERROR] = 'its worker died ' .. job[LOST] .. ' times while it ran'
      finish(key, job, 'f')
    else
      count(job, -1)
      job[STATUS], job[ATTEMPTS], job[UPDATED], job[OWNER] = 'p', job[ATTEMPTS] - 1, NOW, false
      job[PROGRESS] = false
      count(job, 1)
      enter(key, job, created(key))
    end
    save(key, job)
    taken[#taken + 1] = { key, job[TYPE], job[STATUS], job[ATTEMPTS], job[ERROR] }
  end
end
call('DEL', held, P .. 'void:' .. worker)
call('HDEL', BEATS, worker)
call('HDEL', SUSPECTS, worker)
return done(cjson.encode(taken))
