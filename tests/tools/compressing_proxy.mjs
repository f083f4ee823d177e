// A development server like webpack-dev-server: it compresses what it passes on from MOCK.
import http from "node:http";
import compression from "compression";
import express from "express";

const app = express();
app.use(compression());
app.use((request, response) => {
  const { method, headers } = request;
  const passed = http.request(process.env.MOCK + request.originalUrl, { method, headers });
  passed.on("response", (received) => {
    response.writeHead(received.statusCode, received.headers);
    received.pipe(response);
  });
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  request.pipe(passed);
});
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
