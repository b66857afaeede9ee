// Anthropic's package: messages, whole and streamed, a tool, a count. Prints what it got as one JSON object.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const asked = {
  model: "any",
  max_tokens: 12,
  temperature: 0,
  messages: [{ role: "user", content: "Say hello." }],
};
const out = {};

const whole = await client.messages.create(asked);
out.created = { text: whole.content[0].text, stop: whole.stop_reason, usage: whole.usage };
const texts = [];
const stream = client.messages.stream(asked).on("text", (text) => texts.push(text));
const streamed = await stream.finalMessage();
out.streamed = { text: streamed.content[0].text, joined: texts.join(""), deltas: texts.length };
out.count = (await client.messages.countTokens({ model: "any", messages: asked.messages })).input_tokens;

const look = {
  name: "look",
  input_schema: {
    type: "object",
    properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
    required: ["city"],
  },
};
const called = await client.messages
  .stream({ ...asked, max_tokens: 200, tools: [look], tool_choice: { type: "tool", name: "look" } })
  .finalMessage();
out.called = { stop: called.stop_reason, input: called.content.at(-1).input };
out.refused = await client.messages
  .create({ ...asked, messages: [{ role: "cat", content: "x" }] })
  .catch((error) => [error.status, error.error.error.type]);
console.log(JSON.stringify(out));
