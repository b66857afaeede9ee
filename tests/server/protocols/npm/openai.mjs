// OpenAI's package: responses, whole, streamed and parsed. Prints what it got as one JSON object.
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "none", maxRetries: 0 });
const model = "any";
const out = {};

const first = await client.responses.create({ model, input: "Say hello.", temperature: 0, max_output_tokens: 12 });
out.created = { text: first.output_text, status: first.status, usage: first.usage };

const next = await client.responses.create({
  model,
  input: "Again.",
  previous_response_id: first.id,
  temperature: 0,
  max_output_tokens: 4,
});
out.next = { previous: next.previous_response_id === first.id, input_tokens: next.usage.input_tokens };
out.retrieved = (await client.responses.retrieve(first.id)).output_text;
out.items = (await client.responses.inputItems.list(first.id)).data.map((item) => item.content[0].text);
await client.responses.delete(first.id);
out.deleted = await client.responses.retrieve(first.id).catch((error) => error.status);

const events = [];
const stream = client.responses.stream({ model, input: "Say hello.", temperature: 0, max_output_tokens: 12 });
stream.on("event", (event) => events.push(event.type));
const streamed = await stream.finalResponse();
out.streamed = { text: streamed.output_text, types: [...new Set(events)], deltas: events.length };

const City = z.object({ name: z.string().max(12), size: z.enum(["small", "large"]) });
const parsed = await client.responses.parse({
  model,
  input: "Name a city.",
  temperature: 0,
  text: { format: zodTextFormat(City, "city") },
});
out.parsed = parsed.output_parsed;

const look = {
  type: "function",
  name: "look",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
    required: ["city"],
    additionalProperties: false,
  },
};
const called = await client.responses.create({
  model,
  input: "How is it in Paris?",
  tools: [look],
  tool_choice: { type: "function", name: "look" },
  temperature: 0,
});
const call = called.output.find((item) => item.type === "function_call");
out.called = { name: call.name, arguments: JSON.parse(call.arguments) };
out.chat = (
  await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Say hello." }],
    temperature: 0,
    max_tokens: 12,
  })
).choices[0].message.content;
console.log(JSON.stringify(out));
