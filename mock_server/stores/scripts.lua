-- The steps of a store on Redis or Valkey. KEYS[1]: the prefix of every key; ARGV: the step, the
-- seconds for which an unused session is kept, and what the step is asked with.
--
-- turn        grows with each write
-- sessions    the sessions, by the instant of their last use (milliseconds)
-- session:S   of each record its number n:NAME, and its value v:NAME, which a list has not
-- list:S:NAME the kept items of a list

local prefix, keep = KEYS[1], tonumber(ARGV[2])
local turns, sessions = prefix .. 'turn', prefix .. 'sessions'

local function whole(number)
  return string.format('%.0f', number)
end

local function records_of(session)
  return prefix .. 'session:' .. session
end

local function list_of(session, name)
  return prefix .. 'list:' .. session .. ':' .. name
end

-- The server's clock, in microseconds, unless more was written: a number that no write had before,
-- also when the server has lost all it knew.
local function turn()
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local number = whole(math.max(now, tonumber(redis.call('GET', turns) or '0') + 1))
  redis.call('SET', turns, number)
  return number
end

local function lists_of(session)
  local lists = {}
  for _, field in ipairs(redis.call('HKEYS', records_of(session))) do
    if string.sub(field, 1, 2) == 'n:' then
      table.insert(lists, list_of(session, string.sub(field, 3)))
    end
  end
  return lists
end

local function drop(session)
  for _, list in ipairs(lists_of(session)) do
    redis.call('DEL', list)
  end
  redis.call('DEL', records_of(session))
  turn()
  return redis.call('ZREM', sessions, session)
end

local function stay(session)
  redis.call('EXPIRE', records_of(session), keep)
  for _, list in ipairs(lists_of(session)) do
    redis.call('EXPIRE', list, keep)
  end
  redis.call('EXPIRE', sessions, keep)
end

-- Begins the session, if need be, but nobody has said that it is used.
local function write(session, name, number, text)
  redis.call('ZADD', sessions, 'NX', 0, session)
  if text then
    redis.call('HSET', records_of(session), 'n:' .. name, number, 'v:' .. name, text)
  else
    redis.call('HSET', records_of(session), 'n:' .. name, number)
  end
  redis.call('EXPIRE', records_of(session), keep)
end

local function number_of(session, name)
  return redis.call('HGET', records_of(session), 'n:' .. name) or '0'
end

local steps = {}

function steps.use(session, at, most, before)
  local dropped = {}
  if not redis.call('ZSCORE', sessions, session) then
    local gone = whole(tonumber(at) - keep * 1000)
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', sessions, '(0', gone, 'LIMIT', 0, 100)) do
      drop(old)
    end
    local wanted = redis.call('ZCARD', sessions) + 1 - tonumber(most)
    if wanted > 0 then
      dropped = redis.call('ZRANGEBYSCORE', sessions, '-inf', before, 'LIMIT', 0, wanted)
      if #dropped < wanted then
        return false
      end
    end
    for _, old in ipairs(dropped) do
      drop(old)
    end
  end
  redis.call('ZADD', sessions, at, session)
  stay(session)
  return dropped
end

function steps.renew(at, ...)
  for _, session in ipairs({ ... }) do
    redis.call('ZADD', sessions, 'XX', at, session)
    stay(session)
  end
end

function steps.names()
  return redis.call('ZRANGE', sessions, 0, -1)
end

steps.drop = drop

function steps.compare_and_set(session, name, version, text)
  if number_of(session, name) ~= version then
    return 0
  end
  write(session, name, turn(), text)
  return 1
end

function steps.increment(session, name)
  local number = whole(tonumber(number_of(session, name)) + 1)
  turn()
  write(session, name, number, number)
  return number
end

function steps.append(session, name, text, bound)
  local number, list = whole(tonumber(number_of(session, name)) + 1), list_of(session, name)
  turn()
  write(session, name, number)
  redis.call('RPUSH', list, text)
  redis.call('LTRIM', list, -tonumber(bound), -1)
  redis.call('EXPIRE', list, keep)
  return number
end

function steps.tail(session, name, after)
  local last = number_of(session, name)
  local wanted = tonumber(last) - tonumber(after)
  if wanted <= 0 then
    return { last }
  end
  local items = redis.call('LRANGE', list_of(session, name), -wanted, -1)
  table.insert(items, 1, last)
  return items
end

function steps.last(session, name)
  if redis.call('EXISTS', list_of(session, name)) == 0 then
    return '0'
  end
  return number_of(session, name)
end

function steps.forget(session, name)
  local records = records_of(session)
  redis.call('DEL', list_of(session, name))
  if redis.call('HDEL', records, 'v:' .. name) == 1 then
    redis.call('HDEL', records, 'n:' .. name)
  end
  turn()
end

function steps.numbers(...)
  local asked, found = { ... }, {}
  for place = 1, #asked, 2 do
    table.insert(found, number_of(asked[place], asked[place + 1]))
  end
  return found
end

return steps[ARGV[1]](unpack(ARGV, 3))
