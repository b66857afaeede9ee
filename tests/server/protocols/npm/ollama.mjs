// Ollama's package: chat, generate, embed, list, show, ps. Prints what it got as one JSON object.
import { Ollama } from "ollama";

const client = new Ollama({ host: process.argv[2] });
const model = process.argv[3];
const asked = { model, messages: [{ role: "user", content: "Say hello." }], options: { temperature: 0, num_predict: 12 } };
const out = {};

const whole = await client.chat(asked);
out.chat = { text: whole.message.content, reason: whole.done_reason, count: whole.eval_count };
const texts = [];
for await (const part of await client.chat({ ...asked, stream: true })) texts.push(part.message.content);
out.streamed = { text: texts.join(""), parts: texts.length };
const schema = { type: "object", properties: { size: { enum: ["small", "large"] } }, required: ["size"] };
out.formed = JSON.parse((await client.chat({ ...asked, format: schema, options: { temperature: 0 } })).message.content);
const generated = await client.generate({ model, prompt: "Say hello.", options: asked.options });
out.generated = generated.response;
out.raw = (await client.generate({ model, prompt: "One, two,", raw: true, options: asked.options })).response;
const { embeddings } = await client.embed({ model, input: ["a", "b"] });
out.embedded = embeddings.map((vector) => vector.reduce((sum, x) => sum + x * x, 0));
out.listed = (await client.list()).models.map((one) => one.model);
out.shown = (await client.show({ model })).capabilities;
out.running = (await client.ps()).models.map((one) => one.model);
console.log(JSON.stringify(out));
