-- What all scripts share, before calls.lua and jobs.lua. The keys of a queue, each after the prefix KEYS[1], which
-- holds the queue's hash tag:
--
--   meta       hash   node (of its ids), schema, last (the greatest key so far)
--   state      hash   job key -> {type, status, attempts, lost, updated, priority, unique name or false, kept,
--                     cancelling, error, result or false, owner or false, progress or false, limit key or false}
--   body       hash   job key -> {payload or false, max_retry, options or false}, which never change
--   all        zset   each job, by its key
--   ready:TYPE zset   jobs that wait for a worker, by their places; suspect:TYPE: those whose worker has died
--   keyed:TYPE|KEY    zset: those of ready:TYPE with that limit key;  keys:TYPE set: the limit keys of these
--   busy       hash   TYPE|KEY -> how many jobs with that limit key run;  bucket:…: the tokens of a type or a key
--   delayed    zset   jobs that wait for their time, by it
--   ended:S    zset   jobs that have ended with status S, by when
--   counts     hash   status and type -> how many
--   beats      hash   worker -> its heartbeats;  held:W set: what a worker runs;  void:W set: claims that do not count
--   unique     hash   type and name -> job key;  notes, paused: what their names say
--   idle:TYPE  set    workers that found nothing;  watched: hash: job key -> who waits for it
--
-- A status is one letter: p(ending), r(unning), c(ompleted), f(ailed), x (cancelled). An owner is "worker claim": it
-- names one claim, so an outcome counts only while that claim holds. ARGV[1] is the moment, or "" for the server's
-- clock.

local P = KEYS[1]
local META, STATE, BODY, ALL = P .. 'meta', P .. 'state', P .. 'body', P .. 'all'
local DELAYED, COUNTS, UNIQUE, BEATS = P .. 'delayed', P .. 'counts', P .. 'unique', P .. 'beats'
local SUSPECTS, WATCHED, NOTES, PAUSED = P .. 'suspects', P .. 'watched', P .. 'notes', P .. 'paused'
local TYPE, STATUS, ATTEMPTS, LOST, UPDATED, PRIORITY, NAME, KEPT = 1, 2, 3, 4, 5, 6, 7, 8
local CANCELLING, ERROR, RESULT, OWNER, PROGRESS, LIMIT_KEY = 9, 10, 11, 12, 13, 14
local STEP = 60
local call, encode, decode = redis.call, cmsgpack.pack, cmsgpack.unpack

local NOW
if ARGV[1] == '' then
  local moment = call('TIME')
  NOW = tonumber(moment[1]) + tonumber(moment[2]) / 1e6
else
  NOW = tonumber(ARGV[1])
end

local function exact(number) return string.format('%.17g', number) end
local NOW_TEXT = exact(NOW)
