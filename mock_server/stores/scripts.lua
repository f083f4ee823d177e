-- The commands of a store on Redis or Valkey. KEYS[1]: the prefix of every key; ARGV: the command,
-- the seconds after which an unused session expires, and the arguments of the command.
--
-- turn        a number that grows with each write
-- sessions    the sessions, sorted by the timestamp of their last use (milliseconds)
-- session:S   for each record its number n:NAME, and its value v:NAME, except for lists
-- list:S:NAME the stored items of a list

local prefix, keep = KEYS[1], tonumber(ARGV[2])
local turns, sessions = prefix .. 'turn', prefix .. 'sessions'

local function integer_text(number)
  return string.format('%.0f', number)
end

local function records_of(session)
  return prefix .. 'session:' .. session
end

local function list_of(session, name)
  return prefix .. 'list:' .. session .. ':' .. name
end

-- Returns a number that no write had before: the time of the server in microseconds, or one more than
-- the last number. The time keeps it unique even if the server has lost its data.
local function turn()
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local number = integer_text(math.max(now, tonumber(redis.call('GET', turns) or '0') + 1))
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

local function extend_expiry(session)
  redis.call('EXPIRE', records_of(session), keep)
  for _, list in ipairs(lists_of(session)) do
    redis.call('EXPIRE', list, keep)
  end
  redis.call('EXPIRE', sessions, keep)
end

-- Creates the session if needed. A write does not count as a use.
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

local commands = {}

function commands.use(session, at, most, before)
  local dropped = {}
  if not redis.call('ZSCORE', sessions, session) then
    local expired = integer_text(tonumber(at) - keep * 1000)
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', sessions, '(0', expired, 'LIMIT', 0, 100)) do
      drop(old)
    end
    local surplus = redis.call('ZCARD', sessions) + 1 - tonumber(most)
    if surplus > 0 then
      dropped = redis.call('ZRANGEBYSCORE', sessions, '-inf', before, 'LIMIT', 0, surplus)
      if #dropped < surplus then
        return false
      end
    end
    for _, old in ipairs(dropped) do
      drop(old)
    end
  end
  redis.call('ZADD', sessions, at, session)
  extend_expiry(session)
  return dropped
end

function commands.renew(at, ...)
  for _, session in ipairs({ ... }) do
    redis.call('ZADD', sessions, 'XX', at, session)
    extend_expiry(session)
  end
end

function commands.names()
  return redis.call('ZRANGE', sessions, 0, -1)
end

commands.drop = drop

function commands.compare_and_set(session, name, version, text)
  if number_of(session, name) ~= version then
    return 0
  end
  write(session, name, turn(), text)
  return 1
end

function commands.increment(session, name)
  local number = integer_text(tonumber(number_of(session, name)) + 1)
  turn()
  write(session, name, number, number)
  return number
end

function commands.append(session, name, text, bound)
  local number, list = integer_text(tonumber(number_of(session, name)) + 1), list_of(session, name)
  turn()
  write(session, name, number)
  redis.call('RPUSH', list, text)
  redis.call('LTRIM', list, -tonumber(bound), -1)
  redis.call('EXPIRE', list, keep)
  return number
end

function commands.tail(session, name, after, most)
  local last, list = tonumber(number_of(session, name)), list_of(session, name)
  local length = redis.call('LLEN', list)
  local first = math.max(tonumber(after), last - length) + 1
  if first > last then
    return { first }
  end
  local from = first - last - 1
  local to = tonumber(most) > 0 and math.min(from + tonumber(most) - 1, -1) or -1
  local items = redis.call('LRANGE', list, from, to)
  table.insert(items, 1, first)
  return items
end

function commands.last(session, name)
  if redis.call('EXISTS', list_of(session, name)) == 0 then
    return '0'
  end
  return number_of(session, name)
end

function commands.forget(session, name)
  local records = records_of(session)
  redis.call('DEL', list_of(session, name))
  if redis.call('HDEL', records, 'v:' .. name) == 1 then
    redis.call('HDEL', records, 'n:' .. name)
  end
  turn()
end

function commands.numbers(...)
  local keys, numbers = { ... }, {}
  for index = 1, #keys, 2 do
    table.insert(numbers, number_of(keys[index], keys[index + 1]))
  end
  return numbers
end

return commands[ARGV[1]](unpack(ARGV, 3))
