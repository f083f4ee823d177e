-- One request again and again, from the environment, or each with another number; in the end a line
-- of JSON.

wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
for name, value in string.gmatch(os.getenv("BENCH_HEADERS"), "([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end

if os.getenv("BENCH_OTHER") then
  local threads, asked = 0, 0

  function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
  end

  function request()
    asked = asked + 1
    wrk.headers["X-Request-Id"] = number .. "-" .. asked
    return wrk.format()
  end
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "refused": %d, "lost": %d}\n',
    summary.requests,
    summary.duration,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
