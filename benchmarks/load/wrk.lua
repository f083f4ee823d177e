-- Repeat the request of the environment, and print a summary in JSON at the end.
-- With BENCH_UNIQUE, each request has a different X-Request-Id.

wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
for name, value in string.gmatch(os.getenv("BENCH_HEADERS"), "([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end

if os.getenv("BENCH_UNIQUE") then
  local threads, requests = 0, 0

  function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
  end

  function request()
    requests = requests + 1
    wrk.headers["X-Request-Id"] = number .. "-" .. requests
    return wrk.format()
  end
end

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '\n{"responses": %d, "microseconds": %d, "errors": %d, "lost": %d}\n',
    summary.requests,
    summary.duration,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
