# The mock in a container. docs/install.md shows how to run it.
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE openapi.yaml ./
COPY fixtures fixtures
COPY mock_server mock_server
COPY contract_tests contract_tests
RUN python -m venv /app
RUN /app/bin/python -m pip install --no-cache-dir --disable-pip-version-check .
RUN /app/bin/python -m compileall -q /app

FROM python:3.13-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 3100
# The control API responds with 401 if it requires a token: the mock is healthy then too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "from http.client import HTTPConnection; c = HTTPConnection('127.0.0.1', 3100, timeout=3); c.request('GET', '/_mock/health'); raise SystemExit(c.getresponse().status not in (200, 401))"]
ENTRYPOINT ["mock-server"]
CMD ["--help"]
