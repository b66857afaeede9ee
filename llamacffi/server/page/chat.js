// The conversation: asked for, shown as it comes, kept in this browser.

import { eventsOf } from "./events.js";
import { nodesOf } from "./markdown.js";
import { allow, contentOf, shownAs, taken } from "./media.js";

const KEPT = "llamacffi";
const NUMBERS = ["temperature", "max_tokens", "top_p", "top_k", "min_p", "seed"];
const $ = (id) => document.getElementById(id);
const kept = { messages: [], settings: {}, model: "", ...load() };
let running = null;
let senses = {}; // what the models take that are loaded, by their names

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  const without = { ...kept, messages: kept.messages.map(({ media, ...message }) => message) };
  for (const one of [kept, without]) {
    try {
      localStorage.setItem(KEPT, JSON.stringify(one));
      return;
    } catch {
      // No room for pictures, for anything, or not allowed: the page works without.
    }
  }
}

function headers() {
  const key = kept.settings.key;
  return { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

async function checked(response) {
  if (response.ok) return response;
  const told = await response.json().catch(() => null);
  throw new Error(told?.error?.message ?? `the server answered ${response.status}`);
}

async function listModels() {
  try {
    const { data } = await (await checked(await fetch("v1/models", { headers: headers() }))).json();
    $("model").replaceChildren(...data.map((one) => new Option(one.id, one.id, false, one.id === kept.model)));
    const loaded = data.filter((one) => one.status?.value === "loaded");
    senses = Object.fromEntries(loaded.map((one) => [one.id, one.architecture.input_modalities]));
    showSenses();
  } catch (error) {
    $("empty").textContent = `The models cannot be listed: ${error.message}`;
  }
}

/** Offer to attach what the model takes. */
function showSenses() {
  allow((senses[$("model").value] ?? []).filter((kind) => kind !== "text"));
}

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Show a message in its article. */
function show(article, message) {
  const nodes = [];
  if (message.reasoning) {
    const thoughts = element("details", "", element("summary", "", "Thoughts"), message.reasoning);
    thoughts.open = article.querySelector("details")?.open ?? !message.content;
    nodes.push(thoughts);
  }
  if (message.media?.length) nodes.push(element("div", "media", ...message.media.map(shownAs)));
  if (message.role === "user") nodes.push(message.content);
  else if (message.content) nodes.push(...nodesOf(message.content));
  for (const call of message.tool_calls ?? []) {
    const { name, arguments: text } = call.function;
    nodes.push(element("pre", "call", element("code", "", `${name}(${text})`)));
  }
  if (message.error) nodes.push(element("p", "wrong", message.error));
  if (message.note) nodes.push(element("footer", "", message.note));
  article.replaceChildren(...nodes);
}

function add(message) {
  $("empty").hidden = true;
  const article = element("article", message.role);
  article.setAttribute("aria-label", message.role === "user" ? "You" : "Model");
  show(article, message);
  $("log").append(article);
  return article;
}

function showAll() {
  for (const article of $("log").querySelectorAll("article")) article.remove();
  $("empty").hidden = kept.messages.length > 0;
  kept.messages.forEach(add);
  $("log").scrollTop = $("log").scrollHeight;
}

/** What a delta adds to a message. */
function take(message, delta) {
  message.content += delta.content ?? "";
  if (delta.reasoning_content) message.reasoning = (message.reasoning ?? "") + delta.reasoning_content;
  for (const part of delta.tool_calls ?? []) {
    message.tool_calls ??= [];
    const call = (message.tool_calls[part.index] ??= { id: part.id, type: "function", function: { name: "", arguments: "" } });
    call.function.name += part.function?.name ?? "";
    call.function.arguments += part.function?.arguments ?? "";
  }
}

function asked() {
  const { system, tools } = kept.settings;
  const messages = kept.messages
    .filter((one) => one.content || one.tool_calls || one.media?.length)
    .map(({ role, content, media, tool_calls }) => ({
      role,
      content: contentOf(content, media),
      ...(tool_calls ? { tool_calls } : {}),
    }));
  const body = { model: $("model").value, stream: true, stream_options: { include_usage: true }, messages };
  if (system) body.messages.unshift({ role: "system", content: system });
  for (const name of NUMBERS) if (kept.settings[name]) body[name] = Number(kept.settings[name]);
  if (tools?.trim()) body.tools = JSON.parse(tools);
  return body;
}

async function answer() {
  running = new AbortController();
  $("send").hidden = true;
  $("stop").hidden = false;
  const message = { role: "assistant", content: "" };
  let drawing = 0;
  let article = null;
  const draw = () => {
    drawing = 0;
    const log = $("log");
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    show(article, message);
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  };
  try {
    const body = JSON.stringify(asked());
    kept.messages.push(message);
    article = add(message);
    const options = { method: "POST", headers: headers(), signal: running.signal, body };
    for await (const part of eventsOf(await checked(await fetch("v1/chat/completions", options)))) {
      if (part.error) throw new Error(part.error.message);
      take(message, part.choices[0]?.delta ?? {});
      const rate = part.timings?.predicted_per_second;
      if (rate) message.note = `${part.timings.predicted_n} tokens, ${rate.toFixed(1)} a second`;
      drawing ||= requestAnimationFrame(draw); // however fast the tokens come, once a frame
    }
  } catch (error) {
    if (error.name === "AbortError") message.note = "stopped";
    else message.error = error instanceof SyntaxError ? `The tools are not JSON: ${error.message}` : error.message;
    article ??= add(message);
  } finally {
    cancelAnimationFrame(drawing);
    draw();
    running = null;
    $("send").hidden = false;
    $("stop").hidden = true;
    keep();
    $("text").focus();
    if (!senses[$("model").value]) listModels(); // it is loaded now
  }
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = $("text").value.trim();
  if (running) return;
  const media = taken();
  if (!content && !media.length) return;
  $("text").value = "";
  kept.messages.push({ role: "user", content, ...(media.length ? { media } : {}) });
  add(kept.messages.at(-1));
  $("log").scrollTop = $("log").scrollHeight;
  keep();
  answer();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("stop").addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => event.key === "Escape" && running?.abort());
$("new").addEventListener("click", () => {
  running?.abort();
  kept.messages = [];
  keep();
  showAll();
  $("text").focus();
});
$("model").addEventListener("change", () => {
  kept.model = $("model").value;
  keep();
  showSenses();
});
$("open-settings").addEventListener("click", () => {
  for (const field of $("settings").querySelectorAll("[name]")) field.value = kept.settings[field.name] ?? "";
  $("settings").showModal();
});
$("settings").addEventListener("close", () => {
  for (const field of $("settings").querySelectorAll("[name]")) kept.settings[field.name] = field.value;
  keep();
  listModels();
});

showAll();
listModels();
