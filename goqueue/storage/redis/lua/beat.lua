#!lua flags=allow-oom
-- ARGV: moment, what `old` asks for, worker or "", then key, owner and progress of each job that runs there. Returns
-- whether the worker is known, the keys of the jobs that are to stop, the heartbeats of all workers, and what is kept
-- no longer.
local worker = ARGV[9]
local known = worker == '' or call('HEXISTS', BEATS, worker) == 1
if known and worker ~= '' then call('HINCRBY', BEATS, worker, 1) end
local stop = {}
for i = 10, #ARGV, 3 do
  local job = load(ARGV[i])
  if not job or job[OWNER] ~= ARGV[i + 1] or job[CANCELLING] == 1 then stop[#stop + 1] = ARGV[i] end
  local progress = ARGV[i + 2] ~= '' and string.sub(ARGV[i + 2], 2)
  if job and job[OWNER] == ARGV[i + 1] and job[PROGRESS] ~= progress then
    job[PROGRESS] = progress
    save(ARGV[i], job)
  end
end
flush()
return { known and 1 or 0, stop, call('HGETALL', BEATS), old() }
