#!lua flags=no-writes
-- ARGV: moment, the key after which, how many. Returns jobs with all that is kept of them: `Kept` of
-- storage/copying.py.
local keys = call('ZRANGEBYSCORE', ALL, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])
fetch(keys)
local found = {}
for i, key in ipairs(keys) do
  local job, body = load(key), decode(call('HGET', BODY, key))
  local due = call('ZSCORE', DELAYED, key)
  local place = due or call('ZSCORE', line(job), key) or exact(created(key))
  found[i] = { key, job[TYPE], body[1], body[3], job[STATUS], place, due and true or false, exact(job[UPDATED]),
    job[ATTEMPTS], body[2], job[ERROR], job[RESULT], job[CANCELLING], job[LOST], job[PRIORITY], job[NAME], job[KEPT] }
end
return cjson.encode(found)
