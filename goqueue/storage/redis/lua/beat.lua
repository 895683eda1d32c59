#!lua flags=allow-oom
-- ARGV: moment, worker or "", then key and owner of each job that runs there. Returns whether the worker is known, the
-- keys of the jobs that are to stop, and the heartbeats of all workers.
local known = ARGV[2] == '' or call('HEXISTS', BEATS, ARGV[2]) == 1
if known and ARGV[2] ~= '' then call('HINCRBY', BEATS, ARGV[2], 1) end
local stop = {}
for i = 3, #ARGV, 2 do
  local job = load(ARGV[i])
  if not job or job[OWNER] ~= ARGV[i + 1] or job[CANCELLING] == 1 then stop[#stop + 1] = ARGV[i] end
end
return { known and 1 or 0, stop, call('HGETALL', BEATS) }
