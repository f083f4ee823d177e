"use strict";

// Makes a request from the form of an operation. The user can send invalid values too, to see how the
// mock rejects them.
function request_of_fields(form) {
  const { method, prefix, template } = form.dataset;
  const fields = [...form.querySelectorAll("[data-in]")];
  const values = (location) =>
    fields.filter(({ dataset, value }) => dataset.in === location && value !== "");
  let path = template;
  for (const { dataset, value } of values("path"))
    path = path.replaceAll(`{${dataset.name}}`, encodeURIComponent(value));
  const query = new URLSearchParams(values("query").map(({ dataset, value }) => [dataset.name, value]));
  const headers = Object.fromEntries(
    values("header").map(({ dataset, value }) => [dataset.name.toLowerCase(), value]),
  );
  const request = { method, path: prefix + path + (query.size ? `?${query}` : ""), headers, plain: true };
  return { ...request, ...content_of(form, headers) };
}

// Returns the body as a JSON value, or as text with its type; an empty one is not sent.
function content_of(form, headers) {
  const field = form.querySelector("textarea"), problem = form.querySelector(".invalid-body");
  problem.hidden = true;
  if (!field || field.value === "") return { body: null };
  const type = field.dataset.type, media_type = type.split(";")[0].trim();
  if (media_type.endsWith("json")) {
    try {
      const body = JSON.parse(field.value);
      if (body !== null) {
        if (media_type !== "application/json") headers["content-type"] = type;
        return { body };
      }
    } catch (error) {
      problem.textContent = `Not JSON: ${error.message}. It is sent as it is.`;
      problem.hidden = false;
    }
  }
  headers["content-type"] = type;
  return { text: field.value };
}
