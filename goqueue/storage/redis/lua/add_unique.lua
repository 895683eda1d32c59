#!lua
-- ARGV: moment, delay, limit or "", whether to replace, one job. Returns its key or "", and who had the unique key.
local field = ARGV[5] .. '\0' .. string.sub(ARGV[10], 2)
local holder = call('HGET', UNIQUE, field)
local held = holder and load(holder)
if held and ARGV[4] == '0' then return cjson.encode({ '', describe(holder) }) end
if not held and ARGV[3] ~= '' and backlog() >= tonumber(ARGV[3]) then return cjson.encode({ '' }) end
if held then
  cancel(holder, held)
  let_go(holder, held)
  held[NAME] = false
  save(holder, held)
end
local key = insert_all(5, tonumber(ARGV[2]))
return done(cjson.encode({ key, held and describe(holder) or nil }))
